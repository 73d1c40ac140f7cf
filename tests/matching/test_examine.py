from __future__ import annotations

import dataclasses
from collections.abc import Callable

import cv2
import numpy as np
import pytest

from takeback.bench.attacks import ATTACKS, attack, compressed, scaled
from takeback.errors import UsageError
from takeback.matching.doubts import TILED
from takeback.matching.examine import MediaView, examine, examine_closely
from takeback.matching.judgement import FINDING_SCORE
from takeback.matching.pairing import match_pair
from takeback.matching.photograph_index import PhotographIndex
from takeback.model.consent import Region
from takeback.model.finding import Conclusion, Evidence, PersonRegion
from takeback.model.original import Original, PackLevel

EDITS = sorted(
    {"region", "composite", "mirror", "crop", "rotate", "scale_down", "jpeg", "curve", "caption_bar"}
    | {"letterbox", "screenshot", "collage_two", "stretch", "perspective", "sepia", "noise"}
)


def edited(name: str, original: np.ndarray, other: np.ndarray, seed: int) -> np.ndarray:
    return attack(name, original, other, strength=0.35, rng=np.random.default_rng(seed)).pixels


def replaced(pixels: np.ndarray, other: np.ndarray, top: int, left: int, bottom: int, right: int) -> np.ndarray:
    edited = pixels.copy()
    edited[top:bottom, left:right] = other[top:bottom, left:right]
    return edited


def overlap(mask: np.ndarray, top: int, left: int, bottom: int, right: int, shape: tuple[int, ...]) -> float:
    truth = np.zeros(shape, np.uint8)
    truth[top:bottom, left:right] = 1
    truth = cv2.resize(truth, mask.shape[::-1], interpolation=cv2.INTER_NEAREST).astype(bool)
    return np.count_nonzero(mask & truth) / np.count_nonzero(mask | truth)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_replaced_region_is_a_derivative_and_is_shown_where_it_is(
    picture: Callable[..., np.ndarray], enrolled: Callable[..., Original], view: Callable[..., MediaView], seed: int
) -> None:
    original = picture(seed)
    media = compressed(replaced(original, picture(seed + 50), 90, 120, 250, 300), 70)
    examination, mask = examine_closely(enrolled(original), view(media), original_pixels=original)
    assert examination.conclusion is Conclusion.DERIVATIVE
    assert overlap(mask, 90, 120, 250, 300, original.shape[:2]) > 0.8
    assert examination.alteration.share_altered == pytest.approx(160 * 180 / (360 * 480), rel=0.2)
    assert examination.alteration.evidence is Evidence.PIXELS
    (box, *_) = examination.alteration.regions
    assert (box.left, box.top) == pytest.approx((120 / 480, 90 / 360), abs=0.1)


def test_what_an_index_found_is_matched_again_by_whole_descriptors(
    picture: Callable[..., np.ndarray], enrolled: Callable[..., Original], view: Callable[..., MediaView]
) -> None:
    pixels = picture(4)
    original, media = enrolled(pixels), view(compressed(scaled(pixels, 0.6), 60))
    index = PhotographIndex()
    index.enrol([original, enrolled(picture(5), "second"), enrolled(picture(6), "third")])
    (candidate,) = index.search(media.features)
    examination = examine(original, media, original_pixels=pixels, candidate=candidate)
    again = match_pair(original, media.features, tested=3)
    assert examination.alignment.inliers == again.inliers > candidate.inliers
    assert examination.alignment.score == pytest.approx(again.score, abs=1e-3)


@pytest.mark.parametrize("name", EDITS)
def test_every_planted_edit_is_found(
    picture: Callable[..., np.ndarray], enrolled: Callable[..., Original], view: Callable[..., MediaView], name: str
) -> None:
    original, other = picture(11), picture(12)
    media = edited(name, original, other, 5)
    examination = examine(enrolled(original), view(media), original_pixels=original, tested=1000)
    assert examination.conclusion is (Conclusion.DERIVATIVE if ATTACKS[name].alters else Conclusion.COPY)
    assert examination.alignment.reflected is (name == "mirror")


def test_a_watermark_alone_is_a_copy_with_an_overlay(
    picture: Callable[..., np.ndarray], enrolled: Callable[..., Original], view: Callable[..., MediaView]
) -> None:
    original = picture(21)
    media = original.copy()
    cv2.putText(media, "@made_up", (40, 200), cv2.FONT_HERSHEY_SIMPLEX, 1.6, (255, 255, 255), 3, cv2.LINE_AA)
    media = compressed(media, 80)
    examination, mask = examine_closely(enrolled(original), view(media), original_pixels=original)
    assert examination.conclusion is Conclusion.COPY
    assert examination.alteration.overlay_share > 0
    assert not mask.any()
    assert any("Marks on top" in reason for reason in examination.reasons)


