"""Attacks on colour and brightness; every pixel stays where it is."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from takeback.bench.attacks.state import Attacked, either, lerp, with_pixels

_GREY = np.array([0.299, 0.587, 0.114], np.float32)
_SEPIA = np.array([[0.393, 0.769, 0.189], [0.349, 0.686, 0.168], [0.272, 0.534, 0.131]], np.float32)

Floats = npt.NDArray[np.float32]


def _values(state: Attacked) -> Floats:
    return np.asarray(state.pixels, np.float32) / np.float32(255)


def _with(state: Attacked, values: Floats) -> Attacked:
    return with_pixels(state, np.rint(np.clip(values, 0, 1) * 255).astype(np.uint8))


def _tables(state: Attacked, tables: Floats) -> Attacked:
    """The picture with each channel read from its own table of 256 values in [0, 1]."""
    levels = np.rint(np.clip(tables, 0, 1) * 255).astype(np.uint8)
    return with_pixels(state, np.stack([levels[each][state.pixels[:, :, each]] for each in range(3)], axis=2))


def _mixed(state: Attacked, matrix: Floats) -> Attacked:
    """The picture with its colours mixed by a (3, 3) matrix."""
    import cv2

    return with_pixels(state, np.asarray(cv2.transform(state.pixels, matrix), np.uint8))


def _levels() -> Floats:
    return np.arange(256, dtype=np.float32) / np.float32(255)


def curve(state: Attacked, strength: float, rng: np.random.Generator) -> Attacked:
    """A tone curve: gamma of 1.1 up to 2.2 to either side, and an S of up to half the way."""
    gamma = lerp(1.1, 2.2, strength)
    bent = _levels() ** (gamma if either(rng) else 1 / gamma)
    bend = float(rng.uniform(0, 0.5)) * strength
    bent = bent + bend * (bent * bent * (3 - 2 * bent) - bent)
    return _tables(state, np.tile(bent, (3, 1)))


def colour_filter(state: Attacked, strength: float, rng: np.random.Generator) -> Attacked:
    """A colour filter: each channel with its own gain of up to 45 percent, lift of up to 15 percent, and gamma."""
    gains = 1 + rng.uniform(-0.45, 0.25, (3, 1)) * strength
    lifts = rng.uniform(0, 0.15, (3, 1)) * strength
    gammas = np.exp(rng.uniform(-0.35, 0.35, (3, 1)) * strength)
    return _tables(state, (lifts + gains * _levels()[None] ** gammas).astype(np.float32))


def black_and_white(state: Attacked, strength: float) -> Attacked:
    """Without colour, and with 0 up to 60 percent more contrast."""
    grey = np.tile(_GREY, (3, 1))
    gain = 1 + 0.6 * strength
    return _tables(_mixed(state, grey), np.tile((_levels() - 0.5) * gain + 0.5, (3, 1)).astype(np.float32))


def saturation(state: Attacked, strength: float, rng: np.random.Generator) -> Attacked:
    """More colour by up to a factor of 3, or less by up to 90 percent."""
    factor = 1 + 2 * strength if either(rng) else 1 - 0.9 * strength
    return _mixed(state, (factor * np.eye(3) + (1 - factor) * np.tile(_GREY, (3, 1))).astype(np.float32))


def contrast(state: Attacked, strength: float, rng: np.random.Generator) -> Attacked:
    """More contrast by up to a factor of 2.2, or less by up to 70 percent."""
    factor = 1 + 1.2 * strength if either(rng) else 1 - 0.7 * strength
    return _tables(state, np.tile((_levels() - 0.5) * factor + 0.5, (3, 1)).astype(np.float32))


def brightness(state: Attacked, strength: float, rng: np.random.Generator) -> Attacked:
    """Lighter or darker by 5 up to 35 percent of the range."""
    step = lerp(0.05, 0.35, strength) * (1 if either(rng) else -1)
    return _tables(state, np.tile(_levels() + step, (3, 1)).astype(np.float32))


def sepia(state: Attacked, strength: float) -> Attacked:
    """Browned as an old print, by 20 percent up to wholly."""
    share = lerp(0.2, 1.0, strength)
    return _mixed(state, (share * _SEPIA + (1 - share) * np.eye(3)).astype(np.float32))


def vignette(state: Attacked, strength: float) -> Attacked:
    """Darker towards the corners, there by 15 up to 80 percent."""
    height, width = state.pixels.shape[:2]
    x, y = np.linspace(-1, 1, width, dtype=np.float32), np.linspace(-1, 1, height, dtype=np.float32)
    away = (x[None, :] ** 2 + y[:, None] ** 2) / 2
    gains = (1 - lerp(0.15, 0.8, strength) * away)[:, :, None]
    return _with(state, np.asarray(_values(state) * gains, np.float32))
