from __future__ import annotations

import pytest

from takeback.simulate.web_pages import rounded
from takeback.sources.web_page import count_of


@pytest.mark.parametrize("count", [0, 7, 999, 1_000, 1_049, 12_345, 99_999, 101_080, 999_999, 1_234_567, 45_000_000])
def test_a_rounded_count_is_read_back_within_what_it_is_rounded_to(count: int) -> None:
    found = count_of(rounded(count))
    assert found is not None
    assert found.value <= count < found.value + found.step
