from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from takeback.bench.attacks import compressed
from takeback.matching.displacement import find_blocks
from takeback.matching.field import Sheet, fit_homography
from takeback.matching.registration import register
from takeback.matching.seam import goes_on
from takeback.matching.structure import grey


def moved(pixels: np.ndarray, across: np.ndarray | float, down: np.ndarray | float) -> np.ndarray:
    rows, columns = np.mgrid[0 : pixels.shape[0], 0 : pixels.shape[1]].astype(np.float32)
    places = (columns + np.float32(across), rows + np.float32(down))
    return cv2.remap(pixels, *places, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)


def everywhere(pixels: np.ndarray) -> np.ndarray:
    return np.ones(pixels.shape[:2], bool)


@pytest.mark.parametrize(("across", "down"), [(0.3, -0.2), (-4.4, 2.6)])
def test_blocks_are_found_to_a_small_fraction_of_a_pixel(
    picture: Callable[..., np.ndarray], across: float, down: float
) -> None:
    pixels = picture(1)
    blocks = find_blocks(grey(pixels), grey(moved(pixels, across, down)), everywhere(pixels))
    assert len(blocks) > 0.8 * blocks.total
    off = np.abs(blocks.along(blocks.shifts + np.array([across, down])))[blocks.told]
    assert np.median(off) < 0.06


def test_a_straight_edge_tells_a_shift_across_it_only() -> None:
    plane = np.full((120, 160), 60, np.float32)
    plane[:, 80:] = 180
    plane += cv2.GaussianBlur(np.random.default_rng(1).normal(0, 1.5, plane.shape).astype(np.float32), (0, 0), 1)
    other = plane + np.random.default_rng(2).normal(0, 3, plane.shape).astype(np.float32)
    blocks = find_blocks(plane, other, np.ones(plane.shape, bool))
    assert len(blocks) > 0
    assert blocks.told[:, 1].all()
    assert not blocks.told[:, 0].any()


def test_a_homography_is_read_from_blocks(picture: Callable[..., np.ndarray]) -> None:
    pixels = picture(2)
    turned = np.array([[1.002, 0.003, -1.5], [-0.002, 0.998, 1.0], [4e-6, -3e-6, 1.0]])
    view = cv2.warpPerspective(
        pixels, turned, pixels.shape[1::-1], flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT
    )
    blocks = find_blocks(grey(pixels), grey(view), everywhere(pixels))
    found, _ = fit_homography(blocks, pixels.shape[1], pixels.shape[0])
    assert found / found[2, 2] == pytest.approx(turned, abs=0.08)


def test_a_sheet_follows_a_gentle_wave(picture: Callable[..., np.ndarray]) -> None:
    pixels = picture(3)
    rows = np.mgrid[0 : pixels.shape[0], 0 : pixels.shape[1]][0]
    wave = 3.0 * np.sin(rows / pixels.shape[0] * 2 * np.pi)
    blocks = find_blocks(grey(pixels), grey(moved(pixels, wave, 0.0)), everywhere(pixels))
    sheet = Sheet(blocks, pixels.shape[1], pixels.shape[0])
    inner = (slice(40, -40), slice(40, -40))
    assert np.median(np.abs(sheet.everywhere()[(*inner, 0)] + wave[inner])) < 0.5


def test_recompression_and_noise_leave_blocks_in_their_place(picture: Callable[..., np.ndarray]) -> None:
    pixels = picture(4)
    noisy = np.clip(pixels + np.random.default_rng(1).normal(0, 10, pixels.shape), 0, 255).astype(np.uint8)
    for copy in (compressed(pixels, 15), noisy):
        exact = register(grey(pixels), grey(copy), everywhere(pixels), everywhere(pixels))
        assert exact.scatter < 0.15
        assert exact.excess < 1.3
        assert exact.strays < 0.02


def test_parts_that_moved_apart_scatter(picture: Callable[..., np.ndarray]) -> None:
    pixels = picture(5)
    apart = cv2.GaussianBlur(np.random.default_rng(3).normal(0, 1, pixels.shape[:2]), (0, 0), 20)
    exact = register(
        grey(pixels), grey(moved(pixels, 1.5 * np.sign(apart), 0.0)), everywhere(pixels), everywhere(pixels)
    )
    assert exact.scatter > 0.3
    assert exact.excess > 3


def test_one_level_of_noise_changes_the_figures_little(picture: Callable[..., np.ndarray]) -> None:
    pixels = picture(6)
    copy = compressed(pixels, 50)
    dither = np.clip(copy + np.random.default_rng(2).integers(-1, 2, copy.shape), 0, 255).astype(np.uint8)
    first, second = (
        register(grey(pixels), grey(each), everywhere(pixels), everywhere(pixels)) for each in (copy, dither)
    )
    assert second.likeness == pytest.approx(first.likeness, abs=0.002)
    assert second.scatter == pytest.approx(first.scatter, abs=0.02)


def test_the_world_goes_on_beyond_a_frame_and_borders_do_not(picture: Callable[..., np.ndarray]) -> None:
    whole = cv2.GaussianBlur(picture(7, 640, 480), (0, 0), 1.5)
    view = np.ascontiguousarray(whole[60:420, 80:560])
    there = np.array([[1.0, 0, 80], [0, 1, 60], [0, 0, 1]])
    assert goes_on(view, whole, there, in_part=False) > 0.5
    framed = np.full_like(whole, 230)
    framed[60:420, 80:560] = view
    assert goes_on(view, framed, there, in_part=False) == 0
    collage = picture(8, 640, 480)
    collage[60:420, 80:560] = view
    assert goes_on(view, collage, there, in_part=False) < 0.5
    assert goes_on(view, view, np.eye(3), in_part=False) == 0
