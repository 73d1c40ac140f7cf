"""Smooth fields of displacement fitted to blocks: a homography, or a gently bent sheet."""

from __future__ import annotations

import functools

import numpy as np
import numpy.typing as npt

from takeback.matching.displacement import Blocks

Numbers = npt.NDArray[np.float64]
Matrix3 = npt.NDArray[np.float64]

_FITS = 8
_SETTLED = 0.02
"""A fit that moves no block farther, in pixels, is the last."""
_LEAST_SCALE = 0.03
SPANS, FINER_SPANS = 11, 14
"""Spans of the sheet's splines along the longer side: what is bent far, and blocks enough, takes finer ones."""
_STIFF = 0.0002
_RIDGE = 1e-4
_SHEET_RIDGE = 1e-5
"""Keeps the sheet where no block is; a larger one holds back the frame's edges, where few blocks pull."""


def normalised(points: Numbers, width: int, height: int) -> Numbers:
    """Points (n, 2) of a frame as shares of half its longer side, from its middle."""
    half = max(width, height) / 2
    return np.asarray((points - np.array([(width - 1) / 2, (height - 1) / 2])) / half, np.float64)


def _robust(
    design: Numbers, blocks: Blocks, penalty: Numbers, *, first: float | None = None, least: float = _LEAST_SCALE
) -> Numbers:
    """Coefficients (k,) of a linear model of shifts by weighted least squares that outliers do not steer.

    Parameters:
        design: (n, 2, k) the shift in x and in y for each coefficient.
        blocks: weighted along each of their axes by how firmly these hold.
        penalty: (k, k) added to the normal equations, in units of a block's weight.
        first: the error in pixels that is taken for usual at first; it is halved with each fit.
        least: the error in pixels that is usual at least.
    """
    rows = np.einsum("nij,nik->njk", blocks.axes, design).reshape(-1, design.shape[2])
    wanted = blocks.along(blocks.shifts).ravel()
    firm = np.minimum(blocks.stiffness / max(float(np.median(blocks.stiffness[:, 1])), 1e-9), 1.0).ravel()
    weights = firm if first is None else firm / np.square(1 + np.square(wanted / (2 * first)))
    solution = np.zeros(design.shape[2])
    off = wanted
    for fit in range(_FITS):
        normal = (rows * weights[:, None]).T @ rows + penalty
        solution = np.linalg.solve(normal, rows.T @ (weights * wanted))
        before, off = off, wanted - rows @ solution
        if first is not None and float(np.abs(off - before).max(initial=0.0)) < _SETTLED:
            break
        scale = max(1.4826 * float(np.median(np.abs(off[firm > 0.1]))), least)  # noqa: PLR2004 - firm ones
        scale = max(scale, 0.0 if first is None else first / 2**fit)
        weights = firm / np.square(1 + np.square(off / (2 * scale)))
    return np.asarray(solution, np.float64)


def _projective(points: Numbers) -> Numbers:
    """(n, 2, 8): how a small homography moves normalised points, for each of its parameters."""
    x, y = points.T
    one, nil = np.ones(len(x)), np.zeros(len(x))
    across = np.stack([one, x, y, nil, nil, nil, x * x, x * y], axis=1)
    down = np.stack([nil, nil, nil, one, x, y, x * y, y * y], axis=1)
    return np.stack([across, down], axis=1)


def fit_homography(blocks: Blocks, width: int, height: int) -> tuple[Matrix3, Numbers]:
    """The homography (3, 3) within the frame that the blocks ask for, and what is left of their shifts, (n, 2)."""
    design = _projective(normalised(blocks.middles, width, height))
    ridge = np.diag([1.0, 1, 1, 1, 1, 1, 30, 30]) * _RIDGE * max(1, len(blocks))
    half = max(width, height) / 2
    p = _robust(design, blocks, ridge)
    left = np.asarray(blocks.shifts - design @ p, np.float64)
    a, b, c, d, e, f, g, h = p / half
    centre = np.array([[half, 0, (width - 1) / 2], [0, half, (height - 1) / 2], [0, 0, 1.0]])
    small = np.array([[1 + b, c, a], [e, 1 + f, d], [-g, -h, 1.0]])
    return np.asarray(centre @ small @ np.linalg.inv(centre), np.float64), left


