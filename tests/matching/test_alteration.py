from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from takeback.bench.attacks import compressed
from takeback.matching.alteration import compare
from takeback.matching.examine import MediaView, examine, examine_closely
from takeback.model.finding import Conclusion
from takeback.model.original import Original
from takeback.model.signal import Features
from takeback.signals.features import searchable
from takeback.simulate.collection import load_photographs


def from_middle(pixels: np.ndarray) -> np.ndarray:
    """The squared distance of each pixel from the middle, 1 at the middle of the sides."""
    down, across = np.indices(pixels.shape[:2])
    height, width = pixels.shape[:2]
    return ((across / width - 0.5) / 0.6) ** 2 + ((down / height - 0.5) / 0.6) ** 2


@pytest.mark.parametrize("strength", [0.5, 0.85])
def test_a_vignette_leaves_a_copy_a_copy(
    picture: Callable[..., np.ndarray],
    enrolled: Callable[..., Original],
    view: Callable[..., MediaView],
    strength: float,
) -> None:
    original = picture(301)
    shade = 1 - strength * np.clip(from_middle(original), 0, 1)[:, :, None]
    media = compressed((original * shade).astype(np.uint8), 85)
    examination = examine(enrolled(original), view(media), original_pixels=original)
    assert examination.conclusion is Conclusion.COPY
    assert examination.alteration.share_altered - examination.alteration.overlay_share < 0.02


def test_a_region_replaced_under_a_vignette_is_a_derivative(
    picture: Callable[..., np.ndarray], enrolled: Callable[..., Original], view: Callable[..., MediaView]
) -> None:
    original, edited = picture(301), picture(301).copy()
    edited[100:240, 140:320] = picture(302)[100:240, 140:320]
    media = compressed((edited * (1 - 0.4 * np.clip(from_middle(edited), 0, 1)[:, :, None])).astype(np.uint8), 85)
    examination = examine(enrolled(original), view(media), original_pixels=original)
    assert examination.conclusion is Conclusion.DERIVATIVE
    assert examination.alteration.share_altered == pytest.approx(140 * 180 / (360 * 480), rel=0.3)


@pytest.mark.parametrize("radius", [30, 60])
def test_a_flat_sticker_is_a_mark_on_top(
    picture: Callable[..., np.ndarray], enrolled: Callable[..., Original], view: Callable[..., MediaView], radius: int
) -> None:
    original, media = picture(303), picture(303).copy()
    cv2.circle(media, (240, 150), radius, (255, 220, 40), -1)
    examination = examine(enrolled(original), view(compressed(media, 85)), original_pixels=original)
    assert examination.conclusion is Conclusion.COPY
    assert examination.alteration.overlay_share == pytest.approx(np.pi * radius**2 / (360 * 480), rel=0.4)


def test_a_patch_with_texture_is_no_mark_on_top(
    picture: Callable[..., np.ndarray], enrolled: Callable[..., Original], view: Callable[..., MediaView]
) -> None:
    original, media = picture(304), picture(304).copy()
    inside = np.zeros(media.shape[:2], np.uint8)
    cv2.circle(inside, (240, 150), 60, 1, -1)
    media[inside > 0] = picture(305)[inside > 0]
    examination = examine(enrolled(original), view(compressed(media, 85)), original_pixels=original)
    assert examination.conclusion is Conclusion.DERIVATIVE


