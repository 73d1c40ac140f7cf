"""A picture smoothed by a Gaussian, a row at a time: the columns that cross it first, then the row itself."""

from __future__ import annotations

import numba
import numpy as np
import numpy.typing as npt

LEAST = 5
"""A filter reaches at least so many pixels each way."""
_SIGMAS = 4.0
_FIRST, _NEXT = 5, 4

F32 = npt.NDArray[np.float32]
I64 = npt.NDArray[np.int64]


def weights_of(sigma: float) -> F32:
    """The weights of a Gaussian to four sigmas, from its middle on, as OpenCV has them; both sides together are 1."""
    reach = max((round(2 * _SIGMAS * sigma + 1) | 1) // 2, LEAST)
    bell = np.exp(-0.5 * (np.arange(reach + 1) / sigma) ** 2)
    return np.asarray(bell / (2 * bell.sum() - bell[0]), dtype=np.float32)


@numba.njit(cache=True, nogil=True, fastmath={"contract"})  # a product is added without being rounded, where it can be
def _begin(row: F32, before: tuple[F32, ...], after: tuple[F32, ...], weights: F32, out: F32) -> None:
    """A row and five pairs of rows, weighted and added."""
    (a, b, c, d, e), (f, g, h, i, j) = before, after
    middle, one, two, three, four, five = weights[0], weights[1], weights[2], weights[3], weights[4], weights[5]
    for at in range(out.shape[0]):
        total = middle * row[at] + one * (a[at] + f[at]) + two * (b[at] + g[at]) + three * (c[at] + h[at])
        out[at] = total + four * (d[at] + i[at]) + five * (e[at] + j[at])


@numba.njit(cache=True, nogil=True, fastmath={"contract"})  # as above
def _add_four(before: tuple[F32, ...], after: tuple[F32, ...], weights: F32, out: F32) -> None:
    """Four more pairs of rows, weighted and added."""
    (a, b, c, d), (e, f, g, h) = before, after
    one, two, three, four = weights[0], weights[1], weights[2], weights[3]
    for at in range(out.shape[0]):
        total = out[at] + one * (a[at] + e[at]) + two * (b[at] + f[at])
        out[at] = total + three * (c[at] + g[at]) + four * (d[at] + h[at])


@numba.njit(cache=True, nogil=True, fastmath={"contract"})  # as above
def _add_one(before: F32, after: F32, weight: np.float32, out: F32) -> None:
    """One more pair of rows, weighted and added."""
    for at in range(out.shape[0]):
        out[at] = out[at] + weight * (before[at] + after[at])


@numba.njit(cache=True, nogil=True)
def _fold(flat: F32, starts: I64, weights: F32, out: F32) -> None:
    """A row and those around it, weighted and added.

    Parameters:
        flat: what the rows are part of.
        starts: (2 R + 1,) where each of them begins, the row itself in the middle.
        weights: (R + 1,) from the middle on.
        out: (N,).
    """
    at = weights.shape[0] - 1
    _begin(
        flat[starts[at] :],
        (
            flat[starts[at - 1] :],
            flat[starts[at - 2] :],
            flat[starts[at - 3] :],
            flat[starts[at - 4] :],
            flat[starts[at - 5] :],
        ),
        (
            flat[starts[at + 1] :],
            flat[starts[at + 2] :],
            flat[starts[at + 3] :],
            flat[starts[at + 4] :],
            flat[starts[at + 5] :],
        ),
        weights,
        out,
    )
    tap = _FIRST + 1
    while tap + _NEXT <= weights.shape[0]:
        low, high = at - tap, at + tap
        _add_four(
            (flat[starts[low] :], flat[starts[low - 1] :], flat[starts[low - 2] :], flat[starts[low - 3] :]),
            (flat[starts[high] :], flat[starts[high + 1] :], flat[starts[high + 2] :], flat[starts[high + 3] :]),
            weights[tap:],
            out,
        )
        tap += _NEXT
    while tap < weights.shape[0]:
        _add_one(flat[starts[at - tap] :], flat[starts[at + tap] :], weights[tap], out)
        tap += 1


@numba.njit(cache=True, nogil=True)
def _mirrored(at: int, size: int) -> int:
    """The place that a place outside is the mirror image of; the rim itself is not doubled."""
    if size == 1:
        return 0
    while at < 0 or at >= size:
        at = -at if at < 0 else 2 * size - 2 - at
    return at


@numba.njit(cache=True, nogil=True)
def smooth(source: F32, weights: F32, out: F32) -> None:
    """A picture smoothed; beyond its rim stands its mirror image.

    Parameters:
        source: (H, W), C-contiguous.
        weights: (R + 1,) from the middle on, R at least `LEAST`.
        out: (H, W), another array than ``source``.
    """
    height, width = source.shape
    reach = weights.shape[0] - 1
    flat = source.ravel()
    rows = np.empty(height + 2 * reach, np.int64)
    for at in range(rows.shape[0]):
        rows[at] = _mirrored(at - reach, height) * width
    columns = np.arange(2 * reach + 1)
    padded = np.empty(width + 2 * reach, np.float32)
    for row in range(height):
        _fold(flat, rows[row:], weights, padded[reach : reach + width])
        for rim in range(reach):
            padded[rim] = padded[reach + _mirrored(rim - reach, width)]
            padded[reach + width + rim] = padded[reach + _mirrored(width + rim, width)]
        _fold(padded, columns, weights, out[row])
