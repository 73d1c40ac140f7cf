"""One original against one picture: alignment, alteration, conclusion, error rate."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from takeback.errors import UsageError
from takeback.matching import judgement
from takeback.matching.calibration import error_rate
from takeback.matching.candidate import Candidate
from takeback.matching.doubts import judge_elsewhere, judge_part
from takeback.matching.exposure import shows_movement
from takeback.matching.feature_motion import feature_motion
from takeback.matching.geometry import beyond_frame, side_scale, straightened
from takeback.matching.grid import ALTERED, SURVIVES, boxes, cells_of, grid_of_masks
from takeback.matching.lattice import is_tiled_mark
from takeback.matching.look import Look, Pair, look_until_told
from takeback.matching.missing import compare_features, moved_share
from takeback.matching.overlay import Overlays
from takeback.matching.pairing import inlier_points, match_pair, matched_again, refitted
from takeback.matching.part import Shared, bounds, shared_part
from takeback.matching.specks import without_specks
from takeback.model.digest import Sha256
from takeback.model.finding import (
    Alignment,
    Alteration,
    Conclusion,
    Evidence,
    Examination,
    Matrix,
    PersonRegion,
)
from takeback.model.original import Original
from takeback.model.signal import Features

VERSION = "6"
_BOX_ALTERED = 0.02
_BOX_SURVIVES = 0.05

Pixels = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MediaView:
    """What is known of a picture: its digest, features, and its pixels (H, W, 3) RGB at any resolution, if at hand."""

    sha256: Sha256
    features: Features
    pixels: Pixels | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Seen:
    """What a comparison saw, whatever it was made from."""

    judgement: judgement.Judgement
    alteration: Alteration | None
    person: PersonRegion
    untouched: bool
    direction: str
    mask: Mask | None
    matrix: npt.NDArray[np.float64]


def examine(
    original: Original,
    media: MediaView,
    *,
    original_pixels: Pixels | None = None,
    candidate: Candidate | None = None,
    overlays: Overlays | None = None,
    tested: int = 1,
) -> Examination:
    """What comparing an original with a picture supports, how strongly, and how often such a conclusion errs.

    Parameters:
        original: enrolled at level features or sealed; of level hash a UsageError says that nothing can be done.
        media: the picture.
        original_pixels: (H, W, 3) uint8 RGB of any resolution; without them areas are estimated from features.
        candidate: what the retrieval found; its score counts all that it tested. Without it the pair is matched here.
            One that says a score and not which features agree is matched again, and both must be high enough.
        overlays: marks that recur across the corpus; they have no vote.
        tested: how many originals the picture is compared with, where there is no candidate.
    """
    return examine_closely(
        original,
        media,
        original_pixels=original_pixels,
        candidate=candidate,
        overlays=overlays,
        tested=tested,
    )[0]


def examine_closely(
    original: Original,
    media: MediaView,
    *,
    original_pixels: Pixels | None = None,
    candidate: Candidate | None = None,
    overlays: Overlays | None = None,
    tested: int = 1,
) -> tuple[Examination, Mask | None]:
    """As `examine`, with the exact mask of what is altered in the original's frame (at the working size).

    Marks through which, or between whose strokes, the original still shows are no part of the mask.
    """
    if original.features is None:
        raise UsageError(
            f"the original {original.id} holds hashes only and cannot be examined (enrol it at a higher level)"
        )
    excluded, shared = (None, ()) if overlays is None else overlays.exclusion(media.features)
    pixels = original_pixels is not None and media.pixels is not None
    if candidate is None or (candidate.score >= judgement.FINDING_SCORE and not len(candidate.agreeing)):
        candidate = match_pair(original, media.features, exclude=excluded, tested=tested)
    elif pixels:
        candidate = matched_again(original, media.features, candidate, excluded)
    evidence = Evidence.PIXELS if pixels else Evidence.FEATURES
    threshold = judgement.FINDING_SCORE if pixels else judgement.FEATURES_SCORE
    if candidate is None:
        nothing = ("The features of the two pictures agree on no alignment.",)
        return _written(
            original, media, None, None, judgement.Judgement(conclusion=Conclusion.UNDECIDED, reasons=nothing), shared
        ), None
    if candidate.score < threshold:
        weak = judgement.too_weak(candidate.score, threshold)
        return _written(original, media, candidate, None, weak, shared), None
    if original_pixels is not None and media.pixels is not None:
        seen = _see_pixels(original, media, original_pixels, media.pixels, candidate, excluded)
    else:
        seen = _see_features(original, media, candidate)
    return _written(original, media, candidate, seen, seen.judgement, shared, evidence=evidence), seen.mask


def _see_pixels(
    original: Original,
    media: MediaView,
    original_pixels: Pixels,
    media_pixels: Pixels,
    candidate: Candidate,
    excluded: Mask | None,
) -> _Seen:
    assert original.features is not None
    pair = Pair(
        original=original.features, media=media.features, pixels=without_specks(media_pixels), excluded=excluded
    )
    look = look_until_told(pair, original_pixels, candidate)
    part = look.shared(original.person_region)
    judged = judge_elsewhere(look.judged, look.moved_to(pair))
    way = judgement.direction(
        detail=look.aligned.detail, covered=look.fit.covered, beyond=look.fit.beyond, blur=look.seen.blur
    )
    replaced = look.replaced
    return _Seen(
        judgement=judge_part(
            judged,
            part,
            told=shows_movement(look.seen.registration, look.differing),
            tiled=judged.conclusion.is_finding and is_tiled_mark(pair.original, pair.media, candidate, look.differing),
        ),
        alteration=_alteration(look),
        person=(person := _person_in_masks(original, replaced, look.surviving, part)),
        untouched=person is PersonRegion.UNTOUCHED and not _changed(original, replaced),
        direction=way,
        mask=look.seen.altered & ~look.seen.through,
        matrix=look.aligned.matrix,
    )


def _alteration(look: Look) -> Alteration:
    seen, replaced = look.seen, look.replaced
    grid = grid_of_masks(look.aligned.inside, replaced, seen.unsure | seen.overlay)
    return Alteration(
        share_altered=float(seen.altered.mean()),
        share_surviving=float(look.surviving.mean()),
        overlay_share=float(seen.overlay.mean()),
        regions=boxes(grid),
        grid=grid,
        evidence=Evidence.PIXELS,
    )


def _changed(original: Original, altered: Mask) -> bool:
    """Whether the region that was marked for the person shows something else."""
    region = original.person_region
    return region is not None and bool(altered[bounds(region, altered.shape)].mean() > _BOX_ALTERED)


def _person_in_masks(original: Original, altered: Mask, surviving: Mask, part: Shared) -> PersonRegion:
    """What became of the region; altered only where the change is seen in its place."""
    region = original.person_region
    if region is None:
        return PersonRegion.NOT_MARKED
    if part.in_place and _changed(original, altered):
        return PersonRegion.ALTERED
    if surviving[bounds(region, altered.shape)].mean() > _BOX_SURVIVES:
        return PersonRegion.SURVIVES
    return PersonRegion.UNTOUCHED


def _see_features(original: Original, media: MediaView, candidate: Candidate) -> _Seen:
    assert original.features is not None
    features = original.features
    matrix = refitted(features, media.features, candidate)
    view, straight = straightened(media.features, matrix, reflected=candidate.reflected)
    detail = side_scale(straight, features.width, features.height)
    compared = compare_features(features, view, straight, detail=detail)
    altered, surviving = cells_of(compared.grid, ALTERED), cells_of(compared.grid, SURVIVES)
    part = shared_part(surviving, altered, surviving, original.person_region, estimated=True)
    judged = judgement.judge_features(
        compared,
        moved=moved_share(features, media.features, candidate.correspondences, matrix),
        together=feature_motion(features, media.features, candidate.correspondences, matrix),
    )
    way = judgement.direction(
        detail=detail, covered=compared.covered, beyond=beyond_frame(matrix, features, media.features), blur=0.0
    )
    alteration = Alteration(
        share_altered=compared.altered,
        share_surviving=compared.surviving,
        overlay_share=0.0,
        regions=boxes(compared.grid),
        grid=compared.grid,
        evidence=Evidence.FEATURES,
    )
    return _Seen(
        judgement=judge_part(
            judged,
            part,
            tiled=judged.conclusion.is_finding and is_tiled_mark(features, media.features, candidate, compared.altered),
        ),
        alteration=alteration,
        person=(person := _person_in_masks(original, altered, surviving, part)),
        untouched=person is PersonRegion.UNTOUCHED and not _changed(original, altered),
        direction=way,
        mask=None,
        matrix=matrix,
    )


def _rows(matrix: npt.NDArray[np.float64]) -> Matrix:
    first, second, third = ((float(row[0]), float(row[1]), float(row[2])) for row in np.round(matrix, 9))
    return first, second, third


def _written(
    original: Original,
    media: MediaView,
    candidate: Candidate | None,
    seen: _Seen | None,
    judged: judgement.Judgement,
    shared: tuple[str, ...],
    *,
    evidence: Evidence = Evidence.FEATURES,
) -> Examination:
    import cv2

    alignment = None
    if candidate is not None and original.features is not None:
        left, _ = inlier_points(original.features, media.features, candidate)
        points = left / (original.features.width, original.features.height)
        alignment = Alignment(
            matrix=_rows(candidate.matrix if seen is None else seen.matrix),
            reflected=candidate.reflected,
            inliers=candidate.inliers,
            score=round(candidate.score, 3),
            points=tuple((round(float(x), 4), round(float(y), 4)) for x, y in points),
        )
    unmarked = PersonRegion.NOT_MARKED if original.person_region is None else PersonRegion.UNTOUCHED
    person = unmarked if seen is None else seen.person
    reasons = judged.reasons
    if seen is not None and seen.untouched:
        reasons += ("Nothing that survives or changed touches the region that was marked for the person.",)
    if shared:
        reasons += (f"{len(shared)} known mark(s) shared with unrelated pictures were left out of the comparison.",)
    return Examination(
        original=original.id,
        media=media.sha256,
        pack_level=original.level,
        alignment=alignment,
        alteration=None if seen is None else seen.alteration,
        conclusion=judged.conclusion,
        reasons=reasons,
        person_region=person,
        direction=seen.direction if seen is not None and judged.conclusion.is_finding else "not tested",
        overlays=shared,
        error_rate=error_rate(judged.conclusion, evidence, 0.0 if candidate is None else candidate.score),
        versions=(("matching", VERSION), ("opencv", cv2.__version__)),
    )
