"""Second photographs of the same scene, simulated: no picture that is made here was taken by a camera.

One photograph is cut into layers at several depths and seen again from a camera that moved a little, so that near parts
move further than far ones; what comes into sight behind an edge is filled by the texture beside it. Exposure, colour,
noise, a small turn and zoom, and compression are its own. Depth is made up: it follows the photograph's colours, not
the scene. Real second exposures differ in more ways (light, weather, people who moved).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from takeback.bench.attacks import shapes
from takeback.bench.attacks.codecs import compressed
from takeback.bench.attacks.state import Pixels, lerp

LEAST_PARALLAX, MOST_PARALLAX = 0.003, 0.04
"""How far the nearest layer moves beyond the farthest, in shares of the long side, at strengths 0 and 1."""
_SMALL = 64
_LAYERS = 7
_ROUNDS = 6

Floats = npt.NDArray[np.float32]


def scene(photograph: Pixels, rng: np.random.Generator, *, strength: float) -> Pixels:
    """A simulated second photograph of the same scene, by a camera that moved; (H, W, 3) uint8 RGB.

    ``strength`` in [0, 1] grades the parallax between the nearest and the farthest layer: 0.3 up to 4 percent of the
    long side, evenly in the logarithm.
    """
    height, width = photograph.shape[:2]
    share = LEAST_PARALLAX * (MOST_PARALLAX / LEAST_PARALLAX) ** strength
    direction = float(rng.uniform(0, 2 * np.pi))
    moved = depth(photograph, rng) * float(share * max(height, width))
    columns, rows = _camera(width, height, turn=1.5, zoom=0.03, shift=0.01, rng=rng)
    columns += moved * float(np.cos(direction))
    rows += moved * float(np.sin(direction))
    return _exposed(_sampled(photograph, columns, rows), rng, stops=0.5, cast=0.08)


def burst(photograph: Pixels, rng: np.random.Generator) -> Pixels:
    """A simulated next exposure of the same camera, held still: (H, W, 3) uint8 RGB.

    The whole moves by up to 0.3 percent of the long side, one to three parts by 0.5 to 2 percent more; noise is new.
    """
    height, width = photograph.shape[:2]
    columns, rows = _camera(width, height, turn=0.2, zoom=0.002, shift=0.003, rng=rng)
    for _ in range(int(rng.integers(1, 4))):
        part = shapes.blob(height, width, float(rng.uniform(0.02, 0.08)), rng)
        part = shapes.feathered(part, 0.003 * max(height, width))
        reach = float(rng.uniform(0.005, 0.02)) * max(height, width)
        direction = float(rng.uniform(0, 2 * np.pi))
        columns += part * (reach * float(np.cos(direction)))
        rows += part * (reach * float(np.sin(direction)))
    return _exposed(_sampled(photograph, columns, rows), rng, stops=0.05, cast=0.01)


def depth(photograph: Pixels, rng: np.random.Generator) -> Floats:
    """A made-up depth map, (H, W) in [0, 1] with both ends reached: layers by colour and place, or a slope, or both.

    Layers are regions of like colour found by a few rounds of k-means at low resolution, each at its own depth.
    """
    import cv2

    height, width = photograph.shape[:2]
    layers = _layers(photograph, rng)
    slope = float(rng.uniform(0, 2 * np.pi))
    x, y = np.linspace(-1, 1, width, dtype=np.float32), np.linspace(-1, 1, height, dtype=np.float32)
    plane = float(np.cos(slope)) * x[None, :] + float(np.sin(slope)) * y[:, None]
    large = np.asarray(cv2.resize(layers, (width, height), interpolation=cv2.INTER_LINEAR), np.float32)
    stepped = large[:, :, :_LAYERS].argmax(axis=2)
    depths = rng.permutation(_LAYERS).astype(np.float32) / (_LAYERS - 1)
    far = depths[stepped] + float(rng.uniform(0, 0.6)) * plane
    return np.asarray((far - far.min()) / max(1e-6, float(far.max() - far.min())), np.float32)


def _layers(photograph: Pixels, rng: np.random.Generator) -> Floats:
    """Membership of each of 64 x 64 places in each layer, (64, 64, layers), smoothed a little."""
    import cv2

    small = cv2.resize(photograph, (_SMALL, _SMALL), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    places = np.linspace(0, 1, _SMALL, dtype=np.float32)
    x, y = np.meshgrid(places, places)
    points = np.concatenate((small, 0.8 * x[:, :, None], 0.8 * y[:, :, None]), axis=2).reshape(-1, 5)
    middles = points[rng.choice(len(points), _LAYERS, replace=False)]
    nearest = np.zeros(len(points), np.intp)
    for _ in range(_ROUNDS):
        nearest = ((points[:, None] - middles[None]) ** 2).sum(axis=2).argmin(axis=1)
        for each in range(_LAYERS):
            if (nearest == each).any():
                middles[each] = points[nearest == each].mean(axis=0)
    member = (nearest[:, None] == np.arange(_LAYERS)).astype(np.float32).reshape(_SMALL, _SMALL, _LAYERS)
    return np.stack([np.asarray(cv2.blur(member[:, :, each], (5, 5)), np.float32) for each in range(_LAYERS)], axis=2)


def _camera(
    width: int, height: int, *, turn: float, zoom: float, shift: float, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Where each pixel is taken from after a turn (degrees), a zoom in, and a shift (shares of the long side)."""
    columns, rows = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    angle = float(np.deg2rad(rng.uniform(-turn, turn)))
    scale = float(1 / (1 + zoom * rng.uniform(0, 1)))
    x, y = columns - (width - 1) / 2, rows - (height - 1) / 2
    across, down = (float(each) * max(height, width) for each in rng.uniform(-shift, shift, 2))
    cosine, sine = scale * float(np.cos(angle)), scale * float(np.sin(angle))
    turned = (cosine * x - sine * y + ((width - 1) / 2 + across), sine * x + cosine * y + ((height - 1) / 2 + down))
    return np.asarray(turned[0], np.float32), np.asarray(turned[1], np.float32)


def _sampled(photograph: Pixels, columns: Floats, rows: Floats) -> Pixels:
    import cv2

    kind, edge = cv2.INTER_CUBIC, cv2.BORDER_REFLECT_101
    return np.asarray(cv2.remap(photograph, columns, rows, kind, borderMode=edge), np.uint8)


def _exposed(pixels: Pixels, rng: np.random.Generator, *, stops: float, cast: float) -> Pixels:
    """The picture at another exposure and white balance, with noise of its own, as its own JPEG."""
    gains = 2 ** float(rng.uniform(-stops, stops)) * (1 + rng.uniform(-cast, cast, 3))
    gamma = float(np.exp(rng.uniform(-stops, stops) / 3))
    levels = np.arange(256, dtype=np.float32) / 255
    tables = 255 * np.clip(gains[:, None] * levels[None] ** gamma, 0, 1)
    values = np.stack([tables[each].astype(np.float32)[pixels[:, :, each]] for each in range(3)], axis=2)
    values += float(rng.uniform(1.5, 5)) * rng.standard_normal(values.shape, np.float32)
    quality = round(lerp(80, 93, float(rng.random())))
    exposed = compressed(np.rint(np.clip(values, 0, 255)).astype(np.uint8), quality)
    return np.ascontiguousarray(exposed)
