"""Attacks through a screen: a screenshot with an interface around the photograph, and a photograph of a screen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from takeback.bench.attacks import shapes
from takeback.bench.attacks.geometry import fitted, homography, warped
from takeback.bench.attacks.grain import noisy
from takeback.bench.attacks.lettering import words, write
from takeback.bench.attacks.state import Attacked, Pixels, either, ground, lerp, placed, with_pixels

_PHONE = (720, 1440)
_DESKTOP = (1280, 800)
_LONG_SIDE = 1280

Colour = tuple[int, int, int]
Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Theme:
    ground: Colour
    bar: Colour
    ink: Colour
    bubble: Colour


_LIGHT = _Theme(ground=(228, 233, 238), bar=(250, 250, 250), ink=(40, 40, 44), bubble=(255, 255, 255))
_DARK = _Theme(ground=(16, 20, 26), bar=(32, 38, 46), ink=(225, 228, 232), bubble=(44, 54, 66))


def screenshot(state: Attacked, donor: Pixels, strength: float, rng: np.random.Generator) -> Attacked:
    """In a chat, a gallery or a browser, light or dark, as wide as the screen down to 55 percent of it."""
    theme = _LIGHT if either(rng) else _DARK
    draw = (_chat, _gallery, _browser)[int(rng.integers(3))]
    return draw(state, donor, lerp(1.0, 0.55, strength), theme, rng)


def _disc(canvas: Pixels, x: int, y: int, radius: int, colour: Colour) -> None:
    import cv2

    cv2.circle(canvas, (x, y), radius, colour, -1, cv2.LINE_AA)


def _status(canvas: Pixels, theme: _Theme, rng: np.random.Generator) -> None:
    """The bar at the top of a telephone, with a made-up time and a battery."""
    width = canvas.shape[1]
    canvas[:36] = theme.bar
    write(canvas, f"{int(rng.integers(24)):02d}:{int(rng.integers(60)):02d}", (24, 9), 20, theme.ink)
    canvas[12:26, width - 54 : width - 26] = theme.ink
    for each in range(3):
        canvas[24 - 4 * each : 26, width - 96 + 10 * each : width - 90 + 10 * each] = theme.ink


def _chat(state: Attacked, donor: Pixels, share: float, theme: _Theme, rng: np.random.Generator) -> Attacked:
    import cv2

    width, height = _PHONE
    canvas = ground(height, width, theme.ground)
    canvas[:116] = theme.bar
    _status(canvas, theme, rng)
    _disc(canvas, 60, 76, 26, (90, 140, 200))
    write(canvas, words(rng), (104, 62), 26, theme.ink, bold=True)
    shown = fitted(state, round(width * min(share, 0.92)), height - 420)
    tall, wide = shown.pixels.shape[:2]
    left = 24 if either(rng) else width - wide - 24
    top = 190 + int(rng.integers(max(1, height - 400 - tall)))
    write(canvas, words(rng), (40, 142), 24, theme.ink)
    cv2.rectangle(canvas, (left - 8, top - 8), (left + wide + 7, top + tall + 60), theme.bubble, -1)
    write(canvas, words(rng), (left + 12, top + tall + 16), 24, theme.ink)
    for line in range(2):
        down = top + tall + 84 + 62 * line
        if down + 50 < height - 90:
            cv2.rectangle(canvas, (24, down), (24 + int(rng.integers(260, 520)), down + 50), theme.bubble, -1)
            write(canvas, words(rng), (40, down + 14), 22, theme.ink)
    canvas[height - 84 :] = theme.bar
    _disc(canvas, width - 50, height - 42, 26, (60, 150, 90))
    alpha = shapes.rounded(tall, wide, 18) if either(rng) else None
    del donor
    return placed(shown, canvas, left, top, alpha)


def _gallery(state: Attacked, donor: Pixels, share: float, theme: _Theme, rng: np.random.Generator) -> Attacked:
    width, height = _PHONE
    canvas = ground(height, width, theme.ground)
    _status(canvas, theme, rng)
    write(canvas, "<  " + words(rng), (28, 62), 26, theme.ink)
    shown = fitted(state, round(width * share), height - 340)
    tall, wide = shown.pixels.shape[:2]
    side = 104
    for each in range(width // (side + 8) + 1):
        piece = shapes.texture(donor, side, min(side, width - each * (side + 8)) or 1, rng)
        canvas[height - 220 : height - 220 + side, each * (side + 8) : each * (side + 8) + side] = piece
    for each in range(5):
        _disc(canvas, round(width * (each + 0.5) / 5), height - 54, 15, theme.ink)
    return placed(shown, canvas, (width - wide) // 2, 110 + (height - 340 - tall) // 2)


def _browser(state: Attacked, donor: Pixels, share: float, theme: _Theme, rng: np.random.Generator) -> Attacked:
    import cv2

    width, height = _DESKTOP
    canvas = ground(height, width, theme.ground)
    canvas[:84] = theme.bar
    for each, colour in enumerate(((230, 90, 80), (235, 190, 70), (100, 190, 90))):
        _disc(canvas, 24 + 26 * each, 20, 8, colour)
    cv2.rectangle(canvas, (110, 44), (width - 160, 74), theme.ground, -1)
    write(canvas, "example.org/album/" + str(int(rng.integers(1000))), (124, 50), 17, theme.ink)
    shown = fitted(state, round((width - 300) * share), height - 170)
    tall, wide = shown.pixels.shape[:2]
    write(canvas, words(rng), (24, 104), 26, theme.ink, bold=True)
    for line in range(6):
        down = 160 + 104 * line
        canvas[down : down + 84, width - 250 : width - 130] = shapes.texture(donor, 84, 120, rng)[
            : max(0, height - down)
        ]
        write(canvas, words(rng)[:9], (width - 122, down + 10), 16, theme.ink)
        if down + 90 > height:
            break
    left = 24 + int(rng.integers(max(1, width - 300 - wide)))
    return placed(shown, canvas, left, 150 + int(rng.integers(max(1, height - 165 - tall))))


# --- a photograph of a screen ---


def screen_photo(state: Attacked, donor: Pixels, strength: float, rng: np.random.Generator) -> Attacked:
    """Photographed from a screen: tilted, with moire, shading, glare, a cast, blur and noise, each up to its most."""
    room = _room(donor, rng)
    height, width = room.shape[:2]
    across, down = (width, height) if state.pixels.shape[1] >= state.pixels.shape[0] else (height, width)
    if across < down:
        room = np.ascontiguousarray(np.rot90(room))
    shown = _displayed(state, across, down)
    rows, columns = shown.pixels.shape[:2]
    corners = np.array([[0, 0], [columns - 1, 0], [columns - 1, rows - 1], [0, rows - 1]], np.float64)
    inward = np.array([[1, 1], [-1, 1], [-1, -1], [1, -1]])
    pulled = (0.02 + rng.uniform(0.1, 1.0, (4, 2)) * lerp(0.02, 0.16, strength)) * (across, down)
    offset = np.array([across - columns, down - rows]) / 2
    tilt = homography(corners, corners + offset + pulled * inward)
    seen = warped(shown, tilt, across, down)
    import cv2

    alpha = np.asarray(cv2.warpPerspective(np.ones((rows, columns), np.float32), tilt, (across, down)), np.float32)
    return _photographed(placed(seen, room, 0, 0, alpha), alpha, strength, rng)


def _room(donor: Pixels, rng: np.random.Generator) -> Pixels:
    """What is around the screen: dim, and out of focus."""
    import cv2

    width, height = _LONG_SIDE, round(_LONG_SIDE * 0.75)
    small = cv2.blur(cv2.resize(donor, (80, 60), interpolation=cv2.INTER_AREA), (9, 9))
    dim = float(rng.uniform(0.1, 0.6))
    return np.asarray(cv2.resize(cv2.convertScaleAbs(small, alpha=dim), (width, height)), np.uint8)


def _displayed(state: Attacked, across: int, down: int) -> Attacked:
    """The picture on a black screen, with a dark case around."""
    edge = max(4, round(0.02 * max(across, down)))
    shown = fitted(state, across - 4 * edge, down - 4 * edge)
    rows, columns = shown.pixels.shape[:2]
    canvas = ground(rows + 4 * edge, columns + 4 * edge, (22, 22, 24))
    canvas[edge:-edge, edge:-edge] = (4, 4, 6)
    return placed(shown, canvas, 2 * edge, 2 * edge)


def _photographed(state: Attacked, screen: Floats, strength: float, rng: np.random.Generator) -> Attacked:
    """What the camera adds: moire, shading and a cast most of all where the screen is, glare, blur, noise."""
    height, width = state.pixels.shape[:2]
    gain, glare = _light(width, height, strength, rng)
    values = state.pixels.astype(np.float32)
    values *= 1 + (gain - 1) * (0.3 + 0.7 * screen)[:, :, None]
    values += glare[:, :, None]
    pixels = np.clip(values, 0, 255).astype(np.uint8)
    import cv2

    soft = np.asarray(cv2.GaussianBlur(pixels, (0, 0), lerp(0.5, 1.4, strength)), np.uint8)
    return noisy(with_pixels(state, soft), lerp(2, 10, strength), rng)


def _light(width: int, height: int, strength: float, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """(H, W, 3) gains with moire, shading and a cast, and (H, W) levels of glare; made at half the size."""
    import cv2

    x = np.linspace(-1, 1, width // 2, dtype=np.float32)[None, :]
    y = np.linspace(-1, 1, height // 2, dtype=np.float32)[:, None]
    away = float(rng.uniform(-0.15, 0.15)) * (x * x + y * y)
    slope = float(rng.uniform(0, 2 * np.pi))
    shade = 1 + lerp(0.05, 0.35, strength) * (float(np.cos(slope)) * x + float(np.sin(slope)) * y)
    gain = np.repeat(shade[:, :, None], 3, axis=2)
    for angle, waves in zip(rng.uniform(0, np.pi, 2), rng.uniform(50, 130, 2), strict=True):
        phase = (float(np.cos(angle)) * x + float(np.sin(angle)) * y + away) * float(waves)
        sine, cosine = np.sin(phase), np.cos(phase)
        for channel, shift in enumerate(rng.uniform(-0.8, 0.8, 3)):
            rings = float(np.cos(shift)) * sine + float(np.sin(shift)) * cosine
            gain[:, :, channel] += lerp(0.015, 0.09, strength) * rings
    gain *= 1 + rng.uniform(-0.14, 0.14, 3).astype(np.float32) * strength
    middle, wide = rng.uniform(-0.7, 0.7, 2), rng.uniform(0.15, 0.45, 2)
    fall = ((x - float(middle[0])) / float(wide[0])) ** 2 + ((y - float(middle[1])) / float(wide[1])) ** 2
    glare = lerp(10, 110, strength) * np.exp(-fall)
    whole = [np.asarray(cv2.resize(each, (width, height)), np.float32) for each in (gain, glare)]
    return whole[0], whole[1]
