from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from takeback.bench import derivative
from takeback.bench.quick_edits import ATTACKS


@pytest.fixture
def album(tmp_path: Path) -> Path:
    rng = np.random.default_rng(8)
    for number in range(3):
        ground = np.full((300, 400, 3), 128, np.uint8)
        for _ in range(120):
            colour = tuple(int(each) for each in rng.integers(0, 256, 3))
            middle = (int(rng.integers(400)), int(rng.integers(300)))
            cv2.ellipse(ground, middle, (int(rng.integers(4, 30)), 9), float(rng.uniform(0, 180)), 0, 300, colour, -1)
        cv2.imwrite(str(tmp_path / f"{number}.png"), ground)
    return tmp_path


def test_the_figures_say_what_they_rest_on(album: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(derivative, "ATTACKED", 1)
    result = derivative.bench(size=3, photos=album, seed=1)
    figures = result.figures
    assert figures["photographs"].value == 3
    assert figures["distinct_pairs"].value == 3
    assert figures["false_findings"].value == 0
    assert figures["recall_all"].n == len(ATTACKS)
    assert {f"recall_{attack}" for attack in ATTACKS} <= set(figures)
    assert figures["recall_all"].low < figures["recall_all"].value
    assert result.peers["pdq"]["recall_all"].n == len(ATTACKS)


def test_another_view_of_a_series_is_counted_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(derivative, "ATTACKS", {"recompress": ATTACKS["recompress"]})
    monkeypatch.setattr(derivative, "ATTACKED", 1)
    rng = np.random.default_rng(8)
    ground = np.full((300, 400, 3), 128, np.uint8)
    for _ in range(120):
        colour = tuple(int(each) for each in rng.integers(0, 256, 3))
        middle = (int(rng.integers(400)), int(rng.integers(300)))
        cv2.ellipse(ground, middle, (int(rng.integers(4, 30)), 9), float(rng.uniform(0, 180)), 0, 300, colour, -1)
    for folder, pixels in (("drive", ground), ("other", ground[::-1, ::-1])):
        (tmp_path / folder).mkdir()
        cv2.imwrite(str(tmp_path / folder / "1.png"), pixels)
    cv2.imwrite(str(tmp_path / "drive" / "2.png"), ground[8:, 8:])
    result = derivative.measure(size=3, photos=tmp_path, seed=1, series=frozenset({"drive"}))
    assert result.figures["false_scene_pairs"].value == 1
    assert result.figures["false_scene_pairs"].n == result.figures["false_scene_photographs"].value == 2
    assert result.figures["false_findings"].value == 2, "the turned copy in another folder accuses both of the series"
    assert result.figures["false_photographs"].n == 1
    assert result.figures["false_photographs"].value == 1
    assert "drive/1.png drive/2.png" in result.note


def test_a_donor_of_a_series_brings_its_series_along() -> None:
    tally = derivative._Tally()
    for accused in ("drive/2.jpg", "other/3.jpg"):
        derivative._accuse(
            tally,
            derivative.Evidence.PIXELS,
            "other/1.jpg",
            accused,
            frozenset({"other/1.jpg", "drive/1.jpg"}),
            frozenset({"drive"}),
        )
    assert tally.scenes[derivative.Evidence.PIXELS] == [("drive/1.jpg", "drive/2.jpg")]
    assert tally.false[derivative.Evidence.PIXELS] == [("other/1.jpg", "other/3.jpg")]
