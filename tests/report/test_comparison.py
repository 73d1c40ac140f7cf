from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from report.made_up import MEASURES
from report.made_up_network import counted, estimated, side
from takeback.model.measure import Interval, Measure
from takeback.report.comparison import Compared, Verdict, compare, widening
from takeback.report.comparison_outline import comparison_document
from takeback.report.documents import comparison_json
from takeback.report.html import render_comparison_html

QUARTER = "growth.quarter.posts"


def rows(first: tuple[Measure, ...], second: tuple[Measure, ...], *, case: str = "case-5e1f") -> dict[str, Compared]:
    made = compare(side("First", measures=first), side("Second", case=case, measures=second))
    return {each.id: each for each in made.rows}


@pytest.mark.parametrize(
    ("second", "verdict"),
    [
        (estimated(QUARTER, 0.9, 0.8, 1.0), Verdict.DIFFERS),
        (estimated(QUARTER, 0.55, 0.45, 0.65), Verdict.NOT_TOLD),
        (estimated(QUARTER, 0.65, 0.55, 0.75), Verdict.DIFFERS),  # though both intervals touch at 0.55
        (estimated(QUARTER, 0.9, 0.1, 1.7), Verdict.NOT_TOLD),
    ],
)
def test_estimates_differ_where_the_interval_of_their_difference_leaves_out_nothing(
    second: Measure, verdict: Verdict
) -> None:
    row = rows((estimated(QUARTER, 0.5, 0.45, 0.55),), (second,))[QUARTER]
    assert row.verdict is verdict
    assert row.low is not None
    assert row.high is not None
    assert (row.low > 0 or row.high < 0) == (verdict is Verdict.DIFFERS)


def test_the_interval_of_a_difference_is_made_of_both_by_squaring_and_adding() -> None:
    row = rows((estimated(QUARTER, 0.5, 0.4, 0.53),), (estimated(QUARTER, 0.7, 0.66, 0.9),))[QUARTER]
    assert (row.low, row.high) == pytest.approx((0.2 - (0.03**2 + 0.04**2) ** 0.5, 0.2 + (0.1**2 + 0.2**2) ** 0.5))


@settings(deadline=None)
@given(*(st.floats(min_value=0.0, max_value=1.0) for _ in range(3)), st.integers(min_value=1, max_value=200))
def test_it_does_not_matter_which_side_comes_first(value: float, other: float, reach: float, tests: int) -> None:
    one, two = (
        estimated(QUARTER, value, value - reach, value + 0.1),
        estimated(QUARTER, other, other - 0.2, other + reach),
    )
    more = tuple(estimated(f"growth.more-{i}", 0.5, 0.4, 0.6) for i in range(tests - 1))
    there, back = rows((one, *more), (two, *more))[QUARTER], rows((two, *more), (one, *more))[QUARTER]
    assert there.verdict is back.verdict
    assert (there.low, there.high) == pytest.approx((-(back.high or 0.0), -(back.low or 0.0)))


def test_the_more_is_compared_the_wider_the_intervals() -> None:
    one, two = estimated(QUARTER, 0.5, 0.4, 0.6), estimated(QUARTER, 0.66, 0.56, 0.76)
    more = tuple(estimated(f"growth.more-{i}", 0.5, 0.4, 0.6) for i in range(40))
    assert rows((one,), (two,))[QUARTER].verdict is Verdict.DIFFERS
    assert rows((one, *more), (two, *more))[QUARTER].verdict is Verdict.NOT_TOLD
    assert widening(0.95, 1) == 1.0
    assert widening(0.95, 10) == pytest.approx(2.807 / 1.960, abs=1e-3)


@pytest.mark.parametrize(("low", "high", "verdict"), [(50, 90, Verdict.NOT_TOLD), (101, 300, Verdict.DIFFERS)])
def test_bounds_differ_where_they_do_not_overlap(low: int, high: int, verdict: Verdict) -> None:
    first, second = (replace(MEASURES[2], low=a, high=b) for a, b in ((60, 100), (low, high)))
    row = rows((first,), (second,))["members.bounds"]
    assert (row.verdict, row.difference) == (verdict, None)


def test_counts_are_set_side_by_side_and_not_judged() -> None:
    row = rows((counted("posts.total", 10),), (counted("posts.total", 1_000),))["posts.total"]
    assert (row.verdict, row.difference) == (Verdict.COUNTED, 990.0)


def test_what_is_on_one_side_or_in_another_unit_is_not_compared() -> None:
    first = (counted("a.one", 1), counted("a.unit", 1), counted("a.null", None), counted("a.bounds", 3))
    bounds = replace(counted("a.bounds", None), kind=Interval.BOUNDS, low=None)
    second = (counted("a.two", 1), counted("a.unit", 1, unit="links"), counted("a.null", 3), bounds)
    assert {each.verdict for each in rows(first, second).values()} == {Verdict.ONE_SIDED}
    assert sorted(rows(first, second)) == ["a.bounds", "a.null", "a.one", "a.two", "a.unit"]


@pytest.mark.parametrize("id", ["growth.posts.2026-03", "polls.1.answer.2", "forwards.source.1"])
def test_months_numbers_and_ranks_of_two_sides_are_not_the_same_thing(id: str) -> None:
    assert rows((counted(id, 1),), (counted(id, 1),)) == {}


@pytest.mark.parametrize("name", ["channel-7f3a", "source-0c4f81d2", "overlay-12ab"])
def test_pseudonyms_of_two_cases_are_never_set_against_each_other(name: str) -> None:
    measures = (counted(f"posts.of.{name}", 3), counted("posts.most", 4, name=f"Posts of {name}"))
    assert rows(measures, measures, case="case-2") == {}
    assert len(rows(measures, measures)) == 2
    page = render_comparison_html(compare(side("A", measures=measures), side("B", case="case-2", measures=measures)))
    assert name not in page
    assert name not in comparison_json(compare(side("A", measures=measures), side("B", case="case-2"))).decode()


def test_the_page_says_its_rule_both_windows_and_how_many_numbers_differ() -> None:
    document = comparison_document(compare(side("January"), side("March", posts=900)))
    assert [each.id for each in document.sections] == ["sides", "big", "fast", "unmatched", "verify"]
    page = render_comparison_html(compare(side("January"), side("March", posts=900)))
    assert "leaves out nothing" in page
    assert "Of 5 measures, 2 differ by the rule, 0 cannot be told apart, 2 set side by side" in " ".join(page.split())
    assert page.count("2026-01-01 to 2026-01-31 (31 days)") == 2


def test_a_longer_window_is_said_to_be_one() -> None:
    longer = replace(side("March"), days=90)
    assert "not equally long" in render_comparison_html(compare(side("January"), longer))
    assert "not equally long" not in render_comparison_html(compare(side("January"), side("March")))


def test_the_same_sides_give_the_same_bytes() -> None:
    made = compare(side("January"), side("March", posts=900))
    assert comparison_json(made) == comparison_json(compare(side("January"), side("March", posts=900)))
