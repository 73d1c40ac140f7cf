"""Attacks that show the photograph beside, on or behind another ordinary photograph."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from takeback.bench.attacks import shapes
from takeback.bench.attacks.geometry import cut, resized, warped
from takeback.bench.attacks.state import Attacked, Pixels, covered, either, ground, lerp, placed

LONG_SIDE = 1280
"""The long side of a sheet, in pixels."""
_GAPS = ((255, 255, 255), (0, 0, 0))


def _filling(state: Attacked, width: int, height: int) -> Attacked:
    """The middle of the picture, scaled to fill a cell."""
    rows, columns = state.pixels.shape[:2]
    factor = min(rows / height, columns / width)
    tall, wide = max(1, min(rows, round(height * factor))), max(1, min(columns, round(width * factor)))
    middle = cut(state, (columns - wide) // 2, (rows - tall) // 2, wide, tall)
    return resized(middle, width / wide, height / tall)


def _gap(rng: np.random.Generator) -> tuple[int, tuple[int, int, int]]:
    return int(rng.choice((0, 6, 16))), _GAPS[int(rng.integers(2))]


def collage_two(state: Attacked, donor: Pixels, strength: float, rng: np.random.Generator) -> Attacked:
    """Beside or above another photograph, on 70 down to 35 percent of the sheet, trimmed to fill its half."""
    gap, colour = _gap(rng)
    beside, first = either(rng), either(rng)
    long, short = LONG_SIDE, round(LONG_SIDE * float(rng.uniform(0.5, 0.8)))
    mine = round(long * lerp(0.70, 0.35, strength))
    canvas = ground(short, long, colour) if beside else ground(long, short, colour)
    own, other = (0, mine + gap) if first else (long - mine, 0)
    rest = long - mine - gap
    if beside:
        canvas[:, other : other + rest] = shapes.filled(donor, short, rest)
        return placed(_filling(state, mine, short), canvas, own, 0)
    canvas[other : other + rest] = shapes.filled(donor, rest, short)
    return placed(_filling(state, short, mine), canvas, 0, own)


def collage_four(state: Attacked, donor: Pixels, strength: float, rng: np.random.Generator) -> Attacked:
    """One of four pictures in two rows, its cell 60 down to 40 percent of either side; the others are of the donor."""
    gap, colour = _gap(rng)
    width, height = LONG_SIDE, round(LONG_SIDE * float(rng.uniform(0.65, 1.0)))
    share = lerp(0.60, 0.40, strength)
    right, lower = int(rng.integers(2)), int(rng.integers(2))
    canvas = ground(height, width, colour)
    across, down = _halves(width - gap, share, right), _halves(height - gap, share, lower)
    columns, rows = (0, across[0] + gap), (0, down[0] + gap)
    for row in range(2):
        for column in range(2):
            piece = shapes.texture(donor, down[row], across[column], rng)
            canvas[rows[row] : rows[row] + down[row], columns[column] : columns[column] + across[column]] = piece
    shown = _filling(state, across[right], down[lower])
    return placed(shown, canvas, columns[right], rows[lower])


def _halves(length: int, share: float, mine: int) -> tuple[int, int]:
    """A length in two, of which this one has this share."""
    part = round(length * share)
    return (length - part, part) if mine else (part, length - part)


def collage_free(state: Attacked, donor: Pixels, strength: float, rng: np.random.Generator) -> Attacked:
    """Anywhere on a sheet of other pictures, turned by up to 20 degrees, 70 down to 35 percent of the sheet's side."""
    width, height = LONG_SIDE, round(LONG_SIDE * float(rng.uniform(0.6, 1.0)))
    canvas = ground(height, width, (235, 230, 220))
    for _ in range(4):
        tall, wide = round(height * float(rng.uniform(0.3, 0.6))), round(width * float(rng.uniform(0.3, 0.6)))
        top, left = int(rng.integers(height - tall)), int(rng.integers(width - wide))
        canvas[top : top + tall, left : left + wide] = shapes.texture(donor, tall, wide, rng)
    rows, columns = state.pixels.shape[:2]
    side = lerp(0.70, 0.35, strength)
    factor = side * min(width / columns, height / rows)
    angle = float(np.deg2rad(rng.uniform(-20, 20)))
    small = resized(state, factor)
    rows, columns = small.pixels.shape[:2]
    turn = _anywhere(angle, (columns, rows), (width, height), rng)
    over = warped(small, turn, width, height)
    import cv2

    alpha = np.asarray(cv2.warpPerspective(np.ones((rows, columns), np.float32), turn, (width, height)), np.float32)
    return placed(over, canvas, 0, 0, alpha)


def _anywhere(
    angle: float, size: tuple[int, int], sheet: tuple[int, int], rng: np.random.Generator
) -> npt.NDArray[np.float64]:
    """A turn of a picture about its middle, put anywhere on a sheet where nothing is cut off, if there is room."""
    cosine, sine = float(np.cos(angle)), float(np.sin(angle))
    reach = (
        (abs(size[0] * cosine) + abs(size[1] * sine)) / 2,
        (abs(size[0] * sine) + abs(size[1] * cosine)) / 2,
    )
    x, y = (float(rng.uniform(min(r, s / 2), max(s - r, s / 2))) for r, s in zip(reach, sheet, strict=True))
    return np.array(
        [
            [cosine, -sine, x - cosine * size[0] / 2 + sine * size[1] / 2],
            [sine, cosine, y - sine * size[0] / 2 - cosine * size[1] / 2],
            [0, 0, 1],
        ]
    )


def inset(state: Attacked, donor: Pixels, strength: float, rng: np.random.Generator) -> Attacked:
    """Small in another photograph, 60 down to 25 percent of its side, half of the time with a white edge."""
    width, height = LONG_SIDE, round(LONG_SIDE * min(1.5, donor.shape[0] / donor.shape[1]))
    canvas = shapes.filled(donor, height, width)
    rows, columns = state.pixels.shape[:2]
    small = resized(state, lerp(0.60, 0.25, strength) * min(width / columns, height / rows))
    rows, columns = small.pixels.shape[:2]
    left, top = int(rng.integers(width - columns + 1)), int(rng.integers(height - rows + 1))
    if either(rng):
        edge = max(2, width // 160)
        canvas[max(0, top - edge) : top + rows + edge, max(0, left - edge) : left + columns + edge] = 255
    return placed(small, canvas, left, top)


def behind_inset(state: Attacked, donor: Pixels, strength: float, rng: np.random.Generator) -> Attacked:
    """Another photograph small in it, on 4 up to 35 percent of the area."""
    height, width = state.pixels.shape[:2]
    alpha = shapes.box(height, width, lerp(0.04, 0.35, strength), rng)
    rows, columns = np.flatnonzero(alpha.any(axis=1)), np.flatnonzero(alpha.any(axis=0))
    layer = state.pixels.copy()
    piece = shapes.filled(donor, len(rows), len(columns))
    layer[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1] = piece
    return covered(state, layer, alpha)
