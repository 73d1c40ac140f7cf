from __future__ import annotations

import numba
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from takeback.kernels.json_machine import below, copy, equal, lowest


@numba.njit
def _compared(values: np.ndarray, at: int, byte: int) -> tuple[int, int]:
    return equal(values, at, byte), below(values, at, byte)


@numba.njit
def _lowest(word: np.uint64) -> int:
    return lowest(word)


@numba.njit
def _copy(source: np.ndarray, start: int, count: int, target: np.ndarray, at: int) -> None:
    copy(source, start, count, target, at)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=90), st.data())
def test_bytes_are_copied_and_nothing_around_them_is_touched(content: bytes, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(content)))
    count = data.draw(st.integers(0, len(content) - start))
    at = data.draw(st.integers(0, 5))
    target = np.full(at + count + 3, 0x2E, np.uint8)
    _copy(np.frombuffer(content, np.uint8), start, count, target, at)
    assert target.tobytes() == b"." * at + content[start : start + count] + b"..."


@settings(max_examples=60, deadline=None)
@given(st.binary(min_size=64, max_size=90), st.integers(0, 255), st.data())
def test_64_bytes_are_compared_as_one_by_one(content: bytes, byte: int, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(content) - 64))
    same, less = _compared(np.frombuffer(content, np.uint8), at, byte)
    window = content[at : at + 64]
    assert same == sum(1 << place for place, each in enumerate(window) if each == byte)
    assert less == sum(1 << place for place, each in enumerate(window) if each < byte)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**64 - 1))
def test_the_lowest_bit_is_the_first_that_is_set(word: int) -> None:
    assert _lowest(np.uint64(word)) == (next(place for place in range(65) if place == 64 or word >> place & 1))
