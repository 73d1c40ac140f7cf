"""Bringing a picture into an original's frame, to a fraction of a pixel."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from takeback.matching.displacement import Blocks, find_blocks
from takeback.matching.field import FINER_SPANS, SPANS, Sheet, as_blocks, fit_homography
from takeback.matching.geometry import inverse, project, side_scale
from takeback.matching.motion import CERTAIN, common_motion
from takeback.matching.seam import goes_on
from takeback.matching.structure import agreement, grey

Pixels = npt.NDArray[np.uint8]
Matrix3 = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.float64]
Points = npt.NDArray[np.float64]

LONGEST = 640
"""The longer side of the frame, in pixels, where both pictures have as many."""
_SHORTEST = 128
_MARGIN = 1.25
_SEED = 2020
_HOMOGRAPHY_POINTS = 12
_AFFINITY_POINTS = 6
_TOLERANCE = 3.0
_STRETCH = 3.0
_ECC_LEAST = 64
_ROUNDS = 25
_SHEETS = 8
_SHEET_BLOCKS = 60
_BENT = 0.1
_LOOSE, _LOOSE_AT_LAST = 4.0, 1.0
"""What blocks are usually off by, in pixels: at first, and once the sheet follows them."""
_BETTER, _FAR_OFF = 0.95, 2.0
"""Another sheet is laid while it takes a twentieth of what is left, blocks that are far off counting as so far."""
_FINELY_BLOCKS, _BENT_FAR = 150, 2.0
"""A sheet that is bent less may be another exposure's, whose depths a finer one would follow."""
_FARTHEST = 0.05
_CLOSE = 2.0
_MANY_MORE = 1.3
_WHOLE = 0.95
_EVERY = 16


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Aligned:
    """An original and a picture in one frame.

    ``original``, ``media`` (h, w, 3) uint8; ``inside`` (h, w) where the picture covers the original's frame. ``matrix``
    takes full pixels of the original to full pixels of the picture. ``detail`` is how many pixels the picture has for
    one pixel of the original, by side. ``bend`` is how far a gently bent sheet was laid flat, root mean square in
    pixels of the frame along the direction of most, ``crosswise`` along that of least; both 0 where a flat one does.
    ``goes_on`` is how strongly the picture goes on beyond the frame, from 0 to 1.
    """

    original: Pixels
    media: Pixels
    inside: Mask
    matrix: Matrix3
    detail: float
    bend: float
    crosswise: float
    goes_on: float


def _sane(matrix: Matrix3, width: int, height: int) -> bool:
    """Whether the transform keeps the frame in one piece: no corner behind, none stretched far more than another."""
    corners = np.array([[0, 0, 1], [width, 0, 1], [0, height, 1], [width, height, 1]], float)
    depths = corners @ matrix[2]
    if depths.min() * depths.max() <= 0:
        return False
    local = np.abs(np.linalg.det(matrix) / depths**3)
    return bool(local.min() > 0 and math.sqrt(local.max() / local.min()) < _STRETCH)


def refit(
    matrix: Matrix3, left: npt.NDArray[np.float64], right: npt.NDArray[np.float64], size: tuple[int, int], unit: float
) -> Matrix3:
    """The transform refitted to inlier points (n, 2) by MAGSAC: a homography where there are enough, else an affinity.

    Parameters:
        matrix: (3, 3), kept where the refit is not sane.
        left, right: points in full pixels of the original and of the picture.
        size: width and height of the original in full pixels.
        unit: full pixels of the picture for one pixel of the working size.
    """
    import cv2

    cv2.setRNGSeed(_SEED)
    if len(left) >= _HOMOGRAPHY_POINTS:
        found, _ = cv2.findHomography(left, right, cv2.USAC_MAGSAC, _TOLERANCE * unit)
        if found is not None and _sane(found, *size) and np.linalg.det(found) * np.linalg.det(matrix) > 0:
            return np.asarray(found / found[2, 2], np.float64)
    if len(left) >= _AFFINITY_POINTS:
        cv2.setRNGSeed(_SEED)
        found, _ = cv2.estimateAffine2D(left, right, method=cv2.USAC_MAGSAC, ransacReprojThreshold=_TOLERANCE * unit)
        if found is not None:
            full = np.vstack((found, [0.0, 0.0, 1.0]))
            if np.linalg.det(full) * np.linalg.det(matrix) > 0:
                return np.asarray(full, np.float64)
    return matrix


