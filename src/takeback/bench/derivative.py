"""How well pictures made from enrolled photographs are found, and how often others are accused."""

from __future__ import annotations

import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from takeback.bench.quick_edits import ALTERING, ATTACKS, watermark
from takeback.bench.photographs import album, pixels_of, shuffled
from takeback.bench.result import BenchResult, Figure
from takeback.matching.calibration import clopper_pearson
from takeback.matching.examine import MediaView, examine
from takeback.matching.overlay import CorpusPicture, Overlays, find_overlays, none
from takeback.matching.photograph_index import PhotographIndex
from takeback.model.digest import Sha256, sha256_of
from takeback.model.finding import Conclusion, Evidence, Examination
from takeback.model.original import Original, PackLevel
from takeback.model.signal import LOW_QUALITY, Features, Signal
from takeback.signals.decode import Decoder
from takeback.signals.features import extract, searchable
from takeback.signals.pdq import PdqHasher

SIZE = 300
ATTACKED = 12
"""Photographs per attack."""
_MARKED = 20
_KEPT_SIDE = 640
_DISTANCE = 31
_SKIPPED = frozenset({"orientation"})
"""One picture in 8 orientations: exempt from being distinct."""

Pixels = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Enrolled:
    """One enrolled photograph: its path, its original, its pixels at the size that is compared."""

    path: Path
    original: Original
    pixels: Pixels


@dataclass(slots=True, kw_only=True)
class _Tally:
    """What happened: tries and hits per attack, false findings per evidence, times."""

    tried: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)
    named: Counter[str] = field(default_factory=Counter)
    hashed: Counter[str] = field(default_factory=Counter)
    false: dict[Evidence, list[tuple[str, str]]] = field(default_factory=lambda: {each: [] for each in Evidence})
    scenes: dict[Evidence, list[tuple[str, str]]] = field(default_factory=lambda: {each: [] for each in Evidence})
    doubted: int = 0
    extract_s: list[float] = field(default_factory=list)
    query_s: list[float] = field(default_factory=list)
    examine_s: list[float] = field(default_factory=list)


def _original(path: str, features: Features, signals: tuple[Signal, ...]) -> Original:
    return Original(
        id=path,
        person="bench",
        sha256=sha256_of(path.encode()),
        width=features.width,
        height=features.height,
        level=PackLevel.SEALED,
        signals=signals,
        features=features,
    )


def _features(pixels: Pixels, tally: _Tally) -> Features:
    start = time.process_time()
    features = extract(pixels, full_width=pixels.shape[1], full_height=pixels.shape[0])
    tally.extract_s.append(time.process_time() - start)
    return features


def _shrunk(pixels: Pixels) -> Pixels:
    import cv2

    factor = _KEPT_SIDE / max(pixels.shape)
    if factor >= 1:
        return pixels
    return np.asarray(cv2.resize(pixels, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA), np.uint8)


def _enrolled(files: tuple[Path, ...], size: int, decoder: Decoder, tally: _Tally) -> tuple[list[_Enrolled], int]:
    """The first so many photographs that can serve, and how many could not."""
    hasher = PdqHasher()
    kept: list[_Enrolled] = []
    refused = 0
    for path in files:
        if len(kept) == size:
            break
        pixels = pixels_of(path, decoder)
        if pixels is None:
            continue
        features = _features(pixels, tally)
        if searchable(features, pixels) is not None:
            refused += 1
            continue
        name = f"{path.parent.name}/{path.name}"
        original = _original(name, features, hasher.dihedral(pixels))
        kept.append(_Enrolled(path=path, original=original, pixels=_shrunk(pixels)))
    return kept, refused


