from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable

import cv2
import numpy as np
import pytest

from takeback.bench.attacks import compressed
from takeback.errors import PackError
from takeback.matching.examine import MediaView, examine
from takeback.matching.overlay import CorpusPicture, Overlays, find_overlays
from takeback.matching.photograph_index import PhotographIndex
from takeback.model.original import Original
from takeback.model.signal import Features


def marked(pixels: np.ndarray) -> np.ndarray:
    edited = pixels.copy()
    edited[300:] = 15
    cv2.putText(edited, "@made_up_channel", (20, 345), cv2.FONT_HERSHEY_SIMPLEX, 1.3, (255, 255, 255), 3)
    return compressed(edited, 80)


def corpus_of(view: Callable[..., MediaView], pictures: Iterable[np.ndarray]) -> list[CorpusPicture]:
    views = [view(each) for each in pictures]
    return [CorpusPicture(sha256=each.sha256, signal=None, features=each.features) for each in views]


@pytest.fixture(scope="module")
def overlays(picture: Callable[..., np.ndarray], view: Callable[..., MediaView]) -> Overlays:
    return find_overlays(corpus_of(view, [marked(picture(seed)) for seed in range(100, 106)]))


def test_a_mark_on_unrelated_pictures_is_an_overlay_with_its_count(overlays: Overlays) -> None:
    assert overlays.overlays
    assert max(each.pictures for each in overlays.overlays) == 6


def test_unrelated_pictures_with_one_mark_give_no_finding(
    picture: Callable[..., np.ndarray],
    enrolled: Callable[..., Original],
    view: Callable[..., MediaView],
    overlays: Overlays,
) -> None:
    first, second = marked(picture(100)), marked(picture(101))
    index = PhotographIndex()
    index.enrol([enrolled(first, "marked")])
    media = view(second)
    excluded, shared = overlays.exclusion(media.features)
    assert shared
    assert index.search(media.features, exclude=excluded) == []
    examination = examine(enrolled(first), media, original_pixels=first, overlays=overlays)
    assert not examination.conclusion.is_finding
    assert examination.overlays == shared


def test_an_examination_says_which_overlays_were_in_force_and_how_many_others_share_its_own(
    picture: Callable[..., np.ndarray],
    enrolled: Callable[..., Original],
    view: Callable[..., MediaView],
    overlays: Overlays,
) -> None:
    first, second = marked(picture(100)), marked(picture(101))
    stamped = overlays.stamp(examine(enrolled(first), view(second), original_pixels=first, overlays=overlays))
    assert stamped.overlays_digest == overlays.digest
    assert stamped.overlay_others == (5,)


def test_a_marked_derivative_is_found_all_the_same(
    picture: Callable[..., np.ndarray],
    enrolled: Callable[..., Original],
    view: Callable[..., MediaView],
    overlays: Overlays,
) -> None:
    original = picture(103)
    examination = examine(enrolled(original), view(marked(original)), original_pixels=original, overlays=overlays)
    assert examination.conclusion.is_finding


def test_one_original_posted_fifty_times_stays_found(
    picture: Callable[..., np.ndarray], enrolled: Callable[..., Original], view: Callable[..., MediaView]
) -> None:
    original = picture(110)
    reposts = [compressed(original, 40 + number) for number in range(50)]
    overlays = find_overlays(corpus_of(view, reposts))
    assert overlays.overlays == ()
    examination = examine(enrolled(original), view(reposts[7]), original_pixels=original, overlays=overlays)
    assert examination.conclusion.is_finding


def test_derivatives_of_one_original_do_not_make_it_an_overlay(
    picture: Callable[..., np.ndarray], view: Callable[..., MediaView]
) -> None:
    original = picture(111)
    made = []
    for number in range(6):
        edited = original.copy()
        edited[40 * number : 40 * number + 110, 80:240] = picture(120 + number)[:110, :160]
        made.append(compressed(edited, 75))
    assert find_overlays(corpus_of(view, made)).overlays == ()


def test_two_pictures_with_one_mark_are_too_few(
    picture: Callable[..., np.ndarray], view: Callable[..., MediaView]
) -> None:
    assert find_overlays(corpus_of(view, [marked(picture(seed)) for seed in (1, 2)])).overlays == ()


def test_the_order_of_the_corpus_does_not_matter(
    picture: Callable[..., np.ndarray], view: Callable[..., MediaView], overlays: Overlays
) -> None:
    turned = corpus_of(view, [marked(picture(seed)) for seed in range(105, 99, -1)])
    assert find_overlays(turned).digest == overlays.digest


def test_overlays_survive_being_stored(
    overlays: Overlays, picture: Callable[..., np.ndarray], features: Callable[..., Features]
) -> None:
    again = Overlays.from_bytes(overlays.to_bytes())
    assert again.digest == overlays.digest
    seen = features(marked(picture(130)))
    for mine, theirs in zip(overlays.exclusion(seen), again.exclusion(seen), strict=True):
        assert np.array_equal(mine, theirs)


@pytest.mark.parametrize("damage", [b"", b"\x00\x00\x00\x00", b"abcdefgh" * 9])
def test_damaged_overlays_are_refused(damage: bytes) -> None:
    with pytest.raises(PackError, match="overlays"):
        Overlays.from_bytes(damage)


def test_no_pictures_have_no_overlays(features: Callable[..., Features]) -> None:
    overlays = find_overlays([])
    assert overlays.overlays == ()
    mask, ids = overlays.exclusion(features(np.full((64, 64, 3), 9, np.uint8)))
    assert (len(mask), ids) == (0, ())


def test_a_mark_on_an_enrolled_photograph_and_two_pictures_is_an_overlay(
    picture: Callable[..., np.ndarray], view: Callable[..., MediaView]
) -> None:
    first, *posted = corpus_of(view, [marked(picture(seed)) for seed in (140, 141, 142)])
    own = dataclasses.replace(first, enrolled=True)
    assert find_overlays(posted).overlays == ()
    assert find_overlays([own, *posted]).overlays


def test_an_enrolled_photograph_is_of_one_cluster_with_what_was_made_from_it(
    picture: Callable[..., np.ndarray], view: Callable[..., MediaView]
) -> None:
    original = picture(143)
    made = []
    for number in range(2):
        edited = original.copy()
        edited[:, 200 * number : 200 * number + 260] = picture(144 + number)[:, :260]
        made.append(compressed(edited, 75))
    first, *posted = corpus_of(view, [original, *made])
    assert find_overlays([dataclasses.replace(first, enrolled=True), *posted]).overlays == ()


def test_a_backdrop_of_enrolled_photographs_alone_is_no_overlay(
    picture: Callable[..., np.ndarray], view: Callable[..., MediaView]
) -> None:
    own = corpus_of(view, [marked(picture(seed)) for seed in (146, 147, 148)])
    assert find_overlays(dataclasses.replace(each, enrolled=True) for each in own).overlays == ()
