"""What finding the features of a picture of a million pixels costs, beside OpenCV's SIFT, and how far both agree."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path

import numpy as np
import numpy.typing as npt

from takeback.bench.derivative.bank import Enrolled
from takeback.bench.photographs import pixels_of
from takeback.bench.result import Figure
from takeback.signals.decode import Decoder
from takeback.signals.features import extract

LONG_SIDE = 1280
"""As media are fingerprinted: 1280 x 853 are 1.09 million pixels."""
AT = 640
"""At this long side features are found, by both; a smaller photograph is not asked for."""
PHOTOGRAPHS = 60
_PLACE, _SIZE, _TURN = 0.5, 1.1, math.radians(5)
"""Features within so many pixels, so large a ratio of sizes and so much of a turn are the same."""

Pixels = npt.NDArray[np.uint8]
Frames = npt.NDArray[np.float64]


def extraction(
    usable: Sequence[Enrolled], rng: np.random.Generator, *, photographs: int = PHOTOGRAPHS
) -> tuple[dict[str, Figure], dict[str, Figure]]:
    """Our figures and OpenCV's: the CPU time for photographs at 1280 pixels, reducing them included."""
    ours, theirs = [], []
    same = features = 0
    drawn = [usable[int(each)] for each in rng.permutation(len(usable))]
    large = (each for each in drawn if max(each.width, each.height) >= AT)
    for number, pixels in enumerate(_at_full_size(islice(large, photographs))):
        if not number:
            _ours(pixels)  # the first call loads the kernels
        first, second = (_ours, _theirs) if number % 2 else (_theirs, _ours)
        timed = {each: _timed(each, pixels) for each in (first, second)}
        ours.append(timed[_ours][0])
        theirs.append(timed[_theirs][0])
        same += int(_found_among(timed[_ours][1], timed[_theirs][1]).sum())
        features += len(timed[_ours][1])
    share = same / features if features else None
    unit = "share of our features that OpenCV's SIFT finds too: 0.5 pixels, a tenth of the size, 5 degrees"
    return (
        {"extract_1mp_ms": _mean_ms(ours), "extract_1mp_as_opencv": Figure(value=share, unit=unit, n=features)},
        {"extract_1mp_ms": _mean_ms(theirs)},
    )


def _at_full_size(chosen: Iterator[Enrolled]) -> Iterator[Pixels]:
    """The photographs, each enlarged or reduced to the same long side."""
    import cv2

    with Decoder() as decoder:
        for each in chosen:
            pixels = pixels_of(Path(each.path), decoder)
            if pixels is None:
                continue
            factor = LONG_SIDE / max(pixels.shape[:2])
            size = (round(pixels.shape[1] * factor), round(pixels.shape[0] * factor))
            how = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
            yield np.asarray(cv2.resize(pixels, size, interpolation=how), np.uint8)


def _ours(pixels: Pixels) -> Frames:
    features = extract(pixels, full_width=pixels.shape[1], full_height=pixels.shape[0])
    return features.frames.astype(np.float64)


def _theirs(pixels: Pixels) -> Frames:
    import cv2

    cv2.setNumThreads(1)
    factor = AT / max(pixels.shape[:2])
    size = (round(pixels.shape[1] * factor), round(pixels.shape[0] * factor))
    grey = cv2.cvtColor(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2GRAY)
    keypoints, _ = cv2.SIFT_create().detectAndCompute(grey, None)  # type: ignore[attr-defined]  # its stubs lack it
    across, down = pixels.shape[1] / size[0], pixels.shape[0] / size[1]
    rows = [
        (
            (each.pt[0] + 0.5) * across - 0.5,
            (each.pt[1] + 0.5) * down - 0.5,
            each.size * math.sqrt(across * down),
            math.radians(each.angle),
        )
        for each in keypoints
    ]
    return np.array(rows, dtype=np.float64).reshape(-1, 4)


def _timed(find: Callable[[Pixels], Frames], pixels: Pixels) -> tuple[float, Frames]:
    start = time.process_time()
    frames = find(pixels)
    return time.process_time() - start, frames


def _found_among(some: Frames, others: Frames) -> npt.NDArray[np.bool_]:
    """Which of some features are among the others."""
    if not len(some) or not len(others):
        return np.zeros(len(some), dtype=np.bool_)
    near = np.abs(some[:, None, :2] - others[None, :, :2]).max(axis=2) < _PLACE
    near &= np.abs(np.log(some[:, None, 2] / others[None, :, 2])) < math.log(_SIZE)
    near &= np.abs(np.angle(np.exp(1j * (some[:, None, 3] - others[None, :, 3])))) < _TURN
    return np.asarray(near.any(axis=1))


def _mean_ms(seconds: Sequence[float]) -> Figure:
    unit = f"ms CPU for a picture of {LONG_SIDE} pixels by its long side, mean; 95 % interval"
    if not seconds:
        return Figure(value=None, unit=unit, n=0)
    each = np.array(seconds) * 1e3
    mean = float(each.mean())
    if len(each) == 1:
        return Figure(value=mean, unit=unit, n=1)
    margin = 1.96 * float(each.std(ddof=1)) / math.sqrt(len(each))
    return Figure(value=mean, unit=unit, n=len(each), low=mean - margin, high=mean + margin)
