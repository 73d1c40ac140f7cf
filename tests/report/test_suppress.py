from __future__ import annotations

from collections import defaultdict
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from takeback.report.public_content import Bin
from takeback.report.suppress import FLOOR, SMALL, added, bin_of, few_bin_of, steady, within

counts = st.integers(min_value=0, max_value=3_000_000)
WHOLE_BINS = range(10)
"""Counts that fill the two smallest bins, so that nothing looks impossible because it was not tried."""


@settings(deadline=None)
@given(counts, st.sampled_from([bin_of, few_bin_of]))
def test_a_bin_holds_its_count_and_the_next_one_begins_where_it_ends(count: int, binned: type[Bin]) -> None:
    bin = binned(count)
    assert bin.low <= count <= bin.high
    assert binned(bin.high + 1).low == bin.high + 1
    assert bin.high - bin.low + 1 >= FLOOR


def test_counts_below_five_all_look_the_same() -> None:
    assert {bin_of(count) for count in range(FLOOR)} == {few_bin_of(count) for count in range(FLOOR)} == {SMALL}
    assert SMALL.words == "fewer than 5"


@settings(deadline=None)
@given(st.lists(st.integers(min_value=0, max_value=5_000), max_size=30))
def test_a_total_lies_in_the_range_that_its_parts_give(parts: list[int]) -> None:
    total = added(map(bin_of, parts))
    assert total.low <= sum(parts) <= total.high
    assert (bin_of(total.low).low, bin_of(total.high).high) == (total.low, total.high)


@settings(deadline=None)
@given(counts, counts)
def test_the_range_of_a_part_holds_it(part: int, whole: int) -> None:
    shown = within(bin_of(part), bin_of(whole))
    assert shown.low <= part <= shown.high


def test_everything_that_could_have_been_printed_the_same_leaves_every_value_of_each_bin() -> None:
    """Who knows our rules, tries every table and keeps those that print the same, learns the bins and no more."""
    same: dict[object, list[tuple[int, int, int, int]]] = defaultdict(list)
    for parts in product(WHOLE_BINS, repeat=3):
        total = added(map(bin_of, parts))
        for subset in range(sum(parts) + 1):
            printed = (*map(bin_of, parts), total, within(bin_of(subset), total))
            same[printed].append((*parts, subset))
    assert len(same) > 8
    for (*bins, total, shown), tables in same.items():
        for i, bin in enumerate(bins):
            assert {table[i] for table in tables} == set(range(bin.low, bin.high + 1))
        subsets = {table[3] for table in tables}
        assert min(subsets) == shown.low
        assert len(subsets) >= FLOOR
        rest = {sum(table[:3]) - table[3] for table in tables}
        assert len(rest) >= FLOOR
        assert max(rest) >= FLOOR or rest == set(range(FLOOR)), (total, shown)


def test_a_total_in_a_bin_of_its_own_would_have_given_a_small_part_away() -> None:
    tables = [parts for parts in product(WHOLE_BINS, repeat=2) if bin_of(sum(parts)) == Bin(low=10, high=19)]
    small = {parts[0] for parts in tables if bin_of(parts[0]) == SMALL and bin_of(parts[1]) == Bin(low=5, high=9)}
    assert small == {1, 2, 3, 4}


def test_two_reports_of_one_case_leave_every_value_of_each_bin_and_five_differences() -> None:
    same: dict[tuple[Bin, Bin], set[tuple[int, int]]] = defaultdict(set)
    for before, after in product(range(20), repeat=2):
        second = steady({"posts": after}, {"posts": before})["posts"]
        same[bin_of(before), bin_of(second)].add((before, after))
    for (first, second), pairs in same.items():
        assert {before for before, _ in pairs} == set(range(first.low, first.high + 1))
        assert len({after for _, after in pairs}) >= FLOOR
        assert len({after - before for before, after in pairs}) >= FLOOR, (first, second)


@pytest.mark.parametrize(("part", "whole", "shown"), [(3, 7, 0), (7, 8, 1), (7, 30, 0), (70, 8, 0)])
def test_a_part_that_could_narrow_its_whole_gets_the_range_of_it(part: int, whole: int, shown: int) -> None:
    assert within(bin_of(part), bin_of(whole)) == (bin_of(whole) if shown else bin_of(part))


@settings(deadline=None)
@given(st.integers(min_value=0, max_value=500), st.integers(min_value=-4, max_value=4))
def test_a_count_that_moves_by_less_than_five_is_published_as_before(before: int, step: int) -> None:
    after = max(0, before + step)
    assert steady({"posts": after}, {"posts": before}) == {"posts": before}


def test_a_count_that_moves_by_five_is_published_anew() -> None:
    assert steady({"posts": 25, "new": 3}, {"posts": 20}) == {"posts": 25, "new": 3}
