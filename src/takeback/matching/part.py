"""Whether a picture shares an original, or only a part of it: a mark, a frame, a screen, half of a collage.

What survives of an original round an alteration is known by its place. Where a picture was altered, the surroundings of
the alteration survive; where two unrelated pictures share a part, the part stands alone.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from takeback.matching.structure import grey, largest, local
from takeback.model.consent import Region

RING = (math.sqrt(2) - 1) / 2
"""By how much of its sides a region is grown on each side, so that the ring round it has the region's own area."""
_LEAST_RING = 0.04
_HELD = 0.03
_OFF, _REACH = 0.017, 0.045
_CONTACT = 0.1
_PLAIN = 0.5
_PLAIN_LEVELS = 12
_GRAIN, _GRAIN_SIDE, _MOST_GRAINY = 4.0, 5, 0.25
"""Ground of which three quarters have so much grain, in levels, is a texture: concrete, sand."""
_STROKE = 0.02
_BLOBS = 0.05
_FEW = 1 / 3
_HALF = 0.53
_FEW_ENCLOSED = 0.5
_HALF_ENCLOSED = 0.2
_ESTIMATED = 0.62
_STRAIGHT, _SMALL_PART = 0.6, 0.25
_STRIP = 0.1
_BESIDE, _LONG, _BENDS, _SHORTEST, _RIM = 0.05, 0.2, 0.012, 20, 4

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """How the shared part lies in the original.

    ``fraction`` is what survives of all that could be compared: cropping takes nothing from it. ``enclosed`` is the
    share of the altered area that lies between parts that survive, 0 where nothing survives next to it. ``in_place``
    says that something survives in or next to the region marked for the person, or round the altered area that it lies
    in; None where no region is marked. ``straight`` is the share of the border between the two that runs in long
    straight lines, 1 where it is not known. ``spread`` is the area between all that is found again beyond chance, as a
    share of all that could be compared. ``estimated`` says that there were no pixels.
    """

    fraction: float
    enclosed: float
    in_place: bool | None
    straight: float = 1.0
    spread: float = 1.0
    estimated: bool = False

    @property
    def is_too_little_to_estimate(self) -> bool:
        """Whether features alone found too little of it to tell an alteration from a shared part."""
        return self.estimated and self.fraction < _ESTIMATED

    @property
    def is_part_alone(self) -> bool:
        """Whether the shared part stands at one side of what differs, or alone in it, and is no more than half.

        Collages, insets, screens and pages have straight borders; a larger part with another border was cut out or
        painted round by hand, and only from a photograph that has it. A strip, as the bar below a stock photograph, is
        a part whatever its border.
        """
        if self.fraction < _HALF and self.spread < _STRIP:
            return True
        alone = (self.fraction < _FEW and self.enclosed < _FEW_ENCLOSED) or (
            self.fraction < _HALF and self.enclosed < _HALF_ENCLOSED
        )
        return alone and (self.straight >= _STRAIGHT or self.fraction < _SMALL_PART)


def bounds(region: Region, shape: tuple[int, ...], *, ring: bool = False) -> tuple[slice, slice]:
    """Rows and columns of a region in a mask of this shape; with ``ring``, of the region and the ring round it."""
    height, width = shape[0], shape[1]
    across = max(RING * (region.right - region.left), _LEAST_RING) if ring else 0.0
    down = max(RING * (region.bottom - region.top), _LEAST_RING) if ring else 0.0
    top, left = max(0, int((region.top - down) * height)), max(0, int((region.left - across) * width))
    bottom = min(height, max(top + 1, round((region.bottom + down) * height)))
    right = min(width, max(left + 1, round((region.right + across) * width)))
    return slice(top, bottom), slice(left, right)


