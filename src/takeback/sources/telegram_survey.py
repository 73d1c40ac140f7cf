"""The first pass over `result.json`: its digest, its chats, where their messages stand, and how many there are."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TypeAlias

import msgspec
import numpy as np

from takeback.errors import SourceError
from takeback.model.digest import Sha256
from takeback.sources.telegram_repair import repaired
from takeback.sources.telegram_schema import AGAIN, Number
from takeback.sources.tree import Tree
from takeback.sources.window import SIZE, Window

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_HEAD_BYTES = 64 << 10
_CAPTURED = 1 << 20
_BLANKS = b" \t\r\n"
_SAID: TypeAlias = str | None
_NUMBER: TypeAlias = Number | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One chat as the file lists it.

    ``start`` is the position of the first byte inside its list of messages, None where it has none; ``messages`` is how
    many elements begin in that list; ``reason`` says why the chat cannot be read, or its name or number.
    """

    name: str | None = None
    type: str | None = None
    id: int | None = None
    start: int | None = None
    messages: int = 0
    reason: str | None = None
    chat: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """What the first pass found. ``heads`` counts the beginnings of messages in another way; ``cut``: it broke off."""

    sha256: Sha256
    size: int
    chats: tuple[Listed, ...]
    heads: int
    cut: bool


class _Cut(Exception):
    """The file ends where something else was expected."""


class _Foreign(Exception):
    """The file is no JSON there."""


def survey(tree: Tree, result: str, *, size: int = SIZE) -> Survey:
    """Look through a file once; a `SourceError` where it is no export, or cannot be read."""
    place = f"{result} in {tree.place}"
    try:
        with tree.open(result) as file:
            found = _Surveyor(Window(file, size=size), place).survey()
    except OSError as error:
        message = f"telegram export cannot be read: {place}: {error.strerror or error} (check the disk)"
        raise SourceError(message) from error
    return found


class _Heads:
    """Counts how often a message begins, piece by piece."""

    def __init__(self) -> None:
        self.count = 0
        self._left = b""

    def see(self, piece: memoryview) -> None:
        from takeback.kernels.json_scan import heads

        content = np.frombuffer(self._left + piece if self._left else piece, np.uint8)
        found, sure = heads(content, 0, content.size)
        self.count += found
        self._left = content[sure:].tobytes() if content.size - sure <= _HEAD_BYTES else b""


