from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

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


def test_what_another_process_wrote_is_seen(words: np.ndarray, tmp_path: Path) -> None:
    index = HammingIndex.create(tmp_path / "bank")
    other = HammingIndex.open(tmp_path / "bank")
    index.add(range(50), words)
    index.withdraw([4, 99])
    assert other.refresh()
    assert len(other) == 49
    assert other.search(words[3:5], distance=0).id.tolist() == [3]
    assert other.version == index.version
    assert not other.refresh()


def test_words_of_another_width_are_an_error() -> None:
    with pytest.raises(ValueError, match="4 words"):
        HammingIndex.build(np.zeros((2, 3), np.uint64))


def test_an_empty_index_finds_nothing(words: np.ndarray) -> None:
    assert len(HammingIndex.build(words[:0]).search(words)) == 0
