"""Local structure is that of its plain definition."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from takeback.matching.structure import NOISE, agreement, apart, covariance, grey, largest, local, structure


def test_means_variances_and_covariances_are_the_plain_ones(picture: Callable[..., np.ndarray]) -> None:
    first, second = (grey(picture(seed))[:60, :80] for seed in (1, 2))
    left, right = local(first, 9), local(second, 9)
    for row, column in ((20, 30), (41, 11), (30, 66)):
        window = slice(row - 4, row + 5), slice(column - 4, column + 5)
        one, other = first[window].astype(float), second[window].astype(float)
        assert left.mean[row, column] == pytest.approx(one.mean(), rel=1e-4)
        assert left.variance[row, column] == pytest.approx(one.var(), rel=1e-2)
        both = ((one - one.mean()) * (other - other.mean())).mean()
        assert covariance(left, right)[row, column] == pytest.approx(both, abs=2)
        expected = (both + NOISE) / ((one.var() + other.var()) / 2 + NOISE)
        assert structure(left, right)[row, column] == pytest.approx(expected, abs=0.02)


def test_a_picture_agrees_with_itself_and_not_with_another(picture: Callable[..., np.ndarray]) -> None:
    assert np.median(agreement(picture(1), picture(1), 21)) == pytest.approx(1)
    assert np.median(agreement(picture(1), picture(2), 21)) < 0.3


def test_pictures_are_as_far_apart_as_their_farthest_channel(picture: Callable[..., np.ndarray]) -> None:
    one, other = picture(3), picture(4)
    np.testing.assert_array_equal(apart(one, other), np.abs(one.astype(int) - other).max(axis=2))
    np.testing.assert_array_equal(largest(one), one.max(axis=2))
