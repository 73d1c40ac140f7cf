from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np
import pytest

from takeback.bench.attacks import compressed
from takeback.matching import registration
from takeback.matching.displacement import Blocks, find_blocks, own_likeness
from takeback.matching.feature_motion import feature_motion
from takeback.matching.field import fit_homography
from takeback.matching.motion import CERTAIN, carried_share, common_motion, find_motion, moved_share
from takeback.matching.registration import register
from takeback.matching.structure import grey
from takeback.signals.features import extract

Picture = Callable[..., np.ndarray]


def moved(pixels: np.ndarray, across: np.ndarray | float, down: np.ndarray | float) -> np.ndarray:
    rows, columns = np.mgrid[0 : pixels.shape[0], 0 : pixels.shape[1]].astype(np.float32)
    places = (columns + np.float32(across), rows + np.float32(down))
    return cv2.remap(pixels, *places, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)


def noisy(pixels: np.ndarray, seed: int, level: float) -> np.ndarray:
    noise = np.random.default_rng(seed).normal(0, level, pixels.shape)
    return np.clip(pixels + noise, 0, 255).astype(np.uint8)


def layers(shape: tuple[int, ...], seed: int) -> np.ndarray:
    """Two depths, -1 and 1, in patches some sixty pixels wide."""
    return np.sign(cv2.GaussianBlur(np.random.default_rng(seed).normal(0, 1, shape[:2]), (0, 0), 25))


def blocks_of(pixels: np.ndarray, other: np.ndarray) -> Blocks:
    return find_blocks(grey(pixels), grey(other), np.ones(pixels.shape[:2], bool))


def plain_common_motion(blocks: Blocks, rest: np.ndarray) -> float:
    """What `common_motion` computes, pair by pair."""
    total = weights = 0.0
    for first in range(len(blocks)):
        for second in range(first + 1, len(blocks)):
            apart = np.hypot(*(blocks.middles[first] - blocks.middles[second]))
            if not 23 <= apart < 1.9 * 24:
                continue
            directions, off, variance = [], [], []
            for each in (first, second):
                told = blocks.told[each]
                axes = blocks.axes[each]
                along = np.clip(axes.T @ rest[each], -0.4, 0.4)
                errors = np.maximum(blocks.expected[each], 0.02)
                directions.append(axes @ np.diag(told.astype(float)) @ axes.T)
                off.append(axes @ np.where(told, along, 0))
                variance.append((told * errors**2).sum() / max(told.sum(), 1))
            share = np.trace(directions[0].T @ directions[1]) / 2
            if share <= 0.1:
                continue
            weight = 1 / (0.02**2 + np.sqrt(variance[0] * variance[1]))
            total += weight * float(off[0] @ off[1])
            weights += weight * share
    mean = total / weights
    return float(np.sign(mean) * np.sqrt(abs(mean)))


def test_the_common_movement_is_that_of_the_plain_loop(picture: Picture) -> None:
    pixels = picture(1)
    blocks = blocks_of(pixels, noisy(moved(pixels, 0.3 * layers(pixels.shape, 1), 0.0), 1, 4))
    _, rest = fit_homography(blocks, pixels.shape[1], pixels.shape[0])
    assert common_motion(blocks, rest)[0] == pytest.approx(plain_common_motion(blocks, rest), rel=1e-9)


@pytest.mark.parametrize("seed", range(6))
def test_noise_and_compression_push_no_neighbours_together(picture: Picture, seed: int) -> None:
    pixels = picture(10 + seed)
    for copy in (compressed(pixels, 20 + 10 * seed), noisy(pixels, seed, 4 + 3 * seed), moved(pixels, 0.37, -0.21)):
        motion = find_motion(blocks_of(pixels, copy), pixels.shape[1], pixels.shape[0])
        assert motion.certainty < CERTAIN or motion.together < 0.03
        assert motion.moved == 0


