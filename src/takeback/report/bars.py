"""A plot of rows: a label, a bar with its interval, and the number in words; for hosts, prices, languages, hours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from takeback.report.svg import DASHED, SOLID, WIDTH, bar, label, opening, shortened, whisker

_ROW = 24.0
_LEFT = 138.0
_RIGHT = 118.0
_LONGEST_LABEL = 22
_LONGEST_SAID = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A row: its label, how long its bar is, what is said beside it, and its interval. No value is drawn as a gap."""

    label: str
    value: float | None
    said: str
    low: float | None = None
    high: float | None = None


def bars_plot(bars: Sequence[Bar], *, title: str, words: str, name: str) -> str:
    """The rows under each other, all on one axis from nothing to the greatest value or upper end."""
    full = WIDTH - _LEFT - _RIGHT
    most = max((end for each in bars for end in (each.value, each.high) if end is not None), default=0.0) or 1.0
    parts = [opening(len(bars) * _ROW + 8, name, title, words)]
    for i, each in enumerate(bars):
        y = i * _ROW + 4
        parts.append(label(0, y + 15, shortened(each.label, _LONGEST_LABEL), size=11))
        if each.value is None:
            parts.append(bar(_LEFT, y + 5, full * 0.06, 12, DASHED))
        else:
            parts.append(bar(_LEFT, y + 5, max(0.0, each.value) / most * full, 12, SOLID))
        if each.low is not None and each.high is not None:
            low, high = (_LEFT + max(0.0, end) / most * full for end in (each.low, each.high))
            parts.append(whisker(low, high, y + 11))
        parts.append(label(WIDTH - _RIGHT + 8, y + 15, shortened(each.said, _LONGEST_SAID), size=12))
    return "".join((*parts, "</svg>"))
