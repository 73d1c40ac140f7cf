"""What differs between two aligned pictures, and what kind of difference it is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from takeback.matching.registration import Registration, register

Pixels = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]
Plane = npt.NDArray[np.float32]
Numbers = npt.NDArray[np.float64]

_FINE, _COARSE = 9, 21
_NOISE = 30.0
"""Variance in squared grey levels that compression may add; flatter places have no structure to compare."""
_BLURS = (0.0, 0.7, 1.1, 1.7, 2.6)
_TONE_STEP = 24.0
_ALIKE = 0.5
_DIFFERENT = 0.42
_SMALLEST = 0.004
_STROKE = 0.013
_THINNEST = 11
_THICK = 0.25
_GAPS = 0.15
_GAP_STEP = 10.0
_FULL = 0.9
_RIM = 0.03
_TEXTURED = 2.0
_SAME_TEXTURE = 0.75
_SMALLEST_HELD = 0.001
_ORDER = 4
_GRID = 65
_SUPPORT = 0.1
_UNEVEN = 0.12
_EVEN_LEVELS = 8.0
_FLAT = 0.5
_CRUMBS = 0.05


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Comparison:
    """Where two aligned pictures differ, in the original's frame at the working size.

    ``altered`` is all that differs, ``overlay`` the part of it that is marks on top, ``unsure`` what has too little
    structure to tell, ``held`` what has texture that is found again beyond chance. ``blur`` is how much the original
    had to be blurred to look like the picture (standard deviation, working pixels). ``registration`` is of what does
    not differ.
    """

    altered: Mask
    overlay: Mask
    unsure: Mask
    held: Mask
    blur: float
    registration: Registration


def grey(pixels: Pixels) -> Plane:
    """Luma (H, W) float32."""
    import cv2

    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), np.float32)


def _mean(plane: Plane, side: int) -> Plane:
    import cv2

    return np.asarray(cv2.blur(plane, (side, side), borderType=cv2.BORDER_REFLECT), np.float32)


def _moments(left: Plane, right: Plane, side: int) -> tuple[Plane, Plane, Plane]:
    """Local variances of both and their covariance."""
    mean_left, mean_right = _mean(left, side), _mean(right, side)
    return (
        np.maximum(_mean(left * left, side) - mean_left**2, 0),
        np.maximum(_mean(right * right, side) - mean_right**2, 0),
        _mean(left * right, side) - mean_left * mean_right,
    )


def _structure(left: Plane, right: Plane, side: int) -> Plane:
    """Local agreement of structure, 1 where alike and 0 where unrelated; flat places agree with flat places."""
    var_left, var_right, both = _moments(left, right, side)
    return np.asarray((both + _NOISE) / ((var_left + var_right) / 2 + _NOISE), np.float32)


def agreement(original: Pixels, media: Pixels, side: int) -> Plane:
    """Local agreement of structure of two pictures, (H, W), windows of ``side`` pixels."""
    return _structure(grey(original), grey(media), side)


def fit_tone(original: Pixels, media: Pixels, where: Mask) -> Pixels:
    """The original in the picture's tones: per channel a quadratic of all three, fitted where they agree.

    Covers filters, exposure and black-and-white; trimmed once, so that what was altered does not steer it.
    """
    rgb = original.reshape(-1, 3).astype(np.float32) / np.float32(255)
    terms = np.column_stack((np.ones(len(rgb), np.float32), rgb, rgb**2))
    chosen = np.flatnonzero(where.ravel())
    if len(chosen) < terms.shape[1] * 20:
        return original
    chosen = chosen[:: max(1, len(chosen) // 20_000)]
    target = media.reshape(-1, 3)[chosen].astype(np.float64)
    rows = terms[chosen].astype(np.float64)
    prior = np.zeros((terms.shape[1], 3))
    prior[1:4] = 255 * np.eye(3)
    solution = prior
    for _ in range(2):
        ridge = 1e-3 * len(rows) * np.eye(terms.shape[1])
        solution = np.linalg.solve(rows.T @ rows + ridge, rows.T @ target + ridge @ prior)
        off = np.abs(rows @ solution - target).max(axis=1)
        kept = off <= max(float(np.quantile(off, 0.8)), 4.0)
        rows, target = rows[kept], target[kept]
    fitted = terms @ solution.astype(np.float32)
    return np.asarray(np.clip(np.round(fitted), 0, 255), np.uint8).reshape(original.shape)


def _texture_agreement(left: Plane, right: Plane) -> tuple[Plane, Mask]:
    """Local correlation of two planes, whatever their contrast, and where both have texture to judge it by."""
    var_left, var_right, both = _moments(left, right, _COARSE)
    textured = (var_left > _TEXTURED * _NOISE) & (var_right > _NOISE / 4)
    return np.asarray(both / np.sqrt(np.maximum(var_left * var_right, 1e-6)), np.float32), np.asarray(textured, bool)


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
    """The smooth shading of the picture (a vignette, a lamp) as a factor (H, W), or None where it is even.

    A polynomial of the place, fitted where texture is found again at whatever contrast, so that what was altered does
    not steer it.
    """
    left, right = grey(toned), grey(media)
    correlation, textured = _texture_agreement(left, right)
    where = inside & textured & (correlation > _SAME_TEXTURE)
    if np.count_nonzero(where) < _SUPPORT * where.size:
        return None
    height, width = left.shape
    smooth_left, smooth_right = _mean(left, _FINE).ravel(), _mean(right, _FINE).ravel()
    chosen = np.flatnonzero(where.ravel())[:: max(1, np.count_nonzero(where) // 20_000)]
    rows, columns = np.divmod(chosen, width)
    terms = _terms(2 * columns / max(1, width - 1) - 1, 2 * rows / max(1, height - 1) - 1)
    own, other = smooth_left[chosen].astype(np.float64), smooth_right[chosen].astype(np.float64)
    kept = np.ones(len(chosen), bool)
    coefficients: Numbers = np.zeros(terms.shape[1])
    for _ in range(2):
        fitted = np.linalg.lstsq(terms[kept] * own[kept, None], other[kept], rcond=None)[0]
        coefficients = np.asarray(fitted, np.float64)
        off = np.abs(terms @ coefficients * own - other)
        kept &= off <= max(float(np.quantile(off[kept], 0.8)), 4.0)
    gain = _everywhere(coefficients, height, width)
    low, high = np.quantile(gain[where], (0.01, 0.99))
    if high - low < _UNEVEN * abs(low + high):
        return None
    return np.asarray(np.clip(gain, max(low, 0.05), max(high, 0.05)), np.float32)


def _shaded(pixels: Pixels, shade: Plane | None) -> Pixels:
    if shade is None:
        return pixels
    return np.asarray(np.clip(np.round(pixels * shade[:, :, None]), 0, 255), np.uint8)


def match_blur(original: Pixels, media: Pixels, where: Mask) -> tuple[Pixels, float]:
    """The original as blurred as the picture is, and by how much."""
    import cv2

    best, blur, closest = original, 0.0, -1.0
    for sigma in _BLURS:
        tried = cv2.GaussianBlur(original, (0, 0), sigma) if sigma else original
        closeness = float(np.mean(agreement(tried, media, _FINE)[where])) if where.any() else 0.0
        if closeness > closest + 0.002:
            best, blur, closest = np.asarray(tried, np.uint8), sigma, closeness
    return best, blur


def _smooth(plane: Plane, sigma: float) -> Plane:
    import cv2

    return np.asarray(cv2.GaussianBlur(plane, (0, 0), sigma), np.float32)


def _without_specks(mask: Mask, least: float) -> Mask:
    """The connected parts of at least ``least`` pixels."""
    import cv2

    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    keep = np.zeros(count, bool)
    keep[1:] = stats[1:, cv2.CC_STAT_AREA] >= least
    return np.asarray(keep[labels], bool)


def differing(original: Pixels, media: Pixels, inside: Mask) -> Mask:
    """Where two pictures of equal tone and blur differ, decided on smoothed evidence at two scales."""
    import cv2

    left, right = grey(original), grey(media)
    fine = _structure(left, right, _FINE)
    coarse = _structure(left, right, _COARSE)
    step = np.abs(_smooth_rgb(original) - _smooth_rgb(media)).max(axis=2)
    evidence = 0.5 * (_DIFFERENT - fine) + 0.5 * (_DIFFERENT - coarse) + np.clip(step / _TONE_STEP - 0.6, -0.1, 1.2)
    evidence[~inside] = 0
    mask = (_smooth(evidence, 3.0) > 0) & inside
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (9, 9))
    closed = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_CLOSE, kernel)
    opened = cv2.morphologyEx(closed, cv2.MORPH_OPEN, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (7, 7)))
    solid = _without_specks(opened.astype(bool) & inside, _SMALLEST * inside.size)
    holes = _without_specks(~solid, _SMALLEST * inside.size)
    return np.asarray(~holes & inside, bool)


def _smooth_rgb(pixels: Pixels) -> Plane:
    import cv2

    return np.asarray(cv2.blur(pixels.astype(np.float32), (5, 5)), np.float32)


def _is_thin(part: Mask, original: Pixels, media: Pixels) -> bool:
    """Whether the part consists of strokes between which the original still shows, tone for tone."""
    import cv2

    off = np.abs(original.astype(np.int16) - media.astype(np.int16)).max(axis=2)
    width = max(_THINNEST, round(2 * _STROKE * max(part.shape))) | 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (width, width))
    marks = ((off > _TONE_STEP) & part).astype(np.uint8)
    thick = cv2.morphologyEx(marks, cv2.MORPH_OPEN, kernel)
    if np.count_nonzero(thick) > _THICK * max(1, int(np.count_nonzero(marks))):
        return False
    gaps = part & ~np.asarray(cv2.dilate(marks, np.ones((3, 3), np.uint8)), bool)
    if np.count_nonzero(gaps) < _GAPS * np.count_nonzero(part):
        return False
    return bool(np.median(off[gaps]) < _GAP_STEP)


def _is_translucent(part: Mask, original: Pixels, media: Pixels) -> bool:
    """Whether the original's structure still shows through the part, at whatever contrast."""
    left, right = grey(original), grey(media)
    var_left, var_right, both = _moments(left, right, 13)
    textured = part & (var_left > 3 * _NOISE) & (var_right > _NOISE / 3)
    if np.count_nonzero(textured) < 0.15 * np.count_nonzero(part):
        return False
    through = both[textured] / np.sqrt(var_left[textured] * var_right[textured])
    return bool(np.median(through) > 0.8)  # noqa: PLR2004 - strongly the same structure


