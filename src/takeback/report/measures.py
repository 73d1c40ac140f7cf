"""Measures as a reader sees them: value, bounds, n, window and caveat together."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence

from takeback.model.measure import Interval, Measure, Window
from takeback.report.blocks import Plain, Table, Text
from takeback.report.words import day, percent, unit_of, visible

_LARGE = 1000
"""From here on, digits after the point say nothing."""


def is_share(measure: Measure) -> bool:
    """Whether its value is a share between none and all."""
    return measure.unit.startswith("share") and measure.value is not None and not isinstance(measure.value, str)


def is_bounds(measure: Measure) -> bool:
    """Whether it gives whole numbers as bounds and no value between them."""
    # A number that was stored and read again is a float: what counts is whether it is whole.
    whole = all(end is not None and float(end).is_integer() for end in (measure.low, measure.high))
    return measure.value is None and measure.kind is Interval.BOUNDS and whole


def family_of(measure: Measure) -> str:
    """What stands before the first full stop of its id."""
    return measure.id.split(".")[0]


def measures_blocks(measures: Iterable[Measure]) -> tuple[Plain, ...]:
    """A table for each family of measures with what to keep in mind under it, in the order of the families."""
    families: dict[str, list[Measure]] = {}
    for each in measures:
        families.setdefault(family_of(each), []).append(each)
    blocks: list[Plain] = []
    for name, members in families.items():
        blocks.append(measures_table(name.replace("-", " ").capitalize(), members))
        blocks.extend(caveat_notes(members))
    return tuple(blocks)


def measures_table(caption: str, measures: Sequence[Measure]) -> Table:
    """Measures in one table; the column of intervals is left out where all are exact counts."""
    ranged = any(each.low is not None or each.high is not None for each in measures)
    return Table(
        caption=caption,
        head=("Measure", "Value", "Unit", *(["Interval or bounds"] if ranged else []), "n"),
        rows=tuple(
            (visible(each.name), said(each), _unit(each), *([range_said(each)] if ranged else []), f"{each.n:,}")
            for each in measures
        ),
        numeric=(1, 4) if ranged else (1, 3),
    )


def caveat_notes(measures: Sequence[Measure]) -> tuple[Text, ...]:
    """What to keep in mind: the most frequent caveat as it is, each other one with the measures that it speaks of."""
    said_of: dict[str, list[str]] = {}
    for each in measures:
        caveat = f"{'Rests on a model. ' if each.model else ''}{visible(each.caveat)}".strip()
        if caveat:
            said_of.setdefault(caveat, []).append(visible(each.name))
    ranked = sorted(said_of, key=lambda caveat: -len(said_of[caveat]))
    alone = len(measures) == 1 or (ranked and len(said_of[ranked[0]]) > 1)
    return tuple(
        Text(text=caveat if rank == 0 and alone else f"{'; '.join(said_of[caveat])}: {caveat}", note=True)
        for rank, caveat in enumerate(ranked)
    )


def window_notes(measures: Sequence[Measure]) -> tuple[Text, ...]:
    """The window of most measures, and that of each other one."""
    if not measures:
        return ()
    counted = Counter(each.window for each in measures)
    usual = max(counted, key=lambda window: (counted[window], _window(window)))
    others: dict[Window, list[str]] = {}
    for each in measures:
        if each.window != usual:
            others.setdefault(each.window, []).append(visible(each.name))
    return (
        Text(text=f"Window: {_window(usual)}, unless said otherwise.", note=True),
        *(Text(text=f"{'; '.join(names)}: window {_window(window)}.", note=True) for window, names in others.items()),
    )


def _window(window: Window) -> str:
    if window.start is None and window.end is None:
        return "everything that was collected"
    start, end = ("open" if each is None else day(each) for each in (window.start, window.end))
    return f"{start} to {end}"


def _unit(measure: Measure) -> str:
    return "" if measure.value is None and not is_bounds(measure) else visible(unit_of(measure.value, measure.unit))


def said(measure: Measure) -> str:
    """Its value in words."""
    if measure.value is None:
        return "not known"
    if isinstance(measure.value, str):
        return visible(measure.value)
    if is_share(measure):
        return percent(float(measure.value))
    return plain(measure.value)


def range_said(measure: Measure) -> str:
    """Its interval or bounds in words."""
    if measure.low is None and measure.high is None:
        return "exact" if measure.kind is Interval.EXACT else "none"
    show = percent if is_share(measure) else plain
    low = "?" if measure.low is None else show(measure.low)
    high = "?" if measure.high is None else show(measure.high)
    level = "" if measure.level is None else f" at {percent(measure.level)}"
    return f"{low} to {high}{level}" if measure.kind is Interval.INTERVAL else f"between {low} and {high}"


def plain(number: float) -> str:
    """A number with no more digits than it carries."""
    if not math.isfinite(number):
        return "not finite"
    whole = float(number).is_integer() or abs(number) >= _LARGE
    return f"{number:,.0f}" if whole else f"{number:,.3g}"
