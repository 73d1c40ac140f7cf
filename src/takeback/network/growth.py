"""Growth: posts and pictures by calendar month, and over the last quarter (M6)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from takeback.model.channel import Post
from takeback.model.measure import Measure
from takeback.network.completeness import numbered
from takeback.network.intervals import BLOCK, Estimate, Series, change
from takeback.network.network import is_posted
from takeback.network.part import PICTURES, Ints
from takeback.network.series import QUARTER, Daily, daily_of, in_blocks, window_of_days
from takeback.network.sheet import Sheet, bounded, estimated, size, within
from takeback.network.tally import RowSet
from takeback.network.timeline import Timeline

_SEED = 20200731
_DECEMBER = 12
_LONG_GAP = 12
_LEAST_WEEKS = 8
_FIRST_YEAR, _LAST_YEAR = 1990, 2199
_DELETED = "What was deleted before the collection is not in it, and older posts had longer to be deleted."
_METHOD = (
    "relative change of the daily rate between two stretches of thirteen weeks up to the last post, days of a gap left "
    "out; studentised block bootstrap of its logarithm over weeks, around a straight line in each stretch, fixed seed"
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
    yield from _months_measured(sheet)
    daily = daily_of(sheet)
    yield _quarter(sheet, daily, pictures=False)
    yield _quarter(sheet, daily, pictures=True)
    yield _with_deleted(sheet, daily)


def _months_measured(sheet: Sheet) -> Iterator[Measure]:
    rows: dict[int, RowSet] = {}
    pictures: Counter[int] = Counter()
    for channel, timeline in sheet.home.items():
        dated = timeline.dated
        ids, months = timeline.ids[dated], _month_numbers(timeline.days[dated])
        found, places = np.unique(months, return_inverse=True)
        counted = np.bincount(places, weights=timeline.rows.pictures[dated], minlength=len(found))
        for number, month in enumerate(found.tolist()):
            rows.setdefault(month, {})[channel] = [ids[places == number]]
            pictures[month] += int(counted[number])
    if not rows:
        return
    total = sum(map(size, rows.values()))
    known = {(1970 + month // 12, month % 12 + 1): month for month in rows}
    every = _without_long_gaps(list(_months(min(known), max(known))), known)
    for year, month in every:
        place = known.get((year, month))
        there = {} if place is None else rows[place]
        values = (None, None) if place is None else (size(there), pictures[place])
        for id, name, value in zip(("posts", "pictures"), ("Posts", "Pictures posted"), values, strict=True):
            yield sheet.count(
                f"growth.{id}.{year:04}-{month:02}",
                f"{name} in {year:04}-{month:02}",
                value,
                of=total,
                unit=id,
                rows=there,
                method="posts with a time, service rows left out, by calendar month in UTC",
                caveat="A month without any post is a gap: not collected, not posted or deleted cannot be told apart.",
            )


def _quarter(sheet: Sheet, daily: Daily, *, pictures: bool) -> Measure:
    what = "pictures" if pictures else "posts"
    start = daily.end - 2 * QUARTER
    used = sheet.chosen(lambda timeline: timeline.dated & (timeline.days >= start), sheet.home)
    caveat = _not_enough(daily)
    found: Estimate | None = None
    if not caveat:
        counts = daily.pictures if pictures else daily.posts
        stretches = [(_weeks(daily, counts, at), _weeks(daily, daily.collected, at)) for at in (2 * QUARTER, QUARTER)]
        found = change(*stretches, rng=np.random.Generator(np.random.PCG64(_SEED)))
        caveat = _DELETED if found else "Not computed: there was nothing in the first stretch to grow from."
    measure = sheet.count(
        f"growth.quarter.{what}",
        f"Growth of {what}, the last thirteen weeks against the thirteen before",
        None,
        of=size(used),
        unit="relative change",
        rows=used,
        method=_METHOD,
        caveat=caveat,
    )
    measure = estimated(measure, found.value if found else None, found.interval if found else None, model=True)
    return within(measure, window_of_days(start, daily.end)) if len(daily) else measure


def _weeks(daily: Daily, counts: Series, back: int) -> Series:
    """Thirteen blocks that begin so many days before the end."""
    start = len(daily) - back
    return in_blocks(counts[start : start + QUARTER])


def _not_enough(daily: Daily) -> str:
    """Why the two stretches cannot be compared, or nothing."""
    if len(daily) < 2 * QUARTER:
        return "Not computed: the collection is shorter than the two stretches."
    if any((_weeks(daily, daily.collected, at) >= BLOCK / 2).sum() < _LEAST_WEEKS for at in (2 * QUARTER, QUARTER)):
        return "Not computed: a gap in the collection leaves fewer than eight weeks in one of the stretches."
    return ""


def _with_deleted(sheet: Sheet, daily: Daily) -> Measure:
    """Bounds on growth, whatever the missing numbers were: all in one stretch, or none of them posts."""
    start, middle = daily.end - 2 * QUARTER, daily.end - QUARTER
    before = after = gone_before = gone_after = 0
    rows: RowSet = {}
    for channel, timeline in numbered(sheet).items():
        chosen = timeline.dated & (timeline.days >= start)
        rows[channel] = [timeline.ids[chosen]]
        after_here = int((chosen & (timeline.days >= middle)).sum())
        after, before = after + after_here, before + int(chosen.sum()) - after_here
        first, last, missing = _gone(timeline)
        gone_before += int(missing[(last >= start) & (first < middle)].sum())
        gone_after += int(missing[last >= middle].sum())
    caveat = "" if len(daily) >= 2 * QUARTER else "Not computed: the collection is shorter than the two stretches."
    caveat = caveat or (
        "" if before else "Not computed: no channel that numbers its posts has any in the first stretch."
    )
    measure = sheet.count(
        "growth.quarter.bounds",
        "Growth of posts with what may have been deleted",
        None,
        of=before + after + gone_before + gone_after,
        unit="relative change",
        rows={channel: ids for channel, ids in rows.items() if len(ids[0])},
        method=(
            "channels and supergroups alone: at least as if every missing number were a post of the first stretch, at "
            "most as if every one were a post of the second, as far as the times of its neighbours allow; n is posts "
            "and missing numbers"
        ),
        caveat=caveat or "Bounds on what was posted, not on chance; what was never numbered is not in it.",
    )
    if len(daily):
        measure = within(measure, window_of_days(start, daily.end))
    if caveat:
        return measure
    return bounded(measure, low=after / (before + gone_before) - 1, high=(after + gone_after) / before - 1)


def _gone(timeline: Timeline) -> tuple[Series, Series, Series]:
    """Where numbers are missing: the days of the neighbours before and after, and how many."""
    known = (timeline.ids > 0) & timeline.timed
    ids, days = timeline.ids[known], timeline.days[known].astype(np.float64)
    missing = np.diff(ids) - 1
    where = np.flatnonzero(missing > 0)
    ends = np.column_stack((days[where], days[where + 1])) if len(where) else np.zeros((0, 2))
    return ends.min(axis=1), ends.max(axis=1), missing[where].astype(np.float64)


def _month_numbers(days: Ints) -> Ints:
    """Months since January 1970."""
    months: Ints = days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    return months


def _pictures(post: Post) -> int:
    return sum(
        kind in PICTURES for kind in (*(each.kind for each in post.media), *(each.kind for each in post.missing))
    )


def _is_dated(post: Post) -> bool:
    """Whether somebody posted it at a time that a clock can have shown."""
    return post.time is not None and is_posted(post) and _FIRST_YEAR <= post.time.year <= _LAST_YEAR


def _without_long_gaps(months: list[tuple[int, int]], counted: Container[tuple[int, int]]) -> list[tuple[int, int]]:
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
