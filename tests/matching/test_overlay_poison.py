"""What somebody who floods a corpus can do to the guard, and cannot."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import cv2
import numpy as np
import pytest

from takeback.bench.attacks import compressed
from takeback.matching.consensus import agree, correspond
from takeback.matching.overlay import CorpusPicture, Overlays, find_overlays
from takeback.model.digest import sha256_of
from takeback.model.signal import Features
from takeback.signals.pdq import PdqHasher

Picture = Callable[[int], np.ndarray]
Extract = Callable[[np.ndarray], Features]
WEAK = 12.0
"""Less than this score makes no finding, without pixels."""


def posted(pictures: Iterable[np.ndarray], features: Extract, *, enrolled: bool = False) -> list[CorpusPicture]:
    hasher = PdqHasher()
    return [
        CorpusPicture(
            sha256=sha256_of(each.tobytes()),
            signal=hasher.hash_pixels(each),
            features=features(each),
            enrolled=enrolled,
        )
        for each in pictures
    ]


def score(original: np.ndarray, media: np.ndarray, overlays: Overlays, features: Extract) -> float:
    """How well a picture agrees with an original once the known marks are left out."""
    view = features(media)
    left, right, _ = correspond(features(original), view, exclude_right=overlays.exclusion(view)[0])
    consensus = agree(features(original), view, (left, right))
    return 0.0 if consensus is None else consensus.score


def altered(original: np.ndarray, texture: np.ndarray) -> np.ndarray:
    edited = original.copy()
    edited[110:250, 160:320] = texture[110:250, 160:320]
    return compressed(edited, 75)


def pasted(ground: np.ndarray, piece: np.ndarray, left: int, top: int) -> np.ndarray:
    edited = ground.copy()
    edited[top : top + piece.shape[0], left : left + piece.shape[1]] = piece
    return compressed(edited, 80)


def test_one_original_posted_fifty_times_with_crops_stays_found(picture: Picture, features: Extract) -> None:
    original = picture(310)
    rng = np.random.default_rng(1)
    posts = []
    for number in range(50):
        top, left = (int(each) for each in rng.integers(0, 40, 2))
        posts.append(compressed(original[top : 360 - top // 2, left : 480 - left // 3], 40 + number))
    overlays = find_overlays([*posted([original], features, enrolled=True), *posted(posts, features)])
    assert overlays.overlays == ()
    assert score(original, posts[3], overlays, features) > WEAK


def test_a_flood_of_variants_of_one_fake_silences_nothing(picture: Picture, features: Extract) -> None:
    original = picture(311)
    fake = altered(original, picture(312))
    variants = []
    for number in range(16):
        edited = fake.copy()
        edited[:, 30 * (number % 8) : 30 * (number % 8) + 220] = picture(320 + number)[:, :220]
        variants.append(compressed(edited, 60 + number))
    overlays = find_overlays([*posted([original], features, enrolled=True), *posted([fake, *variants], features)])
    assert score(original, fake, overlays, features) > WEAK
    found = sum(score(original, each, overlays, features) > WEAK for each in variants)
    assert found == sum(score(original, each, find_overlays([]), features) > WEAK for each in variants)


def test_pieces_of_an_enrolled_photograph_on_unrelated_pictures_do_not_silence_it(
    picture: Picture, features: Extract
) -> None:
    original = picture(313)
    flood = [
        pasted(picture(1000 + 10 * row + 3 * column + number), original[top : top + 90, left : left + 120], left, top)
        for row, top in enumerate(range(0, 360, 90))
        for column, left in enumerate(range(0, 480, 120))
        for number in range(4)
    ]
    overlays = find_overlays([*posted([original], features, enrolled=True), *posted(flood, features)])
    assert overlays.exclusion(features(original))[0].mean() < 0.15
    assert score(original, altered(original, picture(314)), overlays, features) > WEAK


@pytest.mark.parametrize("factor", [1.0, 0.5])
def test_a_whole_enrolled_photograph_inside_unrelated_pictures_is_no_mark(
    picture: Picture, features: Extract, factor: float
) -> None:
    original = picture(315)
    inset = cv2.resize(original, None, fx=factor * 0.9, fy=factor * 0.9, interpolation=cv2.INTER_AREA)
    flood = [pasted(picture(700 + number), inset, 20, 30) for number in range(6)]
    overlays = find_overlays([*posted([original], features, enrolled=True), *posted(flood, features)])
    unguarded = find_overlays([])
    for each in flood:
        assert score(original, each, overlays, features) > 0.6 * score(original, each, unguarded, features) > WEAK


def test_a_small_piece_silences_no_more_than_itself(picture: Picture, features: Extract) -> None:
    original = picture(316)
    flood = [pasted(picture(800 + number), original[290:360, 340:480], 340, 290) for number in range(12)]
    overlays = find_overlays([*posted([original], features, enrolled=True), *posted(flood, features)])
    view = features(original)
    assert overlays.overlays
    places = view.frames[overlays.exclusion(view)[0], :2]
    assert (places > (250, 200)).all()
    assert score(original, altered(original, picture(317)), overlays, features) > WEAK
