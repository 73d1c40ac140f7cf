"""How exactly an alteration is shown: masks against the truth of benign edits, and unaltered copies called altered."""

from __future__ import annotations

import tempfile
import time
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path

import numpy as np
import numpy.typing as npt

from takeback.bench.attacks import ATTACKS, Attacked, attack
from takeback.bench.photographs import album, pixels_of, shuffled
from takeback.bench.result import BenchResult, Figure
from takeback.matching.align import align
from takeback.matching.alteration import compare
from takeback.matching.calibration import clopper_pearson
from takeback.matching.examine import MediaView, examine_closely
from takeback.matching.pairing import match_pair
from takeback.model.digest import Sha256, sha256_of
from takeback.model.finding import Conclusion
from takeback.model.original import Original, PackLevel
from takeback.signals.decode import Decoder
from takeback.signals.features import extract, searchable

SIZE = 40
KINDS = ("region", "composite", "reshot")
_COPIES = 4
"""Unaltered copies for each photograph."""
_KEPT_SIDE, _POSTED_SIDE = 640, 1280
_COARSE = 4
_LEAST_SHARE, _LEAST_SIDE = 0.25, 160
_HIDDEN = 0.01
_DIFFERENT = 30.0
_HALF = 0.5
_POPULATION = "photographs of the collections that `split.toml` keeps for tests"

Pixels = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]
Matrix3 = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Seen:
    """What an edit leaves to see, in the photograph's frame: ``shown`` is covered by the picture, of which ``hidden``
    lies under marks on top, and ``altered`` shows something else.
    """

    shown: Mask
    hidden: Mask
    altered: Mask


@dataclass(slots=True, kw_only=True)
class _Tally:
    """Intersections over unions per kind, ours and the peer's; conclusions on copies; times in seconds."""

    ours: dict[str, list[float]] = field(default_factory=lambda: {kind: [] for kind in KINDS})
    peer: dict[str, list[float]] = field(default_factory=lambda: {kind: [] for kind in KINDS})
    too_little: int = 0
    copies: list[str] = field(default_factory=list)
    called_altered: list[str] = field(default_factory=list)
    align_s: list[float] = field(default_factory=list)
    mask_s: list[float] = field(default_factory=list)


def _shrunk(pixels: Pixels, side: int) -> Pixels:
    import cv2

    factor = side / max(pixels.shape)
    if factor >= 1:
        return pixels
    return np.asarray(cv2.resize(pixels, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA), np.uint8)


def _transform(made: Attacked) -> Matrix3:
    """The homography from the photograph to the picture that its truth follows."""
    import cv2

    rows, columns = np.nonzero(~np.isnan(made.source[:, :, 0]))
    chosen = np.linspace(0, len(rows) - 1, min(4000, len(rows))).astype(int)
    places = made.source[rows[chosen], columns[chosen]].astype(np.float64)
    matrix, _ = cv2.findHomography(places, np.column_stack((columns[chosen], rows[chosen])).astype(np.float64), 0)
    return np.asarray(matrix, np.float64)


