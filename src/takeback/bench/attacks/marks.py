"""Attacks that lay something over the photograph: words, stickers, a logo, a caption, a tiled watermark, a scribble.

What is drawn follows from the numbers drawn and from the picture's size alone: from the same generator, two pictures of
one size carry the same overlay.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from takeback.bench.attacks.lettering import laid, letters, words
from takeback.bench.attacks.state import Alpha, Attacked, covered, lerp

_INK = ((255, 255, 255), (250, 220, 40), (20, 20, 20), (220, 40, 50), (40, 120, 230), (60, 180, 90), (240, 120, 190))
_ROOM = 0.9
_POINTS = 40

Polygon = npt.NDArray[np.float64]


def _colour(rng: np.random.Generator) -> tuple[int, int, int]:
    return _INK[int(rng.integers(len(_INK)))]


def text(state: Attacked, strength: float, rng: np.random.Generator) -> Attacked:
    """One to four lines of outlined words anywhere, their letters 4 up to 11 percent of the height tall."""
    return written(state, 1 + int(3 * strength), lerp(0.04, 0.11, strength), rng)


def written(state: Attacked, lines: int, tall: float, rng: np.random.Generator) -> Attacked:
    """So many lines of outlined words anywhere, their letters this share of the height tall."""
    import cv2

    height, width = state.pixels.shape[:2]
    for _ in range(lines):
        ink = letters(words(rng), tall * height * float(rng.uniform(0.8, 1)), bold=True)
        shrink = min(1.0, _ROOM * width / ink.shape[1])
        size = (max(1, round(ink.shape[1] * shrink)), max(1, round(ink.shape[0] * shrink)))
        ink = np.asarray(cv2.resize(ink, size, interpolation=cv2.INTER_AREA), np.float32)
        left, top = int(rng.uniform(0, 1) * (width - size[0])), int(rng.uniform(0, 1) * max(1, height - size[1]))
        whole, colour = laid(ink, height, width, left, top), _colour(rng)
        thick = 2 * max(1, round(tall * height / 30)) + 1
        outline = np.asarray(cv2.dilate(whole, np.ones((thick, thick), np.uint8)), np.float32)
        state = covered(state, (0, 0, 0) if sum(colour) > 3 * 128 else (255, 255, 255), outline)
        state = covered(state, colour, whole)
    return state


def stickers(state: Attacked, strength: float, rng: np.random.Generator) -> Attacked:
    """One to six drawn stickers (discs, stars, hearts, arrows, bubbles) on 3 up to 25 percent of the area."""
    return stuck(state, lerp(0.03, 0.25, strength), 1 + int(5 * strength), rng)


def stuck(state: Attacked, share: float, count: int, rng: np.random.Generator) -> Attacked:
    """So many stickers that together cover at most this share of the area."""
    height, width = state.pixels.shape[:2]
    for each in rng.dirichlet(np.full(count, 4.0)) * share:
        outline = _outline(rng)
        x, y = outline.T
        area = abs(float(np.dot(x, np.roll(y, 1)) - np.dot(y, np.roll(x, 1)))) / 2
        outline = outline * np.sqrt(float(each) * height * width / area)
        outline += (rng.uniform(0.1, 0.9, 2) * (width, height)).astype(int)
        colour, edge = _colour(rng), _colour(rng)
        state = covered(state, edge, _drawn(outline, height, width))
        middle = outline.mean(axis=0)
        state = covered(state, colour, _drawn(middle + 0.8 * (outline - middle), height, width))
    return state


def _outline(rng: np.random.Generator) -> Polygon:
    """The outline of a disc, a star, a heart, an arrow or a speech bubble around 0, turned a little."""
    around = np.linspace(0, 2 * np.pi, _POINTS, endpoint=False)
    circle = np.stack((np.cos(around), np.sin(around)), axis=1)
    kind = int(rng.integers(5))
    if kind == 0:
        outline = circle
    elif kind == 1:
        points = np.linspace(0, 2 * np.pi, 10, endpoint=False)
        outline = np.stack((np.cos(points), np.sin(points)), axis=1) * np.tile([1.0, 0.45], 5)[:, None]
    elif kind == 2:  # noqa: PLR2004 - one kind of five
        across = 16 * np.sin(around) ** 3
        down = -13 * np.cos(around) + 5 * np.cos(2 * around) + 2 * np.cos(3 * around) + np.cos(4 * around)
        outline = np.stack((across, down), axis=1) / 16
    elif kind == 3:  # noqa: PLR2004 - one kind of five
        outline = np.array([[-1, -0.25], [0.2, -0.25], [0.2, -0.7], [1, 0], [0.2, 0.7], [0.2, 0.25], [-1, 0.25]])
    else:
        outline = circle * (1.0, 0.65)
        outline[_POINTS // 8] *= 1.9
    angle = float(rng.uniform(-0.5, 0.5))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return np.asarray(outline @ turn.T, np.float64)


def _drawn(outline: Polygon, height: int, width: int) -> Alpha:
    import cv2

    alpha = np.zeros((height, width), np.uint8)
    cv2.fillPoly(alpha, [np.rint(outline).astype(np.int32)], 255, cv2.LINE_AA)
    return alpha.astype(np.float32) / np.float32(255)


def tiled_watermark(state: Attacked, strength: float, rng: np.random.Generator) -> Attacked:
    """A slanted line of words, tiled over all of the picture, through which 85 down to 40 percent shows."""
    return tiled(state, lerp(0.15, 0.60, strength), rng)


def tiled(state: Attacked, opacity: float, rng: np.random.Generator) -> Attacked:
    """A slanted line of words, tiled over all of the picture; however opaque, the photograph counts as seen."""
    import cv2

    height, width = state.pixels.shape[:2]
    ink = letters(words(rng), float(rng.uniform(0.04, 0.08)) * max(height, width), bold=True)
    room = (round(ink.shape[0] * float(rng.uniform(0.8, 2))), round(ink.shape[1] * float(rng.uniform(0.1, 0.4))))
    tile = np.pad(ink, ((0, room[0]), (0, room[1])))
    side = int(np.hypot(height, width)) + 2
    rows, columns = -(-side // tile.shape[0]), -(-side // tile.shape[1]) + 1
    lines = [np.roll(np.tile(tile, (1, columns)), (row % 2) * tile.shape[1] // 2, axis=1) for row in range(rows)]
    sheet = np.concatenate(lines, axis=0)
    angle = float(rng.uniform(15, 40)) * (1 if rng.integers(2) else -1)
    turn = cv2.getRotationMatrix2D((side / 2, side / 2), angle, 1.0)
    turn[:, 2] += (width - side) / 2, (height - side) / 2
    alpha = opacity * np.asarray(cv2.warpAffine(sheet[:side, :side], turn, (width, height)), np.float32)
    kept = state.source
    shade = 255 * int(rng.integers(3) > 0)
    marked = covered(state, (shade, shade, shade), alpha)
    return Attacked(pixels=marked.pixels, source=kept, altered=state.altered, steps=state.steps)


def logo(state: Attacked, strength: float, rng: np.random.Generator) -> Attacked:
    """An opaque badge with a word near a corner, on 1.5 up to 12 percent of the area."""
    return badge(state, lerp(0.015, 0.12, strength), rng)


def badge(state: Attacked, share: float, rng: np.random.Generator) -> Attacked:
    """An opaque badge with a word near a corner, on this share of the area."""
    import cv2

    height, width = state.pixels.shape[:2]
    lean = float(rng.uniform(1.2, 3))
    tall = max(4, round(np.sqrt(share * height * width / lean)))
    wide = max(4, min(width, round(tall * lean)))
    right, lower = rng.integers(2, size=2)
    gap = 0.03 * min(height, width)
    left = round(width - wide - gap if right else gap)
    top = round(height - tall - gap if lower else gap)
    corners = np.array([[left, top], [left + wide, top], [left + wide, top + tall], [left, top + tall]], np.float64)
    ink = letters(words(rng).split()[0], tall * 0.7, bold=True)
    shrink = min(1.0, 0.85 * wide / ink.shape[1], 0.85 * tall / ink.shape[0])
    size = (max(1, round(ink.shape[1] * shrink)), max(1, round(ink.shape[0] * shrink)))
    ink = np.asarray(cv2.resize(ink, size, interpolation=cv2.INTER_AREA), np.float32)
    middle = (left + (wide - size[0]) // 2, top + (tall - size[1]) // 2)
    state = covered(state, (200, 30, 60) if rng.integers(2) else (25, 60, 160), _drawn(corners, height, width))
    return covered(state, (255, 255, 255), laid(ink, height, width, *middle))


def caption(state: Attacked, strength: float, rng: np.random.Generator) -> Attacked:
    """An opaque bar with words across the upper or lower edge, over 6 up to 22 percent of the picture."""
    return barred(state, lerp(0.06, 0.22, strength), rng)


def barred(state: Attacked, share: float, rng: np.random.Generator) -> Attacked:
    """An opaque bar with words across the upper or lower edge, over this share of the picture."""
    height, width = state.pixels.shape[:2]
    tall = max(4, round(share * height))
    top = 0 if rng.integers(3) == 0 else height - tall
    shade = int(rng.choice((0, 30, 245)))
    bar = np.zeros((height, width), np.float32)
    bar[top : top + tall] = 1
    state = covered(state, (shade, shade, shade), bar)
    ink = letters(words(rng), min(0.6 * tall, 0.07 * width))
    colour = (20, 20, 20) if shade > 128 else (240, 240, 240)  # noqa: PLR2004 - dark on light, or light on dark
    return covered(state, colour, laid(ink, height, width, round(0.04 * width), top + (tall - ink.shape[0]) // 2))


def scribble(state: Attacked, strength: float, rng: np.random.Generator) -> Attacked:
    """One to five freehand lines across the picture, 0.8 up to 2.5 percent of the long side wide."""
    import cv2

    height, width = state.pixels.shape[:2]
    thick = max(1, round(lerp(0.008, 0.025, strength) * max(height, width)))
    for _ in range(1 + int(4 * strength)):
        steps = rng.normal(0, 0.1, (8, 2))
        knots = np.clip(rng.uniform(0.2, 0.8, 2) + np.cumsum(steps, axis=0), 0, 1)
        along = np.linspace(0, 7, 80)
        curve = np.stack([np.interp(along, np.arange(8), knots[:, each]) for each in (0, 1)], axis=1)
        curve = np.asarray(cv2.blur(curve, (1, 9)), np.float64) * (width, height)
        alpha = np.zeros((height, width), np.uint8)
        cv2.polylines(alpha, [np.rint(curve).astype(np.int32)], False, 255, thick, cv2.LINE_AA)
        state = covered(state, _colour(rng), alpha.astype(np.float32) / np.float32(255))
    return state
