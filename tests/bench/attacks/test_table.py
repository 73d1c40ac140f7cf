from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from takeback.bench.attacks import ATTACKS, Attacked, attack, chain
from takeback.bench.attacks.composites import overlaid
from takeback.bench.attacks.geometry import LARGEST
from takeback.bench.attacks.state import replaced, untouched
from takeback.bench.attacks.table import CHAINED
from takeback.errors import UsageError

Picture = Callable[..., np.ndarray]

MOVED = ("rotate", "mirror", "flip", "turn", "crop", "stretch", "perspective", "scale_down", "scale_up", "warp")
AROUND = ("border", "letterbox", "caption_bar", "screenshot", "collage_two", "collage_four", "collage_free", "inset")
OVER = ("region", "patch", "behind_inset", "stickers", "logo", "caption", "text", "scribble", "rounded_corners")


def error_of(made: Attacked, photograph: np.ndarray) -> float:
    """The median difference, in levels, between an attacked picture and the places that it says it shows."""
    columns, rows = made.source[:, :, 0], made.source[:, :, 1]
    seen = ~np.isnan(columns)
    there = cv2.remap(photograph, np.nan_to_num(columns), np.nan_to_num(rows), cv2.INTER_LINEAR)
    return float(np.median(np.abs(there[seen].astype(int) - made.pixels[seen].astype(int))))


def made_of(name: str, photograph: np.ndarray, donor: np.ndarray, strength: float, seed: int = 5) -> Attacked:
    return attack(name, photograph, donor, strength=strength, rng=np.random.default_rng(seed))


@pytest.mark.parametrize("strength", [0.0, 1.0])
@pytest.mark.parametrize("name", [*MOVED, *AROUND, *OVER])
def test_each_pixel_shows_the_place_that_it_says(smooth: Picture, name: str, strength: float) -> None:
    photograph = smooth(1, 240, 331)
    assert error_of(made_of(name, photograph, smooth(2, 200, 300), strength), photograph) <= 6


@pytest.mark.parametrize("seed", range(6))
def test_where_a_pixel_comes_from_is_known_through_a_chain(smooth: Picture, seed: int) -> None:
    photograph, rng = smooth(seed, 240, 331), np.random.default_rng(seed)
    state = untouched(photograph)
    for name in rng.permutation([*MOVED, *AROUND, *OVER])[:4]:
        state = ATTACKS[str(name)].apply(state, smooth(9, 200, 300), float(rng.random()) * 0.6, rng)
    assert state.surviving_share > 0
    assert error_of(state, photograph) <= 8


@pytest.mark.parametrize("size", [(97, 161), (161, 97), (853, 1280)])
@pytest.mark.parametrize("name", ATTACKS)
def test_every_attack_takes_odd_sizes_at_both_ends_of_its_range(
    smooth: Picture, name: str, size: tuple[int, int]
) -> None:
    photograph, donor = smooth(3, *size), smooth(4, 70, 131)
    for strength in (0.0, 1.0) if max(size) < 1000 else (1.0,):
        made = made_of(name, photograph, donor, strength)
        assert made.pixels.dtype == np.uint8
        assert made.pixels.flags.c_contiguous
        assert made.source.shape == (*made.pixels.shape[:2], 2)
        assert made.source.dtype == np.float32
        assert made.altered.shape == size
        assert max(made.pixels.shape) <= LARGEST
        assert 0 < made.surviving_share <= 1
        assert 0 < made.surviving_side <= min(made.pixels.shape[:2])
        assert [(each.attack, each.strength) for each in made.steps] == [(name, strength)]


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_follows_from_its_seed(smooth: Picture, name: str) -> None:
    photograph, donor = smooth(5, 120, 160), smooth(6, 120, 160)
    first, second = (made_of(name, photograph, donor, 0.7) for _ in range(2))
    assert np.array_equal(first.pixels, second.pixels)
    assert np.array_equal(first.source, second.source, equal_nan=True)
    assert np.array_equal(first.altered, second.altered)


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_leaves_the_photograph_as_it_was(smooth: Picture, name: str) -> None:
    photograph, donor = smooth(5, 120, 160), smooth(6, 120, 160)
    before, lent = photograph.copy(), donor.copy()
    made_of(name, photograph, donor, 1.0)
    assert np.array_equal(photograph, before)
    assert np.array_equal(donor, lent)


@pytest.mark.parametrize(
    ("name", "strength", "share"),
    [
        ("crop", 0.0, 0.95),
        ("crop", 1.0, 0.30),
        ("region", 0.0, 0.96),
        ("region", 1.0, 0.40),
        ("behind_inset", 1.0, 0.65),
        ("rotate", 0.4, 1.0),
        ("perspective", 1.0, 1.0),
        ("scale_down", 1.0, 1.0),
        ("scale_up", 1.0, 1.0),
        ("stretch", 1.0, 1.0),
        ("letterbox", 1.0, 1.0),
        ("inset", 1.0, 1.0),
        ("caption", 1.0, 0.78),
        ("logo", 1.0, 0.88),
    ],
)
def test_what_survives_is_the_stated_share(smooth: Picture, name: str, strength: float, share: float) -> None:
    for seed in range(3):
        made = made_of(name, smooth(7, 301, 403), smooth(8, 300, 300), strength, seed)
        assert made.surviving_share == pytest.approx(share, abs=0.02)


@pytest.mark.parametrize(("strength", "most", "least"), [(0.0, 0.51, 0.30), (1.0, 0.16, 0.08)])
def test_a_patch_survives_on_its_share(smooth: Picture, strength: float, most: float, least: float) -> None:
    for seed in range(3):
        made = made_of("patch", smooth(7, 301, 403), smooth(8, 300, 300), strength, seed)
        assert least <= made.surviving_share <= most