def _resized(factor_x: float, factor_y: float) -> Matrix3:
    """The matrix that takes pixel centres of a picture to those of the same picture at another size."""
    shift_x, shift_y = (factor_x - 1) / 2, (factor_y - 1) / 2
    return np.array([[factor_x, 0.0, shift_x], [0.0, factor_y, shift_y], [0.0, 0.0, 1.0]])


def _shrunk(pixels: Pixels, factor: float) -> Pixels:
    import cv2

    if factor >= 1:
        return pixels
    size = (max(1, round(pixels.shape[1] * factor)), max(1, round(pixels.shape[0] * factor)))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)


def _warped(media: Pixels, back: Matrix3, size: tuple[int, int]) -> tuple[Pixels, Mask]:
    """The picture in a frame of ``size`` (width, height), and where it covers it; ``back`` takes the frame to it."""
    import cv2

    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    view = cv2.warpPerspective(media, back, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    ones = np.full(media.shape[:2], 255, np.uint8)
    cover = cv2.warpPerspective(ones, back, size, flags=flags, borderMode=cv2.BORDER_CONSTANT, borderValue=0)
    inside = cv2.erode((cover > 250).astype(np.uint8), np.ones((3, 3), np.uint8), borderValue=1)  # noqa: PLR2004 - full cover
    return np.asarray(view, np.uint8), np.asarray(inside, bool)


def _nudge(original: Pixels, media: Pixels, where: Mask) -> Matrix3 | None:
    """The affinity within the frame that ECC finds between two views, on ``where`` alone, if it converges."""
    import cv2

    grey = [cv2.cvtColor(each, cv2.COLOR_RGB2GRAY) for each in (original, media)]
    start = np.eye(2, 3, dtype=np.float32)
    stop = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, _ROUNDS, 1e-4)
    mask = where.astype(np.uint8) * 255
    try:
        _, found = cv2.findTransformECC(grey[0], grey[1], start, cv2.MOTION_AFFINE, stop, mask, 5)
    except cv2.error:  # it does not converge: what was there stays
        return None
    return np.vstack((np.asarray(found, np.float64), [0.0, 0.0, 1.0]))


