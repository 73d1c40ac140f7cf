"""Two sets of measures side by side, and the one rule by which two numbers are said to differ."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from statistics import NormalDist

from takeback.model.measure import Interval, Measure
from takeback.report.content import LedgerHead, Month


class Verdict(StrEnum):
    """What may be said of two numbers."""

    DIFFERS = "differs"
    NOT_TOLD = "cannot be told apart"
    COUNTED = "counted, not inferred"
    ONE_SIDED = "not on both sides"


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One side of a comparison: a case, or a window of one. Pseudonyms are those of its own case."""

    name: str
    title: str
    case: str
    made: datetime
    window: str
    days: int | None
    channels: int
    posts: int
    measures: tuple[Measure, ...]
    months: tuple[Month, ...]
    ledger: LedgerHead


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One measure on both sides; ``difference`` is the second less the first, with its interval where it has one."""

    id: str
    name: str
    first: Measure | None
    second: Measure | None
    verdict: Verdict
    difference: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Two sides and what can be said of each number; ``tests`` is for how many intervals at once the rule allows."""

    first: Side
    second: Side
    rows: tuple[Compared, ...]
    tests: int

    @property
    def one_case(self) -> bool:
        """Whether both sides are of one case, so that a pseudonym means the same on both."""
        return self.first.case == self.second.case


_NAMES_SOMEBODY = re.compile(r"(?:^|[^a-z0-9])(?:[a-z]+-)[0-9a-f]{4,}(?![a-z0-9])")
_OF_ONE_SIDE = re.compile(
    r"growth\.(?:posts|pictures|gap|change)\..*|(?:geography\.poll|polls|marks)\.\d+\..*|forwards\.source\..*"
    r"|members\.channel\..*\.\d{4}-.*"
)
"""Months, numbered polls, ranks: the same id on two sides is not the same thing."""


def compare(first: Side, second: Side) -> Comparison:
    """Every measure that means the same on both sides, with what may be said of the two numbers.

    Estimates with intervals differ where the interval of their difference leaves out nothing. That interval is made of
    the two intervals by squaring and adding (method of variance estimates recovery, Zou and Donner 2008,
    doi:10.1002/sim.3095), which is for independent sides, and widened for as many tests as there are (Bonferroni), so
    that one false "differs" on the whole page is as rare as one in a single interval. Bounds differ where they do not
    overlap. Counts are of what was collected: they are set side by side and not judged.
    """
    one_case = first.case == second.case
    known = {each.id: each for each in first.measures if _is_comparable(each, one_case=one_case)}
    other = {each.id: each for each in second.measures if _is_comparable(each, one_case=one_case)}
    ids = [*known, *(id for id in other if id not in known)]
    pairs = [(id, known.get(id), other.get(id)) for id in ids]
    tests = sum(_has_intervals(one, two) for _, one, two in pairs)
    rows = tuple(_compared(id, one, two, tests) for id, one, two in pairs)
    return Comparison(first=first, second=second, rows=rows, tests=tests)


def _is_comparable(measure: Measure, *, one_case: bool) -> bool:
    if _OF_ONE_SIDE.fullmatch(measure.id):
        return False
    return one_case or not any(_NAMES_SOMEBODY.search(text) for text in (measure.id, measure.name))


def _compared(id: str, first: Measure | None, second: Measure | None, tests: int) -> Compared:
    name = (first or second or _nobody(id)).name
    if first is None or second is None or _is_empty(first) or _is_empty(second) or first.unit != second.unit:
        return Compared(id=id, name=name, first=first, second=second, verdict=Verdict.ONE_SIDED)
    if _has_intervals(first, second):
        return _by_interval(id, first, second, tests)
    if first.kind is second.kind is Interval.BOUNDS:
        return Compared(id=id, name=name, first=first, second=second, verdict=_by_bounds(first, second))
    difference = _number(second) - _number(first)
    return Compared(id=id, name=name, first=first, second=second, verdict=Verdict.COUNTED, difference=difference)


def _nobody(id: str) -> Measure:
    message = f"a row of a comparison has a measure on one side at least, not {id} on neither"
    raise ValueError(message)


def _is_empty(measure: Measure) -> bool:
    if measure.kind is Interval.BOUNDS:
        return measure.low is None or measure.high is None
    return measure.value is None or isinstance(measure.value, str)


def _has_intervals(first: Measure | None, second: Measure | None) -> bool:
    return all(
        each is not None
        and each.kind is Interval.INTERVAL
        and None not in {each.low, each.high, each.level}
        and not _is_empty(each)
        for each in (first, second)
    )


def _by_interval(id: str, first: Measure, second: Measure, tests: int) -> Compared:
    difference = _number(second) - _number(first)
    level = min(first.level or 0.0, second.level or 0.0)
    wider = widening(level, tests)
    down, up = _reach(first)
    down_then, up_then = _reach(second)
    low = difference - wider * (up**2 + down_then**2) ** 0.5
    high = difference + wider * (down**2 + up_then**2) ** 0.5
    verdict = Verdict.NOT_TOLD if low <= 0.0 <= high else Verdict.DIFFERS
    return Compared(
        id=id, name=first.name, first=first, second=second, verdict=verdict, difference=difference, low=low, high=high
    )


def widening(level: float, tests: int) -> float:
    """By how much an interval of this level grows so that ``tests`` of them hold together, on the normal scale."""
    if tests < 2 or not 0.0 < level < 1.0:  # noqa: PLR2004  # one test is the interval itself
        return 1.0
    spread = NormalDist()
    return spread.inv_cdf(1 - (1 - level) / (2 * tests)) / spread.inv_cdf(1 - (1 - level) / 2)


def _reach(measure: Measure) -> tuple[float, float]:
    """How far the interval reaches below and above its value."""
    value = _number(measure)
    return max(0.0, value - float(measure.low or 0.0)), max(0.0, float(measure.high or 0.0) - value)


def _by_bounds(first: Measure, second: Measure) -> Verdict:
    apart = float(first.high or 0) < float(second.low or 0) or float(second.high or 0) < float(first.low or 0)
    return Verdict.DIFFERS if apart else Verdict.NOT_TOLD


def _number(measure: Measure) -> float:
    return float(measure.value) if isinstance(measure.value, int | float) else 0.0
