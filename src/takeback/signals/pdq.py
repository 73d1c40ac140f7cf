"""PDQ signals: a 256-bit perceptual hash of a picture and its quality, alone, in 8 orientations, or in bulk."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from takeback.errors import SourceError
from takeback.model.consent import Under18
from takeback.model.digest import sha256_of
from takeback.model.media import Media, MediaKind, Place
from takeback.model.signal import DIHEDRAL_FORMS, HASH_WORDS, Signal, SignalBatch
from takeback.signals.decode import Decoder
from takeback.signals.gate import clear_photograph

if TYPE_CHECKING:
    from takeback.model.digest import Sha256

_CHANNELS = 3
_BLANK = Signal(words=(0, 0, 0, 0), quality=0)


class PdqHasher:
    """Pixels to PDQ, equal to the reference on RGB pixels.

    Examples:
        >>> import numpy as np
        >>> picture = np.random.default_rng(1).integers(0, 256, (96, 128, 3), dtype=np.uint8)
        >>> signal = PdqHasher().hash(picture)
        >>> len(signal.hex), signal.quality, signal.distance(PdqHasher().hash(picture))
        (64, 100, 0)
    """

    name = "pdq"
    version = "pdq-1"

    def hash(self, image: npt.NDArray[np.uint8]) -> Signal:
        """The signal of a picture: (H, W, 3) RGB or (H, W) grey, uint8."""
        if image.ndim == 2:  # noqa: PLR2004  # rows and columns
            image = np.repeat(image[:, :, None], _CHANNELS, axis=2)
        return self.hash_pixels(image)

    def hash_pixels(self, pixels: npt.NDArray[np.uint8]) -> Signal:
        """The signal of an RGB picture (H, W, 3) uint8; all zero with quality 0 where a side is under 5 pixels."""
        from takeback.kernels import pdq

        prepared = _prepared(pixels)
        if min(prepared.shape[:2]) < pdq.MINIMUM_SIDE:
            return _BLANK
        samples = pdq.downsample(prepared)
        words = pdq.hash_words(pdq.cosine_transform(samples))
        return _signal(words, pdq.gradient_quality(samples))

    def dihedral(self, pixels: npt.NDArray[np.uint8]) -> tuple[Signal, ...]:
        """The 8 signals of an RGB picture turned and flipped, from one pass over its pixels.

        In order: as it is, turned by 90, 180, 270 degrees, flipped top to bottom, flipped left to right, flipped along
        the one diagonal, along the other.
        """
        from takeback.kernels import pdq

        prepared = _prepared(pixels)
        if min(prepared.shape[:2]) < pdq.MINIMUM_SIDE:
            return (_BLANK,) * DIHEDRAL_FORMS
        samples = pdq.downsample(prepared)
        quality = pdq.gradient_quality(samples)
        forms = pdq.dihedral_forms(pdq.cosine_transform(samples))
        return tuple(_signal(pdq.hash_words(form), quality) for form in forms)

    def hash_many(self, paths: Iterable[Path], *, under_18: Under18) -> SignalBatch:
        """The signals of ordinary photographs that the caller answers for, each decoded in the sandbox.

        Raises:
            PhotographRefused: unless ``under_18`` is `Under18.NO`, for all of them.
            DecodeRefused: for the first one that is no readable picture.
            SourceError: for the first one that cannot be read at all.
        """
        digests: list[Sha256] = []
        signals: list[Signal] = []
        with Decoder() as decoder:
            for path in paths:
                content = _content_of(path)
                place = Place(source="photographs", path=path.name)
                media = Media(sha256=sha256_of(content), size=len(content), place=place, kind=MediaKind.IMAGE_FILE)
                pixels = decoder.decode(clear_photograph(media, under_18), content)
                digests.append(media.sha256)
                signals.append(self.hash_pixels(pixels.array))
        words = np.array([each.words for each in signals], dtype=np.uint64).reshape(-1, HASH_WORDS)
        quality = np.array([each.quality for each in signals], dtype=np.uint8)
        return SignalBatch(media=tuple(digests), words=words, quality=quality)


def _content_of(path: Path) -> bytes:
    """The bytes of a file, or a `SourceError`."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise SourceError(f"cannot be read: {path}: {error.strerror} (give the path of a photograph)") from error


def _prepared(pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """The pixels as the kernel wants them, or a ValueError that says what they are instead."""
    if pixels.ndim != _CHANNELS or pixels.shape[2] != _CHANNELS or pixels.dtype != np.uint8:
        message = f"pixels are (H, W, 3) uint8 RGB, not {pixels.shape} {pixels.dtype}"
        raise ValueError(message)
    return np.ascontiguousarray(pixels)


def _signal(words: npt.NDArray[np.uint64], quality: int) -> Signal:
    """The signal with these words."""
    first, second, third, fourth = (int(word) for word in words)
    return Signal(words=(first, second, third, fourth), quality=int(quality))
