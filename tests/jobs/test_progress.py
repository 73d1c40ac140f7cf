from __future__ import annotations

import numba

from takeback.jobs.progress import COMPILING, saying_when_kernels_compile


def test_whoever_waits_is_told_once_that_kernels_are_compiled() -> None:
    said: list[tuple[str, int, int | None]] = []
    with saying_when_kernels_compile(lambda *each: said.append(each)):
        assert numba.njit(lambda value: value + 5)(1) == 6
        assert numba.njit(lambda value: value + 6)(1) == 7
    assert said == [(COMPILING, 30, 30)]


def test_nothing_is_said_where_nothing_is_compiled() -> None:
    said: list[str] = []
    kernel = numba.njit(lambda value: value + 7)
    kernel(1)
    with saying_when_kernels_compile(lambda stage, _done, _total: said.append(stage)):
        kernel(1)
    assert said == []
