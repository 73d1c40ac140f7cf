"""Benign edits of ordinary photographs, seeded: what a picture goes through before it is posted again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]
_WHITE = (255, 255, 255)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Attacked:
    """An edited picture, and where it was altered in the photograph's own frame (None where nothing was)."""

    pixels: Pixels
    altered: Mask | None = None


Attack = Callable[[Pixels, Pixels, np.random.Generator], Attacked]


def compressed(pixels: Pixels, quality: int) -> Pixels:
    """The picture after JPEG compression at this quality."""
    import cv2

    _, coded = cv2.imencode(".jpg", pixels[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    opened = np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR), np.uint8)
    return np.ascontiguousarray(opened[:, :, ::-1])


def scaled(pixels: Pixels, factor: float) -> Pixels:
    """The picture at another size."""
    import cv2

    size = (max(8, round(pixels.shape[1] * factor)), max(8, round(pixels.shape[0] * factor)))
    kind = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(pixels, size, interpolation=kind), np.uint8)


def _texture(other: Pixels, height: int, width: int, rng: np.random.Generator) -> Pixels:
    """A piece of another photograph at this size."""
    import cv2

    rows, columns = other.shape[:2]
    tall, wide = max(8, rows // 2), max(8, columns // 2)
    top, left = int(rng.integers(0, rows - tall + 1)), int(rng.integers(0, columns - wide + 1))
    return np.asarray(cv2.resize(other[top : top + tall, left : left + wide], (width, height)), np.uint8)


def region(pixels: Pixels, other: Pixels, rng: np.random.Generator) -> Attacked:
    """An ellipse or a box of 8 to 35 percent of the area replaced by a texture of another photograph."""
    import cv2

    height, width = pixels.shape[:2]
    share = float(np.sqrt(rng.uniform(0.08, 0.35)))
    tall, wide = max(8, int(height * share)), max(8, int(width * share))
    top, left = int(rng.integers(0, height - tall + 1)), int(rng.integers(0, width - wide + 1))
    mask = np.zeros((height, width), np.uint8)
    if rng.random() < 0.5:  # noqa: PLR2004 - an even choice
        mask[top : top + tall, left : left + wide] = 1
    else:
        cv2.ellipse(mask, (left + wide // 2, top + tall // 2), (wide // 2, tall // 2), 0, 0, 360, 1, -1)
    edited = pixels.copy()
    patch = np.zeros_like(pixels)
    patch[top : top + tall, left : left + wide] = _texture(other, tall, wide, rng)
    edited[mask > 0] = patch[mask > 0]
    return Attacked(pixels=compressed(edited, 80), altered=mask.astype(bool))


def crop(pixels: Pixels, other: Pixels, rng: np.random.Generator) -> Attacked:  # noqa: ARG001 - an attack's signature
    """A window of 40 to 80 percent of the area."""
    share = float(np.sqrt(rng.uniform(0.4, 0.8)))
    height, width = pixels.shape[:2]
    tall, wide = int(height * share), int(width * share)
    top, left = int(rng.integers(0, height - tall + 1)), int(rng.integers(0, width - wide + 1))
    return Attacked(pixels=compressed(np.ascontiguousarray(pixels[top : top + tall, left : left + wide]), 80))


def composite(pixels: Pixels, other: Pixels, rng: np.random.Generator) -> Attacked:
    """A region replaced, then a crop of 70 to 90 percent, scale 0.4 to 1, JPEG quality 35 to 80."""
    replaced = region(pixels, other, rng)
    share = float(np.sqrt(rng.uniform(0.7, 0.9)))
    height, width = pixels.shape[:2]
    tall, wide = int(height * share), int(width * share)
    top, left = int(rng.integers(0, height - tall + 1)), int(rng.integers(0, width - wide + 1))
    cut = replaced.pixels[top : top + tall, left : left + wide]
    small = scaled(np.ascontiguousarray(cut), rng.uniform(0.4, 1.0))
    return Attacked(pixels=compressed(small, int(rng.integers(35, 81))), altered=replaced.altered)


def mirror(pixels: Pixels, other: Pixels, rng: np.random.Generator) -> Attacked:
    """A region replaced, then left and right exchanged."""
    replaced = region(pixels, other, rng)
    return Attacked(pixels=np.ascontiguousarray(replaced.pixels[:, ::-1]), altered=replaced.altered)


def rotate(pixels: Pixels, other: Pixels, rng: np.random.Generator) -> Attacked:  # noqa: ARG001 - an attack's signature
    """Turned by any angle, on a plain ground."""
    import cv2

    height, width = pixels.shape[:2]
    side = int(np.hypot(height, width))
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), float(rng.uniform(0, 360)), 1.0)
    turn[:, 2] += (side / 2 - width / 2, side / 2 - height / 2)
    return Attacked(pixels=compressed(np.asarray(cv2.warpAffine(pixels, turn, (side, side)), np.uint8), 80))


def scale(pixels: Pixels, other: Pixels, rng: np.random.Generator) -> Attacked:  # noqa: ARG001 - an attack's signature
    """Scaled by 0.25 to 0.6, never below 160 pixels on the long side."""
    factor = max(rng.uniform(0.25, 0.6), 160 / max(pixels.shape))
    return Attacked(pixels=compressed(scaled(pixels, factor), 80))


def recompress(pixels: Pixels, other: Pixels, rng: np.random.Generator) -> Attacked:  # noqa: ARG001 - as above
    """JPEG quality 15 to 50."""
    return Attacked(pixels=compressed(pixels, int(rng.integers(15, 51))))


def tone(pixels: Pixels, other: Pixels, rng: np.random.Generator) -> Attacked:  # noqa: ARG001 - an attack's signature
    """A curve of 0.6 to 1.7, a cast, and one time in three black-and-white."""
    values = (pixels / 255.0) ** rng.uniform(0.6, 1.7) * rng.uniform(0.75, 1.1, 3)
    if rng.random() < 1 / 3:
        values = np.repeat(values.mean(axis=2, keepdims=True), 3, axis=2)
    return Attacked(pixels=compressed(np.clip(values * 255, 0, 255).astype(np.uint8), 80))


def _lettered(
    pixels: Pixels, text: str, place: tuple[float, float], size: float, colour: tuple[int, int, int]
) -> Pixels:
    import cv2

    height, width = pixels.shape[:2]
    edited = pixels.copy()
    thick = max(1, round(width * size / 250))
    where = (int(width * place[0]), int(height * place[1]))
    cv2.putText(edited, text, where, cv2.FONT_HERSHEY_SIMPLEX, width * size / 500, colour, thick, cv2.LINE_AA)
    return edited


def watermark(pixels: Pixels, other: Pixels, rng: np.random.Generator) -> Attacked:  # noqa: ARG001 - as above
    """A name across the picture, opaque or translucent."""
    place = (rng.uniform(0.05, 0.2), rng.uniform(0.2, 0.9))
    marked = _lettered(pixels, "@made_up_channel", place, rng.uniform(0.7, 1.2), _WHITE)
    weight = rng.uniform(0.35, 1.0)
    mixed = np.round(pixels * (1 - weight) + marked * weight).astype(np.uint8)
    return Attacked(pixels=compressed(mixed, 80))


def caption(pixels: Pixels, other: Pixels, rng: np.random.Generator) -> Attacked:  # noqa: ARG001 - as above
    """A dark bar with a line of text over the lower edge."""
    edited = pixels.copy()
    height = pixels.shape[0]
    bar = int(height * rng.uniform(0.08, 0.18))
    edited[height - bar :] = int(rng.integers(0, 40))
    return Attacked(pixels=compressed(_lettered(edited, "a line of text", (0.05, 0.97), 0.6, _WHITE), 80))


def letterbox(pixels: Pixels, other: Pixels, rng: np.random.Generator) -> Attacked:  # noqa: ARG001 - as above
    """Plain bars above and below."""
    bar = int(pixels.shape[0] * rng.uniform(0.1, 0.3))
    return Attacked(pixels=compressed(np.pad(pixels, ((bar, bar), (0, 0), (0, 0))), 80))


def screenshot(pixels: Pixels, other: Pixels, rng: np.random.Generator) -> Attacked:  # noqa: ARG001 - as above
    """In the middle of a tall light screen with a bar, buttons and lines of text around."""
    small = scaled(pixels, 720 / pixels.shape[1])
    height = small.shape[0]
    screen = np.full((height + 560, 720, 3), 240, np.uint8)
    screen[:90] = (40, 90, 160)
    top = 140 + int(rng.integers(0, 60))
    screen[top : top + height] = small
    for line in range(5):
        where = (0.05, (top + height + 50 + 45 * line) / screen.shape[0])
        screen = _lettered(screen, "forwarded message", where, 0.5, (60, 60, 60))
    return Attacked(pixels=compressed(_lettered(screen, "channel", (0.1, 60 / screen.shape[0]), 0.6, _WHITE), 70))


def collage(pixels: Pixels, other: Pixels, rng: np.random.Generator) -> Attacked:  # noqa: ARG001 - as above
    """Beside another photograph, at one height."""
    first, second = scaled(pixels, 480 / pixels.shape[0]), scaled(other, 480 / other.shape[0])
    height = min(first.shape[0], second.shape[0])
    return Attacked(pixels=compressed(np.concatenate((first[:height], second[:height]), axis=1), 75))


ATTACKS: Mapping[str, Attack] = MappingProxyType(
    {
        "region": region,
        "composite": composite,
        "mirror": mirror,
        "crop": crop,
        "rotate": rotate,
        "scale": scale,
        "recompress": recompress,
        "tone": tone,
        "watermark": watermark,
        "caption": caption,
        "letterbox": letterbox,
        "screenshot": screenshot,
        "collage": collage,
    }
)
"""Every attack by its name; the first three replace a region."""
ALTERING = frozenset({"region", "composite", "mirror"})
