"""Small plots as SVG: growth, members, polls. Each reads in black and white and has its table beside it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from takeback.report.blocks import Table
from takeback.report.content import MemberCount, Month, PollTable
from takeback.report.svg import (
    DASHED,
    OUTLINE,
    SOLID,
    WIDTH,
    bar,
    hatch,
    hatched,
    label,
    line,
    opening,
    shortened,
    whisker,
)
from takeback.report.words import count, day, percent, visible

MOST_CHANNELS = 16
"""Channels that are drawn one by one; the others are drawn together."""

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_LABELS_THAT_FIT = 9
_ROW = 46.0
_MOST_COUNTS = 60
_LONGEST_LABEL = 52
_LEAST_GAP = 14.0


def month_name(month: Month) -> str:
    """A month as it is labelled: ``Mar 2026``."""
    return f"{_MONTHS[month.month - 1]} {month.year}"


def growth_plot(months: Sequence[Month], *, name: str = "growth", most: int = 0) -> str:
    """Posts a month as bars; a gap in the collection is an outline without a bar, left-out months break the axis.

    ``most`` is what the axis reaches at least, so that two plots can be compared.
    """
    top, base, left, right = 26.0, 190.0, 52.0, WIDTH - 8
    most = max([most, *(each.posts for each in months)]) or 1
    step = (right - left) / max(1, len(months))
    parts = [opening(230.0, name, "Posts a month", growth_words(months)), hatch(name)]
    for share in (0.0, 0.5, 1.0) if most > 1 else (0.0, 1.0):
        y = base - share * (base - top)
        parts.append(line(left, y, right, y, hair=True))
        parts.append(label(left - 6, y + 4, f"{most * share:,.0f}", anchor="end"))
    every = -(-len(months) // _LABELS_THAT_FIT) or 1
    for i, each in enumerate(months):
        high = each.posts / most * (base - top)
        x = left + i * step
        parts.append(bar(x + step * 0.12, base - high, step * 0.76, high, hatched(name) if each.gap else SOLID))
        if each.gap:
            shown = max(high, _LEAST_GAP)
            parts.append(bar(x + step * 0.12, base - shown, step * 0.76, shown, DASHED))
        if i + 1 < len(months) and _between(each, months[i + 1]):
            parts.append(line(x + step - 2, base - 5, x + step + 2, base + 5))
        if i % every == 0:
            parts.append(label(x + step / 2, base + 17, _MONTHS[each.month - 1], anchor="middle"))
            parts.append(label(x + step / 2, base + 31, str(each.year), anchor="middle", size=10))
    return "".join((*parts, "</svg>"))


def _between(month: Month, after: Month) -> int:
    """Months between two that are drawn side by side."""
    return (after.year - month.year) * 12 + after.month - month.month - 1


def growth_words(months: Sequence[Month]) -> str:
    """The growth plot in words."""
    if not months:
        return "No month is known."
    most = max(months, key=lambda each: each.posts)
    gaps = sum(1 for each in months if each.gap)
    left_out = sum(_between(each, after) for each, after in pairwise(months))
    broken = f" {count(left_out, 'month')} without a post left out, where the axis is broken." if left_out else ""
    return (
        f"{count(len(months), 'month')} from {month_name(months[0])} to {month_name(months[-1])}; most posts in "
        f"{month_name(most)} "
        f"({most.posts:,}); {gaps} may be incomplete.{broken}"
    )


def growth_table(months: Sequence[Month]) -> Table:
    """The table behind the growth plot."""
    rows = tuple((month_name(each), f"{each.posts:,}", f"{each.media:,}", visible(each.gap or "")) for each in months)
    return Table(
        caption="Posts and media a month (UTC)",
        head=("Month", "Posts", "Media present", "May be incomplete because"),
        rows=rows,
        numeric=(1, 2),
    )


def members_bounds_plot(members: Sequence[MemberCount], *, name: str = "members") -> str:
    """Members of each channel as bars, and below them the bounds of unique accounts: from the largest to the sum."""
    words = members_words(members)
    members = sorted(latest(members), key=lambda each: (-each.members, each.channel))
    rows, rest = members[:MOST_CHANNELS], members[MOST_CHANNELS:]
    total = sum(each.members for each in members) or 1
    largest = max((each.members for each in members), default=0)
    drawn = [(f"{each.channel}: {each.members:,} ({day(each.time)})", each.members) for each in rows]
    if rest:
        together = sum(each.members for each in rest)
        drawn.append((f"{count(len(rest), 'other channel')}, added up: {together:,}", together))
    height = (len(drawn) + 1) * _ROW + 24
    parts = [opening(height, name, "Members by channel, and bounds of unique accounts", words), hatch(name)]
    full = WIDTH - 8
    for i, (said, number) in enumerate(drawn):
        y = i * _ROW + 8
        look = SOLID if i < len(rows) else OUTLINE
        parts += [label(0, y + 12, said), bar(0.5, y + 18, number / total * full, 14, look)]
    y = len(drawn) * _ROW + 12
    known = sum(each.members for each in members)
    parts.append(label(0, y + 12, f"unique accounts: between {largest:,} and {known:,}"))
    parts.append(bar(0.5, y + 18, largest / total * full, 14, SOLID))
    parts.append(bar(largest / total * full, y + 18, full - largest / total * full, 14, hatched(name)))
    parts.append(bar(0.5, y + 18, full - 1, 14, OUTLINE))
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
    first, last = min(each.time for each in members), max(each.time for each in members)
    when = f"of {day(last)}" if first.date() == last.date() else f"made between {day(first)} and {day(last)}"
    return (
        f"{count(len(members), 'count')} {when}; the largest is {largest:,}, their sum {total:,}. Unique accounts at "
        "one time lie between the two."
    )


def members_table(members: Sequence[MemberCount]) -> Table:
    """The table behind the members plot."""
    shown = members if len(members) <= _MOST_COUNTS else latest(members)[:_MOST_COUNTS]
    rows = [(each.channel, f"{each.members:,}", day(each.time), visible(each.source)) for each in shown]
    if len(shown) < len(members):
        rows.append((f"{count(len(members) - len(shown), 'further count')} not listed", "", "", ""))
    return Table(
        caption="Member counts", head=("Channel", "Members", "Counted on", "Source"), rows=tuple(rows), numeric=(1,)
    )


def poll_plot(poll: PollTable, *, name: str = "poll") -> str:
    """The share of each answer as a bar, with its 95 % interval as a whisker."""
    parts = [opening(len(poll.answers) * _ROW + 30, name, f"Answers of {poll.name}", poll_words(poll))]
    full = WIDTH - 12
    for i, each in enumerate(poll.answers):
        y = i * _ROW + 6
        parts.append(label(0, y + 12, f"{percent(each.share)}  {shortened(each.answer, _LONGEST_LABEL)}"))
        parts.append(bar(0, y + 19, each.share * full, 12, SOLID))
        parts.append(whisker(each.low * full, each.high * full, y + 25))
    base = len(poll.answers) * _ROW + 4
    parts.append(line(0, base, full, base, hair=True))
    for share, anchor in ((0.0, "start"), (0.5, "middle"), (1.0, "end")):
        parts.append(label(share * full, base + 17, percent(share), anchor=anchor, size=11))
    return "".join((*parts, "</svg>"))


def poll_words(poll: PollTable) -> str:
    """The poll plot in words."""
    answers = "; ".join(
        f"{visible(each.answer)}: {percent(each.share)} ({percent(each.low)} to {percent(each.high)})"
        for each in poll.answers
    )
    return f"{count(poll.voters, 'voter')}. {answers or 'No answer is known'}. {poll_rest(poll)}"


def poll_rest(poll: PollTable) -> str:
    """What the answers leave open, and whether the poll was."""
    state = {None: "", True: " The poll was closed.", False: " The poll was still open."}[poll.closed]
    if poll.unaccounted is None:
        return f"Voters could give several answers: shares add up to more than all.{state}"
    share = percent(poll.unaccounted / poll.voters) if poll.voters else "none"
    return f"No answer accounts for {count(poll.unaccounted, 'voter')} ({share}).{state}"


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
