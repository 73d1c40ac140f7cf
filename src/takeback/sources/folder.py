"""A folder of pictures: each file is a post of one channel, without a time."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from takeback.errors import SourceError
from takeback.model.channel import Channel, ChannelKind, Damage, MarkedRow, Post, PostKind
from takeback.model.media import Media, MediaKind, Place
from takeback.signals.age_words import age_words
from takeback.sources.picture_kind import kind_of, looks_like_picture
from takeback.sources.telegram import TelegramExport
from takeback.sources.telegram_html import TelegramHtml
from takeback.sources.tree import DirectoryTree, Seen, Tree, read_bounded, see

MOST_BYTES = 4 << 30
"""Of one file."""

SIDE_FILES = frozenset({"channels.csv", "audience.csv", "acquisition.toml"})
"""What an investigator writes beside the pictures; no part of them."""

_ID_DIGITS = 16


class Folder:
    """Reads every file in a folder, and in the folders in it."""

    name = "folder"

    def recognises(self, path: Path) -> bool:
        """Whether a folder lies there that is no telegram export."""
        return path.is_dir() and not any(kind.recognises(path) for kind in (TelegramExport(), TelegramHtml()))

    def open(self, path: Path) -> FolderReader:
        """The opened folder, or a `SourceError` that says what, where, and the way out."""
        if not path.is_dir():
            message = f"no such folder: {path} (give a folder of pictures)"
            raise SourceError(message)
        return FolderReader(DirectoryTree(path), label=path.name)


class FolderReader:
    """An opened folder; opening it reads each file once, as its id rests on their digests."""

    def __init__(self, tree: Tree, *, label: str) -> None:
        self._tree = tree
        self._label = label
        self._seen: dict[str, Seen] = {}
        self._unreadable: dict[str, str] = {}
        for path in tree.names():
            if path in SIDE_FILES:
                continue
            try:
                self._seen[path] = see(tree, path)
            except OSError as error:
                self._unreadable[path] = error.strerror or str(error)
        if not self._seen:
            message = f"no file in it can be read: {tree.place} (give a folder that holds pictures)"
            raise SourceError(message)
        content = "".join(f"{seen.sha256} {path}\n" for path, seen in self._seen.items())
        self._digest = hashlib.sha256(content.encode()).hexdigest()[:_ID_DIGITS]
        self._channel = f"folder:{self._digest}"

    @property
    def id(self) -> str:
        """From the digests and names of the files: the same files have the same id wherever they lie."""
        return f"folder-{self._digest}"

    def channels(self) -> tuple[Channel, ...]:
        """The folder, as one channel."""
        return (Channel(id=self._channel, name=self._label, kind=ChannelKind.FOLDER),)

    def posts(self) -> Iterator[Post | Damage]:
        """Each file as a post, in the order of its path, or the damage in its place; times of files say nothing."""
        for number, path in enumerate(sorted({**self._seen, **self._unreadable}), start=1):
            if path in self._seen:
                yield self._post(number, path, self._seen[path])
            else:
                reason = f"cannot be read: {self._unreadable[path]}"
                marked = MarkedRow(channel=self._channel, after=number - 1) if age_words().found_in(path) else None
                yield Damage(place=path, reason=reason, remedy="check the disk and its permissions", marked=marked)
        for path in self._tree.left_out():
            reason = "not a regular file inside the folder (a link that leaves it, or a pipe)"
            yield Damage(place=path, reason=reason, remedy="copy the file itself into the folder", posts_lost=0)

    def read(self, place: Place) -> bytes:
        """The bytes at a place, as they are now."""
        return read_bounded(self._tree, place.path, limit=MOST_BYTES)

    def _post(self, number: int, path: str, seen: Seen) -> Post:
        kind = kind_of(path)
        if kind is MediaKind.DOCUMENT and looks_like_picture(seen.head):
            kind = MediaKind.IMAGE_FILE
        place = Place(source=self.id, path=path)
        return Post(
            channel=self._channel,
            id=number,
            kind=PostKind.FILE,
            time=None,
            text=PurePosixPath(path).name,
            media=(Media(sha256=seen.sha256, size=seen.size, place=place, kind=kind),),
        )
