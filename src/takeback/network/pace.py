"""Pace: rates with intervals, gaps in the collection, and weeks in which the level changed (M6)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

import numpy as np

from takeback.model.measure import Measure
from takeback.network.completeness import numbered
from takeback.network.intervals import BLOCK, Estimate, Series, rate, ratio
from takeback.network.series import QUARTER, SILENT, Daily, daily_of, in_blocks, silences, window_of_days
from takeback.network.sheet import Sheet, estimated, size, within
from takeback.network.tally import RowSet

__all__ = ["change_points", "measure_pace", "weekly_ratio"]

_SEED = 20200801
_LISTED = 5
_SEGMENT = 4
_PERMUTATIONS = 999
_LEVEL = 0.01
_ACROSS = (
    "numbers between the last post before and the first after it, in channels and supergroups; 0 speaks for silence, "
    "more for posts that are not in the material"
)
RATIO = "ratio of totals over whole weeks, days of a gap left out; studentised block bootstrap over weeks, fixed seed"
CHANCE = (
    "The interval speaks of what might have been posted at the same pace; bursts that last for several weeks are not "
    "covered."
)


def measure_pace(sheet: Sheet) -> Iterator[Measure]:
    """Rates of posting, silences, and changes of level."""
    daily = daily_of(sheet)
    rows = sheet.chosen(lambda timeline: timeline.dated, sheet.home)
    yield from _rates(sheet, daily)
    forwarded = _forwarded(sheet, daily)
    for id, name, part, unit, share in (
        ("pictures-per-post", "Pictures to a post", daily.pictures, "pictures a post", False),
        ("forwarded", "Share of posts that are forwarded", forwarded, "share of posts", True),
    ):
        found = weekly_ratio(part, daily.posts, daily.collected, share=share)
        measure = sheet.count(
            f"pace.{id}",
            name,
            None,
            of=size(rows),
            unit=unit,
            rows=rows,
            method=f"{RATIO}; n is the posts with a time",
            caveat=CHANCE,
        )
        yield estimated(measure, found.value if found else None, found.interval if found else None, model=True)
    yield from _gaps(sheet, daily)
    yield from _changes(sheet, daily, rows)


def _rates(sheet: Sheet, daily: Daily) -> Iterator[Measure]:
    """Posts and pictures a day in the last thirteen weeks, or in as many whole weeks as there are."""
    length = min(QUARTER, len(daily) // BLOCK * BLOCK)
    start = daily.end - length
    rows = sheet.chosen(lambda timeline: timeline.dated & (timeline.days >= start), sheet.home)
    for id, name, counts in (("posts", "Posts a day", daily.posts), ("pictures", "Pictures a day", daily.pictures)):
        last = len(daily) - length
        blocks = (in_blocks(counts[last:]), in_blocks(daily.collected[last:]))
        found = rate(blocks, rng=np.random.Generator(np.random.PCG64(_SEED))) if length else None
        measure = sheet.count(
            f"pace.{id}-per-day",
            f"{name}, over the last thirteen weeks",
            None,
            of=size(rows),
            unit=f"{id} a day",
            rows=rows,
            method=(
                "rate in the middle of the last thirteen weeks, days of a gap left out; studentised block bootstrap of "
                "its logarithm over weeks, around a straight line, fixed seed; n is the posts of that time"
            ),
            caveat=CHANCE,
        )
        measure = estimated(measure, found.value if found else None, found.interval if found else None, model=True)
        yield within(measure, window_of_days(start, daily.end)) if length else measure


def weekly_ratio(part: Series, whole: Series, collected: Series, *, share: bool) -> Estimate | None:
    """A ratio of two daily series over weeks; weeks with fewer than half of their days collected are left out."""
    kept = in_blocks(collected) >= BLOCK / 2
    rng = np.random.Generator(np.random.PCG64(_SEED))
    return ratio(in_blocks(part)[kept], in_blocks(whole)[kept], rng=rng, share=share)


def _forwarded(sheet: Sheet, daily: Daily) -> Series:
    counts = np.zeros(len(daily))
    for channel, ids in sheet.noted("forwards", "posts").items():
        timeline = sheet.home.get(channel)
        if timeline is None:
            continue
        chosen = timeline.dated & np.isin(timeline.ids, np.concatenate(ids)) & (timeline.days >= daily.start)
        counts += np.bincount(timeline.days[chosen] - daily.start, minlength=len(daily))
    return counts


def _gaps(sheet: Sheet, daily: Daily) -> Iterator[Measure]:
    found = silences(daily.posts)
    nothing: RowSet = {}
    yield sheet.count(
        "growth.gaps",
        "Gaps in the collection",
        len(found),
        of=len(daily),
        unit="gaps",
        rows=nothing,
        method=f"runs of more than {SILENT} days on which no channel has a post; n is the days from first to last post",
        caveat="Not collected, not posted and deleted cannot be told apart by days alone; missing numbers can help.",
    )
    longest = sorted(sorted(found, key=lambda gap: gap[0] - gap[1])[:_LISTED])
    for number, (first, last) in enumerate(longest, start=1):
        window = window_of_days(daily.start + first, daily.start + last)
        missing = _missing_across(sheet, daily.start + first, daily.start + last)
        for id, name, value, unit, method in (
            ("days", "days without any post", last - first, "days", "days of the gap, one of the five longest"),
            (
                "numbers",
                "post numbers missing across it",
                missing,
                "post numbers",
                _ACROSS,
            ),
        ):
            measure = sheet.count(
                f"growth.gap.{number}.{id}",
                f"Gap {number}: {name}",
                value,
                of=last - first,
                unit=unit,
                rows=nothing,
                method=method,
                caveat="A day on which one channel alone has a post ends a gap of all.",
            )
            yield within(measure, window)


def _missing_across(sheet: Sheet, first: int, last: int) -> int | None:
    """How many numbers are missing between the posts on both sides, or None where no numbers speak."""
    found = []
    for timeline in numbered(sheet).values():
        dated = timeline.dated & (timeline.ids > 0)
        before, after = (timeline.ids[dated & side] for side in (timeline.days < first, timeline.days >= last))
        if len(before) and len(after):
            between = timeline.ids[(timeline.ids > before.max()) & (timeline.ids < after.min())]
            found.append(max(0, int(after.min() - before.max()) - 1 - len(between)))
    return sum(found) if found else None


def _changes(sheet: Sheet, daily: Daily, rows: RowSet) -> Iterator[Measure]:
    kept = np.flatnonzero(in_blocks(daily.collected) >= BLOCK / 2)
    weeks = in_blocks(daily.posts)[kept] / in_blocks(daily.collected)[kept] if len(kept) else np.zeros(0)
    places = change_points(np.log1p(weeks), rng=np.random.Generator(np.random.PCG64(_SEED)))
    method = (
        "weekly posts a day on a logarithmic scale; binary segmentation by the largest standardised difference of "
        f"means, a change where fewer than 1 % of {_PERMUTATIONS} orders of the weeks show one as large; at most five"
    )
    caveat = (
        "A steady trend shows as steps, and a burst of several weeks as two changes. Weeks are taken as independent."
    )
    yield estimated(
        sheet.count(
            "growth.changes",
            "Changes of level",
            None,
            of=len(weeks),
            unit="changes",
            rows=rows,
            method=f"{method}; n is the weeks",
            caveat=caveat,
        ),
        len(places) if len(weeks) >= 2 * _SEGMENT else None,
        None,
        model=True,
    )
    edges = [0, *places, len(weeks)]
    offset = daily.start + len(daily) % BLOCK
    for number, place in enumerate(places, start=1):
        before, after = weeks[edges[number - 1] : place].mean(), weeks[place : edges[number + 1]].mean()
        day = date(1970, 1, 1) + timedelta(days=int(offset + BLOCK * kept[place]))
        factor = float(after / before) if before else None
        for id, name, value, unit in (
            ("week", "week in which it begins", day.isoformat(), "first day"),
            ("factor", "level after over level before", None, "ratio"),
        ):
            measure = sheet.count(
                f"growth.change.{number}.{id}",
                f"Change {number}: {name}",
                value,
                of=edges[number + 1] - edges[number - 1],
                unit=unit,
                rows=rows,
                method=method,
                caveat=caveat,
            )
            yield estimated(measure, factor, None, model=True) if id == "factor" else replace(measure, model=True)


def change_points(values: Series, *, rng: np.random.Generator) -> list[int]:
    """Where the level of a series changes: the places of the first values at a new level, at most five.

    References:
        Vostrikova, L. J. (1981). Detecting disorder in multidimensional random processes. Soviet Math. Doklady 24.
    """
    found: list[tuple[float, int]] = []
    open_segments = [(0, len(values))]
    while open_segments:
        first, last = open_segments.pop()
        if last - first < 2 * _SEGMENT:
            continue
        segment = values[first:last]
        largest, place = _largest(segment[None])
        draws, _ = _largest(rng.permuted(np.tile(segment, (_PERMUTATIONS, 1)), axis=1))
        if (1 + int((draws >= largest[0]).sum())) / (_PERMUTATIONS + 1) <= _LEVEL:
            split = first + int(place[0])
            found.append((float(largest[0]), split))
            open_segments += [(first, split), (split, last)]
    return sorted(place for _, place in sorted(found, reverse=True)[:_LISTED])


def _largest(rows: Series) -> tuple[Series, Series]:
    """The largest standardised difference of means in each row, and where the second part begins."""
    length = rows.shape[1]
    centred = rows - rows.mean(axis=1, keepdims=True)
    sums = np.cumsum(centred, axis=1)[:, _SEGMENT - 1 : length - _SEGMENT]
    sizes = np.arange(_SEGMENT, length - _SEGMENT + 1)
    differences = np.abs(sums) * np.sqrt(length / (sizes * (length - sizes)))
    place = differences.argmax(axis=1)
    return differences.max(axis=1), place + _SEGMENT