@pytest.mark.parametrize("side", [20, 40, 80])
def test_a_noisy_checkerboard_is_refused(features: Callable[..., Features], side: int) -> None:
    down, across = np.indices((600, 800))
    board = ((down // side + across // side) % 2 * 200 + 20)[:, :, None]
    noise = np.random.default_rng(1).normal(0, 12, (600, 800, 3))
    pixels = np.clip(board + noise, 0, 255).astype(np.uint8)
    assert "repeated pattern" in (searchable(features(pixels), pixels) or "")


def test_ordinary_photographs_with_textures_are_not_refused_as_patterns(features: Callable[..., Features]) -> None:
    kept = [each for each in load_photographs() if "gravel" not in each.name]
    assert len(kept) > 10
    for each in kept[::3]:
        pixels = each.pixels()
        assert searchable(features(pixels), pixels) is None


def test_a_vignette_over_a_plain_ground_leaves_a_copy_a_copy(
    picture: Callable[..., np.ndarray], enrolled: Callable[..., Original], view: Callable[..., MediaView]
) -> None:
    original = np.full((420, 560, 3), 236, np.uint8)
    original[110:310, 150:410] = picture(304)[80:280, 110:370]
    shade = 1 - 0.5 * np.clip(from_middle(original), 0, 1)[:, :, None]
    media = compressed((original * shade).astype(np.uint8), 85)
    examination = examine(enrolled(original), view(media), original_pixels=original)
    assert examination.conclusion is Conclusion.COPY
    assert examination.alteration.share_altered < 0.01


def test_a_plain_ground_that_was_painted_darker_in_part_is_altered(
    picture: Callable[..., np.ndarray], enrolled: Callable[..., Original], view: Callable[..., MediaView]
) -> None:
    original = np.full((420, 560, 3), 236, np.uint8)
    original[60:360, 40:360] = picture(304)[30:330, 80:400]
    media = original.copy()
    media[100:300, 420:560] = 190
    mask = examine_closely(enrolled(original), view(compressed(media, 85)), original_pixels=original)[1]
    truth = cv2.resize((media != original).any(axis=2).astype(np.uint8), mask.shape[::-1]) > 0
    assert np.count_nonzero(mask & truth) / np.count_nonzero(mask | truth) > 0.9


def test_a_mask_has_no_rim(
    picture: Callable[..., np.ndarray], enrolled: Callable[..., Original], view: Callable[..., MediaView]
) -> None:
    original, edited = picture(305), picture(305).copy()
    cv2.circle(round_part := np.zeros(original.shape[:2], np.uint8), (240, 180), 70, 1, -1)
    edited[round_part > 0] = picture(306)[round_part > 0]
    mask = examine_closely(enrolled(original), view(compressed(edited, 80)), original_pixels=original)[1]
    truth = cv2.resize(round_part, mask.shape[::-1]) > 0
    assert np.count_nonzero(mask & truth) / np.count_nonzero(mask | truth) > 0.92


def test_a_soft_glow_on_a_plain_ground_is_no_alteration(
    picture: Callable[..., np.ndarray], enrolled: Callable[..., Original], view: Callable[..., MediaView]
) -> None:
    original = np.full((420, 560, 3), 170, np.uint8)
    original[60:360, 40:300] = picture(304)[30:330, 80:340]
    down, across = np.indices(original.shape[:2])
    glow = 50 * np.exp(-((down - 210) ** 2 + (across - 440) ** 2) / (2 * 50**2))
    media = compressed(np.clip(original + glow[:, :, None], 0, 255).astype(np.uint8), 85)
    examination = examine(enrolled(original), view(media), original_pixels=original)
    assert examination.conclusion is Conclusion.COPY
    assert examination.alteration.share_altered == 0


@pytest.mark.parametrize(("share", "period"), [(0.1, 22), (0.12, 14), (0.16, 36)], ids=["mild", "fine", "broad"])
def test_stripes_of_a_screen_over_a_plain_ground_leave_a_copy_a_copy(
    picture: Callable[..., np.ndarray],
    enrolled: Callable[..., Original],
    view: Callable[..., MediaView],
    share: float,
    period: int,
) -> None:
    original = np.full((420, 560, 3), 200, np.uint8)
    original[60:360, 40:300] = picture(304)[30:330, 80:340]
    down, across = np.indices(original.shape[:2])
    stripes = 1 + share * np.sin((0.8 * across + 0.6 * down) * 2 * np.pi / period)
    media = compressed(np.clip(original * stripes[:, :, None], 0, 255).astype(np.uint8), 85)
    examination = examine(enrolled(original), view(media), original_pixels=original)
    assert examination.conclusion is not Conclusion.DERIVATIVE
    assert examination.alteration.share_altered < 0.01


def unlike(original: np.ndarray, media: np.ndarray) -> np.ndarray:
    """What differs between two pictures in one frame."""
    inside = np.ones(original.shape[:2], bool)
    return compare(original, media, inside, ~inside).altered


def test_a_plain_ground_that_replaced_most_of_a_plain_ground_is_all_that_is_altered(
    picture: Callable[..., np.ndarray],
) -> None:
    original = np.full((420, 560, 3), 220, np.uint8)
    original[140:280, 40:180] = picture(304)[80:220, 110:250]
    media = original.copy()
    media[20:400, 200:540] = (110, 60, 120)
    mask, truth = unlike(original, media), (media != original).any(axis=2)
    assert np.count_nonzero(mask & truth) / np.count_nonzero(mask | truth) > 0.95


def test_the_mask_of_a_soft_edged_patch_ends_where_it_is_half_gone(picture: Callable[..., np.ndarray]) -> None:
    original, other = picture(301), picture(401)
    weight = np.zeros(original.shape[:2], np.float32)
    weight[90:260, 120:330] = 1
    weight = cv2.GaussianBlur(weight, (0, 0), 8)
    soft = original * (1 - weight[:, :, None]) + other * weight[:, :, None]
    mask, truth = unlike(original, compressed(soft.astype(np.uint8), 85)), weight > 0.5
    assert np.count_nonzero(mask & truth) / np.count_nonzero(mask | truth) > 0.92


def test_the_ground_between_letters_is_not_altered(picture: Callable[..., np.ndarray]) -> None:
    original = np.clip(picture(305) // 2 + 60, 0, 255).astype(np.uint8)
    media = original.copy()
    cv2.putText(media, "MADE UP NAME", (40, 220), cv2.FONT_HERSHEY_SIMPLEX, 1.6, (250, 40, 40), 4)
    media = compressed(media, 60)
    written = cv2.putText(np.zeros(media.shape[:2], np.uint8), "MADE UP NAME", (40, 220), 0, 1.6, 1, 4)
    box, ink = np.zeros(written.shape, np.uint8), cv2.dilate(written, np.ones((9, 9), np.uint8))
    rows, columns = np.nonzero(written)
    box[rows.min() : rows.max(), columns.min() : columns.max()] = 1
    mask = unlike(original, media)
    assert mask[written > 0].mean() > 0.8
    assert mask[(box > 0) & (ink == 0)].mean() < 0.25


def test_what_shows_through_a_mark_is_told_from_what_a_patch_hides(picture: Callable[..., np.ndarray]) -> None:
    original = picture(305)
    media = original.copy()
    media[60:140, 60:260] = (0.6 * original[60:140, 60:260] + 0.4 * 255).astype(np.uint8)
    media[220:320, 300:440] = picture(306)[220:320, 300:440]
    seen = compare(original, media, inside := np.ones(original.shape[:2], bool), ~inside)
    assert (seen.overlay & seen.through)[64:136, 64:256].mean() > 0.9
    assert seen.altered[224:316, 304:436].mean() > 0.9
    assert not seen.through[200:340, 280:460].any()
