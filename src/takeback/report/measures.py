"""Measures as a reader sees them: value, bounds, n and caveat together."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from datetime import datetime

from takeback.model.measure import Interval, Measure
from takeback.report.blocks import Plain, Table, Text
from takeback.report.content import Bin, PublicMeasure
from takeback.report.suppress import FLOOR, bin_of
from takeback.report.words import percent, visible

_STEP = 0.05
_TINY = 1e-9
_MISSING = frozenset({"completeness"})
_DRAWN = ("growth.posts.", "growth.pictures.", "polls.", "members.channel.")
_LARGE = 1000
"""From here on, digits after the point say nothing."""


def is_share(measure: Measure) -> bool:
    """Whether its value is a share between none and all."""
    return measure.unit.startswith("share") and measure.value is not None and not isinstance(measure.value, str)


def is_count(measure: Measure) -> bool:
    """Whether its value counts something."""
    return isinstance(measure.value, int) and not isinstance(measure.value, bool) and not is_share(measure)


def is_bounds(measure: Measure) -> bool:
    """Whether it gives whole numbers as bounds and no value between them."""
    ends = (measure.low, measure.high)
    return measure.value is None and measure.kind is Interval.BOUNDS and all(isinstance(each, int) for each in ends)


def measures_blocks(measures: Iterable[Measure], *, missing: bool) -> tuple[Plain, ...]:
    """A table for each family of measures with what to keep in mind under it, in the order of the families.

    A family is what stands before the first full stop of an id. What a drawing or another table shows is left out. The
    families that say what is ``missing`` are shown apart from the others.
    """
    families: dict[str, list[Measure]] = {}
    for each in measures:
        family = each.id.split(".")[0]
        if not each.id.startswith(_DRAWN) and (family in _MISSING) == missing:
            families.setdefault(family, []).append(each)
    blocks: list[Plain] = []
    for name, members in families.items():
        blocks.append(measures_table(name.replace("-", " ").capitalize(), members))
        blocks.extend(Text(text=each, note=True) for each in _caveats(members))
    return tuple(blocks)


def measures_table(caption: str, measures: Sequence[Measure]) -> Table:
    """Measures in one table; the column of intervals is left out where all are exact counts."""
    ranged = any(each.low is not None or each.high is not None for each in measures)
    return Table(
        caption=caption,
        head=("Measure", "Value", "Unit", *(["Interval or bounds"] if ranged else []), "n"),
        rows=tuple(
            (visible(each.name), _value(each), _unit(each), *([_range(each)] if ranged else []), f"{each.n:,}")
            for each in measures
        ),
        numeric=(1, 4) if ranged else (1, 3),
    )


def _caveats(measures: Sequence[Measure]) -> list[str]:
    """What to keep in mind: the most frequent caveat as it is, each other one with the measures that it speaks of."""
    said: dict[str, list[str]] = {}
    for each in measures:
        caveat = f"{'Rests on a model. ' if each.model else ''}{visible(each.caveat)}".strip()
        if caveat:
            said.setdefault(caveat, []).append(visible(each.name))
    ranked = sorted(said, key=lambda caveat: -len(said[caveat]))
    alone = len(measures) == 1 or (ranked and len(said[ranked[0]]) > 1)
    return [
        caveat if rank == 0 and alone else f"{'; '.join(said[caveat])}: {caveat}" for rank, caveat in enumerate(ranked)
    ]


def _unit(measure: Measure) -> str:
    return "" if measure.value is None and not is_bounds(measure) else visible(measure.unit)


def _value(measure: Measure) -> str:
    if measure.value is None:
        return "not known"
    if isinstance(measure.value, str):
        return visible(measure.value)
    if is_share(measure):
        return percent(float(measure.value))
    return _plain(measure.value)


def _range(measure: Measure) -> str:
    if measure.low is None and measure.high is None:
        return "exact" if measure.kind is Interval.EXACT else "none"
    show = percent if is_share(measure) else _plain
    low = "?" if measure.low is None else show(measure.low)
    high = "?" if measure.high is None else show(measure.high)
    level = "" if measure.level is None else f" at {percent(measure.level)}"
    return f"{low} to {high}{level}" if measure.kind is Interval.INTERVAL else f"between {low} and {high}"


def _plain(number: float) -> str:
    if not math.isfinite(number):
        return "not finite"
    whole = float(number).is_integer() or abs(number) >= _LARGE
    return f"{number:,.0f}" if whole else f"{number:,.3g}"


def public_measure(measure: Measure, *, value: int, n: int) -> PublicMeasure | None:
    """The measure as anyone may see it, resting on the steady counts ``value`` (what is counted) and ``n``.

    Counts become bins, bounds the outer ends of the bins of both, and shares are rounded outward to five points. For
    bounds, ``value`` is the lower and ``n`` the upper one. None for a share of few, and for what is neither.
    """
    low: float
    high: float | None
    if is_share(measure):
        if min(value, n - value, n) < FLOOR:
            return None
        share = value / n
        low, high = _outward(share)
    elif is_bounds(measure):
        low, high = bin_of(value).low, bin_of(n).high
    elif is_count(measure):
        each = bin_of(value)
        low, high = each.low, each.high
    else:
        return None
    return PublicMeasure(
        id=measure.id,
        name=measure.name,
        unit=measure.unit,
        low=low,
        high=high,
        n=bin_of(measure.n if is_bounds(measure) else n),
        method=without_figures(measure.method),
        start=month_of(measure.window.start),
        end=month_of(measure.window.end),
        caveat=without_figures(measure.caveat),
        model=measure.model,
    )


def without_figures(text: str) -> str:
    """The sentences of a text that hold no figure, but for the level of an interval: a figure in words is one too."""
    sentences = re.split(r"(?<=[.;:])\s+", text)
    return " ".join(each for each in sentences if not re.search(r"\d", each.replace("95 %", "")))


def _outward(share: float) -> tuple[float, float]:
    low = math.floor(share / _STEP + _TINY) * _STEP
    return round(low, 2), round(min(1.0, low + _STEP), 2)


def month_of(time: datetime | None) -> str | None:
    """The month of a time, ``2026-03``; a public report has nothing finer."""
    return None if time is None else f"{time:%Y-%m}"


def public_range(measure: PublicMeasure) -> str:
    """The bounds of a public measure in words."""
    if measure.unit.startswith("share"):
        return f"{percent(measure.low)} to {percent(measure.high or 1.0)}"
    return Bin(low=int(measure.low), high=None if measure.high is None else int(measure.high)).words