def _conclusions(
    index: PhotographIndex,
    bank: Mapping[str, _Enrolled],
    view: MediaView,
    overlays: Overlays,
    tally: _Tally,
) -> Iterator[tuple[str, Evidence, Examination]]:
    """Every candidate's examination, by pixels and by features alone."""
    excluded, _ = overlays.exclusion(view.features)
    start = time.process_time()
    candidates = index.search(view.features, exclude=excluded)
    tally.query_s.append(time.process_time() - start)
    for candidate in candidates:
        enrolled = bank[candidate.original]
        for evidence in Evidence:
            pixels = enrolled.pixels if evidence is Evidence.PIXELS else None
            start = time.process_time()
            examination = examine(
                enrolled.original, view, original_pixels=pixels, candidate=candidate, overlays=overlays
            )
            if evidence is Evidence.PIXELS:
                tally.examine_s.append(time.process_time() - start)
            yield candidate.original, evidence, examination


def _view(pixels: Pixels, features: Features) -> MediaView:
    return MediaView(sha256=Sha256(sha256_of(pixels.tobytes())), features=features, pixels=pixels)


def _count_false(
    index: PhotographIndex,
    bank: Mapping[str, _Enrolled],
    view: MediaView,
    own: frozenset[str],
    tally: _Tally,
    *,
    by: str,
    series: frozenset[str],
) -> dict[str, Conclusion]:
    """Examine a picture against the bank, count findings of photographs not in it; conclusions by pixels."""
    concluded: dict[str, Conclusion] = {}
    for original, evidence, examination in _conclusions(index, bank, view, none(), tally):
        if evidence is Evidence.PIXELS:
            concluded[original] = examination.conclusion
        if original not in own and examination.conclusion.is_finding:
            _accuse(tally, evidence, by, original, own, series)
        elif original not in own and evidence is Evidence.PIXELS:
            tally.doubted += 1
    return concluded


def _accuse(
    tally: _Tally, evidence: Evidence, by: str, original: str, own: frozenset[str], series: frozenset[str]
) -> None:
    """Count a false finding: apart, where one of the photographs in the picture is of one series with the accused."""
    kin = next((each for each in (by, *sorted(own)) if _one_series(each, original, series)), None)
    if kin is None:
        tally.false[evidence].append((by, original))
    else:
        tally.scenes[evidence].append((kin, original))


def _folder(name: str) -> str:
    return name.partition("/")[0]


def _one_series(first: str, second: str, series: frozenset[str]) -> bool:
    """Whether both photographs are of one series: views of one place, frames of one drive."""
    return _folder(first) == _folder(second) and _folder(first) in series


def _attack_all(
    index: PhotographIndex,
    bank: Mapping[str, _Enrolled],
    decoder: Decoder,
    rng: np.random.Generator,
    tally: _Tally,
    *,
    series: frozenset[str],
) -> None:
    hasher = PdqHasher()
    names = list(bank)
    for attack, edit in ATTACKS.items():
        for number in rng.choice(len(names), min(ATTACKED, len(names)), replace=False):
            name = names[int(number)]
            donor = names[(int(number) + 1 + int(rng.integers(len(names) - 1))) % len(names)]
            pixels = pixels_of(bank[name].path, decoder)
            if pixels is None:
                continue
            edited = edit(pixels, bank[donor].pixels, rng).pixels
            view = _view(edited, _features(edited, tally))
            concluded = _count_false(index, bank, view, frozenset({name, donor}), tally, by=name, series=series)
            conclusion = concluded.get(name, Conclusion.UNDECIDED)
            wanted = Conclusion.DERIVATIVE if attack in ALTERING else Conclusion.COPY
            tally.tried[attack] += 1
            tally.found[attack] += conclusion.is_finding
            tally.named[attack] += conclusion is wanted
            signal = hasher.hash_pixels(edited)
            distance = min(signal.distance(form) for form in bank[name].original.signals)
            tally.hashed[attack] += distance <= _DISTANCE


