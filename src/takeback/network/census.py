"""The census of a network: every measure that its posts carry, in a fixed order."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from takeback.model.measure import Measure
from takeback.network.channels import measure_channels
from takeback.network.completeness import measure_completeness
from takeback.network.forwards import measure_forwards
from takeback.network.growth import measure_growth
from takeback.network.links import measure_links
from takeback.network.members import measure_members
from takeback.network.network import Network, in_order, window_of
from takeback.network.pictures import measure_pictures
from takeback.network.polls import measure_polls
from takeback.network.posts import measure_posts
from takeback.network.prices import measure_prices
from takeback.network.referrals import measure_referrals
from takeback.network.sheet import Sheet

__all__ = ["PARTS", "Network", "census"]

PARTS: tuple[Callable[[Sheet], Iterator[Measure]], ...] = (
    measure_channels,
    measure_posts,
    measure_pictures,
    measure_growth,
    measure_members,
    measure_forwards,
    measure_polls,
    measure_prices,
    measure_referrals,
    measure_links,
    measure_completeness,
)
"""What a census measures, in the order in which a reader asks."""


def census(network: Network) -> tuple[Measure, ...]:
    """Every measure of the network; the same network gives the same measures, in whatever order it was read."""
    ordered = in_order(network)
    sheet = Sheet(network=ordered, window=window_of(ordered.posts))
    return tuple(measure for part in PARTS for measure in part(sheet))
