"""Passing over bytes of JSON that say nothing, eight at a time: blanks, the plain part of a text, what does not nest."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import numba
import numpy as np
import numpy.typing as npt
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

if TYPE_CHECKING:
    from numba.core.base import BaseContext
    from numba.core.typing import Context, Signature

BLANK = np.zeros(256, np.bool_)
BLANK[[0x20, 0x0A, 0x0D, 0x09]] = True
"""By byte: what JSON allows between values."""

_QUOTE, _BACKSLASH, _OPEN, _CLOSE = 0x22, 0x5C, 0x7B, 0x7D
_WIDTH = 8
_ONES = np.uint64(0x0101010101010101)
_HIGH = np.uint64(0x8080808080808080)
_QUOTES, _BACKSLASHES, _SPACES = _ONES * np.uint64(_QUOTE), _ONES * np.uint64(_BACKSLASH), _ONES * np.uint64(0x20)
_OPENS, _CLOSES = _ONES * np.uint64(_OPEN), _ONES * np.uint64(_CLOSE)


@intrinsic
def eight(_typing: Context, array: types.Array, index: types.Integer) -> object:
    """The eight bytes of a flat array from ``index`` on, which must be there, as one uint64; the first is the lowest."""

    def emit(context: BaseContext, builder: ir.IRBuilder, signature: Signature, given: list[ir.Value]) -> ir.Value:
        kind = signature.args[0]
        opened = context.make_array(kind)(context, builder, given[0])
        at = context.cast(builder, given[1], signature.args[1], types.intp)
        pointer = cgutils.get_item_pointer(context, builder, kind, opened, [at], wraparound=False, boundscheck=False)
        found = builder.load(builder.bitcast(pointer, ir.IntType(64).as_pointer()), align=1)
        return found if sys.byteorder == "little" else builder.bswap(found)

    return types.uint64(array, index), emit


@intrinsic
def first_byte(_typing: Context, _word: types.Integer) -> object:
    """The number of the lowest byte of a uint64 that is not zero, as int64; 8 where all are."""

    def emit(_context: BaseContext, builder: ir.IRBuilder, _signature: Signature, given: list[ir.Value]) -> ir.Value:
        zeros = builder.cttz(given[0], ir.Constant(ir.IntType(1), 0))
        return builder.lshr(zeros, ir.Constant(ir.IntType(64), 3))

    return types.int64(types.uint64), emit


@numba.njit(cache=True, inline="always")
def _equal(word: int, eight_times: int) -> int:
    """A high bit in the lowest byte that is the same in both, and none below it; those above may be wrong (Mycroft)."""
    differs = word ^ eight_times
    return (differs - _ONES) & ~differs & _HIGH


@numba.njit(cache=True)
def past_blanks(buffer: npt.NDArray[np.uint8], at: int, end: int) -> int:
    """The position of the next byte that is not blank, or ``end``."""
    while at < end and BLANK[buffer[at]]:
        at += 1
        while at + _WIDTH <= end:
            spaces = first_byte(eight(buffer, at) ^ _SPACES)
            at += spaces
            if spaces < _WIDTH:
                break
    return at


@numba.njit(cache=True)
def past_simple(buffer: npt.NDArray[np.uint8], at: int, end: int) -> int:
    """The position of the next byte of a text that is a quote, a backslash, a control or not ASCII, or ``end``."""
    while at + _WIDTH <= end:
        word = eight(buffer, at)
        controls = (word - _SPACES) & ~word & _HIGH
        found = _equal(word, _QUOTES) | _equal(word, _BACKSLASHES) | controls | (word & _HIGH)
        if found:
            return at + first_byte(found)
        at += _WIDTH
    while at < end and 0x20 <= buffer[at] < 0x80 and buffer[at] != _QUOTE and buffer[at] != _BACKSLASH:
        at += 1
    return at


@numba.njit(cache=True)
def to_quote(buffer: npt.NDArray[np.uint8], at: int, end: int) -> int:
    """The position of the next quotation mark or backslash, or ``end``."""
    while at + _WIDTH <= end:
        word = eight(buffer, at)
        found = _equal(word, _QUOTES) | _equal(word, _BACKSLASHES)
        if found:
            return at + first_byte(found)
        at += _WIDTH
    while at < end and buffer[at] != _QUOTE and buffer[at] != _BACKSLASH:
        at += 1
    return at


@numba.njit(cache=True)
def to_nesting(buffer: npt.NDArray[np.uint8], at: int, end: int) -> int:
    """The position of the next quotation mark, bracket or brace, or ``end``."""
    while at + _WIDTH <= end:
        word = eight(buffer, at)
        braced = word | _SPACES  # a bracket and a brace differ in this bit
        found = _equal(word, _QUOTES) | _equal(braced, _OPENS) | _equal(braced, _CLOSES)
        if found:
            return at + first_byte(found)
        at += _WIDTH
    while at < end and buffer[at] != _QUOTE and buffer[at] | 0x20 != _OPEN and buffer[at] | 0x20 != _CLOSE:
        at += 1
    return at


@numba.njit(cache=True)
def to_brace(buffer: npt.NDArray[np.uint8], at: int, end: int) -> int:
    """The position of the next opening brace, or ``end``."""
    while at + _WIDTH <= end:
        found = _equal(eight(buffer, at), _OPENS)
        if found:
            return at + first_byte(found)
        at += _WIDTH
    while at < end and buffer[at] != _OPEN:
        at += 1
    return at