def _shared_overlays(bank: Mapping[str, _Enrolled], seed: int, tally: _Tally) -> tuple[int, int, int]:
    """Findings among unrelated pictures with one watermark: with the guard, without it, and how many pairs."""
    chosen = [bank[name] for name in list(bank)[: 2 * _MARKED]]
    marked = [watermark(each.pixels, each.pixels, np.random.default_rng(seed)).pixels for each in chosen]
    views = [_view(pixels, _features(pixels, tally)) for pixels in marked]
    overlays = find_overlays(CorpusPicture(sha256=each.sha256, signal=None, features=each.features) for each in views)
    half = len(views) // 2
    others = {
        f"marked-{number}": _Enrolled(
            path=Path(),
            original=_original(f"marked-{number}", views[number].features, ()),
            pixels=marked[number],
        )
        for number in range(half)
    }
    index = PhotographIndex()
    index.enrol(each.original for each in others.values())
    counts = [
        sum(
            examination.conclusion.is_finding
            for view in views[half:]
            for _, evidence, examination in _conclusions(index, others, view, guard, _Tally())
            if evidence is Evidence.PIXELS
        )
        for guard in (overlays, none())
    ]
    return counts[0], counts[1], half * (len(views) - half)


def _close_pairs(bank: Mapping[str, _Enrolled]) -> int:
    """Pairs of distinct photographs whose hashes are within the distance."""
    signals = [each.original.signals[0] for each in bank.values() if each.original.signals[0].quality >= LOW_QUALITY]
    return sum(
        first.distance(second) <= _DISTANCE for number, first in enumerate(signals) for second in signals[:number]
    )


def _share(errors: int, n: int, unit: str) -> Figure:
    low, high = clopper_pearson(errors, n) if n else (None, None)
    return Figure(value=errors / n if n else None, unit=unit, n=n, low=low, high=high)


def _recalls(found: Counter[str], tried: Counter[str]) -> dict[str, Figure]:
    unit = "share of benign edits found"
    figures = {"recall_all": _share(found.total(), tried.total(), unit)}
    return figures | {f"recall_{attack}": _share(found[attack], tried[attack], unit) for attack in tried}


def _false_figures(tally: _Tally, distinct: frozenset[str]) -> dict[str, Figure]:
    """False findings, and how many of the photographs that are in no series have one."""
    figures: dict[str, Figure] = {}
    photographs = len(distinct)
    if not photographs:
        return figures
    for evidence, suffix in ((Evidence.PIXELS, ""), (Evidence.FEATURES, "_features")):
        pairs = {frozenset(pair) for pair in tally.false[evidence]}
        accused = distinct.intersection(name for pair in tally.false[evidence] for name in pair)
        bound = clopper_pearson(len(accused), photographs)
        figures[f"false_findings{suffix}"] = Figure(value=len(pairs), unit="distinct pairs", n=photographs)
        figures[f"false_photographs{suffix}"] = Figure(
            value=len(accused),
            unit="photographs with at least one false finding",
            n=photographs,
            low=bound[0] * photographs,
            high=bound[1] * photographs,
        )
        figures[f"false_upper_bound{suffix}"] = Figure(
            value=bound[1], unit="share of photographs, upper end of the exact 95 % interval", n=photographs
        )
    return figures


def _scene_figures(tally: _Tally, photographs: int) -> dict[str, Figure]:
    """Findings among photographs of one series: another exposure of the place is no edit of the first."""
    if not photographs:
        return {}
    figures: dict[str, Figure] = {}
    for evidence, suffix in ((Evidence.PIXELS, ""), (Evidence.FEATURES, "_features")):
        pairs = {frozenset(pair) for pair in tally.scenes[evidence]}
        accused = {name for pair in pairs for name in pair}
        low, high = clopper_pearson(len(accused), photographs)
        figures[f"false_scene_pairs{suffix}"] = Figure(
            value=len(pairs),
            unit="distinct pairs of one series: views of one place, frames of one drive",
            n=photographs,
        )
        figures[f"false_scene_photographs{suffix}"] = Figure(
            value=len(accused),
            unit="photographs of a series with at least one such finding",
            n=photographs,
            low=low * photographs,
            high=high * photographs,
        )
    return figures


