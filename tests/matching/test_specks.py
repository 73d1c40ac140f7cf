from __future__ import annotations

from collections.abc import Callable

import numpy as np

from takeback.matching.specks import without_specks


def specked(pixels: np.ndarray, share: float, seed: int = 3) -> tuple[np.ndarray, np.ndarray]:
    drawn = np.random.default_rng(seed).random(pixels.shape[:2])
    changed, specks = pixels.copy(), (drawn < share / 2) | (drawn > 1 - share / 2)
    changed[drawn < share / 2], changed[drawn > 1 - share / 2] = 0, 255
    return changed, specks


def test_specks_give_way_to_what_surrounds_them_and_the_rest_stays(picture: Callable[..., np.ndarray]) -> None:
    original = np.clip(picture(51), 60, 200)
    changed, specks = specked(original, 0.05)
    cleaned = without_specks(changed)
    before, after = (np.abs(each.astype(int) - original).mean(axis=2) for each in (changed, cleaned))
    assert after[specks].mean() < 0.2 * before[specks].mean()
    assert np.array_equal(cleaned[~specks], original[~specks])


def test_a_picture_with_hardly_a_speck_stays_as_it_is(picture: Callable[..., np.ndarray]) -> None:
    changed, _ = specked(picture(52), 0.0005)
    assert without_specks(changed) is changed


def test_dark_and_light_shapes_are_no_specks(picture: Callable[..., np.ndarray]) -> None:
    pixels = picture(53)
    pixels[40:80, 40:200], pixels[120:124, :], pixels[200:, 300:302] = 0, 255, 0
    assert without_specks(pixels) is pixels
