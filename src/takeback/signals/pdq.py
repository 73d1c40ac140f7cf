"""PDQ signals: a 256-bit perceptual hash of a picture and its quality, alone, in 8 orientations, or in bulk."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from takeback.errors import SourceError
from takeback.model.consent import Under18
from takeback.model.digest import md5_of, sha256_of
from takeback.model.media import Media, MediaKind, Place
from takeback.model.signal import DIHEDRAL_FORMS, HASH_WORDS, PdqMode, Signal, SignalBatch
from takeback.signals.decode import Decoder, Luma
from takeback.signals.gate import clear_photograph

if TYPE_CHECKING:
    from takeback.model.clearing import Cleared
    from takeback.model.digest import Md5, Sha256

_CHANNELS = 3
_BLANK = Signal(words=(0, 0, 0, 0), quality=0)
CELLS = 256
"""A reduced plane keeps so many cells along its shorter side: a window of the tent filter then spans two of them."""
_LUMA_OF_RGB = (0.299, 0.587, 0.114)


class PdqHasher:
    """Pixels to PDQ: equal to the reference on RGB pixels, or a few bits away for a fraction of its time.

    Examples:
        >>> import numpy as np
        >>> picture = np.random.default_rng(1).integers(0, 256, (96, 128, 3), dtype=np.uint8)
        >>> signal = PdqHasher().hash(picture)
        >>> len(signal.hex), signal.quality, signal.distance(PdqHasher().hash(picture))
        (64, 100, 0)
        >>> PdqHasher(mode="luma").version
        'pdq-1-luma'
    """

    name = "pdq"

    def __init__(self, *, mode: PdqMode | str = PdqMode.EXACT) -> None:
        self.mode = PdqMode(mode)
        self.version = "pdq-1" if self.mode is PdqMode.EXACT else f"pdq-1-{self.mode}"

    def hash(self, image: npt.NDArray[np.uint8]) -> Signal:
        """The signal of a picture: (H, W, 3) RGB or (H, W) grey, uint8."""
        if image.ndim == 2:  # noqa: PLR2004  # rows and columns
            image = np.repeat(image[:, :, None], _CHANNELS, axis=2)
        return self.hash_pixels(image)

    def hash_pixels(self, pixels: npt.NDArray[np.uint8]) -> Signal:
        """The signal of an RGB picture (H, W, 3) uint8; all zero with quality 0 where a side is under 5 pixels.

        Outside of the mode ``exact`` it is that of its luma in whole numbers, as a decoder would have given it.
        """
        prepared = _prepared(pixels)
        if self.mode is not PdqMode.EXACT:
            plane = np.rint(prepared @ np.array(_LUMA_OF_RGB)).astype(np.uint8)
            height, width = plane.shape
            return self.hash_luma(Luma(array=plane, width=width, height=height, scale=1, top=0, left=0))
        return self.hash_lent(prepared)

    def hash_lent(self, pixels: npt.NDArray[np.uint8]) -> Signal:
        """The exact signal of what `Decoder.with_pixels` lends: (H, W, 3 or 4), each sample of which is read once."""
        from takeback.kernels import pdq

        return _BLANK if min(pixels.shape[:2]) < pdq.MINIMUM_SIDE else _hashed(pdq.downsample(pixels))

    def hash_luma(self, luma: Luma) -> Signal:
        """The signal of a decoded luma plane, whole or reduced; blank as above."""
        from takeback.kernels import pdq, pdq_luma

        if min(luma.width, luma.height) < pdq.MINIMUM_SIDE:
            return _BLANK
        plane = np.ascontiguousarray(luma.array)
        return _hashed(
            pdq_luma.downsample_luma(plane, luma.height, luma.width, luma.scale, luma.top, luma.left),
        )

    def hash_cleared(self, decoder: Decoder, media: Cleared[Media], content: bytes) -> Signal:
        """The signal of a cleared picture, decoded in the sandbox as the mode wants it.

        Raises:
            what `Decoder.decode` raises.
        """
        if self.mode is PdqMode.EXACT:
            return decoder.with_pixels(media, content, self.hash_lent)
        cells = CELLS if self.mode is PdqMode.BULK else None
        return decoder.with_luma(media, content, self.hash_luma, cells=cells)

    def dihedral(self, pixels: npt.NDArray[np.uint8]) -> tuple[Signal, ...]:
        """The 8 signals of an RGB picture turned and flipped, from one pass over its pixels; exact in every mode.

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
        md5: list[Md5] = []
        signals: list[Signal] = []
        with Decoder() as decoder:
            for path in paths:
                content = _content_of(path)
                place = Place(source="photographs", path=path.name)
                media = Media(sha256=sha256_of(content), size=len(content), place=place, kind=MediaKind.IMAGE_FILE)
                signals.append(self.hash_cleared(decoder, clear_photograph(media, under_18), content))
                digests.append(media.sha256)
                md5.append(md5_of(content))
        words = np.array([each.words for each in signals], dtype=np.uint64).reshape(-1, HASH_WORDS)
        quality = np.array([each.quality for each in signals], dtype=np.uint8)
        return SignalBatch(media=tuple(digests), words=words, quality=quality, md5=tuple(md5), mode=self.mode)


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


def _hashed(samples: npt.NDArray[np.float32]) -> Signal:
    """The signal of the 64 x 64 samples."""
    from takeback.kernels import pdq

    return _signal(pdq.hash_words(pdq.cosine_transform(samples)), pdq.gradient_quality(samples))


def _signal(words: npt.NDArray[np.uint64], quality: int) -> Signal:
    """The signal with these words."""
    first, second, third, fourth = (int(word) for word in words)
    return Signal(words=(first, second, third, fourth), quality=int(quality))
