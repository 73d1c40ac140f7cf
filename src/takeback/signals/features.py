"""Local features of a picture: RootSIFT spread over a grid, their form in a mirror and in a file."""

from __future__ import annotations

import hashlib
import math
import struct

import numpy as np
import numpy.typing as npt

from takeback.errors import PackError
from takeback.model.signal import Features
from takeback.signals.sift import described, found, scale_space, turned

VERSION = "rootsift-1"
LENGTH = 128
GRID = 8
"""Features are spread over 8 x 8 cells: the best of each cell first, then the second best, and so on."""

COARSE = 4.5
"""A feature of this scale at the long side of the extraction, in pixels, is still one in a copy of 0.4 of the size."""

ENROLLED_COARSE = 120
"""So many more coarse features are kept of a photograph that is enrolled, for its small copies."""

FEWEST = 15
"""A photograph with fewer features is not enrolled."""

FEW = 40
"""Of what is made from a photograph with fewer features less is found; enrolling says so."""

FEWEST_POSTED = 8
"""A posted picture with fewer features is not searched for; the score of what agrees guards against chance."""

SHORT_SIDE = 160
"""A picture with a shorter short side, in pixels, is neither enrolled nor searched for."""

FILE_VERSION = 1

_MAGIC = b"tb-features\n"
_COUNTS = struct.Struct("<HIII")
_DIGEST_BYTES = 32
_HEADER_BYTES = len(_MAGIC) + _COUNTS.size + _DIGEST_BYTES
_ROW_BYTES = 4 * 4 + LENGTH
_EVERY = 4
"""Blankness is judged on every fourth pixel of every fourth row."""
_BLANK = 4.0
_LEVELS = 16
_GROUND, _INKS, _MOST_INK = 0.635, 5, 0.65
"""A plain ground, how many colours count as ink, and the share of all that is not ground that they make up."""
_FEWEST_CELLS = 4
_ALIKE = 0.95
_SEVERAL = 5
_MOST_REPEATED = 0.6
_NEARLY_ALIKE = 0.90
_APART = 8 / 640
_MOST_PERIODIC = 0.8
_SCALE = 512
_CELLS = 4
_BINS = 8
_FRAME = 4
_TURN = 2 * math.pi

Pixels = npt.NDArray[np.uint8]


def extract(
    pixels: Pixels, *, full_width: int, full_height: int, limit: int = 400, coarse: int = 0, long_side: int = 640
) -> Features:
    """The features of an RGB picture, in a fixed order, with their frames in pixels of the full picture.

    Parameters:
        pixels: (H, W, 3) uint8 RGB, after EXIF orientation; reduced to ``long_side`` if it is longer.
        full_width: width in pixels of the full picture, which ``pixels`` may be a reduction of.
        full_height: its height in pixels.
        limit: how many features to keep at most.
        coarse: how many more to keep of those that a copy of less than half the size still has; they come last.
        long_side: at which size to extract, in pixels.

    References:
        D. Lowe, "Distinctive image features from scale-invariant keypoints" (IJCV 2004).
        R. Arandjelovic and A. Zisserman, "Three things everyone should know to improve object retrieval" (CVPR 2012).
    """
    import cv2

    cv2.setNumThreads(1)  # more threads may find the same features in another order
    grey = cv2.cvtColor(_reduced(pixels, long_side), cv2.COLOR_RGB2GRAY)
    height, width = grey.shape
    space = scale_space(grey)
    keypoints = found(space)
    if not coarse:
        keypoints = keypoints.at(_likely(keypoints.in_picture, limit, width=width, height=height))
    keypoints = turned(space, keypoints)
    if not len(keypoints):
        return _none(full_width, full_height)
    table = keypoints.in_picture
    order = _spread(table, width=width, height=height)
    large = table[order[limit:], 2] >= COARSE * max(width, height) / long_side
    chosen = np.concatenate([order[:limit], order[limit:][large][:coarse]])
    kept = table[chosen]
    across, down = full_width / width, full_height / height
    frames = np.stack(
        [
            (kept[:, 0] + 0.5) * across - 0.5,
            (kept[:, 1] + 0.5) * down - 0.5,
            kept[:, 2] * math.sqrt(across * down),
            kept[:, 3],
        ],
        axis=1,
    ).astype(np.float32)
    descriptors = _root(described(space, keypoints.at(chosen)))
    return Features(frames=frames, descriptors=descriptors, width=full_width, height=full_height)


