"""What a comparison's numbers come to where few features agree: a flat ground that was photographed again."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from takeback.matching.alteration import Comparison
from takeback.matching.judgement import Fit, judge_pixels
from takeback.matching.motion import Motion
from takeback.matching.registration import Registration
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
    nothing = np.zeros((4, 4), bool)
    seen = Comparison(
        altered=nothing,
        overlay=nothing,
        through=nothing,
        unsure=nothing,
        held=nothing,
        blur=0.0,
        registration=registration,
    )
    return judge_pixels(seen, fit, altered=altered, overlay=0.0, surviving=0.98 - altered).conclusion


def test_few_features_of_many_may_be_another_exposure_of_a_flat_ground() -> None:
    assert conclusion(GROUND, FIT) is Conclusion.UNDECIDED


@pytest.mark.parametrize(
    ("registration", "fit"),
    [
        (GROUND, replace(FIT, again=0.85)),
        (replace(GROUND, excess=0.4, scatter=0.03), FIT),
        (GROUND, replace(FIT, inliers=60)),
    ],
    ids=["nearly all that there are", "each block sits exactly", "many features"],
)
def test_few_features_are_enough_where(registration: Registration, fit: Fit) -> None:
    assert conclusion(registration, fit) is Conclusion.COPY


def test_blocks_that_sit_exactly_are_not_enough_where_something_else_stands() -> None:
    assert conclusion(replace(GROUND, excess=0.4, scatter=0.03), FIT, altered=0.3) is Conclusion.UNDECIDED


def test_most_features_found_again_excuse_no_movement() -> None:
    moved = replace(GROUND, motion=Motion(together=0.2, error=0.01, moved=0.0))
    assert conclusion(moved, replace(FIT, again=0.9)) is Conclusion.SAME_SCENE


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
        (GROUND, 0.2, Conclusion.DERIVATIVE),
    ],
    ids=["loose", "exact", "nearly the same", "leaning together", "little differs"],
)
def test_one_ground_under_two_things_is_no_finding(
    registration: Registration, altered: float, expected: Conclusion | None
) -> None:
    found = conclusion(registration, replace(FIT, inliers=60, score=220.0), altered=altered)
    assert found is expected if expected else not found.is_finding
