"""Telegram Desktop exports in JSON: one chat, or a whole account."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from takeback.errors import SourceError
from takeback.model.channel import Channel, ChannelKind, Damage, Post
from takeback.model.media import Place
from takeback.sources.telegram_count import notes_of, present
from takeback.sources.telegram_html import holds_pages
from takeback.sources.telegram_posts import Files
from takeback.sources.telegram_rows import Piece, Rows, Tally
from takeback.sources.telegram_schema import AGAIN
from takeback.sources.telegram_survey import Listed, survey
from takeback.sources.tree import DirectoryTree, Standing, Tree, read_bounded
from takeback.sources.window import SIZE, Window
from takeback.tables.posts import empty, posts_of

RESULT = "result.json"
MOST_BYTES = 8 << 30
"""Of one file that is read whole."""

_FOLDERS = ("ChatExport_", "DataExport_")
_ID_DIGITS = 16


class TelegramExport:
    """Reads what Telegram Desktop exports as machine-readable JSON."""

    name = "telegram"

    def recognises(self, path: Path) -> bool:
        """Whether an export lies there: its folder, the folder around it, or its JSON."""
        if path.is_file():
            return path.suffix.lower() == ".json"
        if not path.is_dir():
            return False
        tree = DirectoryTree(path)
        return holds_export(tree) or (path.name.startswith(_FOLDERS) and not holds_pages(tree))

    def open(self, path: Path) -> TelegramReader:
        """The opened export, or a `SourceError` that says what, where, and the way out."""
        if path.is_file():
            return open_export(DirectoryTree(path.parent), named=path.name)
        if not path.is_dir():
            message = f"no such folder: {path} (give the folder that Telegram Desktop made, usually ChatExport_...)"
            raise SourceError(message)
        return open_export(DirectoryTree(path))


class TelegramReader:
    """An opened Telegram Desktop export, read window by window: an export of any size takes little memory.

    ``messages`` is how many message objects the export holds; posts and lost posts add up to it.
    """

    def __init__(self, tree: Tree, *, result: str, size: int = SIZE) -> None:
        self._tree = tree
        self._result = result
        self._size = size
        self._survey = survey(tree, result, size=size)
        self._present = present(self._survey)
        self._id = f"telegram-{self._survey.sha256[:_ID_DIGITS]}"
        self._files = Files(tree, source=self._id, prefix=result[: result.rfind("/") + 1])

    @property
    def id(self) -> str:
        """From the SHA-256 of `result.json`: the same export has the same id wherever it lies."""
        return self._id

    @property
    def messages(self) -> int:
        """How many message objects the export holds."""
        return self._present

    def channels(self) -> tuple[Channel, ...]:
        """The chats of the export, each once."""
        found: dict[str, Channel] = {}
        for number, chat in enumerate(self._survey.chats):
            if chat.chat:
                channel = _channel(chat, number)
                found.setdefault(channel.id, channel)
        return tuple(found.values())

    def posts(self) -> Iterator[Post | Damage]:
        """Each message as a post, or the damage in its place, in the order of the export."""
        for piece in self.pieces():
            damage = list(piece.damage)
            for number, post in enumerate(posts_of(piece.batch)):
                while damage and damage[0][0] <= number:
                    yield damage.pop(0)[1]
                yield post
            yield from (each for _, each in damage)

    def batches(self) -> Iterator[pa.RecordBatch | Damage]:
        """The messages as columns (`takeback.tables.posts`), and the damage."""
        for piece in self.pieces():
            yield from (each for _, each in piece.damage)
            if piece.batch.num_rows:
                yield piece.batch

    def pieces(self) -> Iterator[Piece]:
        """The messages, a window at a time; then what was mended, what is unknown, and what does not add up."""
        tally = Tally()
        with self._tree.open(self._result) as file:
            window = Window(file, size=self._size)
            for number, chat in enumerate(self._survey.chats):
                yield from self._chat(window, number, chat, tally)
        self._present = tally.present
        notes = notes_of(tally, self._survey, self._tree, self._result)
        yield Piece(batch=empty(), damage=tuple((0, each) for each in notes))

    def read(self, place: Place) -> bytes:
        """The bytes at a place, as they are now."""
        return read_bounded(self._tree, place.path, limit=MOST_BYTES)

    def _chat(self, window: Window, number: int, chat: Listed, tally: Tally) -> Iterator[Piece]:
        place = f"{self._result}: chat {number + 1}"
        reason = f"the chat cannot be read: {chat.reason}" if chat.reason else None
        if chat.chat and chat.start is None:
            reason = reason or "the chat has no list of messages"
        if reason:
            damage = Damage(place=place, reason=reason, remedy=AGAIN, posts_lost=0)
            yield Piece(batch=empty(), damage=((0, damage),))
        if chat.start is None or not window.skip_to(chat.start):
            return
        channel = _channel(chat, number).id
        rows = Rows(window, channel=channel, chat=place, source=self._id, files=self._files, tally=tally)
        yield from rows.pieces()


def holds_export(tree: Tree) -> bool:
    """Whether a tree holds an export in JSON, at its root or in a folder directly under it."""
    return bool(_where(tree, (RESULT,)))


def open_export(tree: Tree, *, named: str = RESULT) -> TelegramReader:
    """The export in a tree, or a `SourceError` that says what is wrong with it and how to export again."""
    results = _where(tree, (named,))
    if len(results) > 1:
        message = f"several telegram exports in one place: {', '.join(results)} in {tree.place} (give them one by one)"
        raise SourceError(message)
    if results:
        return TelegramReader(tree, result=results[0])
    message = f'telegram export has no {named}: {tree.place} (choose "Machine-readable JSON" in Telegram Desktop)'
    raise SourceError(message)


def _where(tree: Tree, names: tuple[str, ...]) -> list[str]:
    at_root = [name for name in names if tree.standing(name) is Standing.INSIDE]
    if at_root:
        return at_root
    below = (f"{folder}/{name}" for folder in tree.folders() for name in names)
    return [path for path in below if tree.standing(path) is Standing.INSIDE]


def _channel(chat: Listed, number: int) -> Channel:
    known = {kind.value: kind for kind in ChannelKind if kind is not ChannelKind.FOLDER}
    written = str(chat.id) if chat.id is not None else f"unnumbered-{number + 1}"
    kind = known.get(chat.type or "", ChannelKind.OTHER)
    return Channel(id=f"telegram:{written}", name=chat.name or "", kind=kind)
