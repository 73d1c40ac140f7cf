"""Sketches of descriptors: 64 bits each, of which few differ where the descriptors are alike."""

from __future__ import annotations

import hashlib

import numpy as np
import numpy.typing as npt

BITS = 64
_LENGTH = 128
_MIDDLES = (
    *(301, -258, -263, -395, 158, -334, -212, -321, 485, -52, -64, -130, -111, 589, -545, -219),
    *(57, -521, 70, -132, -114, 599, 334, 40, 137, 84, -91, 479, 320, -518, -149, 65),
    *(-252, 418, 74, -733, -488, -189, -318, 796, 266, -249, -334, 895, -202, 49, -103, -386),
    *(166, -283, -626, 46, -227, 88, 148, 91, -206, 456, -468, -340, -124, 531, 78, -5),
)
"""Medians of the projections over 14,149 descriptors of 40 training photographs: half of each bit is set."""


def _projections() -> npt.NDArray[np.float32]:
    """(128, 64) of 1 and -1, the same everywhere and always."""
    stream = b"".join(hashlib.sha256(f"takeback sketch {number}".encode()).digest() for number in range(32))
    bits = np.unpackbits(np.frombuffer(stream, np.uint8)).reshape(BITS, _LENGTH)
    return np.where(bits == 1, 1, -1).astype(np.float32).T


_PROJECTIONS = _projections()


def sketches(descriptors: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint64]:
    """A sketch (N,) of each descriptor (N, 128).

    References:
        M. Charikar, "Similarity estimation techniques from rounding algorithms" (STOC 2002).
    """
    bits = descriptors.astype(np.float32) @ _PROJECTIONS > np.array(_MIDDLES, np.float32)
    return np.packbits(bits, axis=1).view(np.uint64).reshape(-1)
