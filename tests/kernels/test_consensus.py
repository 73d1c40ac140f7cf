from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from takeback.kernels.consensus import (
    LOG_FACTORIALS,
    distinct,
    fewest_alarms,
    mutual,
    shares_of,
    similarity_consensus,
)


def plain_mutual(
    products: np.ndarray, left_norms: np.ndarray, right_norms: np.ndarray, bounds: np.ndarray, least: float
) -> list[tuple[int, int, int]]:
    cosines = products / (left_norms[:, None] * right_norms[None])
    found = []
    for picture in range(len(bounds) - 1):
        part = cosines[:, bounds[picture] : bounds[picture + 1]]
        if not part.size:
            continue
        for query in range(len(products)):
            row = int(part[query].argmax())
            if part[query, row] >= least and int(part[:, row].argmax()) == query:
                found.append((picture, query, int(bounds[picture]) + row))
    return found


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 12), st.lists(st.integers(0, 9), min_size=1, max_size=5))
def test_mutual_bests_are_those_of_the_full_table(seed: int, queries: int, sizes: list[int]) -> None:
    rng = np.random.default_rng(seed)
    bounds = np.concatenate(([0], np.cumsum(sizes))).astype(np.int64)
    left = rng.integers(0, 60, (queries, 16)).astype(np.float32)
    right = rng.integers(0, 60, (int(bounds[-1]), 16)).astype(np.float32)
    norms = [np.maximum(np.linalg.norm(each.astype(float), axis=1), 1.0) for each in (left, right)]
    products = left @ right.T
    found = mutual(products, norms[0], norms[1], bounds, 0.7)
    assert list(zip(*(each.tolist() for each in found[:3]), strict=True)) == plain_mutual(
        products, norms[0], norms[1], bounds, 0.7
    )


def test_the_number_of_false_alarms_is_that_of_the_formula() -> None:
    shares = np.array([0.001, 0.002, 0.003, 0.5])
    alarms, count = fewest_alarms(shares, 10, 1, 0.5, LOG_FACTORIALS)
    expected = min(
        (math.log10(9 * math.comb(10, k) * math.comb(k, 1) * (0.5 * shares[k - 1]) ** (k - 1)), k) for k in (2, 3, 4)
    )
    assert (alarms, count) == (pytest.approx(expected[0]), expected[1])


def test_fewer_correspondences_than_a_transform_needs_raise_alarm() -> None:
    assert fewest_alarms(np.array([0.1]), 1, 2, 0.3, LOG_FACTORIALS)[0] > 0


def test_a_planted_similarity_is_found_among_noise() -> None:
    rng = np.random.default_rng(4)
    left = np.column_stack((rng.uniform(0, 600, (40, 2)), rng.uniform(2, 8, 40), rng.uniform(0, 6.28, 40)))
    right = np.column_stack((rng.uniform(0, 600, (40, 2)), rng.uniform(2, 8, 40), rng.uniform(0, 6.28, 40)))
    turn, scale = 0.7, 1.3
    spin = scale * np.array([[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]])
    right[:15, :2] = left[:15, :2] @ spin.T + (20, -5)
    right[:15, 2], right[:15, 3] = left[:15, 2] * scale, (left[:15, 3] + turn) % (2 * math.pi)
    alarms, count, model = similarity_consensus(
        left, right, 3.6e5, 3.6e5, 1.5, math.radians(25), math.log(1.6), 0.3, LOG_FACTORIALS
    )
    assert alarms < -20
    assert count >= 15
    assert model == pytest.approx([scale, turn, 20, -5], abs=1e-6)


@pytest.mark.parametrize("seed", range(20))
def test_correspondences_at_random_agree_on_nothing(seed: int) -> None:
    rng = np.random.default_rng(seed)
    left, right = (
        np.column_stack((rng.uniform(0, 600, (60, 2)), rng.uniform(2, 8, 60), rng.uniform(0, 6.28, 60)))
        for _ in range(2)
    )
    alarms, _, _ = similarity_consensus(
        left, right, 3.6e5, 3.6e5, 1.5, math.radians(25), math.log(1.6), 0.3, LOG_FACTORIALS
    )
    assert alarms > -3


def test_one_point_with_two_orientations_counts_once() -> None:
    left = np.array([[10, 10, 2, 0], [10.5, 10, 2, 1], [90, 10, 2, 0]], float)
    assert distinct(left, left + 5, 1.5).tolist() == [0, 2]


def plain_shares(model: np.ndarray, left: np.ndarray, right: np.ndarray, areas: tuple[float, float]) -> np.ndarray:
    linear = model[:, :2]
    off = left[:, :2] @ linear.T + model[:, 2] - right[:, :2]
    squares = np.maximum(np.square(off).sum(axis=1), 1.5**2)
    square = np.linalg.det(linear)
    shares = np.minimum(math.pi * squares * max(1 / areas[1], 1 / (square * areas[0])), 1.0)
    turned = np.column_stack((np.cos(left[:, 3]), np.sin(left[:, 3]))) @ linear.T
    lean = np.abs((np.arctan2(turned[:, 1], turned[:, 0]) - right[:, 3] + np.pi) % (2 * np.pi) - np.pi)
    growth = np.abs(np.log(right[:, 2] / left[:, 2] / math.sqrt(square)))
    shares[(lean > 0.4) | (growth > 0.5)] = 9.0
    return shares


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), st.integers(0, 12))
def test_shares_are_those_of_the_plain_definition(seed: int, count: int) -> None:
    rng = np.random.default_rng(seed)
    left, right = rng.uniform(1, 6, (2, count, 4)) * [60, 60, 1, 1]
    model = np.column_stack((np.eye(2) + rng.normal(0, 0.3, (2, 2)), rng.normal(0, 20, 2)))
    found = shares_of(model, left, right, 9e4, 8e4, 1.5, 0.4, 0.5, 9.0, 0.02)
    singular = np.linalg.svd(model[:, :2], compute_uv=False)
    if singular[1] < 0.02 or np.linalg.det(model[:, :2]) <= 0:
        assert not len(found)
    else:
        np.testing.assert_allclose(found, plain_shares(model, left, right, (9e4, 8e4)), rtol=1e-9)


def test_a_transform_that_collapses_has_no_shares() -> None:
    frames = np.ones((3, 4))
    for linear in ([[1, 1], [1, 1.01]], [[1, 0], [0, -1]], [[90, 0], [0, 1]]):
        model = np.column_stack((np.array(linear, float), [0.0, 0.0]))
        assert not len(shares_of(model, frames, frames, 9e4, 8e4, 1.5, 0.4, 0.5, 9.0, 0.02))