def as_blocks(middles: Numbers, shifts: Numbers) -> Blocks:
    """Points (n, 2) and their shifts (n, 2), as firm along one direction as along any other."""
    count = len(middles)
    return Blocks(
        looked_for=middles,
        middles=middles,
        shifts=shifts,
        stiffness=np.ones((count, 2)),
        axes=np.broadcast_to(np.eye(2), (count, 2, 2)),
        expected=np.ones((count, 2)),
        likeness=np.ones(count),
    )


def _spline(at: Numbers, count: int) -> Numbers:
    """(n, count) uniform cubic B-splines over [0, 1] at these places."""
    spans = count - 3
    scaled = np.clip(at, 0, 1) * spans
    first = np.minimum(scaled.astype(int), spans - 1)
    t = scaled - first
    values = ((1 - t) ** 3, 3 * t**3 - 6 * t**2 + 4, -3 * t**3 + 3 * t**2 + 3 * t + 1, t**3)
    basis = np.zeros((len(at), count))
    for offset, value in enumerate(values):
        basis[np.arange(len(at)), first + offset] = value / 6
    return basis


@functools.cache
def _roughness(across: int, down: int) -> Numbers:
    """The quadratic form of second differences over the sheet's control points."""
    total = np.zeros((across * down, across * down))
    index = np.arange(across * down).reshape(down, across)
    for lines in (index, index.T):
        for line in lines:
            for each in range(len(line) - 2):
                total[np.ix_(line[each : each + 3], line[each : each + 3])] += np.outer((1, -2, 1), (1, -2, 1))
    return total


class Sheet:
    """A gently bent sheet: cubic splines held stiff, over a frame; ``first`` and ``least`` are usual errors."""

    def __init__(
        self,
        blocks: Blocks,
        width: int,
        height: int,
        *,
        first: float | None = None,
        least: float = _LEAST_SCALE,
        spans: int = SPANS,
    ) -> None:
        longest = max(width, height)
        self._size = (width, height)
        self._counts = (round(spans * width / longest) + 3, round(spans * height / longest) + 3)
        basis = self._basis(blocks.middles)
        design = np.zeros((len(blocks), 2, 2 * basis.shape[1]))
        design[:, 0, : basis.shape[1]] = basis
        design[:, 1, basis.shape[1] :] = basis
        stiff = np.asarray(
            _STIFF * _roughness(*self._counts) + _SHEET_RIDGE * len(blocks) * np.eye(basis.shape[1]), np.float64
        )
        penalty = np.asarray(np.kron(np.eye(2), stiff), np.float64)
        self._points = _robust(design, blocks, penalty, first=first, least=least).reshape(2, -1)

    def _basis(self, points: Numbers) -> Numbers:
        across = _spline(points[:, 0] / max(1, self._size[0] - 1), self._counts[0])
        down = _spline(points[:, 1] / max(1, self._size[1] - 1), self._counts[1])
        return np.asarray((down[:, :, None] * across[:, None, :]).reshape(len(points), -1), np.float64)

    def at(self, points: Numbers) -> Numbers:
        """The shift (n, 2) at these points (n, 2) of the frame."""
        return np.asarray(self._basis(points) @ self._points.T, np.float64)

    def everywhere(self) -> Numbers:
        """The shift at every pixel, (height, width, 2)."""
        across = _spline(np.linspace(0, 1, self._size[0]), self._counts[0])
        down = _spline(np.linspace(0, 1, self._size[1]), self._counts[1])
        points = self._points.reshape(2, self._counts[1], self._counts[0])
        return np.asarray(np.einsum("hj,cji,wi->hwc", down, points, across, optimize=True), np.float64)
