"""The second look: what was made from a photograph agrees better with it as shown; another exposure does not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np
import pytest

from takeback.bench.attacks import attack, compressed
from takeback.matching import look as room
from takeback.matching.as_shown import as_shown
from takeback.matching.examine import MediaView, examine
from takeback.matching.exposure import Fit, hinges_on_few, is_blunt, is_this_one, may_agree_better
from takeback.matching.geometry import project
from takeback.matching.look import Look, Pair, look_until_told
from takeback.matching.motion import Motion
from takeback.matching.pairing import match_pair
from takeback.matching.registration import Registration, register
from takeback.matching.structure import grey
from takeback.model.original import Original
from takeback.model.signal import Features


def motion(together: float, error: float, moved: float) -> Motion:
    return Motion(together=together, error=error, moved=moved)


EXACT = Registration(
    blocks=120, matched=120, likeness=0.994, scatter=0.2, excess=1.5, strays=0.02, motion=motion(0.12, 0.02, 0.0)
)
FIT = Fit(inliers=90, again=0.6, bend=0.0, crosswise=0.0, goes_on=0.0, covered=0.99, beyond=0.0, score=300.0)


def everywhere(pixels: np.ndarray) -> np.ndarray:
    return np.ones(pixels.shape[:2], bool)


def unlikeness(left: np.ndarray, right: np.ndarray) -> float:
    where = everywhere(left)
    return 1 - register(grey(left), grey(right), where, where).likeness


def smeared(pixels: np.ndarray, length: int = 9) -> np.ndarray:
    kernel = np.zeros((length, length), np.float32)
    cv2.line(kernel, (0, length - 2), (length - 1, 1), 1.0, 1)
    return cv2.filter2D(pixels, -1, kernel / kernel.sum())


def curved(pixels: np.ndarray) -> np.ndarray:
    levels = np.clip((np.arange(256) / 255 - 0.5) * 2.2 + 0.5, 0, 1) ** 1.5
    return np.rint(levels * 255).astype(np.uint8)[pixels]


@pytest.mark.parametrize("change", [smeared, curved], ids=["smeared", "curved and clipped"])
def test_the_original_as_shown_is_much_more_like_what_was_made_from_it(
    picture: Callable[[int], np.ndarray], change: Callable[[np.ndarray], np.ndarray]
) -> None:
    original = picture(61)
    media = compressed(change(original), 85)
    shown = as_shown(original, media, everywhere(original))
    assert unlikeness(shown, media) < 0.3 * unlikeness(original, media)


def test_the_original_as_shown_is_no_more_like_another_picture(picture: Callable[[int], np.ndarray]) -> None:
    original, other = picture(62), picture(63)
    shown = as_shown(original, other, everywhere(original))
    left, right = (np.corrcoef(grey(each).ravel(), grey(other).ravel())[0, 1] for each in (original, shown))
    assert right < max(left, 0) + 0.25


def test_one_filter_for_all_moves_no_thing_against_another(picture: Callable[[int], np.ndarray]) -> None:
    original = picture(64)
    media = original.copy()
    media[:, 240:] = cv2.warpAffine(
        original, np.float32([[1, 0, 0.5], [0, 1, 0]]), (480, 360), borderMode=cv2.BORDER_REFLECT
    )[:, 240:]
    where = everywhere(original)
    shown = as_shown(original, media, where)
    seen = register(grey(shown), grey(media), where, where).motion
    assert seen.together > 0.05
    assert seen.certainty > 6


def test_where_little_is_the_same_the_original_stays_as_it_is(picture: Callable[[int], np.ndarray]) -> None:
    original = picture(65)
    where = np.zeros(original.shape[:2], bool)
    where[:20, :20] = True
    assert np.array_equal(as_shown(original, original, where), original)


def test_a_second_look_wants_less_movement_fewer_strays_and_the_same_blocks() -> None:
    again = replace(FIT, again_looked=True)
    leaning = replace(EXACT, likeness=0.998, excess=0.85, scatter=0.08, motion=motion(0.05, 0.011, 0.0))
    assert is_this_one(leaning, FIT, 0.0)
    assert not is_this_one(leaning, again, 0.0)
    still = replace(leaning, motion=motion(0.04, 0.011, 0.0))
    assert is_this_one(still, again, 0.0)
    assert not is_this_one(replace(still, strays=0.04), again, 0.0)
    assert is_this_one(replace(still, strays=0.04), FIT, 0.0)
    rough = replace(still, likeness=0.99)
    assert is_this_one(rough, again, 0.1)
    assert is_this_one(rough, FIT, 0.22)
    assert not is_this_one(rough, again, 0.22)
    few = replace(still, likeness=0.991)
    assert hinges_on_few(few, replace(FIT, inliers=30), 0.0)
    assert not hinges_on_few(few, replace(again, inliers=30), 0.0)


@pytest.mark.parametrize(
    "worse",
    [
        {"likeness": 0.9},
        {"excess": 3.0},
        {"scatter": 0.5},
        {"strays": 0.2},
        {"carried": 0.1},
        {"motion": motion(0.12, 0.02, 0.1)},
    ],
    ids=lambda worse: next(iter(worse)),
)
def test_only_what_may_agree_better_is_looked_at_twice(worse: dict[str, object]) -> None:
    assert may_agree_better(EXACT, FIT, 0.0)
    assert not may_agree_better(replace(EXACT, **worse), FIT, 0.0)


def test_what_could_not_be_the_photograph_however_well_it_agreed_is_not_looked_at_twice() -> None:
    assert not may_agree_better(EXACT, replace(FIT, goes_on=0.9, covered=0.5), 0.0)
    assert may_agree_better(EXACT, replace(FIT, bend=0.3, crosswise=0.2), 0.0)
    assert not may_agree_better(EXACT, replace(FIT, bend=0.6, crosswise=0.1), 0.0)


BLUNT = replace(EXACT, likeness=0.94, scatter=0.3, motion=motion(0.03, 0.03, 0.0))


@pytest.mark.parametrize(
    "sharp",
    [
        {"motion": motion(0.01, 0.009, 0.0)},
        {"motion": motion(0.13, 0.03, 0.0)},
        {"motion": motion(0.03, 0.03, 0.02)},
        {"carried": 0.1},
        {"matched": 19},
    ],
    ids=["would have seen it", "saw it", "saw parts of it", "carried off", "hardly a block"],
)
def test_only_a_look_that_saw_no_movement_and_would_not_have_is_blunt(sharp: dict[str, object]) -> None:
    assert is_blunt(BLUNT, FIT)
    assert not is_blunt(replace(BLUNT, **sharp), FIT)
    assert not is_blunt(BLUNT, replace(FIT, bend=0.2))


def test_what_a_smaller_look_sees_is_added_to_what_the_first_one_saw() -> None:
    smaller = replace(FIT, leaned=0.0)
    leaning = replace(EXACT, likeness=0.97, excess=0.9, scatter=0.1, strays=0.0, motion=motion(0.05, 0.018, 0.0))
    assert is_this_one(leaning, smaller, 0.0)
    assert is_this_one(leaning, replace(smaller, leaned=-3.0), 0.0)
    assert not is_this_one(leaning, replace(smaller, leaned=2.0), 0.0)
    assert is_this_one(replace(leaning, motion=motion(0.02, 0.018, 0.0)), replace(smaller, leaned=3.5), 0.0)
    assert not is_this_one(replace(leaning, motion=motion(0.07, 0.018, 0.0)), smaller, 0.0)
    assert not is_this_one(replace(leaning, motion=motion(0.0, 0.05, 0.0)), smaller, 0.0)
    same = replace(leaning, likeness=0.998, motion=motion(0.0, 0.018, 0.0))
    assert is_this_one(same, FIT, 0.22)
    assert is_this_one(same, smaller, 0.18)
    assert not is_this_one(same, smaller, 0.22)
    assert is_this_one(replace(leaning, excess=1.25), FIT, 0.0)
    assert not is_this_one(replace(leaning, excess=1.25), smaller, 0.0)


def test_blocks_that_keep_their_places_better_than_their_looks_may_be_a_still_cameras() -> None:
    ground = replace(EXACT, likeness=0.975, scatter=0.05, excess=0.7, strays=0.0, motion=motion(0.0, 0.008, 0.0))
    again = replace(FIT, again=0.35)
    assert not is_this_one(ground, again, 0.05)
    assert is_this_one(ground, FIT, 0.05)
    assert is_this_one(replace(ground, likeness=0.99), again, 0.05)
    assert is_this_one(replace(ground, excess=0.9), again, 0.05)
    assert is_this_one(replace(ground, motion=motion(0.0, 0.012, 0.0)), again, 0.05)


@pytest.fixture
def looked(enrolled: Callable[..., Original], features: Callable[..., Features]) -> Callable[..., list[Look]]:
    """All looks at a picture that `look_until_told` took, the one that it kept last."""

    def looks(original: np.ndarray, media: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> list[Look]:
        own, taken = enrolled(original), []
        candidate = match_pair(own, features(media))
        assert candidate is not None
        again = room._again

        def spied(*asked: object, **how: object) -> Look:
            taken.append(again(*asked, **how))
            return taken[-1]

        monkeypatch.setattr(room, "_again", spied)
        pair = Pair(original=own.features, media=features(media), pixels=media, excluded=None)
        kept = look_until_told(pair, original, candidate)
        return [*taken, kept]

    return looks


def test_a_smeared_picture_is_found_at_the_second_look(
    picture: Callable[..., np.ndarray], looked: Callable[..., list[Look]], monkeypatch: pytest.MonkeyPatch
) -> None:
    original = picture(66)
    media = compressed(smeared(original), 85)
    *again, kept = looked(original, media, monkeypatch)
    assert again, "the first look decided: this tests nothing"
    assert kept.fit.again_looked
    assert kept.judged.conclusion.is_finding
    assert any("one table a channel" in reason for reason in kept.judged.reasons)


def test_a_picture_that_the_first_look_decides_is_looked_at_once(
    picture: Callable[..., np.ndarray], looked: Callable[..., list[Look]], monkeypatch: pytest.MonkeyPatch
) -> None:
    original = picture(67)
    (kept,) = looked(original, compressed(original, 60), monkeypatch)
    assert not kept.fit.again_looked
    assert kept.judged.conclusion.is_finding
    assert not any("one table a channel" in reason for reason in kept.judged.reasons)


@pytest.mark.parametrize("name", ["curve", "contrast"])
def test_parts_that_moved_stay_moved_under_any_curve(
    picture: Callable[..., np.ndarray],
    looked: Callable[..., list[Look]],
    monkeypatch: pytest.MonkeyPatch,
    name: str,
) -> None:
    original = picture(68)
    moved = original.copy()
    moved[:, 200:] = cv2.warpAffine(
        original, np.float32([[1, 0, 0.4], [0, 1, 0.2]]), (480, 360), borderMode=cv2.BORDER_REFLECT
    )[:, 200:]
    media = attack(name, moved, original, strength=0.8, rng=np.random.default_rng(5)).pixels
    assert not looked(original, compressed(media, 85), monkeypatch)[-1].judged.conclusion.is_finding


def noisy(pixels: np.ndarray) -> np.ndarray:
    grain = np.random.default_rng(4).normal(0, 60, pixels.shape)
    return compressed(np.clip(pixels + grain, 0, 255).astype(np.uint8), 85)


def test_a_photograph_of_a_screen_is_found_at_a_smaller_size(
    picture: Callable[..., np.ndarray], looked: Callable[..., list[Look]], monkeypatch: pytest.MonkeyPatch
) -> None:
    original = picture(70, 640, 480)
    media = attack("screen_photo", original, original, strength=0.8, rng=np.random.default_rng(5)).pixels
    kept = looked(original, media, monkeypatch)[-1]
    assert kept.fit.is_smaller
    assert max(kept.aligned.original.shape) == 256
    assert kept.judged.conclusion.is_finding
    assert any("compared at a smaller size" in reason for reason in kept.judged.reasons)


@pytest.mark.parametrize("far", [0.8, 1.5])
def test_parts_that_moved_under_noise_stay_moved_at_any_size(
    picture: Callable[..., np.ndarray], looked: Callable[..., list[Look]], monkeypatch: pytest.MonkeyPatch, far: float
) -> None:
    original = picture(70, 640, 480)
    moved = original.copy()
    moved[:, 256:] = cv2.warpAffine(
        original, np.float32([[1, 0, far], [0, 1, far / 2]]), (640, 480), borderMode=cv2.BORDER_REFLECT
    )[:, 256:]
    kept = looked(original, noisy(moved), monkeypatch)[-1]
    assert not kept.judged.conclusion.is_finding
    assert not kept.fit.is_smaller


def test_what_went_on_beyond_the_frame_at_the_first_size_goes_on_at_a_smaller_one(
    picture: Callable[..., np.ndarray], enrolled: Callable[..., Original], features: Callable[..., Features]
) -> None:
    original = picture(69)
    own, media = enrolled(original), compressed(original, 60)
    pair = Pair(original=own.features, media=features(media), pixels=media, excluded=None)
    candidate = match_pair(own, pair.media)
    first = room._look(pair, original, candidate)
    assert first.fit.goes_on == 0
    beyond = replace(first, fit=replace(first.fit, goes_on=0.9))
    smaller = room._look(pair, original, candidate, longest=200, before=beyond)
    assert smaller.fit.goes_on == pytest.approx(0.9)
    assert room._again(pair, smaller, flat=False).fit.goes_on == pytest.approx(0.9)
    assert room._again(pair, beyond, flat=False).fit.goes_on == 0


def test_the_nearest_affinity_is_that_of_the_part_that_survives() -> None:
    tilted = np.array([[1.1, 0.05, 4.0], [0.02, 0.95, -3.0], [2e-4, -1e-4, 1.0]])
    where = np.zeros((360, 480), bool)
    where[100:220, 150:330] = True
    flat = room._affinity(tilted, where, (960, 720))
    inside = np.array([[320.0, 220.0], [640.0, 240.0], [480.0, 420.0], [340.0, 400.0]])
    assert np.abs(project(flat, inside) - project(tilted, inside)).max() < 6
    assert np.allclose(flat[2], (0, 0, 1))
    far = np.array([[0.0, 0.0], [950.0, 700.0]])
    assert np.abs(project(flat, far) - project(tilted, far)).max() > 20


def test_a_line_has_no_nearest_affinity() -> None:
    tilted = np.array([[1.1, 0.05, 4.0], [0.02, 0.95, -3.0], [2e-4, -1e-4, 1.0]])
    where = np.zeros((360, 480), bool)
    where[160] = True
    assert room._affinity(tilted, where, (960, 720)) is tilted
    assert room._affinity(tilted, ~where & where, (960, 720)) is tilted


@pytest.mark.parametrize("plain", ["original", "media"])
def test_letters_on_a_ground_that_is_plain_in_either_picture_tell_nothing(
    picture: Callable[..., np.ndarray],
    looked: Callable[..., list[Look]],
    monkeypatch: pytest.MonkeyPatch,
    plain: str,
) -> None:
    rich, even = picture(69), np.full((360, 480, 3), 190, np.uint8)
    look = looked(rich, compressed(rich, 80), monkeypatch)[-1]
    pair = {"original": rich, "media": rich} | {plain: even}
    shared = replace(look, aligned=replace(look.aligned, **pair)).shared(None)
    assert look.shared(None).fraction > 0.9
    assert shared.fraction < 0.1


def test_specks_are_taken_out_before_a_picture_is_compared(
    picture: Callable[..., np.ndarray], enrolled: Callable[..., Original], view: Callable[..., MediaView]
) -> None:
    original = picture(70)
    drawn = np.random.default_rng(8).random(original.shape[:2])
    specked = original.copy()
    specked[drawn < 0.03], specked[drawn > 0.97] = 0, 255
    examination = examine(enrolled(original), view(specked), original_pixels=original)
    assert examination.conclusion.is_finding
    assert float(examination.reasons[0].split()[-1].rstrip(".")) > 0.97
