"""Directions and descriptors are those of a plain reading of Lowe's paper, one gradient at a time."""

from __future__ import annotations

import math

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from takeback.kernels.gradients import BINS, CELLS, DIRECTIONS, LENGTH, describe, directions, peaks, polar

F32 = npt.NDArray[np.float32]
POLAR_ERROR = 2e-5
"""How far an angle of the kernel may be off, as a share of a turn."""


def layer_of(seed: int, height: int, width: int) -> F32:
    rng = np.random.default_rng(seed)
    return cv2.GaussianBlur(rng.normal(120, 400, (height, width)), (0, 0), 1.8).astype(np.float32)


def gradient(layer: F32, row: int, column: int) -> tuple[float, float]:
    """How strong it is, and its angle as a share of a turn."""
    run = float(layer[row, column + 1]) - float(layer[row, column - 1])
    rise = float(layer[row - 1, column]) - float(layer[row + 1, column])
    return math.hypot(run, rise), math.atan2(rise, run) / (2 * math.pi) % 1


def plain_histogram(layer: F32, row: int, column: int, scale: float) -> npt.NDArray[np.float64]:
    reach, votes = round(4.5 * scale), np.zeros(DIRECTIONS)
    for down in range(-reach, reach + 1):
        for across in range(-reach, reach + 1):
            if 0 < row + down < layer.shape[0] - 1 and 0 < column + across < layer.shape[1] - 1:
                strength, angle = gradient(layer, row + down, column + across)
                bin_ = math.floor(angle * DIRECTIONS + 0.5) % DIRECTIONS
                votes[bin_] += strength * math.exp(-(down**2 + across**2) / (2 * (1.5 * scale) ** 2))
    taps = ((-2, 1), (-1, 4), (0, 6), (1, 4), (2, 1))
    return sum(share / 16 * np.roll(votes, shift) for shift, share in taps)


def votes_between_directions(layer: F32, row: int, column: int, scale: float) -> float:
    """How much is voted by pixels whose direction lies on the edge of two bins, as nearly as the kernel tells it."""
    reach, unsure = round(4.5 * scale), 0.0
    for down in range(-reach, reach + 1):
        for across in range(-reach, reach + 1):
            if 0 < row + down < layer.shape[0] - 1 and 0 < column + across < layer.shape[1] - 1:
                strength, angle = gradient(layer, row + down, column + across)
                if abs((angle * DIRECTIONS) % 1 - 0.5) < POLAR_ERROR * DIRECTIONS:
                    unsure += strength * math.exp(-(down**2 + across**2) / (2 * (1.5 * scale) ** 2))
    return unsure


def bluntest(votes: npt.NDArray[np.float64]) -> float:
    """The least curvature of a peak that counts."""
    curved = 2 * votes - np.roll(votes, 1) - np.roll(votes, -1)
    tops = (votes > np.roll(votes, 1)) & (votes > np.roll(votes, -1)) & (votes >= 0.8 * votes.max())
    return float(curved[tops].min())


def plain_directions(layer: F32, row: int, column: int, scale: float) -> list[float]:
    votes = plain_histogram(layer, row, column, scale)
    found = []
    for number in range(DIRECTIONS):
        left, here, right = votes[number - 1], votes[number], votes[(number + 1) % DIRECTIONS]
        if here > left and here > right and here >= 0.8 * votes.max():
            found.append((number + (left - right) / (2 * (left - 2 * here + right))) / DIRECTIONS % 1)
    return found


def plain_descriptor(layer: F32, x: float, y: float, scale: float, angle: float) -> npt.NDArray[np.float64]:
    cells = np.zeros((CELLS + 2, CELLS + 2, BINS))
    cell, cosine, sine = 3 * scale, math.cos(2 * math.pi * angle), math.sin(2 * math.pi * angle)
    row, column, reach = round(y), round(x), math.ceil(3 * scale * 4)
    for down in range(-reach, reach + 1):
        for across in range(-reach, reach + 1):
            over, along = (across * cosine - down * sine) / cell, (across * sine + down * cosine) / cell
            if max(abs(over), abs(along)) >= 2.5:
                continue
            if not (0 < row + down < layer.shape[0] - 1 and 0 < column + across < layer.shape[1] - 1):
                continue
            strength, turn = gradient(layer, row + down, column + across)
            weight = strength * math.exp(-(over**2 + along**2) / 8)
            for first in range(CELLS + 2):
                for second in range(CELLS + 2):
                    share = max(0, 1 - abs(along + 2.5 - first)) * max(0, 1 - abs(over + 2.5 - second))
                    if share:
                        apart = ((turn - angle) % 1) * BINS
                        low = math.floor(apart)
                        cells[first, second, low % BINS] += weight * share * (1 - apart + low)
                        cells[first, second, (low + 1) % BINS] += weight * share * (apart - low)
    entries = cells[1:-1, 1:-1].ravel()
    entries = np.minimum(entries, 0.2 * np.linalg.norm(entries))
    return np.minimum(np.rint(512 * entries / max(np.linalg.norm(entries), 1e-7)), 255)


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), size=st.integers(0, 200), spread=st.sampled_from([0.7, 3.0, 900.0]))
def test_gradients_have_the_strength_and_the_angle_of_the_library(seed: int, size: int, spread: float) -> None:
    rng = np.random.default_rng(seed)
    runs, rises = rng.normal(0, spread, (2, size)).astype(np.float32)
    if spread < 1:
        runs, rises = np.rint(runs) + 0, np.rint(rises) + 0  # no zero below zero, which the library turns round
    strengths, angles = np.full(size, 2, np.float32), runs.copy()
    polar(angles, rises, strengths)
    np.testing.assert_allclose(strengths, 2 * np.hypot(runs, rises), rtol=1e-5)
    turn = np.arctan2(rises, runs) / (2 * np.pi)
    np.testing.assert_allclose(np.abs(np.exp(2j * np.pi * angles) - np.exp(2j * np.pi * turn)), 0, atol=POLAR_ERROR)
    assert ((angles >= 0) & (angles <= 1)).all()


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), data=st.data(), scale=st.floats(1.2, 3.6))
def test_directions_are_those_of_the_plain_reading(seed: int, data: st.DataObject, scale: float) -> None:
    layer = layer_of(seed, 40, 50)
    row, column = data.draw(st.integers(5, 34)), data.draw(st.integers(5, 44))
    owners, angles = directions(layer[None], np.array([[0, row, column]] * 2), np.array([scale, scale]))
    theirs = plain_directions(layer, row, column, scale)
    votes = plain_histogram(layer, row, column, scale)
    if np.abs(votes - 0.8 * votes.max()).min() < 1e-3 * votes.max():
        return
    assert owners.tolist() == [0] * len(theirs) + [1] * len(theirs)
    slack = votes_between_directions(layer, row, column, scale) / bluntest(votes) / DIRECTIONS
    np.testing.assert_allclose(angles, theirs * 2, atol=1e-3 + slack)


