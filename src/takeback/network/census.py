"""The census of a network: every measure that its posts carry, by family and in a fixed order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np

from takeback.model.channel import Channel, ChannelKind
from takeback.model.measure import Measure, Window
from takeback.network.channels import measure_channels
from takeback.network.completeness import gather_completeness, measure_completeness
from takeback.network.forwards import gather_forwards, measure_forwards
from takeback.network.geography import gather_geography, measure_geography
from takeback.network.graph import measure_graph
from takeback.network.growth import measure_growth
from takeback.network.links import gather_links, measure_links
from takeback.network.marks import measure_marks
from takeback.network.members import measure_members
from takeback.network.network import Network, batches_of
from takeback.network.pace import measure_pace
from takeback.network.part import Part, parts
from takeback.network.payments import gather_payments, measure_payments
from takeback.network.pictures import gather_pictures, measure_pictures
from takeback.network.polls import gather_polls, measure_polls
from takeback.network.posts import gather_posts, measure_posts
from takeback.network.prices import gather_prices, measure_prices
from takeback.network.promotion import gather_promotion, measure_promotion
from takeback.network.referrals import gather_referrals, measure_referrals
from takeback.network.sheet import Sheet
from takeback.network.tally import Tally
from takeback.network.tiers import gather_tiers, measure_tiers
from takeback.network.timeline import stretch_of, timeline_of

__all__ = ["FAMILIES", "Family", "Network", "census", "gather", "measures_of", "sheet_of"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """Measures that belong together: what they gather of each part, if they need more than numbers and times."""

    measure: Callable[[Sheet], Iterator[Measure]]
    gather: Callable[[Part, Tally], None] | None = None


FAMILIES: Mapping[str, Family] = {
    "channels": Family(measure=measure_channels),
    "posts": Family(measure=measure_posts, gather=gather_posts),
    "pictures": Family(measure=measure_pictures, gather=gather_pictures),
    "marks": Family(measure=measure_marks),
    "growth": Family(measure=measure_growth),
    "pace": Family(measure=measure_pace),
    "members": Family(measure=measure_members),
    "forwards": Family(measure=measure_forwards, gather=gather_forwards),
    "graph": Family(measure=measure_graph),
    "polls": Family(measure=measure_polls, gather=gather_polls),
    "geography": Family(measure=measure_geography, gather=gather_geography),
    "prices": Family(measure=measure_prices, gather=gather_prices),
    "referrals": Family(measure=measure_referrals, gather=gather_referrals),
    "payments": Family(measure=measure_payments, gather=gather_payments),
    "tiers": Family(measure=measure_tiers, gather=gather_tiers),
    "links": Family(measure=measure_links, gather=gather_links),
    "promotion": Family(measure=measure_promotion, gather=gather_promotion),
    "completeness": Family(measure=measure_completeness, gather=gather_completeness),
}
"""What a census measures, by name, in the order in which a reader asks."""


def census(network: Network) -> tuple[Measure, ...]:
    """Every measure of the network; the same network gives the same measures, in whatever order it was read.

    The posts are read once, batch by batch; of each post some thirty bytes are kept, and what was found in it.
    """
    return measures_of(network, gather(parts(batches_of(network))))


def gather(read: Iterable[Part], families: Iterable[Family] = tuple(FAMILIES.values())) -> Tally:
    """What families gather of some parts; `Tally.merge` adds tallies of different parts up."""
    gathering = [family.gather for family in families if family.gather]
    tally = Tally()
    for part in read:
        tally.stretches[part.channel].append(stretch_of(part))
        for each in gathering:
            each(part, tally)
    return tally


def measures_of(network: Network, tally: Tally) -> tuple[Measure, ...]:
    """Every measure of what was gathered of a network."""
    sheet = sheet_of(network, tally)
    return tuple(measure for family in FAMILIES.values() for measure in family.measure(sheet))


def sheet_of(network: Network, tally: Tally) -> Sheet:
    """The sheet on which a network is measured."""
    tally.settle()
    channels: dict[str, Channel] = {}
    for channel in network.channels:
        channels.setdefault(channel.id, channel)
    timelines = {}
    for id in sorted(tally.stretches):
        channels.setdefault(id, Channel(id=id, name="", kind=ChannelKind.OTHER))
        timelines[id] = timeline_of(id, tally.stretches[id])
        tally.stretches[id] = [timelines[id].rows]  # the same arrays: posts are not held twice
    times = [timeline.rows.seconds[timeline.timed] for timeline in timelines.values()]
    held = [each for each in times if len(each)]
    return Sheet(
        network=network,
        tally=tally,
        channels=tuple(channels[id] for id in sorted(channels)),
        timelines=timelines,
        window=Window(
            start=_instant(min(int(np.min(each)) for each in held)) if held else None,
            end=_instant(max(int(np.max(each)) for each in held)) if held else None,
        ),
    )


def _instant(seconds: int) -> datetime:
    return _EPOCH + timedelta(seconds=seconds)
