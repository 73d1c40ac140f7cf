"""From one message of an export to a post: times, texts, links, forwards, polls, reactions, files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec
from msgspec import Raw, UnsetType

from takeback.model.channel import Damage, Detail, Forward, Poll, PollAnswer, Post, PostKind, Reaction
from takeback.model.media import Absence, Media, MediaKind, MissingMedia, Place
from takeback.sources.picture_kind import kind_of, looks_like_picture
from takeback.sources.telegram_fields import PASSED_OVER, USED
from takeback.sources.telegram_schema import Entity, ExportedPoll, Message, Text
from takeback.sources.tree import Seen, Standing, Tree, see

_ESCAPED_CHARACTER = re.compile(rb"(?<!\\)(?:\\\\)*\\u")
_PEER = re.compile(r"(?:user|chat|channel)?(-?\d+)")
_PLACEHOLDERS = (
    ("not included", Absence.NOT_INCLUDED),
    ("exceeds maximum size", Absence.TOO_LARGE),
    ("unavailable", Absence.UNAVAILABLE),
)
_LARGEST = 2**63 - 1
_FIRST_YEAR, _LAST_YEAR = 2000, 2099
"""A time outside of these is a broken clock or a broken file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedFile:
    """A file that a message names, what kind the message says it is, and why it is gone where the message says so."""

    named: str
    kind: MediaKind
    absence: Absence | None = None


class Files:
    """The files of one export: each is read once, however often it is named."""

    def __init__(self, tree: Tree, *, source: str, prefix: str) -> None:
        self._tree = tree
        self._source = source
        self._prefix = prefix
        self._seen: dict[str, Seen] = {}

    def look(self, file: NamedFile, place: str) -> tuple[Media | MissingMedia, Damage | None]:
        """The media that a message names, or why it is missing; with the damage that this is, if it is one."""
        absence = file.absence or _placeholder(file.named)
        path = self._prefix + file.named
        if absence is None:
            match self._tree.standing(path):
                case Standing.OUTSIDE:
                    return self._outside(file, place)
                case Standing.MISSING:
                    absence = Absence.FILE_MISSING
        if absence is not None:
            return MissingMedia(kind=file.kind, absence=absence, named=file.named), None
        try:
            seen = self._seen.get(path) or self._seen.setdefault(path, see(self._tree, path))
        except OSError as error:
            return self._unreadable(file, place, error)
        kind = file.kind
        if kind is MediaKind.DOCUMENT and looks_like_picture(seen.head):
            kind = MediaKind.IMAGE_FILE
        return Media(sha256=seen.sha256, size=seen.size, place=Place(source=self._source, path=path), kind=kind), None

    @staticmethod
    def _outside(file: NamedFile, place: str) -> tuple[MissingMedia, Damage]:
        missing = MissingMedia(kind=file.kind, absence=Absence.OUTSIDE_SOURCE, named=file.named)
        reason = f"names a file outside the export: {file.named[:120]!r}"
        remedy = "nothing outside the export is opened; look at who changed it"
        return missing, Damage(place=place, reason=reason, remedy=remedy, posts_lost=0)

    @staticmethod
    def _unreadable(file: NamedFile, place: str, error: OSError) -> tuple[MissingMedia, Damage]:
        missing = MissingMedia(kind=file.kind, absence=Absence.UNAVAILABLE, named=file.named)
        reason = f"a file of the export cannot be read: {file.named!r}: {error.strerror or error}"
        return missing, Damage(place=place, reason=reason, remedy="check the disk and its permissions", posts_lost=0)


def post_of(
    message: Message, *, channel: str, place: str, files: Files, details: tuple[Detail, ...] = ()
) -> Iterator[Post | Damage]:
    """The post that a message is, after the damage to its parts, if any."""
    time, zone_known, bad_time = _time(message.date_unixtime, message.date)
    if bad_time:
        remedy = "the post is kept without a time"
        yield Damage(place=place, reason="its date cannot be read", remedy=remedy, posts_lost=0)
    media, missing = [], []
    for file in _files(message):
        found, damage = files.look(file, place)
        if damage:
            yield damage
        if isinstance(found, Media):
            media.append(found)
        else:
            missing.append(found)
    yield Post(
        channel=channel,
        id=message.id,
        kind=_kind(message.type),
        time=time,
        zone_known=zone_known,
        edited=_edited(message),
        author=message.from_ or message.actor or message.author,
        author_id=_peer(message.from_id if message.from_id is not None else message.actor_id),
        text=plain(message.text) or "".join(entity.text for entity in message.text_entities or ()),
        links=_links(message),
        mentions=_unique(entity.text for entity in _entities(message) if entity.type in {"mention", "mention_name"}),
        forward=_forward(message),
        reply_to=_reply(message, channel),
        poll=None if message.poll is None else _poll(message.poll),
        reactions=_reactions(message),
        media=tuple(media),
        missing=tuple(missing),
        action=message.action,
        details=details,
    )


def details_of(content: bytes) -> tuple[Detail, ...]:
    """What a sound message says in fields that have no place of their own, in its order."""
    members = msgspec.json.decode(content, type=dict[str, Raw])
    passed = {*USED, *PASSED_OVER}
    return tuple(
        Detail(name=name, text=_said(bytes(raw)))
        for name, raw in members.items()
        if name not in passed and bytes(raw) != b"null"
    )


def _said(raw: bytes) -> str:
    """The words of a text; a list or an object as JSON without blanks, its characters written out."""
    if raw.startswith(b'"'):
        return msgspec.json.decode(raw, type=str)
    if raw.startswith((b"[", b"{")):
        if _ESCAPED_CHARACTER.search(raw):
            return msgspec.json.encode(msgspec.json.decode(raw)).decode()
        return msgspec.json.format(raw, indent=-1).decode()
    return raw.decode()


