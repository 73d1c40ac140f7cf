"""Small plots as SVG: growth, members, polls. Each reads in black and white and has its table beside it."""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import escape

from takeback.report.blocks import Table
from takeback.report.content import MemberCount, Month, PollTable
from takeback.report.words import day, percent, visible

_WIDTH = 440.0
_INK = "#1d2b38"
_SOLID = f'class="mid" fill="#8798a5" stroke="{_INK}" stroke-width="0.6"'
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_LABELS_THAT_FIT = 9
_ROW = 46.0
_LONGEST_LABEL = 52


def month_name(month: Month) -> str:
    """A month as it is labelled: ``Mar 2026``."""
    return f"{_MONTHS[month.month - 1]} {month.year}"


def growth_plot(months: Sequence[Month], *, name: str = "growth") -> str:
    """Posts a month as bars; months that may be incomplete are hatched and outlined, never left out."""
    top, base, left, right = 26.0, 190.0, 52.0, _WIDTH - 8
    most = max((each.posts for each in months), default=0) or 1
    step = (right - left) / max(1, len(months))
    parts = [_opening(230.0, name, "Posts a month", growth_words(months)), _hatch(name)]
    for share in (0.0, 0.5, 1.0) if most > 1 else (0.0, 1.0):
        y = base - share * (base - top)
        parts.append(_line(left, y, right, y, hair=True))
        parts.append(_text(left - 6, y + 4, f"{most * share:,.0f}", anchor="end"))
    every = -(-len(months) // _LABELS_THAT_FIT) or 1
    for i, each in enumerate(months):
        high = each.posts / most * (base - top)
        x = left + i * step
        fill = f'fill="url(#{name}-hatch)"' if each.gap else _SOLID
        parts.append(_bar(x + step * 0.12, base - high, step * 0.76, high, fill))
        if each.gap:
            outline = f'class="ink-line" fill="none" stroke="{_INK}" stroke-dasharray="4 3"'
            parts.append(_bar(x + step * 0.12, base - max(high, 14), step * 0.76, max(high, 14), outline))
        if i % every == 0:
            parts.append(_text(x + step / 2, base + 17, _MONTHS[each.month - 1], anchor="middle"))
            parts.append(_text(x + step / 2, base + 31, str(each.year), anchor="middle", size=10))
    return "".join((*parts, "</svg>"))


def growth_words(months: Sequence[Month]) -> str:
    """The growth plot in words."""
    if not months:
        return "No month is known."
    most = max(months, key=lambda each: each.posts)
    gaps = sum(1 for each in months if each.gap)
    return (
        f"{len(months)} months from {month_name(months[0])} to {month_name(months[-1])}; most posts in "
        f"{month_name(most)} "
        f"({most.posts:,}); {gaps} may be incomplete."
    )


def growth_table(months: Sequence[Month]) -> Table:
    """The table behind the growth plot."""
    rows = tuple((month_name(each), f"{each.posts:,}", f"{each.media:,}", visible(each.gap or "")) for each in months)
    return Table(
        caption="Posts and media a month (UTC)",
        head=("Month", "Posts", "Media", "May be incomplete"),
        rows=rows,
        numeric=(1, 2),
    )


def members_bounds_plot(members: Sequence[MemberCount], *, name: str = "members") -> str:
    """Members of each channel as bars, and below them the bounds of unique accounts: from the largest to the sum."""
    members = latest(members)
    total = sum(each.members for each in members) or 1
    largest = max((each.members for each in members), default=0)
    height = (len(members) + 1) * _ROW + 24
    parts = [
        _opening(height, name, "Members by channel, and bounds of unique accounts", members_words(members)),
        _hatch(name),
    ]
    full = _WIDTH - 8
    for i, each in enumerate(members):
        y = i * _ROW + 8
        parts.append(_text(0, y + 12, f"{each.channel}: {each.members:,} ({day(each.time)})"))
        parts.append(
            _bar(
                0,
                y + 18,
                each.members / total * full,
                14,
                f'class="mid" fill="#8798a5" stroke="{_INK}" stroke-width="0.6"',
            )
        )
    y = len(members) * _ROW + 12
    parts.append(
        _text(0, y + 12, f"unique accounts: between {largest:,} and {sum(each.members for each in members):,}")
    )
    outline = f'class="ink-line" fill="none" stroke="{_INK}"'
    parts.append(_bar(0.5, y + 18, largest / total * full, 14, _SOLID))
    parts.append(_bar(largest / total * full, y + 18, full - largest / total * full, 14, f'fill="url(#{name}-hatch)"'))
    parts.append(_bar(0.5, y + 18, full - 1, 14, outline))
    return "".join((*parts, "</svg>"))


def latest(members: Sequence[MemberCount]) -> tuple[MemberCount, ...]:
    """The latest count of each channel, in the order in which the channels first appear."""
    last: dict[str, MemberCount] = {}
    for each in members:
        known = last.get(each.channel)
        last[each.channel] = each if known is None or each.time >= known.time else known
    return tuple(last.values())


def members_words(members: Sequence[MemberCount]) -> str:
    """The members plot in words."""
    if not members:
        return "No member count is recorded."
    members = latest(members)
    largest, total = max(each.members for each in members), sum(each.members for each in members)
    return (
        f"{len(members)} counts; the largest is {largest:,}, their sum {total:,}. Unique accounts lie between the two."
    )


def members_table(members: Sequence[MemberCount]) -> Table:
    """The table behind the members plot."""
    rows = tuple((each.channel, f"{each.members:,}", day(each.time), visible(each.source)) for each in members)
    return Table(caption="Member counts", head=("Channel", "Members", "Counted on", "Source"), rows=rows, numeric=(1,))


def poll_plot(poll: PollTable, *, name: str = "poll") -> str:
    """The share of each answer as a bar, with its 95 % interval as a whisker."""
    parts = [_opening(len(poll.answers) * _ROW + 30, name, f"Answers of {poll.name}", poll_words(poll))]
    full = _WIDTH - 12
    for i, each in enumerate(poll.answers):
        y = i * _ROW + 6
        label = visible(each.answer)
        short = label if len(label) <= _LONGEST_LABEL else label[: _LONGEST_LABEL - 1] + "…"
        parts.append(_text(0, y + 12, f"{percent(each.share)}  {short}"))
        parts.append(_bar(0, y + 19, each.share * full, 12, _SOLID))
        low, high, middle = each.low * full, each.high * full, y + 25
        parts.append(_line(low, middle, high, middle))
        parts.append(_line(low, middle - 6, low, middle + 6))
        parts.append(_line(high, middle - 6, high, middle + 6))
    base = len(poll.answers) * _ROW + 4
    parts.append(_line(0, base, full, base, hair=True))
    for share, anchor in ((0.0, "start"), (0.5, "middle"), (1.0, "end")):
        parts.append(_text(share * full, base + 17, percent(share), anchor=anchor, size=11))
    return "".join((*parts, "</svg>"))


def poll_words(poll: PollTable) -> str:
    """The poll plot in words."""
    answers = "; ".join(f"{visible(each.answer)}: {percent(each.share)}" for each in poll.answers)
    return f"{poll.voters:,} voters. {answers}."


def poll_table(poll: PollTable) -> Table:
    """The table behind the poll plot."""
    rows = tuple(
        (visible(each.answer), f"{each.voters:,}", percent(each.share), f"{percent(each.low)} to {percent(each.high)}")
        for each in poll.answers
    )
    return Table(
        caption=f"Answers of {poll.name}",
        head=("Answer", "Voters", "Share", "95 % interval"),
        rows=rows,
        numeric=(1, 2, 3),
    )


def _opening(height: float, name: str, title: str, words: str) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH:.0f} {height:.0f}" role="img" '
        f'aria-labelledby="{name}-title {name}-desc" font-family="Noto Sans, sans-serif" font-size="13">'
        f'<title id="{name}-title">{escape(visible(title))}</title>'
        f'<desc id="{name}-desc">{escape(visible(words))}</desc>'
    )


