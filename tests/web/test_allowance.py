from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from takeback.web.allowance import Allowance


class Clock:
    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def test_a_full_bucket_gives_its_rate_at_once_and_then_says_when_to_ask_again() -> None:
    clock = Clock()
    allowance = Allowance(clock=clock)
    assert [allowance.take("a", rate=4) for _ in range(5)] == [0, 0, 0, 0, 0.25]
    clock.seconds = 0.25
    assert allowance.take("a", rate=4) == 0
    assert allowance.take("a", rate=4) == 0.25


def test_tokens_do_not_share_an_allowance() -> None:
    allowance = Allowance(clock=Clock())
    assert allowance.take("a", rate=1) == 0
    assert allowance.take("a", rate=1) > 0
    assert allowance.take("b", rate=1) == 0


def test_a_batch_that_was_let_in_is_paid_for_afterwards() -> None:
    clock = Clock()
    allowance = Allowance(clock=clock)
    assert allowance.take("a", rate=10) == 0
    allowance.owe("a", 29, rate=10)
    assert allowance.take("a", rate=10) == 2.1
    clock.seconds = 2.1
    assert allowance.take("a", rate=10) == 0


def test_a_rate_under_one_a_second_still_lets_one_through() -> None:
    clock = Clock()
    allowance = Allowance(clock=clock)
    assert allowance.take("a", rate=0.1) == 0
    assert allowance.take("a", rate=0.1) == 10


@settings(max_examples=60)
@given(st.lists(st.tuples(st.floats(0, 2), st.integers(0, 5)), min_size=1, max_size=60), st.floats(1, 20))
def test_over_any_time_no_more_is_given_than_rate_times_time_one_bucket_and_one_batch(
    asked: list[tuple[float, int]], rate: float
) -> None:
    clock = Clock()
    allowance = Allowance(clock=clock)
    taken = 0
    for pause, more in asked:
        clock.seconds += pause
        if allowance.take("a", rate=rate) == 0:
            allowance.owe("a", more, rate=rate)
            taken += 1 + more
        assert taken <= rate * clock.seconds + rate + 5 + 1e-6
