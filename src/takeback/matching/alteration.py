"""What differs between two aligned pictures, and what kind of difference it is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from takeback.matching.registration import Registration, register
from takeback.matching.stripes import find_stripes
from takeback.matching.structure import NOISE, Local, apart, covariance, grey, largest, local, structure
from takeback.matching.tone import COARSE, FINE, SAME_TEXTURE, Grounds, fit_shade, fit_tone, shaded, texture_agreement

Pixels = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]
Plane = npt.NDArray[np.float32]
Numbers = npt.NDArray[np.float64]

_BLURS = (0.0, 0.7, 1.1, 1.7, 2.6)
_BLURRED = 0.01
"""How much less alike a blur makes two pictures where more of it makes them less alike still."""
_TONE_STEP = 24.0
_ALIKE = 0.5
_DIFFERENT = 0.42
_SMALLEST = 0.004
_STROKE = 0.013
_THINNEST = 11
_THICK = 0.25
_THROUGH, _MARGIN = 13, 8
_GAPS = 0.15
_GAP_STEP = 10.0
_FULL = 0.9
_RIM = 0.03
_SMALLEST_HELD = 0.001
_EVEN_LEVELS = 8.0
_FLAT = 0.5
_CRUMBS = 0.05
_STRIP, _EDGE = 17, 9.0
"""How wide the strips on both sides of a border are, in pixels, and how many levels more an edge is between them."""
_SAME_STRUCTURE = 0.85
_RIND, _EVERY = 12, 7
"""How deep the rim is at most, in pixels, and of how many unaltered pixels one is looked at."""
_USUAL, _LEAST_OFF = 0.95, 8.0
_OF_CORE, _CORE, _MOST_OFF = 0.4, 0.7, 32.0
"""What differs by less than this share of what a part mostly differs by is its rim, if that is no more levels."""
_SURE = 0.01


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Comparison:
    """Where two aligned pictures differ, in the original's frame at the working size.

    ``altered`` is all that differs, ``overlay`` the part of it that is marks on top, ``through`` the part of these
    through which or between whose strokes the original still shows. ``unsure`` is what has too little structure to
    tell, ``held`` what has texture that is found again beyond chance. ``blur`` is how much the original had to be
    blurred to look like the picture (standard deviation, working pixels), ``lit`` the original in the picture's light
    (h, w, 3). ``registration`` is of what does not differ.
    """

    altered: Mask
    overlay: Mask
    through: Mask
    unsure: Mask
    held: Mask
    blur: float
    registration: Registration
    lit: Pixels


def match_blur(original: Pixels, shown: Local, where: Mask) -> tuple[Pixels, float]:
    """The original as blurred as the picture, of which the finer structure is shown, and by how much."""
    import cv2

    best, blur, closest = original, 0.0, -1.0
    if not where.any():
        return best, blur
    for sigma in _BLURS:
        tried = np.asarray(cv2.GaussianBlur(original, (0, 0), sigma) if sigma else original, np.uint8)
        closeness = float(np.mean(structure(local(grey(tried), FINE), shown)[where]))
        if closeness > closest + 0.002:
            best, blur, closest = tried, sigma, closeness
        elif closeness < closest - _BLURRED:
            break
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


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Shown:
    """A picture with its structure at both scales, and its colours smoothed."""

    fine: Local
    coarse: Local
    smooth: Plane

    @classmethod
    def of(cls, pixels: Pixels) -> _Shown:
        levels = grey(pixels)
        return cls(fine=local(levels, FINE), coarse=local(levels, COARSE), smooth=_smooth_rgb(pixels))


def _alike(original: Pixels, media: _Shown) -> Mask:
    """Where the coarser structure of two pictures agrees."""
    return np.asarray(structure(local(grey(original), COARSE), media.coarse) > _ALIKE, bool)


def _compared(original: _Shown, media: _Shown, same: Mask) -> tuple[Plane, Plane]:
    """How far the structure of two pictures agrees, both scales summed, and how far smoothed colours are apart.

    What the picture adds to plain grounds where both show the ``same`` tells nothing anywhere.
    """
    import cv2

    step = largest(np.asarray(cv2.absdiff(original.smooth, media.smooth), np.float32))
    stripes = find_stripes(original.coarse, media.coarse, step, same)
    noise = stripes.noise(original.coarse.mean)
    agreement = structure(original.fine, media.fine, noise)
    agreement += structure(original.coarse, media.coarse, noise)
    step -= stripes.levels(original.coarse.mean)
    return agreement, step


def _differing(agreement: Plane, step: Plane, inside: Mask) -> Mask:
    """Where two pictures of equal tone and blur differ, decided on smoothed evidence at two scales."""
    import cv2

    evidence = agreement * np.float32(-0.5)
    evidence += np.float32(_DIFFERENT)
    evidence += np.clip(step * np.float32(1 / _TONE_STEP) - np.float32(0.6), -0.1, 1.2)
    evidence[~inside] = 0
    mask = (_smooth(evidence, 3.0) > 0) & inside
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (9, 9))
    closed = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_CLOSE, kernel)
    opened = cv2.morphologyEx(closed, cv2.MORPH_OPEN, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (7, 7)))
    solid = _without_specks(opened.astype(bool) & inside, _SMALLEST * inside.size)
    holes = _without_specks(~solid, _SMALLEST * inside.size)
    return np.asarray(~holes & inside, bool)


def _without_shade(altered: Mask, agreement: Plane, step: Plane, inside: Mask) -> Mask:
    """The parts that differ in structure, or set in at an edge: a lamp and a vignette do neither."""
    import cv2

    agreeing = agreement > 2 * _DIFFERENT
    count, labels, stats, _ = cv2.connectedComponentsWithStats(altered.astype(np.uint8), connectivity=8)
    kept = altered.copy()
    reach = np.ones((_STRIP, _STRIP), np.uint8)
    for label in range(1, count):
        near = _window(stats[label], _STRIP)
        part = labels[near] == label
        if np.mean(agreeing[near][part]) < _SAME_STRUCTURE:
            continue
        within = np.asarray(cv2.erode(part.astype(np.uint8), reach, borderValue=1), bool)
        without = np.asarray(cv2.dilate(part.astype(np.uint8), reach), bool)
        inner, outer = part & ~within, without & ~part & inside[near] & ~altered[near]
        if outer.any() and np.median(step[near][inner]) - np.median(step[near][outer]) < _EDGE:
            kept[near] &= ~part
    return kept


def _rim_levels(altered: Mask, off: Plane, least: float) -> Plane:
    """Below how many levels a place of each part is its rim, (H, W): a share of what the part mostly differs by."""
    import cv2

    count, labels, stats, _ = cv2.connectedComponentsWithStats(altered.astype(np.uint8), connectivity=8)
    levels = np.full(count, least, np.float32)
    for label in range(1, count):
        own = _window(stats[label], 0)
        core = float(np.quantile(off[own][labels[own] == label][::_EVERY], _CORE))
        levels[label] = max(least, min(_OF_CORE * core, _MOST_OFF))
    return np.asarray(levels[labels], np.float32)


def _peeled(altered: Mask, original: Pixels, media: Pixels, inside: Mask) -> Mask:
    """The parts without the rim that the windows of the comparison add: what looks the same, from the outside in."""
    import cv2

    off = np.asarray(cv2.blur(apart(original, media).astype(np.float32), (3, 3)), np.float32)
    unaltered = inside & ~altered
    usual = float(np.quantile(off[unaltered][::_EVERY], _USUAL)) if unaltered.any() else 0.0
    same = (off < _rim_levels(altered, off, max(_LEAST_OFF, usual))).astype(np.uint8)
    cross = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
    kept = altered.astype(np.uint8)
    for _ in range(_RIND):
        kept &= ~(cv2.dilate(1 - kept, cross) & same)
    smooth = cv2.morphologyEx(kept, cv2.MORPH_OPEN, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (5, 5)))
    return np.asarray(smooth, bool) & altered


def _smooth_rgb(pixels: Pixels) -> Plane:
    import cv2

    return np.asarray(cv2.blur(pixels.astype(np.float32), (5, 5)), np.float32)


def _stroke(longest: int) -> int:
    """How wide what is a stroke may be, in pixels of a frame so long; odd."""
    return max(_THINNEST, round(2 * _STROKE * longest)) | 1


def _is_thin(part: Mask, original: Pixels, media: Pixels, width: int) -> bool:
    """Whether the part consists of strokes, so wide at most, between which the original still shows, tone for tone."""
    import cv2

    off = apart(original, media)
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
    left, right = local(grey(original), _THROUGH), local(grey(media), _THROUGH)
    textured = part & (left.variance > 3 * NOISE) & (right.variance > NOISE / 3)
    if np.count_nonzero(textured) < 0.15 * np.count_nonzero(part):
        return False
    through = covariance(left, right)[textured] / np.sqrt(left.variance[textured] * right.variance[textured])
    return bool(np.median(through) > 0.8)  # noqa: PLR2004 - strongly the same structure


def _extent(mask: Mask) -> tuple[int, int, int, int]:
    """First row, row after the last, first column, column after the last."""
    rows, columns = np.nonzero(mask)
    bounds = np.array([rows.min(), rows.max() + 1, columns.min(), columns.max() + 1])
    top, bottom, left, right = bounds.tolist()
    return top, bottom, left, right


def _is_bar(part: Mask, media: Pixels, window: tuple[slice, slice], inside: Mask) -> bool:
    """Whether the part is a bar of nearly one colour along an edge of the picture, text on it or not.

    Parameters:
        part, media: in the window, which is no larger than the part.
        inside: of the whole frame.
    """
    rows, columns = window
    all_top, all_bottom, all_left, all_right = _extent(inside)
    height, width = all_bottom - all_top, all_right - all_left
    full_width, full_height = columns.stop - columns.start > _FULL * width, rows.stop - rows.start > _FULL * height
    at_end = rows.start - all_top < _RIM * height or all_bottom - rows.stop < _RIM * height
    at_side = columns.start - all_left < _RIM * width or all_right - columns.stop < _RIM * width
    if not ((full_width and at_end) or (full_height and at_side)):
        return False
    colours = media[part].astype(np.int16)
    usual = np.median(colours, axis=0)
    return bool(np.mean(largest(np.abs(colours - usual)) < _TONE_STEP / 2) > 0.6)  # noqa: PLR2004 - mostly one colour


def _is_flat(part: Mask, original: Pixels, media: Pixels) -> bool:
    """Whether the part is a patch of one colour with a sharp edge and nothing in it, as a sticker is.

    Round the patch the original shows again at once, tone for tone.
    """
    import cv2

    usual = np.median(media[part], axis=0)
    patch = part & (largest(np.abs(media - usual.astype(np.float32))) < _EVEN_LEVELS)
    if np.count_nonzero(patch) < _FLAT * np.count_nonzero(part):
        return False
    grown = np.asarray(cv2.dilate(patch.astype(np.uint8), np.ones((7, 7), np.uint8)), bool)
    rest = part & ~grown
    around = np.asarray(cv2.dilate(grown.astype(np.uint8), np.ones((5, 5), np.uint8)), bool) & ~grown
    off = apart(original, media)
    shows = np.median(off[around]) < _TONE_STEP if around.any() else False
    return bool(shows and np.count_nonzero(rest & (off > _TONE_STEP)) < _CRUMBS * np.count_nonzero(part))


def overlays_in(altered: Mask, original: Pixels, media: Pixels, inside: Mask, known: Mask) -> tuple[Mask, Mask]:
    """The parts of ``altered`` that are marks on top: strokes, translucent or flat marks, bars, and those known.

    Besides, those of them through which or between whose strokes the original still shows.
    """
    import cv2

    count, labels, stats, _ = cv2.connectedComponentsWithStats(altered.astype(np.uint8), connectivity=8)
    overlay, through = np.zeros_like(altered), np.zeros_like(altered)
    width = _stroke(max(altered.shape))
    for label in range(1, count):
        own = _window(stats[label], 0)
        near = _window(stats[label], width + _MARGIN)
        part = labels[near] == label
        before, after = original[near], media[near]
        if _is_translucent(part, before, after) or _is_thin(part, before, after, width):
            overlay[near] |= part
            through[near] |= part
        elif (
            np.count_nonzero(part & known[near]) > 0.5 * np.count_nonzero(part)
            or _is_bar(labels[own] == label, media[own], own, inside)
            or _is_flat(part, before, after)
        ):
            overlay[near] |= part
    return overlay, through


def _window(stats: npt.NDArray[np.int32], margin: int) -> tuple[slice, slice]:
    """Rows and columns of a connected part, and so many more on each side."""
    left, top, width, height = (int(each) for each in stats[:4])
    return (
        slice(max(0, top - margin), top + height + margin),
        slice(max(0, left - margin), left + width + margin),
    )


def _lit(original: Pixels, media: Pixels, shown: _Shown, inside: Mask) -> tuple[Pixels, Mask]:
    """The original in the picture's light, and where the two then show the same."""
    import cv2

    grounds = Grounds.of(local(grey(original), COARSE), shown.coarse, inside)
    told = np.count_nonzero(grounds.sure) > _SURE * np.count_nonzero(inside)
    first = grounds.sure if told else inside & _alike(original, shown)
    toned = fit_tone(original, media, first)
    shade = fit_shade(toned, media, grounds)
    if shade is not None:
        original = shaded(original, shade)
        toned = fit_tone(original, media, first)
    alike = inside & _alike(original, shown)
    if not told:
        return original, alike
    near = cv2.blur(apart(toned, media), (FINE, FINE)) < _TONE_STEP
    return original, np.asarray(grounds.sure | ((grounds.even | alike) & near), bool)


