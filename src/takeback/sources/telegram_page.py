"""From one message of an HTML export to a post; nothing is rendered, run or fetched."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import TYPE_CHECKING
from urllib.parse import unquote

from takeback.model.channel import Damage, Detail, Forward, Poll, PollAnswer, Post, PostKind, Reaction
from takeback.model.media import Absence, Media, MediaKind, MissingMedia
from takeback.sources.picture_kind import kind_of
from takeback.sources.telegram_posts import Files, NamedFile, believable

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

_DATE = re.compile(r"(\d{2})\.(\d{2})\.(\d{4}) (\d{2}):(\d{2}):(\d{2})(?: UTC([+-])(\d{2}):(\d{2}))?")
_ID = re.compile(r"message(-?\d{1,18})")
_REPLY = re.compile(r"#go_to_message(-?\d{1,18})$")
_COUNT = re.compile(r"\d[\d,\s\u00a0]*")
_VIA = " via @"
_DEEDS = re.compile(
    r"\s(?:created group «|invited |removed |joined group by |changed group |pinned |took a screenshot"
    r"|converted (?:this group|a basic group) to )"
)
"""What people do in service rows, as Telegram Desktop writes it; its exports in HTML are English in every language."""

_CHANNEL = "Channel «"
_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
_LONGEST_COUNT = 15
_CLASSES = {
    "media_voice_message": "voice_message",
    "media_audio_file": "audio_file",
    "media_video": "video_file",
    "video_file_wrap": "video_file",
    "animated_wrap": "animation",
    "sticker_wrap": "sticker",
}
_TITLES = {"sticker": "sticker", "animation": "animation", "video message": "video_message"}
_ABSENCES = (
    ("not included", Absence.NOT_INCLUDED),
    ("exceeds maximum size", Absence.TOO_LARGE),
    ("unavailable", Absence.UNAVAILABLE),
)
_NO_FILES = (
    *("media_contact", "media_location", "media_live_location", "media_venue", "media_game", "media_invoice"),
    *("media_call", "media_poll", "media_giveaway"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """What stands before a message on its page: who spoke last, and on which day."""

    author: str | None = None
    via: str | None = None
    day: str | None = None


def id_of(message: LexborNode) -> int | None:
    """The number of a message; None where its page gives none."""
    match = _ID.fullmatch(message.attributes.get("id") or "")
    return int(match[1]) if match else None


def has_class(node: LexborNode, name: str) -> bool:
    """Whether a node is of this class."""
    return name in (node.attributes.get("class") or "").split()


def text_of(node: LexborNode | None) -> str:
    """The words of a node, its line breaks kept."""
    if node is None:
        return ""
    for line in node.css("br"):
        line.replace_with("\n")
    return node.text(deep=True).strip("\n ").strip()


def author_of(message: LexborNode, before: Before) -> Before:
    """Who speaks; a message that is joined to the one before has its author."""
    named = _own(message, "from_name")
    if named is None:
        return before
    author, _, via = text_of(named).partition(_VIA)
    return Before(author=author.strip() or None, via=f"@{via}" if via else None, day=before.day)


def service_of(message: LexborNode, *, channel: str, id: int, before: Before) -> Post:
    """A service row: its words, and the first instant of the day whose separator stands before it.

    A page says neither its hour nor its zone; a detail says how exact the time is. Its author is who `actor_in` finds.
    """
    time = None if before.day is None else day_of(before.day)
    details = () if time is None else (Detail(name="time is exact to", text="the day"),)
    text = text_of(message.css_first(".body"))
    return Post(
        channel=channel,
        id=id,
        kind=PostKind.SERVICE,
        time=time,
        zone_known=time is None,
        author=actor_in(text),
        text=text,
        details=details,
    )


def actor_in(words: str) -> str | None:
    """Who did what the words of a service row say; None where they could be cut in two ways, or are not known here.

    Names may hold such words themselves, so that a row in which they stand twice names nobody.

    Examples:
        >>> actor_in("Reader One invited Reader Two"), actor_in("A invited B invited C"), actor_in("History cleared")
        ('Reader One', None, None)
    """
    found = list(_DEEDS.finditer(words))
    if len(found) != 1 or words.startswith(_CHANNEL):
        return None
    return words[: found[0].start()].strip() or None


def day_of(text: str) -> datetime | None:
    """The first instant of the day that a separator names; None where it names none of the calendar."""
    day, _, rest = text.partition(" ")
    month, _, year = rest.partition(" ")
    if month not in _MONTHS or not (day.isdecimal() and year.isdecimal()):
        return None
    try:
        return believable(datetime(int(year), _MONTHS.index(month) + 1, int(day), tzinfo=UTC))
    except ValueError:
        return None


def post_of(
    message: LexborNode, *, channel: str, id: int, before: Before, place: str, files: Files
) -> Iterator[Post | Damage]:
    """The post that a message is, after the damage to its parts, if any; ``before`` says who speaks."""
    time, zone_known, sound = _time(message)
    if not sound:
        remedy = "the post is kept without a time"
        yield Damage(place=place, reason="its date cannot be read", remedy=remedy, posts_lost=0)
    media: list[Media] = []
    missing: list[MissingMedia] = []
    for file in _files(message):
        found, damage = files.look(file, place)
        if damage:
            yield damage
        if isinstance(found, Media):
            media.append(found)
        else:
            missing.append(found)
    body = message.css_first(".text")
    links = [*_hrefs(body), *_hrefs(message.css_first(".bot_buttons_table"))]
    mentions = [link for link in links if link[0].startswith("@")]
    yield Post(
        channel=channel,
        id=id,
        kind=PostKind.MESSAGE,
        time=time,
        zone_known=zone_known,
        author=before.author,
        text=text_of(body),
        links=tuple(dict.fromkeys(href for said, href in links if href and not said.startswith("@"))),
        mentions=tuple(dict.fromkeys(said for said, _ in mentions)),
        forward=_forward(message),
        reply_to=_reply(message),
        poll=_poll(message),
        reactions=tuple(_reactions(message)),
        media=tuple(media),
        missing=tuple(missing),
        details=tuple(_details(message, before)),
    )


def _own(message: LexborNode, name: str) -> LexborNode | None:
    """A part of the message itself, and not of the message that it forwards."""
    body = message.css_first(".body")
    child = None if body is None else body.child
    while child is not None:
        if child.is_element_node and has_class(child, name):
            return child
        child = child.next
    return None


def _time(message: LexborNode) -> tuple[datetime | None, bool, bool]:
    """The time in UTC, whether its zone is known, and whether what is written could be read."""
    node = _own(message, "date")
    if node is None:
        return None, True, True
    match = _DATE.search(node.attributes.get("title") or "")
    if match is None:
        return None, True, False
    day, month, year, hour, minute, second = (int(match[place]) for place in range(1, 7))
    zone: tzinfo = UTC
    if match[7]:
        offset = timedelta(hours=int(match[8]), minutes=int(match[9]))
        zone = timezone(offset if match[7] == "+" else -offset)
    try:
        time = datetime(year, month, day, hour, minute, second, tzinfo=zone).astimezone(UTC)
        return believable(time), match[7] is not None, True
    except (ValueError, OverflowError):
        return None, True, False


def _hrefs(node: LexborNode | None) -> Iterator[tuple[str, str]]:
    """The words and the target of every link."""
    for link in () if node is None else node.css("a"):
        yield text_of(link), (link.attributes.get("href") or "").strip()


def _forward(message: LexborNode) -> Forward | None:
    forwarded = message.css_first(".forwarded")
    if forwarded is None:
        return None
    name = forwarded.css_first(".from_name")
    if name is not None:
        for date in name.css(".date"):
            date.decompose()
    return Forward(name=text_of(name).partition(_VIA)[0].strip() or None)


def _reply(message: LexborNode) -> int | None:
    link = message.css_first(".reply_to a")
    match = None if link is None else _REPLY.search(link.attributes.get("href") or "")
    return int(match[1]) if match else None


def _poll(message: LexborNode) -> Poll | None:
    poll = message.css_first(".media_poll")
    if poll is None:
        return None
    answers = []
    for node in poll.css(".answer"):
        votes = node.css_first(".details")
        count = _number(text_of(votes))
        if votes is not None:
            votes.decompose()
        answers.append(PollAnswer(text=text_of(node).removeprefix("- ").strip(), voters=count))
    kinds = " ".join(text_of(each) for each in poll.css(".details"))
    total = _number(text_of(poll.css_first(".total")))
    return Poll(
        question=text_of(poll.css_first(".question")),
        answers=tuple(answers),
        total_voters=total,
        closed="final results" in kinds.lower() or "closed" in kinds.lower(),
    )


def _reactions(message: LexborNode) -> Iterator[Reaction]:
    for node in message.css(".reaction"):
        count = node.css_first(".count")
        people = len(node.css(".userpics .userpic")) or 1
        label = text_of(node.css_first(".emoji"))
        yield Reaction(label=label, count=people if count is None else _number(text_of(count)))


def _details(message: LexborNode, before: Before) -> Iterator[Detail]:
    if before.via:
        yield Detail(name="via_bot", text=before.via)
    signature = message.css_first(".signature")
    if signature is not None:
        yield Detail(name="signature", text=text_of(signature))
    for name in _NO_FILES:
        node = message.css_first(f".{name}")
        if node is not None and name != "media_poll":
            yield Detail(name=name, text=" / ".join(text_of(node).split("\n")))


def _number(text: str) -> int:
    match = _COUNT.search(text)
    digits = re.sub(r"\D", "", match[0]) if match else ""
    return int(digits[:_LONGEST_COUNT] or 0)


def _files(message: LexborNode) -> Iterator[NamedFile]:
    for wrap in message.css(".media_wrap > *"):
        classes = (wrap.attributes.get("class") or "").split()
        if any(each in _NO_FILES for each in classes):
            continue
        title = text_of(wrap.css_first(".title"))
        href = wrap.attributes.get("href")
        named = unquote(href) if href and "%" in href else href or ""
        said = text_of(wrap.css_first(".description")).lower()
        absence = next((absence for words, absence in _ABSENCES if words in said), None)
        if not named:
            absence = absence or Absence.UNAVAILABLE
        yield NamedFile(named=named, kind=_media_kind(classes, title, named), absence=None if named else absence)
        thumbnail = wrap.css_first("img.video_file, img.animated, img.sticker, img.thumb")
        source = None if thumbnail is None else thumbnail.attributes.get("src")
        if source and source != href:
            yield NamedFile(named=source, kind=MediaKind.THUMBNAIL)


def _media_kind(classes: list[str], title: str, named: str) -> MediaKind:
    said = _TITLES.get(title.lower())
    if "photo_wrap" in classes or ("media_photo" in classes and said is None):
        return MediaKind.PHOTO
    media_type = said or next((_CLASSES[each] for each in classes if each in _CLASSES), None)
    return kind_of(named or title, mime=None, media_type=media_type)
