"""Signals: perceptual hashes and local features, in columns; hex only at the edges."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from takeback.model.digest import Md5, Sha256

HASH_BITS = 256
HASH_WORDS = 4
HEX_DIGITS = 64
_HEX = frozenset("0123456789abcdefABCDEF")
DIHEDRAL_FORMS = 8
LOW_QUALITY = 50
"""A PDQ of a lower quality is kept, and never matched on its own."""


class PdqMode(StrEnum):
    """From what a PDQ hash was computed; the modes differ by a few bits, so an answer says which it was."""

    EXACT = "exact"
    """Every RGB pixel, as the reference does."""
    LUMA = "luma"
    """Every pixel of the luma that a JPEG holds; colours are not decoded."""
    BULK = "bulk"
    """Its luma decoded at 1/2 or 1/4 of the size, where the picture is large enough."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """One PDQ hash: four 64-bit words, most significant first, and its quality from 0 to 100.

    Examples:
        >>> Signal.from_hex("f" * 64, quality=100).distance(Signal.from_hex("0" * 64, quality=100))
        256
    """

    words: tuple[int, int, int, int]
    quality: int

    @property
    def hex(self) -> str:
        """Always 64 hexadecimal digits."""
        return "".join(f"{word:016x}" for word in self.words)

    @classmethod
    def from_hex(cls, digits: str, *, quality: int) -> Signal:
        """The signal written in 64 hexadecimal digits; a ValueError says what is wrong with them."""
        if len(digits) != HEX_DIGITS:
            message = f"a PDQ hash has {HEX_DIGITS} hexadecimal digits, not {len(digits)}: {digits[:80]!r}"
            raise ValueError(message)
        if not set(digits) <= _HEX:  # `int` would take a sign, a prefix, spaces and the digits of other scripts too
            raise ValueError(f"a PDQ hash has hexadecimal digits only: {digits!r}")
        number = int(digits, 16)
        mask = (1 << 64) - 1
        words = (number >> 192, (number >> 128) & mask, (number >> 64) & mask, number & mask)
        return cls(words=words, quality=quality)

    def distance(self, other: Signal) -> int:
        """The Hamming distance in bits, from 0 to 256."""
        return sum((mine ^ theirs).bit_count() for mine, theirs in zip(self.words, other.words, strict=True))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SignalBatch:
    """Many PDQ hashes in columns: ``words`` (N, 4) uint64, ``quality`` (N,) uint8, ``media`` N digests.

    ``md5`` holds N digests of the same bytes where they were asked for, ``mode`` is the one that all were hashed in.
    """

    media: tuple[Sha256, ...]
    words: npt.NDArray[np.uint64]
    quality: npt.NDArray[np.uint8]
    md5: tuple[Md5, ...] = ()
    mode: PdqMode = PdqMode.EXACT

    def __len__(self) -> int:
        return len(self.media)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Features:
    """Local features of one picture, after its EXIF orientation.

    ``frames`` (N, 4) float32: x, y in pixels of the full picture, scale in pixels, angle in radians.
    ``descriptors`` (N, 128) uint8: RootSIFT, ``round(512 * sqrt(d / sum(d)))`` clipped to 255.
    ``width``, ``height``: of the full picture in pixels.
    """

    frames: npt.NDArray[np.float32]
    descriptors: npt.NDArray[np.uint8]
    width: int
    height: int

    def __len__(self) -> int:
        return int(self.frames.shape[0])
