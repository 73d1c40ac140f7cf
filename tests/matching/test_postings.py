"""Which features of a photograph an index keeps."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from takeback.matching.postings import MOST, coded, difference, postings_of, working_frames
from takeback.matching.vocabulary import shipped
from takeback.model.signal import Features
from takeback.signals.features import COARSE


def test_half_of_what_is_kept_is_coarse_where_there_is_so_much(
    picture: Callable[..., np.ndarray], features: Callable[..., Features]
) -> None:
    seen = features(picture(1))
    kept = postings_of(seen, shipped())
    coarse = working_frames(seen)[:, 2] >= COARSE
    assert len(kept) == MOST < len(seen)
    assert coarse[kept.features].sum() >= min(coarse.sum(), MOST // 2)
    assert (np.diff(kept.features.astype(int)) > 0).all()


def test_features_of_a_repeated_pattern_are_not_kept(features: Callable[..., Features]) -> None:
    tiles = np.kron(np.indices((15, 20)).sum(axis=0) % 2, np.ones((24, 24))) * 200
    seen = features(np.repeat(tiles.astype(np.uint8)[:, :, None], 3, axis=2))
    assert len(postings_of(seen, shipped())) < 0.1 * len(seen)


def test_a_picture_without_features_has_no_postings() -> None:
    nothing = Features(
        frames=np.empty((0, 4), np.float32), descriptors=np.empty((0, 128), np.uint8), width=64, height=48
    )
    assert len(postings_of(nothing, shipped())) == 0


def test_frames_tell_how_a_copy_was_turned_and_how_much_it_grew() -> None:
    kept = np.array([[100.0, 90.0, 8.0, 0.4], [300.0, 40.0, 3.0, 6.0]])
    for quarter in range(4):
        for octaves in (-2, 0, 1, 2):
            seen = kept * [1, 1, 2.0**octaves, 1] + [7, 3, 0, quarter * np.pi / 2]
            turns, growths = difference(coded(seen), coded(kept))
            assert set(turns.tolist()) <= {4 * quarter, (4 * quarter - 1) % 16}
            assert np.all(np.abs(growths - (64 + 10 * octaves) // 8) <= 1)
