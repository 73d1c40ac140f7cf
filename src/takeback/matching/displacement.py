"""How far textured blocks of one picture sit from their place in another, to a small fraction of a pixel."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Mask = npt.NDArray[np.bool_]
Plane = npt.NDArray[np.float32]
Numbers = npt.NDArray[np.float64]

SIDE = 24
REACH = 7
_ROUNDS = 3
_TEXTURE = 5.0
_LEAST = 0.6
_EARNED = 0.02
_ALIKE = 0.7
_SOFTENED = 0.8
_LONGEST_STEP = 1.0
_ASTRAY = 3.0
_SPARSE = 400
_ROWS = 24_000
"""Rows that one call of OpenCV's remap takes at most, in whole blocks."""
_TOLD = 0.35
_AWAY = 0.5
_CORRELATED = 6.0
"""Neighbouring pixels' errors go together: so many of them count as one."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Blocks:
    """Textured blocks that are found again near their place.

    ``looked_for`` (m, 2) are the first pixels, x and y, of all that were looked for. ``middles`` (n, 2) and ``shifts``
    (n, 2) are x, y in pixels of the frame. ``stiffness`` (n, 2) says how firmly the block's structure holds it along
    ``axes`` (n, 2, 2), the columns of which are directions, the firmest last: a straight edge holds along one direction
    only. ``expected`` (n, 2) is the error of the shift along each axis that the difference of the two blocks explains,
    ``likeness`` (n,) their correlation.
    """

    looked_for: Numbers
    middles: Numbers
    shifts: Numbers
    stiffness: Numbers
    axes: Numbers
    expected: Numbers
    likeness: Numbers

    def __len__(self) -> int:
        return len(self.middles)

    @property
    def total(self) -> int:
        """How many were looked for."""
        return len(self.looked_for)

    def within(self, where: Mask) -> Blocks:
        """Those that lie whole where a mask (H, W) holds."""
        import cv2

        cover = cv2.integral(where.astype(np.uint8))
        looked_for, kept = self.looked_for, self.middles - (SIDE - 1) / 2
        both = []
        for corners in (looked_for, kept):
            left, top = np.rint(corners).astype(np.intp).T
            low, end = top + SIDE, left + SIDE
            both.append(cover[low, end] - cover[top, end] - cover[low, left] + cover[top, left] == SIDE * SIDE)
        whole = both[1]
        return Blocks(
            looked_for=looked_for[both[0]],
            middles=self.middles[whole],
            shifts=self.shifts[whole],
            stiffness=self.stiffness[whole],
            axes=self.axes[whole],
            expected=self.expected[whole],
            likeness=self.likeness[whole],
        )

    @property
    def told(self) -> Mask:
        """(n, 2) along which axes the structure tells the shift to a third of a pixel."""
        return np.asarray(self.expected < _TOLD, bool)

    def along(self, shifts: Numbers) -> Numbers:
        """Shifts (n, 2) along each block's own axes, (n, 2)."""
        return np.asarray(np.einsum("nij,ni->nj", self.axes, shifts), np.float64)


def _places(shape: tuple[int, ...], reach: int) -> list[tuple[int, int]]:
    """Top and left of the blocks of a frame; a small frame's blocks overlap by half, so that they are enough."""
    height, width = shape[0], shape[1]
    step = SIDE if max(height, width) >= _SPARSE else SIDE // 2
    tops, lefts = range(reach, height - SIDE - reach + 1, step), range(reach, width - SIDE - reach + 1, step)
    return [(top, left) for top in tops for left in lefts]


def deviations(plane: Plane, side: int) -> Plane:
    """The standard deviation of the square of this side that begins at each pixel."""
    import cv2

    size, at = (side, side), (0, 0)
    mean = cv2.boxFilter(plane, cv2.CV_64F, size, anchor=at)
    square = cv2.sqrBoxFilter(plane, cv2.CV_64F, size, anchor=at)
    return np.asarray(np.sqrt(np.maximum(square - mean * mean, 0)), np.float32)