def seen_of(made: Attacked) -> _Seen:
    """What an edit leaves to see, on a frame that is coarser than the photograph's by a whole factor."""
    import cv2

    height, width = made.altered.shape
    size = (max(1, width // _COARSE), max(1, height // _COARSE))
    coarse = np.diag([width / size[0], height / size[1], 1.0])
    flags = cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP
    ones = np.ones(made.pixels.shape[:2], np.uint8)
    shown = cv2.warpPerspective(ones, _transform(made) @ coarse, size, flags=flags) > 0
    places = made.source[~np.isnan(made.source[:, :, 0])] / (width / size[0], height / size[1])
    seen = np.zeros(shown.shape, np.uint8)
    columns, rows = np.clip(places.astype(int), 0, (size[0] - 1, size[1] - 1)).T
    seen[rows, columns] = 1
    spread = max(3, 2 * round(size[0] / max(1.0, float(made.surviving_side))) + 1)
    seen = cv2.morphologyEx(seen, cv2.MORPH_CLOSE, np.ones((spread, spread), np.uint8))
    altered = cv2.resize(made.altered.astype(np.float32), size, interpolation=cv2.INTER_AREA) > _HALF
    return _Seen(
        shown=np.asarray(shown, bool),
        hidden=np.asarray(shown & (seen == 0) & ~altered, bool),
        altered=np.asarray(altered, bool),
    )


def overlap(mask: Mask, truth: _Seen) -> float:
    """Intersection over union of a mask and the truth where the picture shows the photograph, hidden parts left out.

    What a mark covers was not altered, but it does show something else: a mask may say either.
    """
    import cv2

    size = truth.shown.shape[::-1]
    found = cv2.resize(mask.astype(np.float32), size, interpolation=cv2.INTER_AREA) > _HALF
    around = cv2.dilate(truth.hidden.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    asked = truth.shown & (~around | truth.altered)
    union = np.count_nonzero((found | truth.altered) & asked)
    return float(np.count_nonzero(found & truth.altered & asked) / union) if union else 1.0


def _difference(original: Pixels, media: Pixels, matrix: Matrix3) -> Mask:
    """The naive peer: where two pictures differ by 30 levels after alignment by the features' consensus."""
    import cv2

    size = (original.shape[1], original.shape[0])
    view = cv2.warpPerspective(media, matrix, size, flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
    both = [cv2.blur(each.astype(np.float32), (5, 5)) for each in (original, view)]
    off = np.abs(both[0] - both[1]).max(axis=2) > _DIFFERENT
    opened = cv2.morphologyEx(off.astype(np.uint8), cv2.MORPH_OPEN, np.ones((5, 5), np.uint8))
    return np.asarray(opened, bool)


def _original(name: str, pixels: Pixels) -> Original | None:
    """The photograph as it would be enrolled, or None where it cannot be searched for."""
    features = extract(pixels, full_width=pixels.shape[1], full_height=pixels.shape[0])
    if searchable(features, pixels) is not None:
        return None
    return Original(
        id=name,
        person="bench",
        sha256=sha256_of(name.encode()),
        width=features.width,
        height=features.height,
        level=PackLevel.SEALED,
        signals=(),
        features=features,
    )


def _view(pixels: Pixels) -> MediaView:
    features = extract(pixels, full_width=pixels.shape[1], full_height=pixels.shape[0])
    return MediaView(sha256=Sha256(sha256_of(pixels.tobytes())), features=features, pixels=pixels)


def _timed(original: Original, pixels: Pixels, view: MediaView, tally: _Tally) -> Mask | None:
    """Measure alignment and mask on one pair; the peer's mask of it, or None where nothing agrees."""
    candidate = match_pair(original, view.features)
    if candidate is None or view.pixels is None:
        return None
    start = time.process_time()
    aligned = align(
        pixels,
        view.pixels,
        candidate.matrix,
        original_size=(original.width, original.height),
        media_size=(view.features.width, view.features.height),
    )
    middle = time.process_time()
    compare(aligned.original, aligned.media, aligned.inside, np.zeros_like(aligned.inside))
    tally.align_s.append(middle - start)
    tally.mask_s.append(time.process_time() - middle)
    unit = np.diag([original.width / pixels.shape[1], original.height / pixels.shape[0], 1.0])
    return _difference(pixels, view.pixels, candidate.matrix @ unit)


def _measure_edit(original: Original, photograph: Pixels, made: Attacked, kind: str, tally: _Tally) -> None:
    if made.surviving_share < _LEAST_SHARE or made.surviving_side < _LEAST_SIDE:
        tally.too_little += 1
        return
    truth, kept = seen_of(made), _shrunk(photograph, _KEPT_SIDE)
    view = _view(_shrunk(made.pixels, _POSTED_SIDE))
    naive = _timed(original, kept, view, tally)
    _, mask = examine_closely(original, view, original_pixels=kept)
    tally.ours[kind].append(0.0 if mask is None else overlap(mask, truth))
    tally.peer[kind].append(0.0 if naive is None else overlap(naive, truth))


def _measure_copy(original: Original, photograph: Pixels, made: Attacked, tally: _Tally) -> None:
    truth = seen_of(made)
    if float(truth.hidden.sum()) > _HIDDEN * float(truth.shown.sum()):
        return
    view = _view(_shrunk(made.pixels, _POSTED_SIDE))
    seen, _ = examine_closely(original, view, original_pixels=_shrunk(photograph, _KEPT_SIDE))
    name = f"{original.id} {made.steps[0].attack} {made.steps[0].strength:.2f}"
    tally.copies.append(name)
    if seen.conclusion is Conclusion.DERIVATIVE:
        tally.called_altered.append(name)


def _kept_for_tests() -> frozenset[str]:
    text = resources.files("takeback.bench").joinpath("split.toml").read_text(encoding="utf-8")
    return frozenset(tomllib.loads(text)["test"])


def _photographs(files: tuple[Path, ...], size: int, decoder: Decoder) -> Iterator[tuple[Original, Pixels]]:
    """So many photographs that can be searched for."""
    count = 0
    for path in files:
        pixels = pixels_of(path, decoder) if count < size else None
        original = None if pixels is None else _original(f"{path.parent.name}/{path.name}", pixels)
        if original is not None and pixels is not None:
            count += 1
            yield original, pixels


def _iou_figures(measured: Mapping[str, list[float]]) -> dict[str, Figure]:
    figures: dict[str, Figure] = {}
    for kind, values in measured.items():
        n, below = len(values), sum(value < _HALF for value in values)
        low, high = clopper_pearson(below, n) if n else (0.0, 1.0)
        mean = float(np.mean(values)) if n else None
        figures[f"iou_{kind}"] = Figure(value=mean, unit="mean intersection over union of the altered region", n=n)
        figures[f"share_below_half_{kind}"] = Figure(
            value=below / n if n else None, unit="share of edits below 0.5", n=n, low=low, high=high
        )
    return figures


def _copy_figure(tally: _Tally) -> Figure:
    n, wrong = len(tally.copies), len(tally.called_altered)
    low, high = clopper_pearson(wrong, n) if n else (0.0, 1.0)
    value = wrong / n if n else None
    return Figure(value=value, unit="share of unaltered copies called altered", n=n, low=low, high=high)


def _milliseconds(seconds: list[float], what: str) -> Figure:
    value = float(np.median(seconds)) * 1000 if seconds else None
    return Figure(value=value, unit=f"ms of CPU, median, {what}", n=len(seconds))


def bench(*, size: int | None = None, photos: Path | None = None, seed: int = 2020) -> BenchResult:
    """`takeback bench alteration`."""
    tally = _Tally()
    rng = np.random.default_rng(seed)
    plain = [name for name, each in ATTACKS.items() if not each.alters and each.family not in {"mark", "collage"}]
    photographs = 0
    with tempfile.TemporaryDirectory() as spare, Decoder() as decoder:
        source = album(photos, Path(spare) / "photographs")
        kept = _kept_for_tests()
        files = [path for path in source.files if path.parent.name in kept] if photos is None else list(source.files)
        donor: Pixels | None = None
        for original, pixels in _photographs(shuffled(files or list(source.files), rng), size or SIZE, decoder):
            photographs += 1
            other = pixels[::-1, ::-1] if donor is None else donor
            for kind in KINDS:
                made = attack(kind, pixels, other, strength=float(rng.random()), rng=rng)
                _measure_edit(original, pixels, made, kind, tally)
            for name in rng.choice(plain, _COPIES, replace=False):
                made = attack(str(name), pixels, other, strength=float(rng.random()), rng=rng)
                _measure_copy(original, pixels, made, tally)
            donor = pixels
    return BenchResult(
        bench="alteration",
        seed=seed,
        n=photographs,
        figures={
            **_iou_figures(tally.ours),
            "altered_when_unaltered": _copy_figure(tally),
            "too_little_survives": Figure(value=tally.too_little, unit="edits left out", n=photographs * len(KINDS)),
            "align_ms": _milliseconds(tally.align_s, "to align"),
            "mask_ms": _milliseconds(tally.mask_s, "to compare and mask"),
        },
        peers={"difference": _iou_figures(tally.peer)},
        note=f"{source.origin if photos is not None else _POPULATION}; benign edits, strengths uniform in their ranges,"
        f" at least {_LEAST_SHARE:.0%} of the area and {_LEAST_SIDE} px surviving; an edit that is not found counts 0;"
        f" what marks hide is left out; copies called altered: {tally.called_altered}",
    )
