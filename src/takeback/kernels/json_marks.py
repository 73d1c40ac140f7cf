"""Where a strict reader of JSON has to look: a bit for each byte of a buffer, found 64 bytes at a time (simdjson)."""

from __future__ import annotations

import numba
import numpy as np
import numpy.typing as npt

from takeback.kernels.json_machine import below, equal, inlined, lowest, uncounted

ESCAPES, IN_TEXT, IN_SCALAR, KNOWN = range(4)
"""Of what a block passes on to the next: its last byte escapes the first one there, a text or a scalar goes on, and how
many bytes there end its last character."""

_WIDTH = 64
ALL = np.uint64(0xFFFFFFFFFFFFFFFF)
_NONE, _ONE, _SIX, _LAST = np.uint64(0), np.uint64(1), np.uint64(6), np.uint64(63)


@uncounted
def room(size: int) -> int:
    """How many words the marks of a buffer of so many bytes need."""
    return size // _WIDTH + 2


@uncounted
def next_mark(marks: npt.NDArray[np.uint64], at: int) -> int:
    """The position of the next mark, from ``at`` on; the end of what was marked is one."""
    place = np.uint64(at) >> _SIX
    word = marks[place] >> (np.uint64(at) & _LAST)
    if word:
        return at + lowest(word)
    place += _ONE
    while marks[place] == _NONE:
        place += _ONE
    return np.int64(place << _SIX) + lowest(marks[place])


@uncounted
def character(buffer: npt.NDArray[np.uint8], at: int, end: int) -> int:
    """The position after the character of several bytes that begins at ``at`` (RFC 3629); -1 where none does."""
    first = buffer[at]
    if 0xC2 <= first <= 0xDF:
        count, low, high = 2, 0x80, 0xBF
    elif 0xE0 <= first <= 0xEF:
        count = 3
        low, high = (0xA0 if first == 0xE0 else 0x80), (0x9F if first == 0xED else 0xBF)
    elif 0xF0 <= first <= 0xF4:
        count = 4
        low, high = (0x90 if first == 0xF0 else 0x80), (0x8F if first == 0xF4 else 0xBF)
    else:
        return -1
    if at + count > end or not low <= buffer[at + 1] <= high:
        return -1
    for place in range(2, count):
        if not 0x80 <= buffer[at + place] <= 0xBF:
            return -1
    return at + count


@uncounted
def _escaping(quotes: np.uint64, backslashes: np.uint64, state: npt.NDArray[np.int64]) -> tuple[np.uint64, np.uint64]:
    """The quotation marks that no backslash escapes, and the backslashes in texts that escape what follows."""
    real, escapes, inside = _NONE, _NONE, state[IN_TEXT]
    escaped = 0 if state[ESCAPES] else -1
    left = quotes | backslashes
    while left:
        place = lowest(left)
        bit = _ONE << np.uint64(place)
        left &= ~bit
        if place == escaped:
            continue
        if quotes & bit:
            real |= bit
            inside = 1 - inside
        elif inside:
            escapes |= bit
            escaped = place + 1
    state[ESCAPES] = escaped == _WIDTH
    return real, escapes


@inlined
def _inside(quotes: np.uint64) -> np.uint64:
    """A bit for each byte from a quotation mark up to before the next one."""
    found = quotes
    for step in (1, 2, 4, 8, 16, 32):
        found ^= found << np.uint64(step)
    return found


@inlined
def texts_of(
    buffer: npt.NDArray[np.uint8], at: int, keep: np.uint64, state: npt.NDArray[np.int64]
) -> tuple[np.uint64, np.uint64, np.uint64]:
    """Of 64 bytes: the quotation marks that begin and end texts, what lies inside of texts, and what escapes.

    A text begins with its first quotation mark, and its last one lies outside. Only the bytes of ``keep`` are looked
    at; ``state`` is carried on.
    """
    quotes, backslashes = equal(buffer, at, 0x22) & keep, equal(buffer, at, 0x5C) & keep
    if backslashes | np.uint64(state[ESCAPES]):
        quotes, backslashes = _escaping(quotes, backslashes, state)
    inside = _inside(quotes)
    if state[IN_TEXT]:
        inside = ~inside
    state[IN_TEXT] = np.int64(inside >> _LAST)
    return quotes, inside, backslashes


