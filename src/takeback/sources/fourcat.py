"""From one line of 4CAT to a post and its channel."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime

import msgspec

from takeback.model.channel import Channel, ChannelKind, Forward, Poll, PollAnswer, Post, PostKind, Reaction
from takeback.model.media import Absence, MediaKind, MissingMedia
from takeback.sources.fourcat_schema import (
    Attached,
    Emoji,
    Entity,
    Id,
    Mapped,
    MappedPoll,
    Message,
    Peer,
    Stamp,
    Words,
)
from takeback.sources.picture_kind import kind_of

_raw = msgspec.json.Decoder(Message)
_mapped = msgspec.json.Decoder(Mapped)
_poll = msgspec.json.Decoder(MappedPoll)
_LINK = re.compile(r"https?://\S+|(?<![\w./@])t\.me/\S+")
_MENTION = re.compile(r"(?<![\w@/.])@[A-Za-z][A-Za-z0-9_]{2,31}")
_LAST_NUMBER = re.compile(r"(\d{1,15})$")
_FIRST_YEAR, _LAST_YEAR = 2000, 2099


def fourcat_row(line: bytes) -> tuple[Channel, Post]:
    """The channel and the post that a line holds, as the platform sent it or mapped; a ValueError where it is none."""
    try:
        mapped = _mapped.decode(line)
    except msgspec.ValidationError:
        return post_of_message(_raw.decode(line))
    return _of_mapped(mapped)


def post_of_message(row: Message) -> tuple[Channel, Post]:
    """The channel and the post that a message is; a ValueError where it names no chat."""
    channel = _channel(row)
    text = row.message or ""
    sender = row.sender
    post = Post(
        channel=channel.id,
        id=row.id,
        kind=PostKind.SERVICE if row.type == "MessageService" else PostKind.MESSAGE,
        time=_time(row.date),
        edited=_time(row.edit_date),
        author=(_name(sender) if sender else None) or row.post_author or channel.name or None,
        author_id=None if sender is None or sender.id is None else _author(sender),
        text=text,
        links=tuple(dict.fromkeys((*_LINK.findall(text), *_hidden_links(row)))),
        mentions=tuple(dict.fromkeys(_MENTION.findall(text))),
        forward=_forward(row),
        reply_to=row.reply_to.reply_to_msg_id if row.reply_to and row.reply_to.reply_to_peer_id is None else None,
        poll=_question(row.media),
        reactions=_reactions(row),
        missing=_missing(row.media),
        action=row.action.type if row.action and row.action.type else None,
        views=row.views,
        forwards=row.forwards,
    )
    return channel, post


def _channel(row: Message) -> Channel:
    chat = row.chat or Entity()
    peer = row.peer_id or row.chat_peer or Peer()
    number = chat.id or peer.channel_id or peer.chat_id or peer.user_id
    if number is None and chat.username is None:
        raise ValueError("it names no chat")
    id = f"telegram:{number}" if number is not None else f"telegram:@{(chat.username or '').lower()}"
    return Channel(id=id, name=chat.title or "", kind=_kind(chat), username=chat.username)


def _kind(chat: Entity) -> ChannelKind:
    if chat.megagroup:
        return ChannelKind.PUBLIC_SUPERGROUP if chat.username else ChannelKind.PRIVATE_SUPERGROUP
    if chat.broadcast:
        return ChannelKind.PUBLIC_CHANNEL if chat.username else ChannelKind.PRIVATE_CHANNEL
    return ChannelKind.OTHER


def _name(sender: Entity) -> str:
    return sender.title or " ".join(part for part in (sender.first_name, sender.last_name) if part)


def _author(sender: Entity) -> str:
    return f"{'channel' if sender.title else 'user'}{sender.id}"


def _forward(row: Message) -> Forward | None:
    header = row.fwd_from
    if header is None:
        return None
    source = row.forward.chat if row.forward else None
    name = header.from_name or (source.title if source else None)
    origin = header.from_id if isinstance(header.from_id, Peer) else Peer()
    number = origin.channel_id or origin.user_id or origin.chat_id
    return Forward(name=name, origin=None if number is None else f"telegram:{number}")


def _hidden_links(row: Message) -> Iterator[str]:
    yield from (mark.url for mark in row.entities or () if mark.url)
    for line in (row.reply_markup.rows or ()) if row.reply_markup else ():
        yield from (button.url for button in line.buttons or () if button.url)
    if row.media and row.media.webpage and row.media.webpage.url:
        yield row.media.webpage.url


def _reactions(row: Message) -> tuple[Reaction, ...]:
    found = (row.reactions.results or ()) if row.reactions else ()
    return tuple(Reaction(label=_label(each.reaction), count=each.count) for each in found)


def _label(reaction: Emoji | str) -> str:
    if isinstance(reaction, str):
        return reaction
    return reaction.emoticon or f"custom:{reaction.document_id}"


def _question(media: Attached | None) -> Poll | None:
    if media is None or media.poll is None:
        return None
    results = media.results
    voters = {each.option: each.voters or 0 for each in (results.results or ())} if results else {}
    answers = tuple(
        PollAnswer(text=_plain(each.text), voters=voters.get(each.option, 0)) for each in media.poll.answers
    )
    total = results.total_voters if results and results.total_voters is not None else sum(voters.values())
    return Poll(
        question=_plain(media.poll.question), answers=answers, total_voters=total, closed=bool(media.poll.closed)
    )


def _plain(text: str | Words) -> str:
    return text if isinstance(text, str) else text.text


def _missing(media: Attached | None) -> tuple[MissingMedia, ...]:
    """The files of a message, which 4CAT's messages never hold."""
    if media is None:
        return ()
    if media.type == "MessageMediaPhoto":
        return (MissingMedia(kind=MediaKind.PHOTO, absence=Absence.NOT_INCLUDED, named=""),)
    if media.type == "MessageMediaDocument":
        kind = kind_of("", mime=media.document.mime_type if media.document else None)
        return (MissingMedia(kind=kind, absence=Absence.NOT_INCLUDED, named=""),)
    return ()


