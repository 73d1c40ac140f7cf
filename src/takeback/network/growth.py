"""Growth: posts and pictures by calendar month, and over the last quarter (M6)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import numpy as np

from takeback.model.channel import Post
from takeback.model.measure import Measure, Window
from takeback.network.intervals import block_bootstrap
from takeback.network.network import is_posted, row_of
from takeback.network.pictures import PICTURES
from takeback.network.sheet import Sheet, estimated, within

QUARTER = 91
"""Days in each of the two stretches that are compared: thirteen weeks."""

_SEED = 20200731
_DECEMBER = 12
_LONG_GAP = 12
_FIRST_YEAR, _LAST_YEAR = 1990, 2199
_DELETED = "What was deleted before the collection is not in it, and older posts had longer to be deleted."
_METHOD = (
    "(after - before) / before over two stretches of thirteen weeks up to the last post; percentile interval by "
    "circular block bootstrap of days in weeks, fixed seed"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """A calendar month (UTC); ``posts`` and ``pictures`` are None where nothing was collected."""

    year: int
    month: int
    posts: int | None
    pictures: int | None


def monthly(posts: Iterable[Post]) -> tuple[Month, ...]:
    """Posts by month, from the first to the last; a month in between without any post is a gap, not a zero.

    Service rows and posts without a believable time are not counted. Of more than twelve empty months in a row only the
    first is given: one wrong clock must not fill a page.
    """
    counted: Counter[tuple[int, int]] = Counter()
    pictures: Counter[tuple[int, int]] = Counter()
    for post in posts:
        if post.time and _is_dated(post):
            month = (post.time.year, post.time.month)
            counted[month] += 1
            pictures[month] += _pictures(post)
    if not counted:
        return ()
    months = _without_long_gaps(list(_months(min(counted), max(counted))), counted)
    return tuple(
        Month(
            year=month[0],
            month=month[1],
            posts=counted.get(month),
            pictures=pictures[month] if month in counted else None,
        )
        for month in months
    )


def measure_growth(sheet: Sheet) -> Iterator[Measure]:
    """Posts and pictures by month, and what the last thirteen weeks brought against the thirteen before."""
    dated = [post for post in sheet.network.posts if _is_dated(post)]
    months = monthly(dated)
    by_month: dict[tuple[int, int], list[Post]] = {(each.year, each.month): [] for each in months}
    for post in dated:
        if post.time:
            by_month[post.time.year, post.time.month].append(post)
    for month in months:
        rows = sheet.rows("posts", map(row_of, by_month[month.year, month.month]))
        for id, name, value in (("posts", "Posts", month.posts), ("pictures", "Pictures posted", month.pictures)):
            yield sheet.count(
                f"growth.{id}.{month.year:04}-{month.month:02}",
                f"{name} in {month.year:04}-{month.month:02}",
                value,
                of=len(dated),
                unit=id,
                rows=rows,
                method="posts with a time, service rows left out, by calendar month in UTC",
                caveat="A month without any post is a gap: not collected, not posted or deleted cannot be told apart.",
            )
    yield _quarter(sheet, dated, months, pictures=False)
    yield _quarter(sheet, dated, months, pictures=True)


def _quarter(sheet: Sheet, dated: list[Post], months: tuple[Month, ...], *, pictures: bool) -> Measure:
    what = "pictures" if pictures else "posts"
    daily = Counter[date]()
    for post in dated:
        if post.time:
            daily[post.time.date()] += _pictures(post) if pictures else 1
    end = max((post.time.date() for post in dated if post.time), default=date(1970, 1, 1))
    start = end - timedelta(days=2 * QUARTER - 1)
    used = [post for post in dated if post.time and post.time.date() >= start]
    first = min((post.time.date() for post in dated if post.time), default=end)
    caveat, value, interval = _not_enough(months, first=first, start=start), None, None
    if not caveat:
        days = [float(daily[start + timedelta(days=day)]) for day in range(2 * QUARTER)]
        before, after = np.array(days[:QUARTER]), np.array(days[QUARTER:])
        value = _growth(float(before.sum()), float(after.sum()))
        interval = block_bootstrap(before, after, _growth, rng=np.random.Generator(np.random.PCG64(_SEED)))
        caveat = _DELETED if before.sum() else "Not computed: there was nothing in the first stretch to grow from."
    measure = sheet.count(
        f"growth.quarter.{what}",
        f"Growth of {what}, the last thirteen weeks against the thirteen before",
        None,
        of=len(used),
        unit="relative change",
        rows=sheet.rows("posts", map(row_of, used)),
        method=_METHOD,
        caveat=caveat,
    )
    measure = estimated(measure, value, interval, model=True)
    return within(measure, Window(start=_midnight(start), end=_midnight(end + timedelta(days=1)))) if dated else measure


def _not_enough(months: tuple[Month, ...], *, first: date, start: date) -> str:
    """Why the two stretches cannot be compared, or nothing."""
    if first > start:
        return "Not computed: the collection is shorter than the two stretches."
    stretch = [each for each in months if (each.year, each.month) >= (start.year, start.month)]
    if any(each.posts is None for each in stretch):
        return "Not computed: a month in the two stretches has no post, so the collection has a gap."
    return ""


def _growth(before: float, after: float) -> float | None:
    return (after - before) / before if before else None


def _pictures(post: Post) -> int:
    return sum(
        kind in PICTURES for kind in (*(each.kind for each in post.media), *(each.kind for each in post.missing))
    )


def _is_dated(post: Post) -> bool:
    """Whether somebody posted it at a time that a clock can have shown."""
    return post.time is not None and is_posted(post) and _FIRST_YEAR <= post.time.year <= _LAST_YEAR


def _without_long_gaps(months: list[tuple[int, int]], counted: Counter[tuple[int, int]]) -> list[tuple[int, int]]:
    kept: list[tuple[int, int]] = []
    gap: list[tuple[int, int]] = []
    for month in months:
        if month not in counted:
            gap.append(month)
            continue
        kept.extend(gap if len(gap) <= _LONG_GAP else gap[:1])
        kept.append(month)
        gap = []
    return kept


def _months(first: tuple[int, int], last: tuple[int, int]) -> Iterator[tuple[int, int]]:
    year, month = first
    while (year, month) <= last:
        yield year, month
        year, month = (year + 1, 1) if month == _DECEMBER else (year, month + 1)


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