def _found(left: Plane, right: Plane, where: Mask, *, search: bool) -> tuple[Numbers, Numbers]:
    """The textured blocks (m, 2): left, top; and those that show again (n, 4): the whole-pixel shift x, y as well."""
    from takeback.kernels.blocks import best_places

    reach = REACH if search else 2
    places = _textured_places(left, where, reach)
    if not len(places):
        return np.empty((0, 2)), np.empty((0, 4))
    corners = places[:, ::-1].astype(np.float64)
    rooms = _spread(_cut(right, places - reach, SIDE + 2 * reach)) >= _TEXTURE / 3
    tops, lefts = (np.ascontiguousarray(each) for each in places[rooms].T)
    shifts, scores = best_places(left, right, tops, lefts, SIDE, reach, _EARNED)
    again = scores >= _LEAST
    return corners, np.column_stack((corners[rooms][again], shifts[again]))


def _cut(plane: Plane, places: npt.NDArray[np.intp], side: int) -> Plane:
    """The squares (n, side, side) that begin at these rows and columns (n, 2)."""
    every = np.lib.stride_tricks.sliding_window_view(plane, (side, side))
    return np.asarray(every[places[:, 0], places[:, 1]], np.float32)


def _spread(blocks: Plane) -> npt.NDArray[np.float32]:
    """The standard deviation (n,) of each block."""
    levels = _centred(blocks)
    return np.asarray(np.sqrt(_dot(levels, levels) / levels[0].size), np.float32)


def _textured_places(left: Plane, where: Mask, reach: int) -> npt.NDArray[np.intp]:
    """Top and left (m, 2) of the blocks that lie whole where both are seen and have texture."""
    import cv2

    places = np.array(_places(left.shape, reach), np.intp).reshape(-1, 2)
    cover = cv2.integral(where.astype(np.uint8))
    tops, lefts = places.T
    low, end = tops + SIDE, lefts + SIDE
    whole = cover[low, end] - cover[tops, end] - cover[low, lefts] + cover[tops, lefts] == SIDE * SIDE
    places = places[whole]
    if not len(places):
        return np.empty((0, 2), np.intp)
    return np.asarray(places[_spread(_cut(left, places, SIDE)) >= _TEXTURE], np.intp)


def _gathered(plane: Plane, corners: Numbers) -> Plane:
    """The blocks (n, SIDE, SIDE) whose first pixels lie at these x, y (n, 2)."""
    import cv2

    steps = np.arange(SIDE, dtype=np.float32)
    across = np.repeat(corners[:, 0].astype(np.float32), SIDE)[:, None] + steps
    down = np.broadcast_to((corners[:, 1].astype(np.float32)[:, None] + steps).reshape(-1, 1), across.shape)
    taken = [
        cv2.remap(
            plane,
            np.ascontiguousarray(across[row : row + _ROWS]),
            np.ascontiguousarray(down[row : row + _ROWS]),
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        )
        for row in range(0, len(across), _ROWS)
    ]
    return np.asarray(np.concatenate(taken).reshape(-1, SIDE, SIDE), np.float32)


def _centred(blocks: Plane) -> Plane:
    return np.asarray(blocks - blocks.mean(axis=(1, 2), keepdims=True), np.float32)


def _dot(left: Plane, right: Plane) -> Numbers:
    return np.asarray(np.einsum("nij,nij->n", left, right), np.float64)


