"""How exactly two aligned pictures register: what tells a photograph from another exposure of the same scene.

Whatever is made from a photograph shows each of its textured blocks in its place, detail for detail, as far as blur and
compression left it. Another exposure has its own detail; its blocks scatter, because something moved or the camera did.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from takeback.matching.displacement import find_blocks, own_likeness
from takeback.matching.field import fit_homography
from takeback.matching.motion import UNTOLD as UNTOLD_MOTION
from takeback.matching.motion import Motion, carried_share, find_motion

Mask = npt.NDArray[np.bool_]
Plane = npt.NDArray[np.float32]

_ROBUST = 1.4826
"""What the median of absolute errors must be multiplied by to be a standard deviation."""
_FEWEST = 8
_LEAST_ERROR = 0.02
_STRAY = 1.0
UNTOLD = 1.6
"""The excess that is taken for given where too few blocks tell it."""
_STRAY_ERRORS = 4.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """How exactly textured blocks are found again.

    Of ``blocks`` textured blocks ``matched`` are found again, with a median correlation of ``likeness``. After one flat
    transform their places scatter by ``scatter`` (robust standard deviation, pixels of the frame), which is ``excess``
    times the error that the blocks' own differences explain; ``strays`` is the share that sits a pixel or more away.
    ``motion`` is how neighbouring blocks moved together, parts that moved sought wherever both are seen; ``carried``
    the share of what differs that is found again a little way off: what is replaced is gone, what moved is not.
    """

    blocks: int
    matched: int
    likeness: float
    scatter: float
    excess: float
    strays: float
    motion: Motion = UNTOLD_MOTION
    carried: float = 0.0


def register(left: Plane, right: Plane, where: Mask, covered: Mask) -> Registration:
    """How exactly two pictures of equal tone and blur register.

    Parameters:
        left, right: (H, W) grey levels in one frame.
        where: (H, W) where they show the same.
        covered: (H, W) where both are seen.
    """
    everywhere = find_blocks(left, right, covered)
    blocks = everywhere.within(where)
    carried = carried_share(left, right, covered, covered & ~where)
    if len(blocks) < _FEWEST or np.count_nonzero(blocks.told) < _FEWEST:
        return Registration(
            blocks=blocks.total,
            matched=len(blocks),
            likeness=float(np.median(blocks.likeness)) if len(blocks) else 0.0,
            scatter=0.0,
            excess=UNTOLD,
            strays=0.0,
            carried=carried,
        )
    width, height = left.shape[1], left.shape[0]
    _, rest = fit_homography(blocks, width, height)
    told = blocks.told
    off, expected = np.abs(blocks.along(rest))[told], np.maximum(blocks.expected[told], _LEAST_ERROR)
    return Registration(
        blocks=blocks.total,
        matched=len(blocks),
        likeness=float(np.median(blocks.likeness)),
        scatter=_ROBUST * float(np.median(off)),
        excess=float(np.median(off / expected)),
        motion=find_motion(blocks, width, height, everywhere=everywhere, own=own_likeness(left, everywhere), rest=rest),
        carried=carried,
        strays=float(np.mean(off > np.maximum(_STRAY, _STRAY_ERRORS * expected))),
    )