@inlined
def _no_characters(
    buffer: npt.NDArray[np.uint8], at: int, end: int, high: np.uint64, state: npt.NDArray[np.int64]
) -> np.uint64:
    """Which of 64 bytes begin no character of UTF-8, of those that are not ASCII."""
    place = state[KNOWN]
    state[KNOWN] = 0
    if place <= 1:
        leads = high & below(buffer, at, 0xE0) & ~below(buffer, at, 0xC2)
        follow = leads << _ONE | np.uint64(place)
        if leads >> _LAST == _NONE and high == leads | follow and high & below(buffer, at, 0xC0) == follow:
            return _NONE
    found = _NONE
    while place < _WIDTH:
        left = high >> np.uint64(place)
        if left == _NONE:
            return found
        place += lowest(left)
        stop = character(buffer, at + place, end)
        if stop < 0:
            found |= _ONE << np.uint64(place)
            place += 1
        else:
            place = stop - at
    state[KNOWN] = place - _WIDTH
    return found


@inlined
def _block(
    buffer: npt.NDArray[np.uint8], at: int, end: int, keep: np.uint64, state: npt.NDArray[np.int64]
) -> np.uint64:
    """The marks of 64 bytes."""
    quotes, inside, backslashes = texts_of(buffer, at, keep, state)
    controls = below(buffer, at, 0x20)
    found = quotes | backslashes | (inside & controls)
    outside = keep & ~(inside | quotes)
    blank = equal(buffer, at, 0x20) | equal(buffer, at, 0x0A) | equal(buffer, at, 0x0D) | equal(buffer, at, 0x09)
    nest = equal(buffer, at, 0x7B) | equal(buffer, at, 0x7D) | equal(buffer, at, 0x5B) | equal(buffer, at, 0x5D)
    between = nest | equal(buffer, at, 0x2C) | equal(buffer, at, 0x3A)
    scalars = outside & ~(blank | between)
    found |= (outside & between) | (scalars & ~(scalars << _ONE | np.uint64(state[IN_SCALAR])))
    state[IN_SCALAR] = np.int64(scalars >> _LAST)
    high = keep & ~below(buffer, at, 0x80)
    return found | _no_characters(buffer, at, end, high, state) if high else found


@numba.njit(cache=True)
def mark(buffer: npt.NDArray[np.uint8], at: int, end: int, marks: npt.NDArray[np.uint64]) -> None:
    """Mark every byte from ``at`` to ``end`` that a strict reader has to look at; ``at`` lies outside of texts.

    Of what lies in texts, these are the quotation marks, the backslashes that escape, control bytes, and bytes that
    begin no character of UTF-8. Of the rest: brackets, braces, colons, commas, and the first byte of anything else that
    is not blank. ``end`` is marked too.

    Parameters:
        buffer: (B,) uint8.
        marks: (`room(B)`,) uint64, written: bit N of word W is byte 64 W + N. Those before ``at`` stay.

    Reference:
        G. Langdale and D. Lemire, Parsing gigabytes of JSON per second, VLDB Journal 28 (2019).
    """
    state = np.zeros(4, np.int64)
    place = at >> 6
    keep = ALL << np.uint64(at & 63)
    before = marks[place] & ~keep
    while (place + 1) << 6 <= end:
        marks[place] = _block(buffer, place << 6, end, keep, state) | before
        place, keep, before = place + 1, ALL, _NONE
    left = end - (place << 6)
    edge = np.zeros(_WIDTH, np.uint8)
    for each in range(left):  # a loop compiles in a tenth of the time that a slice takes
        edge[each] = buffer[end - left + each]
    stop = _ONE << np.uint64(left)
    marks[place] = (_block(edge, 0, left, keep, state) & (stop - _ONE)) | stop | before