def compare(original: Pixels, media: Pixels, inside: Mask, known: Mask) -> Comparison:
    """What differs between two aligned pictures of one size, after tone, light and blur are fitted.

    Parameters:
        original, media: (h, w, 3) uint8 RGB in one frame.
        inside: (h, w) where the media covers the frame.
        known: (h, w) near marks that the overlay guard knows.
    """
    shown = _Shown.of(media)
    original, where = _lit(original, media, shown, inside)
    blurred, blur = match_blur(original, shown.fine, where)
    altered = _differing(*_compared(_Shown.of(fit_tone(blurred, media, where)), shown, where), inside)
    toned = fit_tone(blurred, media, inside & ~altered)
    before = _Shown.of(toned)
    agreement, step = _compared(before, shown, where & ~altered)
    wide = _without_shade(_differing(agreement, step, inside), agreement, step, inside)
    altered = _peeled(wide, toned, media, inside)
    overlay, through = overlays_in(wide, toned, media, inside, known)
    left, right = before.coarse, shown.coarse
    flat = inside & ~wide & (left.variance < NOISE / 4) & (right.variance < NOISE / 4)
    correlation, textured = texture_agreement(left, right)
    held = inside & ~wide & ~known & textured & (correlation > SAME_TEXTURE)
    return Comparison(
        altered=altered,
        overlay=overlay & altered,
        through=through & altered,
        unsure=flat,
        held=_without_specks(held, _SMALLEST_HELD * inside.size),
        blur=blur,
        registration=register(left.plane, right.plane, inside & ~known & ~wide, inside & ~known),
        lit=original,
    )
