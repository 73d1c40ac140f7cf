"""Train the visual vocabulary on the training photographs, and write the file that ships.

    python scripts/train_vocabulary.py PHOTOS [--out FILE] [--cells 64] [--words 128] [--seed 20261124]

PHOTOS holds one folder per collection; only those under `training` in bench/split.toml are read. All their licences
are MIT or CC0. Everything is computed in whole numbers: the same photographs, OpenCV and seed give the same file.
"""

from __future__ import annotations

import argparse
import hashlib
import tomllib
from importlib import resources
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from takeback.matching.vocabulary import FILE, HALF, LENGTH, rotated, written
from takeback.model.signal import Features
from takeback.signals.features import extract, mirrored

Floats = npt.NDArray[np.float32]
SIDES = (640, 448)
LIMIT = 1500
TURN = 256
ROUNDS = 16


def mirror_order() -> npt.NDArray[np.intp]:
    """Which bin of a descriptor a mirror puts at each place (128,)."""
    bins = np.arange(LENGTH, dtype=np.uint8)[None]
    frames = np.zeros((1, 4), np.float32)
    seen = mirrored(Features(frames=frames, descriptors=bins, width=1, height=1)).descriptors[0]
    return seen.astype(np.intp)


def rotation(rng: np.random.Generator) -> Floats:
    """Random orthonormal directions in whole numbers: 64 that a mirror keeps, then 64 whose sign it changes."""
    order = mirror_order()
    firsts = np.flatnonzero(np.arange(LENGTH) < order)
    turned = np.zeros((LENGTH, LENGTH), np.float32)
    for start, sign in ((0, 1), (HALF, -1)):
        basis, _ = np.linalg.qr(rng.standard_normal((HALF, HALF)))
        whole = np.rint(TURN * basis / np.sqrt(2)).astype(np.float32)
        turned[start : start + HALF, firsts] = whole
        turned[start : start + HALF, order[firsts]] = sign * whole
    return turned


def descriptors(photos: Path) -> npt.NDArray[np.uint8]:
    """Of all training photographs, at both sizes."""
    split = tomllib.loads(resources.files("takeback.bench").joinpath("split.toml").read_text(encoding="utf-8"))
    found = []
    for collection in split["training"]:
        for path in sorted((photos / collection).iterdir()):
            pixels = cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB)
            height, width = pixels.shape[:2]
            sides = [side for side in SIDES if side < 1.1 * max(height, width)] or [max(height, width)]
            found += [
                extract(pixels, full_width=width, full_height=height, limit=LIMIT, long_side=side).descriptors
                for side in sides
            ]
    return np.concatenate(found)


def even(values: npt.NDArray[np.float64]) -> Floats:
    """Rounded to even whole numbers that fit a byte each, halved."""
    return np.clip(2 * np.rint(values / 2), -254, 254).astype(np.float32)


def closed_means(rows: Floats, count: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """k-means closed under mirroring: ``count`` centres, and the rows, each mirrored where that is nearer."""
    flip = np.concatenate((np.ones(HALF), -np.ones(HALF))).astype(np.float32)
    centres = even(rows[rng.choice(len(rows), count, replace=False)].astype(np.float64))
    turned, labels = rows, np.zeros(len(rows), np.intp)
    for _ in range(ROUNDS):
        squares = np.square(centres).sum(axis=1)
        as_is = squares - 2 * rows @ centres.T
        in_mirror = squares - 2 * (rows * flip) @ centres.T
        use_mirror = in_mirror.min(axis=1) < as_is.min(axis=1)
        labels = np.where(use_mirror, in_mirror.argmin(axis=1), as_is.argmin(axis=1))
        turned = np.where(use_mirror[:, None], rows * flip, rows)
        centres = moved(centres, turned, labels)
    return centres, turned


def means(rows: Floats, count: int, rng: np.random.Generator) -> Floats:
    """k-means: ``count`` centres."""
    centres = even(rows[rng.choice(len(rows), count, replace=False)].astype(np.float64))
    for _ in range(ROUNDS):
        labels = (np.square(centres).sum(axis=1) - 2 * rows @ centres.T).argmin(axis=1)
        centres = moved(centres, rows, labels)
    return centres


def moved(centres: Floats, rows: Floats, labels: npt.NDArray[np.intp]) -> Floats:
    """Each centre at the mean of its rows; one without rows stays."""
    counts = np.bincount(labels, minlength=len(centres))
    order = np.argsort(labels, kind="stable")
    starts = np.concatenate(([0], np.cumsum(counts)))[:-1]
    filled = counts > 0
    sums = np.add.reduceat(rows[order].astype(np.float64), starts[filled], axis=0)
    found = centres.copy()
    found[filled] = even(sums / counts[filled][:, None])
    return found


def main() -> None:
    """Train, and write the file."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("photos", type=Path)
    parser.add_argument("--out", type=Path, default=Path(__file__).parents[1] / "src" / "takeback" / "matching" / FILE)
    parser.add_argument("--cells", type=int, default=64)
    parser.add_argument("--words", type=int, default=128)
    parser.add_argument("--seed", type=int, default=20261124)
    asked = parser.parse_args()
    cv2.setNumThreads(1)
    rng = np.random.default_rng(asked.seed)
    turn = rotation(rng)
    rows = rotated(np.unique(descriptors(asked.photos), axis=0), turn)
    print(f"{len(rows)} descriptors")
    cells, turned = closed_means(rows, asked.cells, rng)
    labels = (np.square(cells).sum(axis=1) - 2 * turned @ cells.T).argmin(axis=1)
    words = [means(turned[labels == cell], asked.words, rng) for cell in range(asked.cells)]
    content = written(turn, cells, np.concatenate(words))
    asked.out.write_bytes(content)
    print(f"{asked.out}: {len(content)} bytes, SHA-256 {hashlib.sha256(content).hexdigest()}")


if __name__ == "__main__":
    main()
