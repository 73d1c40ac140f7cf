"""One pass over web archives: their channels, counts and pictures, and which capture of a post is the newest."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import msgspec

from takeback.model.channel import Audience, Channel, Damage, Post, PostKind
from takeback.model.digest import sha256_of
from takeback.model.media import Media, MediaKind, Place
from takeback.sources import preview_page, vk_page
from takeback.sources.picture_kind import looks_like_picture
from takeback.sources.promotion_page import promotes, read_promotion
from takeback.sources.record_tree import RecordTree, place_of
from takeback.sources.tree import Opened
from takeback.sources.warc_http import Answer, answer_of, page_text
from takeback.sources.warc_records import BadRecord, Record, records
from takeback.sources.web_page import Reading, WebPage, host_of

REMEDY = "archive the page again, or ask whoever archived it for the file as it was"

_OK = 200
_PAGES = frozenset({"text/html", "application/xhtml+xml"})
_NOT_RASTER = frozenset({"image/svg+xml"})
_MOST_PAGE = 16 << 20
LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)
"""When a record without a date was made: before every other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Captured:
    """One record with its place and what the server answered; damage where there is none to read."""

    place: str
    uri: str
    time: datetime | None
    answer: Answer | None
    refers_to: str = ""
    damage: tuple[Damage, ...] = ()
    record: bool = True


@dataclass(slots=True)
class Newest:
    """The newest capture of a post: when, what its words are, and every picture that any capture names."""

    time: datetime
    words: bytes
    kept: bool
    pictures: tuple[str, ...]


@dataclass(slots=True)
class WebIndex:
    """What one pass found; ``shown`` are the addresses of pictures that a post names."""

    source: str
    digest: str = ""
    channels: dict[str, Channel] = field(default_factory=dict)
    audiences: set[Audience] = field(default_factory=set)
    posts: dict[tuple[str, int], Newest] = field(default_factory=dict)
    pictures: dict[str, tuple[Media, ...]] = field(default_factory=dict)
    shown: set[str] = field(default_factory=set)
    records: int = 0
    pages: int = 0
    _numbers: dict[str, set[str]] = field(default_factory=dict)
    _elsewhere: dict[str, str] = field(default_factory=dict)

    def known_as(self, channel: str) -> str:
        """The platform's own id of a channel, where the pages tell exactly one; else the id by its name."""
        numbers = self._numbers.get(channel, set())
        return next(iter(numbers)) if len(numbers) == 1 else channel

    def held(self, uri: str) -> tuple[Media, ...]:
        """The pictures at an address, as the archives hold them."""
        return self.pictures.get(uri) or self.pictures.get(self._elsewhere.get(uri, ""), ())

    def keeps(self, key: tuple[str, int]) -> bool:
        """Whether a post is taken in: a page that neither promotes nor shows a picture in the archives is not."""
        found = self.posts[key]
        return found.kept or any(self.held(uri) for uri in found.pictures)

    def take(self, captured: Captured) -> None:
        """Look at one record."""
        self.records += captured.record
        if captured.refers_to and captured.uri:
            self._elsewhere[captured.uri] = captured.refers_to
        answer = captured.answer
        if answer is None or answer.status != _OK or answer.trouble:
            return
        if is_picture(answer):
            self._take_picture(captured, answer)
        elif (page := page_of(captured)) is not None:
            self.pages += 1
            self._take_page(page)

    def _take_picture(self, captured: Captured, answer: Answer) -> None:
        place = Place(source=self.source, path=captured.place)
        digest = sha256_of(answer.payload)
        media = Media(sha256=digest, size=len(answer.payload), place=place, kind=MediaKind.IMAGE_FILE)
        known = self.pictures.get(captured.uri, ())
        if digest not in {each.sha256 for each in known}:
            self.pictures[captured.uri] = (*known, media)

    def _take_page(self, page: WebPage) -> None:
        reading = read_page(page)
        time = page.time or LONG_AGO
        for channel in reading.channels:
            known = self.channels.get(channel.id)
            if known is None or not known.name:
                self.channels[channel.id] = channel
        self.audiences.update(reading.audiences)
        for by_name, number in reading.numbers:
            self._numbers.setdefault(by_name, set()).add(number)
        for each in reading.posts:
            uris = tuple(picture.uri for picture in each.pictures)
            self.shown.update(uris)
            key = (each.post.channel, each.post.id)
            found = self.posts.get(key)
            if found is None:
                kept = each.post.kind is not PostKind.PAGE or promotes(each.post)
                self.posts[key] = Newest(time=time, words=words_digest(each.post), kept=kept, pictures=uris)
                continue
            found.kept = found.kept or promotes(each.post)
            if uris:
                found.pictures = tuple(dict.fromkeys((*found.pictures, *uris)))
            if time > found.time:
                found.time, found.words = time, words_digest(each.post)


