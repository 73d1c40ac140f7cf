from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from takeback.errors import PackError
from takeback.matching.hamming_index import HammingIndex


@pytest.fixture
def words() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 2**64, (50, 4), dtype=np.uint64)


def test_what_is_added_is_found_and_what_is_withdrawn_is_not(words: np.ndarray) -> None:
    index = HammingIndex.build(words[:10], ids=range(100, 110))
    index.add([7, 7], words[10:12])
    assert index.search(words[9:12], distance=0).id.tolist() == [109, 7, 7]
    index.withdraw([7, 12345])
    assert index.search(words[9:12], distance=0).id.tolist() == [109]


def test_hits_are_sorted_by_query_then_distance_then_id(words: np.ndarray) -> None:
    near = words[:1].copy()
    near[0, 3] ^= np.uint64(1)
    index = HammingIndex.build(np.concatenate((near, words[:1], words[:1])), ids=[5, 9, 3])
    hits = index.search(words[:1])
    assert list(zip(hits.query, hits.distance, hits.id, strict=True)) == [(0, 0, 3), (0, 0, 9), (0, 1, 5)]


def test_a_saved_index_opens_as_it_was(words: np.ndarray, tmp_path: Path) -> None:
    index = HammingIndex.build(words)
    index.save(tmp_path / "bank.npy")
    again = HammingIndex.open(tmp_path / "bank.npy")
    assert len(again) == 50
    assert again.search(words[3:4], distance=0).id.tolist() == [3]
    assert [each.name for each in tmp_path.iterdir()] == ["bank.npy"]


@pytest.mark.parametrize("content", [b"", b"nothing of the kind", b"\x93NUMPY\x01\x00"])
def test_what_is_no_index_is_refused_with_its_place(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "bank.npy"
    path.write_bytes(content)
    with pytest.raises(PackError, match=r"bank\.npy"):
        HammingIndex.open(path)


def test_an_array_of_another_shape_is_refused(tmp_path: Path) -> None:
    np.save(tmp_path / "bank.npy", np.zeros((3, 4), np.uint64))
    with pytest.raises(PackError, match="version"):
        HammingIndex.open(tmp_path / "bank.npy")


def test_words_of_another_width_are_an_error() -> None:
    with pytest.raises(ValueError, match="4 words"):
        HammingIndex.build(np.zeros((2, 3), np.uint64))


def test_an_empty_index_finds_nothing(words: np.ndarray) -> None:
    assert len(HammingIndex.build(words[:0]).search(words)) == 0