def test_a_crop_alone_is_a_copy_and_supports_a_direction(
    picture: Callable[..., np.ndarray], enrolled: Callable[..., Original], view: Callable[..., MediaView]
) -> None:
    original = picture(22)
    media = compressed(scaled(np.ascontiguousarray(original[40:320, 60:400]), 0.6), 80)
    examination = examine(enrolled(original), view(media), original_pixels=original)
    assert examination.conclusion is Conclusion.COPY
    assert examination.direction == "supported by more resolution and a wider field of view in the original"
    assert "." in examination.alteration.grid.cells


def test_an_equal_copy_supports_no_direction(
    picture: Callable[..., np.ndarray], enrolled: Callable[..., Original], view: Callable[..., MediaView]
) -> None:
    examination = examine(enrolled(picture(23)), view(picture(23)), original_pixels=picture(23))
    assert (examination.conclusion, examination.direction) == (Conclusion.COPY, "not tested")


@pytest.mark.parametrize(
    ("region", "expected"),
    [
        (Region(left=0.3, top=0.3, right=0.5, bottom=0.6), PersonRegion.ALTERED),
        (Region(left=0.7, top=0.1, right=0.95, bottom=0.5), PersonRegion.SURVIVES),
        (Region(left=0.0, top=0.9, right=0.2, bottom=1.0), PersonRegion.UNTOUCHED),
        (None, PersonRegion.NOT_MARKED),
    ],
)
def test_it_says_what_became_of_the_marked_region(
    picture: Callable[..., np.ndarray],
    enrolled: Callable[..., Original],
    view: Callable[..., MediaView],
    region: Region | None,
    expected: PersonRegion,
) -> None:
    original = picture(24)
    media = replaced(original, picture(25), 90, 120, 250, 300)[:310]
    examination = examine(
        enrolled(original, region=region), view(np.ascontiguousarray(media)), original_pixels=original
    )
    assert examination.person_region is expected
    assert any("touches the region" in each for each in examination.reasons) is (expected is PersonRegion.UNTOUCHED)


def test_other_pictures_are_no_finding(
    picture: Callable[..., np.ndarray], enrolled: Callable[..., Original], view: Callable[..., MediaView]
) -> None:
    examination = examine(enrolled(picture(31)), view(picture(32)), original_pixels=picture(31))
    assert examination.conclusion is Conclusion.UNDECIDED
    assert examination.alteration is None


def test_a_thing_at_the_edges_of_two_photographs_is_no_finding(
    picture: Callable[..., np.ndarray], enrolled: Callable[..., Original], view: Callable[..., MediaView]
) -> None:
    first, second = picture(31), picture(32).copy()
    second[:150, 280:] = first[210:, :200]
    seen = examine(enrolled(first), view(second), original_pixels=first)
    assert seen.alignment is not None
    assert seen.alignment.score > FINDING_SCORE
    assert seen.conclusion is Conclusion.UNDECIDED
    assert any("a thing that both of them show" in each for each in seen.reasons)


def test_two_layers_that_moved_apart_are_another_photograph_of_the_scene(
    picture: Callable[..., np.ndarray], enrolled: Callable[..., Original], view: Callable[..., MediaView]
) -> None:
    near, far = picture(41), picture(42)
    mask = cv2.GaussianBlur(np.random.default_rng(3).normal(0, 1, near.shape[:2]), (0, 0), 25)[..., None] > 0
    first = np.where(mask, near, far)
    shifted = np.roll(np.where(mask, near, 0), 4, axis=1)
    second = np.where(np.roll(mask, 4, axis=1), shifted, np.roll(far, -4, axis=1))
    examination = examine(enrolled(first), view(second), original_pixels=first)
    assert not examination.conclusion.is_finding


def test_without_pixels_the_area_is_an_estimate_and_is_said_to_be_one(
    picture: Callable[..., np.ndarray], enrolled: Callable[..., Original], view: Callable[..., MediaView]
) -> None:
    original = picture(51)
    media = replaced(original, picture(52), 60, 100, 300, 380)
    examination, mask = examine_closely(enrolled(original), view(media, with_pixels=False), tested=50)
    assert examination.conclusion is Conclusion.DERIVATIVE
    assert examination.alteration.evidence is Evidence.FEATURES
    assert mask is None
    assert any("estimated" in reason for reason in examination.reasons)


