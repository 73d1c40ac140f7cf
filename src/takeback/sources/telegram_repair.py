"""Mending what Telegram Desktop is known to write wrong, byte by byte, in one message at a time."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum


class Repair(StrEnum):
    """A kind of damage that is mended, in the words of a report."""

    ESCAPE = "escapes that JSON does not know (\\x41)"
    LINE_SEPARATOR = "stray bytes behind U+2028 or U+2029"
    DOCUMENT = "document_id without quotation marks"
    CONTROL = "raw control bytes"
    ENCODING = "bytes or escapes that are no character, read as U+FFFD"


@dataclass(frozen=True, slots=True, kw_only=True)
class Repaired:
    """The bytes of a message as they should have been written, and what was mended."""

    content: bytes
    repairs: tuple[Repair, ...]


_DOCUMENT = re.compile(rb'("document_id"\s*:\s*)(?!null\b)([^\s"\d{}\[\],-][^"{}\[\],\r\n]*?)(?=\s*[,}\r\n])')
_TEXT = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)
_SEPARATOR = re.compile(rb"(\\u202[89]|\xe2\x80[\xa8\xa9])\x80[\xa8\xa9]")
_ESCAPE = re.compile(
    rb"""\\(?:(["\\/bfnrt])|u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})|u([0-9a-fA-F]{4})"""
    rb"""|x([0-9a-fA-F]{2}))?"""
)
_CONTROL = re.compile(rb"[\x00-\x1f]")
_SURROGATES = range(0xD800, 0xE000)


def repaired(raw: bytes) -> Repaired:
    """A message with every known kind of damage mended; sound bytes come back as they are."""
    found: set[Repair] = set()
    content = _DOCUMENT.sub(lambda match: _quoted(match, found), raw)
    content = _TEXT.sub(lambda match: _text(match[0], found), content)
    outside = _outside_texts(content)
    if outside != content:
        found.add(Repair.CONTROL)
        content = outside
    return Repaired(content=content, repairs=tuple(sorted(found)))


def _quoted(match: re.Match[bytes], found: set[Repair]) -> bytes:
    found.add(Repair.DOCUMENT)
    return match[1] + b'"' + match[2].replace(b"\\", b"\\\\") + b'"'


def _text(text: bytes, found: set[Repair]) -> bytes:
    whole = _SEPARATOR.sub(rb"\1", text)
    if whole != text:
        found.add(Repair.LINE_SEPARATOR)
    whole = _ESCAPE.sub(lambda match: _escape(match, found), whole)
    plain = _CONTROL.sub(lambda match: b"\\u%04x" % match[0][0], whole)
    if plain != whole:
        found.add(Repair.CONTROL)
    try:
        plain.decode()
    except UnicodeDecodeError:
        found.add(Repair.ENCODING)
        return plain.decode(errors="replace").encode()
    return plain


def _escape(match: re.Match[bytes], found: set[Repair]) -> bytes:
    if match[1] or match[2]:
        return match[0]
    if match[4]:
        if int(match[4], 16) not in _SURROGATES:
            return match[0]
        found.add(Repair.ENCODING)
        return b"\\ufffd"
    found.add(Repair.ESCAPE)
    return b"\\u00" + match[5] if match[5] else b"\\\\"


def _outside_texts(content: bytes) -> bytes:
    """The content without control bytes between its texts, where only blanks may stand."""
    parts, last = [], 0
    for match in _TEXT.finditer(content):
        parts += [_blanks(content[last : match.start()]), match[0]]
        last = match.end()
    return b"".join((*parts, _blanks(content[last:])))


def _blanks(between: bytes) -> bytes:
    return _CONTROL.sub(lambda match: match[0] if match[0] in b"\t\n\r" else b"", between)
