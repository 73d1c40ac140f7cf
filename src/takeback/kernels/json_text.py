"""Texts of many rows as one run of bytes with offsets, as Arrow holds them; escapes are resolved."""

from __future__ import annotations

import numba
import numpy as np
import numpy.typing as npt

from takeback.kernels.json_machine import copy, uncounted
from takeback.kernels.json_strict import ABSENT, ESCAPED, INTEGER, NULL, NUMBER, PLAIN, four_digits

NO_DATE = -(1 << 60)

_LETTERS = b"bfnrt"
_MEANT = b"\b\f\n\r\t"


@uncounted
def is_text(kind: int) -> bool:
    """Whether a value of this kind is a text."""
    return kind == PLAIN or kind == ESCAPED


@uncounted
def is_word(buffer: npt.NDArray[np.uint8], start: int, stop: int, word: bytes) -> bool:
    """Whether these bytes are this word."""
    if stop - start != len(word):
        return False
    for place in range(len(word)):
        if buffer[start + place] != word[place]:
            return False
    return True


@uncounted
def put(buffer: npt.NDArray[np.uint8], start: int, stop: int, out: npt.NDArray[np.uint8], at: int) -> int:
    """Copy these bytes to ``out[at:]``; the position after them."""
    if stop <= start:
        return at
    copy(buffer, start, stop - start, out, at)
    return at + stop - start


@uncounted
def put_character(code: int, out: npt.NDArray[np.uint8], at: int) -> int:
    """Write a code point in UTF-8; the position after it."""
    if code < 0x80:
        out[at] = code
        return at + 1
    if code < 0x800:
        out[at], out[at + 1] = 0xC0 | (code >> 6), 0x80 | (code & 0x3F)
        return at + 2
    if code < 0x10000:
        out[at], out[at + 1], out[at + 2] = 0xE0 | (code >> 12), 0x80 | ((code >> 6) & 0x3F), 0x80 | (code & 0x3F)
        return at + 3
    out[at], out[at + 1] = 0xF0 | (code >> 18), 0x80 | ((code >> 12) & 0x3F)
    out[at + 2], out[at + 3] = 0x80 | ((code >> 6) & 0x3F), 0x80 | (code & 0x3F)
    return at + 4


@uncounted
def put_unescaped(buffer: npt.NDArray[np.uint8], start: int, stop: int, out: npt.NDArray[np.uint8], at: int) -> int:
    """Write the text between two quotation marks, which is sound, with its escapes resolved; the position after it."""
    place = start
    while place < stop:
        byte = buffer[place]
        if byte != 0x5C:
            out[at] = byte
            at, place = at + 1, place + 1
            continue
        letter = buffer[place + 1]
        if letter != 0x75:
            meant = letter
            for each in range(len(_LETTERS)):
                if letter == _LETTERS[each]:
                    meant = np.uint8(_MEANT[each])
            out[at] = meant
            at, place = at + 1, place + 2
            continue
        code = four_digits(buffer, place + 2, stop)
        place += 6
        if 0xD800 <= code <= 0xDFFF:
            code = 0x10000 + ((code - 0xD800) << 10) + (four_digits(buffer, place + 2, stop) - 0xDC00)
            place += 6
        at = put_character(code, out, at)
    return at


@uncounted
def put_value(
    buffer: npt.NDArray[np.uint8], start: int, stop: int, kind: int, out: npt.NDArray[np.uint8], at: int
) -> int:
    """Write what a text says, or a number as it stands; the position after it."""
    if kind == PLAIN:
        return put(buffer, start + 1, stop - 1, out, at)
    if kind == ESCAPED:
        return put_unescaped(buffer, start + 1, stop - 1, out, at)
    return put(buffer, start, stop, out, at)


