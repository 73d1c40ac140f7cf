"""The drawing of forwards: sources on the left, channels that repeat them on the right; the same on every machine."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from takeback.report.blocks import Table
from takeback.report.content import ForwardEdge
from takeback.report.svg import INK, OUTLINE, WIDTH, bar, label, opening, shortened
from takeback.report.words import count

MOST = 12
"""Sources and channels that are drawn one by one; the others of each side are drawn together."""

MOST_ROWS = 60
"""Edges that the table lists one by one."""

_ROW = 30.0
_LEFT, _RIGHT = 162.0, WIDTH - 162.0
_LONGEST = 22
_THINNEST, _THICKEST = 0.8, 9.0


def flow_plot(edges: Sequence[ForwardEdge], *, name: str = "forwards") -> str:
    """An SVG with a line for each pair, thicker with more forwards, dashed where a display name alone ties the two."""
    drawn = gathered(edges)
    sources = _ranked(drawn, lambda edge: edge.source)
    channels = _ranked(drawn, lambda edge: edge.channel)
    rows = max(len(sources), len(channels), 1)
    most = max((each.posts for each in drawn), default=1)
    parts = [opening(rows * _ROW + 34, name, "Who is forwarded into which channel", flow_words(edges))]
    parts += [label(0, 14, "named as source", size=11), label(WIDTH, 14, "forwarded into", anchor="end", size=11)]
    left = {each: _place(i, len(sources), rows) for i, each in enumerate(sources)}
    right = {each: _place(i, len(channels), rows) for i, each in enumerate(channels)}
    parts += [_line(left[each.source], right[each.channel], each, most) for each in reversed(drawn)]
    for each, y in left.items():
        parts.append(label(0, y + 4, f"{shortened(each, _LONGEST)}: {sources[each]:,}", size=11))
        parts.append(bar(_LEFT - 3, y - 6, 3, 12, OUTLINE))
    for each, y in right.items():
        parts.append(label(WIDTH, y + 4, f"{shortened(each, _LONGEST)}: {channels[each]:,}", anchor="end", size=11))
        parts.append(bar(_RIGHT, y - 6, 3, 12, OUTLINE))
    return "".join((*parts, "</svg>"))


def gathered(edges: Sequence[ForwardEdge]) -> tuple[ForwardEdge, ...]:
    """The edges as they are drawn: what lies beyond the strongest sources and channels is put together."""
    sources = _names(edges, lambda edge: edge.source, "source")
    channels = _names(edges, lambda edge: edge.channel, "channel")
    posts: Counter[tuple[str, str]] = Counter()
    by_name: dict[tuple[str, str], bool] = {}
    for each in edges:
        pair = sources[each.source], channels[each.channel]
        posts[pair] += each.posts
        by_name[pair] = by_name.get(pair, True) and each.by_name
    made = (ForwardEdge(source=a, channel=b, posts=posts[a, b], by_name=by_name[a, b]) for a, b in posts)
    return tuple(sorted(made, key=lambda each: (-each.posts, each.source, each.channel)))


def flow_words(edges: Sequence[ForwardEdge]) -> str:
    """The drawing in words."""
    if not edges:
        return "No forward names its source."
    total = sum(each.posts for each in edges)
    by_name = sum(each.posts for each in edges if each.by_name)
    strongest = min(edges, key=lambda each: (-each.posts, each.source, each.channel))
    return (
        f"{count(total, 'forward')} from {count(len({each.source for each in edges}), 'source')} into "
        f"{count(len({each.channel for each in edges}), 'channel')}; {by_name:,} of them by display name only. Most: "
        f"{strongest.source} into {strongest.channel}, {strongest.posts:,}."
    )


def flow_table(edges: Sequence[ForwardEdge]) -> Table:
    """The table behind the drawing, strongest edges first; what is beyond the longest list is one row."""
    ordered = sorted(edges, key=lambda each: (-each.posts, each.source, each.channel, each.by_name))
    rows = [
        (each.source, each.channel, "display name" if each.by_name else "platform id", f"{each.posts:,}")
        for each in ordered[:MOST_ROWS]
    ]
    rest = ordered[MOST_ROWS:]
    if rest:
        rows.append((f"{count(len(rest), 'other pair')}", "", "", f"{sum(each.posts for each in rest):,}"))
    return Table(
        caption="Forwards by source and channel",
        head=("Named as source", "Forwarded into", "Tied by", "Forwards"),
        rows=tuple(rows),
        numeric=(3,),
    )


def _names(edges: Sequence[ForwardEdge], end: Callable[[ForwardEdge], str], noun: str) -> dict[str, str]:
    """How each end is called on the drawing: by its name, or with all others."""
    ranked = list(_ranked(edges, end))
    kept = ranked if len(ranked) <= MOST else ranked[: MOST - 1]
    rest = len(ranked) - len(kept)
    return {each: each if each in set(kept) else f"{rest:,} other {noun}s" for each in ranked}


def _ranked(edges: Sequence[ForwardEdge], end: Callable[[ForwardEdge], str]) -> dict[str, int]:
    totals: Counter[str] = Counter()
    for each in edges:
        totals[end(each)] += each.posts
    return dict(sorted(totals.items(), key=lambda item: (" other " in item[0], -item[1], item[0])))


def _place(position: int, number: int, rows: int) -> float:
    """The height of a row, with the shorter side spread over the height of the longer one."""
    return 34.0 + (position + 0.5) * rows / number * _ROW - _ROW / 2


def _line(start: float, end: float, edge: ForwardEdge, most: int) -> str:
    wide = _THINNEST + (_THICKEST - _THINNEST) * (edge.posts / most) ** 0.5
    dash = ' stroke-dasharray="6 4"' if edge.by_name else ""
    middle = (_LEFT + _RIGHT) / 2
    return (
        f'<path class="ink-line" d="M{_LEFT:.1f},{start:.1f} C{middle:.1f},{start:.1f} {middle:.1f},{end:.1f} '
        f'{_RIGHT:.1f},{end:.1f}" fill="none" stroke="{INK}" stroke-width="{wide:.2f}" stroke-opacity="0.55"{dash}/>'
    )