def _closeness(original: Pixels, media: Pixels, where: Mask) -> float:
    return float(np.mean(agreement(original, media, 9)[where])) if where.any() else 0.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Frame:
    """An original's view, and how the picture is brought into it."""

    view: Pixels
    small: Pixels

    @property
    def size(self) -> tuple[int, int]:
        return self.view.shape[1], self.view.shape[0]

    def seen(self, back: Matrix3) -> tuple[Pixels, Mask]:
        return _warped(self.small, back, self.size)

    def laid(self, back: Matrix3, shifts: Numbers) -> tuple[Pixels, Mask]:
        """The picture in the frame with each pixel of the frame shifted (h, w, 2) before the transform."""
        import cv2

        down, across = np.mgrid[0 : self.size[1], 0 : self.size[0]]
        places = np.stack((across + shifts[..., 0], down + shifts[..., 1], np.ones(down.shape)), axis=2) @ back.T
        maps = (places[..., :2] / places[..., 2:]).astype(np.float32)
        moved = cv2.remap(self.small, maps[..., 0], maps[..., 1], cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
        limit = (self.small.shape[1] - 1, self.small.shape[0] - 1)
        within = ((maps >= 0) & (maps <= limit)).all(axis=2).astype(np.uint8)
        inside = cv2.erode(within, np.ones((3, 3), np.uint8), borderValue=1)
        return np.asarray(moved, np.uint8), np.asarray(inside, bool)

    def blocks(self, seen: Pixels, inside: Mask, *, search: bool) -> Blocks:
        return find_blocks(grey(self.view), grey(seen), inside, search=search)


def _by_blocks(frame: _Frame, back: Matrix3) -> Matrix3:
    """The transform after the blocks that are found again have pulled it right, as long as it gets better."""
    seen, inside = frame.seen(back)
    for search in (True, True, False):
        blocks = frame.blocks(seen, inside, search=search)
        if len(blocks) < _HOMOGRAPHY_POINTS:
            return _by_ecc(frame, back) if search else back
        nudge, _ = fit_homography(blocks, *frame.size)
        if not _sane(nudge, *frame.size):
            return back
        moved, covered = frame.seen(back @ nudge)
        both = inside & covered
        if _closeness(frame.view, moved, both) < _closeness(frame.view, seen, both):
            return back
        seen, inside, back = moved, covered, back @ nudge
    return back


def _by_ecc(frame: _Frame, back: Matrix3) -> Matrix3:
    """The transform after ECC, where there are too few textured blocks to ask."""
    seen, inside = frame.seen(back)
    where = inside & (agreement(frame.view, seen, 21) > 0.5)  # noqa: PLR2004 - more alike than not
    if np.count_nonzero(where) <= _ECC_LEAST**2 // 4:
        return back
    nudge = _nudge(frame.view, seen, where)
    if nudge is None:
        return back
    moved, covered = frame.seen(back @ nudge)
    better = _closeness(frame.view, moved, where & covered) > _closeness(frame.view, seen, where)
    return back @ nudge if better else back


def _by_points(frame: _Frame, back: Matrix3, left: Points, right: Points) -> Numbers | None:
    """The shift at every pixel (h, w, 2) of a sheet through corresponding points, where a flat one fits much worse.

    Parameters:
        left, right: (n, 2) corresponding points, wrong ones among them, pixels of the frame and of the small picture.
    """
    shifts = project(inverse(back), right) - left
    near = np.hypot(*shifts.T) < _FARTHEST * max(frame.size)
    if np.count_nonzero(near) < _SHEET_BLOCKS:
        return None
    left, shifts = left[near], shifts[near]
    sheet = Sheet(as_blocks(left, shifts), *frame.size, first=_FARTHEST * max(frame.size))
    flat = np.count_nonzero(np.hypot(*shifts.T) < _CLOSE)
    bent = np.count_nonzero(np.hypot(*(shifts - sheet.at(left)).T) < _CLOSE)
    return sheet.everywhere() if bent > _MANY_MORE * flat + _HOMOGRAPHY_POINTS else None


def _bends(laid: Numbers, middles: Numbers) -> tuple[float, float]:
    """How far a sheet (h, w, 2) is bent beyond a homography: root mean square along directions of most and of least.

    Told at the middles (n, 2) of blocks, or all over where these are too few: between and beyond them it is a guess.
    """
    height, width = laid.shape[:2]
    if len(middles) < _HOMOGRAPHY_POINTS:
        middles = np.mgrid[0:width:_EVERY, 0:height:_EVERY].reshape(2, -1).T.astype(np.float64)
    columns, rows = np.rint(middles).astype(np.intp).T
    _, left = fit_homography(as_blocks(middles, laid[rows, columns]), width, height)
    least, most = np.sqrt(np.maximum(np.linalg.eigvalsh(left.T @ left / len(left)), 0))
    return float(most), float(least)


def _is_bent(frame: _Frame, blocks: Blocks) -> bool:
    """Whether neighbours went together beyond doubt, after a flat transform."""
    _, left = fit_homography(blocks, *frame.size)
    together, error = common_motion(blocks, left)
    return together >= _BENT and together >= CERTAIN * error


def _spans(laid: Numbers | None, blocks: Blocks) -> int:
    """How many spans a sheet takes: more where it is bent so far that fewer cannot follow, and blocks tell as much."""
    far = laid is not None and len(blocks) >= _FINELY_BLOCKS and _bends(laid, blocks.middles)[0] > _BENT_FAR
    return FINER_SPANS if far else SPANS


def _off(blocks: Blocks, shifts: Numbers) -> float:
    """How far blocks are off on average, by these shifts (n, 2), along the directions that their structure tells."""
    told = blocks.told
    return float(np.minimum(np.abs(blocks.along(shifts)[told]), _FAR_OFF).mean()) if told.any() else 0.0


def _unbent(
    frame: _Frame, back: Matrix3, points: tuple[Points, Points] | None
) -> tuple[Pixels, Mask, tuple[float, float]]:
    """The picture in the frame, and how bent it was: a gently bent sheet is laid flat where its blocks ask for it."""
    seen, inside = frame.seen(back)
    laid = None if points is None else _by_points(frame, back, *points)
    if laid is not None:
        seen, inside = frame.laid(back, laid)
    blocks = frame.blocks(seen, inside, search=True)
    for _ in range(_SHEETS):
        if len(blocks) < _SHEET_BLOCKS or (laid is None and not _is_bent(frame, blocks)):
            break
        sheet = Sheet(blocks, *frame.size, first=_LOOSE, least=_LOOSE_AT_LAST, spans=_spans(laid, blocks))
        if _off(blocks, blocks.shifts - sheet.at(blocks.middles)) > _BETTER * _off(blocks, blocks.shifts):
            break
        laid = sheet.everywhere() if laid is None else laid + sheet.everywhere()
        seen, inside = frame.laid(back, laid)
        blocks = frame.blocks(seen, inside, search=True)
    return seen, inside, (0.0, 0.0) if laid is None else _bends(laid, blocks.middles)


def align(
    original: Pixels,
    media: Pixels,
    matrix: Matrix3,
    *,
    original_size: tuple[int, int],
    media_size: tuple[int, int],
    points: tuple[Points, Points] | None = None,
    longest: int = LONGEST,
) -> Aligned:
    """Both pictures in the original's frame, refined by ECC where they already agree.

    Parameters:
        original, media: (H, W, 3) uint8 RGB, of any resolution.
        matrix: takes full pixels of the original to full pixels of the picture.
        original_size, media_size: width and height of the full pictures.
        points: corresponding points (n, 2) of both in full pixels, wrong ones among them.
        longest: at most the longer side of the frame, in pixels.
    """
    shown = media.shape[1] / media_size[0]
    reach = max(original_size) * side_scale(matrix, *original_size) * shown * _MARGIN
    side = max(original.shape[:2])
    view = _shrunk(original, min(longest, side, max(_SHORTEST, reach)) / side)
    return align_view(view, media, matrix, original_size=original_size, media_size=media_size, points=points)


def align_view(
    view: Pixels,
    media: Pixels,
    matrix: Matrix3,
    *,
    original_size: tuple[int, int],
    media_size: tuple[int, int],
    points: tuple[Points, Points] | None = None,
) -> Aligned:
    """As `align`, in the frame of a view of the original (h, w, 3) as it is."""
    frame, start, to_full, to_small = _framed(view, media, matrix, original_size, media_size)
    back = _by_blocks(frame, start)
    pair = None if points is None else (project(inverse(to_full), points[0]), project(to_small, points[1]))
    seen, inside, bends = _unbent(frame, back, pair)
    final = inverse(to_small) @ back @ inverse(to_full)
    return Aligned(
        original=view,
        media=seen,
        inside=inside,
        matrix=final / final[2, 2],
        detail=side_scale(matrix, *original_size),
        bend=bends[0],
        crosswise=bends[1],
        goes_on=goes_on(view, frame.small, back, in_part=bool(inside.mean() < _WHOLE)),
    )


def seen_through(
    view: Pixels, media: Pixels, matrix: Matrix3, *, original_size: tuple[int, int], media_size: tuple[int, int]
) -> tuple[Pixels, Mask]:
    """The picture in the frame of a view of the original, and where it covers it, by a transform as it is."""
    frame, back, _, _ = _framed(view, media, matrix, original_size, media_size)
    return frame.seen(back)


def _framed(
    view: Pixels, media: Pixels, matrix: Matrix3, original_size: tuple[int, int], media_size: tuple[int, int]
) -> tuple[_Frame, Matrix3, Matrix3, Matrix3]:
    """The frame of a view; what takes it to the small picture, to the full original, and the full picture there."""
    shown = media.shape[1] / media_size[0]
    height, width = view.shape[:2]
    to_full = _resized(original_size[0] / width, original_size[1] / height)
    detail = side_scale(matrix, *original_size) * shown
    small = _shrunk(media, min(1.0, width / original_size[0] / max(detail, 1e-6)))
    to_small = _resized(small.shape[1] / media_size[0], small.shape[0] / media_size[1])
    return _Frame(view=view, small=small), to_small @ matrix @ to_full, to_full, to_small
