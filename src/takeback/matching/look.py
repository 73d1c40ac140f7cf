"""What the pixels of an original and a picture show: at a first look, and where that does not decide at a second."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from takeback.matching import judgement
from takeback.matching.align import LONGEST, Aligned, align, align_view, seen_through
from takeback.matching.alteration import Comparison, compare
from takeback.matching.as_shown import as_shown
from takeback.matching.candidate import Candidate
from takeback.matching.elsewhere import Elsewhere, find_elsewhere
from takeback.matching.exposure import MATCHED, Fit, hinges_on_few, is_blunt, may_agree_better, with_same
from takeback.matching.geometry import beyond_frame, inverse, project, side_scale, straightened
from takeback.matching.missing import found_again
from takeback.matching.pairing import points_of, refitted, without_vote
from takeback.matching.part import Shared, on_plain_ground, shared_part
from takeback.matching.same_features import same_features
from takeback.model.consent import Region
from takeback.model.finding import Conclusion
from takeback.model.signal import Features

Pixels = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]
Matrix3 = npt.NDArray[np.float64]

_GROWN = 13
"""What differs is left out with a rim so wide in all, in pixels of the frame."""
_EVERY = 8
_SMALLER, _MUCH_SMALLER = (160, 256), 0.8
"""Least and greatest longer side of a frame that averages what is finer, in pixels, and its greatest share of the
first one's."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pair:
    """The features of an original and of a picture, the picture's pixels, and which of its features have no vote."""

    original: Features
    media: Features
    pixels: Pixels
    excluded: Mask | None

    @property
    def sizes(self) -> tuple[tuple[int, int], tuple[int, int]]:
        """Width and height of the original and of the picture, full pixels."""
        return (self.original.width, self.original.height), (self.media.width, self.media.height)


@dataclass(frozen=True, kw_only=True, eq=False)
class Look:
    """An original and a picture in one frame, what differs, and what that supports before doubts are weighed.

    ``aligned.original`` is the one compared, at a second look as the picture would show it; ``known`` where marks lie
    that the overlay guard knows; ``reflected`` whether the picture shows the original in a mirror.
    """

    aligned: Aligned
    seen: Comparison
    known: Mask
    fit: Fit
    reflected: bool

    @cached_property
    def surviving(self) -> Mask:
        """Where the original is found again."""
        return np.asarray(self.aligned.inside & ~self.seen.altered & ~self.seen.unsure & ~self.known, bool)

    @property
    def replaced(self) -> Mask:
        """Where the picture shows something else, and no mark."""
        return np.asarray(self.seen.altered & ~self.seen.overlay, bool)

    @property
    def differing(self) -> float:
        """The share of what is covered that differs."""
        return float(self.seen.altered.mean()) / max(self.fit.covered, 1e-9)

    @cached_property
    def judged(self) -> judgement.Judgement:
        """The conclusion; where it hinges on how few features agree, those of both views in one frame are counted."""
        fit, exact, aligned = self.fit, self.seen.registration, self.aligned
        if hinges_on_few(exact, fit, self.differing):
            same = same_features(aligned.original, aligned.media, aligned.inside & ~self.seen.altered)
            fit = with_same(exact, fit, same)
        shares = (float(each.mean()) for each in (self.seen.altered, self.seen.overlay, self.surviving))
        altered, overlay, surviving = shares
        return judgement.judge_pixels(exact, fit, altered=altered, overlay=overlay, surviving=surviving)

    def shared(self, region: Region | None) -> Shared:
        """How what survives lies; letters and lines on a ground of one colour, in either of the two, tell nothing."""
        kept = self.aligned.inside & ~self.seen.altered
        plain = on_plain_ground(self.aligned.original, kept) | on_plain_ground(self.aligned.media, kept)
        telling = self.surviving & ~plain
        return shared_part(telling, self.replaced, self.seen.held & telling, region)

    def moved_to(self, pair: Pair) -> Elsewhere | None:
        """Where what was replaced is found again, if it is; asked only where something was."""
        if self.judged.conclusion is not Conclusion.DERIVATIVE:
            return None
        view, straight = straightened(pair.media, self.aligned.matrix, reflected=self.reflected)
        without = without_vote(pair.original, pair.media, pair.excluded)
        return find_elsewhere(pair.original, view, straight, self.replaced, without)


def look_until_told(pair: Pair, original: Pixels, candidate: Candidate) -> Look:
    """What the pixels show.

    Where the first look does not decide, the original is compared once more as the picture would show it (`_again`).
    Where that look was too blunt to see a movement, both are compared once more at a smaller size, in which what each
    pixel has of its own (a screen's raster, noise, strong compression) is averaged away. A look that supports a
    finding ends it.

    Parameters:
        pair: the two.
        original: (H, W, 3) uint8 RGB of any resolution.
        candidate: how their features agree.
    """
    first = _look(pair, original, candidate)
    told = _told_by(pair, first)
    smaller, exact = _smaller(first), first.seen.registration
    if told is None and smaller and is_blunt(exact, first.fit):
        told = _told_by(pair, _look(pair, original, candidate, longest=smaller, before=first))
    return told or first


