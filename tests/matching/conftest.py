"""Seeded pictures, and what the matching room is given of them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from takeback.matching.examine import MediaView
from takeback.model.consent import Region
from takeback.model.original import Original, PackLevel
from takeback.model.signal import Features
from takeback.signals.features import extract

Picture = Callable[[int], np.ndarray]


def _picture(seed: int, width: int = 480, height: int = 360) -> np.ndarray:
    """Blobs, boxes and grain from a seed: nothing in it, and much to hold on to."""
    rng = np.random.default_rng(seed)
    ground = cv2.resize(rng.uniform(60, 190, (5, 7, 3)), (width, height), interpolation=cv2.INTER_CUBIC)
    for _ in range(150):
        colour = tuple(int(each) for each in rng.integers(0, 256, 3))
        middle = (int(rng.integers(width)), int(rng.integers(height)))
        axes = (int(rng.integers(4, 40)), int(rng.integers(4, 26)))
        cv2.ellipse(ground, middle, axes, float(rng.uniform(0, 180)), 0, float(rng.uniform(120, 360)), colour, -1)
    noise = cv2.GaussianBlur(rng.normal(0, 14, (height, width, 3)), (0, 0), 1.0)
    return np.clip(cv2.GaussianBlur(ground, (0, 0), 0.8) + noise, 0, 255).astype(np.uint8)


def _features(pixels: np.ndarray) -> Features:
    return extract(pixels, full_width=pixels.shape[1], full_height=pixels.shape[0])


def _original(pixels: np.ndarray, name: str = "original", region: Region | None = None) -> Original:
    return Original(
        id=name,
        person="made-up",
        sha256=hashlib.sha256(pixels.tobytes()).hexdigest(),
        width=pixels.shape[1],
        height=pixels.shape[0],
        level=PackLevel.SEALED,
        signals=(),
        features=_features(pixels),
        person_region=region,
    )


def _view(pixels: np.ndarray, *, with_pixels: bool = True) -> MediaView:
    digest = hashlib.sha256(pixels.tobytes()).hexdigest()
    return MediaView(sha256=digest, features=_features(pixels), pixels=pixels if with_pixels else None)


@pytest.fixture(scope="session")
def picture() -> Picture:
    return _picture


@pytest.fixture(scope="session")
def features() -> Callable[..., Features]:
    return _features


@pytest.fixture(scope="session")
def enrolled() -> Callable[..., Original]:
    return _original


@pytest.fixture(scope="session")
def view() -> Callable[..., MediaView]:
    return _view


@pytest.fixture(scope="session")
def photograph(shared_data: Path) -> Callable[..., np.ndarray]:
    def read(name: str, long_side: int = 800) -> np.ndarray:
        path = shared_data / "photos" / name
        if not path.is_file():
            pytest.skip(f"not here: {path}")
        pixels = cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB)
        factor = long_side / max(pixels.shape)
        return cv2.resize(pixels, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA) if factor < 1 else pixels

    return read
