"""The whole of `investigate`, ledger and fsync included, on made material whose truth is known.

It runs twice, on a third of the media and on all of them, so that what is fixed and what each media costs come apart.
"""

from __future__ import annotations

import os
import resource
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from takeback.bench.material import Material, make_material, signed_consent
from takeback.bench.memory import PeakMemory
from takeback.bench.photographs import LONG_SIDE, album, pixels_of
from takeback.bench.result import BenchResult, Figure
from takeback.bench.seed_scale import SEED_MEDIA, SEED_PHOTOGRAPHS, Cost, measure_growth, scale_figures
from takeback.bench.startup import load
from takeback.crypto.passphrase import CHEAP
from takeback.jobs.case import Case, case_facts
from takeback.jobs.enrol import Enrolment, enrol
from takeback.jobs.investigate import investigate
from takeback.jobs.outcome import Investigation, fingerprints_of, matches_of
from takeback.matching.calibration import clopper_pearson
from takeback.matching.overlay import CorpusPicture
from takeback.model.digest import Sha256, sha256_of
from takeback.model.original import PackLevel
from takeback.plugins import engine
from takeback.signals.decode import Decoder
from takeback.signals.features import extract
from takeback.signals.pdq import PdqHasher

SIZE = 300
_TODAY = date(2026, 8, 3)
_SAMPLE = 240
_SMALLER = 3


class Stopwatch:
    """Seconds by stage, by the clock and of all processes' processor time, from what a job says of its progress."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.processor: dict[str, float] = {}
        self._stage = ""
        self._since, self._used = time.perf_counter(), _processor_seconds()

    def __call__(self, stage: str, done: int, total: int | None, /) -> None:
        """A stage lasts until another one speaks."""
        del done, total
        if stage != self._stage:
            self.stop()
            self._stage = stage

    def stop(self) -> None:
        """Book what has passed to the stage that ran."""
        now, used = time.perf_counter(), _processor_seconds()
        if self._stage:
            self.seconds[self._stage] = self.seconds.get(self._stage, 0.0) + now - self._since
            self.processor[self._stage] = self.processor.get(self._stage, 0.0) + used - self._used
        self._since, self._used = now, used


def _processor_seconds() -> float:
    """Of this process and of those below it that have ended: a stage's workers end with it."""
    own, below = (resource.getrusage(each) for each in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return own.ru_utime + own.ru_stime + below.ru_utime + below.ru_stime


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One measured run and what it left in its case."""

    seconds: float
    stages: Mapping[str, float]
    processor: Mapping[str, float]
    peak_bytes: int | None
    result: Investigation
    found: frozenset[tuple[Sha256, Sha256]]
    close: frozenset[tuple[Sha256, Sha256]]
    searched: frozenset[Sha256]
    enrolled: frozenset[Sha256]
    refused: int


def bench(*, size: int | None, photos: Path | None, seed: int) -> BenchResult:
    """Make material of ``size`` media and of a third, investigate with every core, compare with what was planted."""
    rng = np.random.default_rng(seed)
    with tempfile.TemporaryDirectory(prefix="takeback-bench-") as name:
        folder = Path(name)
        chosen = album(photos, folder / "shipped")
        few = make_material(folder / "fewer", chosen, max(_SMALLER, (size or SIZE) // _SMALLER), rng)
        material = make_material(folder / "export", chosen, size or SIZE, rng)
        growth = measure_growth(_sample(material), len(material.enrolled), seed)
        small, run = _run(folder / "few", few), _run(folder / "all", material)
    distinct = len(material.sources) / material.posts
    figures = {
        **_figures(material, run),
        **scale_figures(_cost(few, small), _cost(material, run), growth, distinct),
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


def _cost(material: Material, run: Run) -> Cost:
    return Cost(media=material.posts, seconds=run.stages, processor=run.processor)


def _run(folder: Path, material: Material) -> Run:
    folder.mkdir()
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
            processor=watch.processor,
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
        f"hours_at_seed_scale ({SEED_MEDIA:,} media, {SEED_PHOTOGRAPHS:,} photographs, as many cores) is a model, the "
        "sum of these pieces: for each stage but the guard what is fixed and what each media takes, through two sizes "
        "of the run (hours_<stage>); retrieval, what a query with 1,000 photographs enrolled (those beyond the run's "
        "own synthetic) takes longer than with the run's own, shared by the cores; every pair of hashes at "
        "hash_comparison_ns on one core; the guard as a n + b n^2 through two sizes of a corpus of real pictures, on "
        "one core. The variant by processor time takes the processor seconds of fingerprint and compare, shared by the "
        "cores, in place of the clock's: other work on the machine disturbs it less. "
        f"At the end: {load()}."
    )
