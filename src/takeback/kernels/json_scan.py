"""Where JSON values end, whatever is written inside of them, and how often a message begins."""

from __future__ import annotations

import numba
import numpy as np
import numpy.typing as npt

from takeback.kernels.json_machine import equal, lowest, uncounted
from takeback.kernels.json_marks import ALL, ESCAPES, IN_TEXT, texts_of

DEPTH, IN_STRING, STARTED, COUNT = range(4)
"""Of the state that `elements` and `value` carry from one piece of a file to the next."""

_QUOTE, _BACKSLASH, _COMMA = 0x22, 0x5C, 0x2C
_OPEN_LIST, _CLOSE_LIST, _OPEN, _CLOSE = 0x5B, 0x5D, 0x7B, 0x7D
_WIDTH = 64
_AFTER_BACKSLASH = 2


_BLANK = np.zeros(256, np.bool_)
_BLANK[[0x20, 0x0A, 0x0D, 0x09]] = True


@uncounted
def past_blanks(buffer: npt.NDArray[np.uint8], at: int, end: int) -> int:
    """The position of the next byte that is not blank."""
    while at < end and _BLANK[buffer[at]]:
        at += 1
    return at


@uncounted
def _to_either(buffer: npt.NDArray[np.uint8], at: int, end: int, byte: int, other: int) -> int:
    """The position of the next byte that is one of two, or ``end``."""
    while at + _WIDTH <= end:
        found = equal(buffer, at, byte) | equal(buffer, at, other)
        if found:
            return at + lowest(found)
        at += _WIDTH
    while at < end and buffer[at] != byte and buffer[at] != other:
        at += 1
    return at


@uncounted
def _string_end(buffer: npt.NDArray[np.uint8], at: int, end: int, state: npt.NDArray[np.int64]) -> int:
    """The position after the string in which ``at`` lies, or ``end`` with the state that says that it goes on."""
    if state[IN_STRING] == _AFTER_BACKSLASH and at < end:
        at += 1
        state[IN_STRING] = 1
    while at < end:
        at = _to_either(buffer, at, end, _QUOTE, _BACKSLASH)
        if at >= end:
            return end
        if buffer[at] == _QUOTE:
            state[IN_STRING] = 0
            return at + 1
        at += 2
        if at > end:
            state[IN_STRING] = _AFTER_BACKSLASH
            return end
    return at


@uncounted
def _past_nested(
    buffer: npt.NDArray[np.uint8], at: int, end: int, state: npt.NDArray[np.int64], carried: npt.NDArray[np.int64]
) -> int:
    """The position after what is nested here, or as near to ``end`` as 64 bytes at a time lead."""
    carried[IN_TEXT], carried[ESCAPES] = state[IN_STRING] > 0, state[IN_STRING] == _AFTER_BACKSLASH
    while at + _WIDTH <= end:
        _, inside, _ = texts_of(buffer, at, ALL, carried)
        opens = (equal(buffer, at, _OPEN) | equal(buffer, at, _OPEN_LIST)) & ~inside
        closes = (equal(buffer, at, _CLOSE) | equal(buffer, at, _CLOSE_LIST)) & ~inside
        left = opens | closes
        while left:
            bit = left & (~left + np.uint64(1))
            left ^= bit
            state[DEPTH] += 1 if opens & bit else -1
            if state[DEPTH] == 0:
                state[IN_STRING] = 0
                return at + lowest(bit) + 1
        at += _WIDTH
    state[IN_STRING] = _AFTER_BACKSLASH if carried[ESCAPES] else carried[IN_TEXT]
    return at


