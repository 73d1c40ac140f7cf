from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from takeback.bench.attacks import compressed
from takeback.matching.doubts import AWAY, FEW_BLOCKS, ONE_SIDE
from takeback.matching.examine import MediaView, examine
from takeback.matching.judgement import CAVEAT
from takeback.matching.part import bounds, on_plain_ground, shared_part
from takeback.model.consent import Region
from takeback.model.finding import Conclusion, Examination, PersonRegion
from takeback.model.original import Original

Edit = Callable[[np.ndarray, np.ndarray], np.ndarray]
WIDE, HIGH = 480, 360


def captioned(own: np.ndarray, shared: np.ndarray) -> np.ndarray:
    made = own.copy()
    made[300:] = 20
    cv2.putText(made, "join us at @made_up_channel", (8, 325), cv2.FONT_HERSHEY_SIMPLEX, 0.8, (255, 255, 255), 2)
    cv2.putText(made, "daily updates and more pictures", (8, 352), cv2.FONT_HERSHEY_SIMPLEX, 0.7, (255, 255, 255), 2)
    return made


def with_code(own: np.ndarray, shared: np.ndarray) -> np.ndarray:
    made = own.copy()
    bits = np.random.default_rng(7).integers(0, 2, (29, 29)).astype(np.uint8) * 255
    made[20:194, 20:194] = cv2.resize(bits, (174, 174), interpolation=cv2.INTER_NEAREST)[:, :, None]
    return made


def with_inset(own: np.ndarray, shared: np.ndarray) -> np.ndarray:
    made = own.copy()
    made[:180, :240] = cv2.resize(shared, (240, 180))
    return made


def half_of_a_collage(own: np.ndarray, shared: np.ndarray) -> np.ndarray:
    return np.hstack([cv2.resize(own, (240, 360)), cv2.resize(shared, (240, 360))])


def on_a_screen(own: np.ndarray, shared: np.ndarray) -> np.ndarray:
    made = np.full((HIGH, WIDE, 3), 245, np.uint8)
    made[90:250, 90:390] = cv2.resize(own, (300, 160))
    for text, row in (
        ("Gallery  12:45", 30),
        ("Like Comment Share", 285),
        ("Followed by 3,401", 315),
        ("View all", 345),
    ):
        cv2.putText(made, text, (10, row), cv2.FONT_HERSHEY_SIMPLEX, 0.8, (10, 10, 10), 2)
    return made


SHARED_PARTS = [captioned, with_code, with_inset, half_of_a_collage, on_a_screen]
PERSON = {
    captioned: Region(left=0.2, top=0.1, right=0.8, bottom=0.65),
    with_code: Region(left=0.6, top=0.6, right=0.95, bottom=0.95),
    with_inset: Region(left=0.65, top=0.6, right=0.95, bottom=0.95),
    half_of_a_collage: Region(left=0.05, top=0.1, right=0.35, bottom=0.9),
    on_a_screen: Region(left=0.35, top=0.35, right=0.65, bottom=0.6),
}


@pytest.fixture
def concluded(
    picture: Callable[[int], np.ndarray], enrolled: Callable[..., Original], view: Callable[..., MediaView]
) -> Callable[..., Examination]:
    def conclude(edit: Edit, region: Region | None, *, pixels: bool = True) -> Examination:
        original, media = (edit(picture(seed), picture(203)) for seed in (201, 202))
        return examine(
            enrolled(original, region=region),
            view(compressed(media, 85), with_pixels=pixels),
            original_pixels=original if pixels else None,
        )

    return conclude


@pytest.mark.parametrize("edit", SHARED_PARTS)
def test_unrelated_pictures_that_share_a_part_are_no_finding(concluded: Callable[..., Examination], edit: Edit) -> None:
    examination = concluded(edit, None)
    assert examination.alignment is not None
    assert examination.conclusion is Conclusion.UNDECIDED
    assert ONE_SIDE in examination.reasons
    assert CAVEAT not in examination.reasons
    assert not concluded(edit, None, pixels=False).conclusion.is_finding