def plain(text: Text) -> str:
    """The words of a text, which an export writes as a string or as a mixed list."""
    if text is None or isinstance(text, str):
        return text or ""
    return "".join(part if isinstance(part, str) else part.text for part in text)


def _kind(written: str) -> PostKind:
    known = {"message": PostKind.MESSAGE, "service": PostKind.SERVICE}
    return known.get(written, PostKind.UNSUPPORTED)


def _time(unix: str | int | None, local: str | None) -> tuple[datetime | None, bool, bool]:
    """The time in UTC, whether its zone is known, and whether something was written that cannot be read."""
    bad = False
    if unix is not None:
        try:
            return believable(datetime.fromtimestamp(int(unix), UTC)), True, False
        except (ValueError, OverflowError, OSError):
            bad = True
    if local is None:
        return None, True, bad
    try:
        written = datetime.fromisoformat(local)
        known = written.tzinfo is not None
        return believable(written.astimezone(UTC) if known else written.replace(tzinfo=UTC)), known, bad
    except (ValueError, OverflowError):
        return None, True, True


def believable(time: datetime) -> datetime:
    """The time, or a ValueError where no message can be of that year."""
    if not _FIRST_YEAR <= time.year <= _LAST_YEAR:
        raise ValueError
    return time


def _edited(message: Message) -> datetime | None:
    """When it was last edited; old exports write the year 1970 for "never"."""
    time, _, _ = _time(message.edited_unixtime, message.edited)
    return time


def _peer(peer: str | int | None) -> str | None:
    return None if peer is None else str(peer)


def _reply(message: Message, channel: str) -> int | None:
    """The post of the same channel that is answered; an answer to another chat is none."""
    if message.reply_to_peer_id is not None and _platform_id(message.reply_to_peer_id) != channel:
        return None
    return message.reply_to_message_id


def _platform_id(peer: str | int) -> str:
    match = _PEER.fullmatch(str(peer))
    return f"telegram:{match[1]}" if match else f"telegram:{peer}"


def _forward(message: Message) -> Forward | None:
    if isinstance(message.forwarded_from, UnsetType):
        if message.forwarded_from_id is None:
            return None
        name = None
    else:
        name = message.forwarded_from
    origin = None if message.forwarded_from_id is None else _platform_id(message.forwarded_from_id)
    return Forward(name=name, origin=origin)


def poll_of(raw: bytes) -> Poll:
    """The poll that is written there; a ValueError where it is not of the known shape."""
    return _poll(msgspec.json.decode(raw, type=ExportedPoll))


def _poll(poll: ExportedPoll) -> Poll:
    answers = tuple(PollAnswer(text=plain(answer.text), voters=int(answer.voters)) for answer in poll.answers)
    summed = min(sum(answer.voters for answer in answers), _LARGEST)
    total = summed if poll.total_voters is None else int(poll.total_voters)
    return Poll(question=plain(poll.question), answers=answers, total_voters=total, closed=poll.closed)


def _reactions(message: Message) -> tuple[Reaction, ...]:
    return tuple(
        Reaction(
            label=reaction.emoji or (f"custom:{reaction.document_id}" if reaction.document_id else reaction.type),
            count=int(reaction.count),
        )
        for reaction in message.reactions or ()
    )


def _entities(message: Message) -> Iterator[Entity]:
    if isinstance(message.text, list):
        yield from (part for part in message.text if isinstance(part, Entity))
    yield from message.text_entities or ()


def _links(message: Message) -> tuple[str, ...]:
    """Where a message leads: links in its text, behind its words, under its buttons."""
    return _unique(_all_links(message))


def _all_links(message: Message) -> Iterator[str]:
    for entity in _entities(message):
        if entity.type == "text_link" and entity.href:
            yield entity.href
        elif entity.type == "link":
            yield entity.text
    for row in message.inline_bot_buttons or ():
        yield from (button.data for button in row if button.type == "url" and button.data)
    if message.game_link:
        yield message.game_link


def _unique(texts: Iterator[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for text in texts if text))


def _files(message: Message) -> Iterator[NamedFile]:
    return named_files(
        photo=message.photo,
        file=message.file,
        thumbnail=message.thumbnail,
        vcard=message.contact_vcard,
        media_type=message.media_type,
        mime=message.mime_type,
        destructs=bool(message.self_destruct_period_seconds),
    )


def named_files(
    *,
    photo: str | None,
    file: str | None,
    thumbnail: str | None,
    vcard: str | None,
    media_type: str | None,
    mime: str | None,
    destructs: bool,
) -> Iterator[NamedFile]:
    """The files that a message names in these fields."""
    if photo is not None:
        yield NamedFile(named=photo, kind=MediaKind.PHOTO)
    if file is not None:
        yield NamedFile(named=file, kind=kind_of(file, mime=mime, media_type=media_type))
    if thumbnail is not None:
        yield NamedFile(named=thumbnail, kind=MediaKind.THUMBNAIL)
    if vcard is not None:
        yield NamedFile(named=vcard, kind=MediaKind.DOCUMENT)
    if destructs and photo is None and file is None:
        yield NamedFile(named="", kind=MediaKind.PHOTO, absence=Absence.SELF_DESTRUCTED)


def _placeholder(named: str) -> Absence | None:
    """Why there is no file, where an export writes a sentence (or nothing) in the place of a path."""
    if not named:
        return Absence.UNAVAILABLE
    if not (named.startswith("(") and named.endswith(")")):
        return None
    return next((absence for words, absence in _PLACEHOLDERS if words in named), Absence.UNAVAILABLE)
