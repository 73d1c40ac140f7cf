"""What a comparison's numbers come to where few features agree: a flat ground that was photographed again."""

from __future__ import annotations

from dataclasses import replace

import pytest

from takeback.matching.doubts import FEW_BLOCKS, judge_part
from takeback.matching.exposure import Fit, hinges_on_few, shows_movement, with_same
from takeback.matching.judgement import CAVEAT, Judgement, judge_pixels
from takeback.matching.motion import UNTOLD, Motion
from takeback.matching.part import Shared
from takeback.matching.registration import Registration
from takeback.matching.same_features import SameFeatures
from takeback.model.finding import Conclusion

GROUND = Registration(
    blocks=110,
    matched=106,
    likeness=0.983,
    scatter=0.08,
    excess=1.0,
    strays=0.0,
    motion=Motion(together=0.02, error=0.01, moved=0.0),
)
FIT = Fit(inliers=44, again=0.58, bend=0.0, crosswise=0.0, goes_on=0.0, covered=0.99, beyond=0.0, score=193.0)


def conclusion(registration: Registration, fit: Fit, altered: float = 0.0) -> Conclusion:
    return judge_pixels(registration, fit, altered=altered, overlay=0.0, surviving=0.98 - altered).conclusion


def test_few_features_of_many_may_be_another_exposure_of_a_flat_ground() -> None:
    assert conclusion(GROUND, FIT) is Conclusion.UNDECIDED


@pytest.mark.parametrize(
    ("registration", "fit"),
    [
        (GROUND, replace(FIT, again=0.85)),
        (replace(GROUND, excess=0.4, scatter=0.03), FIT),
        (GROUND, replace(FIT, inliers=60)),
        (replace(GROUND, likeness=0.994), replace(FIT, again=0.3, beyond=0.3)),
    ],
    ids=["nearly all that there are", "each block sits exactly", "many features", "nearly the same, and more"],
)
def test_few_features_are_enough_where(registration: Registration, fit: Fit) -> None:
    assert conclusion(registration, fit) is Conclusion.COPY


def test_blocks_that_sit_exactly_are_not_enough_where_something_else_stands() -> None:
    assert conclusion(replace(GROUND, excess=0.4, scatter=0.03), FIT, altered=0.3) is Conclusion.UNDECIDED


def test_most_features_found_again_excuse_no_movement() -> None:
    moved = replace(GROUND, motion=Motion(together=0.2, error=0.01, moved=0.0))
    assert conclusion(moved, replace(FIT, again=0.9)) is Conclusion.SAME_SCENE


@pytest.mark.parametrize("way", [1, -1], ids=["together", "against each other"])
@pytest.mark.parametrize(
    ("together", "error", "excess", "expected"),
    [
        (0.04, 0.008, 0.98, Conclusion.UNDECIDED),
        (0.04, 0.008, 0.85, Conclusion.COPY),
        (0.04, 0.014, 0.98, Conclusion.COPY),
        (0.015, 0.003, 0.98, Conclusion.COPY),
    ],
    ids=["leaning", "blocks sit", "within the errors", "as resampled"],
)
def test_neighbours_that_lean_where_blocks_are_a_little_loose_are_another_exposures(
    *, way: int, together: float, error: float, excess: float, expected: Conclusion
) -> None:
    """As in rendered scenes whose depths moved by a pixel, which were called copies."""
    close = replace(
        GROUND, likeness=0.998, excess=excess, motion=Motion(together=way * together, error=error, moved=0.0)
    )
    assert conclusion(close, replace(FIT, inliers=150)) is expected


@pytest.mark.parametrize(("again", "expected"), [(0.2, Conclusion.UNDECIDED), (0.5, Conclusion.COPY)])
def test_few_features_in_a_picture_that_shows_more_are_enough_if_enough_of_them_are_the_same(
    again: float, expected: Conclusion
) -> None:
    small = replace(GROUND, likeness=0.91, motion=Motion(together=0.06, error=0.02, moved=0.0))
    assert conclusion(small, replace(FIT, inliers=12, again=again, covered=0.95, beyond=0.6, score=27.0)) is expected


