"""An original in the tones and the light of a picture: what a filter, an exposure, a vignette or a lamp changed."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from takeback.matching.structure import NOISE, Local, covariance, grey, largest, local, mean

Pixels = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]
Plane = npt.NDArray[np.float32]
Numbers = npt.NDArray[np.float64]

FINE, COARSE = 9, 21
"""Sides of the two windows that structure is compared in."""
SAME_TEXTURE = 0.75
_TEXTURED = 2.0
_TONE_TERMS = 7
_SAMPLES = 8_000
"""Pixels that a fit is made from."""
_ORDER = 4
_GRID = 65
_SUPPORT = 0.1
_UNEVEN = 0.12
_EVEN = NOISE / 2
_STEPS = (32.0, 24.0, 16.0, 12.0, 8.0, 8.0, 8.0)
"""Grey levels that a place may be off and still count, from one fit to the next."""
_RIDGE = 1e-4
_TRIMMED = 0.6
_DARKEST = 0.05
_EXPLAINED, _LEFT = 12.0, 0.5


def fit_tone(original: Pixels, media: Pixels, where: Mask) -> Pixels:
    """The original in the picture's tones: per channel a quadratic of all three, fitted where they agree.

    Covers filters, exposure and black-and-white; trimmed once, so that what was altered does not steer it.
    """
    import cv2

    chosen = np.flatnonzero(where.ravel())
    if len(chosen) < _TONE_TERMS * 20:
        return original
    chosen = chosen[:: max(1, len(chosen) // _SAMPLES)]
    target = media.reshape(-1, 3)[chosen].astype(np.float64)
    levels = original.reshape(-1, 3)[chosen] / 255.0
    rows = np.column_stack((np.ones(len(levels)), levels, levels**2))
    prior = np.zeros((_TONE_TERMS, 3))
    prior[1:4] = 255 * np.eye(3)
    solution: Numbers = prior
    for _ in range(2):
        ridge = 1e-3 * len(rows) * np.eye(_TONE_TERMS)
        solution = np.asarray(np.linalg.solve(rows.T @ rows + ridge, rows.T @ target + ridge @ prior), np.float64)
        off = largest(np.abs(rows @ solution - target))
        kept = off <= max(float(np.quantile(off, 0.8)), 4.0)
        rows, target = rows[kept], target[kept]
    scaled = original * np.float32(1 / 255)
    fitted = cv2.transform(scaled, np.column_stack((solution[1:4].T, solution[0])))
    fitted += cv2.transform(scaled * scaled, solution[4:].T)
    return np.asarray(np.clip(np.rint(fitted, out=fitted), 0, 255, out=fitted), np.uint8)


def texture_agreement(left: Local, right: Local) -> tuple[Plane, Mask]:
    """Local correlation of two planes, whatever their contrast, and where both have texture to judge it by."""
    both = covariance(left, right)
    both /= np.sqrt(np.maximum(left.variance * right.variance, np.float32(1e-6)))
    textured = (left.variance > _TEXTURED * NOISE) & (right.variance > NOISE / 4)
    return both, np.asarray(textured, bool)


def _terms(across: Numbers, down: Numbers) -> Numbers:
    """The monomials in x and y, from -1 to 1 over the frame, up to the order, (n, terms)."""
    along, over = ([np.ones_like(each)] for each in (across, down))
    for _ in range(_ORDER):
        along.append(along[-1] * across)
        over.append(over[-1] * down)
    return np.stack([along[a] * over[b] for a in range(_ORDER + 1) for b in range(_ORDER + 1 - a)], axis=1)


def _everywhere(coefficients: Numbers, height: int, width: int) -> Plane:
    """The polynomial over a frame, (height, width); it is smooth, so a coarse grid of it will do."""
    import cv2

    down, across = np.meshgrid(np.linspace(-1, 1, _GRID), np.linspace(-1, 1, _GRID), indexing="ij")
    coarse = (_terms(across.ravel(), down.ravel()) @ coefficients).reshape(_GRID, _GRID).astype(np.float32)
    columns = np.linspace(0, _GRID - 1, width, dtype=np.float32)
    rows = np.linspace(0, _GRID - 1, height, dtype=np.float32)
    return np.asarray(cv2.remap(coarse, *np.meshgrid(columns, rows), cv2.INTER_LINEAR), np.float32)


def fit_shade(toned: Pixels, media: Pixels, inside: Mask) -> Plane | None:
    """The smooth shading of the picture (a vignette, a lamp) as a factor (H, W) of at most 1, or None where it is even.

    A polynomial of the place, fitted first where texture is found again at whatever contrast, so that what was altered
    does not steer it, then where neither has texture and it goes on; it must explain most of what would differ else.
    """
    left, right = grey(toned), grey(media)
    seen = local(left, COARSE), local(right, COARSE)
    correlation, textured = texture_agreement(*seen)
    even = (seen[0].variance < _EVEN) & (seen[1].variance < _EVEN)
    sure = inside & textured & (correlation > SAME_TEXTURE)
    where = sure | (inside & even)
    if np.count_nonzero(where) < _SUPPORT * where.size:
        return None
    height, width = left.shape
    chosen = np.flatnonzero(where.ravel())[:: max(1, np.count_nonzero(where) // _SAMPLES)]
    rows, columns = np.divmod(chosen, width)
    terms = _terms(2 * columns / max(1, width - 1) - 1, 2 * rows / max(1, height - 1) - 1)
    own, other = (mean(each, FINE).ravel()[chosen].astype(np.float64) for each in (left, right))
    first = sure.ravel()[chosen]
    if np.count_nonzero(first) < _SUPPORT * len(first):
        first = np.ones(len(chosen), bool)
    coefficients, off = _polynomial(terms, own, other, first)
    if np.mean(off > _EXPLAINED) > _LEFT * np.mean(np.abs(own - other) > _EXPLAINED):
        return None
    gain = _everywhere(coefficients, height, width)
    low, high = np.quantile(gain[where], (0.01, 0.99))
    if high - low < _UNEVEN * abs(low + high):
        return None
    high = max(high, _DARKEST)
    return np.asarray(np.clip(gain, max(low, _DARKEST), high) / high, np.float32)


def _polynomial(terms: Numbers, own: Numbers, other: Numbers, first: Mask) -> tuple[Numbers, Numbers]:
    """The coefficients that take grey levels to others, and how far each is off; what is far off has no say.

    Parameters:
        terms: (n, t) monomials of the places.
        own, other: (n,) grey levels.
        first: (n,) where the fit begins.
    """
    kept = first
    even = np.eye(terms.shape[1])[0]
    coefficients, off = even, np.abs(own - other)
    for number, most in enumerate(_STEPS):
        rows = terms[kept] * own[kept, None]
        ridge = _RIDGE * len(rows) * float(np.mean(own[kept] ** 2)) * np.eye(terms.shape[1])
        square = rows.T @ rows + ridge
        coefficients = np.asarray(np.linalg.solve(square, rows.T @ other[kept] + ridge @ even), np.float64)
        off = np.abs(terms @ coefficients * own - other)
        kept = off <= (most if number else max(most, float(np.quantile(off[first], _TRIMMED))))
    return coefficients, off


def shaded(pixels: Pixels, shade: Plane | None) -> Pixels:
    """The pixels under this shading; as they are where it is even."""
    if shade is None:
        return pixels
    return np.asarray(np.clip(np.round(pixels * shade[:, :, None]), 0, 255), np.uint8)
