"""Writing measures down: a number with its unit, n, interval, method, window, caveat and rows."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from takeback.model.channel import Channel
from takeback.model.measure import Interval, Measure, Rows, Window
from takeback.network.network import Network
from takeback.network.part import Ints, Mask
from takeback.network.tally import RowSet, Tally
from takeback.network.timeline import Timeline

LEVEL = 0.95
NO_ROWS: RowSet = {}
COMMUNITIES = {"vk": "vk.com"}
"""Other platforms with communities, by the scheme of their channels' ids, and their hosts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A sheet of one census: what it measures, what was gathered, and the window that it speaks of.

    ``channels`` are those of the network in order of id, with those that only posts name; ``timelines`` has the posts
    of each channel that has any.
    """

    network: Network
    tally: Tally
    channels: tuple[Channel, ...]
    timelines: Mapping[str, Timeline]
    window: Window

    @property
    def home(self) -> Mapping[str, Timeline]:
        """The timelines of the network's own channels, without the pages and communities that promote it."""
        return {channel: each for channel, each in self.timelines.items() if not is_abroad(channel)}

    @property
    def posts(self) -> int:
        """How many posts there are, of all kinds."""
        return sum(map(len, self.timelines.values()))

    def chosen(self, choose: Callable[[Timeline], Mask], among: Mapping[str, Timeline] | None = None) -> RowSet:
        """The posts that are chosen in each timeline, or in each of some."""
        timelines = self.timelines if among is None else among
        rows = {channel: timeline.ids[choose(timeline)] for channel, timeline in timelines.items()}
        return {channel: [ids] for channel, ids in rows.items() if len(ids)}

    def noted(self, *key: str) -> RowSet:
        """The rows that were noted under a key."""
        return self.tally.rows.get(key, NO_ROWS)

    def number(self, *key: str) -> int:
        """The number that was added up under a key."""
        return self.tally.numbers.get(key, 0)

    def rows(self, table: str, ids: Iterable[str]) -> Rows:
        """The rows of a measure: their table, their number, and a keyed digest of their sorted ids."""
        return self.ordered_rows(table, sorted(ids))

    def ordered_rows(self, table: str, ids: Iterable[str]) -> Rows:
        """The rows of a measure as above, of ids that come in their order already."""
        digest = hmac.new(self.network.row_key, table.encode() + b"\0", hashlib.sha256)
        count = 0
        for each in ids:
            count += 1
            digest.update(_measured(each.encode("utf-8", "surrogatepass")))
        return Rows(table=table, count=count, digest=digest.hexdigest())

    def post_rows(self, rows: RowSet, table: str = "posts") -> Rows:
        """The rows of a measure that are posts, or things of posts: a keyed digest, over channels in order.

        Of each channel it takes in the id and the SHA-256 of its sorted rows, each number as eight bytes, the most
        significant first. So it can be made channel by channel, in whatever order the rows were read.
        """
        digest = hmac.new(self.network.row_key, table.encode() + b"\0", hashlib.sha256)
        count = 0
        for channel in sorted(rows):
            ids = _sorted(rows[channel])
            count += len(ids)
            inner = hashlib.sha256(ids.astype(">i8").tobytes()).digest()
            digest.update(_measured(channel.encode("utf-8", "surrogatepass")) + inner)
        return Rows(table=table, count=count, digest=digest.hexdigest())

    def count(
        self,
        id: str,
        name: str,
        value: float | str | None,
        *,
        of: int,
        unit: str,
        rows: Rows | RowSet,
        method: str,
        caveat: str,
    ) -> Measure:
        """A count of what the material holds, among ``of``; None where there is nothing to count in."""
        return Measure(
            id=id,
            name=name,
            value=value,
            unit=unit,
            n=of,
            low=None,
            high=None,
            kind=Interval.EXACT,
            level=None,
            method=method,
            window=self.window,
            rows=rows if isinstance(rows, Rows) else self.post_rows(rows),
            caveat=caveat,
        )

    def share(
        self, id: str, name: str, part: int, *, of: int, unit: str, rows: Rows | RowSet, method: str, caveat: str
    ) -> Measure:
        """A share of what the material holds; None where there is nothing to have a share of."""
        counted = self.count(id, name, part, of=of, unit=f"share of {unit}", rows=rows, method=method, caveat=caveat)
        return replace(counted, value=part / of if of else None)


def is_abroad(channel: str) -> bool:
    """Whether a channel is of another platform: it promotes a network, and is no part of it."""
    scheme = channel.partition(":")[0]
    return scheme == "web" or scheme in COMMUNITIES


def size(rows: RowSet) -> int:
    """How many rows there are."""
    return sum(len(ids) for parts in rows.values() for ids in parts)


def together(rows: Iterable[RowSet]) -> RowSet:
    """Rows of several sets as one; a row that is in two comes once."""
    joined: dict[str, list[Ints]] = {}
    for each in rows:
        for channel, parts in each.items():
            joined.setdefault(channel, []).extend(parts)
    return {channel: [np.unique(np.concatenate(parts), axis=0)] for channel, parts in joined.items()}


def one(channel: str, id: int) -> RowSet:
    """A single row."""
    return {channel: [np.array([id], np.int64)]}


def bounded(measure: Measure, *, low: float, high: float) -> Measure:
    """The measure as hard bounds, without a point between them."""
    return replace(measure, value=None, low=low, high=high, kind=Interval.BOUNDS)


def estimated(
    measure: Measure, value: float | None, interval: tuple[float, float] | None, *, model: bool = False
) -> Measure:
    """The measure as an estimate with its 95 % interval, or without a value where the material cannot carry one."""
    if interval is None:
        return replace(measure, value=value, model=model)
    low, high = interval
    return replace(measure, value=value, low=low, high=high, kind=Interval.INTERVAL, level=LEVEL, model=model)


def within(measure: Measure, window: Window) -> Measure:
    """The measure with a window of its own."""
    return replace(measure, window=window)


def _measured(content: bytes) -> bytes:
    return len(content).to_bytes(8, "big") + content


def _sorted(parts: list[Ints]) -> Ints:
    ids = np.concatenate(parts)
    return np.sort(ids) if ids.ndim == 1 else ids[np.lexsort((ids[:, 1], ids[:, 0]))]
