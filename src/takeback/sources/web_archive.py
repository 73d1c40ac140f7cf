"""Web archives (WARC, WACZ): preview pages of Telegram, communities on VK, and pages that lead into channels."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from takeback.errors import SourceError
from takeback.model.channel import Audience, Channel, ChannelKind, Damage, Post, PostKind
from takeback.model.media import Absence, Media, MissingMedia, Place
from takeback.sources.record_tree import RecordTree, is_web_archive, records_at
from takeback.sources.tree import read_bounded
from takeback.sources.warc_http import MOST_PAYLOAD
from takeback.sources.web_index import (
    LONG_AGO,
    REMEDY,
    captures,
    index_of,
    page_of,
    read_page,
    words_digest,
)
from takeback.sources.web_page import PagePost, host_of

_DIGITS = 12


class WebArchive:
    """Reads WARC files, packed or not, and WACZ."""

    name = "webarchive"

    def recognises(self, path: Path) -> bool:
        """Whether a WARC file, a WACZ, or a folder of nothing but WARC files lies there."""
        return is_web_archive(path)

    def open(self, path: Path) -> WebArchiveReader:
        """The opened archive, or a `SourceError` that says what, where, and the way out."""
        return WebArchiveReader(records_at(path))


class WebArchiveReader:
    """Opened web archives; opening them reads them once, posts are read in a second pass.

    ``records`` is how many records there are, whole or not; ``pages`` how many of them are pages.
    """

    def __init__(self, files: RecordTree) -> None:
        if not files.archives():
            message = f"no web archive in it: {files.place} (a WACZ holds files that end in .warc or .warc.gz)"
            raise SourceError(message)
        self._files = files
        self._index = index_of(files)
        if not self._index.records:
            message = f"web archive is empty: {files.place} holds no record (archive the pages again)"
            raise SourceError(message)

    @property
    def id(self) -> str:
        """From the SHA-256 of the archives: the same archives have the same id wherever they lie."""
        return self._index.source

    @property
    def records(self) -> int:
        """How many records the archives hold, the damaged ones among them."""
        return self._index.records

    @property
    def pages(self) -> int:
        """How many of the records are pages."""
        return self._index.pages

    def channels(self) -> tuple[Channel, ...]:
        """The channels and communities whose pages are there, and the hosts of pages that lead into channels."""
        index = self._index
        used = {key[0] for key in index.posts if index.keeps(key)}
        found: dict[str, Channel] = {}
        for id in sorted(index.channels):
            channel = replace(index.channels[id], id=index.known_as(id))
            if id in used or channel.kind is not ChannelKind.WEB_PAGES:
                found.setdefault(channel.id, channel)
        for uri in self._loose():
            found.setdefault(_host(uri), _pages_of(uri))
        return tuple(found.values())

    def audiences(self) -> tuple[Audience, ...]:
        """Every member count on a page, at the time of its record."""
        found = (replace(each, channel=self._index.known_as(each.channel)) for each in self._index.audiences)
        return tuple(sorted(found, key=lambda each: (each.time, each.channel, each.members, each.source)))

    def posts(self) -> Iterator[Post | Damage]:
        """Each post as its newest capture shows it, or damage in the place of a record.

        Captures that differ only in counts are one post. Where the words differ, the older ones follow at the end,
        so that the minors' gate reads them too. Then each picture that no page names, as a post of its host.
        """
        older: dict[tuple[str, int, bytes], PagePost] = {}
        told: set[tuple[str, int]] = set()
        for captured in captures(self._files):
            yield from captured.damage
            page = page_of(captured)
            if page is None:
                continue
            reading = read_page(page)
            for reason, lost in Counter(reading.foreign).items():
                yield Damage(place=captured.place, reason=reason, remedy=REMEDY, posts_lost=lost)
            for each in reading.posts:
                key = (each.post.channel, each.post.id)
                if not self._index.keeps(key):
                    continue
                words = words_digest(each.post)
                newest = self._index.posts[key]
                if words != newest.words:
                    older.setdefault((*key, words), each)
                elif key not in told and (page.time or LONG_AGO) >= newest.time:
                    told.add(key)
                    yield self._post(each, pictures=newest.pictures)
        for each in older.values():
            yield self._post(each, pictures=tuple(picture.uri for picture in each.pictures))
        yield from (self._loose_post(uri) for uri in self._loose())

    def read(self, place: Place) -> bytes:
        """The bytes at a place, as they are now."""
        return read_bounded(self._files, place.path, limit=MOST_PAYLOAD)

    def _post(self, found: PagePost, *, pictures: tuple[str, ...]) -> Post:
        """The post with its files: those that the archives hold, of any capture; the others as missing."""
        kinds = {each.uri: each.kind for each in found.pictures}
        media: dict[str, Media] = {}
        for uri in pictures:
            for each in self._index.held(uri):
                media.setdefault(each.sha256, replace(each, kind=kinds.get(uri, each.kind)))
        absent = [each for each in found.pictures if not self._index.held(each.uri)]
        missing = absent if found.post.kind is not PostKind.PAGE and len(media) < len(found.pictures) else []
        post = found.post
        origin = post.forward.origin if post.forward else None
        return replace(
            post,
            channel=self._index.known_as(post.channel),
            author_id=self._author(post),
            forward=replace(post.forward, origin=self._index.known_as(origin))
            if post.forward and origin
            else post.forward,
            media=tuple(media.values()),
            missing=tuple(
                MissingMedia(kind=each.kind, absence=Absence.NOT_INCLUDED, named=each.uri) for each in missing
            ),
        )

    def _author(self, post: Post) -> str | None:
        """A channel posts in its own name, as Desktop exports write it."""
        known = self._index.known_as(post.channel)
        number = known.removeprefix("telegram:")
        return f"channel{number}" if number.isdigit() and post.author else post.author_id

    def _loose(self) -> list[str]:
        """The addresses of pictures that no page in the archives names, in order."""
        return sorted(uri for uri in self._index.pictures if uri not in self._index.shown)

    def _loose_post(self, uri: str) -> Post:
        number = int(hashlib.sha256(uri.encode("utf-8", "replace")).hexdigest()[:_DIGITS], 16)
        media = self._index.pictures[uri]
        return Post(channel=_host(uri), id=number, kind=PostKind.FILE, time=None, text=uri, media=media)


def _host(uri: str) -> str:
    return f"web:{host_of(uri) or 'unnamed'}"


def _pages_of(uri: str) -> Channel:
    host = host_of(uri) or "unnamed"
    return Channel(id=_host(uri), name=host, kind=ChannelKind.WEB_PAGES)
