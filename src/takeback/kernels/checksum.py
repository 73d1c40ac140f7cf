"""A fast checksum: it tells that a file was changed by accident, not by somebody who means to."""

from __future__ import annotations

import numba
import numpy as np
import numpy.typing as npt

_P1 = np.uint64(0x9E3779B185EBCA87)
_P2 = np.uint64(0xC2B2AE3D27D4EB4F)
_P3 = np.uint64(0x165667B19E3779F9)
_P4 = np.uint64(0x85EBCA77C2B2AE63)
_TURN, _BACK = np.uint64(31), np.uint64(33)


@numba.njit(cache=True, inline="always")
def _round(lane: np.uint64, word: np.uint64) -> np.uint64:
    lane += word * _P2
    turned: np.uint64 = ((lane << _TURN) | (lane >> _BACK)) * _P1
    return turned


@numba.njit(cache=True, inline="always")
def _turned(word: np.uint64, bits: int) -> np.uint64:
    turned: np.uint64 = (word << np.uint64(bits)) | (word >> np.uint64(64 - bits))
    return turned


@numba.njit(cache=True, inline="always")
def _merged(found: np.uint64, lane: np.uint64) -> np.uint64:
    merged: np.uint64 = (found ^ _round(np.uint64(0), lane)) * _P1 + _P4
    return merged


@numba.njit(cache=True, nogil=True)
def xxh64(words: npt.NDArray[np.uint64]) -> np.uint64:
    """XXH64 with seed 0, as its specification has it, of bytes whose number is a multiple of 32.

    Parameters:
        words: (4 N,) uint64, N at least 1: the bytes, little-endian.

    Returns:
        The checksum as uint64.
    """
    a, b, c, d = _P1 + _P2, _P2, np.uint64(0), np.uint64(0) - _P1
    for at in range(0, words.shape[0], 4):
        a = _round(a, words[at])
        b = _round(b, words[at + 1])
        c = _round(c, words[at + 2])
        d = _round(d, words[at + 3])
    found = _turned(a, 1) + _turned(b, 7) + _turned(c, 12) + _turned(d, 18)
    found = _merged(_merged(_merged(_merged(found, a), b), c), d)
    found += np.uint64(8 * words.shape[0])
    found = (found ^ (found >> np.uint64(33))) * _P2
    found = (found ^ (found >> np.uint64(29))) * _P3
    last: np.uint64 = found ^ (found >> np.uint64(32))
    return last
