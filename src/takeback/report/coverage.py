"""Which characters the font that we ship can draw, read from the font itself."""

from __future__ import annotations

import struct
from functools import cache
from importlib.resources import files

_REGULAR = "NotoSans-Regular.ttf"
_WINDOWS = 3
_FULL, _BASIC = 12, 4
_KEPT = "\n"


def covered(text: str) -> str:
    """The text with each character that the font lacks written as U+XXXX."""
    known = _characters()
    return "".join(each if each in _KEPT or ord(each) in known else f"U+{ord(each):04X}" for each in text)


@cache
def _characters() -> frozenset[int]:
    content = (files("takeback") / "fonts" / _REGULAR).read_bytes()
    return frozenset(characters_of(content))


def characters_of(font: bytes) -> set[int]:
    """The code points in a TrueType font's character map (OpenType 1.9, table ``cmap``, formats 4 and 12)."""
    tables = struct.unpack_from(">H", font, 4)[0]
    start = next(
        struct.unpack_from(">I", font, 12 + 16 * i + 8)[0]
        for i in range(tables)
        if font[12 + 16 * i : 16 + 16 * i] == b"cmap"
    )
    found: set[int] = set()
    for i in range(struct.unpack_from(">H", font, start + 2)[0]):
        platform, _, offset = struct.unpack_from(">HHI", font, start + 4 + 8 * i)
        table = start + offset
        form = struct.unpack_from(">H", font, table)[0]
        if platform in {0, _WINDOWS} and form == _FULL:
            found |= _groups(font, table)
        elif platform in {0, _WINDOWS} and form == _BASIC:
            found |= _segments(font, table)
    return found


def _groups(font: bytes, table: int) -> set[int]:
    found: set[int] = set()
    for i in range(struct.unpack_from(">I", font, table + 12)[0]):
        first, last, _ = struct.unpack_from(">III", font, table + 16 + 12 * i)
        found.update(range(first, last + 1))
    return found


def _segments(font: bytes, table: int) -> set[int]:
    count = struct.unpack_from(">H", font, table + 6)[0] // 2
    ends = struct.unpack_from(f">{count}H", font, table + 14)
    starts = struct.unpack_from(f">{count}H", font, table + 16 + 2 * count)
    found: set[int] = set()
    for first, last in zip(starts, ends, strict=True):
        found.update(range(first, last + 1))
    return found - {0xFFFF}