def test_the_few_letters_of_a_shared_caption_are_named_as_too_few_to_tell(
    concluded: Callable[..., Examination],
) -> None:
    assert FEW_BLOCKS in concluded(captioned, None).reasons


@pytest.mark.parametrize("edit", SHARED_PARTS)
def test_a_part_away_from_the_person_says_nothing_about_the_person(
    concluded: Callable[..., Examination], edit: Edit
) -> None:
    examination = concluded(edit, PERSON[edit])
    assert examination.conclusion is Conclusion.UNDECIDED
    assert AWAY in examination.reasons
    assert examination.person_region is PersonRegion.UNTOUCHED
    assert not any("touches the region" in each for each in examination.reasons)


@pytest.mark.parametrize("share", [0.3, 0.45])
@pytest.mark.parametrize("place", [(0.5, 0.5), (0.0, 0.5), (0.5, 1.0)])
def test_surroundings_on_several_sides_keep_a_large_replaced_region_a_derivative(
    picture: Callable[[int], np.ndarray],
    enrolled: Callable[..., Original],
    view: Callable[..., MediaView],
    share: float,
    place: tuple[float, float],
) -> None:
    original, media = picture(211), picture(211).copy()
    wide, high = round(WIDE * share**0.5), round(HIGH * share**0.5)
    left, top = round((WIDE - wide) * place[0]), round((HIGH - high) * place[1])
    media[top : top + high, left : left + wide] = picture(212)[:high, :wide]
    region = Region(left=left / WIDE, top=top / HIGH, right=(left + wide) / WIDE, bottom=(top + high) / HIGH)
    inner = Region(left=0.42, top=0.4, right=0.58, bottom=0.6) if place == (0.5, 0.5) else region
    for person in (None, region, inner):
        examination = examine(
            enrolled(original, region=person), view(compressed(media, 80)), original_pixels=original, tested=1000
        )
        assert examination.conclusion is Conclusion.DERIVATIVE
        assert examination.person_region is (PersonRegion.ALTERED if person else PersonRegion.NOT_MARKED)
        assert CAVEAT in examination.reasons


def test_a_small_part_cut_out_stays_a_copy_of_it(
    picture: Callable[[int], np.ndarray], enrolled: Callable[..., Original], view: Callable[..., MediaView]
) -> None:
    original = picture(213)
    media = np.ascontiguousarray(original[40:220, 60:300])
    region = Region(left=0.2, top=0.2, right=0.4, bottom=0.5)
    examination = examine(enrolled(original, region=region), view(media), original_pixels=original)
    assert (examination.conclusion, examination.person_region) == (Conclusion.COPY, PersonRegion.SURVIVES)


def test_a_part_cut_out_away_from_the_person_is_undecided(
    picture: Callable[[int], np.ndarray], enrolled: Callable[..., Original], view: Callable[..., MediaView]
) -> None:
    original = picture(214)
    media = np.ascontiguousarray(original[:, 260:])
    region = Region(left=0.05, top=0.2, right=0.3, bottom=0.9)
    examination = examine(enrolled(original, region=region), view(media), original_pixels=original)
    assert (examination.conclusion, examination.reasons[-2]) == (Conclusion.UNDECIDED, AWAY)


def test_the_person_in_one_half_of_a_collage_is_found(
    picture: Callable[[int], np.ndarray], enrolled: Callable[..., Original], view: Callable[..., MediaView]
) -> None:
    original = picture(215)
    media = np.hstack([original, picture(216)])
    region = Region(left=0.3, top=0.2, right=0.6, bottom=0.9)
    examination = examine(enrolled(original, region=region), view(media), original_pixels=original)
    assert (examination.conclusion, examination.person_region) == (Conclusion.COPY, PersonRegion.SURVIVES)


def test_the_ring_round_a_region_has_its_area_and_stays_in_the_picture() -> None:
    region = Region(left=0.4, top=0.4, right=0.6, bottom=0.6)
    rows, columns = bounds(region, (1000, 1000), ring=True)
    area = (rows.stop - rows.start) * (columns.stop - columns.start)
    assert area == pytest.approx(2 * 200 * 200, rel=0.03)
    rows, columns = bounds(Region(left=0.0, top=0.9, right=1.0, bottom=1.0), (100, 50), ring=True)
    assert (rows.stop, columns) == (100, slice(0, 50))


