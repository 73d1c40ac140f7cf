"""The members of many messages in one pass: where each known value stands, or that a message needs a slower look."""

from __future__ import annotations

import numba
import numpy as np
import numpy.typing as npt

from takeback.kernels.json_machine import uncounted
from takeback.kernels.json_marks import mark, next_mark
from takeback.kernels.json_scan import past_blanks, value
from takeback.kernels.json_strict import ABSENT, BROKEN, any_value, text

MORE, CLOSED, FULL = range(3)
"""How a pass over a list ended: at the end of the bytes, at the end of the list, or with every row used."""

ROWS, DETAILS, ENDED = range(3)
"""Of ``counts``."""

_QUOTE, _COMMA, _COLON, _CLOSE_LIST, _OPEN, _CLOSE = 0x22, 0x2C, 0x3A, 0x5D, 0x7B, 0x7D


@uncounted
def hash_of(buffer: npt.NDArray[np.uint8], start: int, stop: int) -> int:
    """A hash of a name, from its length and three of its bytes: names are compared where it is the same."""
    if stop <= start:
        return 0
    middle = buffer[(start + stop) >> 1]
    return (stop - start) * 7 + int(buffer[start]) * 31 + int(middle) * 17 + int(buffer[stop - 1]) * 5


@uncounted
def same(buffer: npt.NDArray[np.uint8], start: int, stop: int, other: int, end: int) -> bool:
    """Whether two parts of the bytes are the same."""
    if stop - start != end - other:
        return False
    for place in range(stop - start):
        if buffer[start + place] != buffer[other + place]:
            return False
    return True


@uncounted
def slot_of(
    buffer: npt.NDArray[np.uint8],
    start: int,
    stop: int,
    table: npt.NDArray[np.int32],
    names: npt.NDArray[np.uint8],
    bounds: npt.NDArray[np.int32],
    slots: npt.NDArray[np.int32],
    unknown: int,
) -> int:
    """The slot of a name, or ``unknown``; ``table`` is of open addressing, its size a power of two."""
    at = hash_of(buffer, start, stop) & (table.size - 1)
    while table[at] >= 0:
        name = table[at]
        length = bounds[name + 1] - bounds[name]
        if length == stop - start:
            equal = True
            for place in range(length):
                if names[bounds[name] + place] != buffer[start + place]:
                    equal = False
                    break
            if equal:
                return slots[name]
        at = (at + 1) & (table.size - 1)
    return unknown


@uncounted
def _known_detail(
    buffer: npt.NDArray[np.uint8], details: npt.NDArray[np.int32], first: int, count: int, start: int, stop: int
) -> bool:
    for place in range(first, count):
        if same(buffer, start, stop, details[place, 1], details[place, 2]):
            return True
    return False


@uncounted
def _message(
    buffer: npt.NDArray[np.uint8],
    marks: npt.NDArray[np.uint64],
    at: int,
    end: int,
    row: int,
    table: npt.NDArray[np.int32],
    names: npt.NDArray[np.uint8],
    bounds: npt.NDArray[np.int32],
    slots: npt.NDArray[np.int32],
    detail: int,
    spans: npt.NDArray[np.int32],
    kinds: npt.NDArray[np.uint8],
    details: npt.NDArray[np.int32],
    counts: npt.NDArray[np.int64],
) -> int:
    """The position after the object at ``at`` whose members now stand in the arrays; BROKEN where it is not sound."""
    first = counts[DETAILS]
    at = next_mark(marks, at + 1)
    if at < end and buffer[at] == _CLOSE:
        return at + 1
    while at < end and buffer[at] == _QUOTE:
        start = at + 1
        at, escaped = text(buffer, marks, start, end)
        if at < 0 or escaped != 1:
            return BROKEN
        stop = at - 1
        at = next_mark(marks, at)
        if at >= end or buffer[at] != _COLON:
            return BROKEN
        at = next_mark(marks, at + 1)
        if at >= end:
            return BROKEN
        begin = at
        at, kind = any_value(buffer, marks, at, end)
        if at < 0:
            return BROKEN
        slot = slot_of(buffer, start, stop, table, names, bounds, slots, detail)
        if slot < detail:
            if kinds[slot, row] != ABSENT:
                return BROKEN
            spans[slot, row, 0], spans[slot, row, 1], kinds[slot, row] = begin, at, kind
        elif slot == detail:
            count = counts[DETAILS]
            if count >= details.shape[0] or _known_detail(buffer, details, first, count, start, stop):
                return BROKEN
            details[count, 0], details[count, 1], details[count, 2] = row, start, stop
            details[count, 3], details[count, 4], details[count, 5] = begin, at, kind
            counts[DETAILS] += 1
        at = next_mark(marks, at)
        if at < end and buffer[at] == _CLOSE:
            return at + 1
        if at >= end or buffer[at] != _COMMA:
            return BROKEN
        at = next_mark(marks, at + 1)
    return BROKEN


