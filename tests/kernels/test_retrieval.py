"""Words and signatures are those of the plain definitions, and a mirror permutes them."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from takeback.kernels.retrieval import nearest_words, repeated, signatures

FLIP = np.concatenate((np.ones(64), -np.ones(64))).astype(np.float32)


def made_up(seed: int, rows: int, cells: int, each: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    turned = (2 * rng.integers(-60, 60, (rows, 128)) + 1).astype(np.float32)
    centres = (2 * rng.integers(-40, 40, (cells * (each + 1), 128))).astype(np.float32)
    return turned, centres[:cells], centres[cells:]


def found_words(turned: np.ndarray, cells: np.ndarray, words: np.ndarray, tried: int, nearest: int) -> np.ndarray:
    lengths = np.square(cells).sum(axis=1), np.square(words).sum(axis=1)
    return nearest_words(turned, cells, words, lengths, tried, nearest)


def plain_words(turned: np.ndarray, cells: np.ndarray, words: np.ndarray, tried: int, nearest: int) -> list[list[int]]:
    each = len(words) // len(cells)
    both_cells, both_words = np.concatenate((cells, cells * FLIP)), np.concatenate((words, words * FLIP))
    found = []
    for row in turned.astype(np.int64):
        near = np.argsort(np.square(both_cells - row).sum(axis=1), kind="stable")[:tried]
        allowed = np.isin(np.arange(len(both_words)) // each, near)
        apart = np.where(allowed, np.square(both_words - row).sum(axis=1), np.inf)
        found.append(np.argsort(apart, kind="stable")[:nearest].tolist())
    return found


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 6), st.integers(1, 4), st.integers(3, 6), st.integers(1, 2))
def test_the_nearest_words_are_those_of_the_full_table(seed: int, rows: int, cells: int, each: int, tried: int) -> None:
    turned, centres, words = made_up(seed, rows, cells, each)
    assert found_words(turned, centres, words, tried, 3).tolist() == plain_words(turned, centres, words, tried, 3)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 6))
def test_a_signature_says_on_which_side_of_the_centre_each_number_lies(seed: int, rows: int) -> None:
    turned, _, words = made_up(seed, rows, 2, 3)
    assigned = np.random.default_rng(seed).integers(0, 12, (rows, 2)).astype(np.int32)
    both = np.concatenate((words, words * FLIP))
    bits = np.unpackbits(signatures(turned, words, assigned).view(np.uint8), axis=2, bitorder="little")
    np.testing.assert_array_equal(bits.astype(bool), turned[:, None] > both[assigned])


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 6))
def test_in_a_mirror_words_change_sides_and_half_of_the_signature_flips(seed: int, rows: int) -> None:
    turned, cells, words = made_up(seed, rows, 3, 4)
    both = np.concatenate((cells, cells * FLIP, words, words * FLIP))
    apart = np.square(both[None] - turned[:, None]).sum(axis=2)
    turned = turned[[len(np.unique(row)) == len(row) for row in apart]]  # of equally near words the first is taken
    straight, mirrored = (found_words(each, cells, words, 2, 1) for each in (turned, turned * FLIP))
    np.testing.assert_array_equal(mirrored, (straight + 12) % 24)
    flipped = signatures(turned, words, straight) ^ np.array([0, 2**64 - 1], np.uint64)
    np.testing.assert_array_equal(signatures(turned * FLIP, words, mirrored), flipped)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32), st.integers(0, 30), st.integers(1, 4))
def test_repeated_features_are_those_with_several_others_alike(seed: int, count: int, several: int) -> None:
    rng = np.random.default_rng(seed)
    words = rng.integers(0, 3, count).astype(np.int32)
    seen = rng.integers(0, 2**12, (count, 2), dtype=np.uint64)
    alike = [
        sum(
            words[one] == words[other]
            and sum((int(seen[one, half]) ^ int(seen[other, half])).bit_count() for half in range(2)) <= 10
            for other in range(count)
            if other != one
        )
        for one in range(count)
    ]
    assert repeated(words, seen, 10, several).tolist() == [each >= several for each in alike]