@numba.njit(cache=True)
def elements(buffer: npt.NDArray[np.uint8], at: int, end: int, state: npt.NDArray[np.int64]) -> tuple[int, bool]:
    """Pass over the elements of a list from inside of it, counting them; nothing but quotes and brackets is looked at.

    Parameters:
        buffer: (N,) uint8, a piece of the file.
        at, end: the part of it that is looked at.
        state: (4,) int64, zero at the start of the list; carried on to the next piece.

    Returns:
        The position after the list and True, or ``end`` and False where the list goes on. ``state[COUNT]`` is how many
        elements began.
    """
    carried = np.zeros(2, np.int64)
    while at < end:
        if state[DEPTH] and at + _WIDTH <= end:
            at = _past_nested(buffer, at, end, state, carried)
            continue
        if state[IN_STRING]:
            at = _string_end(buffer, at, end, state)
            continue
        byte = buffer[at]
        at += 1
        if byte == _QUOTE:
            state[IN_STRING] = 1
        elif byte == _OPEN or byte == _OPEN_LIST:
            state[DEPTH] += 1
        elif byte == _CLOSE or byte == _CLOSE_LIST:
            if state[DEPTH] == 0:
                return at, True
            state[DEPTH] -= 1
            continue
        if state[DEPTH] == 0 and byte == _COMMA:
            state[STARTED] = 0
        elif not state[STARTED] and not _BLANK[byte]:
            state[STARTED] = 1
            state[COUNT] += 1
    return at, False


@uncounted
def value(buffer: npt.NDArray[np.uint8], at: int, end: int, state: npt.NDArray[np.int64]) -> tuple[int, bool]:
    """Pass over one value that starts at ``at``, or that an earlier piece started.

    Returns:
        The position after the value and True, or ``end`` and False where it goes on. A number or a name ends before the
        comma or bracket behind it.
    """
    while at < end:
        if state[IN_STRING]:
            at = _string_end(buffer, at, end, state)
            if state[DEPTH] == 0 and not state[IN_STRING]:
                return at, True
            continue
        byte = buffer[at]
        if state[DEPTH] == 0 and state[STARTED] and (byte == _COMMA or byte == _CLOSE or byte == _CLOSE_LIST):
            return at, True
        at += 1
        if byte == _QUOTE:
            state[IN_STRING] = 1
        elif byte == _OPEN or byte == _OPEN_LIST:
            state[DEPTH] += 1
        elif byte == _CLOSE or byte == _CLOSE_LIST:
            state[DEPTH] -= 1
            if state[DEPTH] <= 0:
                return at, True
        if not _BLANK[byte]:
            state[STARTED] = 1
    return at, False


@uncounted
def _follows(buffer: npt.NDArray[np.uint8], at: int, end: int, text: bytes) -> int:
    """The position after this text and the blanks behind it; -1 where another text stands there, -2 at the end."""
    for place in range(len(text)):
        if at >= end:
            return -2
        if buffer[at] != text[place]:
            return -1
        at += 1
    return past_blanks(buffer, at, end)


@uncounted
def _head(buffer: npt.NDArray[np.uint8], at: int, end: int) -> int:
    """1 where a message begins at this brace, 0 where none does, -2 where the bytes end before that is known."""
    at = _follows(buffer, past_blanks(buffer, at + 1, end), end, b'"id"')
    if at >= 0:
        at = _follows(buffer, at, end, b":")
    if at < 0:
        return 0 if at == -1 else -2
    start = at
    while at < end and (0x30 <= buffer[at] <= 0x39 or (at == start and buffer[at] == 0x2D)):
        at += 1
    if at == start and at < end:
        return 0
    at = past_blanks(buffer, at, end)
    for text in (b",", b'"type"', b":"):
        at = _follows(buffer, at, end, text)
        if at < 0:
            return 0 if at == -1 else -2
    unsure = 0
    for text in (b'"message"', b'"service"', b'"unsupported"'):
        found = _follows(buffer, at, end, text)
        if found >= 0:
            return 1
        if found == -2:
            unsure = -2
    return unsure


@uncounted
def heads(buffer: npt.NDArray[np.uint8], at: int, end: int) -> tuple[int, int]:
    """How often ``{"id": N, "type": "message"`` (or service, unsupported) stands there, in any spacing.

    It knows nothing of strings and nesting, so it counts by another way than `elements`: in a sound file no text holds
    a bare quotation mark.

    Returns:
        The count, and the position up to which it is sure: the rest is to be given again with the bytes behind it.
    """
    count = 0
    at = _to_either(buffer, at, end, _OPEN, _OPEN)
    while at < end:
        found = _head(buffer, at, end)
        if found == -2:
            return count, at
        count += found
        at = _to_either(buffer, at + 1, end, _OPEN, _OPEN)
    return count, end
