from __future__ import annotations

import hashlib
import itertools
import math

import numpy as np
import pytest

from takeback.matching.hamming_plan import (
    Costs,
    bands_for,
    directory_bytes,
    masks,
    permutation,
    radii_for,
    widths_for,
)

SIZES = [1, 100, 5_000, 65_536, 1_000_000, 10_000_000, 100_000_000]


@pytest.mark.parametrize("codes", SIZES)
def test_bands_are_all_of_the_bits_and_no_more(codes: int) -> None:
    assert sum(widths_for(codes)) == 256


@pytest.mark.parametrize("codes", SIZES)
@pytest.mark.parametrize("distance", [0, 1, 20, 31, 32, 45, 52])
def test_radii_are_exact_by_the_pigeonhole_principle_and_not_wider_than_that(codes: int, distance: int) -> None:
    radii = radii_for(widths_for(codes), distance, codes)
    assert radii is None or sum(radius + 1 for radius in radii) == distance + 1


def test_no_other_radii_are_cheaper() -> None:
    widths, codes, distance = (20, 22, 24), 10_000_000, 6
    costs = Costs(codes=codes, directory=directory_bytes(widths))

    def cost(radii: tuple[int, ...]) -> float:
        return sum(costs.band(width, radius) for width, radius in zip(widths, radii, strict=True))

    exact = (each for each in itertools.product(range(-1, 7), repeat=3) if sum(each) + 3 == distance + 1)
    chosen = radii_for(widths, distance, codes)
    assert chosen is not None
    assert cost(chosen) == min(map(cost, exact))


def test_a_plan_for_ten_millions_has_the_bands_that_were_measured() -> None:
    widths = widths_for(10_000_000)
    assert sorted(widths) == [20, *[23] * 4, *[24] * 6]
    assert radii_for(widths, 31, 10_000_000) == (2,) * 10 + (1,)


@pytest.mark.parametrize(("codes", "most"), [(10_000_000, 140), (100_000_000, 90)])
def test_a_plan_keeps_to_its_bytes(codes: int, most: int) -> None:
    widths = widths_for(codes)
    code, id, rows = 32, 8, 4 * (len(widths) - 1)
    assert code + id + rows + directory_bytes(widths) / codes <= most


def test_few_codes_and_far_distances_are_scanned() -> None:
    assert radii_for(widths_for(50), 31, 50) is None
    assert radii_for(widths_for(1_000_000), 200, 1_000_000) is None
    assert bands_for(widths_for(50), 31, 50).most == -1


def test_masks_are_all_flips_of_so_many_bits() -> None:
    found = masks(10, 2)
    assert len(found) == math.comb(10, 0) + math.comb(10, 1) + math.comb(10, 2)
    assert len(set(found.tolist())) == len(found)
    assert int(np.bitwise_count(found).max()) == 2
    assert int(found.max()) < 1 << 10
    assert masks(10, -1).tolist() == []


def test_the_order_of_bits_is_the_one_that_files_were_written_with() -> None:
    assert hashlib.sha256(permutation().astype("<u8").tobytes()).hexdigest()[:16] == "472d6ca6358f3642"
