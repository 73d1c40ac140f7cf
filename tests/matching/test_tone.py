"""Tones and light are fitted, and what was altered does not steer the fit."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from takeback.matching.structure import grey, local
from takeback.matching.tone import COARSE, Grounds, fit_shade, fit_tone, shaded


def everywhere(pixels: np.ndarray) -> np.ndarray:
    return np.ones(pixels.shape[:2], bool)


def shade_of(original: np.ndarray, media: np.ndarray) -> np.ndarray | None:
    left, right = (local(grey(each), COARSE) for each in (original, media))
    return fit_shade(original, media, Grounds.of(left, right, everywhere(original)))


def test_a_filter_is_taken_on_though_a_part_was_replaced(picture: Callable[..., np.ndarray]) -> None:
    original = picture(1)
    levels = original / 255.0
    filtered = np.clip(255 * (0.1 + 0.7 * levels[..., ::-1] ** 2), 0, 255).astype(np.uint8)
    media = filtered.copy()
    media[:60] = picture(2)[:60]
    toned = fit_tone(original, media, everywhere(original))
    off = np.abs(toned[60:].astype(int) - filtered[60:])
    assert np.median(off) <= 2
    assert np.median(off) < 0.1 * np.median(np.abs(original[60:].astype(int) - filtered[60:]))


def test_too_few_pixels_leave_the_tones(picture: Callable[..., np.ndarray]) -> None:
    original = picture(1)
    where = np.zeros(original.shape[:2], bool)
    where[:10, :10] = True
    np.testing.assert_array_equal(fit_tone(original, picture(2), where), original)


def test_a_vignette_is_found_and_an_even_light_is_none(picture: Callable[..., np.ndarray]) -> None:
    original = picture(3)
    height, width = original.shape[:2]
    down, across = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    light = 1 - 0.3 * (down**2 + across**2)
    media = np.clip(original * light[..., None], 0, 255).astype(np.uint8)
    shade = shade_of(original, media)
    assert shade is not None
    assert np.quantile(np.abs(shade - light), 0.95) < 0.03
    assert np.median(np.abs(shaded(original, shade).astype(int) - media)) <= 2
    assert shade_of(original, original) is None
    np.testing.assert_array_equal(shaded(original, None), original)


def test_a_light_goes_on_over_a_plain_ground_and_a_plain_patch_does_not_steer_it(
    picture: Callable[..., np.ndarray],
) -> None:
    original = np.full((420, 560, 3), 220, np.uint8)
    original[100:320, 40:240] = picture(3)[:220, :200]
    light = np.linspace(1.0, 0.6, 560)[None, :, None]
    media = (original * light).astype(np.uint8)
    media[40:380, 400:520] = 70
    shade = shade_of(original, media)
    assert shade is not None
    unaltered = (media != 70).all(axis=2)
    assert np.quantile(np.abs(shade - light[..., 0])[unaltered], 0.95) < 0.04
    off = np.abs(shaded(original, shade).astype(int) - media).max(axis=2)
    assert np.median(off[40:380, 400:520]) > 50


def test_where_no_texture_is_found_again_there_is_no_light_to_tell() -> None:
    original = np.full((420, 560, 3), 220, np.uint8)
    media = (original * np.linspace(1.0, 0.6, 560)[None, :, None]).astype(np.uint8)
    assert shade_of(original, media) is None


def test_a_lamp_is_followed_though_it_is_no_polynomial(picture: Callable[..., np.ndarray]) -> None:
    original = np.full((420, 560, 3), 200, np.uint8)
    original[60:360, 40:300] = picture(304)[30:330, 80:340]
    down, across = np.indices((420, 560))
    light = 0.55 + 0.45 * np.exp(-((down - 150) ** 2 + (across - 420) ** 2) / (2 * 120**2))
    shade = shade_of(original, (original * light[:, :, None]).astype(np.uint8))
    assert shade is not None
    assert np.quantile(np.abs(shade - light / light.max()), 0.95) < 0.04


def test_a_light_under_which_no_more_looks_the_same_is_none(picture: Callable[..., np.ndarray]) -> None:
    dark = (picture(3) * 0.4).astype(np.uint8)
    faint, strong = (
        (dark * np.linspace(1, least, dark.shape[1])[None, :, None]).astype(np.uint8) for least in (0.9, 0.8)
    )
    assert shade_of(dark, faint) is None
    assert shade_of(dark, strong) is not None
