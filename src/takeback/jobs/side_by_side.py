"""Setting two windows of a case, or two cases, side by side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from takeback.errors import UsageError
from takeback.jobs.case import Case
from takeback.jobs.census import network_of
from takeback.jobs.documents import write_all
from takeback.jobs.letters import PUBLISHED, last_act
from takeback.jobs.network_report import months_of, published_head, without_findings
from takeback.jobs.outcome import fingerprints_of
from takeback.model.channel import Post
from takeback.network.census import census
from takeback.report.comparison import Comparison, Side, compare
from takeback.report.documents import comparison_json
from takeback.report.html import render_comparison_html
from takeback.report.pdf import render_comparison_pdf

_NOT_BY_TIME = ("completeness.damage", "completeness.lost", "completeness.sealed", "completeness.undated")
"""Measures that have no time and so say nothing of a window."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A window: from the first day to the last one, both in it, in UTC."""

    first: date
    last: date

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise UsageError(f"a window ends before it begins: {self.words} (write the earlier day first)")

    @property
    def words(self) -> str:
        """The window as it is named."""
        return f"{self.first.isoformat()} to {self.last.isoformat()}"

    @property
    def days(self) -> int:
        """How long it is."""
        return (self.last - self.first).days + 1

    def holds(self, at: datetime | None) -> bool:
        """Whether an instant lies in it; what has no time lies in no window."""
        start = datetime.combine(self.first, time(), tzinfo=UTC)
        return at is not None and start <= at < datetime.combine(self.last + timedelta(days=1), time(), tzinfo=UTC)


def compare_windows(case: Case, first: Stretch, second: Stretch, out: Path) -> Comparison:
    """Write the comparison of two windows of a case that share no day into a new folder."""
    if first.first <= second.last and second.first <= first.last:
        raise UsageError(f"the windows share days: {first.words}, {second.words} (choose two that do not overlap)")
    comparison = compare(
        side_of(case, name=first.words, stretch=first), side_of(case, name=second.words, stretch=second)
    )
    _write(comparison, out)
    case.record(PUBLISHED, public={"files": 3, "comparison": "windows"})
    return comparison


def compare_cases(
    first: Case, second: Case, out: Path, *, windows: tuple[Stretch | None, Stretch | None] = (None, None)
) -> Comparison:
    """Write the comparison of two cases, or of a window of each, into a new folder; no pseudonym links them."""
    if first.store.header.id == second.store.header.id:
        raise UsageError("both folders are the same case (name two windows of it, or another --against)")
    sides = (
        side_of(first, name="First case", stretch=windows[0]),
        side_of(second, name="Second case", stretch=windows[1]),
    )
    comparison = compare(*sides)
    _write(comparison, out)
    for case in (first, second):
        case.record(PUBLISHED, public={"files": 3, "comparison": "cases"})
    return comparison


def side_of(case: Case, *, name: str, stretch: Stretch | None = None) -> Side:
    """One side of a comparison: the network of a case, measured as a whole or in a window."""
    posts = tuple(post for post in case.store.posts() if stretch is None or stretch.holds(post.time))
    network = network_of(case, fingerprints=fingerprints_of(case))
    seen = {post.channel for post in posts}
    if stretch is not None:
        network = replace(
            network,
            posts=posts,
            batches=None,
            channels=tuple(each for each in network.channels if each.id in seen),
            audiences=tuple(each for each in network.audiences if stretch.holds(each.time)),
            damage=(),
        )
    dropped = () if stretch is None else _NOT_BY_TIME
    measures = without_findings(census(network))
    return Side(
        name=name,
        title=case.store.facts.title,
        case=case.store.header.id,
        made=last_act(case),
        window=stretch.words if stretch else _whole(posts),
        days=stretch.days if stretch else None,
        channels=len(seen),
        posts=len(posts),
        measures=tuple(each for each in measures if each.id not in dropped),
        months=months_of(posts),
        ledger=published_head(case),
    )


def _whole(posts: tuple[Post, ...]) -> str:
    times = [post.time for post in posts if post.time is not None]
    span = f", {min(times):%Y-%m-%d} to {max(times):%Y-%m-%d}" if times else ""
    return f"everything that was collected{span}"


def _write(comparison: Comparison, out: Path) -> None:
    files: Mapping[str, bytes] = {
        "comparison.html": render_comparison_html(comparison).encode(),
        "comparison.pdf": render_comparison_pdf(comparison),
        "comparison.json": comparison_json(comparison),
    }
    write_all(out, files)