@numba.njit(cache=True)
def messages(
    buffer: npt.NDArray[np.uint8],
    marks: npt.NDArray[np.uint64],
    at: int,
    end: int,
    table: npt.NDArray[np.int32],
    names: npt.NDArray[np.uint8],
    bounds: npt.NDArray[np.int32],
    slots: npt.NDArray[np.int32],
    detail: int,
    rows: npt.NDArray[np.int32],
    slow: npt.NDArray[np.uint8],
    spans: npt.NDArray[np.int32],
    kinds: npt.NDArray[np.uint8],
    details: npt.NDArray[np.int32],
    counts: npt.NDArray[np.int64],
) -> int:
    """Read the messages of a list, from inside of it, up to the last whole one.

    Parameters:
        buffer: (B,) uint8; ``at`` to ``end`` is looked at.
        marks: of these bytes, see `takeback.kernels.json_marks.mark`; set anew where a broken message leads astray.
        table, names, bounds, slots: the known names, see `slot_of`. A slot below ``detail`` keeps its value's place; a
            name of slot ``detail``, or an unknown one, becomes a detail; one beyond is passed over.
        rows: (R, 2) int32, written: where each message begins and ends.
        slow: (R,) uint8, written: 1 where it is not sound, or not as expected, and has to be read by other means.
        spans: (detail, R, 2) int32 and kinds: (detail, R) uint8, written: place and kind of each value.
        details: (D, 6) int32, written: row, name from and to, value from and to, kind.
        counts: (3,) int64, written: rows, details, how the pass ended.

    Returns:
        The position after the last whole message, or after the list.
    """
    counts[ROWS], counts[DETAILS], counts[ENDED] = 0, 0, FULL
    kinds[:] = ABSENT
    state = np.zeros(4, np.int64)
    while counts[ROWS] < rows.shape[0] and counts[DETAILS] < (details.shape[0] * 3) // 4:
        at = past_blanks(buffer, at, end)
        while at < end and buffer[at] == _COMMA:
            at = past_blanks(buffer, at + 1, end)
        if at >= end:
            counts[ENDED] = MORE
            return at
        if buffer[at] == _CLOSE_LIST:
            counts[ENDED] = CLOSED
            return at + 1
        row, first, stop = counts[ROWS], counts[DETAILS], BROKEN
        if buffer[at] == _OPEN:
            if next_mark(marks, at) != at:  # a broken message before it led astray
                mark(buffer, at, end, marks)
            stop = _message(
                buffer, marks, at, end, row, table, names, bounds, slots, detail, spans, kinds, details, counts
            )
        slow[row] = stop < 0
        if stop < 0:
            counts[DETAILS] = first
            for slot in range(detail):
                kinds[slot, row] = ABSENT
            for each in range(4):
                state[each] = 0
            stop, whole = value(buffer, at, end, state)
            if not whole:
                counts[ENDED] = MORE
                return at
        rows[row, 0], rows[row, 1] = at, stop
        counts[ROWS] += 1
        at = stop
    return at


@numba.njit(cache=True)
def unexpected(kinds: npt.NDArray[np.uint8], expected: npt.NDArray[np.bool_], slow: npt.NDArray[np.uint8]) -> None:
    """Mark in ``slow`` (R,) the rows of which a value is of a kind that its field does not have.

    Parameters:
        kinds: (S, R) uint8; expected: (S, 16) bool, which kinds each field may have.
    """
    for slot in range(kinds.shape[0]):
        for row in range(kinds.shape[1]):
            slow[row] |= not expected[slot, kinds[slot, row] & 15]


@uncounted
def _alike(
    buffer: npt.NDArray[np.uint8],
    spans: npt.NDArray[np.int32],
    kinds: npt.NDArray[np.uint8],
    row: int,
    other: int,
) -> bool:
    for slot in range(kinds.shape[0]):
        if kinds[slot, row] != kinds[slot, other]:
            return False
        if kinds[slot, row] != ABSENT and not same(
            buffer, spans[slot, row, 0], spans[slot, row, 1], spans[slot, other, 0], spans[slot, other, 1]
        ):
            return False
    return True


@numba.njit(cache=True)
def first_alike(
    buffer: npt.NDArray[np.uint8], spans: npt.NDArray[np.int32], kinds: npt.NDArray[np.uint8]
) -> npt.NDArray[np.int64]:
    """For each row, an earlier row whose fields are written the same, or the row itself.

    Parameters:
        spans: (S, R, 2) int32 and kinds: (S, R) uint8, the fields that are compared.

    Returns:
        (R,) row numbers; of rows that are the same, not all need to be found.
    """
    recent = np.full(64, -1, np.int64)
    out = np.empty(kinds.shape[1], np.int64)
    for row in range(kinds.shape[1]):
        mark = 0
        for slot in range(kinds.shape[0]):
            if kinds[slot, row] != ABSENT:
                mark = mark * 31 + hash_of(buffer, spans[slot, row, 0], spans[slot, row, 1]) + slot
        place = mark & 63
        other = recent[place]
        if other >= 0 and _alike(buffer, spans, kinds, row, other):
            out[row] = other
        else:
            out[row] = row
            recent[place] = row
    return out
