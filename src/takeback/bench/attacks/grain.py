"""Attacks on sharpness and grain; every pixel stays where it is."""

from __future__ import annotations

import numpy as np

from takeback.bench.attacks.state import Attacked, lerp, with_pixels

_NOMINAL = 1000.0
"""Blurs are given at this long side, in pixels, and grow with the picture."""


def _size(state: Attacked) -> float:
    return float(max(state.pixels.shape)) / _NOMINAL


def blur(state: Attacked, strength: float) -> Attacked:
    """A Gaussian blur of 0.5 up to 4 pixels at a long side of 1000."""
    import cv2

    sigma = lerp(0.5, 4.0, strength) * _size(state)
    return with_pixels(state, np.asarray(cv2.GaussianBlur(state.pixels, (0, 0), sigma), np.uint8))


def motion_blur(state: Attacked, strength: float, rng: np.random.Generator) -> Attacked:
    """Smeared along a line of 3 up to 18 pixels at a long side of 1000, in any direction."""
    import cv2

    length = max(2.0, lerp(3, 18, strength) * _size(state))
    angle = float(rng.uniform(0, np.pi))
    side = 2 * int(np.ceil(length / 2)) + 1
    kernel = np.zeros((side, side), np.uint8)
    middle, reach = side // 2, np.array([np.cos(angle), np.sin(angle)]) * length / 2
    start, end = (tuple(round(middle + sign * float(each)) for each in reach) for sign in (-1, 1))
    cv2.line(kernel, start, end, 255, 1, cv2.LINE_AA)
    weights = kernel.astype(np.float32)
    return with_pixels(state, np.asarray(cv2.filter2D(state.pixels, -1, weights / weights.sum()), np.uint8))


def noise(state: Attacked, strength: float, rng: np.random.Generator) -> Attacked:
    """Gaussian noise of 3 up to 35 levels of 255, independent in each channel."""
    return with_pixels(state, noisy(state, lerp(3, 35, strength), rng).pixels)


def noisy(state: Attacked, levels: float, rng: np.random.Generator) -> Attacked:
    """Gaussian noise of so many levels of 255."""
    grain = rng.standard_normal(state.pixels.shape, np.float32)
    values = state.pixels + levels * grain
    return with_pixels(state, np.rint(np.clip(values, 0, 255)).astype(np.uint8))


def salt(state: Attacked, strength: float, rng: np.random.Generator) -> Attacked:
    """Black and white specks on 0.3 up to 8 percent of the pixels."""
    drawn = rng.random(state.pixels.shape[:2], np.float32)
    half = lerp(0.003, 0.08, strength) / 2
    pixels = state.pixels.copy()
    pixels[drawn < half] = 0
    pixels[drawn > 1 - half] = 255
    return with_pixels(state, pixels)


def sharpen(state: Attacked, strength: float) -> Attacked:
    """An unsharp mask of 1.5 pixels at a long side of 1000, by 40 percent up to a factor of 3."""
    import cv2

    amount = lerp(0.4, 3.0, strength)
    soft = cv2.GaussianBlur(state.pixels, (0, 0), max(0.6, 1.5 * _size(state)))
    return with_pixels(state, np.asarray(cv2.addWeighted(state.pixels, 1 + amount, soft, -amount, 0), np.uint8))
