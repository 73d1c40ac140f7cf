"""Several things done to one picture, as whoever posts a made-up picture does them."""

from __future__ import annotations

import numpy as np

from takeback.bench.attacks import codecs, geometry, marks, regions, screens
from takeback.bench.attacks.state import Attacked, Pixels, lerp, with_pixels


def composite(state: Attacked, donor: Pixels, strength: float, rng: np.random.Generator) -> Attacked:
    """A region of 5 up to 40 percent replaced, cropped to 95 down to 65 percent, scaled by 1 down to 0.35, overlaid on
    up to 25 percent of the area, JPEG at quality 85 down to 25."""  # noqa: D209 - one sentence over two lines
    state = regions.replace_share(state, donor, lerp(0.05, 0.40, strength), rng)
    state = geometry.window(state, lerp(0.95, 0.65, strength), rng)
    state = geometry.resized(state, lerp(1.0, 0.35, strength))
    state = overlaid(state, lerp(0.02, 0.25, strength), rng)
    return with_pixels(state, codecs.compressed(state.pixels, round(lerp(85, 25, strength))))


def overlaid(state: Attacked, share: float, rng: np.random.Generator) -> Attacked:
    """Stickers, a badge, a bar, or words that hide at most this share of the area, or a tiled watermark."""
    kind = int(rng.integers(5))
    if kind == 0:
        return marks.stuck(state, share, 1 + int(rng.integers(3)), rng)
    if kind == 1:
        return marks.badge(state, min(share, 0.15), rng)
    if kind == 2:  # noqa: PLR2004 - one kind of five
        return marks.barred(state, share, rng)
    if kind == 3:  # noqa: PLR2004 - one kind of five
        return marks.written(state, 2, min(0.08, share), rng)
    return marks.tiled(state, min(0.5, 0.1 + 2 * share), rng)


def reshot(state: Attacked, donor: Pixels, strength: float, rng: np.random.Generator) -> Attacked:
    """A composite, then photographed from a screen, both at this strength."""
    return screens.screen_photo(composite(state, donor, strength, rng), donor, strength, rng)
