"""Made-up networks of any size for the tests of their reports: none, one, three hundred channels, hostile words."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from report.made_up import MEASURES, case_report
from takeback.model.measure import Interval, Measure, Window
from takeback.report.comparison import Side
from takeback.report.content import Collected, ForwardEdge, MemberCount, Month, NetworkReport, PollShare, PollTable

WINDOW = Window(start=datetime(2026, 1, 5, tzinfo=UTC), end=datetime(2026, 6, 1, tzinfo=UTC))


def counted(id: str, value: float | None, *, n: int = 100, unit: str = "posts", name: str = "") -> Measure:
    """An exact count, by id."""
    plain = replace(MEASURES[0], id=id, name=name or id.replace(".", " "), value=value, unit=unit, n=n)
    return replace(plain, caveat=f"What to keep in mind of {id.split('.', maxsplit=1)[0]}.", window=WINDOW)


def estimated(id: str, value: float, low: float, high: float, *, unit: str = "relative change") -> Measure:
    """An estimate with its interval, by id."""
    return replace(counted(id, value, unit=unit), low=low, high=high, kind=Interval.INTERVAL, level=0.95, model=True)


def network(measures: tuple[Measure, ...] = ()) -> NetworkReport:
    """The network of the made-up case, without its findings."""
    report = case_report()
    return NetworkReport(
        title="A made-up network",
        case=report.case,
        made=report.made,
        role=report.role,
        legal_basis=report.legal_basis,
        jurisdiction=report.jurisdiction,
        acquisition=report.acquisition,
        counts=report.counts,
        measures=measures or report.measures,
        months=report.months,
        members=report.members,
        polls=report.polls,
        forwards=report.forwards,
        ledger=report.ledger,
        versions=report.versions,
    )


def bare() -> NetworkReport:
    """A network of which nothing was measured."""
    nothing = Collected(sources=0, channels=0, posts=0, damaged_posts=0, media=0, missing=(), sealed=0)
    return replace(network(), title="", counts=nothing, measures=(), months=(), members=(), polls=(), forwards=())


def many(channels: int) -> NetworkReport:
    """A network of so many channels, with something of everything in each."""
    names = [f"channel-{number:04x}" for number in range(channels)]
    start = datetime(2026, 1, 1, tzinfo=UTC)
    measures = (
        counted("channels.total", channels, unit="channels"),
        *(counted(f"posts.channel.{each}", 3 * number, name=f"Posts in {each}") for number, each in enumerate(names)),
        *(counted(f"members.channel.{each}", number, n=1, unit="accounts") for number, each in enumerate(names)),
        *(counted(f"completeness.numbers.{each}", 0.25, n=40, unit="share of numbers") for each in names[::2]),
        *(counted(f"links.host.host-{number}.example", 90 - number % 90, unit="links") for number in range(50)),
        counted("prices.stated.rub", 150.0, n=41, unit="RUB"),
        counted("prices.stated.usd", None, n=0, unit="USD"),
        *(counted(f"geography.hour.{hour:02d}", 0.04, unit="share of posts") for hour in range(24)),
        estimated("growth.quarter.posts", 0.63, 0.41, 0.88),
        counted("views.total", None, n=0, unit="views"),
        replace(MEASURES[2], n=channels, low=channels, high=channels * 3),
    )
    plain = case_report()
    return replace(
        network(measures),
        counts=replace(plain.counts, channels=channels, posts=3 * channels),
        months=tuple(
            Month(
                year=2000 + i // 12, month=i % 12 + 1, posts=i % 7, media=0, gap="nothing here" if i % 7 == 0 else None
            )
            for i in range(min(channels, 150))
        ),
        members=tuple(
            MemberCount(
                channel=each, members=7 * number, time=start + timedelta(days=number % 9), source="audience.csv"
            )
            for number, each in enumerate(names)
        ),
        polls=tuple(
            PollTable(name=f"Poll {number}", channel=each, question="", voters=number, answers=(), closed=True)
            for number, each in enumerate(names[:40], start=1)
        ),
        forwards=tuple(
            ForwardEdge(source=f"source-{number:08x}", channel=each, posts=1 + number % 11, by_name=number % 3 == 0)
            for number, each in enumerate(names)
        ),
    )


def hostile_network(words: str) -> NetworkReport:
    """A network in which everything that others can write is hostile."""
    answer = PollShare(answer=words, voters=1, share=1.0, low=0.2, high=1.0)
    measures = tuple(
        replace(each, name=words, unit=words, method=words, caveat=words)
        for each in (counted(f"links.host.{words}", 4), counted(f"prices.stated.{words}", 4), *MEASURES)
    )
    plain = network(measures)
    return replace(
        plain,
        title=words,
        case=words,
        role=words,
        legal_basis=words,
        counts=replace(plain.counts, missing=((words, 3),)),
        months=(Month(year=2026, month=1, posts=0, media=0, gap=words),),
        members=(MemberCount(channel=words, members=3, time=plain.made, source=words),),
        polls=(PollTable(name=words, channel=words, question=words, voters=1, answers=(answer,), closed=False),),
        forwards=(ForwardEdge(source=words, channel=words, posts=1, by_name=True),),
        versions=((words, words),),
    )


def side(name: str, *, case: str = "case-5e1f", posts: int = 400, measures: tuple[Measure, ...] = ()) -> Side:
    """One side of a comparison."""
    plain = network()
    shown = measures or (
        counted("posts.total", posts),
        estimated("growth.quarter.posts", posts / 1_000, posts / 1_000 - 0.1, posts / 1_000 + 0.1),
        replace(MEASURES[2], low=posts, high=posts * 2),
        counted("posts.channel.channel-7f3a", 12),
        counted("views.total", None),
    )
    return Side(
        name=name,
        title=plain.title,
        case=case,
        made=plain.made,
        window="2026-01-01 to 2026-01-31",
        days=31,
        channels=3,
        posts=posts,
        measures=shown,
        months=plain.months,
        ledger=plain.ledger,
    )
