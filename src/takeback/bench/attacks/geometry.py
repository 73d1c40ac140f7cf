"""Attacks that move the photograph: turned, mirrored, cropped, stretched, tilted, scaled, warped."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from takeback.bench.attacks.provenance import carried
from takeback.bench.attacks.state import Attacked, Pixels, either, lerp

LARGEST = 2560
"""The long side, in pixels, beyond which nothing is scaled up."""
SMALLEST = 16
_BLACK = (0, 0, 0)

Matrix = npt.NDArray[np.float64]
Floats = npt.NDArray[np.float32]


# --- what other attacks move with ---


def scaled(pixels: Pixels, factor: float) -> Pixels:
    """The picture at another size."""
    return _resized(pixels, *_size(pixels.shape, factor, factor))


def resized(state: Attacked, across: float, down: float | None = None) -> Attacked:
    """The picture scaled by these factors, never beyond the largest side and never to nothing."""
    width, height = _size(state.pixels.shape, across, across if down is None else down)
    rows, columns = state.pixels.shape[:2]
    if (height, width) == (rows, columns):
        return state
    back = np.array(
        [[columns / width, 0, (columns / width - 1) / 2], [0, rows / height, (rows / height - 1) / 2]], np.float64
    )

    def move(values: Floats) -> Floats:
        import cv2

        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        return np.asarray(
            cv2.warpAffine(values, back, (width, height), flags=flags, borderMode=cv2.BORDER_REPLICATE), np.float32
        )

    return replace(state, pixels=_resized(state.pixels, width, height), source=carried(state.source, move))


def fitted(state: Attacked, width: int, height: int) -> Attacked:
    """The picture scaled to lie inside so many pixels."""
    factor = min(width / state.pixels.shape[1], height / state.pixels.shape[0])
    return resized(state, factor)


def _size(shape: tuple[int, ...], across: float, down: float) -> tuple[int, int]:
    height, width = shape[:2]
    shrink = min(1.0, LARGEST / max(width * across, height * down))
    return max(SMALLEST, round(width * across * shrink)), max(SMALLEST, round(height * down * shrink))


def _resized(pixels: Pixels, width: int, height: int) -> Pixels:
    import cv2

    smaller = width * height < pixels.shape[0] * pixels.shape[1]
    kind = cv2.INTER_AREA if smaller else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(pixels, (width, height), interpolation=kind), np.uint8)


def warped(state: Attacked, forth: Matrix, width: int, height: int, colour: tuple[int, int, int] = _BLACK) -> Attacked:
    """The picture under a homography, (3, 3) from pixel to pixel, on a plain ground of so many pixels."""

    def move(values: Floats) -> Floats:
        import cv2

        return np.asarray(cv2.warpPerspective(values, forth, (width, height), flags=cv2.INTER_LINEAR), np.float32)

    import cv2

    pixels = cv2.warpPerspective(
        state.pixels, forth, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_CONSTANT, borderValue=colour
    )
    return replace(state, pixels=np.asarray(pixels, np.uint8), source=carried(state.source, move))


def remapped(state: Attacked, columns: Floats, rows: Floats) -> Attacked:
    """The picture whose pixel (row, column) is taken from (rows, columns) of the one before."""

    def move(values: Floats) -> Floats:
        import cv2

        return np.asarray(
            cv2.remap(values, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT), np.float32
        )

    import cv2

    pixels = cv2.remap(state.pixels, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
    return replace(state, pixels=np.asarray(pixels, np.uint8), source=carried(state.source, move))


def cut(state: Attacked, left: int, top: int, width: int, height: int) -> Attacked:
    """The window of the picture."""
    window = (slice(top, top + height), slice(left, left + width))
    pixels, source = np.ascontiguousarray(state.pixels[window]), np.ascontiguousarray(state.source[window])
    return replace(state, pixels=pixels, source=source)


def _turned(state: Attacked, move: Callable[[npt.NDArray[np.generic]], npt.NDArray[np.generic]]) -> Attacked:
    pixels, source = np.ascontiguousarray(move(state.pixels)), np.ascontiguousarray(move(state.source))
    return replace(state, pixels=pixels.astype(np.uint8, copy=False), source=source.astype(np.float32, copy=False))


# --- attacks ---


def rotate(state: Attacked, strength: float, rng: np.random.Generator) -> Attacked:
    """Turned to either side by up to 180 degrees, nothing cut off, on a black, grey or white ground."""
    angle = np.deg2rad(180 * strength) * (1 if either(rng) else -1)
    shade = int(rng.choice((0, 128, 255)))
    height, width = state.pixels.shape[:2]
    cosine, sine = float(np.cos(angle)), float(np.sin(angle))
    wide = round(abs(width * cosine) + abs(height * sine))
    tall = round(abs(width * sine) + abs(height * cosine))
    x, y = (width - 1) / 2, (height - 1) / 2
    turn = np.array(
        [
            [cosine, -sine, (wide - 1) / 2 - cosine * x + sine * y],
            [sine, cosine, (tall - 1) / 2 - sine * x - cosine * y],
            [0, 0, 1],
        ]
    )
    return warped(state, turn, wide, tall, (shade, shade, shade))


def mirror(state: Attacked) -> Attacked:
    """Left and right exchanged."""
    return _turned(state, np.fliplr)


def flip(state: Attacked) -> Attacked:
    """Top and bottom exchanged."""
    return _turned(state, np.flipud)


def turn(state: Attacked, rng: np.random.Generator) -> Attacked:
    """Turned by one, two or three quarters."""
    quarters = int(rng.integers(1, 4))
    return _turned(state, lambda values: np.rot90(values, quarters))


def crop(state: Attacked, strength: float, rng: np.random.Generator) -> Attacked:
    """A window anywhere, of 95 down to 30 percent of the area, of about the same aspect."""
    return window(state, lerp(0.95, 0.30, strength), rng)


def window(state: Attacked, share: float, rng: np.random.Generator) -> Attacked:
    """A window anywhere of this share of the area."""
    height, width = state.pixels.shape[:2]
    lean = float(rng.uniform(np.sqrt(share), 1 / np.sqrt(share)) ** 0.5)
    wide = min(width, max(SMALLEST, round(width * np.sqrt(share) * lean)))
    tall = min(height, max(SMALLEST, round(height * np.sqrt(share) / lean)))
    left, top = int(rng.integers(width - wide + 1)), int(rng.integers(height - tall + 1))
    return cut(state, left, top, wide, tall)


def stretch(state: Attacked, strength: float, rng: np.random.Generator) -> Attacked:
    """The aspect changed by up to a factor of 2, wider or taller."""
    root = float(np.sqrt(1 + strength))
    return resized(state, root, 1 / root) if either(rng) else resized(state, 1 / root, root)


def perspective(state: Attacked, strength: float, rng: np.random.Generator) -> Attacked:
    """Each corner drawn inwards by up to 25 percent of either side, on a black or white ground."""
    shade = 255 * int(rng.integers(2))
    height, width = state.pixels.shape[:2]
    pulled = rng.uniform(0.3, 1.0, (4, 2)) * 0.25 * strength * (width, height)
    inward = np.array([[1, 1], [-1, 1], [-1, -1], [1, -1]])
    corners = np.array([[0, 0], [width - 1, 0], [width - 1, height - 1], [0, height - 1]], np.float64)
    return warped(state, homography(corners, corners + pulled * inward), width, height, (shade, shade, shade))


def homography(before: Matrix, after: Matrix) -> Matrix:
    """The (3, 3) map of four points onto four others."""
    import cv2

    found = cv2.getPerspectiveTransform(before.astype(np.float32), after.astype(np.float32))
    return np.asarray(found, np.float64)


def scale_down(state: Attacked, strength: float) -> Attacked:
    """Scaled by 0.9 down to 0.2, evenly in the logarithm."""
    return resized(state, 0.9 * (0.2 / 0.9) ** strength)


def scale_up(state: Attacked, strength: float) -> Attacked:
    """Scaled by 1.1 up to 4, evenly in the logarithm, never beyond 2560 pixels on the long side."""
    return resized(state, 1.1 * (4 / 1.1) ** strength)


def warp(state: Attacked, strength: float, rng: np.random.Generator) -> Attacked:
    """A smooth warp: waves over the picture move places by up to 2 percent of the long side."""
    height, width = state.pixels.shape[:2]
    reach = lerp(0.002, 0.02, strength) * max(height, width)
    columns, rows = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    moved = []
    for places in (columns, rows):
        waves, phases = rng.uniform(0.5, 2.0, 2), rng.uniform(0, 2 * np.pi, 2)
        along = np.sin(columns[:1] * (2 * np.pi * waves[0] / width) + phases[0])
        over = np.sin(rows[:, :1] * (2 * np.pi * waves[1] / height) + phases[1])
        moved.append((places + reach * over * along).astype(np.float32))
    return remapped(state, moved[0], moved[1])
