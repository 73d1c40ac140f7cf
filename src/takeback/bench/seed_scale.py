"""What a case of the size of the 2020 network would take, from parts that are measured apart: they grow differently.

each stage but the guard   a fixed part and seconds per media, through two sizes of the run
retrieval                  a query with 1,000 photographs enrolled, less one with the run's own
hashes                     pairs, at the seconds of one
guard                      a n + b n^2, through two sizes of a corpus of real pictures
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from takeback.bench.result import Figure
from takeback.bench.synthetic import synthetic_photographs
from takeback.matching.inverted_file import Enrolled
from takeback.matching.near_duplicates import DISTANCE
from takeback.matching.overlay import CorpusPicture, find_overlays
from takeback.matching.photograph_index import PhotographIndex
from takeback.matching.postings import postings_of
from takeback.matching.vocabulary import shipped
from takeback.model.signal import DIHEDRAL_FORMS, Features
from takeback.plugins import engine
from takeback.protocols import Secrets

SEED_MEDIA = 104_852
SEED_PHOTOGRAPHS = 1000
SHARED = ("fingerprint", "compare")
"""The stages whose work all cores share."""
GUARD = "guard"
_QUERIES = 12
_WARM = 12
_HASHES = 4000


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What a run of ``media`` posted pictures took by stage: seconds by the clock, and of processors, all processes."""

    media: int
    seconds: Mapping[str, float]
    processor: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """What the run cannot show at its size, measured apart, each on one core.

    ``query_small`` and ``query_large`` are seconds of a query with ``bank`` and with 1,000 photographs enrolled,
    ``enrolling`` those of building the large index, ``hash_pair`` those of one comparison of hashes, ``guard`` those
    of the overlay guard by number of pictures.
    """

    query_small: float
    query_large: float
    queries: int
    bank: int
    enrolling: float
    hash_pair: float
    guard: Mapping[int, float]


def measure_growth(pictures: Sequence[CorpusPicture], bank: int, seed: int) -> Growth:
    """Time retrieval and the guard in a worker, as the job's own, and comparisons of hashes.

    The kernels are compiled, or loaded from their cache, on the way: the runs that follow find them ready.
    """
    (outcome,) = engine("local", workers=1).map(growth_of, [(tuple(pictures), bank, seed)], secrets=Secrets())
    assert outcome.value is not None, outcome.error
    return outcome.value


