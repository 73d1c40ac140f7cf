from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from takeback.bench.attacks import compressed
from takeback.matching.examine import MediaView, examine
from takeback.matching.same_features import _again, same_features
from takeback.model.finding import Conclusion
from takeback.model.original import Original
from takeback.model.signal import Features


def everywhere(pixels: np.ndarray) -> np.ndarray:
    return np.ones(pixels.shape[:2], bool)


def test_a_compressed_copy_has_the_same_features_and_another_picture_none(picture: Callable[..., np.ndarray]) -> None:
    original = picture(31)
    copy = same_features(original, compressed(original, 40), everywhere(original))
    assert copy.share > 0.6
    assert copy.found > 50
    assert same_features(original, picture(32), everywhere(original)).share < 0.05


@pytest.mark.parametrize("change", ["shifted", "turned"])
def test_features_that_stand_elsewhere_or_another_way_are_others(
    picture: Callable[..., np.ndarray], change: str
) -> None:
    original = picture(33)
    by = np.float32([[1, 0, 6], [0, 1, 0]]) if change == "shifted" else cv2.getRotationMatrix2D((240, 180), 40, 1)
    moved = cv2.warpAffine(original, by, (480, 360), borderMode=cv2.BORDER_REFLECT)
    assert same_features(original, moved, everywhere(original)).share < 0.1


@pytest.mark.parametrize(
    "change",
    [(6.0, 0.0, 1.0, 0.0), (0.0, 6.0, 1.0, 0.0), (0.0, 0.0, 2.0, 0.0), (0.0, 0.0, 1.0, 1.0)],
    ids=["beside", "below", "larger", "turned"],
)
def test_a_feature_that_looks_the_same_is_another_one(change: tuple[float, float, float, float]) -> None:
    described = np.random.default_rng(9).integers(0, 90, (1, 128), dtype=np.uint8)
    frame = np.array([[100.0, 80.0, 12.0, 0.2]], np.float32)
    across, down, larger, turned = change
    other = (frame * (1, 1, larger, 1) + (across, down, 0, turned)).astype(np.float32)
    own, same, changed = (
        Features(frames=each, descriptors=described, width=320, height=240) for each in (frame, frame, other)
    )
    assert _again(own, same).all()
    assert not _again(own, changed).any()


def test_only_features_that_lie_whole_where_both_show_the_same_are_asked_for(
    picture: Callable[..., np.ndarray],
) -> None:
    original, where = picture(34), np.zeros((360, 480), bool)
    where[:, :200] = True
    half, whole = (same_features(original, original, each) for each in (where, everywhere(original)))
    assert 0.25 * whole.of < half.of < 0.6 * whole.of
    assert half.found == half.of
    nothing = same_features(original, original, ~everywhere(original))
    assert (nothing.found, nothing.of, nothing.share) == (0, 0, 0.0)


def test_a_picture_without_features_has_none_of_them(picture: Callable[..., np.ndarray]) -> None:
    original = picture(35)
    blank = np.full_like(original, 128)
    assert same_features(original, blank, everywhere(original)).found == 0


def test_a_small_noisy_inset_of_which_a_search_keeps_few_features_is_found(
    picture: Callable[..., np.ndarray], enrolled: Callable[..., Original], view: Callable[..., MediaView]
) -> None:
    original = picture(36)
    wide = cv2.resize(picture(37), (2400, 1800), interpolation=cv2.INTER_CUBIC)
    wide[380:740, 500:980] = original
    noisy = wide + np.random.default_rng(7).normal(0, 20, wide.shape)
    media = compressed(np.clip(noisy, 0, 255).astype(np.uint8), 60)
    examination = examine(enrolled(original), view(media), original_pixels=original, tested=1000)
    assert examination.alignment.inliers < 50
    assert examination.conclusion is Conclusion.COPY
    assert "features are the same ones" in " ".join(examination.reasons)
