"""Blocks are found where plain correlation finds them."""

from __future__ import annotations

import cv2
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from takeback.kernels.blocks import best_places

SIDE, REACH = 12, 4


def plain(left: np.ndarray, right: np.ndarray, top: int, start: int) -> tuple[int, int, float, float]:
    room = right[top - REACH : top + SIDE + REACH, start - REACH : start + SIDE + REACH]
    block = left[top : top + SIDE, start : start + SIDE]
    scores = cv2.matchTemplate(room, block, cv2.TM_CCOEFF_NORMED)
    row, column = divmod(int(scores.argmax()), scores.shape[1])
    return column - REACH, row - REACH, float(scores[row, column]), float(scores[REACH, REACH])


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32), st.integers(-4, 4), st.integers(-4, 4), st.floats(0, 30))
def test_the_best_place_is_that_of_a_plain_correlation(seed: int, across: int, down: int, noise: float) -> None:
    rng = np.random.default_rng(seed)
    left = cv2.GaussianBlur(rng.normal(120, 60, (64, 72)), (0, 0), 1.5).astype(np.float32)
    right = np.roll(left, (down, across), axis=(0, 1)) + rng.normal(0, noise, left.shape).astype(np.float32)
    tops, lefts = np.array([8, 20, 40]), np.array([10, 33, 50])
    shifts, scores = best_places(left, right, tops, lefts, SIDE, REACH, 0.02)
    for top, start, shift, score in zip(tops.tolist(), lefts.tolist(), shifts.tolist(), scores.tolist(), strict=True):
        x, y, best, here = plain(left, right, top, start)
        if best - here < 0.0199:
            assert shift == [0, 0]
            assert abs(score - here) < 1e-3
        elif best - here > 0.0201:
            assert shift == [x, y]
            assert abs(score - best) < 1e-3


def test_a_flat_block_is_found_nowhere() -> None:
    flat = np.full((40, 40), 90, np.float32)
    shifts, scores = best_places(flat, flat, np.array([12]), np.array([12]), SIDE, REACH, 0.02)
    assert shifts.tolist() == [[0, 0]]
    assert scores.tolist() == [0.0]
