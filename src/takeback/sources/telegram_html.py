"""Telegram Desktop exports in HTML: `messages.html`, `messages2.html`, one chat or a whole account."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from takeback.errors import SourceError
from takeback.model.channel import BEFORE_ALL_POSTS, Channel, ChannelKind, Damage, MarkedRow, Post
from takeback.model.media import Place
from takeback.signals.age_words import age_words
from takeback.sources import telegram_page
from takeback.sources.telegram_page import Before
from takeback.sources.telegram_posts import Files
from takeback.sources.tree import DirectoryTree, Tree, read_bounded, see

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser, LexborNode

MOST_BYTES = 64 << 20
"""Of one page, which holds a thousand messages."""

_MOST_FILE_BYTES = 8 << 30
_PAGE = re.compile(r"(?:^|.*/)messages(\d*)\.html")
_DAY = re.compile(r"\d{1,2} \S+ \d{4}")
_MIGRATED = -100_000_000
"""Numbers of messages from before a group was migrated are lower; day separators are above."""

_ID_DIGITS = 16
_REMEDY = "export the chat again in Telegram Desktop, and let it finish"


class TelegramHtml:
    """Reads what Telegram Desktop exports as HTML; JSON says more, and is read where both are there."""

    name = "telegram_html"

    def recognises(self, path: Path) -> bool:
        """Whether pages of an export lie there, and no JSON of one."""
        if path.is_file():
            return _PAGE.fullmatch(path.name) is not None
        return path.is_dir() and holds_pages(DirectoryTree(path))

    def open(self, path: Path) -> TelegramHtmlReader:
        """The opened export, or a `SourceError` that says what, where, and the way out."""
        folder = path.parent if path.is_file() else path
        if not folder.is_dir():
            raise SourceError(f"no such folder: {path} (give the folder that Telegram Desktop made)")
        return TelegramHtmlReader(DirectoryTree(folder))


class TelegramHtmlReader:
    """An opened HTML export; every page is read twice: for its digest, and for its messages."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._chats = pages_of(tree)
        if not self._chats:
            raise SourceError(f"telegram export has no messages.html: {tree.place} ({_REMEDY})")
        self._channels = {folder: self._channel(pages) for folder, pages in self._chats.items()}
        if not any(self._channels.values()):
            first = next(iter(self._chats.values()))[0]
            message = f"not a telegram export: {first} in {tree.place} has no history of messages"
            raise SourceError(f"{message} ({_REMEDY}, or give the page in a web archive)")
        digest = hashlib.sha256()
        for page in (page for pages in self._chats.values() for page in pages):
            try:
                digest.update(f"{see(tree, page).sha256}\n".encode())
            except OSError as error:
                message = f"telegram export cannot be read: {page} in {tree.place}: {error.strerror or error}"
                raise SourceError(f"{message} (check the disk)") from error
        self._id = f"telegram-html-{digest.hexdigest()[:_ID_DIGITS]}"

    @property
    def id(self) -> str:
        """From the digests of the pages: the same export has the same id wherever it lies."""
        return self._id

    def channels(self) -> tuple[Channel, ...]:
        """The chats of the export, each once."""
        return tuple({channel.id: channel for channel in self._channels.values() if channel}.values())

    def posts(self) -> Iterator[Post | Damage]:
        """Each message as a post, or the damage in its place, in the order of the pages."""
        for folder, pages in self._chats.items():
            prefix = f"{folder}/" if folder else ""
            channel = self._channels[folder]
            chat = channel and _Chat(channel.id, Files(self._tree, source=self._id, prefix=prefix))
            for page in pages:
                parsed = self._parsed(page)
                if isinstance(parsed, Damage):
                    yield parsed
                elif chat:
                    yield from chat.page(parsed, page)

    def read(self, place: Place) -> bytes:
        """The bytes at a place, as they are now."""
        return read_bounded(self._tree, place.path, limit=_MOST_FILE_BYTES)

    def _parsed(self, page: str) -> LexborHTMLParser | Damage:
        from selectolax.lexbor import LexborHTMLParser

        try:
            content = read_bounded(self._tree, page, limit=MOST_BYTES)
        except (OSError, SourceError) as error:
            return Damage(place=page, reason=f"the page cannot be read: {error}", remedy=_REMEDY, posts_lost=0)
        parsed = LexborHTMLParser(content.decode(errors="replace"))
        if parsed.css_first(".history") is None:
            reason = "it is no page of a telegram export: it has no history of messages"
            return Damage(place=page, reason=reason, remedy=_REMEDY, posts_lost=0)
        return parsed

    def _channel(self, pages: list[str]) -> Channel | None:
        """The chat of some pages, None where none of them is one of an export.

        A page does not say the number of its chat: the title and the first message stand for it.
        """
        parsed = next((page for page in map(self._parsed, pages) if not isinstance(page, Damage)), None)
        if parsed is None:
            return None
        title = telegram_page.text_of(parsed.css_first(".page_header .text"))
        found = (telegram_page.id_of(each) for each in parsed.css(".history > .message"))
        number = next((each for each in found if each is not None and not _MIGRATED < each < 0), None)
        digest = hashlib.sha256(f"{title}\n{number}".encode()).hexdigest()[:_ID_DIGITS]
        return Channel(id=f"telegram-html:{digest}", name=title, kind=ChannelKind.OTHER)