class _Surveyor:
    """Walks over the outer members of a file; what lies inside of messages is passed over by a kernel."""

    def __init__(self, window: Window, place: str) -> None:
        self._window = window
        self._place = place
        self._digest = hashlib.sha256()
        self._heads = _Heads()
        self._size = 0
        self._chats: list[Listed] = []
        self._root = Listed(chat=False)
        self._lists = False
        window._seen = self._see  # noqa: SLF001  # the window was made for this walk

    def survey(self) -> Survey:
        cut = False
        try:
            self._walk()
        except _Cut:
            cut = True
        except _Foreign as error:
            if not (self._chats or self._lists or self._root.start is not None):
                message = f"telegram export is not valid JSON: {self._place}: {error} ({AGAIN})"
                raise SourceError(message) from error
            cut = True
        self._read_on()
        chats = [self._root, *self._chats] if self._root.start is not None else self._chats
        if not self._size:
            raise SourceError(f"telegram export is empty: {self._place} ({AGAIN})")
        if not chats and not self._lists:
            raise SourceError(f"not a telegram export: {self._place} has neither messages nor chats ({AGAIN})")
        sha256 = Sha256(self._digest.hexdigest())
        return Survey(sha256=sha256, size=self._size, chats=tuple(chats), heads=self._heads.count, cut=cut)

    def _see(self, piece: memoryview) -> None:
        self._digest.update(piece)
        self._heads.see(piece)
        self._size += len(piece) if self._size else len(bytes(piece).strip(_BLANKS))

    def _read_on(self) -> None:
        """To the end of the file, for its digest."""
        self._window.at = self._window.end
        while self._window.more():
            self._window.at = self._window.end

    # --- bytes

    def _next(self) -> int:
        """The next byte that is not blank, not yet taken."""
        window = self._window
        while True:
            while window.at < window.end:
                byte = int(window.buffer[window.at])
                if byte not in _BLANKS:
                    return byte
                window.at += 1
            if not window.more():
                raise _Cut

    def _take(self, wanted: bytes) -> bool:
        """Whether the next byte is one of these; it is taken then."""
        if self._next() not in wanted:
            return False
        self._window.at += 1
        return True

    def _value(self, *, kept: bool) -> bytes:
        """Pass over one value; its bytes, up to a bound, where they are ``kept``."""
        from takeback.kernels.json_scan import value

        self._next()
        window, state, parts, length = self._window, np.zeros(4, np.int64), [], 0
        while True:
            start = window.at
            window.at, whole = value(window.buffer, window.at, window.end, state)
            if kept and length < _CAPTURED:
                parts.append(window.content(start, window.at))
                length += len(parts[-1])
            if whole:
                return b"".join(parts)
            if not window.more():
                raise _Cut

    def _elements(self) -> int:
        from takeback.kernels.json_scan import COUNT, elements

        window, state = self._window, np.zeros(4, np.int64)
        while True:
            window.at, whole = elements(window.buffer, window.at, window.end, state)
            self._counted = int(state[COUNT])
            if whole:
                return self._counted
            if not window.more():
                raise _Cut

    # --- members

    def _walk(self) -> None:
        if not self._window.more():
            return
        window = self._window
        if window.content(0, 3) == _BYTE_ORDER_MARK:
            window.at = 3
        if self._next() == ord("["):
            return
        for name in self._members():
            if name in {"chats", "left_chats"}:
                self._chat_list()
            else:
                self._root = self._member(name, self._root)

    def _members(self) -> Iterator[str | None]:
        """The name of each member of the object that begins here; the caller passes over its value."""
        if not self._take(b"{"):
            message = f"byte {self._window.place:,} begins no object"
            raise _Foreign(message)
        while not self._take(b"}"):
            if self._next() != ord('"'):
                message = f"a name was expected at byte {self._window.place:,}"
                raise _Foreign(message)
            name = _text_of(self._value(kept=True))
            if not self._take(b":"):
                message = f"a colon was expected at byte {self._window.place:,}"
                raise _Foreign(message)
            yield name
            self._take(b",")

    def _chat_list(self) -> None:
        if self._next() != ord("{"):
            self._value(kept=False)
            return
        for name in self._members():
            if name != "list" or self._next() != ord("["):
                self._value(kept=False)
                continue
            self._window.at += 1
            self._lists = True
            while not self._take(b"]"):
                self._chat()
                self._take(b",")

    def _chat(self) -> None:
        if self._next() != ord("{"):
            said = self._value(kept=True)[:40]
            self._chats.append(Listed(chat=False, reason=f"it is no object: {said.decode(errors='replace')}"))
            return
        self._chats.append(Listed())
        place = len(self._chats) - 1
        for name in self._members():
            self._chats[place] = self._member(name, self._chats[place], place=place)

    def _member(self, name: str | None, chat: Listed, *, place: int | None = None) -> Listed:
        if name == "messages" and self._next() == ord("["):
            self._window.at += 1
            return self._messages(chat, place)
        if name not in {"name", "type", "id"}:
            self._value(kept=False)
            return chat
        raw = repaired(self._value(kept=True)).content
        try:
            if name == "id":
                return replace(chat, id=msgspec.json.decode(raw, type=_NUMBER))
            said = msgspec.json.decode(raw, type=_SAID)
        except (ValueError, RecursionError):
            return replace(chat, reason=f"its {name} cannot be read")
        return replace(chat, name=said) if name == "name" else replace(chat, type=said)

    def _messages(self, chat: Listed, place: int | None) -> Listed:
        chat = replace(chat, start=self._window.place, chat=True)
        self._counted = 0
        try:
            self._elements()
        except _Cut:
            self._keep(replace(chat, messages=self._counted), place)
            raise
        return replace(chat, messages=self._counted)

    def _keep(self, chat: Listed, place: int | None) -> None:
        if place is None:
            self._root = chat
        else:
            self._chats[place] = chat

    _counted = 0


def _text_of(raw: bytes) -> str | None:
    try:
        return msgspec.json.decode(repaired(raw).content, type=str)
    except (ValueError, RecursionError):
        return None
