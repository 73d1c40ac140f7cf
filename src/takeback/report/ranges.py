"""The plot of a public report: months whose posts are known as ranges alone."""

from __future__ import annotations

from collections.abc import Sequence

from takeback.report.public_content import PublicMonth
from takeback.report.svg import OUTLINE, SOLID, WIDTH, bar, hatch, hatched, label, line, opening
from takeback.report.words import count

_LABELS_THAT_FIT = 9


def range_plot(months: Sequence[PublicMonth], *, name: str = "growth") -> str:
    """Posts a month: solid up to the lower end of the range, hatched up to the upper one."""
    top, base, left, right = 26.0, 190.0, 64.0, WIDTH - 8
    most = max((each.posts.high for each in months), default=0) or 1
    step = (right - left) / max(1, len(months))
    parts = [opening(212.0, name, "Posts a month, as ranges", range_words(months)), hatch(name)]
    for share in (0.0, 0.5, 1.0):
        y = base - share * (base - top)
        parts.append(line(left, y, right, y, hair=True))
        parts.append(label(left - 6, y + 4, f"{most * share:,.0f}", anchor="end"))
    every = -(-len(months) // _LABELS_THAT_FIT) or 1
    for i, each in enumerate(months):
        x, wide = left + i * step + step * 0.12, step * 0.76
        low, high = (end / most * (base - top) for end in (each.posts.low, each.posts.high))
        parts.append(bar(x, base - low, wide, low, SOLID))
        parts.append(bar(x, base - high, wide, high - low, hatched(name)))
        parts.append(bar(x, base - high, wide, high, OUTLINE))
        if i % every == 0:
            parts.append(label(x + wide / 2, base + 17, each.month, anchor="middle", size=11))
    return "".join((*parts, "</svg>"))


def range_words(months: Sequence[PublicMonth]) -> str:
    """The plot in words."""
    if not months:
        return "No month is shown."
    most = max(months, key=lambda each: each.posts.low)
    span = f"{count(len(months), 'month')} from {months[0].month} to {months[-1].month}"
    return f"{span}; most in {most.month}: {most.posts.words}."
