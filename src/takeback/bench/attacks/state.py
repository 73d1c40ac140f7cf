"""A picture on its way through attacks, and for each of its pixels which place of the photograph it shows."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from takeback.bench.attacks.provenance import area_seen, box_seen, marked_from

Pixels = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]
Source = npt.NDArray[np.float32]
Alpha = npt.NDArray[np.float32]
"""(H, W) shares in [0, 1]: how much of a layer shows."""

_OPAQUE = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One attack that was carried out, at a strength in [0, 1]."""

    attack: str
    strength: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Attacked:
    """An edited picture with its truth.

    Attributes:
        pixels: (H, W, 3) uint8 RGB.
        source: (H, W, 2) float32. For each pixel the x, y in pixels of the photograph that it shows (pixel centres are
            whole numbers); NaN where it shows something else: a replaced region, another picture, an opaque overlay,
            ground.
        altered: (h, w) bool in the photograph's own frame: what was replaced. What an overlay hides, a crop cuts off or
            a frame surrounds was not.
        steps: what was done, in order.
    """

    pixels: Pixels
    source: Source
    altered: Mask
    steps: tuple[Step, ...] = ()

    @property
    def surviving_share(self) -> float:
        """The share of the photograph's area that is seen unaltered."""
        return min(1.0, area_seen(self.source) / self.altered.size)

    @property
    def surviving_side(self) -> float:
        """The shorter side, in pixels of the attacked picture, of the upright box around what survives."""
        return float(min(box_seen(self.source)))


def untouched(photograph: Pixels) -> Attacked:
    """The start of a chain: every pixel shows itself."""
    height, width = photograph.shape[:2]
    columns, rows = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    return Attacked(
        pixels=photograph, source=np.stack((columns, rows), axis=2), altered=np.zeros((height, width), np.bool_)
    )


def with_pixels(state: Attacked, pixels: Pixels) -> Attacked:
    """The same with other values at the same places."""
    return replace(state, pixels=np.ascontiguousarray(pixels))


def blended(pixels: Pixels, layer: Pixels | tuple[int, int, int], alpha: Alpha) -> Pixels:
    """A layer over a picture, where ``alpha`` says how much of it shows."""
    weight = alpha[:, :, None]
    over = np.asarray(layer, np.float32)
    mixed = pixels.astype(np.float32)
    mixed += (over - mixed) * weight
    return np.rint(mixed).astype(np.uint8)


def covered(state: Attacked, layer: Pixels | tuple[int, int, int], alpha: Alpha) -> Attacked:
    """The picture under a layer; where more than half of the layer shows, the photograph is no longer seen."""
    rows, columns = np.flatnonzero(alpha.any(axis=1)), np.flatnonzero(alpha.any(axis=0))
    if not rows.size:
        return state
    part = (slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1))
    pixels, source, shown = state.pixels.copy(), state.source.copy(), alpha[part]
    over = layer[part] if isinstance(layer, np.ndarray) else layer
    pixels[part] = blended(pixels[part], over, shown)
    source[part][shown > _OPAQUE] = np.nan
    return replace(state, pixels=pixels, source=source)


def replaced(state: Attacked, texture: Pixels, alpha: Alpha) -> Attacked:
    """The picture with a part replaced by a texture: as covered, and the photograph counts as altered there."""
    gone = marked_from(state.source, alpha > _OPAQUE, state.altered.shape)
    return replace(covered(state, texture, alpha), altered=state.altered | gone)


def placed(state: Attacked, canvas: Pixels, left: int, top: int, alpha: Alpha | None = None) -> Attacked:
    """The picture laid on a larger canvas, all of it or where ``alpha`` says so; what lies outside is cut off."""
    height, width = state.pixels.shape[:2]
    rows, columns = canvas.shape[:2]
    x, y, right, bottom = max(0, left), max(0, top), min(columns, left + width), min(rows, top + height)
    inner = (slice(y - top, bottom - top), slice(x - left, right - left))
    outer = (slice(y, bottom), slice(x, right))
    pixels, source = canvas.copy(), np.full((rows, columns, 2), np.nan, np.float32)
    if alpha is None:
        pixels[outer], source[outer] = state.pixels[inner], state.source[inner]
    else:
        shown = alpha[inner]
        pixels[outer] = blended(pixels[outer], np.ascontiguousarray(state.pixels[inner]), shown)
        source[outer] = np.where((shown > _OPAQUE)[:, :, None], state.source[inner], np.nan)
    return replace(state, pixels=pixels, source=source)


def ground(height: int, width: int, colour: tuple[int, int, int]) -> Pixels:
    """A plain canvas."""
    return np.full((height, width, 3), colour, np.uint8)


def lerp(mildest: float, hardest: float, strength: float) -> float:
    """The value at a strength, between that at 0 and that at 1."""
    return mildest + (hardest - mildest) * strength


def either(rng: np.random.Generator) -> bool:
    """One of two, at even chances."""
    return bool(rng.integers(2))
