"""Growth by month and by quarter."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from network.made import CHAT, START, measured, media, network, post
from takeback.model.channel import Post, PostKind
from takeback.model.measure import Interval
from takeback.network.growth import Month, monthly
from takeback.network.series import QUARTER


def test_a_month_without_posts_is_a_gap_and_not_a_zero() -> None:
    posts = [post(CHAT, 1), post(CHAT, 2, day=70, media=(media("a"),)), post(CHAT, 3, day=None)]
    assert monthly(posts) == (
        Month(year=2020, month=1, posts=1, pictures=0),
        Month(year=2020, month=2, posts=None, pictures=None),
        Month(year=2020, month=3, posts=1, pictures=1),
    )
    assert monthly([]) == ()


@pytest.mark.parametrize("year", [1, 1969, 1991, 2190, 9999])
def test_one_wrong_clock_does_not_fill_a_page(year: int) -> None:
    wrong = Post(channel=CHAT, id=9, kind=PostKind.MESSAGE, time=datetime(year, 12, 31, tzinfo=UTC))
    assert len(monthly([post(CHAT, 1), wrong])) <= 3
    assert measured(network(post(CHAT, 1), wrong))["growth.quarter.posts"].value is None


def test_the_window_turns_the_year() -> None:
    posts = [Post(channel=CHAT, id=m, kind=PostKind.MESSAGE, time=datetime(2019, m, 1, tzinfo=UTC)) for m in (11, 12)]
    assert [(each.year, each.month) for each in monthly([*posts, post(CHAT, 1)])] == [(2019, 11), (2019, 12), (2020, 1)]


def test_growth_over_a_quarter_has_an_interval_that_holds_it() -> None:
    days = [day for day in range(2 * QUARTER) for _ in range(2 if day < QUARTER else 6 - day % 2)]
    posts = [post(CHAT, number, day=day) for number, day in enumerate(days, start=1)]
    measure = measured(network(*posts))["growth.quarter.posts"]
    after = sum(day >= QUARTER for day in days)
    assert measure.value == pytest.approx(after / (2 * QUARTER) - 1)
    assert measure.kind is Interval.INTERVAL
    assert measure.model
    assert measure.n == len(days)
    assert measure.low is not None
    assert measure.high is not None
    assert measure.low <= measure.value <= measure.high
    assert measure.window.start == START
    assert measured(network(*posts))["growth.quarter.posts"] == measure


def test_growth_is_not_computed_over_a_short_collection_or_a_gap() -> None:
    short = measured(network(*(post(CHAT, day + 1, day=day) for day in range(2 * QUARTER - 1))))
    gap = measured(network(*(post(CHAT, day + 1, day=day) for day in range(2 * QUARTER) if not 40 < day < 90)))
    assert (short["growth.quarter.posts"].value, gap["growth.quarter.posts"].value) == (None, None)
    assert "shorter than the two stretches" in short["growth.quarter.posts"].caveat
    assert "gap" in gap["growth.quarter.posts"].caveat


def test_growth_from_nothing_has_no_value_and_says_so() -> None:
    posts = [post(CHAT, day + 1, day=day) for day in range(2 * QUARTER)]
    measure = measured(network(*posts))["growth.quarter.pictures"]
    assert measure.value is None
    assert "nothing in the first stretch" in measure.caveat