class _Chat:
    """Reads the pages of one chat in order: a joined message may have its author on the page before."""

    def __init__(self, channel: str, files: Files) -> None:
        self._channel = channel
        self._files = files
        self._before = Before()
        self._last = BEFORE_ALL_POSTS

    def page(self, parsed: LexborHTMLParser, page: str) -> Iterator[Post | Damage]:
        for number, message in enumerate(parsed.css(".history > .message"), 1):
            yield from self._message(message, f"{page}: message {number}")

    def _message(self, message: LexborNode, place: str) -> Iterator[Post | Damage]:
        id = telegram_page.id_of(message)
        service = telegram_page.has_class(message, "service")
        if service and (id is None or _MIGRATED < id < 0):
            day = telegram_page.text_of(message)
            if _DAY.fullmatch(day):
                self._before = replace(self._before, day=day)
                return
        if id is None:
            words = telegram_page.text_of(message)
            marked = MarkedRow(channel=self._channel, after=self._last) if age_words().found_in(words) else None
            reason = "the message cannot be read: it has no number"
            yield Damage(place=place, reason=reason, remedy=_REMEDY, marked=marked)
            return
        self._last = id
        if service:
            yield telegram_page.service_of(message, channel=self._channel, id=id, before=self._before)
            return
        if not telegram_page.has_class(message, "joined"):
            self._before = replace(self._before, author=None, via=None)
        self._before = telegram_page.author_of(message, self._before)
        yield from telegram_page.post_of(
            message,
            channel=self._channel,
            id=id,
            before=self._before,
            place=f"{place} (id {id})",
            files=self._files,
        )


def holds_pages(tree: Tree) -> bool:
    """Whether pages of an HTML export lie in a tree: at its root, in a folder under it, or as a whole account."""
    folders = ("", *tree.folders())
    names = ("messages.html", "chats/chat_001/messages.html", "chats/chat_01/messages.html")
    paths = [f"{folder}/{name}".lstrip("/") for folder in folders for name in names]
    return any(tree.standing(path).value == "inside" for path in paths)


def pages_of(tree: Tree) -> dict[str, list[str]]:
    """The pages of each chat in their order, by the folder that they lie in."""
    found: dict[str, list[tuple[int, str]]] = {}
    for path in tree.names():
        match = _PAGE.fullmatch(path)
        if match:
            found.setdefault(path.rpartition("/")[0], []).append((int(match[1] or 1), path))
    return {folder: [path for _, path in sorted(pages)] for folder, pages in sorted(found.items())}
