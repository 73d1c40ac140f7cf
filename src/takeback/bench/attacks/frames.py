"""Attacks that put something around the photograph: a border, rounded corners, bars, a caption below."""

from __future__ import annotations

import numpy as np

from takeback.bench.attacks import shapes
from takeback.bench.attacks.lettering import words, write
from takeback.bench.attacks.state import Attacked, covered, either, ground, lerp, placed

_COLOURS = ((255, 255, 255), (0, 0, 0), (236, 226, 205), (30, 60, 110), (190, 40, 60))


def _colour(rng: np.random.Generator) -> tuple[int, int, int]:
    return _COLOURS[int(rng.integers(len(_COLOURS)))]


def border(state: Attacked, strength: float, rng: np.random.Generator) -> Attacked:
    """A plain frame of 2 up to 15 percent of the shorter side all round; half of the time wider below, as a print's."""
    height, width = state.pixels.shape[:2]
    wide = max(1, round(lerp(0.02, 0.15, strength) * min(height, width)))
    below = wide * (3 if either(rng) else 1)
    canvas = ground(height + wide + below, width + 2 * wide, _colour(rng))
    return placed(state, canvas, wide, wide)


def rounded_corners(state: Attacked, strength: float, rng: np.random.Generator) -> Attacked:
    """Corners rounded by 5 up to 45 percent of the shorter side, on a plain ground."""
    height, width = state.pixels.shape[:2]
    alpha = shapes.rounded(height, width, lerp(0.05, 0.45, strength) * min(height, width))
    return covered(state, _colour(rng), 1 - alpha)


def letterbox(state: Attacked, strength: float, rng: np.random.Generator) -> Attacked:
    """Bars above and below, or left and right, each 5 up to 45 percent of the side: plain, or a blur of the picture."""
    import cv2

    height, width = state.pixels.shape[:2]
    share = lerp(0.05, 0.45, strength)
    down, across = (round(share * height), 0) if either(rng) else (0, round(share * width))
    plain, colour = either(rng), _colour(rng)
    if plain:
        canvas = ground(height + 2 * down, width + 2 * across, colour)
    else:
        soft = shapes.filled(state.pixels, height + 2 * down, width + 2 * across)
        small = cv2.blur(cv2.resize(soft, (64, 64), interpolation=cv2.INTER_AREA), (7, 7))
        canvas = np.asarray(cv2.resize(small, (width + 2 * across, height + 2 * down)), np.uint8)
    return placed(state, canvas, across, down)


def caption_bar(state: Attacked, strength: float, rng: np.random.Generator) -> Attacked:
    """A bar of 8 up to 35 percent of the height added above or below, with one to four lines of words."""
    height, width = state.pixels.shape[:2]
    tall = max(8, round(lerp(0.08, 0.35, strength) * height))
    light, above = either(rng), either(rng)
    canvas = ground(height + tall, width, (250, 250, 250) if light else (18, 20, 26))
    lines = 1 + int(3 * strength)
    size = min(0.6 * tall / lines, 0.06 * width)
    for line in range(lines):
        down = (0 if above else height) + (line + 0.15) * tall / lines
        write(canvas, words(rng), (0.04 * width, down), size, (20, 20, 20) if light else (235, 235, 230))
    return placed(state, canvas, 0, tall if above else 0)
