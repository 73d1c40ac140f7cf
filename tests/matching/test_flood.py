from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from takeback.matching.flood import is_flood


@pytest.mark.parametrize(
    ("today", "history", "flood"),
    [
        (99, [], False),
        (100, [], True),
        (100, [10], False),
        (101, [10], True),
        (101, [1, 10, 2], True),
        (5000, [600], False),
        (9, [0], False),
    ],
)
def test_a_flood_is_often_and_far_more_often_than_the_busiest_day(
    today: int,
    history: list[int],
    flood: bool,  # noqa: FBT001  # a row of the table
) -> None:
    assert is_flood(today, history, least=100, times=10) is flood


@given(st.integers(0, 10_000), st.lists(st.integers(0, 10_000)), st.integers(0, 100))
def test_more_history_never_makes_a_flood_and_fewer_hits_never_do(today: int, history: list[int], more: int) -> None:
    if not is_flood(today, history, least=50, times=3):
        assert not is_flood(today, [*history, more], least=50, times=3)
        assert not is_flood(max(0, today - more), history, least=50, times=3)
