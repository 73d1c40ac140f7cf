from __future__ import annotations

import numpy as np
import pytest

from takeback.bench.alteration import overlap, seen_of
from takeback.bench.attacks import attack


@pytest.fixture
def photograph() -> np.ndarray:
    return np.random.default_rng(1).integers(0, 255, (240, 320, 3)).astype(np.uint8)


def test_the_truth_of_a_region_is_all_of_what_was_replaced(photograph: np.ndarray) -> None:
    made = attack("region", photograph, photograph[::-1], strength=0.5, rng=np.random.default_rng(2))
    truth = seen_of(made)
    assert truth.shown.mean() > 0.98
    assert truth.hidden.mean() < 0.02
    assert truth.altered.mean() == pytest.approx(made.altered.mean(), abs=0.02)
    assert overlap(made.altered, truth) > 0.9
    assert overlap(~made.altered, truth) < 0.1


def test_what_a_mark_hides_may_be_called_either(photograph: np.ndarray) -> None:
    made = attack("stickers", photograph, photograph, strength=0.6, rng=np.random.default_rng(3))
    truth = seen_of(made)
    assert truth.hidden.any()
    nothing = np.zeros(photograph.shape[:2], bool)
    assert overlap(nothing, truth) == 1


def test_what_a_crop_takes_away_is_not_asked_for(photograph: np.ndarray) -> None:
    made = attack("crop", photograph, photograph, strength=1.0, rng=np.random.default_rng(4))
    truth = seen_of(made)
    assert truth.shown.mean() == pytest.approx(made.surviving_share, abs=0.05)
    assert overlap(np.zeros(photograph.shape[:2], bool), truth) == 1
