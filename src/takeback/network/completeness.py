"""Completeness: what the material lacks, and what was not searched (M1, M14)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from takeback.model.channel import ChannelKind
from takeback.model.measure import Measure
from takeback.model.media import Absence, MediaKind
from takeback.network.network import row_of
from takeback.network.sheet import Sheet

_NUMBERED = frozenset(
    {
        ChannelKind.PUBLIC_CHANNEL,
        ChannelKind.PRIVATE_CHANNEL,
        ChannelKind.PUBLIC_SUPERGROUP,
        ChannelKind.PRIVATE_SUPERGROUP,
    }
)
"""Kinds of channel that number their own posts one by one; elsewhere numbers are shared with other chats."""

_IDS = (
    "Numbers speak only in channels and supergroups. A missing number may be deleted, not exported, or never seen by "
    "the account that exported; what lies before the first and after the last is not in it."
)


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
        of=len(sheet.network.posts) + lost,
        unit="places",
        rows=rows,
        method="places of the sources that could not be read in whole or in part; n is rows read and lost",
        caveat="Each is listed with its reason and the way out.",
    )
    yield sheet.share(
        "completeness.lost",
        "Share of rows that could not be read",
        lost,
        of=len(sheet.network.posts) + lost,
        unit="rows",
        rows=rows,
        method="rows lost to damage over rows read and lost",
        caveat="A chat that could not be read at all is one damaged place; its rows are not counted.",
    )


def _absent(sheet: Sheet) -> Iterator[Measure]:
    absent: dict[Absence, list[str]] = defaultdict(list)
    held = 0
    for post in sheet.network.posts:
        held += len(post.media)
        for number, missing in enumerate(post.missing):
            absent[missing.absence].append(f"{row_of(post)}/{number}")
    total = held + sum(map(len, absent.values()))
    for absence in Absence:
        yield sheet.count(
            f"completeness.absent.{absence.value}",
            f"Files named and absent: {absence.value.replace('_', ' ')}",
            len(absent[absence]),
            of=total,
            unit="files named by posts",
            rows=sheet.rows("missing", absent[absence]),
            method="files that posts name and the source does not hold, by the reason that the source gives",
            caveat="What is absent was not searched.",
        )


def _dates(sheet: Sheet) -> Iterator[Measure]:
    posts = sheet.network.posts
    undated = [row_of(post) for post in posts if post.time is None]
    zoneless = [row_of(post) for post in posts if post.time and not post.zone_known]
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
            len(rows),
            of=len(posts),
            unit="posts",
            rows=sheet.rows("posts", rows),
            method=method,
            caveat=caveat,
        )


def _unsearched(sheet: Sheet) -> Iterator[Measure]:
    media = [
        (f"{row_of(post)}/{number}", each.kind)
        for post in sheet.network.posts
        for number, each in enumerate(post.media)
    ]
    for kind in MediaKind:
        if kind.searchable:
            continue
        rows = [row for row, each in media if each is kind]
        yield sheet.count(
            f"completeness.not-searched.{kind.value}",
            f"Media not searched: {kind.value}",
            len(rows),
            of=len(media),
            unit="media",
            rows=sheet.rows("postings", rows),
            method="media that no decoder here opens; their thumbnails are tried where the source has them",
            caveat="Nothing is known of what they show.",
        )


def _numbers(sheet: Sheet) -> Iterator[Measure]:
    numbers: dict[str, list[int]] = defaultdict(list)
    for post in sheet.network.posts:
        if post.id > 0:
            numbers[post.channel].append(post.id)
    missing = span = 0
    counted = []
    for channel in sheet.network.channels:
        ids = numbers[channel.id]
        if channel.kind not in _NUMBERED or not ids:
            continue
        length = max(ids) - min(ids) + 1
        rows = [f"{channel.id}#{id}" for id in ids]
        label = sheet.network.label(channel.id)
        yield sheet.share(
            f"completeness.numbers.{label}",
            f"Share of numbers missing in {label}",
            length - len(ids),
            of=length,
            unit="post numbers",
            rows=sheet.rows("posts", rows),
            method="numbers between the first and the last post that no post has",
            caveat=_IDS,
        )
        missing, span = missing + length - len(ids), span + length
        counted.extend(rows)
    yield sheet.share(
        "completeness.numbers",
        "Share of post numbers missing",
        missing,
        of=span,
        unit="post numbers",
        rows=sheet.rows("posts", counted),
        method="as for each channel, over channels and supergroups together",
        caveat=_IDS,
    )
