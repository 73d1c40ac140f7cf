"""Files of one JSON object a line: messages as 4CAT keeps them, and what `takeback collect` wrote."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from msgspec import Raw

from takeback.errors import SourceError
from takeback.model.channel import BEFORE_ALL_POSTS, Audience, Channel, Damage, MarkedRow, Post
from takeback.model.media import Place
from takeback.signals.age_words import age_words
from takeback.sources.collected import AudienceRow, ChannelRow, PostRow, collected_row
from takeback.sources.folder import SIDE_FILES
from takeback.sources.fourcat import fourcat_row
from takeback.sources.telegram_rest import rest_of
from takeback.sources.tree import DirectoryTree, read_bounded

MOST_LINE = 16 << 20
"""Bytes of one line; a longer one is damage, and passed over."""

_SUFFIXES = (".ndjson", ".jsonl")
_ID_DIGITS = 16
_CHUNK = 1 << 20
_AGAIN = "download the dataset again, or look at who changed the file"


class Ndjson:
    """Reads NDJSON of Telegram messages as 4CAT writes it, and collected channels."""

    name = "ndjson"

    def recognises(self, path: Path) -> bool:
        """Whether a file of that name lies there, or a folder of nothing but such files."""
        return (path.is_file() and _named_so(path)) or bool(_files_in(path))

    def open(self, path: Path) -> NdjsonReader:
        """The opened file, or a `SourceError` that says what, where, and the way out."""
        files = (path,) if path.is_file() else _files_in(path)
        if not files:
            message = f"no such file: {path} (give a file that ends in .ndjson, or a folder of them)"
            raise SourceError(message)
        return NdjsonReader(files, place=path)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    number: int
    content: bytes
    longer: bool = False


class NdjsonReader:
    """Opened files; opening reads each once, posts are read in a second pass, line by line.

    ``lines`` is how many lines hold something; posts, counts and damage add up to it.
    """

    def __init__(self, files: tuple[Path, ...], *, place: Path) -> None:
        self._files = files
        self._channels: dict[str, Channel] = {}
        self._audiences: list[Audience] = []
        self.lines = 0
        digest = hashlib.sha256()
        readable = 0
        for _, line in self._lines():
            self.lines += 1
            digest.update(line.content)
            found = _read(line)
            readable += not isinstance(found, ValueError)
            self._note(found)
        if not readable:
            message = (
                f"no message of 4CAT and no collected channel in it: {place} "
                "(give the NDJSON of a Telegram dataset of 4CAT, or what `takeback collect` wrote)"
            )
            raise SourceError(message)
        self._id = f"ndjson-{digest.hexdigest()[:_ID_DIGITS]}"

    @property
    def id(self) -> str:
        """From the SHA-256 of the lines: the same files have the same id wherever they lie."""
        return self._id

    def channels(self) -> tuple[Channel, ...]:
        """The channels that messages are from, each once."""
        return tuple(self._channels.values())

    def audiences(self) -> tuple[Audience, ...]:
        """The member counts that were collected with them."""
        return tuple(self._audiences)

    def posts(self) -> Iterator[Post | Damage]:
        """Each message as a post, or the damage in its place, in the order of the files."""
        channel, last = next(iter(self._channels)), BEFORE_ALL_POSTS
        for file, line in self._lines():
            found = _read(line)
            match found:
                case ValueError():
                    place = f"{file.name}: line {line.number}"
                    marked = _marked(line, channel, last)
                    yield Damage(place=place, reason=_reason(found), remedy=_AGAIN, marked=marked)
                case PostRow():
                    yield found.post
                    channel, last = found.post.channel, found.post.id
                case (_, post):
                    yield post
                    channel, last = post.channel, post.id
                case _:
                    pass

    def read(self, place: Place) -> bytes:
        """The bytes at a place: none of these files holds any."""
        return read_bounded(DirectoryTree(self._files[0].parent), place.path, limit=MOST_LINE)

    def _lines(self) -> Iterator[tuple[Path, _Line]]:
        return ((file, line) for file in self._files for line in _lines(file))

    def _note(self, found: _Found) -> None:
        match found:
            case ChannelRow():
                self._channels.setdefault(found.channel.id, found.channel)
            case AudienceRow():
                self._audiences.append(found.audience)
            case (channel, _):
                known = self._channels.get(channel.id)
                if known is None or (not known.name and channel.name):
                    self._channels[channel.id] = channel
            case _:
                pass


def _named_so(path: Path) -> bool:
    return path.name.lower().endswith(_SUFFIXES)


def _files_in(folder: Path) -> tuple[Path, ...]:
    """The files of a folder that holds nothing else, sorted by name; an investigator's side files are passed over."""
    if not folder.is_dir():
        return ()
    found = sorted(each for each in folder.iterdir() if each.name not in SIDE_FILES)
    return tuple(found) if all(each.is_file() and _named_so(each) for each in found) else ()


_Found = ChannelRow | AudienceRow | PostRow | tuple[Channel, Post] | ValueError


def _read(line: _Line) -> _Found:
    """What a line holds, or why nothing can be read of it."""
    if line.longer:
        return ValueError(f"it is longer than {MOST_LINE:,} bytes")
    try:
        return collected_row(line.content) if line.content.startswith(b'{"row":') else fourcat_row(line.content)
    except RecursionError:
        return ValueError("it is nested too deep to be a message")
    except ValueError as error:
        return error


def _reason(error: ValueError) -> str:
    if isinstance(error, UnicodeDecodeError):
        return "the message cannot be read: it holds bytes that are no text"
    return f"the message cannot be read: {error}"


def _marked(line: _Line, channel: str, last: int) -> MarkedRow | None:
    """Where a line stood that cannot be read, if it says or may say that somebody is a minor."""
    rest = None if line.longer else rest_of(Raw(line.content))
    words = age_words()
    if rest is not None and not any(words.found_in(text) for text in rest.texts):
        return None
    return MarkedRow(channel=channel, after=last, reply_to=None if rest is None else rest.reply_to)


def _lines(path: Path) -> Iterator[_Line]:
    """Every line that holds something, in bounded memory."""
    number = 0
    kept = b""
    longer = False
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            *whole, rest = (kept + chunk).split(b"\n")
            for content in whole:
                number += 1
                if longer or content.strip():
                    yield _Line(number=number, content=content[:MOST_LINE], longer=longer or len(content) > MOST_LINE)
                longer = False
            kept = rest
            if longer or len(kept) > MOST_LINE:
                kept, longer = b"", True
    if longer or kept.strip():
        yield _Line(number=number + 1, content=kept, longer=longer)
