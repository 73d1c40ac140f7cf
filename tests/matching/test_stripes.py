"""What stripes and grain add to plain grounds is told, and excuses as much elsewhere and no more."""

from __future__ import annotations

import numpy as np
import pytest

from takeback.matching.stripes import Stripes, find_stripes
from takeback.matching.structure import NOISE, grey, local, mean

SIDE = 21


def stripes_of(original: np.ndarray, media: np.ndarray, ground: np.ndarray) -> Stripes:
    left, right = grey(original), grey(media)
    step = np.abs(mean(left, 5) - mean(right, 5))
    return find_stripes(local(left, SIDE), local(right, SIDE), step, ground)


def striped(level: int, share: float) -> np.ndarray:
    """A ground of one grey level under a sine of this share of it."""
    wave = 1 + share * np.sin(np.arange(240) * 2 * np.pi / 14)
    return np.repeat((level * wave).round().astype(np.uint8)[None, :, None], 200, axis=0).repeat(3, axis=2)


@pytest.mark.parametrize("level", [120, 200])
def test_stripes_are_a_share_of_the_light(level: int) -> None:
    ground = np.ones((200, 240), bool)
    found = stripes_of(striped(level, 0), striped(level, 0.08), ground)
    assert found.variance == pytest.approx(0.08**2 / 2, rel=0.2)
    assert 0.04 < found.step < 0.085


def test_an_even_ground_tells_of_none() -> None:
    found = stripes_of(striped(200, 0), striped(200, 0), np.ones((200, 240), bool))
    assert found == Stripes()
    assert found.noise(np.float32([[200]])) == NOISE
    assert found.levels(np.float32([[200]])) == 0


def test_too_little_plain_ground_tells_of_none() -> None:
    ground = np.zeros((200, 240), bool)
    ground[:4, :4] = True
    assert stripes_of(striped(200, 0), striped(200, 0.1), ground) == Stripes()


def test_what_stripes_excuse_is_bounded() -> None:
    found = stripes_of(striped(100, 0), striped(100, 0.9), np.ones((200, 240), bool))
    assert found.variance == pytest.approx(0.02)
    assert found.levels(np.float32([[250]])) == 24


def test_a_dark_place_is_excused_less() -> None:
    found = Stripes(variance=0.01, step=0.1)
    dark, light = np.float32([[40]]), np.float32([[200]])
    assert found.noise(dark) < found.noise(light)
    assert found.levels(dark) == 0 < found.levels(light)


def test_texture_of_the_original_is_no_stripes_however_strong_it_is_in_the_picture() -> None:
    plain = striped(120, 0)
    texture = np.random.default_rng(3).normal(0, 12, (200, 240, 1))
    texture[:, :100] = 0
    original, media = ((plain + much * texture).clip(0, 255).astype(np.uint8) for much in (1, 2))
    found = stripes_of(original, media, np.ones((200, 240), bool))
    assert found.variance < 0.0005
    assert found.levels(np.float32([[200]])) == 0
