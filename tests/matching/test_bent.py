"""A gently bent picture laid flat: to its edges, as exactly as its splines can, and no farther than its blocks ask."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from takeback.matching import align as room
from takeback.matching.align import Aligned, align
from takeback.matching.displacement import Blocks, find_blocks
from takeback.matching.field import FINER_SPANS, SPANS, Sheet, as_blocks, fit_homography
from takeback.matching.motion import common_motion
from takeback.matching.registration import register
from takeback.matching.structure import grey

WIDTH, HEIGHT = 480, 360


def bent(pixels: np.ndarray, across: float, down: float, waves: float = 1.3) -> np.ndarray:
    """The picture with waves of so many pixels across and down."""
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    turns = 2 * np.pi * waves
    wave = np.sin(columns * (turns / WIDTH) + 0.4) * np.sin(rows * (turns / HEIGHT) + 1.1)
    other = np.sin(columns * (turns / WIDTH) + 2.0) * np.sin(rows * (turns / HEIGHT) + 0.2)
    places = (columns + across * wave, rows + down * other)
    return cv2.remap(
        pixels, *(each.astype(np.float32) for each in places), cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT
    )


def laid_flat(original: np.ndarray, media: np.ndarray) -> Aligned:
    size = (WIDTH, HEIGHT)
    return align(original, media, np.eye(3), original_size=size, media_size=size)


def blocks_of(aligned: Aligned) -> Blocks:
    return find_blocks(grey(aligned.original), grey(aligned.media), aligned.inside)


def off(blocks: Blocks) -> np.ndarray:
    _, left = fit_homography(blocks, WIDTH, HEIGHT)
    return np.abs(blocks.along(left))


def test_a_bent_picture_lies_flat_up_to_its_edges(picture: Callable[..., np.ndarray]) -> None:
    aligned = laid_flat(picture(71), bent(picture(71), 4.0, 4.0))
    blocks = blocks_of(aligned)
    x, y = blocks.middles.T
    edge = (np.minimum(x, WIDTH - x) < 45) | (np.minimum(y, HEIGHT - y) < 45)
    assert edge.sum() > 40
    assert np.quantile(off(blocks)[edge][blocks.told[edge]], 0.9) < 0.15


def test_nothing_moves_together_in_a_bent_picture_that_was_laid_flat(picture: Callable[..., np.ndarray]) -> None:
    aligned = laid_flat(picture(72), bent(picture(72), 4.0, 4.0))
    blocks = blocks_of(aligned)
    _, left = fit_homography(blocks, WIDTH, HEIGHT)
    assert common_motion(blocks, left)[0] < 0.03
    exact = register(grey(aligned.original), grey(aligned.media), aligned.inside, aligned.inside)
    assert exact.excess < 1.2
    assert exact.motion.moved == 0
    assert exact.strays == 0


def test_a_flat_picture_is_not_bent(picture: Callable[..., np.ndarray]) -> None:
    turned = cv2.warpAffine(
        picture(73), np.float32([[1, 0.01, 1.5], [-0.01, 1, -2]]), (WIDTH, HEIGHT), borderMode=cv2.BORDER_REFLECT
    )
    aligned = laid_flat(picture(73), turned)
    assert (aligned.bend, aligned.crosswise) == (0.0, 0.0)


@pytest.mark.parametrize(("across", "down", "ways"), [(4.0, 4.0, 2), (5.0, 0.0, 1)], ids=["both ways", "one way"])
def test_how_far_a_picture_is_bent_is_told_each_way(
    picture: Callable[..., np.ndarray], across: float, down: float, ways: int
) -> None:
    aligned = laid_flat(picture(74), bent(picture(74), across, down))
    assert 0.7 < aligned.bend < 4.0
    assert (aligned.crosswise > 0.5 * aligned.bend) is (ways == 2)


def test_the_bend_is_measured_where_blocks_tell_it(picture: Callable[..., np.ndarray]) -> None:
    original = picture(75)
    media = bent(original, 4.0, 4.0)
    plain = np.s_[HEIGHT // 2 :, :]
    original[plain], media[plain] = 128, 128
    half = laid_flat(original, media)
    whole = laid_flat(picture(75), bent(picture(75), 4.0, 4.0))
    assert half.bend < 1.3 * whole.bend


def left_after(rounds: int, spans: int) -> float:
    """What so many sheets, each through what the ones before left, leave of two waves of ten pixels."""
    columns, rows = (each.ravel() for each in np.meshgrid(np.arange(12.0, WIDTH, 24), np.arange(12.0, HEIGHT, 24)))
    shifts = 10 * np.sin(columns * (4 * np.pi / WIDTH)) * np.sin(rows * (4 * np.pi / HEIGHT))
    middles, left = np.column_stack((columns, rows)), np.column_stack((shifts, -shifts))
    for _ in range(rounds):
        left = left - Sheet(as_blocks(middles, left), WIDTH, HEIGHT, first=4.0, least=1.0, spans=spans).at(middles)
    return float(np.abs(left).mean())


def test_a_sheet_of_finer_splines_follows_two_waves_more_exactly() -> None:
    assert left_after(6, FINER_SPANS) < 0.5 * left_after(6, SPANS)


def test_a_block_that_is_far_off_does_not_pull_the_sheet(picture: Callable[..., np.ndarray]) -> None:
    aligned = laid_flat(picture(76), bent(picture(76), 4.0, 4.0))
    media = bent(picture(76), 4.0, 4.0)
    media[120:200, 200:290] = picture(77)[120:200, 200:290]
    pasted = laid_flat(picture(76), media)
    away = np.ones((HEIGHT, WIDTH), bool)
    away[70:250, 150:340] = False
    apart = np.abs(grey(aligned.media) - grey(pasted.media))[away & aligned.inside & pasted.inside]
    assert np.quantile(apart, 0.95) < 6


def test_only_what_is_bent_far_and_has_blocks_enough_takes_finer_splines() -> None:
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH]
    wave = np.sin(columns * (6.0 / WIDTH)) * np.sin(rows * (6.0 / HEIGHT))
    far, near = (np.stack((reach * wave, reach * wave[::-1]), axis=2) for reach in (9.0, 1.5))
    middles = np.stack(np.mgrid[10:WIDTH:30, 10:HEIGHT:30], axis=2).reshape(-1, 2).astype(np.float64)
    many, few = as_blocks(middles, np.zeros_like(middles)), as_blocks(middles[::2], np.zeros_like(middles[::2]))
    assert room._spans(far, many) == FINER_SPANS
    assert room._spans(near, many) == SPANS
    assert room._spans(far, few) == SPANS
    assert room._spans(None, many) == SPANS


def test_laying_flat_keeps_detail_that_falls_between_pixels() -> None:
    stripes = np.tile(np.rint(127 + 90 * np.sin(np.arange(WIDTH) * (2 * np.pi / 5))), (HEIGHT, 1)).astype(np.uint8)
    pixels = np.repeat(stripes[:, :, None], 3, axis=2)
    shifts = np.zeros((HEIGHT, WIDTH, 2))
    shifts[..., 0] = 0.5
    laid, inside = room._Frame(view=pixels, small=pixels).laid(np.eye(3), shifts)
    assert laid[inside].std() > 0.88 * pixels.std()
