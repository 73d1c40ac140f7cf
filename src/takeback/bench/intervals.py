"""How often the intervals of measures hold what networks were drawn from, over many made-up networks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from takeback.bench.network_columns import LANGUAGES, Drawn, draw_network
from takeback.bench.result import BenchResult, Figure
from takeback.model.measure import Interval, Measure
from takeback.network.census import FAMILIES, gather, sheet_of
from takeback.network.intervals import wilson
from takeback.network.network import batches_of
from takeback.network.part import parts

NETWORKS = 60
MEASURED = ("growth", "pace", "forwards", "pictures", "polls", "geography")
"""The families of measures that carry intervals, and what they are computed from."""
NOMINAL = (
    "growth_posts",
    "growth_pictures",
    "posts_per_day",
    "pictures_per_day",
    "pictures_per_post",
    "forwarded",
    "language",
    "hour",
)
"""The intervals that speak of what networks are drawn from; bounds and polls are shown apart."""
_SMALL = 30
_NOTE = (
    "Coverage is the share of networks whose nominal 95 % interval holds the parameter that the network was drawn "
    "from; its own interval is Wilson's and pools languages and hours of one network as if they were apart. Bounds are "
    "set against what was posted before deletion. Polls rest on a model (voters as drawn at random), which these "
    "networks obey. coverage_min and coverage_max are over the intervals alone, without bounds and polls."
)


def bench(*, size: int | None, photos: Path | None, seed: int) -> BenchResult:
    """Draw ``size`` networks, measure each, and count how often each interval holds its parameter."""
    del photos
    networks = size or NETWORKS
    held: dict[str, int] = defaultdict(int)
    seen: dict[str, int] = defaultdict(int)
    widths: dict[str, list[float]] = defaultdict(list)
    for number in range(networks):
        drawn = draw_network(np.random.default_rng((seed, number)))
        for name, inside, width in outcomes(drawn, measured(drawn)):
            held[name] += inside
            seen[name] += 1
            widths[name].append(width)
    figures = {f"coverage_{name}": _share(held[name], seen[name]) for name in sorted(seen)}
    figures |= {f"width_{name}": _median(widths[name]) for name in sorted(seen) if name in NOMINAL}
    shares = [held[name] / seen[name] for name in NOMINAL if seen[name]]
    ends = {"coverage_min": min(shares), "coverage_max": max(shares)} if shares else {}
    figures |= {name: Figure(value=value, unit="share of networks", n=networks) for name, value in ends.items()}
    figures["networks"] = Figure(value=networks, unit="networks", n=networks)
    return BenchResult(bench="intervals", seed=seed, n=networks, figures=figures, note=_NOTE)


def measured(drawn: Drawn) -> Mapping[str, Measure]:
    """The measures of a network that carry intervals, by id."""
    families = [FAMILIES[name] for name in MEASURED]
    sheet = sheet_of(drawn.network, gather(parts(batches_of(drawn.network)), families))
    return {each.id: each for family in families for each in family.measure(sheet)}


def outcomes(drawn: Drawn, measures: Mapping[str, Measure]) -> Iterator[tuple[str, bool, float]]:
    """Whether each interval holds its parameter, and how wide it is; a measure without an interval is left out."""
    pictures_per_day = drawn.posts_per_day * drawn.pictures_per_post
    wanted = [
        ("growth_posts", "growth.quarter.posts", drawn.growth),
        ("growth_pictures", "growth.quarter.pictures", drawn.growth),
        ("bounds_growth", "growth.quarter.bounds", drawn.posted_growth),
        ("posts_per_day", "pace.posts-per-day", drawn.posts_per_day),
        ("pictures_per_day", "pace.pictures-per-day", pictures_per_day),
        ("pictures_per_post", "pace.pictures-per-post", drawn.pictures_per_post),
        ("forwarded", "pace.forwarded", drawn.forwarded),
        *(("language", f"geography.language.{name}", drawn.languages[name]) for name in LANGUAGES),
        *(("hour", f"geography.hour.{hour:02}", float(share)) for hour, share in enumerate(drawn.hours)),
        *(("polls", f"polls.1.answer.{place}", share) for place, share in enumerate(drawn.poll, start=1)),
    ]
    for name, id, parameter in wanted:
        measure = measures.get(id)
        if measure and measure.kind is not Interval.EXACT and measure.low is not None and measure.high is not None:
            named = "polls_small_n" if name == "polls" and measure.n <= _SMALL else name
            yield named, measure.low <= parameter <= measure.high, measure.high - measure.low


def _share(part: int, n: int) -> Figure:
    low, high = wilson(part, n)
    return Figure(value=part / n, unit="share of intervals", n=n, low=low, high=high)


def _median(widths: list[float]) -> Figure:
    return Figure(value=float(np.median(widths)), unit="median width", n=len(widths))
