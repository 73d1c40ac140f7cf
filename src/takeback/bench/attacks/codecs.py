"""Attacks by compression. JPEG and WebP are OpenCV's, AVIF is Pillow's (libavif with the encoder of its wheel)."""

from __future__ import annotations

import io

import numpy as np

from takeback.bench.attacks.state import Attacked, Pixels, lerp, with_pixels

_BEST, _WORST = 90, 15
_FASTEST = 10
POSTED = 85
"""The JPEG quality at which every attacked picture is posted that did not end in compression anyway."""


def compressed(pixels: Pixels, quality: int) -> Pixels:
    """The picture after JPEG compression at this quality."""
    import cv2

    return _coded(pixels, ".jpg", cv2.IMWRITE_JPEG_QUALITY, quality)


def _coded(pixels: Pixels, suffix: str, flag: int, quality: int) -> Pixels:
    import cv2

    _, coded = cv2.imencode(suffix, cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), [flag, quality])
    return np.asarray(cv2.cvtColor(cv2.imdecode(coded, cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB), np.uint8)


def _quality(strength: float) -> int:
    return round(lerp(_BEST, _WORST, strength))


def jpeg(state: Attacked, strength: float) -> Attacked:
    """JPEG at quality 90 down to 15."""
    return with_pixels(state, compressed(state.pixels, _quality(strength)))


def webp(state: Attacked, strength: float) -> Attacked:
    """WebP at quality 90 down to 15."""
    import cv2

    return with_pixels(state, _coded(state.pixels, ".webp", cv2.IMWRITE_WEBP_QUALITY, _quality(strength)))


def avif(state: Attacked, strength: float) -> Attacked:
    """AVIF at quality 90 down to 15."""
    from PIL import Image

    kept = io.BytesIO()
    Image.fromarray(state.pixels).save(kept, "AVIF", quality=_quality(strength), speed=_FASTEST)
    with Image.open(kept) as opened:
        return with_pixels(state, np.asarray(opened.convert("RGB"), np.uint8))


def double_jpeg(state: Attacked, strength: float, rng: np.random.Generator) -> Attacked:
    """JPEG twice, the grid of blocks moved between by cutting 1 to 7 rows and columns; qualities 90 down to 15."""
    from takeback.bench.attacks.geometry import cut

    once = jpeg(state, strength)
    left, top = (int(each) for each in rng.integers(1, 8, 2))
    height, width = once.pixels.shape[:2]
    return jpeg(cut(once, left, top, width - left, height - top), strength * float(rng.uniform(0.5, 1)))


def posted(state: Attacked) -> Attacked:
    """The picture as it is posted: JPEG at quality 85."""
    return with_pixels(state, compressed(state.pixels, POSTED))
