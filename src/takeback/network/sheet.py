"""Writing measures down: a number with its unit, n, interval, method, window, caveat and rows."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass, replace

from takeback.model.measure import Interval, Measure, Rows, Window
from takeback.network.network import Network

LEVEL = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A sheet of one census: what it measures, and the window that it speaks of."""

    network: Network
    window: Window

    def rows(self, table: str, ids: Iterable[str]) -> Rows:
        """The rows of a measure: their table, their number, and a keyed digest of their sorted ids."""
        digest = hmac.new(self.network.row_key, table.encode() + b"\0", hashlib.sha256)
        ordered = sorted(ids)
        for each in ordered:
            content = each.encode("utf-8", "surrogatepass")
            digest.update(len(content).to_bytes(8, "big") + content)
        return Rows(table=table, count=len(ordered), digest=digest.hexdigest())

    def count(
        self,
        id: str,
        name: str,
        value: int | None,
        *,
        of: int,
        unit: str,
        rows: Rows,
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
            rows=rows,
            caveat=caveat,
        )

    def share(
        self, id: str, name: str, part: int, *, of: int, unit: str, rows: Rows, method: str, caveat: str
    ) -> Measure:
        """A share of what the material holds; None where there is nothing to have a share of."""
        counted = self.count(id, name, part, of=of, unit=f"share of {unit}", rows=rows, method=method, caveat=caveat)
        return replace(counted, value=part / of if of else None)


def bounded(measure: Measure, *, low: int, high: int) -> Measure:
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
