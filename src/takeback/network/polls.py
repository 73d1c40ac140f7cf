"""Polls: each answer's share with its interval, and what no answer accounts for (M7)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from takeback.model.channel import Poll
from takeback.model.measure import Measure
from takeback.network.intervals import wilson
from takeback.network.network import Network, row_of
from takeback.network.sheet import Sheet, estimated

_SELVES = "Voters select themselves: the interval speaks of chance alone, and of nobody who did not vote."
_METHOD = "voters of the answer over all voters of the poll; Wilson score interval"


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberedPoll:
    """A poll with its number in the census, the pseudonym of its channel, and its own words (never in a measure)."""

    number: int
    channel: str
    row: str
    poll: Poll


def numbered(network: Network) -> tuple[NumberedPoll, ...]:
    """The polls of a network, numbered in the order of channel and post."""
    found = sorted((post for post in network.posts if post.poll), key=lambda post: (post.channel, post.id))
    return tuple(
        NumberedPoll(number=number, channel=network.label(post.channel), row=row_of(post), poll=post.poll)
        for number, post in enumerate(found, start=1)
        if post.poll
    )


def measure_polls(sheet: Sheet) -> Iterator[Measure]:
    """How many polls there are; of each its voters, the share of each answer, and the residual."""
    polls = numbered(sheet.network)
    yield sheet.count(
        "polls.total",
        "Polls",
        len(polls),
        of=len(sheet.network.posts),
        unit="polls",
        rows=sheet.rows("posts", (each.row for each in polls)),
        method="posts that hold a poll",
        caveat="A poll forwarded into several channels counts in each.",
    )
    for each in polls:
        yield from _one(sheet, each)


def _one(sheet: Sheet, numbered: NumberedPoll) -> Iterator[Measure]:
    poll = numbered.poll
    where = f"Poll {numbered.number} in {numbered.channel}"
    rows = sheet.rows("posts", [numbered.row])
    state = "The poll was closed." if poll.closed else "The poll was still open."
    yield sheet.count(
        f"polls.{numbered.number}.voters",
        f"{where}: voters",
        poll.total_voters,
        of=poll.total_voters,
        unit="voters",
        rows=rows,
        method="as the source shows it",
        caveat=state,
    )
    for position, answer in enumerate(poll.answers, start=1):
        sound = 0 <= answer.voters <= poll.total_voters and poll.total_voters > 0
        why = "" if sound else " Not computed: no voters, or more than all."
        measure = sheet.count(
            f"polls.{numbered.number}.answer.{position}",
            f"{where}: share of answer {position} of {len(poll.answers)}",
            None,
            of=poll.total_voters,
            unit="share of voters",
            rows=rows,
            method=_METHOD,
            caveat=f"{_SELVES} {state}{why}",
        )
        share = answer.voters / poll.total_voters if sound else None
        interval = wilson(answer.voters, poll.total_voters) if sound else None
        yield estimated(measure, share, interval, model=True)
    yield _residual(sheet, numbered, f"{where}: share of voters that no answer accounts for")


def _residual(sheet: Sheet, numbered: NumberedPoll, name: str) -> Measure:
    poll = numbered.poll
    rest = poll.total_voters - sum(answer.voters for answer in poll.answers)
    several = " Not computed: voters may give several answers." if rest < 0 else ""
    return sheet.share(
        f"polls.{numbered.number}.residual",
        name,
        max(rest, 0),
        of=0 if rest < 0 else poll.total_voters,
        unit="voters",
        rows=sheet.rows("posts", [numbered.row]),
        method="voters of the poll less the voters of its answers, over all voters",
        caveat=f"Answers that a source leaves out end here.{several}",
    )