@pytest.mark.parametrize(
    ("registration", "altered", "expected"),
    [
        (GROUND, 0.5, Conclusion.UNDECIDED),
        (replace(GROUND, excess=0.9), 0.5, Conclusion.DERIVATIVE),
        (replace(GROUND, likeness=0.997), 0.5, Conclusion.DERIVATIVE),
        (replace(GROUND, likeness=0.997, motion=Motion(together=0.04, error=0.01, moved=0.0)), 0.5, None),
        (GROUND, 0.28, Conclusion.UNDECIDED),
        (GROUND, 0.2, Conclusion.DERIVATIVE),
    ],
    ids=["loose", "exact", "nearly the same", "leaning together", "loose from a quarter on", "little differs"],
)
def test_one_ground_under_two_things_is_no_finding(
    registration: Registration, altered: float, expected: Conclusion | None
) -> None:
    found = conclusion(registration, replace(FIT, inliers=60, score=220.0), altered=altered)
    assert found is expected if expected else not found.is_finding


def test_few_features_round_much_that_differs_are_enough_only_where_a_small_movement_would_be_seen() -> None:
    floor = replace(GROUND, likeness=0.996, excess=0.82, motion=Motion(together=0.02, error=0.034, moved=0.0))
    few = replace(FIT, inliers=16, again=0.1)
    assert conclusion(floor, few, altered=0.45) is Conclusion.UNDECIDED
    assert conclusion(floor, few, altered=0.3) is Conclusion.DERIVATIVE
    assert conclusion(floor, replace(few, inliers=60), altered=0.45) is Conclusion.DERIVATIVE
    sharp = replace(floor, motion=Motion(together=0.02, error=0.02, moved=0.0))
    assert conclusion(sharp, few, altered=0.45) is Conclusion.DERIVATIVE


def test_marks_beside_few_features_need_more_of_them_to_be_the_same() -> None:
    inset = replace(FIT, inliers=23, covered=0.95, beyond=0.6, score=70.0)
    sharp = replace(GROUND, likeness=0.977, motion=Motion(together=0.04, error=0.02, moved=0.0))
    assert conclusion(sharp, replace(inset, again=0.5), altered=0.15).is_finding
    assert not conclusion(sharp, replace(inset, again=0.4), altered=0.15).is_finding
    assert not conclusion(sharp, replace(inset, again=0.5), altered=0.3).is_finding


def test_what_is_rough_and_leans_a_little_is_one_ground_where_much_differs() -> None:
    leaning = replace(GROUND, excess=0.7, motion=Motion(together=0.025, error=0.01, moved=0.0))
    many = replace(FIT, inliers=60, score=220.0)
    assert conclusion(leaning, many, altered=0.4) is Conclusion.DERIVATIVE
    rough = replace(leaning, likeness=0.967)
    assert conclusion(rough, many, altered=0.25) is Conclusion.UNDECIDED
    assert conclusion(rough, many, altered=0.15) is Conclusion.DERIVATIVE
    assert conclusion(replace(rough, motion=GROUND.motion), many, altered=0.25) is Conclusion.DERIVATIVE
    saved = replace(GROUND, likeness=0.9995, excess=0.5, motion=Motion(together=0.029, error=0.007, moved=0.0))
    assert conclusion(saved, many, altered=0.4) is Conclusion.DERIVATIVE
    assert conclusion(replace(saved, likeness=0.998), many, altered=0.4) is Conclusion.UNDECIDED


@pytest.mark.parametrize(
    ("change", "fit"),
    [
        ({}, {}),
        ({"excess": 1.05}, {}),
        ({"strays": 0.03}, {}),
        ({"likeness": 0.99}, {}),
        ({"motion": Motion(together=-0.02, error=0.01, moved=0.05)}, {}),
        ({}, {"bend": 1.9, "crosswise": 1.8}),
        ({}, {"crosswise": 1.6}),
    ],
    ids=["as it is", "loose", "strays", "unlike", "parts elsewhere", "bent less", "bent one way more"],
)
def test_a_sheet_bent_far_may_be_compressed_where_its_blocks_then_sit(
    change: dict[str, float | Motion], fit: dict[str, float]
) -> None:
    still = Motion(together=-0.02, error=0.01, moved=0.0)
    sheet = replace(GROUND, blocks=250, matched=247, likeness=0.996, excess=0.9, scatter=0.1, strays=0.01, motion=still)
    bent = replace(FIT, inliers=110, bend=2.4, crosswise=2.1)
    found = conclusion(replace(sheet, **change), replace(bent, **fit)).is_finding
    assert found is (not change and not fit)


