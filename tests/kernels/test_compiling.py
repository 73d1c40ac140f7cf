from __future__ import annotations

import numba

from takeback.kernels.compiling import told_of_compiling


def test_the_first_compilation_is_told_once_and_a_compiled_kernel_not_at_all() -> None:
    said: list[str] = []
    kernels = [numba.njit(lambda value: value + 1), numba.njit(lambda value: value + 2)]
    with told_of_compiling(lambda: said.append("compiling")):
        assert [kernel(1) for kernel in kernels] == [2, 3]
    assert said == ["compiling"]
    with told_of_compiling(lambda: said.append("again")):
        assert [kernel(1) for kernel in kernels] == [2, 3]
    assert said == ["compiling"]


def test_nothing_is_told_outside_of_it() -> None:
    said: list[str] = []
    with told_of_compiling(lambda: said.append("compiling")):
        pass
    assert numba.njit(lambda value: value + 3)(1) == 4
    assert said == []