@pytest.mark.parametrize("seed", range(6))
def test_a_parallax_of_a_quarter_pixel_between_two_depths_is_certain(picture: Picture, seed: int) -> None:
    pixels = picture(20 + seed)
    other = noisy(moved(pixels, 0.125 * layers(pixels.shape, seed), 0.0), seed, 3)
    motion = find_motion(blocks_of(pixels, other), pixels.shape[1], pixels.shape[0])
    assert motion.certainty > CERTAIN
    assert 0.03 < motion.together < 0.25


def test_a_homography_is_no_movement(picture: Picture) -> None:
    pixels = picture(3)
    turned = np.array([[1.002, 0.003, -1.5], [-0.002, 0.998, 1.0], [4e-6, -3e-6, 1.0]])
    size = pixels.shape[1::-1]
    view = cv2.warpPerspective(pixels, turned, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)
    found, _ = fit_homography(blocks_of(pixels, view), *size)
    back = cv2.warpPerspective(view, found, size, flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
    motion = find_motion(blocks_of(pixels, back), *size)
    assert motion.together < 0.06
    assert motion.moved == 0


def test_where_too_few_blocks_tell_nothing_is_certain() -> None:
    plane = np.full((90, 120), 128, np.uint8)
    pixels = np.stack([plane] * 3, axis=2)
    motion = find_motion(blocks_of(pixels, pixels), 120, 90)
    assert motion.certainty == 0
    assert motion.seen_from == float("inf")


def test_a_part_that_moved_is_seen_among_blocks_that_did_not(picture: Picture) -> None:
    pixels = picture(4)
    other = pixels.copy()
    other[120:240, 160:300] = pixels[124:244, 156:296]
    motion = find_motion(blocks_of(pixels, noisy(other, 1, 3)), pixels.shape[1], pixels.shape[0])
    assert motion.moved > 0.03


def test_what_the_original_itself_has_where_a_block_was_found_has_not_moved(picture: Picture) -> None:
    original = picture(24)
    other = original.copy()
    other[100:240, 150:330] = moved(original, 3.0, -2.0)[100:240, 150:330]
    blocks = blocks_of(original, other)
    _, rest = fit_homography(blocks, 480, 360)
    own = own_likeness(grey(original), blocks)
    assert moved_share(blocks, rest, own) == moved_share(blocks, rest) > 0.02
    assert moved_share(blocks, rest, np.ones(len(blocks))) == 0.0
    far = np.hypot(*blocks.shifts.T) > 2
    assert np.median(own[far]) < 0.8
    assert (own[np.hypot(*blocks.shifts.T) < 0.4] == -1).all()


def test_a_registration_asks_what_the_original_itself_has(picture: Picture, monkeypatch: pytest.MonkeyPatch) -> None:
    original = picture(24)
    other = original.copy()
    other[100:240, 150:330] = moved(original, 3.0, -2.0)[100:240, 150:330]
    where = np.ones((360, 480), bool)
    assert register(grey(original), grey(other), where, where).motion.moved > 0.02
    monkeypatch.setattr(registration, "own_likeness", lambda _, blocks: np.ones(len(blocks)))
    assert register(grey(original), grey(other), where, where).motion.moved == 0


def test_rows_that_repeat_show_their_blocks_again(picture: Picture) -> None:
    stripes = np.tile(picture(25)[:4], (90, 1, 1))
    blocks = blocks_of(stripes, stripes)
    again = replace(blocks, shifts=np.tile([0.0, 4.0], (len(blocks), 1)))
    assert len(again) > 20
    assert own_likeness(grey(stripes), again).min() > 0.999


def test_what_moved_is_found_beside_its_place_and_what_was_replaced_is_gone(picture: Picture) -> None:
    pixels, texture = picture(5), picture(6)
    changed = np.zeros(pixels.shape[:2], bool)
    changed[120:240, 160:300] = True
    everywhere = np.ones_like(changed)
    carried, replaced = pixels.copy(), pixels.copy()
    carried[120:240, 160:300] = pixels[130:250, 152:292]
    replaced[changed] = texture[changed]
    assert carried_share(grey(pixels), grey(noisy(carried, 1, 3)), everywhere, changed) > 0.5
    assert carried_share(grey(pixels), grey(noisy(replaced, 1, 3)), everywhere, changed) < 0.05
    assert carried_share(grey(pixels), grey(pixels), everywhere, np.zeros_like(changed)) == 0


def test_what_the_original_has_twice_was_not_carried_off(picture: Picture) -> None:
    tile = cv2.resize(picture(11)[:48, :48], (16, 16), interpolation=cv2.INTER_AREA)
    pixels = np.tile(tile, (24, 30, 1))
    edited = pixels.copy()
    changed = np.zeros(pixels.shape[:2], bool)
    changed[100:230, 150:300] = True
    edited[112:218, 162:288] = picture(12)[112:218, 162:288]
    rolled = pixels.copy()
    rolled[changed] = np.roll(pixels, 7, axis=1)[changed]
    everywhere = np.ones_like(changed)
    assert carried_share(grey(pixels), grey(noisy(edited, 1, 3)), everywhere, changed) == 0
    assert carried_share(grey(pixels), grey(noisy(rolled, 1, 3)), everywhere, changed) > 0.3


def test_one_likeness_by_chance_carries_nothing_off(picture: Picture) -> None:
    pixels, texture = picture(5), picture(6)
    changed = np.zeros(pixels.shape[:2], bool)
    changed[120:240, 160:300] = True
    alike, moved = pixels.copy(), pixels.copy()
    alike[changed], moved[changed] = texture[changed], texture[changed]
    alike[160:184, 200:224] = pixels[165:189, 195:219]
    moved[160:208, 200:248] = pixels[165:213, 195:243]
    everywhere = np.ones_like(changed)
    assert carried_share(grey(pixels), grey(alike), everywhere, changed) == 0
    assert carried_share(grey(pixels), grey(moved), everywhere, changed) > 0.03


def test_two_likenesses_by_chance_that_go_different_ways_carry_nothing_off(picture: Picture) -> None:
    pixels, texture = picture(9), picture(49)
    changed = np.zeros(pixels.shape[:2], bool)
    changed[120:240, 160:300] = True
    alike = pixels.copy()
    alike[changed] = texture[changed]
    alike[128:152, 176:200] = pixels[136:160, 168:192]
    alike[200:224, 256:280] = pixels[192:216, 248:272]
    assert carried_share(grey(pixels), grey(alike), np.ones_like(changed), changed) == 0


def test_letters_over_a_part_do_not_carry_it_off(picture: Picture) -> None:
    pixels = picture(7)
    written = pixels.copy()
    cv2.putText(written, "forty-two", (60, 200), cv2.FONT_HERSHEY_SIMPLEX, 2.0, (250, 250, 250), 5)
    changed = np.abs(grey(written) - grey(pixels)) > 10
    near = cv2.dilate(changed.astype(np.uint8), np.ones((9, 9), np.uint8)).astype(bool)
    assert near.mean() > 0.05
    assert carried_share(grey(pixels), grey(written), np.ones_like(near), near) < 0.05


def test_features_tell_a_parallax_and_are_still_in_a_copy(picture: Picture) -> None:
    pixels = picture(8, 640, 480)
    found = []
    for other in (compressed(pixels, 60), noisy(moved(pixels, 1.5 * layers(pixels.shape, 3), 0.0), 1, 3)):
        left, right = (extract(each, full_width=640, full_height=480) for each in (pixels, other))
        cosines = left.descriptors.astype(float) @ right.descriptors.astype(float).T
        best = cosines.argmax(axis=1)
        pairs = np.column_stack((np.arange(len(best)), best)).astype(np.intp)
        found.append(feature_motion(left, right, pairs, np.eye(3)))
    assert abs(found[0]) < 2.5
    assert found[1] > 2.5