def _extent(mask: Mask) -> tuple[int, int, int, int]:
    """First row, row after the last, first column, column after the last."""
    rows, columns = np.nonzero(mask)
    bounds = np.array([rows.min(), rows.max() + 1, columns.min(), columns.max() + 1])
    top, bottom, left, right = bounds.tolist()
    return top, bottom, left, right


def _is_bar(part: Mask, media: Pixels, inside: Mask) -> bool:
    """Whether the part is a bar of nearly one colour along an edge of the picture, text on it or not."""
    top, bottom, left, right = _extent(part)
    all_top, all_bottom, all_left, all_right = _extent(inside)
    height, width = all_bottom - all_top, all_right - all_left
    full_width, full_height = right - left > _FULL * width, bottom - top > _FULL * height
    at_end = top - all_top < _RIM * height or all_bottom - bottom < _RIM * height
    at_side = left - all_left < _RIM * width or all_right - right < _RIM * width
    if not ((full_width and at_end) or (full_height and at_side)):
        return False
    colours = media[part].astype(np.int16)
    usual = np.median(colours, axis=0)
    return bool(np.mean(np.abs(colours - usual).max(axis=1) < _TONE_STEP / 2) > 0.6)  # noqa: PLR2004 - mostly one colour


def _is_flat(part: Mask, original: Pixels, media: Pixels) -> bool:
    """Whether the part is a patch of one colour with a sharp edge and nothing in it, as a sticker is.

    Round the patch the original shows again at once, tone for tone.
    """
    import cv2

    usual = np.median(media[part], axis=0)
    patch = part & (np.abs(media.astype(np.int16) - usual).max(axis=2) < _EVEN_LEVELS)
    if np.count_nonzero(patch) < _FLAT * np.count_nonzero(part):
        return False
    grown = np.asarray(cv2.dilate(patch.astype(np.uint8), np.ones((7, 7), np.uint8)), bool)
    rest = part & ~grown
    around = np.asarray(cv2.dilate(grown.astype(np.uint8), np.ones((5, 5), np.uint8)), bool) & ~grown
    off = np.abs(original.astype(np.int16) - media.astype(np.int16)).max(axis=2)
    shows = np.median(off[around]) < _TONE_STEP if around.any() else False
    return bool(shows and np.count_nonzero(rest & (off > _TONE_STEP)) < _CRUMBS * np.count_nonzero(part))


