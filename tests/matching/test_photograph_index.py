from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from takeback.errors import UnusableInput
from takeback.matching.ballot import CELLS, NEAREST, WIDER
from takeback.matching.inverted_file import Enrolled
from takeback.matching.photograph_index import TAIL, PhotographIndex
from takeback.matching.plain_index import PlainPhotographIndex
from takeback.matching.postings import Postings, coded, working_frames
from takeback.matching.vocabulary import shipped
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


@pytest.fixture(scope="module")
def in_words(features: Callable[..., Features], picture: Callable[..., np.ndarray]) -> Callable[..., PhotographIndex]:
    """An index of one picture's own features: the first three in the nearest words, the others in words so far off."""
    seen = features(picture(5))
    some = np.flatnonzero(np.diff(seen.frames[:, 0], prepend=-99) != 0)[:60:5]

    def made(rank: int) -> PhotographIndex:
        assigned = shipped().assign(seen.descriptors[some], nearest=WIDER, cells=CELLS)
        ranks = np.where(np.arange(len(some)) < 3, 0, rank)
        rows = np.arange(len(some))
        postings = Postings(
            words=assigned.words[rows, ranks],
            signatures=assigned.signatures[rows, ranks],
            frames=coded(working_frames(seen)[some]),
            features=some.astype(np.uint16),
        )
        index = PhotographIndex()
        index.add([Enrolled(id="far", width=seen.width, height=seen.height, postings=postings)])
        return index

    return made


@pytest.mark.parametrize(("rank", "times"), [(NEAREST - 1, 1), (NEAREST, 2), (WIDER - 1, 2)])
def test_a_photograph_of_which_few_words_are_near_is_found_by_the_second_look_which_counts_as_a_test(
    in_words: Callable[[int], PhotographIndex],
    picture: Callable[..., np.ndarray],
    features: Callable[..., Features],
    rank: int,
    times: int,
) -> None:
    seen = features(picture(5))
    (near,), (far,) = in_words(0).search(seen), in_words(rank).search(seen)
    assert (far.original, far.inliers) == ("far", near.inliers)
    assert near.score - far.score == pytest.approx(math.log10(times))


def found_in(index: PhotographIndex, seen: Features) -> list[str]:
    return [each.original for each in index.search(seen)]


def test_it_finds_what_the_plain_index_finds(
    bank: PhotographIndex,
    picture: Callable[..., np.ndarray],
    enrolled: Callable[..., Original],
    features: Callable[..., Features],
) -> None:
    plain = PlainPhotographIndex()
    plain.enrol(enrolled(picture(seed), f"photograph-{seed}") for seed in range(8))
    for seed in range(8):
        altered = picture(seed)[60:, 40:]
        altered[80:220, 120:300] = picture(seed + 100)[80:220, 120:300]
        seen = features(cv2.resize(altered, None, fx=0.7, fy=0.7, interpolation=cv2.INTER_AREA))
        best, reference = bank.search(seen)[0], plain.search(seen)[0]
        assert best.original == reference.original
        corners = np.array([[100, 90, 1], [400, 90, 1], [250, 300, 1]])
        np.testing.assert_allclose(best.matrix @ corners.T, reference.matrix @ corners.T, atol=3)


def test_correspondences_are_feature_numbers_of_both_sides(
    bank: PhotographIndex, picture: Callable[..., np.ndarray], features: Callable[..., Features]
) -> None:
    seen = features(picture(5))
    (found,) = bank.search(seen)
    pairs = found.correspondences[found.agreeing]
    assert found.inliers == len(pairs) > 100
    apart = seen.frames[pairs[:, 0], :2] - seen.frames[pairs[:, 1], :2]
    assert np.median(np.abs(apart)) == 0


@pytest.mark.parametrize("wide", [0.5, 2.0])
def test_a_picture_made_half_or_twice_as_wide_is_found(
    bank: PhotographIndex, picture: Callable[..., np.ndarray], features: Callable[..., Features], wide: float
) -> None:
    stretched = cv2.resize(picture(1), None, fx=wide, fy=1)
    found = bank.search(features(stretched))
    assert [each.original for each in found] == ["photograph-1"]
    assert found[0].matrix[0, 0] == pytest.approx(wide, rel=0.05)


