"""What Numba has no name for: compare 64 bytes at once, find the lowest set bit, and count no references."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import numba
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numba.core.base import BaseContext
    from numba.core.typing import Context, Signature

uncounted = numba.njit(cache=True, _nrt=False)
"""For functions that make no array: they do not count who holds those they are given, which takes half their time."""

inlined = numba.njit(cache=True, inline="always", _nrt=False)
"""The same, written out in the place of each call."""

_BYTES = ir.VectorType(ir.IntType(8), 64)
_WORD = ir.IntType(64)


def _comparing(how: str) -> Callable[..., np.uint64]:
    """An intrinsic that compares 64 bytes with one, as numbers without sign."""

    @intrinsic
    def compared(_typing: Context, array: types.Array, index: types.Integer, byte: types.Integer) -> object:
        def emit(context: BaseContext, builder: ir.IRBuilder, signature: Signature, given: list[ir.Value]) -> ir.Value:
            kind = signature.args[0]
            opened = context.make_array(kind)(context, builder, given[0])
            at = context.cast(builder, given[1], signature.args[1], types.intp)
            place = cgutils.get_item_pointer(context, builder, kind, opened, [at], wraparound=False, boundscheck=False)
            loaded = builder.load(builder.bitcast(place, _BYTES.as_pointer()), align=1)
            narrow = context.cast(builder, given[2], signature.args[2], types.uint8)
            one = builder.insert_element(ir.Constant(_BYTES, ir.Undefined), narrow, ir.Constant(ir.IntType(32), 0))
            every = builder.shuffle_vector(
                one, ir.Constant(_BYTES, ir.Undefined), ir.Constant(ir.VectorType(ir.IntType(32), 64), [0] * 64)
            )
            found = builder.bitcast(builder.icmp_unsigned(how, loaded, every), _WORD)
            return found if sys.byteorder == "little" else _reversed(builder, found)

        return types.uint64(array, index, byte), emit

    found: Callable[..., np.uint64] = compared
    return found


def _reversed(builder: ir.IRBuilder, word: ir.Value) -> ir.Value:
    """The bits of a word in the other order."""
    reverse = cgutils.get_or_insert_function(builder.module, ir.FunctionType(_WORD, [_WORD]), "llvm.bitreverse.i64")
    return builder.call(reverse, [word])


equal = _comparing("==")
"""Of ``array[index:index + 64]``, which must be there: a uint64 whose bit N says that byte N is this one."""

below = _comparing("<")
"""As `equal`, for bytes that are less than this one."""


@intrinsic
def copy(
    _typing: Context,
    source: types.Array,
    start: types.Integer,
    count: types.Integer,
    target: types.Array,
    at: types.Integer,
) -> object:
    """Copy ``source[start : start + count]`` to ``target[at:]``; both have to be there, and not to overlap."""

    def emit(context: BaseContext, builder: ir.IRBuilder, signature: Signature, given: list[ir.Value]) -> ir.Value:
        places = []
        for array, index in ((0, 1), (3, 4)):
            kind = signature.args[array]
            opened = context.make_array(kind)(context, builder, given[array])
            place = context.cast(builder, given[index], signature.args[index], types.intp)
            places.append(
                cgutils.get_item_pointer(context, builder, kind, opened, [place], wraparound=False, boundscheck=False)
            )
        length = context.cast(builder, given[2], signature.args[2], types.intp)
        cgutils.raw_memcpy(builder, places[1], places[0], length, 1)
        return context.get_dummy_value()

    return types.none(source, start, count, target, at), emit


@intrinsic
def lowest(_typing: Context, _word: types.Integer) -> object:
    """The number of the lowest set bit of a uint64, as int64; 64 where none is."""

    def emit(_context: BaseContext, builder: ir.IRBuilder, _signature: Signature, given: list[ir.Value]) -> ir.Value:
        return builder.cttz(given[0], ir.Constant(ir.IntType(1), 0))

    return types.int64(types.uint64), emit