@numba.njit(cache=True)
def texts(
    buffer: npt.NDArray[np.uint8], spans: npt.NDArray[np.int32], kinds: npt.NDArray[np.uint8]
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
    """One text or number for each row.

    Parameters:
        buffer: (B,) uint8.
        spans: (R, 2) int32, where each value stands, its quotation marks with it.
        kinds: (R,) uint8; absent and null give no text.

    Returns:
        Offsets (R + 1,), the bytes, and (R,) 1 where there is a text.
    """
    total = 0
    for row in range(kinds.size):
        total += spans[row, 1] - spans[row, 0] if kinds[row] != ABSENT else 0
    out = np.empty(total, np.uint8)
    offsets = np.zeros(kinds.size + 1, np.int32)
    valid = np.zeros(kinds.size, np.uint8)
    at = 0
    for row in range(kinds.size):
        kind = kinds[row]
        if is_text(kind) or kind == INTEGER or kind == NUMBER:
            at = put_value(buffer, spans[row, 0], spans[row, 1], kind, out, at)
            valid[row] = 1
        offsets[row + 1] = at
    return offsets, out[:at], valid


@numba.njit(cache=True)
def equal_to(
    buffer: npt.NDArray[np.uint8],
    spans: npt.NDArray[np.int32],
    word: npt.NDArray[np.uint8],
    slow: npt.NDArray[np.uint8],
) -> npt.NDArray[np.bool_]:
    """Which values are this word between quotation marks, (R,); none of the rows that are ``slow`` (R,)."""
    out = np.zeros(slow.size, np.bool_)
    for row in range(slow.size):
        start = spans[row, 0] + 1
        if slow[row] or spans[row, 1] - start != word.size + 1:
            continue
        out[row] = True
        for place in range(word.size):
            if buffer[start + place] != word[place]:
                out[row] = False
                break
    return out


@numba.njit(cache=True)
def details(
    buffer: npt.NDArray[np.uint8], found: npt.NDArray[np.int32], slow: npt.NDArray[np.uint8]
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.uint8]]:
    """What each detail says: the words of a text, or its own JSON without blanks.

    A row one of whose lists or objects writes a character by its number is marked in ``slow``: its words need reading.

    Returns:
        Offsets (D + 1,) and the bytes; names are copied by `names`.
    """
    total = 0
    for each in range(found.shape[0]):
        total += found[each, 4] - found[each, 3]
    out = np.empty(total, np.uint8)
    offsets = np.zeros(found.shape[0] + 1, np.int32)
    at = 0
    for each in range(found.shape[0]):
        start, stop, kind = found[each, 3], found[each, 4], found[each, 5]
        if kind <= NULL:
            at = put_value(buffer, start, stop, kind, out, at)
        else:
            quoted = False
            place = start
            while place < stop:
                byte = buffer[place]
                if quoted and byte == 0x5C:
                    if buffer[place + 1] == 0x75:
                        slow[found[each, 0]] = 1
                    out[at] = byte
                    at, place = at + 1, place + 1
                    byte = buffer[place]
                elif byte == 0x22:
                    quoted = not quoted
                if quoted or byte > 0x20:
                    out[at] = byte
                    at += 1
                place += 1
        offsets[each + 1] = at
    return offsets, out[:at]


@numba.njit(cache=True)
def numbers(
    buffer: npt.NDArray[np.uint8], spans: npt.NDArray[np.int32], kinds: npt.NDArray[np.uint8]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint8]]:
    """The whole number of each row, written as a number or as digits in a text, and 1 where there is one.

    At most 18 digits; what is anything else gives none.
    """
    out = np.zeros(kinds.size, np.int64)
    valid = np.zeros(kinds.size, np.uint8)
    for row in range(kinds.size):
        start, stop = spans[row, 0], spans[row, 1]
        if kinds[row] == PLAIN:
            start, stop = start + 1, stop - 1
        elif kinds[row] != INTEGER:
            continue
        negative = start < stop and buffer[start] == 0x2D
        first = start + 1 if negative else start
        if not 0 < stop - first <= 18:
            continue
        found = 0
        sound = True
        for place in range(first, stop):
            digit = int(buffer[place]) - 0x30
            if not 0 <= digit <= 9:
                sound = False
                break
            found = found * 10 + digit
        if sound:
            out[row], valid[row] = (-found if negative else found), 1
    return out, valid


