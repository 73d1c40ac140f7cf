"""Benign edits of ordinary photographs, each with the truth of what it did."""

from __future__ import annotations

import io
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from takeback.model.consent import Region
from takeback.model.finding import Conclusion
from takeback.simulate.collection import Pixels, decode

WHOLE = Region(left=0.0, top=0.0, right=1.0, bottom=1.0)
_FEATHER_SHARE = 0.03
_ADVANCE = 1.6


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Edited:
    """A picture made from an original: ``pixels`` (height, width, 3) uint8 RGB, and what was done.

    ``altered`` and ``kept`` are boxes of the original in shares of its width and height: the part that was replaced,
    and the part that is still in the frame.
    """

    pixels: Pixels
    altered: Region | None = None
    kept: Region = WHOLE
    mirrored: bool = False
    steps: tuple[str, ...] = ()

    @property
    def conclusion(self) -> Conclusion:
        """What an honest comparison with the original should support."""
        return Conclusion.COPY if self.altered is None else Conclusion.DERIVATIVE

    @property
    def share_altered(self) -> float:
        """The replaced share of the original's area that is in the frame."""
        return 0.0 if self.altered is None else _area(_overlap(self.altered, self.kept))

    @property
    def share_surviving(self) -> float:
        """The share of the original's area that is in the frame and was not replaced."""
        return _area(self.kept) - self.share_altered


def untouched(pixels: Pixels) -> Edited:
    """The start of a chain of edits."""
    return Edited(pixels=pixels)


def replace_region(edited: Edited, texture: Pixels, box: Region, rng: np.random.Generator) -> Edited:
    """The picture with ``box`` replaced by a part of another photograph, with feathered edges.

    Args:
        edited: a picture that was not cropped, mirrored or framed yet, so that ``box`` is in shares of the original.
        texture: (height, width, 3) uint8 RGB, any size.
        box: what to replace, in shares of the picture.
        rng: where in the texture the part is taken from.

    Raises:
        ValueError: The picture was moved already, or has a replaced region.
    """
    if edited.kept != WHOLE or edited.mirrored or edited.altered is not None:
        message = f"a region is replaced first in a chain, once; already done: {', '.join(edited.steps)}"
        raise ValueError(message)
    height, width = edited.pixels.shape[:2]
    left, top = round(box.left * width), round(box.top * height)
    right, bottom = round(box.right * width), round(box.bottom * height)
    patch = _part_of(texture, right - left, bottom - top, rng)
    feather = max(2.0, _FEATHER_SHARE * min(right - left, bottom - top))
    weight = _feathered(height, width, (left, top, right, bottom), feather)[:, :, None]
    overlaid = edited.pixels.astype(np.float32)
    layer = overlaid.copy()
    layer[top:bottom, left:right] = patch
    blended = np.rint(overlaid * (1.0 - weight) + layer * weight).astype(np.uint8)
    return _next(edited, blended, "region replaced", altered=box)


def crop(edited: Edited, box: Region) -> Edited:
    """The part of the picture inside ``box``, in shares of the picture as it is now."""
    height, width = edited.pixels.shape[:2]
    left, top = round(box.left * width), round(box.top * height)
    right, bottom = round(box.right * width), round(box.bottom * height)
    along = (1.0 - box.right, 1.0 - box.left) if edited.mirrored else (box.left, box.right)
    kept = edited.kept
    across, down = kept.right - kept.left, kept.bottom - kept.top
    inner = Region(
        left=kept.left + along[0] * across,
        top=kept.top + box.top * down,
        right=kept.left + along[1] * across,
        bottom=kept.top + box.bottom * down,
    )
    return _next(edited, edited.pixels[top:bottom, left:right], "cropped", kept=inner)


def mirror(edited: Edited) -> Edited:
    """The picture with left and right exchanged."""
    flipped = replace(edited, mirrored=not edited.mirrored)
    return _next(flipped, edited.pixels[:, ::-1], "mirrored")


def scale(edited: Edited, long_side: int) -> Edited:
    """The picture at a long side of ``long_side`` pixels."""
    height, width = edited.pixels.shape[:2]
    factor = long_side / max(height, width)
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    return _next(edited, np.asarray(_image(edited.pixels).resize(size, Image.Resampling.LANCZOS)), "scaled")