@pytest.mark.parametrize(("matched", "error", "told"), [(39, 0.018, False), (40, 0.018, True), (39, 0.015, True)])
def test_few_blocks_and_few_features_tell_a_smooth_ground_only_where_a_movement_would_be_seen(
    matched: int, error: float, *, told: bool
) -> None:
    smooth = replace(GROUND, blocks=60, matched=matched, likeness=0.998, excess=0.9, scatter=0.05, strays=0.0)
    smooth = replace(smooth, motion=Motion(together=0.0, error=error, moved=0.0))
    assert conclusion(smooth, replace(FIT, inliers=20, again=0.8)).is_finding is told
    assert conclusion(smooth, replace(FIT, inliers=60, again=0.8)).is_finding
    again = replace(FIT, inliers=20, again=0.8, again_looked=True)
    assert conclusion(smooth, again).is_finding is (matched >= 40)


@pytest.mark.parametrize("rough", [{"bend": 2.4, "crosswise": 2.1}, {"leaned": 0.0}], ids=["a sheet", "a smaller size"])
def test_what_is_seen_roughly_must_differ_in_more_to_be_called_altered(rough: dict[str, float]) -> None:
    seen = replace(GROUND, blocks=250, matched=250, likeness=0.999, excess=0.7, scatter=0.03, strays=0.0)
    seen = replace(seen, motion=Motion(together=0.0, error=0.01, moved=0.0))
    fit = replace(FIT, inliers=160)
    assert conclusion(seen, fit, altered=0.04) is Conclusion.DERIVATIVE
    assert conclusion(seen, replace(fit, **rough), altered=0.04) is Conclusion.COPY
    assert conclusion(seen, replace(fit, **rough), altered=0.06) is Conclusion.DERIVATIVE


STILL = Motion(together=0.01, error=0.005, moved=0.0)


@pytest.mark.parametrize(
    ("change", "fit"),
    [
        ({}, {}),
        ({"excess": 0.9}, {}),
        ({"likeness": 0.9975}, {}),
        ({"strays": 0.02}, {}),
        ({"motion": replace(STILL, moved=0.011)}, {}),
        ({"motion": replace(STILL, together=0.04)}, {}),
        ({}, {"crosswise": 0.3}),
        ({}, {"bend": 0.3, "crosswise": 0.25}),
        ({}, {"goes_on": 0.4}),
    ],
    ids=["as it is", "loose", "unlike", "strays", "parts elsewhere", "leaning", "one way", "hardly bent", "goes on"],
)
def test_of_a_sheet_bent_gently_hardly_anything_is_left(
    change: dict[str, float | Motion], fit: dict[str, float]
) -> None:
    sheet = replace(GROUND, blocks=350, matched=350, likeness=0.999, excess=0.7, scatter=0.03, motion=STILL)
    bent = replace(FIT, inliers=160, bend=0.7, crosswise=0.4)
    found = conclusion(replace(sheet, **change), replace(bent, **fit)).is_finding
    assert found is (not change and not fit)


def test_a_sheet_bent_gently_and_unlike_is_none_however_far_both_ways() -> None:
    sheet = replace(GROUND, blocks=350, matched=350, likeness=0.997, excess=0.7, scatter=0.03, motion=STILL)
    assert not conclusion(sheet, replace(FIT, inliers=160, bend=0.5, crosswise=0.44)).is_finding


def test_a_sheet_that_is_bent_farther_may_be_bent_one_way_mostly_where_it_lies_flat() -> None:
    sheet = replace(GROUND, blocks=350, matched=350, likeness=0.9985, excess=1.0, scatter=0.03, motion=STILL)
    bent = replace(FIT, inliers=160, bend=1.8, crosswise=0.6)
    assert conclusion(sheet, bent) is Conclusion.COPY
    assert not conclusion(sheet, replace(bent, crosswise=0.5)).is_finding
    assert not conclusion(sheet, replace(bent, bend=1.4, crosswise=0.5)).is_finding
    assert not conclusion(replace(sheet, strays=0.02), bent).is_finding
    assert not conclusion(replace(sheet, likeness=0.9975), bent).is_finding


