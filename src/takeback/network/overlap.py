"""Unique accounts as a model: from the posters that several channels share, always beside the hard bounds (M3)."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from takeback.model.channel import Audience
from takeback.model.measure import Measure
from takeback.network.part import Ints
from takeback.network.sheet import Sheet, estimated
from takeback.network.tally import Counts, RowSet

_LEAST_POSTERS, _LEAST_SHARED = 100, 10
_Z = 1.959964
_CAVEAT = (
    "A model, for comparison beside the bounds and never in their place: that readers share channels as posters do "
    "cannot be seen. In simulations such estimates lay between 0.8 and 1.8 times the truth, far outside of their "
    "intervals, which speak of chance alone."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """The posters of channels with a count: in how many of them each posts (N,), and how much it posts (N,)."""

    channels: Ints
    posts: Ints
    rows: RowSet

    def active(self) -> Shared:
        """Those that posted more than once."""
        often = self.posts > 1
        return Shared(channels=self.channels[often], posts=self.posts[often], rows=self.rows)

    @property
    def enough(self) -> bool:
        """Whether so many are shared that a share of them says anything."""
        return len(self.channels) >= _LEAST_POSTERS and int((self.channels > 1).sum()) >= _LEAST_SHARED


def measure_overlap(sheet: Sheet, latest: Sequence[Audience]) -> Iterator[Measure]:
    """The estimate by scaling the sum, and two that show how far it depends on the model."""
    shared = _shared(sheet, [audience.channel for audience in latest])
    low, high = max(each.members for each in latest), sum(each.members for each in latest)
    for id, name, method, used in (
        ("unique", "scaled by all shared posters", "unique posters over posters added up by channel", shared),
        (
            "unique.active",
            "scaled by posters with several posts",
            "as above, of posters with several posts",
            shared.active(),
        ),
        (
            "unique.chao",
            "accounts that ever post, after Chao",
            "posters seen, and those unseen by Chao's estimate",
            shared,
        ),
    ):
        found = _chao(used) if id.endswith("chao") else _scaled(used, high)
        why = "" if found else " Not computed: too few posters are shared by channels with a count."
        measure = sheet.count(
            f"members.model.{id}",
            f"Unique accounts, a model: {name}",
            None,
            of=len(used.channels),
            unit="accounts",
            rows=used.rows,
            method=f"{method}, within the bounds; n is the posters",
            caveat=f"{_CAVEAT}{why}",
        )
        clipped = None if found is None else [min(max(each, low), high) for each in found]
        yield (
            estimated(measure, clipped[0], (clipped[1], clipped[2]), model=True)
            if clipped
            else estimated(measure, None, None, model=True)
        )


def _shared(sheet: Sheet, channels: Sequence[str]) -> Shared:
    posters, seen = Counts(), Counts()
    rows: RowSet = {}
    for channel in channels:
        counts = sheet.tally.counts.get(("posters", channel))
        if counts is None:
            continue
        table = counts.table()
        posters.merge(counts)
        seen.add(table.column("text").combine_chunks())
        rows[channel] = sheet.noted("posts", "signed")[channel]
    accounts = [not str(each).startswith(("channel", "chat")) for each in posters.table().column("text").to_pylist()]
    chosen = np.array(accounts, np.bool_)
    often, posts = (each.table().column("count").to_numpy()[chosen] for each in (seen, posters))
    return Shared(channels=often, posts=posts, rows=rows)


def _scaled(shared: Shared, total: int) -> tuple[float, float, float] | None:
    """The sum of members over the mean number of channels of a poster."""
    if not shared.enough:
        return None
    mean = float(shared.channels.mean())
    error = _Z * float(shared.channels.std(ddof=1)) / math.sqrt(len(shared.channels))
    return total / mean, total / (mean + error), total / max(1.0, mean - error)


def _chao(shared: Shared) -> tuple[float, float, float] | None:
    """Chao's estimate from posters in one channel and in two, with its log-normal interval.

    References:
        Chao, A. (1987). Estimating the population size for capture-recapture data with unequal catchability.
        Biometrics 43, 783-791.
    """
    once, twice = (int((shared.channels == number).sum()) for number in (1, 2))
    if not shared.enough or not twice:
        return None
    ratio, seen = once / twice, len(shared.channels)
    unseen = once * ratio / 2
    variance = twice * (ratio**4 / 4 + ratio**3 + ratio**2 / 2)
    spread = math.exp(_Z * math.sqrt(math.log1p(variance / unseen**2))) if unseen else 1.0
    return seen + unseen, seen + unseen / spread, seen + unseen * spread