def watermark(edited: Edited, text: str, *, opacity: float = 0.35) -> Edited:
    """The picture under a slanted, repeated, half transparent line of text."""
    height, width = edited.pixels.shape[:2]
    side = 2 * max(height, width)
    size = max(12, min(height, width) // 18)
    ink = Image.new("L", (side, side), 0)
    pen, font = ImageDraw.Draw(ink), ImageFont.load_default(size)
    step_across = round(pen.textlength(text, font=font) * _ADVANCE)
    for row, y in enumerate(range(0, side, size * 6)):
        for x in range(-(row % 2) * step_across // 2, side, step_across):
            pen.text((x, y), text, fill=round(255 * opacity), font=font)
    slanted = ink.rotate(27, resample=Image.Resampling.BILINEAR)
    left, top = (side - width) // 2, (side - height) // 2
    marked = _image(edited.pixels)
    marked.paste((255, 255, 255), (0, 0), slanted.crop((left, top, left + width, top + height)))
    return _next(edited, np.asarray(marked), "watermarked")


def caption_bar(edited: Edited, text: str) -> Edited:
    """The picture with a dark bar and a line of text below it."""
    height, width = edited.pixels.shape[:2]
    bar = max(28, height // 11)
    canvas = Image.new("RGB", (width, height + bar), (18, 20, 26))
    canvas.paste(_image(edited.pixels), (0, 0))
    pen = ImageDraw.Draw(canvas)
    pen.text((bar // 2, height + bar // 4), text, fill=(240, 240, 235), font=ImageFont.load_default(bar // 2))
    return _next(edited, np.asarray(canvas), "captioned")


def recompress(edited: Edited, quality: int) -> Edited:
    """The picture after JPEG at this quality."""
    return _next(edited, decode(encode_jpeg(edited.pixels, quality)), f"recompressed at {quality}")


def screenshot(edited: Edited, title: str, *, width: int = 600, height: int = 1000) -> Edited:
    """The picture as a phone shows it: scaled, with rounded corners, inside a message of a made-up application."""
    canvas = Image.new("RGB", (width, height), (214, 224, 232))
    pen = ImageDraw.Draw(canvas)
    _bars(pen, title, width, height)
    room = (width - 60, height - 330)
    picture = _image(edited.pixels)
    factor = min(room[0] / picture.width, room[1] / picture.height)
    picture = picture.resize((round(picture.width * factor), round(picture.height * factor)), Image.Resampling.LANCZOS)
    corner = Image.new("L", picture.size, 0)
    ImageDraw.Draw(corner).rounded_rectangle((0, 0, picture.width - 1, picture.height - 1), radius=16, fill=255)
    left, top = 24, 130
    pen.rounded_rectangle(
        (14, top - 10, picture.width + 34, top + picture.height + 62), radius=18, fill=(255, 255, 255)
    )
    canvas.paste(picture, (left, top), corner)
    font = ImageFont.load_default(19)
    pen.text((left + 8, top + picture.height + 14), "seen 214 times   21:07", fill=(120, 130, 140), font=font)
    return _next(edited, np.asarray(canvas), "screenshot")


def encode_jpeg(pixels: Pixels, quality: int) -> bytes:
    """JPEG bytes of an RGB picture; the same bytes for the same pixels and quality."""
    stream = io.BytesIO()
    _image(pixels).save(stream, "JPEG", quality=quality, subsampling="4:2:0", optimize=False)
    return stream.getvalue()


def encode_png(pixels: Pixels) -> bytes:
    """PNG bytes of an RGB picture; the same bytes for the same pixels."""
    stream = io.BytesIO()
    _image(pixels).save(stream, "PNG", compress_level=6)
    return stream.getvalue()


def _bars(pen: ImageDraw.ImageDraw, title: str, width: int, height: int) -> None:
    pen.rectangle((0, 0, width, 96), fill=(62, 98, 130))
    pen.ellipse((64, 34, 112, 82), fill=(236, 184, 84))
    pen.line(((40, 44), (22, 58), (40, 72)), fill=(255, 255, 255), width=4)
    pen.text((126, 34), title, fill=(255, 255, 255), font=ImageFont.load_default(22))
    pen.text((126, 62), "3 104 subscribers", fill=(205, 218, 230), font=ImageFont.load_default(16))
    pen.text((width - 64, 4), "21:09", fill=(255, 255, 255), font=ImageFont.load_default(16))
    pen.rectangle((0, height - 70, width, height), fill=(250, 250, 250))
    pen.text((28, height - 48), "Mute", fill=(62, 98, 130), font=ImageFont.load_default(22))
    pen.ellipse((width - 62, height - 54, width - 24, height - 16), outline=(62, 98, 130), width=3)


def _part_of(texture: Pixels, width: int, height: int, rng: np.random.Generator) -> Pixels:
    """A ``height`` by ``width`` window of the texture, which is enlarged where it is too small."""
    rows, columns = texture.shape[:2]
    factor = max(1.0, width / columns, height / rows)
    if factor > 1.0:
        size = (max(width, round(columns * factor)), max(height, round(rows * factor)))
        texture = np.asarray(_image(texture).resize(size, Image.Resampling.BICUBIC))
        rows, columns = texture.shape[:2]
    top = int(rng.integers(0, rows - height + 1))
    left = int(rng.integers(0, columns - width + 1))
    return texture[top : top + height, left : left + width]


def _feathered(
    height: int, width: int, box: tuple[int, int, int, int], feather: float
) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """Weights (height, width) from 0 to 1: 1 well inside the box, falling to 0 at its edge."""
    mask = Image.new("L", (width, height), 0)
    left, top, right, bottom = box
    inset = feather
    pen = ImageDraw.Draw(mask)
    inner = (left + inset, top + inset, right - 1 - inset, bottom - 1 - inset)
    pen.rounded_rectangle(inner, radius=2 * feather, fill=255)
    soft = np.asarray(mask.filter(ImageFilter.GaussianBlur(feather / 2)), dtype=np.float32) / np.float32(255)
    outside = np.ones((height, width), dtype=bool)
    outside[top:bottom, left:right] = False
    soft[outside] = 0.0
    return soft


def _next(
    edited: Edited, pixels: Pixels, step: str, *, altered: Region | None = None, kept: Region | None = None
) -> Edited:
    return replace(
        edited,
        pixels=np.ascontiguousarray(pixels, dtype=np.uint8),
        altered=altered or edited.altered,
        kept=kept or edited.kept,
        steps=(*edited.steps, step),
    )


def _image(pixels: Pixels) -> Image.Image:
    return Image.fromarray(pixels)


def _area(region: Region) -> float:
    return max(0.0, region.right - region.left) * max(0.0, region.bottom - region.top)


def _overlap(one: Region, other: Region) -> Region:
    return Region(
        left=max(one.left, other.left),
        top=max(one.top, other.top),
        right=min(one.right, other.right),
        bottom=min(one.bottom, other.bottom),
    )