def _named(pairs: list[tuple[str, str]]) -> list[str]:
    return sorted({" ".join(sorted(pair)) for pair in pairs})


def _milliseconds(seconds: list[float]) -> Figure:
    value = float(np.median(seconds)) * 1e3 if seconds else None
    return Figure(value=value, unit="ms CPU, median", n=len(seconds))


def measure(
    *, size: int | None, photos: Path | None, seed: int, series: frozenset[str] = frozenset(), note: str = ""
) -> BenchResult:
    """The figures over ``size`` enrolled photographs; attacks, donors and order follow from the seed.

    Photographs in a folder named in ``series`` were taken in a row; findings among them are counted apart, and the
    shares of falsely accused photographs are of the others.
    """
    tally = _Tally()
    rng = np.random.default_rng(seed)
    with tempfile.TemporaryDirectory() as spare, Decoder() as decoder:
        source = album(photos, Path(spare) / "photographs")
        files = shuffled([path for path in source.files if path.parent.name not in _SKIPPED], rng)
        enrolled, refused = _enrolled(files, size or SIZE, decoder, tally)
        bank = {each.original.id: each for each in enrolled}
        index = PhotographIndex()
        index.enrol(each.original for each in enrolled)
        for each in enrolled:
            assert each.original.features is not None
            view = _view(each.pixels, each.original.features)
            _count_false(index, bank, view, frozenset({each.original.id}), tally, by=each.original.id, series=series)
        _attack_all(index, bank, decoder, rng, tally, series=series)
    guarded, unguarded, marked_pairs = _shared_overlays(bank, seed, tally)
    photographs = len(bank)
    distinct = frozenset(name for name in bank if _folder(name) not in series)
    pairs = photographs * (photographs - 1) // 2
    figures = {
        **_recalls(tally.found, tally.tried),
        "named_right": _share(
            tally.named.total(), tally.tried.total(), "share of edits, derivative or copy told right"
        ),
        **_false_figures(tally, distinct),
        **_scene_figures(tally, photographs - len(distinct)),
        "photographs": Figure(value=photographs, unit="enrolled photographs", n=photographs),
        "refused_share": _share(refused, photographs + refused, "share of photographs refused at enrolment"),
        "distinct_pairs": Figure(value=pairs, unit="pairs of distinct photographs", n=pairs),
        "not_findings": Figure(value=tally.doubted, unit="candidates that came to no finding", n=pairs),
        "false_overlay_pairs": Figure(value=guarded, unit="findings among unrelated marked pairs", n=marked_pairs),
        "false_overlay_pairs_unguarded": Figure(value=unguarded, unit="the same without the guard", n=marked_pairs),
        "hash_close_pairs": _share(_close_pairs(bank), pairs, "pairs of distinct photographs within 31 bits"),
        "query_ms": _milliseconds(tally.query_s),
        "extract_ms": _milliseconds(tally.extract_s),
        "examine_ms": _milliseconds(tally.examine_s),
    }
    peer = _recalls(tally.hashed, tally.tried)
    ours, theirs = tally.found.total(), tally.hashed.total()
    return BenchResult(
        bench="derivative",
        seed=seed,
        n=photographs,
        figures=figures,
        peers={"pdq": peer},
        ratios={"recall_all_vs_pdq": ours / theirs} if theirs else {},
        absent={"orb_pairwise": "not measured yet"},
        note=f"{note or source.origin}; recall is on benign edits, not on real fakes; false pairs by pixels:"
        f" {_named(tally.false[Evidence.PIXELS])}"
        + (f"; pairs of one series by pixels: {_named(tally.scenes[Evidence.PIXELS])}" if series else ""),
    )


def bench(*, size: int | None = None, photos: Path | None = None, seed: int = 2020) -> BenchResult:
    """`takeback bench derivative`."""
    return measure(size=size, photos=photos, seed=seed)
