"""An original in the tones and the light of a picture: what a filter, an exposure, a vignette or a lamp changed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from takeback.matching.structure import NOISE, Local, covariance, grey, largest

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
_SUPPORT, _SURE = 0.1, 0.005
_UNEVEN = 0.04
_EVEN = NOISE / 2
_STEP, _SOFT, _MOSTLY = 4, 1.5, 0.5
"""Light is followed on a grid of so many pixels."""
_FAR = ((0.35, 36.0), (0.25, 28.0), (0.18, 20.0), (0.12, 16.0))
_BOWLS = (20.0, 16.0, 14.0, 12.0)
_NEAR = ((0.08, 12.0), (0.06, 12.0))
"""How far a place's light reaches, as a share of the longer side, and how many grey levels off still counts."""
_ORDER, _STIFF, _SAMPLES_OF_LIGHT, _FEWEST = 4, 1e-4, 3_000, 100
_RIDGE = 0.03
_DARKEST, _WHITE = 0.05, 255.0
_EXPLAINED, _MORE = 12.0, 1.02


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


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Grounds:
    """What light can be told from, masks (H, W): ``sure`` where texture is found again at whatever contrast, ``even``
    where the original has none. What was replaced is not sure, but it may stand where the original is even.
    """

    sure: Mask
    even: Mask

    @classmethod
    def of(cls, original: Local, media: Local, inside: Mask) -> Grounds:
        """The grounds of an original and a picture in one frame, both in the coarser windows."""
        correlation, textured = texture_agreement(original, media)
        return cls(sure=inside & textured & (correlation > SAME_TEXTURE), even=inside & (original.variance < _EVEN))


def _coarsely(plane: Plane) -> Plane:
    import cv2

    size = (max(1, plane.shape[1] // _STEP), max(1, plane.shape[0] // _STEP))
    return np.asarray(cv2.resize(plane, size, interpolation=cv2.INTER_AREA), np.float32)


def _followed(gain: Plane, own: Plane, other: Plane, asked: Mask, most: float) -> Plane:
    """1 where levels under this gain are no more than so many off, and 0 elsewhere."""
    return np.asarray(asked & (np.abs(other - np.minimum(gain * own, _WHITE)) < most), np.float32)


def _spread(gain: Plane, own: Plane, other: Plane, weight: Plane, reach: float) -> Plane:
    """The factor that takes grey levels to others as far as it reaches from where it is known, and else as it was."""
    import cv2

    base = gain * own
    square = base * base
    above, below = (cv2.GaussianBlur(weight * each, (0, 0), reach * max(own.shape)) for each in (base * other, square))
    held = np.float32(_RIDGE * np.mean(weight * square) + 1)
    return np.asarray(gain * (above + held) / (below + held), np.float32)


def _bowl(own: Plane, other: Plane, weight: Plane) -> Plane:
    """The factor as a polynomial of the place, which runs on where a vignette falls off."""
    height, width = own.shape
    chosen = np.flatnonzero(weight.ravel())
    rows, columns = np.divmod(chosen[:: max(1, len(chosen) // _SAMPLES_OF_LIGHT)], width)
    over, along = (np.vander(np.linspace(-1, 1, each), _ORDER + 1, increasing=True) for each in (height, width))
    low = np.add.outer(np.arange(_ORDER + 1), np.arange(_ORDER + 1)) <= _ORDER
    levels, wanted = (each[rows, columns].astype(np.float64) for each in (own, other))
    terms = (over[rows][:, :, None] * along[columns][:, None, :])[:, low] * levels[:, None]
    flat = np.eye(terms.shape[1])[0] * float(np.median(wanted / np.maximum(levels, 1)))
    ridge = _STIFF * len(rows) * float(np.mean(levels**2)) * np.eye(terms.shape[1])
    bowl = np.zeros(low.shape)
    bowl[low] = np.linalg.solve(terms.T @ terms + ridge, terms.T @ wanted + ridge @ flat)
    return np.asarray(over @ bowl @ along.T, np.float32)


def _light(own: Plane, other: Plane, sure: Mask, asked: Mask) -> tuple[Plane, Mask]:
    """The factor that takes grey levels to others, and where it does: it spreads from where that is sure, and goes on
    wherever it is asked and no more than a step off.
    """
    weight = sure.astype(np.float32)
    gain = np.full(own.shape, np.sum(weight * own * other) / np.sum(weight * own * own), np.float32)
    for reach, most in _FAR:
        gain = _spread(gain, own, other, weight, reach)
        weight = _followed(gain, own, other, asked, most)
    for most in _BOWLS:
        if np.count_nonzero(weight) < _FEWEST:
            break
        gain = _bowl(own, other, weight)
        weight = _followed(gain, own, other, asked, most)
    for reach, most in _NEAR:
        gain = _spread(gain, own, other, weight, reach)
        weight = _followed(gain, own, other, asked, most)
    return gain, np.asarray(weight > 0, bool)


def fit_shade(toned: Pixels, media: Pixels, grounds: Grounds) -> Plane | None:
    """The smooth shading of the picture (a vignette, a lamp) as a factor (H, W) of at most 1, or None where it is even.

    Followed from where texture is found again over even grounds, where it goes on, so that what was altered does not
    steer it; more must look the same under it than without it.
    """
    import cv2

    height, width = grounds.sure.shape
    own, other = (cv2.GaussianBlur(_coarsely(grey(each)), (0, 0), _SOFT) for each in (toned, media))
    sure = _coarsely(grounds.sure.astype(np.float32)) > _MOSTLY
    asked = _coarsely((grounds.sure | grounds.even).astype(np.float32)) > _MOSTLY
    before = asked & (np.abs(other - own) < _EXPLAINED)
    if np.count_nonzero(sure) < _SURE * sure.size or np.count_nonzero(asked) < _SUPPORT * asked.size:
        return None
    gain, followed = _light(own, other, sure, asked)
    if np.count_nonzero(followed) < max(1, _MORE * np.count_nonzero(before)):
        return None
    low, high = np.quantile(gain[followed], (0.01, 0.99))
    if high - low < _UNEVEN * (low + high):
        return None
    shade = np.clip(gain, max(low, _DARKEST), max(high, _DARKEST)) / max(high, _DARKEST)
    return np.asarray(cv2.resize(shade.astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR), np.float32)


def shaded(pixels: Pixels, shade: Plane | None) -> Pixels:
    """The pixels under this shading; as they are where it is even."""
    if shade is None:
        return pixels
    return np.asarray(np.clip(np.round(pixels * shade[:, :, None]), 0, 255), np.uint8)
