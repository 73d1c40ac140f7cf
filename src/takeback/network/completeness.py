"""Completeness: what the material lacks, and what was not searched (M1, M14)."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from takeback.model.channel import ChannelKind
from takeback.model.measure import Measure
from takeback.model.media import Absence, MediaKind
from takeback.network.part import Part
from takeback.network.sheet import Sheet, size
from takeback.network.tally import RowSet, Tally
from takeback.network.timeline import Timeline

NUMBERED = frozenset(
    {
        ChannelKind.PUBLIC_CHANNEL,
        ChannelKind.PRIVATE_CHANNEL,
        ChannelKind.PUBLIC_SUPERGROUP,
        ChannelKind.PRIVATE_SUPERGROUP,
    }
)
"""Kinds of channel that number their own posts one by one; elsewhere numbers are shared with other chats."""

_UNSEARCHED = tuple(kind for kind in MediaKind if not kind.searchable)
_IDS = (
    "Numbers speak only in channels and supergroups. A missing number may be deleted, not exported, or never seen by "
    "the account that exported; what lies before the first and after the last is not in it."
)


def gather_completeness(part: Part, tally: Tally) -> None:
    """Which files are absent and why, and which media nobody searches."""
    for listed, name in ((part.missing, "absence"), (part.media, "kind")):
        tally.numbers["completeness", name] += len(listed)
        if not len(listed):
            continue
        rows = np.column_stack((part.ids[listed.parents], listed.places))
        kinds = list(Absence) if name == "absence" else _UNSEARCHED
        for kind in kinds:
            tally.add_rows(("completeness", name, kind.value), part.channel, rows[listed.among(name, [kind])])


def measure_completeness(sheet: Sheet) -> Iterator[Measure]:
    """Rows read and lost, files absent, dates missing, media not searched, numbers missing, items sealed."""
    yield from _damage(sheet)
    yield from _absent(sheet)
    yield from _dates(sheet)
    yield from _unsearched(sheet)
    yield from _numbers(sheet)
    yield sheet.count(
        "completeness.sealed",
        "Items sealed because they may show a minor",
        sheet.network.sealed,
        of=sheet.network.sealed,
        unit="items",
        rows=sheet.rows("sealed", ()),
        method="items that the minors' gate holds back; they are never opened",
        caveat="Doubt counts as yes, so this is no count of minors.",
    )


def _damage(sheet: Sheet) -> Iterator[Measure]:
    damage = sheet.network.damage
    lost = sum(each.posts_lost for each in damage)
    rows = sheet.rows("damage", (f"{number}:{each.place}" for number, each in enumerate(damage)))
    yield sheet.count(
        "completeness.damage",
        "Damaged places",
        len(damage),
        of=sheet.posts + lost,
        unit="places",
        rows=rows,
        method="places of the sources that could not be read in whole or in part; n is rows read and lost",
        caveat="Each is listed with its reason and the way out.",
    )
    repaired = [f"{number}:{each.place}" for number, each in enumerate(damage) if not each.posts_lost]
    yield sheet.count(
        "completeness.repaired",
        "Damaged places where the post is there",
        len(repaired),
        of=len(damage),
        unit="places",
        rows=sheet.rows("damage", repaired),
        method="damaged places at which no row was lost: a part of it was mended or left out; n is all damaged places",
        caveat="What was left out of a row is not in any measure.",
    )
    yield sheet.share(
        "completeness.lost",
        "Share of rows that could not be read",
        lost,
        of=sheet.posts + lost,
        unit="rows",
        rows=rows,
        method="rows lost to damage over rows read and lost",
        caveat="A chat that could not be read at all is one damaged place; its rows are not counted.",
    )


def _absent(sheet: Sheet) -> Iterator[Measure]:
    total = sheet.number("completeness", "absence") + sheet.number("completeness", "kind")
    for absence in Absence:
        rows = sheet.noted("completeness", "absence", absence.value)
        yield sheet.count(
            f"completeness.absent.{absence.value}",
            f"Files named and absent: {absence.value.replace('_', ' ')}",
            size(rows),
            of=total,
            unit="files named by posts",
            rows=sheet.post_rows(rows, "missing"),
            method="files that posts name and the source does not hold, by the reason that the source gives",
            caveat="What is absent was not searched.",
        )


def _dates(sheet: Sheet) -> Iterator[Measure]:
    undated = sheet.chosen(lambda timeline: ~timeline.timed)
    zoneless = sheet.chosen(lambda timeline: timeline.timed & ~timeline.rows.zone_known)
    for id, name, rows, method, caveat in (
        ("undated", "Posts without a time", undated, "posts without a readable time", "They are in no month."),
        (
            "zone-assumed",
            "Posts in local time of unknown zone",
            zoneless,
            "posts with a local time and no zone; UTC was assumed",
            "Such a time may be off by half a day or more, and fall into the month before or after.",
        ),
    ):
        yield sheet.count(
            f"completeness.{id}",
            name,
            size(rows),
            of=sheet.posts,
            unit="posts",
            rows=rows,
            method=method,
            caveat=caveat,
        )
    days = [np.unique(each.days[each.dated]) for each in sheet.timelines.values()]
    seen = np.unique(np.concatenate(days)) if days else np.zeros(0, np.int64)
    length = int(seen[-1] - seen[0]) + 1 if len(seen) else 0
    yield sheet.count(
        "completeness.days-skipped",
        "Days without any post",
        length - len(seen),
        of=length,
        unit="days",
        rows=sheet.chosen(lambda timeline: timeline.dated),
        method="days (UTC) between the first and the last post on which no channel has one; n is all days between",
        caveat="Not collected, not posted and deleted cannot be told apart by days alone.",
    )


def _unsearched(sheet: Sheet) -> Iterator[Measure]:
    for kind in _UNSEARCHED:
        rows = sheet.noted("completeness", "kind", kind.value)
        yield sheet.count(
            f"completeness.not-searched.{kind.value}",
            f"Media not searched: {kind.value}",
            size(rows),
            of=sheet.number("completeness", "kind"),
            unit="media",
            rows=sheet.post_rows(rows, "postings"),
            method="media that no decoder here opens; their thumbnails are tried where the source has them",
            caveat="Nothing is known of what they show.",
        )


def numbered(sheet: Sheet) -> dict[str, Timeline]:
    """The timelines whose numbers speak."""
    return {
        channel.id: sheet.timelines[channel.id]
        for channel in sheet.channels
        if channel.kind in NUMBERED and channel.id in sheet.timelines
    }


def _numbers(sheet: Sheet) -> Iterator[Measure]:
    missing = span = 0
    counted: RowSet = {}
    for channel, timeline in numbered(sheet).items():
        ids = timeline.ids[timeline.ids > 0]
        if not len(ids):
            continue
        length = int(ids[-1] - ids[0]) + 1
        label = sheet.network.label(channel)
        yield sheet.share(
            f"completeness.numbers.{label}",
            f"Share of numbers missing in {label}",
            length - len(ids),
            of=length,
            unit="post numbers",
            rows={channel: [ids]},
            method="numbers between the first and the last post that no post has",
            caveat=_IDS,
        )
        missing, span = missing + length - len(ids), span + length
        counted[channel] = [ids]
    yield sheet.share(
        "completeness.numbers",
        "Share of post numbers missing",
        missing,
        of=span,
        unit="post numbers",
        rows=counted,
        method="as for each channel, over channels and supergroups together",
        caveat=_IDS,
    )
