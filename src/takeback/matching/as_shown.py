"""An original as a picture would show it: its tones by a table, its detail by one small filter.

A strong curve, clipped whites and a smear move edges within their blocks, so that blocks seem to have moved which did
not. Both tables and filter are the same everywhere; what moved, or was taken again, differs still.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from takeback.matching.structure import grey
from takeback.matching.tone import fit_tone

Pixels = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]
Plane = npt.NDArray[np.float32]
Numbers = npt.NDArray[np.float64]

_STEP, _FEWEST = 4, 20
"""Levels that one entry of a table covers, and pixels that it needs."""
_SAMPLES, _SAMPLES_OF_DETAIL, _LEAST = 60_000, 20_000, 2_000
_REACH, _FLAT, _RIDGE = 5, 8.0, 1e-3
"""How far the filter reaches, in pixels, below what finer than how many pixels it sees."""
_TEXTURED, _USUAL, _LEAST_OFF = 0.4, 0.85, 2.0


def as_shown(original: Pixels, media: Pixels, where: Mask) -> Pixels:
    """The original in the picture's tones and as blurred, smeared or sharpened as the picture.

    Parameters:
        original, media: (h, w, 3) uint8 RGB in one frame.
        where: (h, w) where they show the same.
    """
    toned = _in_tones(fit_tone(original, media, where), media, where)
    return _in_tones(_in_detail(toned, media, where), media, where)


def _increasing(values: Numbers, weights: Numbers) -> Numbers:
    """The closest values that never decrease: neighbours that do are pooled."""
    pools: list[tuple[float, float, int]] = []
    for value, weight in zip(values.tolist(), weights.tolist(), strict=True):
        pool = (value, weight, 1)
        while pools and pools[-1][0] > pool[0]:
            before = pools.pop()
            total = before[1] + pool[1]
            pool = ((before[0] * before[1] + pool[0] * pool[1]) / total, total, before[2] + pool[2])
        pools.append(pool)
    return np.repeat([each[0] for each in pools], [each[2] for each in pools])


def _table(own: Pixels, other: Pixels) -> Numbers | None:
    """What each of 256 levels became, never decreasing; None where too few levels occur."""
    entries = own // _STEP
    count = np.bincount(entries, minlength=256 // _STEP).astype(np.float64)
    enough = count >= _FEWEST
    if np.count_nonzero(enough) < 4:  # noqa: PLR2004 - hardly a curve
        return None
    from_levels, to_levels = (
        np.bincount(entries, weights=each, minlength=256 // _STEP)[enough] / count[enough] for each in (own, other)
    )
    return np.interp(np.arange(256), from_levels, _increasing(to_levels, count[enough]))


def _in_tones(original: Pixels, media: Pixels, where: Mask) -> Pixels:
    chosen = np.flatnonzero(where.ravel())
    if len(chosen) < _LEAST:
        return original
    chosen = chosen[:: max(1, len(chosen) // _SAMPLES)]
    toned = original.copy()
    for channel in range(3):
        table = _table(original[..., channel].ravel()[chosen], media[..., channel].ravel()[chosen])
        if table is not None:
            toned[..., channel] = np.rint(table).astype(np.uint8)[original[..., channel]]
    return toned


def _finer(plane: Plane) -> Plane:
    import cv2

    return np.asarray(plane - cv2.GaussianBlur(plane, (0, 0), _FLAT), np.float32)


def _in_detail(original: Pixels, media: Pixels, where: Mask) -> Pixels:
    """The original under the one small filter that makes its detail the picture's, by least squares."""
    import cv2

    side = 2 * _REACH + 1
    own, other = grey(original), grey(media)
    whole = cv2.erode(where.astype(np.uint8), np.ones((side, side), np.uint8), borderValue=0).ravel()
    chosen = np.flatnonzero(whole)
    if len(chosen) < _LEAST:
        return original
    edges = cv2.blur(np.abs(cv2.Laplacian(own, cv2.CV_32F)), (5, 5)).ravel()[chosen]
    chosen = chosen[edges >= np.quantile(edges, _TEXTURED)]
    rows, columns = np.divmod(chosen[:: max(1, len(chosen) // _SAMPLES_OF_DETAIL)], own.shape[1])
    fine = _finer(own)
    reach = range(-_REACH, _REACH + 1)
    terms = np.stack([fine[rows + down, columns + across] for down in reach for across in reach], axis=1)
    terms, wanted = terms.astype(np.float64), _finer(other)[rows, columns].astype(np.float64)
    as_it_is = np.zeros(side * side)
    as_it_is[side * side // 2] = 1
    weights: Numbers = as_it_is
    for _ in range(2):
        ridge = _RIDGE * len(terms) * float(np.mean(np.square(terms))) * np.eye(side * side)
        weights = np.linalg.solve(terms.T @ terms + ridge, terms.T @ wanted + ridge @ as_it_is)
        off = np.abs(terms @ weights - wanted)
        kept = off <= max(float(np.quantile(off, _USUAL)), _LEAST_OFF)
        terms, wanted = terms[kept], wanted[kept]
    kernel = weights.reshape(side, side)
    return np.asarray(cv2.filter2D(original, -1, kernel, borderType=cv2.BORDER_REFLECT), np.uint8)