@pytest.mark.parametrize("pixels", [True, False], ids=["pixels", "features"])
def test_a_finding_is_held_back_where_what_agrees_is_a_mark_in_tiles(
    picture: Callable[..., np.ndarray],
    enrolled: Callable[..., Original],
    view: Callable[..., MediaView],
    monkeypatch: pytest.MonkeyPatch,
    *,
    pixels: bool,
) -> None:
    original = picture(33)
    given = original if pixels else None
    media = view(replaced(original, picture(34), 90, 120, 250, 300))
    assert examine(enrolled(original), media, original_pixels=given).conclusion.is_finding
    monkeypatch.setattr("takeback.matching.examine.is_tiled_mark", lambda *_: True)
    examination = examine(enrolled(original), media, original_pixels=given)
    assert examination.conclusion is Conclusion.UNDECIDED
    assert TILED in examination.reasons


def test_level_hash_cannot_be_examined(
    picture: Callable[..., np.ndarray], enrolled: Callable[..., Original], view: Callable[..., MediaView]
) -> None:
    bare = dataclasses.replace(enrolled(picture(1)), features=None, level=PackLevel.HASH)
    with pytest.raises(UsageError, match="hashes only"):
        examine(bare, view(picture(1)))


def test_the_same_input_gives_the_same_examination(
    picture: Callable[..., np.ndarray], enrolled: Callable[..., Original], view: Callable[..., MediaView]
) -> None:
    original = picture(61)
    media = edited("composite", original, picture(62), 9)
    first, second = (examine(enrolled(original), view(media), original_pixels=original) for _ in range(2))
    assert first == second


def test_originals_of_another_resolution_are_aligned_in_full_pixels(
    picture: Callable[..., np.ndarray], enrolled: Callable[..., Original], view: Callable[..., MediaView]
) -> None:
    original = picture(71)
    small = scaled(original, 0.5)
    examination = examine(enrolled(original), view(original), original_pixels=small)
    assert examination.conclusion is Conclusion.COPY
    assert np.array(examination.alignment.matrix) == pytest.approx(np.eye(3), abs=0.5)


def test_the_words_claim_no_more_than_the_figures(
    picture: Callable[..., np.ndarray], enrolled: Callable[..., Original], view: Callable[..., MediaView]
) -> None:
    original = picture(81)
    media = edited("region", original, picture(82), 2)
    for pixels in (original, None):
        words = " ".join(examine(enrolled(original), view(media), original_pixels=pixels).reasons).lower()
        assert not {"proof", "proven", "certain", "intimate"} & set(words.replace(".", " ").split())


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("azure-samples/fork-fork_14.jpg", "azure-samples/fork-fork_15.jpg"),
        ("azure-samples/fork-fork_1.jpg", "azure-samples/fork-fork_2.jpg"),
        ("azure-samples/fork-fork_17.jpg", "azure-samples/fork-fork_2.jpg"),
        ("azure-samples/Japanese_Cherry-japanese_cherry_2.jpg", "azure-samples/Japanese_Cherry-japanese_cherry_3.jpg"),
        ("clothing/b8bdd55f-7b8a-4a2e-8d8f-75aa574a6dbb.jpg", "clothing/5370f762-5e63-4742-a156-374437c30f39.jpg"),
        ("clothing/63a7c9dd-6f90-4e94-b94f-b487b93bb82c.jpg", "clothing/7e30b281-c813-4d6a-9635-bb26a5e64891.jpg"),
        ("grocery/Peach-Peach_036.jpg", "grocery/Cantaloupe-Cantaloupe_026-2.jpg"),
        (
            "unsplash-joelazar/cosmic-timetraveler-LhDWW8PhPoE-unsplash.jpg",
            "ubuntu-mate/kristopher-roller-110203.jpg",
        ),
    ],
)
def test_two_photographs_of_one_subject_or_place_are_no_finding(
    photograph: Callable[..., np.ndarray],
    enrolled: Callable[..., Original],
    view: Callable[..., MediaView],
    first: str,
    second: str,
) -> None:
    original, media = photograph(first), photograph(second)
    for pixels in (original, None):
        assert not examine(enrolled(original), view(media), original_pixels=pixels).conclusion.is_finding
