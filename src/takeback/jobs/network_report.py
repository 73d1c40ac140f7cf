"""Gathering what the report of a network prints: every name a pseudonym, and nothing of photographs or findings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from importlib.metadata import version
from itertools import zip_longest

from takeback.jobs.case import Case
from takeback.jobs.census import network_of, pseudonyms
from takeback.jobs.intake import NOT_RECORDED
from takeback.jobs.letters import acts, last_act
from takeback.model.channel import Audience, Poll, Post
from takeback.model.evidence import Acquisition
from takeback.model.measure import Measure
from takeback.network.census import FAMILIES, gather, sheet_of
from takeback.network.forwards import edges
from takeback.network.growth import Month as Counted
from takeback.network.growth import monthly
from takeback.network.intervals import wilson
from takeback.network.network import Network, batches_of
from takeback.network.part import parts
from takeback.network.sheet import is_abroad
from takeback.report.content import (
    Collected,
    ForwardEdge,
    LedgerHead,
    MemberCount,
    Month,
    NetworkReport,
    PollShare,
    PollTable,
)
from takeback.report.pseudonym import Pseudonyms
from takeback.report.words import count

OF_FINDINGS = ("marks.", "pictures.enrolled", "pictures.persons")
"""Measures that say whether photographs were searched for, or found: they are in the report of a case alone."""


def network_report_of(case: Case) -> NetworkReport:
    """The report of a network as the case holds it."""
    names = pseudonyms(case)
    facts = case.store.facts
    return NetworkReport(
        title=facts.title,
        case=case.store.header.id,
        made=last_act(case),
        role=facts.role,
        legal_basis=facts.legal_basis,
        jurisdiction=facts.jurisdiction,
        acquisition=acquisition_of(case),
        counts=_collected(case),
        measures=without_findings(case.measures),
        months=months_of(case.store.posts()),
        members=members_of(case.store.audiences(), names),
        polls=polls_of(case.store.posts(), names),
        forwards=forwards_of(network_of(case)),
        ledger=published_head(case),
        versions=versions(),
    )


def without_findings(measures: Iterable[Measure]) -> tuple[Measure, ...]:
    """The measures of the network alone."""
    return tuple(each for each in measures if not each.id.startswith(OF_FINDINGS))


def versions() -> tuple[tuple[str, str], ...]:
    """What made the results: takeback and the libraries that they rest on."""
    return tuple((name, version(name)) for name in ("takeback", "numpy", "opencv-python-headless", "pillow"))


def acquisition_of(case: Case) -> Acquisition:
    """Who collected the material, by the first source that says so."""
    return next((each.acquisition for each in case.store.sources() if each.acquisition != NOT_RECORDED), NOT_RECORDED)


def published_head(case: Case) -> LedgerHead:
    """The last entry that a bundle made now holds."""
    entries = acts(case)
    return LedgerHead(entries=len(entries), hash=entries[-1].hash, key=case.store.ledger_key.public)


def _collected(case: Case) -> Collected:
    missing = Counter(each.absence.value for post in case.store.posts() for each in post.missing)
    return Collected(
        sources=len(case.store.sources()),
        channels=len(case.store.channels()),
        posts=case.store.count_posts(),
        damaged_posts=len(case.store.damage()),
        media=len({media.sha256 for media in case.store.media()}),
        missing=tuple(sorted(missing.items())),
        sealed=len({item.sha256 for item in case.store.sealed_items()}),
    )


def forwards_of(network: Network) -> tuple[ForwardEdge, ...]:
    """The forward graph, strongest edge first; sources and channels by pseudonym."""
    gathered = gather(parts(batches_of(network)), [FAMILIES["forwards"]])
    return tuple(
        ForwardEdge(source=each.source, channel=each.channel, posts=each.posts, by_name=each.by_name)
        for each in edges(sheet_of(network, gathered))
    )


def months_of(posts: Iterable[Post]) -> tuple[Month, ...]:
    """Posts and media of the network by month, without what other platforms posted.

    A month in between without any post is a gap, and says how many more follow it.
    """
    media: Counter[tuple[int, int]] = Counter()

    def counted() -> Iterator[Post]:
        for post in posts:
            if is_abroad(post.channel):
                continue
            if post.time is not None:
                media[post.time.year, post.time.month] += len(post.media)
            yield post

    months = monthly(counted())
    return tuple(
        Month(
            year=each.year,
            month=each.month,
            posts=each.posts or 0,
            media=media[each.year, each.month],
            gap=None if each.posts is not None else _gap(each, after),
        )
        for each, after in zip_longest(months, months[1:])
    )


def _gap(month: Counted, after: Counted | None) -> str:
    """Why a month is empty; of a long gap only the first month is given, and it says how many follow."""
    left_out = 0 if after is None else (after.year - month.year) * 12 + after.month - month.month - 1
    more = f" or of the {count(left_out, 'month')} after it" if left_out else ""
    return f"no post of this month{more} is in the material"


def members_of(audiences: Iterable[Audience], names: Pseudonyms) -> tuple[MemberCount, ...]:
    """The member counts of the network, by pseudonym; communities elsewhere promote it, and are no part of it."""
    return tuple(
        MemberCount(channel=names.channel(each.channel), members=each.members, time=each.time, source=each.source)
        for each in audiences
        if not is_abroad(each.channel)
    )


def polls_of(posts: Iterable[Post], names: Pseudonyms) -> tuple[PollTable, ...]:
    """The polls by number: their words may name a person, and stand in the sealed part of a bundle alone."""
    found = [(post, post.poll) for post in posts if post.poll is not None]
    return tuple(_poll(names, f"Poll {number}", post, poll) for number, (post, poll) in enumerate(found, start=1))


def _poll(names: Pseudonyms, name: str, post: Post, poll: Poll) -> PollTable:
    shares = []
    for number, answer in enumerate(poll.answers, start=1):
        low, high = wilson(answer.voters, poll.total_voters) if poll.total_voters else (0.0, 1.0)
        shares.append(
            PollShare(
                answer=f"Answer {number}",
                voters=answer.voters,
                share=answer.voters / poll.total_voters if poll.total_voters else 0.0,
                low=low,
                high=high,
            )
        )
    return PollTable(
        name=name,
        channel=names.channel(post.channel),
        question="",
        voters=poll.total_voters,
        answers=tuple(shares),
        closed=poll.closed,
    )
