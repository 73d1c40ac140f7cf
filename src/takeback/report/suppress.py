"""Counts that cannot be subtracted: bins, a floor under small ones, and what would give them away goes with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from takeback.report.content import Bin

FLOOR = 5
"""Counts below it are never told apart from each other, nor from none."""

SMALL = Bin(low=0, high=FLOOR - 1)
HIDDEN = Bin(low=0, high=None)

_EDGES = (5, 10, 20, 50)


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
    if count < FLOOR:
        return SMALL
    scale = 1
    while count >= _EDGES[0] * 10 * scale:
        scale *= 10
    edges = [edge * scale for edge in (*_EDGES, _EDGES[0] * 20)]
    position = max(i for i, edge in enumerate(edges) if edge <= count)
    return Bin(low=edges[position], high=edges[position + 1] - 1)


def bins_of(parts: Sequence[int], total: int) -> tuple[tuple[Bin, ...], Bin]:
    """The bins of parts and of their total, with further parts hidden while the others would narrow a small one.

    A small part is narrowed when the total and the other parts leave it fewer values than 0 to 4. The smallest part
    that is shown is then hidden too; when none is left, the total is.
    """
    shown = [bin_of(part) for part in parts]
    whole = bin_of(total)
    while any(_narrowed(i, shown, whole) for i in range(len(shown)) if shown[i] == SMALL):
        left = [i for i, each in enumerate(shown) if each not in (SMALL, HIDDEN)]
        if left:
            shown[min(left, key=lambda i: (parts[i], i))] = HIDDEN
        else:
            whole = HIDDEN
    return tuple(shown), whole


def _narrowed(position: int, shown: Sequence[Bin], whole: Bin) -> bool:
    low, high = reach(position, shown, whole)
    return low > 0 or (high is not None and high < FLOOR - 1)


def reach(position: int, shown: Sequence[Bin], whole: Bin) -> tuple[int, int | None]:
    """What a reader can work out about one part from the total and the other parts: its least and greatest value.

    The reader knows these rules, and so that a hidden part is at least `FLOOR`.
    """
    others = [each for i, each in enumerate(shown) if i != position]
    least_of_others = sum(FLOOR if each == HIDDEN else each.low for each in others)
    most = None if whole.high is None else whole.high - least_of_others
    if any(each.high is None for each in others):
        return 0, most
    least = whole.low - sum(each.high for each in others if each.high is not None)
    return max(0, least), most
