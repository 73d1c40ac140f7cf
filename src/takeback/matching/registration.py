"""How exactly two aligned pictures register: what tells a photograph from another exposure of the same scene.

Whatever is made from a photograph shows each of its textured blocks in its place, detail for detail, as far as blur and
compression left it. Another exposure has its own detail; its blocks scatter, because something moved or the camera did.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from takeback.matching.displacement import Blocks, find_blocks
from takeback.matching.field import fit_homography

Mask = npt.NDArray[np.bool_]
Plane = npt.NDArray[np.float32]

_ROBUST = 1.4826
"""What the median of absolute errors must be multiplied by to be a standard deviation."""
_FEWEST = 8
_LEAST_ERROR = 0.02
_STRAY = 1.0
_WHOLE = 0.97
UNTOLD = 1.6
"""The excess that is taken for given where too few blocks tell it."""
_STRAY_ERRORS, _MOVED_ERRORS = 4.0, 8.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """How exactly textured blocks are found again.

    Of ``blocks`` textured blocks ``matched`` are found again, with a median correlation of ``likeness``. After one flat
    transform their places scatter by ``scatter`` (robust standard deviation, pixels of the frame), which is ``excess``
    times the error that the blocks' own differences explain; ``strays`` is the share that sits a pixel or more away.
    ``moved`` is the share of blocks, wherever both are seen, that are found again whole but a pixel or more away: what
    is replaced is not found again, what moved is.
    """

    blocks: int
    matched: int
    likeness: float
    scatter: float
    excess: float
    strays: float
    moved: float = 0.0


def _moved(blocks: Blocks, width: int, height: int) -> float:
    """The share of blocks that are found again whole, but elsewhere than most of them say."""
    whole = blocks.told.all(axis=1) & (blocks.likeness > _WHOLE)
    if np.count_nonzero(whole) < _FEWEST:
        return 0.0
    _, rest = fit_homography(blocks, width, height)
    off = np.abs(blocks.along(rest))[whole]
    return float(np.mean((off > np.maximum(_STRAY, _MOVED_ERRORS * blocks.expected[whole])).any(axis=1)))


def register(left: Plane, right: Plane, where: Mask, covered: Mask) -> Registration:
    """How exactly two pictures of equal tone and blur register.

    Parameters:
        left, right: (H, W) grey levels in one frame.
        where: (H, W) where they show the same.
        covered: (H, W) where both are seen.
    """
    blocks = find_blocks(left, right, where)
    if len(blocks) < _FEWEST or np.count_nonzero(blocks.told) < _FEWEST:
        return Registration(
            blocks=blocks.total,
            matched=len(blocks),
            likeness=float(np.median(blocks.likeness)) if len(blocks) else 0.0,
            scatter=0.0,
            excess=UNTOLD,
            strays=0.0,
        )
    _, rest = fit_homography(blocks, left.shape[1], left.shape[0])
    told = blocks.told
    off, expected = np.abs(blocks.along(rest))[told], np.maximum(blocks.expected[told], _LEAST_ERROR)
    return Registration(
        blocks=blocks.total,
        matched=len(blocks),
        likeness=float(np.median(blocks.likeness)),
        scatter=_ROBUST * float(np.median(off)),
        excess=float(np.median(off / expected)),
        moved=_moved(find_blocks(left, right, covered), left.shape[1], left.shape[0]),
        strays=float(np.mean(off > np.maximum(_STRAY, _STRAY_ERRORS * expected))),
    )