def _hatch(name: str) -> str:
    return (
        f'<defs><pattern id="{name}-hatch" width="6" height="6" patternUnits="userSpaceOnUse">'
        f'<path class="ink-line" d="M-1.5,1.5 L1.5,-1.5 M0,6 L6,0 M4.5,7.5 L7.5,4.5" stroke="{_INK}" '
        f'stroke-width="1.2" fill="none"/>'
        "</pattern></defs>"
    )


def _bar(x: float, y: float, width: float, height: float, attributes: str) -> str:
    return f'<rect x="{x:.2f}" y="{y:.2f}" width="{max(0.0, width):.2f}" height="{max(0.0, height):.2f}" {attributes}/>'


def _line(x1: float, y1: float, x2: float, y2: float, *, hair: bool = False) -> str:
    look = (
        'class="hair-line" stroke="#9aa7b0" stroke-width="0.7"'
        if hair
        else f'class="ink-line" stroke="{_INK}" stroke-width="1.6"'
    )
    return f'<line x1="{x1:.2f}" y1="{y1:.2f}" x2="{x2:.2f}" y2="{y2:.2f}" {look}/>'


def _text(x: float, y: float, text: str, *, anchor: str = "start", size: int = 13) -> str:
    place = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}"'
    return f'<text class="ink-fill" {place} fill="{_INK}">{escape(visible(text))}</text>'
