"""Small made-up pictures, and media that a caller answers for."""

from __future__ import annotations

import io

import numpy as np
import numpy.typing as npt
from PIL import Image

from takeback.model.clearing import Cleared
from takeback.model.consent import Under18
from takeback.model.digest import sha256_of
from takeback.model.media import Media, MediaKind, Place
from takeback.signals.gate import clear_photograph


def texture(height: int, width: int, *, seed: int = 7) -> npt.NDArray[np.uint8]:
    """An RGB picture of blobs and noise with corners to find: (height, width, 3)."""
    generator = np.random.default_rng(seed)
    coarse = generator.integers(0, 256, (height // 16 + 2, width // 16 + 2, 3), dtype=np.uint8)
    large = np.asarray(Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC)).astype(np.int16)
    noise = generator.integers(-12, 13, (height, width, 3))
    return np.clip(large + noise, 0, 255).astype(np.uint8)


def media_of(content: bytes, *, path: str = "photos/a.jpg") -> Media:
    """The media with these bytes."""
    place = Place(source="made-up", path=path)
    return Media(sha256=sha256_of(content), size=len(content), place=place, kind=MediaKind.PHOTO)


def cleared(content: bytes) -> Cleared[Media]:
    """The media with these bytes, cleared."""
    return clear_photograph(media_of(content), Under18.NO)


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    """The picture in a file format."""
    written = io.BytesIO()
    image.save(written, kind, **options)
    return written.getvalue()


def scan_bomb(scans: int, *, side: int = 2048) -> bytes:
    """A progressive JPEG whose last scan is repeated: small, within every size limit, and slow."""
    plain = encoded(Image.new("L", (side, side), 90), "JPEG", progressive=True)
    last = plain.rindex(b"\xff\xda")
    return plain[:-2] + plain[last:-2] * scans + plain[-2:]
