"""The index of hashes: look-ups a second, bytes, building, exactness, crowded buckets, and when a change is seen."""

from __future__ import annotations

import shutil
import statistics
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from takeback.bench.hashes import CROWDED, CROWDS, Collection, Planted, planted
from takeback.bench.index_peers import Built, peers, timed
from takeback.bench.index_processes import private_bytes, seconds_until_seen, stored_bytes
from takeback.bench.result import BenchResult, Figure
from takeback.bench.startup import load
from takeback.matching.calibration import clopper_pearson
from takeback.matching.hamming_index import HammingIndex

SIZE = 1_000_000
ROUNDS = 7
QUERIES = 2000
_SCANNED = 20
_PEER_SECONDS = 0.5
_LEAST = 3
_WARM = 20


def bench(*, size: int | None, photos: Path | None, seed: int) -> BenchResult:
    """Enrol ``size`` random hashes (a million where none is given) in a folder and look planted ones up, one by one."""
    del photos
    collection = Collection(size=size or SIZE, seed=seed)
    queries = planted(collection, QUERIES)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "index"
        index, seconds = enrolled(collection, folder)
        figures = {"build_s": Figure(value=round(seconds, 2), unit="processor s", n=collection.size)}
        figures |= _bytes(folder, collection.size)
        figures |= exactness(index, collection, queries)
        others, absent = peers(collection)
        crowded = Collection(size=collection.size, seed=seed, crowded=CROWDED)
        crowd, _ = enrolled(crowded, Path(temporary) / "crowded")
        index.close()  # the second one may have taken its pages' place in memory: it is opened, and so read, again
        index = HammingIndex.open(folder, writable=True)
        speeds = _rounds(index, queries, crowd, planted(crowded, QUERIES), others)
        figures |= {
            "lookups_per_s": _speed(speeds.clean, QUERIES),
            "lookups_per_s_degenerate": _speed(speeds.crowded, QUERIES),
            "degenerate_share": _speed(
                [one / other for one, other in zip(speeds.crowded, speeds.clean, strict=True)], QUERIES, unit="share"
            ),
            "lookups_per_s_batch": Figure(value=round(_batch(index, queries)), unit="look-ups/processor s", n=QUERIES),
        }
        figures |= latency(index, queries)
        seen = seconds_until_seen(index, folder, queries.words[-1] ^ np.uint64(0x5555555555555555), 1)
        figures["visible_s"] = Figure(value=round(max(seen), 3), unit="s, the longest", n=len(seen))
        index.close()
        crowd.close()
        shutil.rmtree(Path(temporary) / "crowded")
    return BenchResult(
        bench="index",
        seed=seed,
        n=collection.size,
        figures=figures,
        peers={
            each.name: {
                "lookups_per_s": _speed(speeds.peers[each.name], speeds.asked[each.name] * ROUNDS),
                "build_s": Figure(value=round(each.seconds, 2), unit="processor s", n=collection.size),
            }
            for each in others
        },
        ratios={
            f"lookups_per_s_vs_{each.name}": round(
                statistics.median(speeds.clean) / statistics.median(speeds.peers[each.name]), 2
            )
            for each in others
        },
        absent=absent,
        note=_note(),
    )


def _note() -> str:
    return (
        "Random hashes, random ids of 62 bits; queries one by one at 0 to 31 bits from an enrolled hash, one thread, "
        f"processor time, median of {ROUNDS} rounds in which the peers take turns, lowest and highest in brackets. "
        f"Degenerate: {CROWDED:.0%} of the hashes lie within 16 bits of each other around {CROWDS} centres, and as "
        f"many of the queries. Bytes: all files, and the memory of its own of a process that searches; {load()}."
    )


def enrolled(collection: Collection, folder: Path) -> tuple[HammingIndex, float]:
    """An index of the collection in one segment, opened as a service has it, and the processor seconds of enrolling.

    The first look-up of what was opened reads it whole, for its checksums: those that follow meet no page for the first
    time.
    """
    index, seconds = HammingIndex.create(folder), 0.0
    _warm(folder.with_name("warm"))
    for ids, words in collection.chunks():
        begin = time.process_time()
        index.add(ids, words)
        seconds += time.process_time() - begin
    begin = time.process_time()
    index.merge(everything=True)
    seconds += time.process_time() - begin
    index.close()
    return HammingIndex.open(folder, writable=True), seconds


def _warm(folder: Path) -> None:
    """Load every kernel: that is no part of what is measured."""
    if not folder.exists():
        index = HammingIndex.create(folder)
        words = np.random.default_rng(0).integers(0, 1 << 64, (20_000, 4), dtype=np.uint64)
        index.add(range(len(words)), words)
        index.search(words[:2])
        HammingIndex.open(folder).search(words[:2])


