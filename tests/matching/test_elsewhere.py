"""A thing that moved is found again elsewhere; what was replaced is gone."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from takeback.bench.attacks import compressed
from takeback.matching.elsewhere import Elsewhere, find_elsewhere
from takeback.matching.examine import MediaView, examine
from takeback.model.finding import Conclusion
from takeback.model.original import Original
from takeback.model.signal import Features

Picture = Callable[..., np.ndarray]


def shoved(pixels: np.ndarray, ground: np.ndarray, across: int) -> np.ndarray:
    """The thing in the middle a little to the side, and the ground that it stood on."""
    other = pixels.copy()
    other[90:270, 130:330] = ground[90:270, 130:330]
    other[90:270, 130 + across : 330 + across] = pixels[90:270, 130:330]
    return other


def nothing(features: Features) -> np.ndarray:
    return np.zeros(len(features), bool)


def test_what_moved_agrees_on_a_place_of_its_own(picture: Picture, features: Callable[..., Features]) -> None:
    pixels = picture(21)
    left, right = features(pixels), features(shoved(pixels, picture(22), 40))
    replaced = np.zeros(pixels.shape[:2], bool)
    replaced[90:270, 130:370] = True
    moved = find_elsewhere(left, right, np.eye(3), replaced, (nothing(left), nothing(right)))
    assert moved is not None
    assert moved.is_certain
    assert moved.away == pytest.approx(40 / 480, abs=0.01)
    assert find_elsewhere(left, right, np.eye(3), replaced, (~nothing(left), nothing(right))) is None


def test_what_was_replaced_is_found_nowhere(picture: Picture, features: Callable[..., Features]) -> None:
    pixels, other = picture(21), picture(21).copy()
    other[90:270, 130:330] = picture(22)[90:270, 130:330]
    left, right = features(pixels), features(compressed(other, 80))
    replaced = (other != pixels).any(axis=2)
    moved = find_elsewhere(left, right, np.eye(3), replaced, (nothing(left), nothing(right)))
    assert moved is None or not moved.is_certain


def test_a_weak_agreement_elsewhere_is_chance() -> None:
    assert not Elsewhere(features=7, score=18.0, away=0.08).is_certain
    assert Elsewhere(features=12, score=25.0, away=0.08).is_certain


@pytest.mark.parametrize(("away", "certain"), [(0.0, False), (0.08, True), (0.4, False)])
def test_in_its_place_or_far_away_is_no_movement_within_a_scene(away: float, *, certain: bool) -> None:
    assert Elsewhere(features=40, score=100.0, away=away).is_certain is certain


def test_a_thing_that_was_shoved_is_another_photograph_of_the_scene(
    picture: Picture, enrolled: Callable[..., Original], view: Callable[..., MediaView]
) -> None:
    pixels = picture(23)
    turned = cv2.warpAffine(
        pixels, cv2.getRotationMatrix2D((230, 180), 6, 1.0), (480, 360), borderMode=cv2.BORDER_REFLECT
    )
    other = shoved(pixels, picture(24), 0)
    other[90:270, 175:375] = turned[90:270, 130:330]
    examination = examine(enrolled(pixels), view(compressed(other, 85)), original_pixels=pixels)
    assert examination.conclusion is Conclusion.SAME_SCENE
    assert any("found again elsewhere" in each for each in examination.reasons)


def test_a_replaced_thing_stays_a_derivative(
    picture: Picture, enrolled: Callable[..., Original], view: Callable[..., MediaView]
) -> None:
    pixels, other = picture(23), picture(23).copy()
    other[90:270, 130:330] = picture(24)[90:270, 130:330]
    examination = examine(enrolled(pixels), view(compressed(other, 85)), original_pixels=pixels)
    assert examination.conclusion is Conclusion.DERIVATIVE
