"""Extrema are found, and settle, where a plain reading of Lowe's paper finds them."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt
from hypothesis import given, settings
from hypothesis import strategies as st

from takeback.kernels.extrema import BORDER, COLUMNS, LAYERS, STEPS, extrema

F32 = npt.NDArray[np.float32]
FLOOR, CONTRAST, EDGE, TRIES = 1.0, 0.04, 10.0, 5


def octave_of(picture: npt.NDArray[np.float64]) -> F32:
    """Layers ever smoother, as in a scale space."""
    smoothed = [cv2.GaussianBlur(picture, (0, 0), 1.6 * 2 ** (layer / STEPS)) for layer in range(LAYERS)]
    return np.stack(smoothed).astype(np.float32)


def made_up(seed: int, height: int, width: int) -> F32:
    rng = np.random.default_rng(seed)
    picture = np.zeros((height, width))
    for size in (1.0, 2.5, 3.5):
        picture += size * cv2.GaussianBlur(rng.normal(0, 2000, (height, width)), (0, 0), size)
    return octave_of(picture)


def settled(
    differences: npt.NDArray[np.float64], layer: int, row: int, column: int, *, edge: float, tries: int
) -> list[float] | None:
    """The peak near one place, by derivatives and a linear system written out."""
    _, height, width = differences.shape
    for _ in range(tries):
        cube = differences[layer - 1 : layer + 2, row - 1 : row + 2, column - 1 : column + 2] / 255
        middle = cube[1, 1, 1]
        slope = np.array([cube[2, 1, 1] - cube[0, 1, 1], cube[1, 2, 1] - cube[1, 0, 1], cube[1, 1, 2] - cube[1, 1, 0]])
        slope /= 2
        bend = np.empty((3, 3))
        bend[0, 0] = cube[2, 1, 1] + cube[0, 1, 1] - 2 * middle
        bend[1, 1] = cube[1, 2, 1] + cube[1, 0, 1] - 2 * middle
        bend[2, 2] = cube[1, 1, 2] + cube[1, 1, 0] - 2 * middle
        bend[0, 1] = bend[1, 0] = (cube[2, 2, 1] - cube[2, 0, 1] - cube[0, 2, 1] + cube[0, 0, 1]) / 4
        bend[0, 2] = bend[2, 0] = (cube[2, 1, 2] - cube[2, 1, 0] - cube[0, 1, 2] + cube[0, 1, 0]) / 4
        bend[1, 2] = bend[2, 1] = (cube[1, 2, 2] - cube[1, 2, 0] - cube[1, 0, 2] + cube[1, 0, 0]) / 4
        shift = -np.linalg.solve(bend, slope)
        if np.abs(shift).max() < 0.5:
            contrast = middle + slope @ shift / 2
            trace, area = bend[1, 1] + bend[2, 2], np.linalg.det(bend[1:, 1:])
            if abs(contrast) * STEPS < CONTRAST or area <= 0 or trace**2 * edge >= (edge + 1) ** 2 * area:
                return None
            return [layer, row, column, *shift, contrast]
        layer, row, column = np.array([layer, row, column]) + np.rint(shift).astype(int)
        if not (1 <= layer <= STEPS and BORDER <= row < height - BORDER and BORDER <= column < width - BORDER):
            return None
    return None


def plain(octave: F32, *, edge: float = EDGE, tries: int = TRIES) -> npt.NDArray[np.float64]:
    """Every value of every difference compared with the 26 around it, one after the other."""
    differences = octave[1:] - octave[:-1]
    _, height, width = differences.shape
    rows = []
    for layer in range(1, STEPS + 1):
        for row in range(BORDER, height - BORDER):
            for column in range(BORDER, width - BORDER):
                cube = differences[layer - 1 : layer + 2, row - 1 : row + 2, column - 1 : column + 2]
                value = cube[1, 1, 1]
                if (value > FLOOR and value == cube.max()) or (value < -FLOOR and value == cube.min()):
                    found = settled(differences.astype(np.float64), layer, row, column, edge=edge, tries=tries)
                    rows += [] if found is None else [found]
    return np.array(rows).reshape(-1, COLUMNS)


def in_order(table: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return table[np.lexsort(table[:, 2::-1].T)]


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    height=st.integers(11, 40),
    width=st.integers(11, 40),
    edge=st.sampled_from([3.0, 10.0]),
    tries=st.integers(1, 5),
)
def test_extrema_are_those_of_the_plain_reading(seed: int, height: int, width: int, edge: float, tries: int) -> None:
    octave = made_up(seed, height, width)
    ours, theirs = extrema(octave, FLOOR, CONTRAST, edge, tries), plain(octave, edge=edge, tries=tries)
    np.testing.assert_allclose(in_order(ours), in_order(theirs), atol=2e-3)


def test_no_extremum_settles_at_the_rim_however_small_the_picture() -> None:
    for seed in range(150):
        octave = made_up(seed, 11 + seed % 3, 12 + seed % 4)
        ours, theirs = extrema(octave, FLOOR, CONTRAST, EDGE, TRIES), plain(octave)
        np.testing.assert_allclose(in_order(ours), in_order(theirs), atol=2e-3)


def test_the_pictures_that_are_compared_have_extrema_of_every_kind() -> None:
    tables = [extrema(made_up(seed, 40, 40), FLOOR, CONTRAST, EDGE, TRIES) for seed in range(10)]
    table = np.concatenate(tables)
    assert len(table) > 40
    assert set(table[:, 0]) == {1, 2, 3}
    assert (table[:, 6] > 0).any()
    assert (table[:, 6] < 0).any()


def test_a_blob_is_found_at_its_middle_to_a_part_of_a_pixel() -> None:
    down, across = np.mgrid[:60, :70]
    blob = 200 * np.exp(-((down - 30.3) ** 2 + (across - 33.6) ** 2) / (2 * 2.5**2))
    table = extrema(octave_of(blob), FLOOR, CONTRAST, EDGE, TRIES)
    assert len(table) == 1
    np.testing.assert_allclose(table[0, 1:3] + table[0, 4:6], [30.3, 33.6], atol=0.05)


def test_an_edge_and_a_ripple_below_the_floor_are_not_found() -> None:
    edge = np.zeros((60, 60))
    edge[:, 30:] = 200
    ripple = 128 + 0.5 * np.sin(np.arange(60) / 2)[:, None] * np.sin(np.arange(60) / 2)
    assert len(extrema(octave_of(edge), FLOOR, CONTRAST, EDGE, TRIES)) == 0
    assert len(extrema(octave_of(ripple), FLOOR, CONTRAST, EDGE, TRIES)) == 0


def test_more_extrema_than_there_was_room_for_are_all_kept() -> None:
    octave = np.tile(made_up(3, 40, 40), (1, 20, 20))
    table = extrema(octave, FLOOR, CONTRAST, EDGE, TRIES)
    assert len(table) > 1024
    assert len(np.unique(table[:, :3], axis=0)) > 1024
    inside = (table[:, 1] >= 400) & (table[:, 1] < 440) & (table[:, 2] >= 400) & (table[:, 2] < 440)
    beside = (table[:, 1] >= 440) & (table[:, 1] < 480) & (table[:, 2] >= 400) & (table[:, 2] < 440)
    np.testing.assert_array_equal(table[inside][:, 3:], table[beside][:, 3:])