def _smaller(first: Look) -> int:
    """The longer side of a frame that averages what is finer, in pixels; 0 where the first one is small already."""
    side = max(first.aligned.original.shape[:2])
    smaller = int(np.clip(side / 2, *_SMALLER))
    return smaller if smaller <= _MUCH_SMALLER * side else 0


def _told_by(pair: Pair, first: Look) -> Look | None:
    """This look where it supports a finding, or the one after it that does.

    A strong curve, a smear or an alignment that bows to few points makes blocks seem to have moved. The original is
    shown as the picture would, first from the plainest transform that does (an affinity), then from what was found.
    """
    if first.seen.registration.matched < MATCHED:
        return None
    if first.judged.conclusion.is_finding:
        return first
    if not may_agree_better(first.seen.registration, first.fit, first.differing):
        return None
    for flat in (True, False):
        again = _again(pair, first, flat=flat)
        if again.judged.conclusion.is_finding:
            return again
    return None


def _look(
    pair: Pair, original: Pixels, candidate: Candidate, *, longest: int = LONGEST, before: Look | None = None
) -> Look:
    own, other = pair.sizes
    aligned = align(
        original,
        pair.pixels,
        refitted(pair.original, pair.media, candidate),
        original_size=own,
        media_size=other,
        points=points_of(pair.original, pair.media, candidate.correspondences),
        longest=longest,
    )
    known = _known_marks(pair, aligned)
    seen = compare(aligned.original, aligned.media, aligned.inside, known)
    matrix = aligned.matrix
    view, straight = straightened(pair.media, matrix, reflected=candidate.reflected)
    fit = Fit(
        inliers=candidate.inliers,
        again=found_again(pair.original, view, straight, detail=side_scale(straight, *own)),
        score=candidate.score,
        bend=aligned.bend,
        crosswise=aligned.crosswise,
        goes_on=max(aligned.goes_on, 0.0 if before is None else before.fit.goes_on),
        covered=float(aligned.inside.mean()),
        beyond=beyond_frame(matrix, pair.original, pair.media),
        leaned=None if before is None else before.seen.registration.motion.certainty,
    )
    return Look(aligned=aligned, seen=seen, known=known, fit=fit, reflected=candidate.reflected)


def _again(pair: Pair, first: Look, *, flat: bool) -> Look:
    """A look at the original as the picture would show it, from the first look's transform or the nearest affinity."""
    import cv2

    own, other = pair.sizes
    aligned, matrix = first.aligned, first.aligned.matrix
    media, inside = aligned.media, aligned.inside
    if flat:
        matrix = _affinity(matrix, first.surviving, own)
        media, inside = seen_through(aligned.original, pair.pixels, matrix, original_size=own, media_size=other)
    differs = cv2.dilate(first.seen.altered.astype(np.uint8), np.ones((_GROWN, _GROWN), np.uint8))
    shown = as_shown(first.seen.lit, media, inside & aligned.inside & (differs == 0))
    aligned = align_view(shown, pair.pixels, matrix, original_size=own, media_size=other)
    known = _known_marks(pair, aligned)
    seen = compare(shown, aligned.media, aligned.inside, known)
    fit = replace(
        first.fit,
        bend=aligned.bend,
        crosswise=aligned.crosswise,
        goes_on=max(aligned.goes_on, first.fit.goes_on if first.fit.is_smaller else 0.0),
        covered=float(aligned.inside.mean()),
        again_looked=True,
    )
    return replace(first, aligned=aligned, seen=seen, known=known, fit=fit)


def _affinity(matrix: Matrix3, where: Mask, size: tuple[int, int]) -> Matrix3:
    """The affinity (3, 3) nearest to a transform over a part (h, w) of the original, of so many full pixels.

    The transform itself where the part is no more than a line.
    """
    rows, columns = np.nonzero(where[::_EVERY, ::_EVERY])
    points = (np.column_stack((columns, rows)) * _EVERY + 0.5) * size[0] / where.shape[1]
    design = np.column_stack((points, np.ones(len(points))))
    solution, _, rank, _ = np.linalg.lstsq(design, project(matrix, points), rcond=None)
    return matrix if rank < design.shape[1] else np.vstack((solution.T, [0.0, 0.0, 1.0]))


def _known_marks(pair: Pair, aligned: Aligned) -> Mask:
    """Where marks that the overlay guard knows lie in the original's frame."""
    import cv2

    marks = np.zeros(aligned.inside.shape, np.uint8)
    if pair.excluded is None or not pair.excluded.any():
        return marks.astype(bool)
    frames = pair.media.frames[pair.excluded]
    factor = aligned.inside.shape[1] / pair.original.width
    places = project(inverse(aligned.matrix), frames[:, :2].astype(np.float64)) * factor
    radii = np.clip(frames[:, 2] * factor / max(aligned.detail, 1e-6), 6, 30)
    for (x, y), radius in zip(places, radii, strict=True):
        if np.isfinite([x, y]).all() and max(abs(x), abs(y)) < 2 * max(marks.shape):
            cv2.circle(marks, (round(x), round(y)), round(float(radius)), 1, -1)
    return marks.astype(bool)
