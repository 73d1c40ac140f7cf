"""Members: by channel, their sum, and the bounds on unique accounts at one time (M2, M3)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from takeback.model.channel import Audience, ChannelKind
from takeback.model.measure import Measure, Rows, Window
from takeback.network.overlap import measure_overlap
from takeback.network.sheet import Sheet, bounded, is_abroad, within

SIMULTANEOUS = timedelta(days=1)
"""Counts that lie no further apart are taken as made at one time."""

_SNAPSHOTS = 60
_NOT_PEOPLE = "Accounts are not people: one person may have several, and some are machines."


def measure_members(sheet: Sheet) -> Iterator[Measure]:
    """The latest count of each channel, their sum, the largest, and the bounds on unique accounts."""
    latest: dict[str, Audience] = {}
    daily: dict[str, dict[str, Audience]] = {}
    for audience in sorted(set(sheet.network.audiences), key=lambda each: (each.time, each.members, each.source)):
        latest[audience.channel] = audience
        daily.setdefault(audience.channel, {})[f"{audience.time:%Y-%m-%d}"] = audience
    for channel in sorted(latest):
        audience = latest[channel]
        label = sheet.network.label(channel)
        yield sheet.count(
            f"members.channel.{label}",
            f"Members of {label}",
            audience.members,
            of=1,
            unit="accounts",
            rows=_rows(sheet, [audience]),
            method=f"latest count, of {audience.time:%Y-%m-%d}",
            caveat=_NOT_PEOPLE,
        )
        yield from _snapshots(sheet, label, daily[channel])
    yield from _combined(sheet, [each for channel, each in latest.items() if not is_abroad(channel)])


def _snapshots(sheet: Sheet, label: str, daily: dict[str, Audience]) -> Iterator[Measure]:
    """The last count of each day, where there is more than one day; of very many days the last sixty."""
    for day, audience in sorted(daily.items())[-_SNAPSHOTS:] if len(daily) > 1 else ():
        yield sheet.count(
            f"members.channel.{label}.{day}",
            f"Members of {label} on {day}",
            audience.members,
            of=1,
            unit="accounts",
            rows=_rows(sheet, [audience]),
            method="the last count of that day (UTC)",
            caveat=_NOT_PEOPLE,
        )


def _combined(sheet: Sheet, latest: list[Audience]) -> Iterator[Measure]:
    rows = _rows(sheet, latest)
    counted = f"{len(latest)} of {_channels(sheet)} channels have a count."
    members = [audience.members for audience in latest]
    yield sheet.count(
        "members.sum",
        "Members of all channels, added up",
        sum(members) if members else None,
        of=len(members),
        unit="memberships",
        rows=rows,
        method="sum of the latest count of each channel; n is the channels with a count",
        caveat=f"Memberships, not accounts: one account in two channels counts twice. {counted}",
    )
    yield sheet.count(
        "members.largest",
        "Members of the largest channel",
        max(members, default=None),
        of=len(members),
        unit="accounts",
        rows=rows,
        method="largest of the latest counts",
        caveat=f"{_NOT_PEOPLE} {counted}",
    )
    if members:
        yield _bounds(sheet, latest, counted)
        yield from measure_overlap(sheet, latest)


def _bounds(sheet: Sheet, latest: list[Audience], counted: str) -> Measure:
    start, end = min(each.time for each in latest), max(each.time for each in latest)
    rows, low, high = latest, max(each.members for each in latest), sum(each.members for each in latest)
    flag = "The counts were made within one day of each other."
    if end - start > SIMULTANEOUS:
        rows = [
            *latest,
            *sorted(
                (
                    each
                    for each in set(sheet.network.audiences) - set(latest)
                    if start <= each.time <= end and not is_abroad(each.channel)
                ),
                key=lambda each: (each.time, each.channel, each.members),
            ),
        ]
        spans = [[each.members for each in rows if each.channel == last.channel] for last in latest]
        low, high = max(min(span) for span in spans), sum(max(span) for span in spans)
        flag = (
            f"The counts were made up to {(end - start).days} days apart. The bounds take the smallest and largest "
            "count of each channel in that time; at one time they may have lain outside."
        )
    measure = sheet.count(
        "members.bounds",
        "Unique accounts in the channels at one time",
        None,
        of=len(latest),
        unit="accounts",
        rows=_rows(sheet, rows),
        method="at least the largest channel (everybody else is in it too), at most the sum (nobody is in two)",
        caveat=f"{_NOT_PEOPLE} {flag} {counted}",
    )
    return within(bounded(measure, low=low, high=high), Window(start=start, end=end))


def _channels(sheet: Sheet) -> int:
    return sum(channel.kind is not ChannelKind.FOLDER and not is_abroad(channel.id) for channel in sheet.channels)


def _rows(sheet: Sheet, audiences: list[Audience]) -> Rows:
    return sheet.rows("audiences", (f"{each.channel}@{each.time.isoformat()}={each.members}" for each in audiences))
