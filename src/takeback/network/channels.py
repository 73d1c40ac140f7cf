"""Channels: how many, and of what kind (M1)."""

from __future__ import annotations

from collections.abc import Iterator

from takeback.model.channel import ChannelKind
from takeback.model.measure import Measure
from takeback.network.sheet import Sheet


def measure_channels(sheet: Sheet) -> Iterator[Measure]:
    """How many channels there are, in all and of each kind."""
    method = "channels of the sources, counted once by their platform id"
    caveat = "Channels that were not collected are not in it."
    yield sheet.count(
        "channels.total",
        "Channels",
        len(sheet.channels),
        of=len(sheet.channels),
        unit="channels",
        rows=sheet.rows("channels", (channel.id for channel in sheet.channels)),
        method=method,
        caveat=caveat,
    )
    for kind in ChannelKind:
        ids = [channel.id for channel in sheet.channels if channel.kind is kind]
        if not ids:
            continue
        yield sheet.count(
            f"channels.kind.{kind.value}",
            f"Channels of kind {kind.value.replace('_', ' ')}",
            len(ids),
            of=len(sheet.channels),
            unit="channels",
            rows=sheet.rows("channels", ids),
            method=f"{method}, by the kind that the export names",
            caveat=caveat,
        )