def _of_mapped(row: Mapped) -> tuple[Channel, Post]:
    thread = str(row.thread_id or "")
    number = _LAST_NUMBER.search(str(row.id or ""))
    if not thread or number is None:
        raise ValueError("it names no chat, or has no number")
    named = not thread.lstrip("-").isdigit()
    id = f"telegram:@{thread.lower()}" if named else f"telegram:{thread}"
    channel = Channel(id=id, name="", kind=ChannelKind.OTHER, username=thread if named else None)
    zoned = _time(row.unix_timestamp)
    text = row.body or ""
    post = Post(
        channel=id,
        id=int(number[1]),
        kind=PostKind.MESSAGE,
        time=zoned or _time(row.timestamp),
        zone_known=zoned is not None or row.timestamp is None,
        edited=_time(row.unix_timestamp_edited),
        author=row.author_name or row.author_username or None,
        author_id=None if row.author in {None, ""} else f"user{row.author}",
        text=text,
        links=tuple(dict.fromkeys((*_LINK.findall(text), *([row.link_attached] if row.link_attached else [])))),
        mentions=tuple(dict.fromkeys(_MENTION.findall(text))),
        forward=_mapped_forward(row),
        reply_to=_whole(row.reply_to),
        poll=_mapped_poll(row),
        missing=_mapped_missing(row),
        views=_whole(row.views),
        forwards=_whole(row.forwards),
    )
    return channel, post


def _mapped_forward(row: Mapped) -> Forward | None:
    number = _whole(row.author_forwarded_from_id)
    username = row.author_forwarded_from_username
    name = row.author_forwarded_from_name or username or None
    if name is None and number is None:
        return None
    origin = f"telegram:{number}" if number is not None else (f"telegram:@{username.lower()}" if username else None)
    return Forward(name=name, origin=origin)


def _mapped_poll(row: Mapped) -> Poll | None:
    if row.attachment_type != "poll" or not row.attachment_data:
        return None
    try:
        poll = _poll.decode(row.attachment_data)
    except ValueError:
        return None
    answers = tuple(PollAnswer(text=_plain(each.answer), voters=max(0, each.votes)) for each in poll.answers)
    return Poll(question=_plain(poll.question), answers=answers, total_voters=poll.voters or 0, closed=False)


def _mapped_missing(row: Mapped) -> tuple[MissingMedia, ...]:
    kinds = {
        "photo": MediaKind.PHOTO,
        "video": MediaKind.VIDEO,
        "audio": MediaKind.AUDIO,
        "image": MediaKind.IMAGE_FILE,
    }
    kind = kinds.get(row.attachment_type or "")
    if kind is None and row.attachment_type in {"application", "text"}:
        kind = MediaKind.DOCUMENT
    named = row.attachment_filename or ""
    return () if kind is None else (MissingMedia(kind=kind, absence=Absence.NOT_INCLUDED, named=named),)


def _whole(written: Id) -> int | None:
    """A whole number, which a mapped field writes as a number, as text, or as nothing."""
    if isinstance(written, int):
        return written
    text = (written or "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None  # noqa: PLR2004  # 64 bits


def _time(written: Stamp) -> datetime | None:
    """A time in UTC; None where there is none, or one that cannot be."""
    if written is None or written == "":
        return None
    try:
        if isinstance(written, str) and not written.replace(".", "", 1).isdigit():
            found = datetime.fromisoformat(written)
            found = found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
        else:
            found = datetime.fromtimestamp(float(written), UTC).replace(microsecond=0)
    except (ValueError, OverflowError, OSError):
        return None
    return found if _FIRST_YEAR <= found.year <= _LAST_YEAR else None