def test_overlays_hide_no_more_than_a_quarter(smooth: Picture) -> None:
    for seed in range(12):
        made = overlaid(untouched(smooth(7, 301, 403)), 0.25, np.random.default_rng(seed))
        assert made.surviving_share >= 0.74
        assert made_of("stickers", smooth(7, 301, 403), smooth(8, 300, 300), 1.0, seed).surviving_share >= 0.74


@pytest.mark.parametrize("name", [name for name, each in ATTACKS.items() if each.alters])
def test_what_was_replaced_is_seen_no_more_and_the_rest_is(smooth: Picture, name: str) -> None:
    made = made_of(name, smooth(7, 301, 403), smooth(8, 300, 300), 0.5)
    assert 0.02 < made.altered.mean() < 0.9
    places = np.rint(made.source[~np.isnan(made.source[:, :, 0])]).astype(int)
    hit = made.altered[np.clip(places[:, 1], 0, 300), np.clip(places[:, 0], 0, 402)]
    assert hit.mean() < 0.02, "what is seen was not replaced"


def test_what_is_called_replaced_is_where_the_source_is_missing(smooth: Picture) -> None:
    for seed in range(6):
        made = made_of("region", smooth(7, 301, 403), smooth(8, 300, 300), 0.6, seed)
        missing = np.isnan(made.source[:, :, 0])
        assert np.mean(missing != made.altered) < 0.002


@pytest.mark.parametrize("name", [name for name, each in ATTACKS.items() if not each.alters])
def test_an_attack_that_replaces_nothing_says_so(smooth: Picture, name: str) -> None:
    assert not made_of(name, smooth(7, 120, 160), smooth(8, 120, 160), 1.0).altered.any()


def test_a_region_replaced_after_other_attacks_is_known_in_the_photographs_frame(smooth: Picture) -> None:
    photograph, rng = smooth(7, 300, 400), np.random.default_rng(4)
    state = ATTACKS["scale_down"].apply(untouched(photograph), photograph, 0.8, rng)
    state = ATTACKS["mirror"].apply(state, photograph, 0.0, rng)
    height, width = state.pixels.shape[:2]
    alpha = np.zeros((height, width), np.float32)
    alpha[: height // 2, : width // 2] = 1
    made = replaced(state, np.zeros_like(state.pixels), alpha)
    truth = np.zeros((300, 400), bool)
    truth[: round(300 * (height // 2) / height), round(400 * (1 - (width // 2) / width)) :] = True
    assert np.mean(truth != made.altered) < 0.01


@pytest.mark.parametrize("steps", [1, 2, 3, 4])
def test_a_chain_has_so_many_distinct_steps(smooth: Picture, steps: int) -> None:
    for seed in range(4):
        made = chain(smooth(1, 121, 163), smooth(2, 120, 160), np.random.default_rng(seed), steps=steps)
        names = [each.attack for each in made.steps]
        assert len(set(names)) == len(names) == steps
        assert set(names) <= set(CHAINED)
        assert all(0 <= each.strength <= 1 for each in made.steps)


def test_a_chain_follows_from_its_seed(smooth: Picture) -> None:
    first, second = (chain(smooth(1, 97, 161), smooth(2, 97, 161), np.random.default_rng(8), steps=3) for _ in "ab")
    assert first.steps == second.steps
    assert np.array_equal(first.pixels, second.pixels)


def test_there_are_enough_attacks_and_each_says_what_it_does() -> None:
    assert len(ATTACKS) >= 28
    assert all(each.name == name and each.says.endswith(".") for name, each in ATTACKS.items())
    assert {name for name, each in ATTACKS.items() if each.alters} == {"region", "patch", "composite", "reshot"}


def test_an_unknown_attack_or_strength_is_refused(smooth: Picture) -> None:
    photograph, rng = smooth(1, 40, 40), np.random.default_rng(0)
    with pytest.raises(UsageError, match="no attack of this name"):
        attack("melt", photograph, photograph, strength=0.5, rng=rng)
    with pytest.raises(UsageError, match="between 0 and 1"):
        attack("blur", photograph, photograph, strength=1.5, rng=rng)
    with pytest.raises(UsageError, match="1 to"):
        chain(photograph, photograph, rng, steps=100)


@pytest.mark.parametrize("name", [name for name, each in ATTACKS.items() if each.family == "mark"])
def test_the_same_numbers_lay_the_same_overlay_on_two_pictures(smooth: Picture, name: str) -> None:
    dark, light = np.full((120, 160, 3), 100, np.uint8), np.full((120, 160, 3), 150, np.uint8)
    first, second = (made_of(name, each, each, 0.8) for each in (dark, light))
    assert np.array_equal(np.isnan(first.source), np.isnan(second.source))
    changed = [
        np.abs(made.pixels.astype(int) - ground).max(axis=2) > 20 for made, ground in ((first, 100), (second, 150))
    ]
    assert np.mean(changed[0] & changed[1]) > 0.5 * np.mean(changed[1]) > 0


def test_the_page_lists_every_attack_as_it_is(repository: Path) -> None:
    page = (repository / "docs" / "reference" / "attacks.md").read_text(encoding="utf-8")
    listed = [line for line in page.splitlines() if line.startswith("| `")]
    assert listed == [
        f"| `{each.name}` | {each.family} | {'yes' if each.alters else ''} | {each.says} |" for each in ATTACKS.values()
    ]
