from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from takeback.bench.attacks.geometry import homography, resized, warped
from takeback.bench.attacks.provenance import area_seen, box_seen, marked_from
from takeback.bench.attacks.state import untouched


@settings(max_examples=25, deadline=None)
@given(
    height=st.integers(40, 160),
    width=st.integers(40, 160),
    pulls=st.lists(st.floats(0, 0.25), min_size=8, max_size=8),
)
def test_a_homography_is_carried_as_it_is(height: int, width: int, pulls: list[float]) -> None:
    corners = np.array([[0, 0], [width - 1, 0], [width - 1, height - 1], [0, height - 1]], np.float64)
    inward = np.array([[1, 1], [-1, 1], [-1, -1], [1, -1]])
    forth = homography(corners, corners + np.array(pulls).reshape(4, 2) * inward * (width, height))
    made = warped(untouched(np.zeros((height, width, 3), np.uint8)), forth, width, height)
    rows, columns = np.nonzero(~np.isnan(made.source[:, :, 0]))
    back = np.linalg.inv(forth) @ np.stack((columns, rows, np.ones_like(rows)))
    truth = (back[:2] / back[2]).T
    away = np.abs(made.source[rows, columns] - truth).max(axis=1)
    assert np.quantile(away, 0.9) < 0.15
    assert away.max() < 1.5
    assert area_seen(made.source) == pytest.approx(height * width, rel=0.05)


@settings(max_examples=25, deadline=None)
@given(height=st.integers(80, 200), width=st.integers(80, 200), across=st.floats(0.3, 2), down=st.floats(0.3, 2))
def test_corners_stay_corners_at_another_size(height: int, width: int, across: float, down: float) -> None:
    made = resized(untouched(np.zeros((height, width, 3), np.uint8)), across, down)
    assert not np.isnan(made.source).any()
    assert np.abs(made.source[0, 0]).max() <= 2
    assert np.abs(made.source[-1, -1] - (width - 1, height - 1)).max() <= 2
    assert area_seen(made.source) == pytest.approx(height * width, rel=0.05)


def test_nothing_seen_is_no_area_no_box_and_no_mark() -> None:
    nowhere = np.full((20, 30, 2), np.nan, np.float32)
    assert area_seen(nowhere) == 0
    assert box_seen(nowhere) == (0, 0)
    assert not marked_from(nowhere, np.ones((20, 30), bool), (40, 50)).any()


def test_a_single_pixel_is_a_single_pixel() -> None:
    source = np.full((20, 30, 2), np.nan, np.float32)
    source[3, 4] = (7, 8)
    assert area_seen(source) == 1
    assert box_seen(source) == (1, 1)
