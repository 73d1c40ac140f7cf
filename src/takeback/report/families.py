"""Where in a report a measure stands: its part, whether it is drawn, and the table of channels."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from takeback.model.measure import Measure
from takeback.report.bars import Bar, bars_plot
from takeback.report.blocks import Picture, Plain, Table, Text
from takeback.report.measures import (
    caveat_notes,
    family_of,
    is_share,
    measures_blocks,
    measures_table,
    plain,
    said,
    window_notes,
)
from takeback.report.words import count, percent, visible

Part = Literal["big", "fast", "who", "fed", "paid", "missing"]

_PARTS: dict[str, Part] = {
    "growth": "fast",
    "pace": "fast",
    "posters": "who",
    "forwards": "who",
    "communities": "who",
    "cascades": "who",
    "geography": "who",
    "languages": "who",
    "language": "who",
    "hours": "who",
    "links": "fed",
    "promotion": "fed",
    "referrals": "fed",
    "invites": "fed",
    "bots": "fed",
    "overlays": "fed",
    "marks": "fed",
    "prices": "paid",
    "payments": "paid",
    "payment": "paid",
    "wallets": "paid",
    "tiers": "paid",
    "completeness": "missing",
}
_OF_A_CHANNEL = re.compile(r"(?P<what>.+)\.(?P<channel>channel-[0-9a-f]+)")
_COLUMNS = {"posts.channel": "Posts", "members.channel": "Members", "completeness.numbers": "Post numbers missing"}
_MOST_CHANNELS = 40
_MOST_BARS = 24
_SHOWN_ELSEWHERE = ("growth.posts.", "growth.pictures.", "polls.", "members.channel.")


@dataclass(frozen=True, slots=True)
class Drawn:
    """Measures that are drawn together: those whose ids begin so, in one plot with their table behind it."""

    prefix: str
    part: Part
    title: str
    caption: str


DRAWN = (
    Drawn("links.host.", "fed", "Links by host", "Links of posts by host; the hosts with most links."),
    Drawn("links.pages.", "fed", "Pages by host", "Distinct pages that posts link to, by host."),
    Drawn("promotion.host.", "fed", "Promotion by host", "Pages on other platforms that promote, by host."),
    Drawn("prices.stated.", "paid", "Prices stated", "How many amounts were read in each currency, and their median."),
    Drawn("prices.per-piece.", "paid", "Prices for one picture", "How many amounts were read, and their median."),
    Drawn("geography.language.", "who", "Languages of texts", "Guessed language of texts; not where anybody lives."),
    Drawn("geography.hour.", "who", "Hours of the day", "Posts by hour of the day in UTC; not where anybody lives."),
    Drawn("geography.phone.", "who", "Prefixes of telephone numbers", "Countries of telephone prefixes in texts."),
    Drawn("geography.currency.", "who", "Currencies", "Currencies named in texts; not where anybody lives."),
)


def part_of(measure: Measure) -> Part:
    """The part of a report in which a measure stands."""
    return _PARTS.get(family_of(measure), "big")


def part_blocks(measures: Iterable[Measure], part: Part) -> tuple[Plain, ...]:
    """Everything that the measures say in one part: drawings first, then tables, then their windows.

    What stands in another place is left out: months and polls, which have plots of their own, and channels, which have
    one table (`channels_blocks`).
    """
    kept = [
        each
        for each in measures
        if part_of(each) == part and not each.id.startswith(_SHOWN_ELSEWHERE) and not _OF_A_CHANNEL.fullmatch(each.id)
    ]
    blocks: list[Plain] = []
    plain_ones = kept
    for group in DRAWN:
        members = [each for each in kept if each.id.startswith(group.prefix)]
        if group.part == part and members:
            blocks += _drawn(group, members)
            plain_ones = [each for each in plain_ones if each not in members]
    return (*blocks, *measures_blocks(plain_ones), *window_notes(kept))


def _drawn(group: Drawn, measures: Sequence[Measure]) -> list[Plain]:
    name = group.prefix.strip(".").replace(".", "-")
    bars = [_bar(each, group) for each in measures[:_MOST_BARS]]
    words = "; ".join(f"{each.label}: {each.said}" for each in bars)
    left = len(measures) - len(bars)
    more = f" {count(left, 'further row')} only in the table." if left else ""
    return [
        Picture(
            svg=bars_plot(bars, title=group.title, words=words, name=name),
            alt=words,
            caption=f"{group.caption}{more}",
            table=measures_table(group.title, measures),
        ),
        *caveat_notes(measures),
    ]


def _bar(measure: Measure, group: Drawn) -> Bar:
    label = visible(measure.id.removeprefix(group.prefix))
    if group.prefix.startswith("prices."):
        return Bar(label=label.upper(), value=float(measure.n), said=f"{said(measure)} (n {measure.n:,})")
    value = None if measure.value is None or isinstance(measure.value, str) else float(measure.value)
    return Bar(label=label, value=value, said=said(measure), low=measure.low, high=measure.high)


def channels_blocks(measures: Iterable[Measure]) -> tuple[Plain, ...]:
    """One table of the channels, by pseudonym, with everything that is measured of each; the largest come first."""
    rows: dict[str, dict[str, Measure]] = {}
    for each in measures:
        found = _OF_A_CHANNEL.fullmatch(each.id)
        if found:
            rows.setdefault(found["channel"], {})[found["what"]] = each
    if not rows:
        return ()
    columns = sorted({what for known in rows.values() for what in known}, key=_order)
    ranked = sorted(rows, key=lambda channel: (-_size(rows[channel]), channel))
    table = Table(
        caption="Channels, largest first",
        head=("Channel", *(_COLUMNS.get(what, what.replace(".", " ").capitalize()) for what in columns)),
        rows=tuple(
            (channel, *(_cell(rows[channel].get(what)) for what in columns)) for channel in ranked[:_MOST_CHANNELS]
        ),
        numeric=tuple(range(1, len(columns) + 1)),
    )
    left = len(ranked) - _MOST_CHANNELS
    more = (Text(text=f"{count(left, 'further channel')} only in measures.json.", note=True),) if left > 0 else ()
    notes = [_caveat([rows[channel][what] for channel in ranked if what in rows[channel]], what) for what in columns]
    return (table, *more, *(Text(text=each, note=True) for each in notes if each))


def _order(what: str) -> tuple[int, str]:
    known = list(_COLUMNS)
    return (known.index(what) if what in known else len(known), what)


def _size(known: dict[str, Measure]) -> float:
    posts = known.get("posts.channel")
    return float(posts.value) if posts and isinstance(posts.value, int | float) else 0.0


def _cell(measure: Measure | None) -> str:
    if measure is None or measure.value is None:
        return "not known"
    if isinstance(measure.value, str):
        return visible(measure.value)
    if is_share(measure):
        return f"{percent(float(measure.value))} of {measure.n:,}"
    return plain(measure.value)


def _caveat(measures: Sequence[Measure], what: str) -> str:
    """The caveats of a column, each once."""
    caveats = dict.fromkeys(visible(each.caveat) for each in measures if each.caveat)
    heading = _COLUMNS.get(what, what.replace(".", " ").capitalize())
    return f"{heading}: {' '.join(caveats)}" if caveats else ""