def on_plain_ground(pixels: npt.NDArray[np.uint8], kept: Mask) -> Mask:
    """Where there are only strokes, edges and ground of one colour, if that ground is most of what is kept.

    Letters, lines and frames on a plain ground are what screens and pages share; they tell no photograph.

    Parameters:
        pixels: (h, w, 3) uint8 RGB, of the original.
        kept: (h, w) what shows nothing else in the picture.
    """
    import cv2

    if not kept.any():
        return np.zeros_like(kept)
    colours = pixels[kept]
    steps = (colours // np.uint8(_PLAIN_LEVELS)).astype(np.int32)
    coded = (steps[:, 0] << 10) | (steps[:, 1] << 5) | steps[:, 2]
    usual = np.median(colours[coded == np.bincount(coded).argmax()], axis=0)
    plain = np.asarray(largest(np.abs(pixels - usual.astype(np.float32))) < _PLAIN_LEVELS, bool)
    if np.count_nonzero(plain & kept) < _PLAIN * np.count_nonzero(kept) or _is_grainy(pixels, plain & kept):
        return np.zeros_like(kept)
    side = 2 * math.ceil(_STROKE * max(kept.shape)) + 1
    return np.asarray(cv2.dilate((plain & kept).astype(np.uint8), np.ones((side, side), np.uint8)), bool)


def _is_grainy(pixels: npt.NDArray[np.uint8], ground: Mask) -> bool:
    """Whether the ground has a grain of its own nearly everywhere."""
    grain = local(grey(pixels), _GRAIN_SIDE).variance
    return bool(np.quantile(grain[ground], _MOST_GRAINY) >= _GRAIN**2)


def shared_part(
    surviving: Mask, altered: Mask, held: Mask, region: Region | None, *, estimated: bool = False
) -> Shared:
    """How the shared part lies.

    Parameters:
        surviving: (h, w) what is found again, in the original's frame.
        altered: (h, w) what shows something else, marks on top not counted.
        held: (h, w) the part of ``surviving`` whose texture is found again beyond chance.
        region: marked for the person.
        estimated: whether the masks are cells judged by features alone.
    """
    again, changed = int(np.count_nonzero(surviving)), int(np.count_nonzero(altered))
    fraction = again / max(1, again + changed)
    solid = _without_crumbs(held)
    touching = fraction >= _HALF or _contact(altered, solid) >= _CONTACT
    enclosed = _between(altered, solid) if touching else 0.0
    straight = 1.0 if estimated else _straightness(altered, solid)
    spread = int(np.count_nonzero(_hull(solid))) / max(1, int(np.count_nonzero(_hull(surviving | altered))))
    shared = Shared(
        fraction=fraction, enclosed=enclosed, in_place=None, straight=straight, spread=spread, estimated=estimated
    )
    if region is None:
        return shared
    around = bool(solid[bounds(region, solid.shape, ring=True)].mean() >= _HELD)
    asked = np.zeros_like(altered)
    asked[bounds(region, altered.shape)] = altered[bounds(region, altered.shape)]
    stands_round = touching and bool(asked.any()) and _between(asked, solid) >= _FEW_ENCLOSED
    return replace(shared, in_place=around or stands_round)


def _contact(altered: Mask, solid: Mask) -> float:
    """The share of what lies right round the altered area that survives; letters on a plain screen keep away."""
    import cv2

    longest = max(altered.shape)
    grown = [
        np.asarray(cv2.dilate(altered.astype(np.uint8), np.ones((2 * reach + 1,) * 2, np.uint8)), bool)
        for reach in (math.ceil(_OFF * longest), math.ceil(_REACH * longest))
    ]
    ring = grown[1] & ~grown[0]
    return float(solid[ring].mean()) if ring.any() else 1.0


def _straightness(altered: Mask, solid: Mask) -> float:
    """The share of the altered area's border next to what survives that runs in long straight lines; 1 if none."""
    import cv2

    height, width = altered.shape
    longest = max(altered.shape)
    reach = 2 * math.ceil(_BESIDE * longest) + 1
    beside = np.asarray(cv2.dilate(solid.astype(np.uint8), np.ones((reach, reach), np.uint8)), bool)
    beside[:_RIM], beside[height - _RIM :], beside[:, :_RIM], beside[:, width - _RIM :] = False, False, False, False
    total = in_lines = 0.0
    contours, _ = cv2.findContours(altered.astype(np.uint8), cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
    for contour in contours:
        if len(contour) < _SHORTEST:
            continue
        corners = cv2.approxPolyDP(contour, _BENDS * longest, closed=True)[:, 0].astype(np.float64)
        for start, end in zip(corners, np.roll(corners, -1, axis=0), strict=True):
            length = float(np.hypot(*(end - start)))
            steps = np.linspace(0, 1, max(2, int(length / 3)))[:, None]
            columns, rows = (start + (end - start) * steps).astype(np.intp).T
            touching = length * float(beside[rows, columns].mean())
            total += touching
            in_lines += touching if length >= _LONG * longest else 0.0
    return in_lines / total if total else 1.0


def _without_crumbs(held: Mask) -> Mask:
    """The connected parts that are no crumbs beside the largest of them."""
    import cv2

    count, labels, stats, _ = cv2.connectedComponentsWithStats(held.astype(np.uint8), connectivity=8)
    areas = stats[:, cv2.CC_STAT_AREA].astype(float)
    areas[0] = 0.0
    keep = areas >= _BLOBS * areas.max()
    keep[0] = False
    return np.asarray(keep[labels], bool) if count > 1 else np.zeros_like(held)


def _between(asked: Mask, solid: Mask) -> float:
    """The share of an area in the convex hull of what survives; an empty area is all there."""
    return float(np.count_nonzero(asked & _hull(solid)) / np.count_nonzero(asked)) if asked.any() else 1.0


def _hull(solid: Mask) -> Mask:
    """What lies between the parts of a mask, with them."""
    import cv2

    points = np.argwhere(solid)[:, ::-1].astype(np.int32)
    hull = np.zeros(solid.shape, np.uint8)
    if len(points) >= 3:  # noqa: PLR2004 - a hull has three corners
        cv2.fillConvexPoly(hull, cv2.convexHull(points), 1)
    return np.asarray(hull > 0, bool)
