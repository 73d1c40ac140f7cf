"""How many bits of a word are set, inside of other kernels."""

from __future__ import annotations

import numba
import numpy as np

_FIVES = np.uint64(0x5555555555555555)
_THREES = np.uint64(0x3333333333333333)
_FIFTEENS = np.uint64(0x0F0F0F0F0F0F0F0F)
_ONES = np.uint64(0x0101010101010101)
_BYTES_UP = np.uint64(56)
_ONE = np.uint64(1)
_TWO = np.uint64(2)
_FOUR = np.uint64(4)


@numba.njit(cache=True, inline="always")
def set_bits(word: np.uint64) -> np.int64:
    """The number of set bits; LLVM turns this into its population count."""
    word -= (word >> _ONE) & _FIVES
    word = (word & _THREES) + ((word >> _TWO) & _THREES)
    word = (word + (word >> _FOUR)) & _FIFTEENS
    return np.int64((word * _ONES) >> _BYTES_UP)