def _bytes(folder: Path, size: int) -> dict[str, Figure]:
    stored, private = stored_bytes(folder), private_bytes(folder)
    whole = None if private is None else round((stored + private) / size, 1)
    return {
        "bytes_per_hash": Figure(value=whole, unit="bytes", n=size),
        "bytes_stored_per_hash": Figure(value=round(stored / size, 1), unit="bytes", n=size),
    }


def exactness(index: HammingIndex, collection: Collection, queries: Planted) -> dict[str, Figure]:
    """How many planted hashes are found at their distance, what else is found, and whether a scan finds the same."""
    hits = index.search(queries.words)
    found = list(zip(hits.query.tolist(), hits.id.tolist(), hits.distance.tolist(), strict=True))
    wanted = set(zip(range(len(queries)), queries.id.tolist(), queries.distance.tolist(), strict=True))
    right = len(wanted & set(found))
    low, high = clopper_pearson(right, len(queries))
    scanned = _scan(collection, queries)
    few = {each for each in found if each[0] < _SCANNED}
    return {
        "recall": Figure(value=right / len(queries), unit="share of planted", n=len(queries), low=low, high=high),
        "spurious": Figure(value=len(found) - right, unit="hits that were not planted", n=len(found)),
        "differs_from_scan": Figure(value=len(few ^ scanned), unit="hits", n=min(_SCANNED, len(queries))),
    }


def _scan(collection: Collection, queries: Planted) -> set[tuple[int, int, int]]:
    """What comparing the first queries with every hash finds."""
    from takeback.kernels.hamming import within

    found: set[tuple[int, int, int]] = set()
    for ids, words in collection.chunks():
        query, row, bits = within(words, queries.words[:_SCANNED], 31)
        found |= set(zip(query.tolist(), ids[row].tolist(), bits.tolist(), strict=True))
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Speeds:
    """Look-ups a second in each round, and how many of each peer's look-ups a round has."""

    clean: list[float]
    crowded: list[float]
    peers: dict[str, list[float]]
    asked: dict[str, int]


def _rounds(
    index: HammingIndex, queries: Planted, crowd: HammingIndex, crowded: Planted, others: Sequence[Built]
) -> Speeds:
    """Everybody in turn, round after round, so that what else the machine does falls on all alike."""
    each = QUERIES // ROUNDS
    speed = {built.name: timed(built.peer, queries, range(_LEAST)) for built in others}
    asked = {name: int(min(each, max(_LEAST, _PEER_SECONDS * per_second))) for name, per_second in speed.items()}
    found = Speeds(clean=[], crowded=[], peers={built.name: [] for built in others}, asked=asked)
    for number in range(ROUNDS):
        rows = range(number * each, (number + 1) * each)
        for enrolled_index, asked_queries, into in ((index, queries, found.clean), (crowd, crowded, found.crowded)):
            _single(enrolled_index, asked_queries, rows[:_WARM])  # whoever came before left the caches full of its own
            into.append(_single(enrolled_index, asked_queries, rows))
        for built in others:
            timed(built.peer, queries, rows[:1])
            found.peers[built.name].append(timed(built.peer, queries, rows[: asked[built.name]]))
    return found


def _single(index: HammingIndex, queries: Planted, rows: range) -> float:
    begin = time.process_time()
    for row in rows:
        index.search(queries.words[row : row + 1])
    return len(rows) / (time.process_time() - begin)


def _batch(index: HammingIndex, queries: Planted) -> float:
    begin = time.process_time()
    index.search(queries.words)
    return len(queries) / (time.process_time() - begin)


def latency(index: HammingIndex, queries: Planted) -> dict[str, Figure]:
    """The 99th percentile of single look-ups, in processor time and by the clock."""
    processor, clock = [], []
    for row in range(len(queries)):
        begin, began = time.process_time(), time.perf_counter()
        index.search(queries.words[row : row + 1])
        processor.append(time.process_time() - begin)
        clock.append(time.perf_counter() - began)
    found = {"p99_ms": ("processor ms", processor), "p99_clock_ms": ("ms", clock)}
    return {
        name: Figure(value=round(1000 * float(np.quantile(seconds, 0.99)), 3), unit=unit, n=len(seconds))
        for name, (unit, seconds) in found.items()
    }


def _speed(rates: Sequence[float], n: int, *, unit: str = "look-ups/processor s") -> Figure:
    def short(value: float) -> float:
        return float(f"{value:.4g}")

    return Figure(value=short(statistics.median(rates)), unit=unit, n=n, low=short(min(rates)), high=short(max(rates)))
