from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from takeback.matching.photograph_index import PhotographIndex
from takeback.model.original import Original
from takeback.model.signal import Features
from takeback.protocols import Detector


@pytest.fixture(scope="module")
def bank(picture: Callable[..., np.ndarray], enrolled: Callable[..., Original]) -> PhotographIndex:
    index = PhotographIndex()
    index.enrol(enrolled(picture(seed), f"photograph-{seed}") for seed in range(8))
    return index


def test_it_is_a_detector(
    bank: PhotographIndex, picture: Callable[..., np.ndarray], features: Callable[..., Features]
) -> None:
    assert isinstance(bank, Detector)
    assert bank.candidates(features(picture(3)), None) == ("photograph-3",)


def test_a_mirrored_picture_is_found_and_said_to_be_mirrored(
    bank: PhotographIndex, picture: Callable[..., np.ndarray], features: Callable[..., Features]
) -> None:
    (found,) = bank.search(features(np.ascontiguousarray(picture(2)[:, ::-1])))
    assert (found.original, found.reflected) == ("photograph-2", True)
    assert np.linalg.det(found.matrix[:2, :2]) == pytest.approx(-1, abs=0.02)
    assert found.matrix @ [0, 10, 1] == pytest.approx([479, 10, 1], abs=1.5)


def test_both_photographs_of_a_collage_are_found(
    bank: PhotographIndex, picture: Callable[..., np.ndarray], features: Callable[..., Features]
) -> None:
    found = bank.search(features(np.concatenate((picture(1), picture(6)), axis=1)))
    assert {each.original for each in found} == {"photograph-1", "photograph-6"}


@pytest.mark.parametrize(
    "nothing",
    [
        np.full((300, 400, 3), 90, np.uint8),
        np.repeat(np.linspace(0, 255, 400, dtype=np.uint8)[None, :, None], 300, axis=0).repeat(3, axis=2),
    ],
    ids=["blank", "gradient"],
)
def test_a_picture_with_nothing_in_it_has_no_candidates(
    bank: PhotographIndex, features: Callable[..., Features], nothing: np.ndarray
) -> None:
    assert bank.search(features(nothing)) == []


def test_a_page_of_text_has_no_candidates(bank: PhotographIndex, features: Callable[..., Features]) -> None:
    page = np.full((400, 500, 3), 255, np.uint8)
    for line in range(9):
        cv2.putText(page, "the same words again", (20, 40 + 40 * line), cv2.FONT_HERSHEY_SIMPLEX, 1, (0, 0, 0), 2)
    assert bank.search(features(page)) == []


def test_a_picture_of_none_of_them_has_no_candidates(
    bank: PhotographIndex, picture: Callable[..., np.ndarray], features: Callable[..., Features]
) -> None:
    assert bank.search(features(picture(77))) == []


def test_excluded_features_have_no_vote(
    bank: PhotographIndex, picture: Callable[..., np.ndarray], features: Callable[..., Features]
) -> None:
    seen = features(picture(4))
    assert bank.search(seen, exclude=np.ones(len(seen), bool)) == []


def test_the_score_counts_everything_tested(
    picture: Callable[..., np.ndarray], enrolled: Callable[..., Original], features: Callable[..., Features]
) -> None:
    alone, many = PhotographIndex(), PhotographIndex()
    alone.enrol([enrolled(picture(0), "first")])
    many.enrol([enrolled(picture(0), "first"), *(enrolled(picture(seed), f"other-{seed}") for seed in range(10, 19))])
    asked = features(picture(0))
    assert alone.search(asked)[0].score - many.search(asked)[0].score == pytest.approx(1.0)


def test_the_same_photograph_enrolled_by_two_people_stays_two(
    picture: Callable[..., np.ndarray], enrolled: Callable[..., Original], features: Callable[..., Features]
) -> None:
    index = PhotographIndex()
    index.enrol([enrolled(picture(0), "one"), enrolled(picture(0), "two")])
    assert [each.original for each in index.search(features(picture(0)))] == ["one", "two"]
