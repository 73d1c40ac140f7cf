"""Boxes, ellipses and organic blobs of a given area, and pieces of other photographs to fill them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from takeback.bench.attacks.state import Alpha, Pixels

_GRID = 96
_ROUND = np.pi / 4
_WHOLE = 0.98


def shape(height: int, width: int, share: float, rng: np.random.Generator) -> Alpha:
    """A box, an ellipse or a blob somewhere in the frame, of this share of its area; 1 inside, 0 outside."""
    kind = int(rng.integers(3))
    if kind == 0:
        return box(height, width, share, rng)
    return ellipse(height, width, share, rng) if kind == 1 else blob(height, width, share, rng)


def _sides(height: int, width: int, share: float, rng: np.random.Generator) -> tuple[int, int, int, int]:
    """Left, top, width and height of a box of this share of the frame."""
    root = float(np.sqrt(min(share, _WHOLE)))
    lean = float(np.exp(rng.uniform(-1, 1) * min(0.4, -np.log(root))))
    wide, tall = max(2, round(width * root * lean)), max(2, round(height * root / lean))
    wide, tall = min(wide, width), min(tall, height)
    return int(rng.integers(width - wide + 1)), int(rng.integers(height - tall + 1)), wide, tall


def box(height: int, width: int, share: float, rng: np.random.Generator) -> Alpha:
    """An upright box."""
    left, top, wide, tall = _sides(height, width, share, rng)
    alpha = np.zeros((height, width), np.float32)
    alpha[top : top + tall, left : left + wide] = 1
    return alpha


def ellipse(height: int, width: int, share: float, rng: np.random.Generator) -> Alpha:
    """An upright ellipse of at most 78 percent of the frame."""
    import cv2

    left, top, wide, tall = _sides(height, width, share / _ROUND, rng)
    alpha = np.zeros((height, width), np.uint8)
    centre, axes = (left + wide // 2, top + tall // 2), (wide // 2, tall // 2)
    cv2.ellipse(alpha, centre, axes, 0, 0, 360, 255, -1, cv2.LINE_AA)
    return alpha.astype(np.float32) / np.float32(255)


def blob(height: int, width: int, share: float, rng: np.random.Generator) -> Alpha:
    """An organic outline: smooth noise around a centre, cut at the level that leaves this share of the frame."""
    import cv2

    rough = rng.standard_normal((7, 7)).astype(np.float32)
    noise = np.asarray(cv2.resize(rough, (_GRID, _GRID), interpolation=cv2.INTER_CUBIC), np.float32)
    places = np.linspace(0, 1, _GRID, dtype=np.float32)
    x, y = (float(each) for each in rng.uniform(0.3, 0.7, 2))
    field = 0.12 * noise - np.hypot(places[None, :] - x, places[:, None] - y)
    field = np.asarray(cv2.resize(field, (width, height), interpolation=cv2.INTER_LINEAR), np.float32)
    return np.asarray(field > np.quantile(field[::3, ::3], 1 - share), np.float32)


def feathered(alpha: Alpha, pixels: float) -> Alpha:
    """The same with a soft edge of about so many pixels."""
    import cv2

    side = 2 * round(pixels) + 1
    return alpha if side <= 1 else np.asarray(cv2.blur(alpha, (side, side)), np.float32)


def texture(donor: Pixels, height: int, width: int, rng: np.random.Generator) -> Pixels:
    """A window of half or more of another photograph, scaled to this size."""
    import cv2

    rows, columns = donor.shape[:2]
    factor = float(rng.uniform(0.5, 1.0)) * min(rows / height, columns / width)
    tall, wide = max(1, min(rows, round(height * factor))), max(1, min(columns, round(width * factor)))
    top, left = int(rng.integers(rows - tall + 1)), int(rng.integers(columns - wide + 1))
    piece = donor[top : top + tall, left : left + wide]
    return np.asarray(cv2.resize(piece, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)


def filled(donor: Pixels, height: int, width: int) -> Pixels:
    """The middle of another photograph, scaled to fill this size."""
    import cv2

    rows, columns = donor.shape[:2]
    factor = min(rows / height, columns / width)
    tall, wide = max(1, min(rows, round(height * factor))), max(1, min(columns, round(width * factor)))
    top, left = (rows - tall) // 2, (columns - wide) // 2
    piece = np.ascontiguousarray(donor[top : top + tall, left : left + wide])
    kind = cv2.INTER_AREA if factor > 1 else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(piece, (width, height), interpolation=kind), np.uint8)


def rounded(height: int, width: int, radius: float) -> Alpha:
    """All of the frame but its corners, rounded by so many pixels."""
    x = np.abs(np.arange(width, dtype=np.float32) - (width - 1) / 2) - (width / 2 - radius)
    y = np.abs(np.arange(height, dtype=np.float32) - (height - 1) / 2) - (height / 2 - radius)
    away: npt.NDArray[np.float32] = np.hypot(np.maximum(x, 0)[None, :], np.maximum(y, 0)[:, None])
    return np.asarray(np.clip(radius - away + 0.5, 0, 1), np.float32)