def _none(looked_for: Numbers) -> Blocks:
    pairs = np.empty((0, 2))
    return Blocks(
        looked_for=looked_for,
        middles=pairs,
        shifts=pairs,
        stiffness=pairs,
        axes=np.empty((0, 2, 2)),
        expected=pairs,
        likeness=np.empty(0),
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Template:
    """Blocks of the left picture, ready to be looked for: their levels, energies, slopes, and structure tensors."""

    levels: Plane
    energy: Numbers
    slopes: tuple[Plane, Plane]
    tensor: Numbers

    def compared(self, other: Plane) -> tuple[Plane, Numbers]:
        """What differs once contrast is equal (n, SIDE, SIDE), and the correlations (n,), with centred blocks."""
        both = _dot(self.levels, other)
        gain = both / self.energy
        gain = np.where(np.abs(gain) < 0.05, 0.05, gain)  # noqa: PLR2004 - as good as nothing
        rest = np.asarray(other / gain[:, None, None] - self.levels, np.float32)
        return rest, np.asarray(both / np.sqrt(self.energy * np.maximum(_dot(other, other), 1e-3)), np.float64)


def _template(plane: Plane, corners: Numbers) -> _Template:
    """The blocks of a plane; brightness and contrast are taken out of their slopes."""
    import cv2

    levels = _centred(_gathered(plane, corners))
    energy = np.maximum(_dot(levels, levels), 1e-3)
    slopes = []
    for across, down in ((1, 0), (0, 1)):
        slope = _centred(_gathered(np.asarray(cv2.Sobel(plane, cv2.CV_32F, across, down) / 8, np.float32), corners))
        share = (_dot(slope, levels) / energy)[:, None, None].astype(np.float32)
        slopes.append(np.asarray(slope - levels * share, np.float32))
    tensor = np.empty((len(corners), 2, 2))
    tensor[:, 0, 0], tensor[:, 1, 1] = _dot(slopes[0], slopes[0]), _dot(slopes[1], slopes[1])
    tensor[:, 0, 1] = tensor[:, 1, 0] = _dot(slopes[0], slopes[1])
    return _Template(levels=levels, energy=energy, slopes=(slopes[0], slopes[1]), tensor=tensor)


def _stepped(template: _Template, plane: Plane, corners: Numbers, shifts: Numbers) -> Numbers:
    """The shifts (n, 2) after Gauss-Newton steps."""
    ridge = (1e-3 * np.trace(template.tensor, axis1=1, axis2=2) + 1e-3)[:, None, None] * np.eye(2)
    inverse = np.linalg.inv(template.tensor + ridge)
    for _ in range(_ROUNDS):
        rest, _likeness = template.compared(_centred(_gathered(plane, corners + shifts)))
        pull = np.column_stack((_dot(template.slopes[0], rest), _dot(template.slopes[1], rest)))
        step = -np.einsum("nij,nj->ni", inverse, pull)
        shifts = shifts + step * np.minimum(1, _LONGEST_STEP / np.maximum(np.hypot(*step.T), 1e-9))[:, None]
    return np.asarray(shifts, np.float64)


def find_blocks(left: Plane, right: Plane, where: Mask, *, search: bool = True) -> Blocks:
    """The textured blocks of a picture that another shows again, and how far from their place, to sub-pixel.

    Whole pixels by correlation, then Gauss-Newton steps on each block, whatever its brightness and contrast.

    Parameters:
        left, right: (H, W) grey levels in one frame.
        where: (H, W) where both are seen.
        search: look as far as ``REACH`` pixels, else two.

    References:
        B. Lucas and T. Kanade, "An iterative image registration technique" (IJCAI 1981).
    """
    import cv2

    looked_for, table = _found(left, right, where, search=search)
    if not len(table):
        return _none(looked_for)
    corners, whole = table[:, :2], table[:, 2:]
    template = _template(np.asarray(cv2.GaussianBlur(left, (0, 0), _SOFTENED), np.float32), corners)
    softened = np.asarray(cv2.GaussianBlur(right, (0, 0), _SOFTENED), np.float32)
    shifts = _stepped(template, softened, corners, whole)
    rest, likeness = template.compared(_centred(_gathered(softened, corners + shifts)))
    stiffness, axes = np.linalg.eigh(template.tensor)
    noise = _dot(rest, rest) / SIDE**2
    expected = np.sqrt(_CORRELATED * noise[:, None] / np.maximum(stiffness, 1e-6))
    kept = (likeness > _ALIKE) & (np.hypot(*(shifts - whole).T) < _ASTRAY)
    return Blocks(
        looked_for=looked_for,
        middles=(corners + (SIDE - 1) / 2)[kept],
        shifts=shifts[kept],
        stiffness=stiffness[kept],
        axes=axes[kept],
        expected=expected[kept],
        likeness=likeness[kept],
    )


def own_likeness(plane: Plane, blocks: Blocks) -> Numbers:
    """How far the picture itself shows each block a second time where it was found, (n,) correlations; -1 near by.

    Parameters:
        plane: (H, W) grey levels that the blocks were taken from.
        blocks: n of them.
    """
    import cv2

    own = np.full(len(blocks), -1.0)
    away = np.flatnonzero(np.hypot(*blocks.shifts.T) > _AWAY)
    if len(away):
        softened = np.asarray(cv2.GaussianBlur(plane, (0, 0), _SOFTENED), np.float32)
        corners = blocks.middles[away] - (SIDE - 1) / 2
        here, there = (_centred(_gathered(softened, each)) for each in (corners, corners + blocks.shifts[away]))
        energies = np.maximum(_dot(here, here) * _dot(there, there), 1e-6)
        own[away] = _dot(here, there) / np.sqrt(energies)
    return own
