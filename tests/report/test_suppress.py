from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from takeback.report.content import Bin
from takeback.report.suppress import FLOOR, HIDDEN, SMALL, bin_of, bins_of, reach, steady

counts = st.integers(min_value=0, max_value=3_000_000)


@settings(deadline=None)
@given(counts)
def test_a_bin_holds_its_count_and_the_next_one_begins_where_it_ends(count: int) -> None:
    bin = bin_of(count)
    assert bin.high is not None
    assert bin.low <= count <= bin.high
    assert bin_of(bin.high + 1).low == bin.high + 1


def test_counts_below_five_all_look_the_same() -> None:
    assert {bin_of(count) for count in range(FLOOR)} == {SMALL}
    assert SMALL.words == "fewer than 5"


@settings(deadline=None)
@given(st.lists(st.integers(min_value=0, max_value=60), min_size=1, max_size=8), st.integers(min_value=0, max_value=20))
def test_a_small_part_cannot_be_worked_out_from_the_rest(parts: list[int], unlisted: int) -> None:
    shown, whole = bins_of(parts, sum(parts) + unlisted)
    for i, each in enumerate(shown):
        if parts[i] < FLOOR:
            assert each == SMALL
            low, high = reach(i, shown, whole)
            assert low == 0
            assert high is None or high >= FLOOR - 1


def test_what_would_give_a_small_part_away_is_hidden_with_it() -> None:
    shown, whole = bins_of([3, 7], 10)
    assert shown == (SMALL, HIDDEN)
    assert whole == Bin(low=10, high=19)


@settings(deadline=None)
@given(st.integers(min_value=0, max_value=500), st.integers(min_value=-4, max_value=4))
def test_a_count_that_moves_by_less_than_five_is_published_as_before(before: int, step: int) -> None:
    after = max(0, before + step)
    assert steady({"posts": after}, {"posts": before}) == {"posts": before}


def test_a_count_that_moves_by_five_is_published_anew() -> None:
    assert steady({"posts": 25, "new": 3}, {"posts": 20}) == {"posts": 25, "new": 3}
