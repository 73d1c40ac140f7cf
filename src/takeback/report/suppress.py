"""Counts that cannot be subtracted: bins, a floor under small ones, and totals that tell no more than their parts."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping

from takeback.report.public_content import Bin

FLOOR = 5
"""Counts below it are never told apart from each other, nor from none."""

SMALL = Bin(low=0, high=FLOOR - 1)

_EDGES = (5, 10, 20, 50)
_FEW_EDGES = (5, 20, 50)
"""Of channels: there are few of them, and what is said of their members must not narrow their number."""


def steady(counts: Mapping[str, int], published: Mapping[str, int]) -> dict[str, int]:
    """The counts that a public report rests on: the published one again, until the true one is `FLOOR` away from it.

    So two public reports of a case that differ by fewer posts than `FLOOR` are the same, wherever the edges lie.
    """
    return {
        name: published[name] if name in published and abs(published[name] - count) < FLOOR else count
        for name, count in counts.items()
    }


def bin_of(count: int) -> Bin:
    """The bin of a count: under 5, then 5, 10, 20, 50, 100, 200, 500 and so on."""
    return _bin(count, _EDGES)


def few_bin_of(count: int) -> Bin:
    """The wider bin of a number of channels: under 5, then 5, 20, 50, 200, 500 and so on."""
    return _bin(count, _FEW_EDGES)


def _bin(count: int, first: tuple[int, ...]) -> Bin:
    if count < FLOOR:
        return SMALL
    scale = 1
    while count >= FLOOR * 10 * scale:
        scale *= 10
    edges = [edge * scale for edge in (*first, FLOOR * 10)]
    position = bisect_right(edges, count) - 1
    return Bin(low=edges[position], high=edges[position + 1] - 1)


def added(parts: Iterable[Bin]) -> Bin:
    """The range of a total, from the ranges of its parts alone: outward to the edges of bins, and never finer."""
    bins = tuple(parts)
    return Bin(low=bin_of(sum(each.low for each in bins)).low, high=bin_of(sum(each.high for each in bins)).high)


def within(part: Bin, whole: Bin) -> Bin:
    """The range of a count that is part of another: its own, or the other's where it would narrow that one.

    A part that may be as large as the least of the whole would say that the whole is no smaller: it gets its range.
    Both have the edges of bins, so that the true count stays inside; what is larger than the whole was no part of it.
    """
    return whole if part.high >= whole.low and part.low <= whole.high else part
