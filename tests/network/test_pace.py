"""Rates, gaps in the collection, and changes of level."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest

from network.made import CHAT, FRIENDS, START, measured, network, post
from takeback.network.pace import change_points
from takeback.network.series import silences


def every_day(days: range, *, many: int = 1, first: int = 1, channel: str = CHAT) -> list[object]:
    placed = [day for day in days for _ in range(many)]
    return [post(channel, number, day=day) for number, day in enumerate(placed, start=first)]


def test_posts_a_day_are_of_the_days_that_were_collected() -> None:
    posts = [*every_day(range(40), many=3), *every_day(range(60, 91), many=3, first=121)]
    measure = measured(network(*posts))["pace.posts-per-day"]
    assert measure.value == pytest.approx(3.0, abs=0.05)
    assert measure.low is not None
    assert measure.window.end == START + timedelta(days=91)


def test_a_short_collection_has_a_rate_and_no_interval() -> None:
    measure = measured(network(*every_day(range(30))))["pace.posts-per-day"]
    assert (measure.value, measure.low) == (pytest.approx(1.0), None)


@pytest.mark.parametrize(("first", "missing"), [(41, 0), (55, 14)])
def test_numbers_tell_a_silence_from_posts_that_are_missing(first: int, missing: int) -> None:
    found = measured(network(*every_day(range(40)), *every_day(range(60, 90), first=first)))
    assert (found["growth.gaps"].value, found["growth.gap.1.days"].value) == (1, 20)
    assert found["growth.gap.1.numbers"].value == missing
    assert found["growth.gap.1.days"].window.start == START + timedelta(days=40)


def test_numbers_of_groups_say_nothing_of_a_gap() -> None:
    posts = [*every_day(range(40), channel=FRIENDS), *every_day(range(60, 90), first=500, channel=FRIENDS)]
    assert measured(network(*posts))["growth.gap.1.numbers"].value is None


def test_seven_quiet_days_are_no_gap_and_eight_are() -> None:
    days = np.ones(40)
    days[5:12] = 0
    assert silences(days) == []
    days[20:28] = 0
    assert silences(days) == [(20, 28)]


def test_a_step_is_found_where_it_was_made_and_noise_shows_none() -> None:
    rng = np.random.default_rng(3)
    steps = [*rng.normal(1, 0.2, 20), *rng.normal(2, 0.2, 20)]
    assert change_points(np.array(steps), rng=np.random.default_rng(1)) == [20]
    alarms = sum(bool(change_points(rng.normal(1, 0.2, 40), rng=np.random.default_rng(1))) for _ in range(60))
    assert alarms <= 4
    assert change_points(np.ones(5), rng=rng) == []


def test_a_change_says_when_it_began_and_by_how_much() -> None:
    posts = [*every_day(range(140)), *every_day(range(140, 280), many=5, first=1000)]
    found = measured(network(*posts))
    assert found["growth.changes"].value == 1
    assert found["growth.change.1.week"].value == f"{START + timedelta(days=140):%Y-%m-%d}"
    assert found["growth.change.1.factor"].value == pytest.approx(5.0)


def test_growth_with_what_was_deleted_is_bounded_by_the_missing_numbers() -> None:
    before = [post(CHAT, 2 * day + 1, day=day) for day in range(91)]
    after = [post(CHAT, 182 + day, day=91 + day) for day in range(91)]
    measure = measured(network(*before, *after))["growth.quarter.bounds"]
    assert measure.low == pytest.approx(91 / 181 - 1)
    assert measure.high == pytest.approx(0.0)
    assert measure.value is None