def overlays_in(altered: Mask, original: Pixels, media: Pixels, inside: Mask, known: Mask) -> Mask:
    """The parts of ``altered`` that are marks on top: strokes, translucent or flat marks, bars, and those known."""
    import cv2

    count, labels = cv2.connectedComponents(altered.astype(np.uint8), connectivity=8)
    overlay = np.zeros_like(altered)
    for label in range(1, count):
        part = labels == label
        if (
            np.count_nonzero(part & known) > 0.5 * np.count_nonzero(part)
            or _is_bar(part, media, inside)
            or _is_flat(part, original, media)
            or _is_translucent(part, original, media)
            or _is_thin(part, original, media)
        ):
            overlay |= part
    return overlay


def compare(original: Pixels, media: Pixels, inside: Mask, known: Mask) -> Comparison:
    """What differs between two aligned pictures of one size, after tone and blur are fitted.

    Parameters:
        original, media: (h, w, 3) uint8 RGB in one frame.
        inside: (h, w) where the media covers the frame.
        known: (h, w) near marks that the overlay guard knows.
    """
    where = inside & (agreement(original, media, _COARSE) > _ALIKE)
    shade = fit_shade(fit_tone(original, media, where), media, inside)
    if shade is not None:
        original = _shaded(original, shade)
        where = inside & (agreement(original, media, _COARSE) > _ALIKE)
    blurred, blur = match_blur(original, media, where)
    toned = fit_tone(blurred, media, where)
    altered = differing(toned, media, inside)
    again = inside & ~altered
    toned = fit_tone(blurred, media, again)
    altered = differing(toned, media, inside)
    left, right = grey(toned), grey(media)
    overlay = overlays_in(altered, toned, media, inside, known)
    var_left, var_right, _ = _moments(left, right, _COARSE)
    flat = inside & ~altered & (var_left < _NOISE / 4) & (var_right < _NOISE / 4)
    correlation, textured = _texture_agreement(left, right)
    held = inside & ~altered & ~known & textured & (correlation > _SAME_TEXTURE)
    return Comparison(
        altered=altered,
        overlay=overlay,
        unsure=flat,
        held=_without_specks(held, _SMALLEST_HELD * inside.size),
        blur=blur,
        registration=register(left, right, inside & ~known & ~altered, inside & ~known),
    )
