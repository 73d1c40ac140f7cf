# ruff: noqa: RUF001  # Russian words are the point
"""How long a census of many posts takes and how much memory it holds, extractors and languages included."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from takeback.bench.memory import PeakMemory
from takeback.bench.network_columns import columns
from takeback.bench.result import BenchResult, Figure
from takeback.model.channel import Audience, Channel, ChannelKind
from takeback.model.digest import sha256_of
from takeback.model.measure import Measure
from takeback.network.census import Network, census

if TYPE_CHECKING:
    import pyarrow as pa

POSTS = 200_000
LARGE = 10_000_000
"""What the figures are extrapolated to: a model where it was not run."""
CHANNELS = 40
_BATCH = 50_000
_POOL = 20_000
_COUNTED = datetime(2020, 7, 31, tzinfo=UTC)
_FIRST = 1_550_000_000
_SPAN = 60_000_000
_KINDS = (
    "The picture number {n} of the harbour was taken early in the morning, look at the light on the water",
    "ok {n}",
    "Фотография номер {n} сделана рано утром на рассвете у самой воды, посмотрите на этот свет",
    "да, {n} раз видел",
    "La fotografía número {n} del puerto se hizo muy temprano por la mañana junto al agua tranquila",
    "L'immagine numero {n} del porto è stata scattata la mattina presto vicino all'acqua calma",
    "100 RUB for {n} pictures, 7 days, no watermark; first 3 for free",
    "Пригласи {n} друзей и получи 10 монет, подробности: @postcard_{n}_bot",
    "pay {n} USDT, write to the bot or call +44 20 7946 0958",
    "Where are you all from? I have been here since page {n} and never saw so many people talking at the same time",
)
_FORWARDED = 0.15
_SHARES = (0.2, 0.15, 0.2, 0.15, 0.05, 0.05, 0.05, 0.03, 0.02, 0.1)


def bench(*, size: int | None, photos: Path | None, seed: int) -> BenchResult:
    """A census of ``size`` posts in columns; the time of making them up is taken off."""
    del photos
    posts = size or POSTS
    made = MadePosts(posts, np.random.default_rng(seed))
    _warm(seed)
    with PeakMemory() as memory:
        wall, start = time.perf_counter(), time.process_time()
        measures = census(network_of(made))
        seconds = time.process_time() - start - made.seconds
        wall = time.perf_counter() - wall - made.wall
    per_post = seconds / posts
    figures = {
        "posts_per_s": Figure(value=round(posts / seconds, 1), unit="posts/s of one core", n=posts),
        "seconds": Figure(value=round(seconds, 2), unit="s of processor time", n=posts),
        "wall_s": Figure(value=round(wall, 2), unit="s", n=posts),
        "peak_rss_mb": Figure(value=None if memory.bytes is None else round(memory.bytes / 1e6, 1), unit="MB", n=posts),
        "measures": Figure(value=len(measures), unit="measures", n=posts),
        "minutes_at_10_million": Figure(
            value=round(per_post * LARGE / 60, 2),
            unit="min of one core" if posts >= LARGE else "min of one core, extrapolated (a model)",
            n=posts,
        ),
    }
    note = f"One core of {os.cpu_count()}; reading the sources, decryption and the report are not in it."
    return BenchResult(bench="census", seed=seed, n=posts, figures=figures, note=note)


def network_of(made: MadePosts) -> Network:
    """The made-up posts as a network."""
    return Network(
        channels=tuple(
            Channel(id=f"telegram:{number}", name="", kind=ChannelKind.PUBLIC_SUPERGROUP) for number in range(CHANNELS)
        ),
        batches=made.batches,
        audiences=tuple(
            Audience(channel=f"telegram:{number}", members=1000 + number, time=_COUNTED, source="made up")
            for number in range(CHANNELS)
        ),
        damage=(),
        clusters={},
        enrolled={},
        sealed=0,
        label=lambda channel: f"channel-{channel.rpartition(':')[2]}",
        row_key=b"bench",
    )


class MadePosts:
    """Posts drawn from a seed, batch by batch; ``seconds`` and ``wall`` are what drawing them took."""

    def __init__(self, posts: int, rng: np.random.Generator) -> None:
        self.posts = posts
        self.seconds = self.wall = 0.0
        self._rng = rng
        kinds = rng.choice(len(_KINDS), size=_POOL, p=_SHARES)
        self._texts = [_KINDS[kind].format(n=number) for number, kind in enumerate(kinds.tolist())]

    def batches(self) -> Iterator[pa.RecordBatch]:
        """The posts, channel by channel."""
        each = max(1, self.posts // CHANNELS)
        for number in range(CHANNELS):
            last = self.posts - each * (CHANNELS - 1) if number == CHANNELS - 1 else each
            for first in range(0, last, _BATCH):
                start, wall = time.process_time(), time.perf_counter()
                batch = self._batch(f"telegram:{number}", first, min(_BATCH, last - first), last)
                self.seconds += time.process_time() - start
                self.wall += time.perf_counter() - wall
                yield batch

    def _batch(self, channel: str, first: int, size: int, total: int) -> pa.RecordBatch:
        import pyarrow as pa

        rng = self._rng
        ids = first + np.arange(1, size + 1, dtype=np.int64)
        seconds = _FIRST + ids * (_SPAN // max(1, total)) + rng.integers(0, 3600, size)
        pool = [self._texts[place] for place in rng.integers(0, _POOL, size).tolist()]
        forwarded = rng.random(size) < _FORWARDED
        given = {
            "author_id": pa.array([f"user{place}" for place in (rng.zipf(1.3, size) % 300_000).tolist()]),
            "forward_name": pa.array(
                [f"Source {place % 3000}" if yes else None for place, yes in enumerate(forwarded)]
            ),
            "links": pa.array(
                [
                    [f"https://host{place % 400}.example/p/{place}"] if place % 10 == 0 else None
                    for place in rng.integers(0, 100_000, size).tolist()
                ],
                pa.list_(pa.string()),
            ),
            "media": _files(rng, size),
            "views": pa.array(rng.integers(0, 5000, size)),
        }
        return columns(channel, ids, seconds, pool, pictures=np.zeros(size, np.int64), forwarded=forwarded, given=given)


def _warm(seed: int) -> None:
    """Loads and compiles what a first census does."""
    _: tuple[Measure, ...] = census(network_of(MadePosts(CHANNELS * 50, np.random.default_rng(seed))))


def _files(rng: np.random.Generator, size: int) -> pa.Array:
    """A photo in one of three posts; of three files two are new."""
    import pyarrow as pa

    from takeback.tables.posts import SCHEMA

    known = rng.integers(0, 1 << 62, size)
    again = rng.random(size) < 1 / 3
    known[again] %= 50_000
    rows = [[_file(each)] if each % 3 == 0 else None for each in known.tolist()]
    return pa.array(rows, SCHEMA.field("media").type)


def _file(number: int) -> dict[str, object]:
    """One file of each number; its digest is spread as digests are."""
    return {"sha256": sha256_of(number.to_bytes(8)), "size": 1, "source": "", "path": "", "kind": "photo"}
