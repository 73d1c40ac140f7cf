from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from takeback.kernels.marks import carriers, seen_again
from takeback.kernels.recurrence import SCALE_LEAST, SCALE_STEP, Places, factors, links, shared

LIMITS = np.array([0.05, 0.4, 0.8])
SYSTEMS = [(0.0, 0.0, 0.0), (1.0, 0.0, 1.0), (2.0, 0.5, 0.0), (3.0, 1.0, 0.5)]


def made_up(seed: int, pictures: int, each: int) -> Places:
    """Features of few kinds at few places, so that many recur."""
    rng = np.random.default_rng(seed)
    count = pictures * each
    kinds = rng.integers(0, 2**63, 3).astype(np.uint64)
    noise = np.uint64(1) << rng.integers(0, 63, count).astype(np.uint64)
    return (
        rng.integers(0, 65536, count).astype(np.uint16) // 8,
        rng.integers(0, 65536, count).astype(np.uint16) // 8,
        rng.integers(90, 110, count).astype(np.uint8),
        rng.integers(0, 256, count).astype(np.uint8),
        kinds[rng.integers(0, 3, count)] ^ noise,
        each * np.arange(pictures + 1, dtype=np.int64),
        rng.integers(300, 2000, (pictures, 2)).astype(np.int32),
    )


def plainly_placed(places: Places, picture: int, system: np.ndarray) -> np.ndarray:
    across, down, scales, angles, _, bounds, sizes = places
    part = slice(bounds[picture], bounds[picture + 1])
    width, height = sizes[picture]
    unit_x, unit_y, unit = {
        0: (width, height, max(width, height)),
        1: (width,) * 3,
        2: (height,) * 3,
        3: (1280,) * 3,
    }[int(system[0])]
    return np.column_stack(
        (
            (across[part] / 65535 - system[1]) * width / unit_x,
            (down[part] / 65535 - system[2]) * height / unit_y,
            scales[part] * SCALE_STEP + SCALE_LEAST + np.log(max(width, height) / unit),
            angles[part].astype(float) * 2 * np.pi / 256,
        )
    )


def plainly_near(one: np.ndarray, other: np.ndarray) -> bool:
    apart = np.abs(one - other)
    lean = min(apart[3], 2 * np.pi - apart[3])
    return bool(apart[:2].max() <= LIMITS[0] and apart[2] <= LIMITS[1] and lean <= LIMITS[2])


def differing(one: np.uint64, other: np.uint64) -> int:
    return int(one ^ other).bit_count()


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32), st.integers(0, 30), st.sampled_from(SYSTEMS))
def test_two_pictures_share_what_comparing_all_features_finds(
    seed: int, each: int, system: tuple[float, float, float]
) -> None:
    places, row = made_up(seed, 2, each), np.array(system)
    one, other = (plainly_placed(places, number, row) for number in (0, 1))
    expected = {
        (left, each + right)
        for left in range(each)
        for right in range(each)
        if plainly_near(one[left], other[right]) and differing(places[4][left], places[4][each + right]) <= 4
    }
    found = shared(places, 0, 1, row, LIMITS, 4)
    assert set(zip(found[0].tolist(), found[1].tolist(), strict=True)) == expected


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 20), st.sampled_from(SYSTEMS))
def test_the_cells_lose_no_carrier_of_a_mark(seed: int, each: int, system: tuple[float, float, float]) -> None:
    places, row = made_up(seed, 4, each), np.array(system)
    everything = np.concatenate([plainly_placed(places, number, row) for number in range(4)])
    marks, words = everything[:each], places[4][:each]
    expected = {
        (mark, feature)
        for mark in range(each)
        for feature in range(4 * each)
        if plainly_near(marks[mark], everything[feature]) and differing(words[mark], places[4][feature]) <= 4
    }
    rows, features, pictures = carriers(places, marks, words, row, np.array([0.05, 0.4, 0.8]), 4)
    assert set(zip(rows.tolist(), features.tolist(), strict=True)) == expected
    assert (pictures == features // each).all()


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32), st.integers(0, 30))
def test_marks_are_seen_where_place_and_descriptor_agree(seed: int, each: int) -> None:
    rng = np.random.default_rng(seed)
    frames = np.column_stack(
        (rng.uniform(0, 0.2, (2 * each, 2)), rng.uniform(-4, -3.5, 2 * each), rng.uniform(0, 1, 2 * each))
    )
    kinds = rng.integers(0, 256, (3, 128), dtype=np.uint8)
    descriptors = kinds[rng.integers(0, 3, 2 * each)]
    norms = np.linalg.norm(descriptors.astype(float), axis=1)
    own, marks = slice(0, each), slice(each, 2 * each)
    found = seen_again(
        frames[own][None],
        descriptors[own],
        norms[own],
        (frames[marks], np.zeros(each, np.int64), descriptors[marks], norms[marks]),
        LIMITS,
        0.9,
    )
    cosines = (descriptors[own].astype(float) @ descriptors[marks].astype(float).T) / np.outer(norms[own], norms[marks])
    expected = {
        (one, two)
        for one in range(each)
        for two in range(each)
        if plainly_near(frames[own][one], frames[marks][two]) and cosines[one, two] >= 0.9
    }
    assert set(zip(found[0].tolist(), found[1].tolist(), strict=True)) == expected


def test_pictures_that_share_enough_keys_are_linked_and_those_of_one_cluster_are_not() -> None:
    places = made_up(1, 3, 30)
    across, down, scales, angles, sketches, _, sizes = places
    for column in (across, down, scales, angles, sketches):
        column[60:] = column[:30]
    sizes[:] = (640, 480)
    masks = np.array([0xFF, 0xFF00], np.uint64)
    system, shifts = np.zeros(3), np.array([[0.0] * 4, [0.5] * 4])
    apart = links(places, np.arange(3), system, masks, shifts, 20, 1 << 16, 1 << 16)
    assert (0, 2) in set(zip(*(each.tolist() for each in apart), strict=True))
    one = links(places, np.array([0, 1, 0]), system, masks, shifts, 20, 1 << 16, 1 << 16)
    assert (0, 2) not in set(zip(*(each.tolist() for each in one), strict=True))


def test_shares_of_both_sides_need_no_unit() -> None:
    assert factors(0.0, 300.0, 200.0) == (1.0, 1.0, 0.0)
