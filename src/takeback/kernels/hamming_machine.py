"""Two instructions that Numba has no name for: fetch a cache line ahead of its use, and count set bits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

if TYPE_CHECKING:
    from numba.core.base import BaseContext
    from numba.core.typing import Context, Signature

_READ, _KEEP, _DATA = 0, 3, 1


@intrinsic
def prefetch(_typing: Context, array: types.Array, index: types.Integer) -> object:
    """Begin to load the line that holds ``array[index]``, a flat array; it changes nothing that a program sees."""

    def emit(context: BaseContext, builder: ir.IRBuilder, signature: Signature, given: list[ir.Value]) -> ir.Value:
        kind = signature.args[0]
        opened = context.make_array(kind)(context, builder, given[0])
        at = context.cast(builder, given[1], signature.args[1], types.intp)
        pointer = cgutils.get_item_pointer(context, builder, kind, opened, [at], wraparound=False, boundscheck=False)
        byte_pointer, number = ir.IntType(8).as_pointer(), ir.IntType(32)
        wanted = ir.FunctionType(ir.VoidType(), [byte_pointer, number, number, number])
        function = cgutils.get_or_insert_function(builder.module, wanted, "llvm.prefetch.p0")
        builder.call(
            function,
            [builder.bitcast(pointer, byte_pointer), *(ir.Constant(number, each) for each in (_READ, _KEEP, _DATA))],
        )
        return context.get_dummy_value()

    return types.void(array, index), emit


@intrinsic
def ones(_typing: Context, _word: types.Integer) -> object:
    """The number of set bits of a uint64, as int64."""

    def emit(_context: BaseContext, builder: ir.IRBuilder, _signature: Signature, given: list[ir.Value]) -> ir.Value:
        return builder.ctpop(given[0])

    return types.int64(types.uint64), emit