@uncounted
def _two(buffer: npt.NDArray[np.uint8], at: int) -> int:
    tens, ones = int(buffer[at]) - 0x30, int(buffer[at + 1]) - 0x30
    return tens * 10 + ones if 0 <= tens <= 9 and 0 <= ones <= 9 else -10000


@uncounted
def _seconds(buffer: npt.NDArray[np.uint8], at: int) -> int:
    """The Unix time of ``YYYY-MM-DDTHH:MM:SS`` in UTC (Hinnant, days_from_civil); NO_DATE where it is none."""
    year = _two(buffer, at) * 100 + _two(buffer, at + 2)
    month, day = _two(buffer, at + 5), _two(buffer, at + 8)
    hour, minute, second = _two(buffer, at + 11), _two(buffer, at + 14), _two(buffer, at + 17)
    for place, mark in ((4, 0x2D), (7, 0x2D), (10, 0x54), (13, 0x3A), (16, 0x3A)):
        if buffer[at + place] != mark:
            return NO_DATE
    if not (1 <= year <= 9999 and 1 <= month <= 12 and 0 <= hour < 24 and 0 <= minute < 60 and 0 <= second < 60):
        return NO_DATE
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    length = 30 if month == 4 or month == 6 or month == 9 or month == 11 else (29 if leap else 28) if month == 2 else 31
    if not 1 <= day <= length:
        return NO_DATE
    year = year - 1 if month <= 2 else year
    era = year // 400
    of_era = year - era * 400
    of_year = (153 * (month - 3 if month > 2 else month + 9) + 2) // 5 + day - 1
    days = era * 146097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719468
    return days * 86400 + hour * 3600 + minute * 60 + second


@numba.njit(cache=True)
def dates(
    buffer: npt.NDArray[np.uint8], spans: npt.NDArray[np.int32], kinds: npt.NDArray[np.uint8]
) -> npt.NDArray[np.int64]:
    """The Unix time of each local date, read as UTC; NO_DATE where it is not written ``YYYY-MM-DDTHH:MM:SS``."""
    out = np.full(kinds.size, NO_DATE, np.int64)
    for row in range(kinds.size):
        if kinds[row] == PLAIN and spans[row, 1] - spans[row, 0] == 21:
            out[row] = _seconds(buffer, spans[row, 0] + 1)
    return out


@numba.njit(cache=True)
def origins(
    buffer: npt.NDArray[np.uint8],
    spans: npt.NDArray[np.int32],
    kinds: npt.NDArray[np.uint8],
    prefix: npt.NDArray[np.uint8],
    slow: npt.NDArray[np.uint8],
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
    """The platform id behind ``user123``, ``chat123``, ``channel123`` or a number, after a prefix.

    ``slow`` is set where it is written otherwise.

    Returns:
        Offsets (R + 1,), the bytes, and (R,) 1 where there is one.
    """
    total = 0
    for row in range(kinds.size):
        total += spans[row, 1] - spans[row, 0] + prefix.size if (kinds[row] == PLAIN or kinds[row] == INTEGER) else 0
    out = np.empty(total, np.uint8)
    offsets = np.zeros(kinds.size + 1, np.int32)
    valid = np.zeros(kinds.size, np.uint8)
    at = 0
    for row in range(kinds.size):
        if (kinds[row] == PLAIN or kinds[row] == INTEGER) and not slow[row]:
            start, stop = spans[row, 0], spans[row, 1]
            if kinds[row] == PLAIN:
                start, stop = start + 1, stop - 1
            for word in (b"user", b"chat", b"channel"):
                if is_word(buffer, start, min(start + len(word), stop), word):
                    start += len(word)
                    break
            first = start + 1 if start < stop and buffer[start] == 0x2D else start
            sound = first < stop
            for place in range(first, stop):
                sound = sound and 0x30 <= buffer[place] <= 0x39
            if not sound:
                slow[row] = 1
            else:
                at = put(prefix, 0, prefix.size, out, at)
                at = put(buffer, start, stop, out, at)
                valid[row] = 1
        offsets[row + 1] = at
    return offsets, out[:at], valid
