"""Polls: shares, intervals, residuals."""

from __future__ import annotations

import pytest

from network.made import CHAT, measured, network, post, sheet
from takeback.model.channel import Poll, PollAnswer
from takeback.network.intervals import wilson
from takeback.network.polls import numbered


def poll(total: int, *voters: int) -> Poll:
    answers = tuple(PollAnswer(text=f"@handle {number}", voters=each) for number, each in enumerate(voters))
    return Poll(question="Do you know @handle?", answers=answers, total_voters=total, closed=True)


def test_each_answer_has_its_share_its_interval_and_its_warning() -> None:
    measure = measured(network(post(CHAT, 1, poll=poll(100, 63, 16, 7))))["polls.1.answer.1"]
    assert (measure.value, measure.n, measure.model) == (0.63, 100, True)
    assert (measure.low, measure.high) == wilson(63, 100)
    assert "Voters select themselves" in measure.caveat


def test_what_no_answer_accounts_for_is_said() -> None:
    measure = measured(network(post(CHAT, 1, poll=poll(100, 63, 16, 7))))["polls.1.residual"]
    assert measure.value == pytest.approx(0.14)


@pytest.mark.parametrize("counts", [(0, 0, 0), (5, 6, 1), (5, -1, 1)])
def test_a_poll_without_voters_or_with_too_many_has_no_share(counts: tuple[int, ...]) -> None:
    measure = measured(network(post(CHAT, 1, poll=poll(*counts))))["polls.1.answer.1"]
    assert (measure.value, measure.low, measure.high) == (None, None, None)
    assert "Not computed" in measure.caveat


def test_polls_are_numbered_by_channel_and_post_and_keep_their_words_out_of_measures() -> None:
    made = network(post(CHAT, 9, poll=poll(4, 2)), post(CHAT, 3, poll=poll(7, 5)))
    assert [(each.number, each.poll.total_voters) for each in numbered(sheet(made).tally)] == [(1, 7), (2, 4)]
    assert "handle" not in repr(tuple(measured(made).values()))
