"""Which characters the fonts of a letter can show, and how the others are written."""

from __future__ import annotations

import struct
import unicodedata
from functools import lru_cache
from pathlib import Path

SEGMENTS = 4
"""The format of a font's character map for the first 65,536 characters."""
GROUPS = 12
"""The format for all of Unicode."""
_FONTS = ("NotoSans-Regular.ttf", "NotoSans-Bold.ttf", "NotoSans-Italic.ttf")
_UNSHOWN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def printable(text: str, covered: frozenset[int]) -> str:
    r"""The text as a letter shows it: line breaks kept, and ``[U+XXXX]`` for what the fonts lack or nobody can see.

    Examples:
        >>> printable("a\u202eb\tc", frozenset(map(ord, "abc ")))
        'a[U+202E]b c'
    """
    return "".join(
        each if each == "\n" or _shown(each, covered) else f"[U+{ord(each):04X}]"
        for each in text.replace("\r\n", "\n").replace("\t", " ")
    )


@lru_cache(maxsize=1)
def covered_by(folder: Path) -> frozenset[int]:
    """The code points that every font in the folder of a letter's fonts can show."""
    return frozenset.intersection(*(code_points((folder / each).read_bytes()) for each in _FONTS))


def code_points(font: bytes) -> frozenset[int]:
    """The code points that a TrueType font maps to a glyph (OpenType specification, table ``cmap``)."""
    start = _table(font, b"cmap")
    (count,) = struct.unpack_from(">H", font, start + 2)
    found: set[int] = set()
    for index in range(count):
        platform, _, offset = struct.unpack_from(">HHI", font, start + 4 + 8 * index)
        (form,) = struct.unpack_from(">H", font, start + offset)
        if platform in {0, 3} and form == SEGMENTS:
            found |= _segments(font, start + offset)
        elif platform in {0, 3} and form == GROUPS:
            found |= _groups(font, start + offset)
    return frozenset(found)


def _shown(character: str, covered: frozenset[int]) -> bool:
    return ord(character) in covered and unicodedata.category(character) not in _UNSHOWN


def _table(font: bytes, tag: bytes) -> int:
    (count,) = struct.unpack_from(">H", font, 4)
    for index in range(count):
        name, _, offset, _ = struct.unpack_from(">4sIII", font, 12 + 16 * index)
        if name == tag:
            return int(offset)
    raise ValueError(f"the font has no table {tag!r}")


def _segments(font: bytes, start: int) -> set[int]:
    (doubled,) = struct.unpack_from(">H", font, start + 6)
    count = doubled // 2
    at = start + 14
    ends = struct.unpack_from(f">{count}H", font, at)
    begins = struct.unpack_from(f">{count}H", font, at + doubled + 2)
    deltas = struct.unpack_from(f">{count}H", font, at + 2 * doubled + 2)
    ranges = at + 3 * doubled + 2
    offsets = struct.unpack_from(f">{count}H", font, ranges)
    found = set()
    for index, (begin, end, delta, offset) in enumerate(zip(begins, ends, deltas, offsets, strict=True)):
        for code in range(begin, min(end, 0xFFFE) + 1):
            glyph = code
            if offset:
                (glyph,) = struct.unpack_from(">H", font, ranges + 2 * index + offset + 2 * (code - begin))
            if (glyph + (delta if glyph or not offset else 0)) & 0xFFFF:
                found.add(code)
    return found


def _groups(font: bytes, start: int) -> set[int]:
    (count,) = struct.unpack_from(">I", font, start + 12)
    found: set[int] = set()
    for index in range(count):
        begin, end, glyph = struct.unpack_from(">III", font, start + 16 + 12 * index)
        found.update(range(begin if glyph else begin + 1, end + 1))
    return found
