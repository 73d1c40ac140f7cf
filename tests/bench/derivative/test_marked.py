from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from takeback.bench.derivative.marked import MarkedTrials
from takeback.protocols import Secrets


def test_photographs_under_one_mark_are_looked_for_among_each_other(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    files = []
    for number in range(6):
        pixels = cv2.GaussianBlur(rng.integers(0, 256, (360, 480, 3), dtype=np.uint8), (0, 0), 3)
        pixels = cv2.normalize(pixels, None, 0, 255, cv2.NORM_MINMAX)
        files.append(tmp_path / f"{number}.png")
        cv2.imwrite(str(files[-1]), pixels)
    stage = MarkedTrials(files=tuple(str(each) for each in files), seed=1, each=2)
    found = stage(0, Secrets())
    assert found.kind == "corner_name"
    assert found.pairs == 4
    assert found.findings == 0
