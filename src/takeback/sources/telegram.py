"""Telegram Desktop exports in JSON: one chat, or a whole account."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from msgspec import Raw, UnsetType

from takeback.errors import SourceError
from takeback.model.channel import BEFORE_ALL_POSTS, Channel, ChannelKind, Damage, MarkedRow, Post
from takeback.model.digest import sha256_of
from takeback.model.media import Place
from takeback.signals.age_words import age_words
from takeback.sources.telegram_posts import Files, post_of
from takeback.sources.telegram_rest import rest_of
from takeback.sources.telegram_schema import AGAIN, Chat, decode_chats, decode_message, reason_of
from takeback.sources.tree import DirectoryTree, Standing, Tree, read_bounded

RESULT = "result.json"
MOST_BYTES = 8 << 30
"""Of one `result.json`, which is read whole."""

_PAGES = ("messages.html", "export_results.html", "lists/chats.html")
_FOLDERS = ("ChatExport_", "DataExport_")
_ID_DIGITS = 16


class TelegramExport:
    """Reads what Telegram Desktop exports as machine-readable JSON."""

    name = "telegram"

    def recognises(self, path: Path) -> bool:
        """Whether an export lies there: its folder, the folder around it, or its JSON; an HTML export too."""
        if path.is_file():
            return path.suffix.lower() == ".json" or path.name in _PAGES
        if not path.is_dir():
            return False
        return path.name.startswith(_FOLDERS) or holds_export(DirectoryTree(path))

    def open(self, path: Path) -> TelegramReader:
        """The opened export, or a `SourceError` that says what, where, and the way out."""
        if path.is_file():
            return open_export(DirectoryTree(path.parent), named=path.name)
        if not path.is_dir():
            message = f"no such folder: {path} (give the folder that Telegram Desktop made, usually ChatExport_...)"
            raise SourceError(message)
        return open_export(DirectoryTree(path))


class TelegramReader:
    """An opened Telegram Desktop export.

    ``messages`` is how many message objects the export holds; posts and lost posts add up to it.
    """

    def __init__(self, tree: Tree, *, result: str) -> None:
        content = _content(tree, result)
        self._tree = tree
        self._result = result
        self._chats = decode_chats(content, f"{result} in {tree.place}")
        self._id = f"telegram-{sha256_of(content)[:_ID_DIGITS]}"
        self._files = Files(tree, source=self._id, prefix=result[: result.rfind("/") + 1])

    @property
    def id(self) -> str:
        """From the SHA-256 of `result.json`: the same export has the same id wherever it lies."""
        return self._id

    @property
    def messages(self) -> int:
        """How many message objects the export holds."""
        return sum(len(_messages(chat)) for chat in self._chats if isinstance(chat, Chat))

    def channels(self) -> tuple[Channel, ...]:
        """The chats of the export, each once."""
        found: dict[str, Channel] = {}
        for number, chat in enumerate(self._chats):
            if isinstance(chat, Chat):
                channel = _channel(chat, number)
                found.setdefault(channel.id, channel)
        return tuple(found.values())

    def posts(self) -> Iterator[Post | Damage]:
        """Each message as a post, or the damage in its place, in the order of the export."""
        for number, chat in enumerate(self._chats):
            if isinstance(chat, str):
                place = f"{self._result}: chat {number + 1}"
                yield Damage(place=place, reason=f"the chat cannot be read: {chat}", remedy=AGAIN, posts_lost=0)
                continue
            if isinstance(chat.messages, UnsetType):
                place = f"{self._result}: chat {number + 1}"
                yield Damage(place=place, reason="the chat has no list of messages", remedy=AGAIN, posts_lost=0)
            channel = _channel(chat, number).id
            yield from self._posts(_messages(chat), channel, f"{self._result}: chat {number + 1}, message")

    def read(self, place: Place) -> bytes:
        """The bytes at a place, as they are now."""
        return read_bounded(self._tree, place.path, limit=MOST_BYTES)

    def _posts(self, messages: list[Raw], channel: str, place: str) -> Iterator[Post | Damage]:
        last = BEFORE_ALL_POSTS
        for row, raw in enumerate(messages, 1):
            try:
                message = decode_message(raw)
            except (ValueError, RecursionError) as error:
                reason = f"the message cannot be read: {reason_of(error)}"
                marked = _marked(raw, channel, last)
                yield Damage(place=f"{place} {row}", reason=reason, remedy=AGAIN, marked=marked)
                continue
            last = message.id
            yield from post_of(message, channel=channel, place=f"{place} {row} (id {message.id})", files=self._files)


def holds_export(tree: Tree) -> bool:
    """Whether a tree holds an export, in JSON or HTML, at its root or in a folder directly under it."""
    return bool(_where(tree, (RESULT, *_PAGES)))


def open_export(tree: Tree, *, named: str = RESULT) -> TelegramReader:
    """The export in a tree, or a `SourceError` that says what is wrong with it and how to export again."""
    if named in _PAGES:
        raise _only_html(f"{tree.place}/{named}")
    results = _where(tree, (named,))
    if len(results) > 1:
        message = f"several telegram exports in one place: {', '.join(results)} in {tree.place} (give them one by one)"
        raise SourceError(message)
    if results:
        return TelegramReader(tree, result=results[0])
    if pages := _where(tree, _PAGES):
        raise _only_html(f"{tree.place}/{pages[0]}")
    message = f'telegram export has no {named}: {tree.place} (choose "Machine-readable JSON" in Telegram Desktop)'
    raise SourceError(message)


def _where(tree: Tree, names: tuple[str, ...]) -> list[str]:
    at_root = [name for name in names if tree.standing(name) is Standing.INSIDE]
    if at_root:
        return at_root
    below = (f"{folder}/{name}" for folder in tree.folders() for name in names)
    return [path for path in below if tree.standing(path) is Standing.INSIDE]


def _only_html(place: str) -> SourceError:
    return SourceError(f"telegram export is HTML, which is not read yet: {place} ({AGAIN})")


def _content(tree: Tree, result: str) -> bytes:
    try:
        return read_bounded(tree, result, limit=MOST_BYTES)
    except OSError as error:
        message = (
            f"telegram export cannot be read: {result} in {tree.place}: {error.strerror or error} (check the disk)"
        )
        raise SourceError(message) from error


def _messages(chat: Chat) -> list[Raw]:
    return [] if isinstance(chat.messages, UnsetType) else chat.messages


def _marked(raw: Raw, channel: str, last: int) -> MarkedRow | None:
    """Where a message stood that cannot be read, if it says or may say that somebody is a minor."""
    rest = rest_of(raw)
    words = age_words()
    if rest is not None and not any(words.found_in(text) for text in rest.texts):
        return None
    return MarkedRow(channel=channel, after=last, reply_to=None if rest is None else rest.reply_to)


def _channel(chat: Chat, number: int) -> Channel:
    known = {kind.value: kind for kind in ChannelKind if kind is not ChannelKind.FOLDER}
    written = str(chat.id) if chat.id is not None else f"unnumbered-{number + 1}"
    kind = known.get(chat.type or "", ChannelKind.OTHER)
    return Channel(id=f"telegram:{written}", name=chat.name or "", kind=kind)
