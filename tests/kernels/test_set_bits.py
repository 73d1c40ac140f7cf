from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from takeback.kernels.set_bits import set_bits


@settings(deadline=None)
@given(st.integers(0, 2**64 - 1))
def test_set_bits_are_counted_as_python_counts_them(word: int) -> None:
    assert set_bits(np.uint64(word)) == word.bit_count()
