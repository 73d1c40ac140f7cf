"""Values of JSON, read strictly from mark to mark: what passes here is sound JSON in sound UTF-8."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from takeback.kernels.json_machine import inlined, uncounted
from takeback.kernels.json_marks import next_mark

ABSENT, PLAIN, ESCAPED, INTEGER, NUMBER, TRUE, FALSE, NULL, LIST, OBJECT = range(10)
"""Kinds of values; ``PLAIN`` and ``ESCAPED`` are texts without and with backslashes."""

BROKEN = -1
"""In the place of a position: this is not sound, or it does not end here."""

_QUOTE, _BACKSLASH, _COMMA, _COLON = 0x22, 0x5C, 0x2C, 0x3A
_OPEN_LIST, _CLOSE_LIST, _OPEN, _CLOSE = 0x5B, 0x5D, 0x7B, 0x7D
_DEEPEST = 60
_ENDS_SCALAR = np.zeros(256, np.bool_)
_ENDS_SCALAR[list(b' \n\r\t,:[]{}"')] = True
_AFTER_ESCAPE = np.zeros(256, np.bool_)
_AFTER_ESCAPE[list(b'"\\/bfnrt')] = True


@inlined
def hex_digit(byte: int) -> int:
    """What a hexadecimal digit is worth; -1 where it is none."""
    if 0x30 <= byte <= 0x39:
        return byte - 0x30
    if 0x61 <= byte <= 0x66:
        return byte - 0x57
    return byte - 0x37 if 0x41 <= byte <= 0x46 else -1


@uncounted
def four_digits(buffer: npt.NDArray[np.uint8], at: int, end: int) -> int:
    """The number in four hexadecimal digits; -1 where there are none."""
    if at + 4 > end:
        return -1
    found = 0
    for place in range(4):
        digit = hex_digit(np.int64(buffer[at + place]))
        if digit < 0:
            return -1
        found = found * 16 + digit
    return found


@uncounted
def _escape(buffer: npt.NDArray[np.uint8], at: int, end: int) -> int:
    """The position after the escape whose backslash stands at ``at``."""
    if at + 1 >= end:
        return BROKEN
    letter = buffer[at + 1]
    if letter != 0x75:
        return at + 2 if _AFTER_ESCAPE[letter] else BROKEN
    unit = four_digits(buffer, at + 2, end)
    if unit < 0 or 0xDC00 <= unit <= 0xDFFF:
        return BROKEN
    if unit < 0xD800 or unit > 0xDFFF:
        return at + 6
    if at + 12 > end or buffer[at + 6] != _BACKSLASH or buffer[at + 7] != 0x75:
        return BROKEN
    second = four_digits(buffer, at + 8, end)
    return at + 12 if 0xDC00 <= second <= 0xDFFF else BROKEN


@uncounted
def text(buffer: npt.NDArray[np.uint8], marks: npt.NDArray[np.uint64], at: int, end: int) -> tuple[int, int]:
    """The position after the text whose quotation mark stands before ``at``, and its kind."""
    kind = PLAIN
    while True:
        at = next_mark(marks, at)
        if at >= end:
            return BROKEN, kind
        if buffer[at] == _QUOTE:
            return at + 1, kind
        if buffer[at] != _BACKSLASH:
            return BROKEN, kind
        kind = ESCAPED
        at = _escape(buffer, at, end)
        if at < 0:
            return BROKEN, kind


@uncounted
def _digits(buffer: npt.NDArray[np.uint8], at: int, end: int) -> int:
    while at < end and 0x30 <= buffer[at] <= 0x39:
        at += 1
    return at


@uncounted
def _number(buffer: npt.NDArray[np.uint8], at: int, end: int) -> tuple[int, int]:
    """The position after a number, and whether it is a whole one."""
    if buffer[at] == 0x2D:
        at += 1
    start, kind = at, INTEGER
    at = _digits(buffer, at, end)
    if at == start or (buffer[start] == 0x30 and at > start + 1):
        return BROKEN, kind
    if at < end and buffer[at] == 0x2E:
        kind, start = NUMBER, at + 1
        at = _digits(buffer, start, end)
        if at == start:
            return BROKEN, kind
    if at < end and (buffer[at] == 0x65 or buffer[at] == 0x45):
        kind = NUMBER
        at += 1
        if at < end and (buffer[at] == 0x2B or buffer[at] == 0x2D):
            at += 1
        start = at
        at = _digits(buffer, start, end)
        if at == start:
            return BROKEN, kind
    return (BROKEN, kind) if at >= end else (at, kind)


@uncounted
def _word(buffer: npt.NDArray[np.uint8], at: int, end: int) -> tuple[int, int]:
    """The position after ``true``, ``false`` or ``null``."""
    for word, kind in ((b"true", TRUE), (b"false", FALSE), (b"null", NULL)):
        if buffer[at] == word[0]:
            if at + len(word) > end:
                return BROKEN, kind
            for place in range(len(word)):
                if buffer[at + place] != word[place]:
                    return BROKEN, kind
            return at + len(word), kind
    return BROKEN, NULL


@uncounted
def scalar(buffer: npt.NDArray[np.uint8], marks: npt.NDArray[np.uint64], at: int, end: int) -> tuple[int, int]:
    """The position after a text, number or word, and its kind."""
    byte = buffer[at]
    if byte == _QUOTE:
        return text(buffer, marks, at + 1, end)
    number = byte == 0x2D or 0x30 <= byte <= 0x39
    at, kind = _number(buffer, at, end) if number else _word(buffer, at, end)
    return (at, kind) if 0 <= at < end and _ENDS_SCALAR[buffer[at]] else (BROKEN, kind)


@uncounted
def _key(buffer: npt.NDArray[np.uint8], marks: npt.NDArray[np.uint64], at: int, end: int) -> int:
    """The position of the value behind the name that begins at ``at``."""
    if at >= end or buffer[at] != _QUOTE:
        return BROKEN
    at, _ = text(buffer, marks, at + 1, end)
    if at < 0:
        return BROKEN
    at = next_mark(marks, at)
    if at >= end or buffer[at] != _COLON:
        return BROKEN
    return next_mark(marks, at + 1)


@uncounted
def nested(buffer: npt.NDArray[np.uint8], marks: npt.NDArray[np.uint64], at: int, end: int) -> int:
    """The position after the list or object that begins at ``at``."""
    objects, depth, one = np.uint64(0), 0, np.uint64(1)
    while 0 <= at < end:
        byte = buffer[at]
        if byte == _OPEN or byte == _OPEN_LIST:
            if depth >= _DEEPEST:
                return BROKEN
            objects, depth = (objects << one) | np.uint64(byte == _OPEN), depth + 1
            at = next_mark(marks, at + 1)
            if at >= end:
                return BROKEN
            if buffer[at] != (_CLOSE if byte == _OPEN else _CLOSE_LIST):
                at = _key(buffer, marks, at, end) if byte == _OPEN else at
                continue
        else:
            at, _ = scalar(buffer, marks, at, end)
            if at < 0:
                return BROKEN
            at = next_mark(marks, at)
        while at < end and buffer[at] == (_CLOSE if objects & one else _CLOSE_LIST):
            objects, depth = objects >> one, depth - 1
            if depth == 0:
                return at + 1
            at = next_mark(marks, at + 1)
        if at >= end or buffer[at] != _COMMA:
            return BROKEN
        at = next_mark(marks, at + 1)
        at = _key(buffer, marks, at, end) if objects & one else at
    return BROKEN


@uncounted
def any_value(buffer: npt.NDArray[np.uint8], marks: npt.NDArray[np.uint64], at: int, end: int) -> tuple[int, int]:
    """The position after the value that begins at ``at``, and its kind."""
    if buffer[at] == _OPEN:
        return nested(buffer, marks, at, end), OBJECT
    if buffer[at] == _OPEN_LIST:
        return nested(buffer, marks, at, end), LIST
    return scalar(buffer, marks, at, end)


@uncounted
def after_text(buffer: npt.NDArray[np.uint8], marks: npt.NDArray[np.uint64], at: int) -> tuple[int, int]:
    """As `text`, of a text that is known to be sound."""
    at, kind = next_mark(marks, at), PLAIN
    while buffer[at] != _QUOTE:
        at, kind = next_mark(marks, at + 2), ESCAPED
    return at + 1, kind


@uncounted
def after_value(buffer: npt.NDArray[np.uint8], marks: npt.NDArray[np.uint64], at: int) -> tuple[int, int]:
    """As `any_value`, of a value inside of a list or object that is known to be sound."""
    byte = buffer[at]
    if byte == _QUOTE:
        return after_text(buffer, marks, at + 1)
    if byte == _OPEN or byte == _OPEN_LIST:
        kind, depth = (OBJECT if byte == _OPEN else LIST), 0
        while True:
            byte = buffer[at]
            if byte == _OPEN or byte == _OPEN_LIST:
                depth += 1
            elif byte == _CLOSE or byte == _CLOSE_LIST:
                depth -= 1
                if depth == 0:
                    return at + 1, kind
            at = next_mark(marks, at + 1)
    if byte == 0x2D or 0x30 <= byte <= 0x39:
        return _number(buffer, at, buffer.size)
    return _word(buffer, at, buffer.size)
