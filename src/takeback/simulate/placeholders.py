"""Small picture files for a network that needs many: textures from a seed, and nothing else."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

_SIZE = (320, 240)


def picture_file(number: int, seed: int) -> bytes:
    """The JPEG of a soft texture; each number gives another, the same number the same."""
    rng = np.random.default_rng((seed, number))
    coarse = rng.integers(0, 256, (9, 12, 3), dtype=np.uint8)
    out = io.BytesIO()
    Image.fromarray(coarse).resize(_SIZE, Image.Resampling.BICUBIC).save(out, "JPEG", quality=82)
    return out.getvalue()
