"""Made-up words, set in the fonts that ship with the program."""

from __future__ import annotations

import io
from importlib.resources import files

import numpy as np

from takeback.bench.attacks.state import Alpha, Pixels, blended

WORDS = (
    "made up channel",
    "for a measurement",
    "@nobody_at_all",
    "see you on Sunday",
    "Grüße aus Lüneburg",
    "new every day",
    "пример текста",
    "una tarde de abril",
    "forwarded message",
    "just an example",
)


def words(rng: np.random.Generator) -> str:
    """A made-up line of words."""
    return WORDS[int(rng.integers(len(WORDS)))]


def letters(text: str, size: float, *, bold: bool = False) -> Alpha:
    """The ink of a line of words whose letters are about so many pixels tall, with a little room around."""
    from PIL import Image, ImageDraw, ImageFont

    name = "NotoSans-Bold.ttf" if bold else "NotoSans-Regular.ttf"
    font = ImageFont.truetype(io.BytesIO((files("takeback.fonts") / name).read_bytes()), max(6, size))
    left, top, right, bottom = font.getbbox(text)
    room = 2
    drawn = Image.new("L", (int(right - left) + 2 * room, int(bottom - top) + 2 * room), 0)
    ImageDraw.Draw(drawn).text((room - left, room - top), text, fill=255, font=font)
    return np.asarray(drawn, np.float32) / np.float32(255)


def laid(alpha: Alpha, height: int, width: int, left: int, top: int) -> Alpha:
    """A small layer somewhere on an empty one of this size; what lies outside is cut off."""
    whole = np.zeros((height, width), np.float32)
    rows, columns = alpha.shape
    x, y, right, bottom = max(0, left), max(0, top), min(width, left + columns), min(height, top + rows)
    if x < right and y < bottom:
        whole[y:bottom, x:right] = alpha[y - top : bottom - top, x - left : right - left]
    return whole


def write(
    canvas: Pixels,
    text: str,
    place: tuple[float, float],
    size: float,
    colour: tuple[int, int, int],
    *,
    bold: bool = False,
) -> None:
    """A line of words onto a canvas, which changes, from this place on (left, top)."""
    ink = letters(text, size, bold=bold)
    left, top = max(0, round(place[0])), max(0, round(place[1]))
    part = canvas[top : top + ink.shape[0], left : left + ink.shape[1]]
    part[:] = blended(part, colour, ink[: part.shape[0], : part.shape[1]])
