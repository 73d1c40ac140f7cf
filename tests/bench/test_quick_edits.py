from __future__ import annotations

import numpy as np
import pytest

from takeback.bench.quick_edits import ALTERING, ATTACKS


@pytest.mark.parametrize("attack", sorted(ATTACKS))
def test_an_attack_follows_from_its_seed(attack: str) -> None:
    first, other = np.random.default_rng(0).integers(0, 256, (2, 120, 160, 3), dtype=np.uint8)
    made = [ATTACKS[attack](first, other, np.random.default_rng(3)) for _ in range(2)]
    assert np.array_equal(made[0].pixels, made[1].pixels)
    assert made[0].pixels.dtype == np.uint8
    assert (made[0].altered is not None) is (attack in ALTERING)


def test_what_is_called_altered_is_what_changed() -> None:
    first, other = np.zeros((90, 120, 3), np.uint8), np.full((90, 120, 3), 255, np.uint8)
    made = ATTACKS["region"](first, other, np.random.default_rng(1))
    assert np.mean(made.pixels.max(axis=2) > 128) == pytest.approx(made.altered.mean(), abs=0.02)
