"""Days of a network in a row: how much was posted on each, and whether it was collected."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np

from takeback.model.measure import Window
from takeback.network.intervals import BLOCK, Series
from takeback.network.sheet import Sheet

QUARTER = 91
"""Days in each of the stretches that are compared: thirteen weeks."""
SILENT = 7
"""After more than so many days in a row without any post, the network is taken as not collected, not as silent."""
_LONGEST = 366 * 60
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Daily:
    """Every day from the first post to the last, (D,) each; ``end`` is the day after the last, since 1970.

    ``collected`` is 0 on the days of a gap, else 1.
    """

    end: int
    posts: Series
    pictures: Series
    collected: Series

    def __len__(self) -> int:
        return len(self.posts)

    @property
    def start(self) -> int:
        """The first day, since 1970."""
        return self.end - len(self)


def daily_of(sheet: Sheet) -> Daily:
    """The days of all channels together; of a very long row, which one wrong clock can make, the last sixty years."""
    held = [(timeline.days[timeline.dated], timeline.rows.pictures[timeline.dated]) for timeline in sheet.home.values()]
    if not any(len(days) for days, _ in held):
        nothing = np.zeros(0)
        return Daily(end=0, posts=nothing, pictures=nothing, collected=nothing)
    end = max(int(days.max()) for days, _ in held if len(days)) + 1
    start = max(end - _LONGEST, min(int(days.min()) for days, _ in held if len(days)))
    posts, pictures = np.zeros(end - start), np.zeros(end - start)
    for days, named in held:
        place = days[days >= start] - start
        posts += np.bincount(place, minlength=end - start)
        pictures += np.bincount(place, weights=named[days >= start], minlength=end - start)
    collected = np.ones(end - start)
    for first, last in silences(posts):
        collected[first:last] = 0
    return Daily(end=end, posts=posts, pictures=pictures, collected=collected)


def silences(posts: Series) -> list[tuple[int, int]]:
    """The runs of days without any post that are long enough to be gaps, as first day and day after the last."""
    seen = np.flatnonzero(posts)
    where = np.flatnonzero(np.diff(seen) - 1 > SILENT)
    return [(int(seen[each]) + 1, int(seen[each + 1])) for each in where]


def in_blocks(values: Series) -> Series:
    """Sums over whole blocks of days; days that do not fill one at the beginning are left out."""
    whole = len(values) // BLOCK * BLOCK
    sums: Series = values[len(values) - whole :].reshape(-1, BLOCK).sum(axis=1)
    return sums


def window_of_days(start: int, end: int) -> Window:
    """From one midnight to another, in days since 1970."""
    return Window(start=_EPOCH + timedelta(days=start), end=_EPOCH + timedelta(days=end))