def mirrored(features: Features) -> Features:
    """The features of the picture in a mirror (left and right exchanged), without a second extraction.

    In a mirror a patch keeps its cells along its own direction, its cells across change places, and its gradients turn
    the other way round.
    """
    cells = np.arange(_CELLS)[::-1, None, None] * _CELLS + np.arange(_CELLS)[None, :, None]
    order = (cells * _BINS + (-np.arange(_BINS) % _BINS)[None, None, :]).ravel()
    frames = features.frames.copy()
    frames[:, 0] = features.width - 1 - frames[:, 0]
    frames[:, 3] = (math.pi - frames[:, 3]) % _TURN
    descriptors = np.ascontiguousarray(features.descriptors[:, order])
    return Features(frames=frames, descriptors=descriptors, width=features.width, height=features.height)


def _reduced(pixels: Pixels, long_side: int) -> Pixels:
    """The picture with its long side at most ``long_side``, each pixel the mean of those that it stands for."""
    import cv2

    height, width = pixels.shape[:2]
    if max(height, width) <= long_side:
        return np.ascontiguousarray(pixels)
    scale = long_side / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _likely(table: npt.NDArray[np.float64], limit: int, *, width: int, height: int) -> npt.NDArray[np.int64]:
    """The keypoints among which are the best ``limit`` features, however many directions each has: at least one."""
    _, rank = _ranked(table, width=width, height=height)
    enough = np.cumsum(np.bincount(rank)) < limit
    return np.flatnonzero(rank <= np.count_nonzero(enough))


def _spread(table: npt.NDArray[np.float64], *, width: int, height: int) -> npt.NDArray[np.int64]:
    """All features, best first: by their rank in their cell, then by response, then by place."""
    by_quality, rank = _ranked(table, width=width, height=height)
    return by_quality[np.argsort(rank[by_quality], kind="stable")]


