"""The coarse grid: what may be drawn of a comparison in anything shared."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from takeback.model.finding import CoarseBox, CoarseGrid

CELLS = 12
"""Cells on the long side: an altered area is drawn, never an outline (harm rule 8)."""
OUTSIDE, SURVIVES, ALTERED, UNSURE = ".", "s", "a", "?"

_CELL = 8

Mask = npt.NDArray[np.bool_]
Shares = npt.NDArray[np.float64]


def grid_size(width: int, height: int) -> tuple[int, int]:
    """Columns and rows of the coarse grid of a picture."""
    longest = max(width, height)
    return max(1, round(CELLS * width / longest)), max(1, round(CELLS * height / longest))


def cell_shares(mask: Mask, columns: int, rows: int) -> Shares:
    """The share of each cell that the mask covers, (rows, columns)."""
    import cv2

    fine = cv2.resize(mask.astype(np.float32), (columns * 16, rows * 16), interpolation=cv2.INTER_AREA)
    return np.asarray(fine.reshape(rows, 16, columns, 16).mean(axis=(1, 3)), np.float64)


def grid_of_masks(inside: Mask, altered: Mask, unsure: Mask) -> CoarseGrid:
    """The coarse grid of a comparison by pixels: a cell says what holds for most of it."""
    height, width = inside.shape
    columns, rows = grid_size(width, height)
    covered, changed, doubt = (cell_shares(each, columns, rows) for each in (inside, altered, unsure))
    half = 0.5
    cells = np.full((rows, columns), SURVIVES)
    cells[doubt > half * covered] = UNSURE
    cells[changed > half * covered] = ALTERED
    cells[covered < half] = OUTSIDE
    return CoarseGrid(columns=columns, rows=rows, cells="".join(cells.ravel()))


def boxes(grid: CoarseGrid) -> tuple[CoarseBox, ...]:
    """The boxes round the connected altered cells, largest first; ``share`` is of the picture's area."""
    import cv2

    cells = np.array(list(grid.cells)).reshape(grid.rows, grid.columns) == ALTERED
    count, _, stats, _ = cv2.connectedComponentsWithStats(cells.astype(np.uint8), connectivity=4)
    found = [
        CoarseBox(
            left=int(left) / grid.columns,
            top=int(top) / grid.rows,
            right=int(left + width) / grid.columns,
            bottom=int(top + height) / grid.rows,
            share=int(area) / cells.size,
        )
        for left, top, width, height, area in stats[1:count]
    ]
    return tuple(sorted(found, key=lambda each: (-each.share, each.top, each.left)))


def cells_of(grid: CoarseGrid, kind: str) -> Mask:
    """Where the cells of one kind are, on a plane fine enough to grow a region in."""
    cells = np.array(list(grid.cells)).reshape(grid.rows, grid.columns) == kind
    return np.asarray(np.kron(cells, np.ones((_CELL, _CELL))), bool)
