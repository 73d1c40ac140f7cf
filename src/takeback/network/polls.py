"""Polls: each answer's share with its interval, and what no answer accounts for (M7)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from takeback.model.channel import Poll
from takeback.model.measure import Measure
from takeback.network.intervals import wilson
from takeback.network.part import Part
from takeback.network.sheet import Sheet, estimated, one, size
from takeback.network.tally import Tally

SELVES = "Voters select themselves: the interval speaks of chance alone, and of nobody who did not vote."


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberedPoll:
    """A poll with its number in the census, its channel and post, and its own words (never in a measure)."""

    number: int
    channel: str
    post: int
    poll: Poll


def gather_polls(part: Part, tally: Tally) -> None:
    """The polls of a part."""
    import pyarrow as pa

    from takeback.tables.posts import posts_of

    there = part.given("poll")
    if there.any():
        tally.choose(("polls",), part, there)
        polls = part.rows.filter(pa.array(there))
        tally.polls.extend((part.channel, post.id, post.poll) for post in posts_of(polls) if post.poll)


def numbered(tally: Tally) -> tuple[NumberedPoll, ...]:
    """The polls of a network, numbered in the order of channel and post."""
    found = sorted(tally.polls, key=lambda each: each[:2])
    return tuple(
        NumberedPoll(number=number, channel=channel, post=post, poll=poll)
        for number, (channel, post, poll) in enumerate(found, start=1)
    )


def measure_polls(sheet: Sheet) -> Iterator[Measure]:
    """How many polls there are; of each its voters, the share of each answer, and the residual."""
    rows = sheet.noted("polls")
    yield sheet.count(
        "polls.total",
        "Polls",
        size(rows),
        of=sheet.posts,
        unit="polls",
        rows=rows,
        method="posts that hold a poll",
        caveat="A poll forwarded into several channels counts in each.",
    )
    for each in numbered(sheet.tally):
        yield from _one(sheet, each)


def _one(sheet: Sheet, numbered: NumberedPoll) -> Iterator[Measure]:
    poll = numbered.poll
    where = f"Poll {numbered.number} in {sheet.network.label(numbered.channel)}"
    rows = sheet.post_rows(one(numbered.channel, numbered.post))
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
            method="voters of the answer over all voters of the poll; Wilson score interval, for this answer alone",
            caveat=f"{SELVES} {state}{why}",
        )
        share = answer.voters / poll.total_voters if sound else None
        interval = wilson(answer.voters, poll.total_voters) if sound else None
        yield estimated(measure, share, interval, model=True)
    rest = poll.total_voters - sum(answer.voters for answer in poll.answers)
    several = " Not computed: voters may give several answers." if rest < 0 else ""
    yield sheet.share(
        f"polls.{numbered.number}.residual",
        f"{where}: share of voters that no answer accounts for",
        max(rest, 0),
        of=0 if rest < 0 else poll.total_voters,
        unit="voters",
        rows=rows,
        method="voters of the poll less the voters of its answers, over all voters",
        caveat=f"Answers that a source leaves out end here.{several}",
    )