def masks(*boxes: tuple[int, int, int, int]) -> tuple[np.ndarray, np.ndarray]:
    """What survives: the boxes (top, left, bottom, right) of a frame of 120 by 160; and the rest, which is altered."""
    surviving = np.zeros((120, 160), bool)
    for top, left, bottom, right in boxes:
        surviving[top:bottom, left:right] = True
    return surviving, ~surviving


@pytest.mark.parametrize(
    ("boxes", "alone"),
    [
        ([(105, 0, 120, 160)], True),
        ([(0, 0, 120, 75)], True),
        ([(0, 0, 60, 80)], True),
        ([(35, 50, 85, 110)], True),
        ([(0, 0, 120, 100)], False),
        ([(0, 0, 25, 160), (95, 0, 120, 160)], False),
        ([(0, 0, 120, 30), (0, 0, 40, 160)], False),
        ([(0, 0, 120, 160)], False),
    ],
)
def test_a_part_alone_is_told_from_surroundings_by_its_place(
    boxes: list[tuple[int, int, int, int]], *, alone: bool
) -> None:
    surviving, altered = masks(*boxes)
    assert shared_part(surviving, altered, surviving, None).is_part_alone is alone


def test_strokes_on_a_plain_ground_tell_no_photograph_and_texture_beside_it_does(
    picture: Callable[[int], np.ndarray],
) -> None:
    page = on_a_screen(picture(217), picture(217))
    everywhere = np.ones(page.shape[:2], bool)
    plain = on_plain_ground(page, everywhere)
    assert plain[:80].all()
    assert not plain[110:230, 110:370].any()
    assert not on_plain_ground(picture(217), everywhere).any()
    assert not on_plain_ground(page, ~everywhere).any()


def test_a_ground_with_a_grain_of_its_own_is_not_plain() -> None:
    rng = np.random.default_rng(5)
    everywhere = np.ones((240, 320), bool)
    ground = np.full((240, 320, 3), 150.0)
    fine, coarse = (
        np.clip(ground + cv2.GaussianBlur(rng.normal(0, much, (240, 320, 1)), (0, 0), 1.0)[..., None], 0, 255)
        for much in (6, 25)
    )
    assert on_plain_ground(fine.astype(np.uint8), everywhere).mean() > 0.9
    assert not on_plain_ground(coarse.astype(np.uint8), everywhere).any()


def test_a_strip_below_two_pictures_is_a_part_alone_whatever_its_border() -> None:
    surviving, altered = np.zeros((300, 400), bool), np.zeros((300, 400), bool)
    surviving[275:] = True
    ragged = 40 * np.abs(np.sin(np.arange(400) / 9.0))
    altered[np.arange(300)[:, None] < 250 - ragged[None]] = True
    surviving[np.arange(300)[:, None] > 270 - ragged[None] / 3] = True
    blurred = np.arange(300)[:, None] < 30 * np.ones((1, 400))
    shared = shared_part(surviving | (blurred & ~altered), altered, surviving & (np.arange(300)[:, None] >= 275), None)
    assert shared.spread < 0.1
    assert shared.is_part_alone


def test_a_strip_is_a_part_alone_though_nothing_straight_divides_it_and_much_else_looks_the_same() -> None:
    rows, columns = np.arange(300)[:, None], np.arange(400)[None]
    ragged = (10 * np.sin(columns / 4.0) + 8 * np.sin(columns / 11.0)).astype(int)
    strip = (rows >= 278) & (columns >= 0)
    altered = (rows >= 100 + ragged) & (rows < 258 + ragged)
    shared = shared_part(strip | (rows < 100 + ragged), altered, strip, None)
    assert (shared.straight, round(shared.fraction, 1)) == (0.0, 0.4)
    assert shared.is_part_alone
