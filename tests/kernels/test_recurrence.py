from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from takeback.kernels.recurrence import recurring_pairs


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32), st.integers(0, 60))
def test_the_cells_lose_no_pair_that_comparing_all_finds(seed: int, count: int) -> None:
    rng = np.random.default_rng(seed)
    frames = np.column_stack((rng.uniform(0, 1, (count, 2)), rng.uniform(-4, -3.5, count), rng.uniform(0, 6.28, count)))
    kinds = rng.integers(0, 256, (3, 128), dtype=np.uint8)
    descriptors = kinds[rng.integers(0, 3, count)]
    pictures = rng.integers(0, 4, count)
    cell = (frames[:, 1] * 8).astype(int) * 8 + (frames[:, 0] * 8).astype(int)
    order = np.argsort(cell, kind="stable")
    frames, descriptors, pictures, cell = frames[order], descriptors[order], pictures[order], cell[order]
    norms = np.linalg.norm(descriptors.astype(float), axis=1)
    limits = np.array([0.1, 0.4, 2.0])
    bounds = np.searchsorted(cell, np.arange(65)).astype(np.int64)
    found = recurring_pairs(frames, descriptors, norms, pictures.astype(np.int64), bounds, limits, 0.9)
    expected = set()
    for one in range(count):
        for two in range(one + 1, count):
            apart = np.abs(frames[one] - frames[two])
            lean = min(apart[3], 2 * np.pi - apart[3])
            cosine = descriptors[one].astype(float) @ descriptors[two].astype(float) / (norms[one] * norms[two])
            near = apart[:2].max() <= 0.1 and apart[2] <= 0.4 and lean <= 2.0
            if pictures[one] != pictures[two] and near and cosine >= 0.9:
                expected.add((one, two))
    assert set(zip(found[0].tolist(), found[1].tolist(), strict=True)) == expected
