from __future__ import annotations

import numpy as np

from takeback.matching.near_duplicates import clusters
from takeback.model.signal import SignalBatch


def batch(*rows: tuple[str, int, int]) -> SignalBatch:
    names = tuple(f"{name:0>64}" for name, _, _ in rows)
    words = np.array([(value, 0, 0, 0) for _, value, _ in rows], np.uint64).reshape(-1, 4)
    return SignalBatch(media=names, words=words, quality=np.array([quality for *_, quality in rows], np.uint8))


def test_neighbours_of_neighbours_are_one_cluster_named_by_its_smallest_digest() -> None:
    found = clusters(batch(("c", 0, 100), ("b", 2**31 - 1, 100), ("a", 2**62 - 1, 100), ("d", 2**64 - 1, 100)))
    assert set(found.values()) == {f"{'a':0>64}"}


def test_far_pictures_are_apart() -> None:
    found = clusters(batch(("a", 0, 100), ("b", 2**32 - 1, 100)))
    assert len(set(found.values())) == 2


def test_blank_pictures_join_nothing() -> None:
    found = clusters(batch(("a", 0, 0), ("b", 0, 0), ("c", 0, 100)))
    assert len(set(found.values())) == 3


def test_the_order_of_the_batch_does_not_matter() -> None:
    rows = [(f"{n:x}", int(v), 100) for n, v in enumerate(np.random.default_rng(1).integers(0, 2**10, 40))]
    assert clusters(batch(*rows)) == clusters(batch(*rows[::-1]))


def test_nothing_gives_nothing() -> None:
    assert clusters(batch()) == {}