def growth_of(part: tuple[tuple[CorpusPicture, ...], int, int], secrets: Secrets) -> Growth:
    """The growth, by processor time of this process."""
    del secrets
    pictures, bank, seed = part
    rng = np.random.default_rng(seed)
    queries = [each.features for each in pictures[:_QUERIES]]
    _enrolled(0, queries[0])
    start = time.process_time()
    real = [_enrolled(number, each.features) for number, each in enumerate(pictures[-bank:])]
    enrolling = (time.process_time() - start) / len(real) * SEED_PHOTOGRAPHS
    small, large = PhotographIndex(), PhotographIndex()
    small.add(real)
    large.add([*real, *synthetic_photographs(real, SEED_PHOTOGRAPHS - len(real), rng)])
    find_overlays(pictures[:_WARM])
    sizes = sorted({len(pictures) // 2, len(pictures)})
    return Growth(
        query_small=_query(small, queries),
        query_large=_query(large, queries),
        queries=len(queries),
        bank=len(real),
        enrolling=enrolling,
        hash_pair=_hash_pair(rng),
        guard={size: _guard(pictures[:size]) for size in sizes if size},
    )


def _enrolled(number: int, features: Features) -> Enrolled:
    postings = postings_of(features, shipped())
    return Enrolled(id=f"bench-{number}", width=features.width, height=features.height, postings=postings)


def _query(index: PhotographIndex, queries: Sequence[Features]) -> float:
    """Seconds that a query costs, in the middle of all."""
    index.search(queries[0])
    seconds = []
    for query in queries:
        start = time.process_time()
        index.search(query)
        seconds.append(time.process_time() - start)
    return float(np.median(seconds))


def _guard(pictures: Sequence[CorpusPicture]) -> float:
    start = time.process_time()
    find_overlays(pictures)
    return time.process_time() - start


def _hash_pair(rng: np.random.Generator) -> float:
    """Seconds that one comparison of two hashes costs, as near-duplicates are found: all with all."""
    from takeback.kernels.hamming import within

    words = rng.integers(0, 2**63, size=(_HASHES, 4), dtype=np.uint64)
    within(words, words[:8], DISTANCE)
    start = time.process_time()
    within(words, words, DISTANCE)
    return (time.process_time() - start) / _HASHES**2


# --- extrapolation ---


def line(small: tuple[int, float], large: tuple[int, float]) -> tuple[float, float]:
    """Seconds that are fixed and seconds for each media, both at least 0, through two sizes of a run."""
    (few, first), (many, second) = small, large
    if many <= few:
        return 0.0, second / max(1, many)
    slope = max(0.0, (second - first) / (many - few))
    return max(0.0, second - slope * many), slope


def guard_seconds(measured: Mapping[int, float], pictures: float) -> float:
    """What the guard takes for so many pictures, as a n + b n^2 through two measured sizes."""
    (one, first), (two, second) = sorted(measured.items())
    quadratic = max(0.0, (second / two - first / one) / (two - one))
    linear = max(0.0, second / two - quadratic * two)
    return linear * pictures + quadratic * pictures**2


def pieces(small: Cost, large: Cost, growth: Growth, distinct: float, *, processor: bool = False) -> dict[str, float]:
    """Seconds of each piece of the large case, by the clock or, shared out over the cores, by processor time.

    Parameters:
        small: a run of few media.
        large: a run of more.
        growth: what was measured apart.
        distinct: share of the media posted that is not the same bytes again.
        processor: whether to go by processor time, which other work on the machine disturbs less.
    """
    cores, found = os.cpu_count() or 1, {}
    for stage in large.seconds:
        if stage == GUARD:
            continue
        few, many = (each.processor if processor else each.seconds for each in (small, large))
        fixed, slope = line((small.media, few.get(stage, 0.0)), (large.media, many[stage]))
        seconds = fixed + slope * SEED_MEDIA
        found[stage] = seconds / cores if processor and stage in SHARED else seconds
    searched = SEED_MEDIA * distinct
    more = max(0.0, growth.query_large - growth.query_small)
    found["retrieval_at_1000"] = searched * more / cores + growth.enrolling
    found["hash_pairs"] = searched * (SEED_PHOTOGRAPHS * DIHEDRAL_FORMS + searched) * growth.hash_pair
    found[GUARD] = guard_seconds(growth.guard, searched + SEED_PHOTOGRAPHS)
    return found


def scale_figures(small: Cost, large: Cost, growth: Growth, distinct: float) -> dict[str, Figure]:
    """The hours of the large case, by the clock and by processor time, and those of each piece."""
    unit = "h, extrapolated (a model)"
    clock, processor = (pieces(small, large, growth, distinct, processor=each) for each in (False, True))

    def hours(seconds: float) -> Figure:
        return Figure(value=round(seconds / 3600, 3), unit=unit, n=large.media)

    return {
        "hours_at_seed_scale": hours(sum(clock.values())),
        "hours_at_seed_scale_by_processor_time": hours(sum(processor.values())),
        **{f"hours_{name.replace(' ', '_')}": hours(seconds) for name, seconds in clock.items()},
        **_parts(small, large),
        **_apart(growth),
    }


def _parts(small: Cost, large: Cost) -> dict[str, Figure]:
    figures = {}
    for stage in large.processor:
        _, slope = line((small.media, small.processor.get(stage, 0.0)), (large.media, large.processor[stage]))
        name = f"processor_ms_per_media_{stage.replace(' ', '_')}"
        figures[name] = Figure(value=round(slope * 1e3, 3), unit="ms of one core", n=large.media - small.media)
    return figures


def _apart(growth: Growth) -> dict[str, Figure]:
    def query(seconds: float) -> Figure:
        return Figure(value=seconds * 1e3, unit="ms of one core", n=growth.queries)

    guard = {
        f"guard_processor_s_at_{size}": Figure(value=round(seconds, 3), unit="s", n=size)
        for size, seconds in sorted(growth.guard.items())
    }
    return {
        f"query_ms_at_{growth.bank}": query(growth.query_small),
        f"query_ms_at_{SEED_PHOTOGRAPHS}": query(growth.query_large),
        "hash_comparison_ns": Figure(value=growth.hash_pair * 1e9, unit="ns of one core", n=_HASHES**2),
        **guard,
    }