def index_of(files: RecordTree) -> WebIndex:
    """Everything in the archives, in one pass, and their digest."""
    # The id of the source is in the places of its pictures, so the digest must be known before they are.
    whole = hashlib.sha256()
    for name in files.archives():
        digest = hashlib.sha256()
        try:
            with files.open_archive(name) as file:
                while chunk := file.read(1 << 20):
                    digest.update(chunk)
        except OSError:  # said once, where its records are read
            pass
        whole.update(digest.digest())
    index = WebIndex(source=f"web-{whole.hexdigest()[:16]}", digest=whole.hexdigest())
    for captured in captures(files):
        index.take(captured)
    return index


def captures(files: RecordTree) -> Iterator[Captured]:
    """Every record of every archive, in the order of the files; one that cannot be read is its damage."""
    for name in files.archives():
        try:
            with files.open_archive(name) as file:
                empty = True
                for each in _captures(file, name):
                    empty = False
                    yield each
            if empty:
                damage = Damage(place=name, reason="the file holds no record", remedy=REMEDY, posts_lost=0)
                yield Captured(place=name, uri="", time=None, answer=None, damage=(damage,), record=False)
        except OSError as error:
            damage = Damage(place=name, reason=f"cannot be read: {error.strerror or error}", remedy=REMEDY)
            yield Captured(place=name, uri="", time=None, answer=None, damage=(damage,))


def _captures(file: Opened, name: str) -> Iterator[Captured]:
    for record in records(file):
        place = place_of(name, record)
        if isinstance(record, BadRecord):
            damage = Damage(place=place, reason=f"a record cannot be read: {record.reason}", remedy=REMEDY)
            yield Captured(place=place, uri="", time=None, answer=None, damage=(damage,))
            continue
        yield _captured(record, place)


def _captured(record: Record, place: str) -> Captured:
    answer = answer_of(record)
    reasons = []
    if not record.whole:
        reasons.append("a record is cut short; it is read up to the cut")
    if answer is not None and answer.trouble and answer.status in {0, _OK}:
        reasons.append(f"an answer cannot be read: {answer.trouble}")
    return Captured(
        place=place,
        uri=record.uri,
        time=record.time,
        answer=answer,
        refers_to=record.refers_to if record.kind == "revisit" else "",
        damage=tuple(Damage(place=place, reason=each, remedy=REMEDY, posts_lost=0) for each in reasons),
    )


def is_picture(answer: Answer) -> bool:
    """Whether the bytes are a raster picture, by what the server says or by how they begin."""
    said = answer.mime.startswith("image/") and answer.mime not in _NOT_RASTER
    return bool(answer.payload) and (said or looks_like_picture(answer.payload[:32]))


def page_of(captured: Captured) -> WebPage | None:
    """The page that a record keeps, if it keeps one; also the rest of a preview page, which comes as JSON."""
    answer = captured.answer
    if answer is None or answer.status != _OK or len(answer.payload) > _MOST_PAGE:
        return None
    if answer.mime in _PAGES or (not answer.mime and answer.payload.lstrip()[:1] == b"<"):
        return WebPage(uri=captured.uri, time=captured.time, html=page_text(answer))
    if answer.mime == "application/json" and host_of(captured.uri) in preview_page.HOSTS:
        try:
            return WebPage(uri=captured.uri, time=captured.time, html=msgspec.json.decode(answer.payload, type=str))
        except ValueError:
            return None
    return None


def read_page(page: WebPage) -> Reading:
    """What a page says; its host decides how it is read, never what it pretends to be."""
    if page.host in preview_page.HOSTS:
        return preview_page.read_preview(page)
    if page.host in vk_page.HOSTS:
        wall = vk_page.read_vk(page)
        return wall + _promoting(read_promotion(page, with_text=not wall.posts), of=wall.channels)
    return read_promotion(page)


def _promoting(reading: Reading, *, of: tuple[Channel, ...]) -> Reading:
    """What a page of a community says beside its posts, where it promotes; its pictures belong to its posts.

    It is a row of its community, so that community and page are counted as one that promotes, not as two.
    """
    if not any(promotes(each.post) for each in reading.posts):
        return Reading()
    if not of:
        return reading
    posts = tuple(replace(each, post=replace(each.post, channel=of[0].id)) for each in reading.posts)
    return replace(reading, channels=(), posts=posts)


def words_digest(post: Post) -> bytes:
    """What a post says, without what is counted on it."""
    said = (post.text, post.author, *post.links, post.forward.name if post.forward else None)
    return hashlib.blake2b(repr(said).encode("utf-8", "replace"), digest_size=8).digest()
