"""The time of extraction is that of pictures as media are fingerprinted, beside what OpenCV finds in them."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from takeback.bench.derivative.bank import Enrolled
from takeback.bench.derivative.extraction import LONG_SIDE, _at_full_size, _found_among, extraction
from takeback.jobs.fingerprint import LONG_SIDE as MEDIA_LONG_SIDE


def photograph(folder: Path, name: str, height: int, width: int) -> Enrolled:
    noise = np.random.default_rng(len(name)).integers(0, 256, (height // 8, width // 8, 3), dtype=np.uint8)
    cv2.imwrite(str(folder / name), cv2.resize(noise, (width, height), interpolation=cv2.INTER_CUBIC))
    return Enrolled(name=name, path=str(folder / name), width=width, height=height)


@pytest.fixture
def album(tmp_path: Path) -> list[Enrolled]:
    return [
        photograph(tmp_path, "large.png", 960, 1280),
        photograph(tmp_path, "tall.png", 700, 500),
        photograph(tmp_path, "small.png", 300, 400),
    ]


def test_each_large_photograph_is_measured_by_both(album: list[Enrolled]) -> None:
    ours, theirs = extraction(album, np.random.default_rng(1))
    figure, other = ours["extract_1mp_ms"], theirs["extract_1mp_ms"]
    assert figure.n == other.n == 2, "the small one is left out"
    assert figure.value is not None
    assert figure.low is not None
    assert figure.low < figure.value
    assert "1280 pixels" in figure.unit
    agreement = ours["extract_1mp_as_opencv"]
    assert agreement.value is not None
    assert agreement.value > 0.98
    assert agreement.n > 100


def test_every_picture_has_the_long_side_of_media() -> None:
    assert LONG_SIDE == MEDIA_LONG_SIDE


def test_every_picture_is_brought_to_one_long_side(album: list[Enrolled]) -> None:
    shapes = [pixels.shape for pixels in _at_full_size(iter(album))]
    assert shapes == [(960, 1280, 3), (1280, 914, 3), (960, 1280, 3)]


def test_without_a_large_photograph_there_is_no_figure(album: list[Enrolled]) -> None:
    ours, theirs = extraction(album[2:], np.random.default_rng(1))
    assert ours["extract_1mp_ms"].value is theirs["extract_1mp_ms"].value is None
    assert ours["extract_1mp_as_opencv"].value is None


def test_features_apart_in_place_size_or_direction_are_others() -> None:
    one = np.array([[100.0, 50.0, 8.0, 0.01]])
    same = one + np.array([0.4, -0.4, 0.5, 2 * np.pi - 0.05])
    others = one + np.array([[0.6, 0, 0, 0], [0, 0, 1.0, 0], [0, 0, 0, 0.1]])
    assert _found_among(one, same).tolist() == [True]
    assert _found_among(one, others).tolist() == [False]
    assert _found_among(one, others[:0]).tolist() == [False]
