"""What agrees is a tiled mark's where it stands again and again at one displacement, and something else differs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from takeback.matching.candidate import Candidate
from takeback.matching.doubts import TILED, judge_part
from takeback.matching.judgement import Judgement
from takeback.matching.lattice import is_tiled_mark, repeated_share
from takeback.matching.part import Shared
from takeback.model.finding import Conclusion
from takeback.model.signal import Features

PERIOD = np.array([90.0, 70.0])


def of(places: np.ndarray, looks: np.ndarray) -> Features:
    frames = np.column_stack((places, np.full((len(places), 2), (6.0, 0.3)))).astype(np.float32)
    return Features(frames=frames, descriptors=looks, width=640, height=480)


def scattered(count: int, seed: int) -> Features:
    rng = np.random.default_rng(seed)
    places = rng.uniform((0, 0), (640, 480), (count, 2))
    return of(places, rng.integers(0, 120, (count, 128)).astype(np.uint8))


def tiled(seed: int) -> Features:
    """Letters of one mark, five features of it, in six by six tiles."""
    rng = np.random.default_rng(seed)
    letters, looks = rng.uniform(0, 60, (5, 2)), rng.integers(0, 120, (5, 128)).astype(np.uint8)
    tiles = [PERIOD * (right, below) for right in range(6) for below in range(6)]
    places = np.concatenate([letters + tile for tile in tiles]) + rng.uniform(-0.5, 0.5, (180, 2))
    return of(places, np.concatenate([looks] * len(tiles)))


def both(first: Features, second: Features) -> Features:
    return replace(
        first,
        frames=np.concatenate((first.frames, second.frames)),
        descriptors=np.concatenate((first.descriptors, second.descriptors)),
    )


def agreement(numbers: np.ndarray) -> Candidate:
    pairs = np.column_stack((numbers, numbers))
    return Candidate(
        original="a",
        score=100.0,
        reflected=False,
        inliers=len(numbers),
        correspondences=pairs,
        agreeing=np.arange(len(numbers)),
        matrix=np.eye(3),
    )


def test_a_tiled_mark_stands_again_at_one_displacement_and_a_scene_does_not() -> None:
    assert repeated_share(tiled(1), np.arange(180)) > 0.7
    assert repeated_share(scattered(200, 2), np.arange(200)) == 0


def test_what_looks_alike_at_places_of_its_own_is_no_mark() -> None:
    """As coins or leaves do."""
    alike = replace(scattered(60, 3), descriptors=np.tile(scattered(1, 4).descriptors, (60, 1)))
    assert repeated_share(alike, np.arange(60)) < 0.25


def test_a_thing_that_is_there_twice_is_no_lattice_of_few() -> None:
    thing = scattered(5, 5)
    twice = both(thing, replace(thing, frames=thing.frames + np.array((200, 0, 0, 0), np.float32)))
    assert repeated_share(twice, np.arange(10)) == pytest.approx(1.0)
    assert repeated_share(twice, np.arange(5)) == 0


@pytest.mark.parametrize(("differing", "expected"), [(0.3, True), (0.05, False)])
def test_a_mark_over_two_pictures_is_told_only_where_something_differs(*, differing: float, expected: bool) -> None:
    mark = tiled(1)
    original, media = both(mark, scattered(150, 6)), both(mark, scattered(150, 7))
    assert is_tiled_mark(original, media, agreement(np.arange(180)), differing) is expected


def test_a_mark_is_none_of_those_that_agree_where_the_photograph_agrees_as_well() -> None:
    mark, scene = tiled(1), scattered(800, 8)
    agreeing = agreement(np.r_[np.arange(0, 180, 5), 180 + np.arange(800)])
    assert not is_tiled_mark(both(mark, scene), both(mark, scene), agreeing, 0.3)


def test_both_pictures_must_have_it_in_tiles() -> None:
    assert not is_tiled_mark(tiled(1), scattered(180, 9), agreement(np.arange(180)), 0.3)


def test_a_tiled_mark_holds_a_finding_back() -> None:
    judged = Judgement(conclusion=Conclusion.DERIVATIVE, reasons=("so",))
    whole = Shared(fraction=0.9, enclosed=1.0, in_place=None)
    assert judge_part(judged, whole) is judged
    held = judge_part(judged, whole, tiled=True)
    assert held.conclusion is Conclusion.UNDECIDED
    assert held.reasons == ("so", TILED)