def test_a_ramp_points_up_its_slope_in_each_of_four_directions() -> None:
    ramp = np.repeat(np.arange(60, dtype=np.float32)[None], 60, axis=0)
    for quarters in range(4):
        turned = np.ascontiguousarray(np.rot90(ramp, quarters))
        owners, angles = directions(turned[None], np.array([[0, 30, 30]]), np.array([2.0]))
        assert owners.tolist() == [0]
        np.testing.assert_allclose(angles, quarters / 4, atol=1e-6)


def peaks_of(votes: dict[int, float]) -> list[float]:
    histogram, out = np.zeros(DIRECTIONS, np.float32), np.empty(DIRECTIONS)
    for number, value in votes.items():
        histogram[number] = value
    return (out[: peaks(histogram, out)] * DIRECTIONS).tolist()


def test_a_peak_lies_between_its_bins_and_a_weaker_one_does_not_count() -> None:
    assert peaks_of({8: 1, 9: 4, 10: 1, 20: 3.1, 21: 3.3}) == pytest.approx([9, 20.557], abs=1e-3)
    assert peaks_of({8: 1, 9: 4, 10: 2, 20: 3.1}) == pytest.approx([9.1], abs=1e-6)


def test_two_highest_bins_side_by_side_are_one_direction_between_them() -> None:
    assert peaks_of({4: 3, 5: 3}) == pytest.approx([4.5])
    assert peaks_of({35: 3, 0: 3}) == pytest.approx([35.5])
    assert peaks_of({0: 1}) == [0]


@given(votes=st.lists(st.integers(0, 3), min_size=DIRECTIONS, max_size=DIRECTIONS))
def test_every_histogram_that_is_not_even_has_a_direction(votes: list[int]) -> None:
    found = peaks_of({number: float(value) for number, value in enumerate(votes)})
    assert bool(found) == (len(set(votes)) > 1)


@settings(max_examples=20, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    x=st.floats(5, 44),
    y=st.floats(5, 34),
    scale=st.floats(1.2, 3.6),
    angle=st.floats(0, 1, exclude_max=True),
)
def test_a_descriptor_is_that_of_the_plain_reading(seed: int, x: float, y: float, scale: float, angle: float) -> None:
    layer = layer_of(seed, 40, 50)
    ours = describe(np.stack([layer * 0, layer]), np.array([1]), np.array([[x, y, scale, angle]]))
    np.testing.assert_allclose(ours[0], plain_descriptor(layer, x, y, scale, angle), atol=1.01)


@pytest.mark.parametrize("angle", [0.0, 0.25, 0.5, 0.75, 1 / 3, 1 - 1e-12])
def test_a_descriptor_along_the_rows_or_columns_is_that_of_the_plain_reading(angle: float) -> None:
    layer = layer_of(1, 40, 50)
    ours = describe(layer[None], np.array([0]), np.array([[21.0, 19.0, 2.0, angle]]))
    np.testing.assert_allclose(ours[0], plain_descriptor(layer, 21.0, 19.0, 2.0, angle), atol=1.01)


def test_descriptors_do_not_depend_on_those_before_them() -> None:
    layer = layer_of(2, 60, 60)
    places = np.array([[30.0, 30.0, 3.5, 0.1], [20.0, 25.0, 1.6, 0.7], [40.0, 31.0, 2.2, 0.4]])
    together = describe(layer[None], np.zeros(3, np.int64), places)
    alone = [describe(layer[None], np.zeros(1, np.int64), places[number : number + 1])[0] for number in range(3)]
    np.testing.assert_array_equal(together, np.stack(alone))
    assert together.shape == (3, LENGTH)


def test_a_place_with_nothing_around_it_has_no_direction_and_an_empty_descriptor() -> None:
    flat = np.full((1, 40, 40), 90, np.float32)
    owners, angles = directions(flat, np.array([[0, 20, 20]]), np.array([2.0]))
    assert len(owners) == len(angles) == 0
    assert not describe(flat, np.array([0]), np.array([[20.0, 20.0, 2.0, 0.0]])).any()


def test_no_places_have_no_directions_and_no_descriptors() -> None:
    layer = layer_of(1, 20, 20)[None]
    owners, angles = directions(layer, np.empty((0, 3), np.int64), np.empty(0))
    assert len(owners) == len(angles) == 0
    assert describe(layer, np.empty(0, np.int64), np.empty((0, 4))).shape == (0, LENGTH)