def test_a_repeated_pattern_agrees_with_nothing(
    enrolled: Callable[..., Original], features: Callable[..., Features]
) -> None:
    def tiles(side: int, colour: int) -> np.ndarray:
        pattern = np.kron(np.indices((360 // side, 480 // side)).sum(axis=0) % 2, np.ones((side, side)))
        return np.repeat((pattern * colour).astype(np.uint8)[:, :, None], 3, axis=2)

    index = PhotographIndex()
    index.enrol([enrolled(tiles(24, 200), "tiles")])
    assert found_in(index, features(tiles(20, 160))) == []


def test_five_features_are_looked_for_and_fewer_are_not(
    bank: PhotographIndex, picture: Callable[..., np.ndarray], features: Callable[..., Features]
) -> None:
    seen = features(picture(3))
    for count in range(7):
        few = Features(frames=seen.frames[:count], descriptors=seen.descriptors[:count], width=480, height=360)
        assert set(found_in(bank, few)) <= {"photograph-3"}


def test_a_withdrawn_photograph_is_gone_at_once_and_the_others_stay(
    picture: Callable[..., np.ndarray], enrolled: Callable[..., Original], features: Callable[..., Features]
) -> None:
    index = PhotographIndex()
    index.enrol([enrolled(picture(0), "one"), enrolled(picture(1), "other")])
    before = index.digest
    index.withdraw(["one", "nobody"])
    assert (found_in(index, features(picture(0))), found_in(index, features(picture(1)))) == ([], ["other"])
    assert len(index) == 1
    assert index.digest != before
    index.merge()
    index.enrol([enrolled(picture(0), "one")])
    assert found_in(index, features(picture(0))) == ["one"]
    assert index.digest == before


def test_an_original_enrolled_again_takes_its_own_place(
    picture: Callable[..., np.ndarray], enrolled: Callable[..., Original], features: Callable[..., Features]
) -> None:
    index = PhotographIndex()
    index.enrol([enrolled(picture(0), "one")])
    index.enrol([enrolled(picture(1), "one")])
    assert len(index) == 1
    assert (found_in(index, features(picture(0))), found_in(index, features(picture(1)))) == ([], ["one"])


def test_an_index_in_a_folder_is_the_one_in_memory(
    tmp_path: Path,
    bank: PhotographIndex,
    picture: Callable[..., np.ndarray],
    enrolled: Callable[..., Original],
    features: Callable[..., Features],
) -> None:
    index = PhotographIndex()
    for seed in range(8):
        index.enrol([enrolled(picture(seed), f"photograph-{seed}")])
        if seed % 3 == 0:
            index.save(tmp_path)
    index.save(tmp_path)
    again = PhotographIndex.open(tmp_path)
    assert (len(again), again.digest) == (8, bank.digest)
    again.merge()
    assert len(list(tmp_path.glob("segment-*"))) == 1
    for seed in range(8):
        (here,), (there,) = bank.search(features(picture(seed))), again.search(features(picture(seed)))
        assert (here.original, here.score) == (there.original, there.score)
    again.withdraw(["photograph-2"])
    assert found_in(PhotographIndex.open(tmp_path), features(picture(2))) == []


def test_what_was_enrolled_in_many_segments_is_saved_in_one(
    tmp_path: Path,
    picture: Callable[..., np.ndarray],
    enrolled: Callable[..., Original],
    features: Callable[..., Features],
) -> None:
    index = PhotographIndex()
    index.enrol([enrolled(picture(0), "first")])
    blank = Postings(
        words=np.empty(0, np.int32),
        signatures=np.empty((0, 2), np.uint64),
        frames=np.empty(0, np.uint32),
        features=np.empty(0, np.uint16),
    )
    for start in range(0, 2 * TAIL, TAIL):
        index.add(Enrolled(id=f"blank-{start + each}", width=9, height=9, postings=blank) for each in range(TAIL))
    index.enrol([enrolled(picture(1), "last")])
    before = index.digest
    in_memory = [index.search(features(picture(seed)))[0].score for seed in range(2)]
    index.save(tmp_path)
    assert len(list(tmp_path.glob("segment-*"))) == 1
    again = PhotographIndex.open(tmp_path)
    assert (len(again), again.digest) == (2 * TAIL + 2, before)
    assert [found_in(again, features(picture(seed))) for seed in range(2)] == [["first"], ["last"]]
    assert [again.search(features(picture(seed)))[0].score for seed in range(2)] == in_memory


def test_a_damaged_segment_is_named_and_the_rest_serves(
    tmp_path: Path,
    picture: Callable[..., np.ndarray],
    enrolled: Callable[..., Original],
    features: Callable[..., Features],
) -> None:
    index = PhotographIndex()
    index.enrol([enrolled(picture(0), "one")])
    index.save(tmp_path)
    (first,) = tmp_path.glob("segment-*")
    index.enrol([enrolled(picture(1), "other")])
    index.save(tmp_path)
    first.write_bytes(first.read_bytes()[:-1])
    again = PhotographIndex.open(tmp_path)
    assert [first.name in each for each in again.refused] == [True]
    assert found_in(again, features(picture(0))) == []
    assert found_in(again, features(picture(1))) == ["other"]


@pytest.mark.parametrize("spoilt", [b"", b"{}", b"no digest\n{}"])
def test_a_folder_without_a_manifest_of_ours_is_refused(tmp_path: Path, spoilt: bytes) -> None:
    with pytest.raises(UnusableInput, match="no index of photographs here"):
        PhotographIndex.open(tmp_path)
    (tmp_path / "manifest.json").write_bytes(spoilt)
    with pytest.raises(UnusableInput, match="manifest"):
        PhotographIndex.open(tmp_path)


def test_a_photograph_takes_less_than_eight_kilobytes(
    picture: Callable[..., np.ndarray], enrolled: Callable[..., Original]
) -> None:
    index = PhotographIndex()
    one = enrolled(picture(0), "f" * 32)
    assert one.features is not None
    assert len(one.features) > 330
    index.enrol([one])
    shared_by_all = 4 * (len(shipped()) + 1)
    assert index.bytes_per_photograph - shared_by_all < 8_000 + 700  # what a file is padded by is shared, too