def _ranked(
    table: npt.NDArray[np.float64], *, width: int, height: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """The numbers of features by quality, and the rank of each among those of its cell."""
    columns = np.clip((table[:, 0] * GRID / width).astype(np.int64), 0, GRID - 1)
    rows = np.clip((table[:, 1] * GRID / height).astype(np.int64), 0, GRID - 1)
    cell = rows * GRID + columns
    by_quality = np.lexsort((table[:, 3], table[:, 2], table[:, 0], table[:, 1], -table[:, 4]))
    by_cell = by_quality[np.argsort(cell[by_quality], kind="stable")]
    sorted_cells = cell[by_cell]
    starts = np.searchsorted(sorted_cells, sorted_cells, side="left")
    rank = np.empty(len(table), dtype=np.int64)
    rank[by_cell] = np.arange(len(table)) - starts
    return by_quality, rank


def _root(raw: npt.NDArray[np.float32]) -> npt.NDArray[np.uint8]:
    """RootSIFT in 8 bits: the square root of each share of the descriptor, times 512."""
    total = np.maximum(raw.sum(axis=1, keepdims=True, dtype=np.float64), 1e-12)
    return np.asarray(np.clip(np.rint(_SCALE * np.sqrt(raw / total)), 0, 255), dtype=np.uint8)


def pack(features: Features) -> bytes:
    """The features as bytes: a header with version, counts and a checksum, then the arrays as they are."""
    frames = np.ascontiguousarray(features.frames, dtype="<f4").tobytes()
    body = frames + np.ascontiguousarray(features.descriptors, dtype=np.uint8).tobytes()
    counts = _COUNTS.pack(FILE_VERSION, len(features), features.width, features.height)
    return _MAGIC + counts + hashlib.sha256(counts + body).digest() + body


def unpack(content: bytes) -> Features:
    """The features in these bytes, or a `PackError` that says what is wrong with them."""
    if content[: len(_MAGIC)] != _MAGIC:
        raise PackError("not packed features: they do not begin as such (enrol the photograph again)")
    if len(content) < _HEADER_BYTES:
        raise PackError(f"packed features end in their header, after {len(content)} bytes (copy the file again)")
    counts = content[len(_MAGIC) : _HEADER_BYTES - _DIGEST_BYTES]
    digest = content[_HEADER_BYTES - _DIGEST_BYTES : _HEADER_BYTES]
    version, count, width, height = _COUNTS.unpack(counts)
    if version != FILE_VERSION:
        raise PackError(f"packed features of version {version}; this takeback reads {FILE_VERSION} (update takeback)")
    body = content[_HEADER_BYTES:]
    if len(body) != count * _ROW_BYTES or hashlib.sha256(counts + body).digest() != digest:
        raise PackError("packed features are damaged: length or checksum is wrong (copy the file again)")
    split = count * _FRAME * 4
    frames = np.frombuffer(body[:split], dtype="<f4").reshape(count, _FRAME).astype(np.float32)
    if not np.isfinite(frames).all():
        raise PackError("packed features are damaged: a place is no number (enrol the photograph again)")
    descriptors = np.frombuffer(body[split:], dtype=np.uint8).reshape(count, LENGTH).copy()
    return Features(frames=frames, descriptors=descriptors, width=width, height=height)


def searchable(features: Features, pixels: Pixels, *, fewest: int = FEWEST) -> str | None:
    """Why this picture cannot be enrolled, or searched for, or None where it can: never a guess.

    Parameters:
        features: of the picture.
        pixels: (H, W, 3) uint8 RGB that they come from.
        fewest: features that it must have: `FEWEST` to be enrolled, `FEWEST_POSTED` to be searched for.
    """
    unfit = _no_photograph(features, pixels)
    if unfit is not None:
        return unfit
    if len(features) < fewest:
        return f"too few features: {len(features)}, fewer than {fewest} (a smooth or blurred picture)"
    cells = np.unique(np.floor(features.frames[:, :2] * GRID / (features.width, features.height)), axis=0)
    if len(cells) < _FEWEST_CELLS:
        return f"its features lie in {len(cells)} of {GRID * GRID} parts of the picture"
    products = _cosines(features)
    exact = _repeated_share(features, products > _ALIKE, apart=1.0)
    far = _APART * max(features.width, features.height)
    loose = _repeated_share(features, products > _NEARLY_ALIKE, apart=far)
    if exact > _MOST_REPEATED or loose > _MOST_PERIODIC:
        return "its features are all alike (a repeated pattern)"
    return None


def _cosines(features: Features) -> npt.NDArray[np.float32]:
    """How alike each two features look."""
    unit = features.descriptors.astype(np.float32)
    unit /= np.maximum(np.linalg.norm(unit, axis=1, keepdims=True), 1)
    return unit @ unit.T


def _repeated_share(features: Features, alike: npt.NDArray[np.bool_], *, apart: float) -> float:
    """The share of features that look like several others at places so many pixels apart."""
    x, y = features.frames[:, 0], features.frames[:, 1]
    away = (np.abs(x[:, None] - x[None]) > apart) | (np.abs(y[:, None] - y[None]) > apart)
    return float(((alike & away).sum(axis=1) >= _SEVERAL).mean())


def _no_photograph(features: Features, pixels: Pixels) -> str | None:
    """What the pixels are instead of a photograph large enough, if so."""
    if min(features.width, features.height) < SHORT_SIDE:
        return f"too small: {features.width} x {features.height} pixels, the short side has less than {SHORT_SIDE}"
    if _contrast(pixels[::_EVERY, ::_EVERY]) < _BLANK:
        return "blank: nearly one colour"
    if _is_drawn(pixels):
        return "text or a template: a few even colours on a plain ground, no photograph"
    return None


def _contrast(pixels: Pixels) -> float:
    """The standard deviation of the channel that varies most."""
    import cv2

    _, deviations = cv2.meanStdDev(np.ascontiguousarray(pixels))
    return float(deviations.max())


def _is_drawn(pixels: Pixels) -> bool:
    """Whether most of the picture is one colour and most of the rest a few others, as letters and boxes are."""
    levels = (pixels[::2, ::2] // np.uint8(_LEVELS)).astype(np.uint16)
    codes = (levels[..., 0] * _LEVELS + levels[..., 1]) * _LEVELS + levels[..., 2]
    counts = np.bincount(codes.ravel())
    counts = np.sort(counts)[::-1]
    rest = int(counts[1:].sum())
    return bool(counts[0] > _GROUND * counts.sum() and counts[1 : 1 + _INKS].sum() > _MOST_INK * rest)


def _none(width: int, height: int) -> Features:
    """No features."""
    return Features(
        frames=np.empty((0, _FRAME), dtype=np.float32),
        descriptors=np.empty((0, LENGTH), dtype=np.uint8),
        width=width,
        height=height,
    )
