"""SIFT in one scale space gives what OpenCV gives for the same picture."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from takeback.kernels.extrema import LAYERS
from takeback.signals.sift import Keypoints, described, found, scale_space, turned

Grey = npt.NDArray[np.uint8]


def busy(height: int, width: int, *, blur: float = 0.0, seed: int = 7) -> Grey:
    """A picture with blobs of every size."""
    rng = np.random.default_rng(seed)
    whole = np.zeros((height, width))
    for cell in (1, 2, 4, 8, 16, 32):
        noise = rng.normal(0, 16 * cell**0.25, (height // cell + 2, width // cell + 2))
        whole += cv2.resize(noise, (width, height), interpolation=cv2.INTER_CUBIC)
    grey = np.clip(128 + whole, 0, 255).astype(np.uint8)
    return cv2.GaussianBlur(grey, (0, 0), blur) if blur else grey


def ours(grey: Grey) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float32]]:
    """x, y, size, angle, contrast of the features, and their descriptors."""
    space = scale_space(grey)
    keypoints = turned(space, found(space))
    return keypoints.in_picture, described(space, keypoints)


def theirs(grey: Grey) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float32]]:
    keypoints, descriptors = cv2.SIFT_create().detectAndCompute(grey, None)
    rows = [(*each.pt, each.size, np.deg2rad(each.angle), each.response) for each in keypoints]
    return np.array(rows).reshape(-1, 5), np.zeros((0, 128), np.float32) if descriptors is None else descriptors


def nearest(some: npt.NDArray[np.float64], others: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
    """For each of some the number of that of the others which is closest in place, size and direction."""
    away = np.abs(some[:, None, :3] - others[None, :, :3]).max(axis=2)
    turn = np.abs(np.exp(1j * some[:, None, 3]) - np.exp(1j * others[None, :, 3]))
    return (away + turn).argmin(axis=1)


@pytest.mark.parametrize("blur", [0.0, 1.0, 3.0])
@pytest.mark.parametrize(("height", "width"), [(300, 401), (97, 640), (200, 61)])
def test_features_are_those_of_opencv(height: int, width: int, blur: float) -> None:
    grey = busy(height, width, blur=blur)
    (frames, descriptors), (frames_there, descriptors_there) = ours(grey), theirs(grey)
    assert len(frames) == pytest.approx(len(frames_there), rel=0.01)
    assert len(frames_there) > 20
    pair = nearest(frames_there, frames)
    away = np.abs(frames[pair] - frames_there)
    away[:, 3] = np.abs(np.angle(np.exp(1j * away[:, 3])))
    assert (away[:, :3].max(axis=1) < 0.01).mean() > 0.99
    assert (away[:, 3] < np.deg2rad(0.5)).mean() > 0.99
    np.testing.assert_allclose(np.median(away, axis=0), 0, atol=1e-3)
    levels = np.abs(descriptors[pair] - descriptors_there).max(axis=1)
    assert (levels <= 2).mean() > 0.98


def test_the_pictures_that_are_compared_have_features_in_five_octaves() -> None:
    space = scale_space(busy(300, 401))
    assert set(found(space).octaves) >= set(range(5))


def test_each_keypoint_is_found_once_and_in_order() -> None:
    keypoints = found(scale_space(busy(200, 300)))
    places = np.column_stack([keypoints.octaves, keypoints.cells])
    assert len(np.unique(places, axis=0)) == len(places) > 100
    np.testing.assert_array_equal(np.lexsort(places.T[::-1]), np.arange(len(places)))


def test_turning_keeps_the_order_and_the_rest_of_a_keypoint() -> None:
    space = scale_space(busy(200, 300))
    keypoints = found(space)
    index = np.random.default_rng(3).permutation(len(keypoints))[:80]
    some = turned(space, keypoints.at(index))
    assert len(some) >= 80
    assert (np.diff([index.tolist().index(each) for each in numbers_of(keypoints, some)]) >= 0).all()
    alone = [turned(space, keypoints.at(index[number : number + 1])) for number in range(80)]
    np.testing.assert_array_equal(some.in_picture, np.concatenate([each.in_picture for each in alone]))


def numbers_of(keypoints: Keypoints, some: Keypoints) -> list[int]:
    """Which of the keypoints each of some is."""
    rows = [tuple(row) for row in np.column_stack([keypoints.octaves, keypoints.cells]).tolist()]
    return [rows.index(tuple(row)) for row in np.column_stack([some.octaves, some.cells]).tolist()]


@pytest.mark.parametrize(("height", "width"), [(1, 1), (1, 640), (640, 1), (2, 3), (5, 5), (6, 6), (9, 640)])
def test_a_picture_too_small_for_a_keypoint_has_none(height: int, width: int) -> None:
    grey = np.random.default_rng(1).integers(0, 256, (height, width), dtype=np.uint8)
    frames, descriptors = ours(grey)
    assert len(frames) == len(descriptors)
    assert len(frames) == pytest.approx(len(theirs(grey)[0]), abs=1)


def test_octaves_halve_and_layers_get_smoother() -> None:
    space = scale_space(busy(101, 150))
    assert [octave.shape for octave in space] == [
        (LAYERS, 202, 300),
        (LAYERS, 101, 150),
        (LAYERS, 50, 75),
        (LAYERS, 25, 37),
        (LAYERS, 12, 18),
    ]
    for octave in space:
        assert (np.diff(octave.std(axis=(1, 2))) < 0).all()


PLAINER = {"NUMBA_CPU_NAME": "generic", "NUMBA_CPU_FEATURES": ""}
"""A processor without wide instructions, and without one that multiplies and adds at once."""
WRITE = """
import sys
import numpy as np
from takeback.signals.sift import described, found, scale_space, turned
space = scale_space(np.load(sys.argv[1]))
keypoints = turned(space, found(space))
np.savez(sys.argv[2], frames=keypoints.in_picture, descriptors=described(space, keypoints))
"""


def test_a_plainer_processor_finds_the_same_features_within_the_stated_tolerance(tmp_path: Path) -> None:
    grey = busy(300, 401)
    np.save(tmp_path / "grey.npy", grey)
    subprocess.run(
        [sys.executable, "-c", WRITE, str(tmp_path / "grey.npy"), str(tmp_path / "there.npz")],
        env={**os.environ, **PLAINER},
        check=True,
    )
    there = np.load(tmp_path / "there.npz")
    frames, descriptors = ours(grey)
    pair = nearest(frames, there["frames"])
    assert (np.abs(frames - there["frames"][pair])[:, :3].max(axis=1) < 0.01).mean() > 0.99
    assert (np.abs(descriptors - there["descriptors"][pair]).max(axis=1) <= 2).mean() > 0.99