def test_a_sheet_that_is_bent_far_may_stray_where_nothing_moves_together() -> None:
    sheet = replace(GROUND, blocks=250, matched=250, likeness=0.998, excess=2.0, strays=0.08, motion=STILL)
    bent = replace(FIT, inliers=160, bend=4.0, crosswise=3.0)
    assert conclusion(sheet, bent) is Conclusion.COPY
    together = replace(STILL, together=0.058)
    assert not conclusion(replace(sheet, motion=together), bent).is_finding
    assert not conclusion(replace(sheet, motion=replace(STILL, moved=0.04)), bent).is_finding
    assert not conclusion(replace(sheet, excess=2.8), bent).is_finding


def test_a_screen_may_leave_places_rough_where_the_least_movement_would_be_seen() -> None:
    screen = replace(
        GROUND,
        blocks=600,
        matched=600,
        likeness=0.993,
        excess=1.8,
        scatter=0.17,
        motion=Motion(together=0.0, error=0.008, moved=0.0),
    )
    many = replace(FIT, inliers=90)
    assert conclusion(screen, many) is Conclusion.COPY
    assert not conclusion(replace(screen, likeness=0.987), many).is_finding
    assert not conclusion(screen, many, altered=0.1).is_finding
    assert not conclusion(replace(screen, motion=Motion(together=0.0, error=0.018, moved=0.0)), many).is_finding


@pytest.mark.parametrize(
    ("found", "of", "excess", "expected"),
    [(105, 156, 1.0, True), (76, 134, 1.0, False), (62, 117, 0.75, True), (40, 44, 1.0, False)],
    ids=["most are the same", "fewer", "fewer, but each block sits", "hardly any there"],
)
def test_where_few_features_agree_those_in_one_frame_decide(
    found: int, of: int, excess: float, *, expected: bool
) -> None:
    inset = replace(GROUND, likeness=0.985, excess=excess)
    fit = replace(FIT, inliers=30, again=0.3, covered=0.95, beyond=0.8, score=80.0)
    assert hinges_on_few(inset, fit, 0.0)
    assert conclusion(inset, with_same(inset, fit, SameFeatures(found=found, of=of))).is_finding is expected


def test_nothing_hinges_on_few_features_where_parts_moved_or_many_agree() -> None:
    few = replace(FIT, inliers=30, again=0.3, beyond=0.8)
    assert not hinges_on_few(replace(GROUND, motion=Motion(together=0.2, error=0.01, moved=0.0)), few, 0.0)
    assert not hinges_on_few(GROUND, replace(few, inliers=60), 0.0)


def test_a_marks_letters_do_not_count_as_features_of_the_photograph_where_much_differs() -> None:
    few = replace(FIT, inliers=30, again=0.3, covered=0.95, beyond=0.8, score=80.0)
    assert hinges_on_few(replace(GROUND, likeness=0.985), few, 0.15)
    assert not hinges_on_few(replace(GROUND, likeness=0.985), few, 0.3)


def test_the_letters_of_a_mark_on_two_plain_grounds_are_no_finding_however_exactly_they_sit() -> None:
    letters = replace(GROUND, blocks=11, matched=10, likeness=0.998, excess=0.5, scatter=0.02, motion=UNTOLD)
    assert not shows_movement(letters, 0.53)
    assert shows_movement(letters, 0.02)
    assert shows_movement(replace(letters, motion=GROUND.motion), 0.53)
    whole = Shared(fraction=0.9, enclosed=1.0, in_place=None)
    derivative = Judgement(conclusion=Conclusion.DERIVATIVE, reasons=("Alike.", CAVEAT))
    held = judge_part(derivative, whole, told=False)
    assert held == Judgement(conclusion=Conclusion.UNDECIDED, reasons=("Alike.", FEW_BLOCKS))
    assert judge_part(derivative, whole) == derivative
