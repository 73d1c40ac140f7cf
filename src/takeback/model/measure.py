"""Measures: a number never travels alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Interval(StrEnum):
    """What ``low`` and ``high`` are."""

    INTERVAL = "interval"
    BOUNDS = "bounds"
    EXACT = "exact"


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The time that a measure speaks of; either end may be open."""

    start: datetime | None
    end: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """The rows that a measure came from: table, count, and a keyed digest of their sorted ids."""

    table: str
    count: int
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """A number with unit, n, interval or bounds, method, window, caveat and the rows it came from."""

    id: str
    name: str
    value: float | int | str | None
    unit: str
    n: int
    low: float | None
    high: float | None
    kind: Interval
    level: float | None
    method: str
    window: Window
    rows: Rows | None
    caveat: str
    model: bool = False
