"""What the index keeps of one photograph's features: word, signature, and a frame in 32 bits."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from takeback.matching.consensus import WORKING_SIDE
from takeback.matching.vocabulary import Vocabulary
from takeback.model.signal import Features
from takeback.signals.features import COARSE as COARSE_SCALE

MOST = 320
"""Features of a photograph that are kept."""
COARSE = MOST // 2
"""So many of them are kept for their size where there are as many: a small copy has only the coarse ones left."""
CELLS = 4
"""In how many cells of the vocabulary an enrolled feature's word is looked for."""
DIRECTION_BITS = 6
"""The last bits of a frame's code say its angle; the others are the same for features at one place."""
_PLACE = 1023
_PLACE_BITS = 10
_TURNS = 64
_SCALES = 63
_PER_OCTAVE = 10
_SIX = 6
_TURN_STEP, _GROWTH_STEP = 2, 3
_TURN = 2 * math.pi


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Postings:
    """Of N features: ``words`` (N,) int32, ``signatures`` (N, 2) uint64, ``frames`` (N,) uint32, ``features`` (N,)
    uint16, their numbers in the photograph's `Features`.
    """

    words: npt.NDArray[np.int32]
    signatures: npt.NDArray[np.uint64]
    frames: npt.NDArray[np.uint32]
    features: npt.NDArray[np.uint16]

    def __len__(self) -> int:
        return len(self.words)


def postings_of(features: Features, vocabulary: Vocabulary) -> Postings:
    """The postings of an enrolled photograph's features, at most `MOST`, without those of a repeated pattern."""
    assigned = vocabulary.assign(features.descriptors, nearest=1, cells=CELLS)
    frames = working_frames(features)
    chosen = _chosen(frames[:, 2], ~assigned.repeated)
    return Postings(
        words=assigned.words[chosen, 0],
        signatures=assigned.signatures[chosen, 0],
        frames=coded(frames[chosen]),
        features=chosen.astype(np.uint16),
    )


def _chosen(scales: npt.NDArray[np.float64], usable: npt.NDArray[np.bool_]) -> npt.NDArray[np.intp]:
    """Feature numbers, ascending: the first coarse ones, then the first of all others."""
    numbers = np.flatnonzero(usable)
    coarse = numbers[scales[numbers] >= COARSE_SCALE][:COARSE]
    others = numbers[~np.isin(numbers, coarse)][: MOST - len(coarse)]
    return np.sort(np.concatenate((coarse, others)))


def working_factor(width: int, height: int) -> float:
    """What brings pixels of a picture so large to the working side."""
    return WORKING_SIDE / max(width, height, 1)


def working_frames(features: Features) -> npt.NDArray[np.float64]:
    """Frames (N, 4) at the working side."""
    frames = features.frames.astype(np.float64)
    frames[:, :3] *= working_factor(features.width, features.height)
    frames[:, 2] = np.maximum(frames[:, 2], 1e-3)
    return frames


def coded(frames: npt.NDArray[np.float64]) -> npt.NDArray[np.uint32]:
    """Frames at the working side in 32 bits: 10 each for x and y, 6 for the logarithm of scale, 6 for the angle."""
    places = np.clip(np.rint(frames[:, :2] * (_PLACE / WORKING_SIDE)), 0, _PLACE).astype(np.uint32)
    scales = np.clip(np.rint(np.log2(frames[:, 2]) * _PER_OCTAVE), 0, _SCALES).astype(np.uint32)
    angles = (np.rint(frames[:, 3] * (_TURNS / _TURN)).astype(np.int64) % _TURNS).astype(np.uint32)
    return np.asarray(
        (places[:, 0] << (_PLACE_BITS + 2 * _SIX)) | (places[:, 1] << (2 * _SIX)) | (scales << _SIX) | angles, np.uint32
    )


def decoded(code: npt.NDArray[np.uint32]) -> npt.NDArray[np.float64]:
    """The frames (N, 4) in these 32 bits each: places to 0.32 pixels, scale to 3.5 %, angle to 2.9 degrees."""
    code = code.astype(np.int64)
    return np.column_stack(
        (
            (code >> (_PLACE_BITS + 2 * _SIX)) * (WORKING_SIDE / _PLACE),
            ((code >> (2 * _SIX)) & _PLACE) * (WORKING_SIDE / _PLACE),
            np.exp2(((code >> _SIX) & _SCALES) / _PER_OCTAVE),
            (code & (_TURNS - 1)) * (_TURN / _TURNS),
        )
    )


def difference(
    seen: npt.NDArray[np.uint32], kept: npt.NDArray[np.uint32]
) -> tuple[npt.NDArray[np.int8], npt.NDArray[np.int8]]:
    """How a picture's frames are turned against a photograph's, and how much larger they are, both (M,) of 16 steps.

    A step of turning is a sixteenth of a whole turn, one of growth 0.8 of an octave; growths outside join the last.

    Parameters:
        seen, kept: (M,) codes of frames in the picture and in the photograph.
    """
    turns = ((seen - kept) & (_TURNS - 1)) >> _TURN_STEP
    scales = [((each >> _SIX) & _SCALES).astype(np.int16) for each in (seen, kept)]
    growths = np.clip((scales[0] - scales[1] + _TURNS) >> _GROWTH_STEP, 0, 15)
    return turns.astype(np.int8), growths.astype(np.int8)
