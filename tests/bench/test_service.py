from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from takeback.bench import service, soak
from takeback.bench.open_loop import Load
from takeback.bench.service_load import HITS, at_rate, fill, served
from takeback.bench.service_memory import Soaked
from takeback.web.audit import newest


def load(latencies: tuple[float, ...], *, failed: int = 0) -> Load:
    return Load(rate=1000.0, latencies=latencies, failed=failed, seconds=1.0)


def test_a_served_bank_answers_every_look_up_and_writes_each_down(tmp_path: Path) -> None:
    rng = np.random.default_rng(2020)
    words = fill(tmp_path / "banks", 300, rng)
    with served(tmp_path / "banks") as running:
        answered = at_rate(running, words, rng, 400.0, 2 * HITS)
    assert (len(answered.latencies), answered.failed) == (2 * HITS, 0)
    entries = newest(tmp_path / "banks", lambda _: True, limit=1000)
    assert len(entries) == 2 * HITS
    assert sum(bool(entry.hits) for entry in entries) == 2


@pytest.mark.parametrize(
    ("latencies", "failed", "holds"),
    [((0.01,) * 200, 0, True), ((0.01,) * 100, 2, False), ((0.01,) * 90 + (0.06,) * 10, 0, False)],
)
def test_a_rate_holds_where_nearly_all_is_answered_in_time(
    latencies: tuple[float, ...], failed: int, *, holds: bool
) -> None:
    assert service._holds(load(latencies, failed=failed)) is holds


def test_drift_is_the_last_tenth_against_the_first_with_the_extremes() -> None:
    resident = (100, 100, 130, *(110,) * 15, 105, 105)
    drift = Soaked(loads=(load((0.01,) * 7), load((0.02,) * 3, failed=1)), resident=resident).drift
    assert drift.value == pytest.approx(0.05)
    assert (drift.low, drift.high) == (pytest.approx(0.0), pytest.approx(0.3))
    assert drift.n == 10


def test_memory_that_a_platform_does_not_tell_is_not_measured() -> None:
    assert Soaked(loads=(), resident=(0,) * 20).drift.value is None


def test_a_soak_says_how_late_answers_came_and_how_many_did_not() -> None:
    figures = soak._figures(Soaked(loads=(load((0.01,) * 99 + (0.5,), failed=2),), resident=(1,) * 20))
    assert figures["longest_ms"].value == pytest.approx(500)
    assert figures["failed"].value == 2
    assert figures["failed"].n == 102
