"""Examines pairs of pictures from a file and writes what came of it; run in a process with fewer processor features."""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path

import numpy as np

from takeback.matching.examine import MediaView, examine
from takeback.model.finding import Examination
from takeback.model.original import Original, PackLevel
from takeback.signals.features import extract

TURNED_OFF = {
    "OPENCV_CPU_DISABLE": "AVX512_SKX,AVX512_CNL,AVX512_CLX,AVX512_ICL,AVX512_COMMON,AVX2,FMA3,AVX,FP16,SSE4_2,SSE4_1",
    "OPENCV_IPP": "disabled",
    "NPY_DISABLE_CPU_FEATURES": "X86_V4 AVX512_ICL AVX512_SPR X86_V3",
}
"""What an older machine lacks. NumPy and OpenCV pass over names that they do not know."""


def facts(original: np.ndarray, media: np.ndarray) -> dict[str, object]:
    """What an examination says, in numbers."""
    seen = examine(_original(original), _view(media), original_pixels=original)
    return {"conclusion": seen.conclusion.value, "person_region": seen.person_region.value, **_numbers(seen)}


def _numbers(seen: Examination) -> dict[str, object]:
    alignment, alteration = seen.alignment, seen.alteration
    return {
        "matrix": None if alignment is None else alignment.matrix,
        "score": None if alignment is None else alignment.score,
        "inliers": None if alignment is None else alignment.inliers,
        "altered": None if alteration is None else alteration.share_altered,
        "surviving": None if alteration is None else alteration.share_surviving,
    }


def _original(pixels: np.ndarray) -> Original:
    height, width = pixels.shape[:2]
    return Original(
        id="original",
        person="made-up",
        sha256=hashlib.sha256(pixels.tobytes()).hexdigest(),
        width=width,
        height=height,
        level=PackLevel.SEALED,
        signals=(),
        features=extract(pixels, full_width=width, full_height=height),
        person_region=None,
    )


def _view(pixels: np.ndarray) -> MediaView:
    features = extract(pixels, full_width=pixels.shape[1], full_height=pixels.shape[0])
    return MediaView(sha256=hashlib.sha256(pixels.tobytes()).hexdigest(), features=features, pixels=pixels)


def main(path: Path) -> None:
    """Writes a list with the facts of each pair in the file."""
    pairs = np.load(path, allow_pickle=False)
    numbers = range(len(pairs.files) // 2)
    sys.stdout.write(json.dumps([facts(pairs[f"original{each}"], pairs[f"media{each}"]) for each in numbers]))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
