"""The whole of `investigate`, ledger and fsync included, on made material whose truth is known.

What a case of the size of the 2020 network would take is extrapolated from parts that are measured apart, because they
grow differently: work per media, comparisons (media times photographs), and the overlay guard (pairs of media).
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from takeback.bench.material import Material, make_material, signed_consent
from takeback.bench.memory import PeakMemory
from takeback.bench.photographs import LONG_SIDE, album, pixels_of
from takeback.bench.result import BenchResult, Figure
from takeback.bench.startup import load
from takeback.crypto.passphrase import CHEAP
from takeback.jobs.case import Case, case_facts
from takeback.jobs.enrol import Enrolment, enrol
from takeback.jobs.investigate import investigate
from takeback.jobs.outcome import Investigation, fingerprints_of, matches_of
from takeback.matching.calibration import clopper_pearson
from takeback.matching.hamming_index import HammingIndex
from takeback.matching.overlay import CorpusPicture, find_overlays
from takeback.matching.photograph_index import PhotographIndex
from takeback.model.digest import Sha256, sha256_of
from takeback.model.original import Original, PackLevel
from takeback.model.signal import DIHEDRAL_FORMS, Features
from takeback.plugins import engine
from takeback.protocols import Secrets
from takeback.signals.decode import Decoder
from takeback.signals.features import extract
from takeback.signals.pdq import PdqHasher

SIZE = 300
SEED_MEDIA = 104_852
SEED_PHOTOGRAPHS = 1000
_TODAY = date(2026, 8, 3)
_SAMPLE = 240
_QUERIES = 12
_HASHES = 4000


class Stopwatch:
    """Seconds by stage, taken from what a job says of its progress."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._stage = ""
        self._since = time.perf_counter()

    def __call__(self, stage: str, done: int, total: int | None, /) -> None:
        """A stage lasts until another one speaks."""
        del done, total
        if stage != self._stage:
            self.stop()
            self._stage = stage

    def stop(self) -> None:
        """Book what has passed to the stage that ran."""
        now = time.perf_counter()
        if self._stage:
            self.seconds[self._stage] = self.seconds.get(self._stage, 0.0) + now - self._since
        self._since = now


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """What grows with more than the number of media, measured apart, each on one core.

    ``comparison`` and ``hash_pair`` are seconds for one; ``guard`` the seconds that the overlay guard took by number of
    pictures.
    """

    comparison: float
    comparisons: int
    hash_pair: float
    guard: Mapping[int, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One measured run and what it left in its case."""

    seconds: float
    stages: Mapping[str, float]
    peak_bytes: int | None
    result: Investigation
    found: frozenset[tuple[Sha256, Sha256]]
    close: frozenset[tuple[Sha256, Sha256]]
    searched: frozenset[Sha256]
    enrolled: frozenset[Sha256]
    refused: int


def bench(*, size: int | None, photos: Path | None, seed: int) -> BenchResult:
    """Make material of ``size`` media, investigate it with every core, and compare with what was planted."""
    rng = np.random.default_rng(seed)
    with tempfile.TemporaryDirectory(prefix="takeback-bench-") as name:
        folder = Path(name)
        chosen = album(photos, folder / "shipped")
        material = make_material(folder / "export", chosen, size or SIZE, rng)
        growth = measure_growth(material, rng)
        run = _run(folder, material)
    figures = {
        **_figures(material, run),
        **_growth_figures(growth),
        "hours_at_seed_scale": hours(material, run, growth),
    }
    pdq = _accuracy(material, run, run.close)
    return BenchResult(
        bench="investigate",
        seed=seed,
        n=material.posts,
        figures=figures,
        peers={"pdq": pdq},
        ratios=_ratios(figures, pdq),
        note=_note(chosen.origin, material, run),
    )


def _run(folder: Path, material: Material) -> Run:
    facts = case_facts("A measurement", role="made up", legal_basis="made up", jurisdiction="EU")
    watch = Stopwatch()
    with Case.create(folder / "case", facts, passphrase="made up", cost=CHEAP) as case:  # noqa: S106  # opens nothing real
        made = _pack(folder / "made-up.pack", material, case.store.recipient)
        start = time.perf_counter()
        with PeakMemory() as memory:
            result = investigate(
                case,
                [material.export],
                [folder / "made-up.pack"],
                engine=engine("local", workers=os.cpu_count() or 1),
                today=_TODAY,
                progress=watch,
            )
        seconds = time.perf_counter() - start
        watch.stop()
        digests = {each.id: each.sha256 for each in case.store.originals()}
        found = {(each.examination.media, digests[each.examination.original]) for each in case.findings}
        return Run(
            seconds=seconds,
            stages=watch.seconds,
            peak_bytes=memory.bytes,
            result=result,
            found=frozenset(found),
            close=frozenset((each.media, digests[each.original]) for each in matches_of(case)),
            searched=frozenset(each.sha256 for each in fingerprints_of(case) if each.hash and not each.not_searchable),
            enrolled=frozenset(digests.values()),
            refused=len(made.refused),
        )


def _pack(path: Path, material: Material, recipient: str) -> Enrolment:
    made = enrol(
        material.enrolled,
        signed_consent(material.enrolled),
        level=PackLevel.SEALED,
        recipients=[recipient],
        today=_TODAY,
    )
    path.write_bytes(made.pack)
    return made


# --- accuracy ---


def pairs_compared(material: Material, run: Run) -> int:
    """How many pairs of an enrolled photograph and a picture of another photograph were compared, each once."""
    own = dict(material.planted)
    others = {material.sources[media] for media in run.searched if media not in own}
    planted = {original for media, original in own.items() if media in run.searched}
    return len(others) * len(run.enrolled) + sum(len(run.enrolled - {original}) for original in planted)


def _accuracy(material: Material, run: Run, found: frozenset[tuple[Sha256, Sha256]]) -> dict[str, Figure]:
    """Recall over planted pairs that were enrolled, and what was found that was not planted."""
    planted = {pair for pair in material.planted if pair[1] in run.enrolled}
    hits, false, pairs = len(planted & found), len(found - material.planted), pairs_compared(material, run)
    figures = {"false_findings": Figure(value=false, unit="findings", n=pairs)}
    if pairs >= false and pairs:
        _, high = clopper_pearson(false, pairs)
        figures["false_upper_bound"] = Figure(value=high, unit="share of distinct pairs, 97.5 %", n=pairs)
    if not planted:
        return {**figures, "recall": Figure(value=None, unit="share", n=0)}
    low, high = clopper_pearson(hits, len(planted))
    return {**figures, "recall": Figure(value=hits / len(planted), unit="share", n=len(planted), low=low, high=high)}


# --- speed ---


def _figures(material: Material, run: Run) -> dict[str, Figure]:
    peak = None if run.peak_bytes is None else round(run.peak_bytes / 2**20, 1)
    stages = {
        f"seconds_{name.replace(' ', '_')}": Figure(value=round(seconds, 3), unit="s", n=material.posts)
        for name, seconds in run.stages.items()
    }
    return {
        "media_per_s": Figure(value=material.posts / run.seconds, unit="media/s", n=material.posts),
        "peak_rss_mb": Figure(value=peak, unit="MiB", n=1),
        **_accuracy(material, run, run.found),
        "seconds": Figure(value=round(run.seconds, 3), unit="s", n=material.posts),
        **stages,
    }


def measure_growth(material: Material, rng: np.random.Generator) -> Growth:
    """Time comparisons and the guard in a worker, as the job's own, and comparisons of hashes.

    The kernels are compiled, or loaded from their cache, on the way: the run that follows finds them ready.
    """
    (outcome,) = engine("local", workers=1).map(growth_seconds, [tuple(_sample(material))], secrets=Secrets())
    assert outcome.value is not None, outcome.error
    comparison, comparisons, guard = outcome.value
    return Growth(comparison=comparison, comparisons=comparisons, hash_pair=_hash_pair(rng), guard=guard)


def growth_seconds(pictures: tuple[CorpusPicture, ...], secrets: Secrets) -> tuple[float, int, dict[int, float]]:
    """Processor seconds for one comparison, how many that rests on, and what the guard takes at two sizes."""
    del secrets
    find_overlays(pictures)
    guard = {size: min(_guard(pictures[:size]) for _ in range(2)) for size in (len(pictures) // 2, len(pictures))}
    return (*_comparison([each.features for each in pictures]), guard)


def _guard(pictures: tuple[CorpusPicture, ...]) -> float:
    start = time.process_time()
    find_overlays(pictures)
    return time.process_time() - start


def _sample(material: Material) -> list[CorpusPicture]:
    hasher = PdqHasher()
    found = []
    with Decoder() as decoder:
        for path in sorted((material.export / "photos").iterdir())[:_SAMPLE]:
            pixels = pixels_of(path, decoder, long_side=LONG_SIDE)
            assert pixels is not None  # this bench wrote it
            features = extract(pixels, full_width=pixels.shape[1], full_height=pixels.shape[0])
            found.append(
                CorpusPicture(sha256=sha256_of(path.read_bytes()), signal=hasher.hash_pixels(pixels), features=features)
            )
    return found


def _comparison(features: Sequence[Features]) -> tuple[float, int]:
    """Seconds that one more photograph in the bank costs one query: the slope between two sizes of the bank."""
    queries = features[:_QUERIES]
    small, large = max(1, len(features) // 4), len(features)
    seconds = {}
    for size in (small, large):
        index = PhotographIndex()
        index.enrol(_original(number, each) for number, each in enumerate(features[:size]))
        index.search(queries[0])
        start = time.process_time()
        for query in queries:
            index.search(query)
        seconds[size] = time.process_time() - start
    step = (large - small) * len(queries)
    return max(0.0, seconds[large] - seconds[small]) / max(1, step), step


def _original(number: int, features: Features) -> Original:
    return Original(
        id=f"bench-{number}",
        person="nobody",
        sha256=sha256_of(str(number).encode()),
        width=features.width,
        height=features.height,
        level=PackLevel.FEATURES,
        signals=(),
        features=features,
    )


def _hash_pair(rng: np.random.Generator) -> float:
    """Seconds that one comparison of two hashes costs."""
    words = rng.integers(0, 2**63, size=(_HASHES, 4), dtype=np.uint64)
    index = HammingIndex.build(words)
    index.search(words[:8])
    start = time.process_time()
    index.search(words)
    return (time.process_time() - start) / _HASHES**2


def hours(material: Material, run: Run, growth: Growth) -> Figure:
    """The same case with 104,852 media and 1,000 photographs, in hours, on as many cores."""
    distinct = SEED_MEDIA * len(material.sources) / material.posts
    media = (run.seconds - run.stages.get("guard", 0.0)) / material.posts * SEED_MEDIA
    more = max(0, SEED_PHOTOGRAPHS - len(run.enrolled))
    comparisons = distinct * more * growth.comparison / (os.cpu_count() or 1)
    hashes = distinct * (SEED_PHOTOGRAPHS * DIHEDRAL_FORMS + distinct) * growth.hash_pair
    total = media + comparisons + hashes + guard_seconds(growth.guard, distinct)
    return Figure(value=round(total / 3600, 2), unit="h, extrapolated (a model)", n=material.posts)


def guard_seconds(measured: Mapping[int, float], pictures: float) -> float:
    """What the guard takes for so many pictures, as a n + b n^2 through two measured sizes."""
    (one, first), (two, second) = sorted(measured.items())
    quadratic = max(0.0, (second / two - first / one) / (two - one))
    linear = max(0.0, second / two - quadratic * two)
    return linear * pictures + quadratic * pictures**2


def _growth_figures(growth: Growth) -> dict[str, Figure]:
    guard = {
        f"guard_cpu_s_at_{size}": Figure(value=round(seconds, 3), unit="s", n=size)
        for size, seconds in sorted(growth.guard.items())
    }
    return {
        "comparison_us": Figure(value=growth.comparison * 1e6, unit="us of one core", n=growth.comparisons),
        "hash_comparison_ns": Figure(value=growth.hash_pair * 1e9, unit="ns of one core", n=_HASHES**2),
        **guard,
    }


def _ratios(figures: Mapping[str, Figure], pdq: Mapping[str, Figure]) -> dict[str, float]:
    ours, theirs = figures["recall"].value, pdq["recall"].value
    return {"recall_vs_pdq": ours / theirs} if ours is not None and theirs else {}


def _note(origin: str, material: Material, run: Run) -> str:
    return (
        f"Material: {material.posts} media posted, {len(material.sources)} distinct, made from {origin} "
        f"({material.unrelated} distinct unrelated ones); {len(run.enrolled)} photographs enrolled, {run.refused} "
        f"refused at enrolment; {len(run.searched)} media searched. Recall is on benign edits, not on real fakes. "
        "False findings: n counts pairs of distinct photographs; the bound is that of Clopper and Pearson. "
        "peak_rss_mb sums the resident memory of all processes, so pages that they share count more than once. "
        f"hours_at_seed_scale ({SEED_MEDIA:,} media, {SEED_PHOTOGRAPHS:,} photographs) is a model: the run's seconds "
        "per media without the guard, start-up included; plus, for each media, the photographs that this bank lacks "
        "at comparison_us (the slope between two sizes of the bank), shared by the cores; plus every pair of hashes "
        "at hash_comparison_ns on one core; plus the guard as a n + b n^2 through two sizes, on one core. "
        f"At the end: {load()}."
    )
