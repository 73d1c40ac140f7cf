"""Hostile bytes to right RGB pixels with Pillow: called in the decode worker only, behind its limits."""

from __future__ import annotations

import io
import math

from PIL import Image, ImageFile, UnidentifiedImageError

from takeback.model.media import DecodeReason
from takeback.signals.decode_canvas import Canvas
from takeback.signals.decode_wire import Limits, Reply

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF", "HEIF")
"""What is opened where its codec is installed; a JPEG of several pictures (MPO) is opened as a JPEG."""

_ORIENTATION = 0x0112
_TURNED = frozenset({5, 6, 7, 8})
_FLIPPED_ACROSS = frozenset({2, 3, 6, 7})
_FLIPPED_DOWN = frozenset({3, 4, 7, 8})
_DRAFTS = frozenset({"JPEG", "MPO"})
_SCALES = (4, 2)
_COUNTED_BY_SEEKING = frozenset({"GIF", "TIFF"})
_SIXTEEN_BITS = frozenset({"I;16", "I;16L", "I;16B", "I;16N"})
_ALPHA = frozenset({"RGBA", "LA", "PA", "RGBa", "La"})
_WEBP_HEADER = 30
_OWN_MAGIC = (b"\xff\xd8\xff", b"\x89PNG", b"RIFF", b"GIF8", b"BM", b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_OTHER_MAGIC = (
    (b"8BPS", 0), (b"\0\0\1\0", 0), (b"\0\0\2\0", 0), (b"\xff\x0a", 0), (b"JXL ", 4), (b"jP  ", 4), (b"ftyp", 4),
    (b"\xff\x4f\xff\x51", 0), (b"%PDF", 0), (b"%!PS", 0), (b"\x1a\x45\xdf\xa3", 0), (b"DDS ", 0), (b"qoif", 0),
    (b"P1", 0), (b"P2", 0), (b"P3", 0), (b"P4", 0), (b"P5", 0), (b"P6", 0), (b"P7", 0), (b"Pf", 0), (b"icns", 0),
)  # fmt: skip


class Unreadable(Exception):
    """A picture that is refused, with its reason."""

    def __init__(self, reason: DecodeReason, detail: str = "") -> None:
        super().__init__(reason.value)
        self.reason = reason
        self.detail = detail


def check_size(width: int, height: int, *, cap: int, limits: Limits) -> None:
    """Refuse a picture by its size alone, before any pixel is decoded."""
    if width <= 0 or height <= 0:
        raise Unreadable(DecodeReason.DAMAGED, "no pixels")
    if max(width, height) > limits.max_ratio * min(width, height):
        raise Unreadable(DecodeReason.TOO_THIN, f"{width} x {height}")
    if width * height > cap:
        raise Unreadable(DecodeReason.TOO_MANY_PIXELS, f"{width} x {height}")


def check_webp(content: bytes, limits: Limits) -> None:
    """Refuse a WebP by its header: its decoder takes the memory for the canvas as soon as it is opened."""
    if content[:4] != b"RIFF" or content[8:12] != b"WEBP" or len(content) < _WEBP_HEADER:
        return
    kind = content[12:16]
    if kind == b"VP8X":
        width, height = (1 + int.from_bytes(content[at : at + 3], "little") for at in (24, 27))
    elif kind == b"VP8L":
        bits = int.from_bytes(content[21:25], "little")
        width, height = 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    else:
        width, height = (int.from_bytes(content[at : at + 2], "little") & 0x3FFF for at in (26, 28))
    check_size(max(1, width), max(1, height), cap=limits.max_pixels, limits=limits)


def open_picture(content: bytes, limits: Limits) -> ImageFile.ImageFile:
    """The picture with its size read and none of its pixels."""
    check_webp(content, limits)
    formats = [kind for kind in FORMATS if kind in Image.OPEN]
    try:
        return Image.open(io.BytesIO(content), formats=formats)
    except UnidentifiedImageError:
        if any(content.startswith(magic) for magic in _OWN_MAGIC):
            raise Unreadable(DecodeReason.DAMAGED, "its header cannot be read") from None
        if any(content.startswith(magic, at) for magic, at in _OTHER_MAGIC):
            raise Unreadable(DecodeReason.FORMAT_NOT_READ) from None
        raise Unreadable(DecodeReason.NOT_A_PICTURE) from None


def orientation_of(picture: Image.Image) -> int:
    """The EXIF orientation, 1 where there is none or the block is damaged: that must not cost the picture."""
    try:
        value = picture.getexif().get(_ORIENTATION, 1)
    except Exception:  # noqa: BLE001  # a damaged EXIF block raises anything, and says nothing about the pixels
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1  # noqa: PLR2004  # the eight of the standard


def frames_of(picture: Image.Image) -> int:
    """How many frames the file says it has, 1 where that cannot be read."""
    try:
        return max(1, int(getattr(picture, "n_frames", 1)))
    except Exception:  # noqa: BLE001  # a damaged later frame raises anything, and the first one is already decoded
        return 1


def kept(still: Image.Image, picture: Image.Image) -> Image.Image:
    """The still where counting the frames cannot touch it: where that seeks, the picture lets go of its pixels."""
    return still.copy() if still is picture and picture.format in _COUNTED_BY_SEEKING else still


def to_eight_bits(picture: Image.Image) -> Image.Image:
    """The same picture with samples from 0 to 255: 16 bits are scaled, not cut off."""
    if picture.mode in _SIXTEEN_BITS:
        picture = picture.convert("I")
        return picture.point(lambda sample: sample * (1 / 257)).convert("L")
    if picture.mode not in {"I", "F"}:
        return picture
    low, high = picture.getextrema()
    if not isinstance(low, int | float) or not isinstance(high, int | float) or not math.isfinite(low + high):
        raise Unreadable(DecodeReason.DAMAGED, "samples that are not numbers")
    if picture.mode == "I":
        scale, shift = (1.0, 0.0) if low >= 0 and high <= 255 else (1 / 257, 0.0)  # noqa: PLR2004  # 8 or 16 bits
        if low < 0 or high > 65535:  # noqa: PLR2004  # neither: spread what is there
            scale, shift = 255 / (high - low), -low * 255 / (high - low)
    elif low >= 0 and high <= 1:
        scale, shift = 255.0, 0.0
    elif low >= 0 and high <= 255:  # noqa: PLR2004  # eight bits, as numbers with a fraction
        scale, shift = 1.0, 0.0
    else:
        scale, shift = 255 / (high - low), -low * 255 / (high - low)
    return picture.point(lambda sample: sample * scale + shift).convert("L")


def to_rgb(picture: Image.Image) -> Image.Image:
    """The same picture in RGB: palettes resolved, what is transparent on white."""
    picture = to_eight_bits(picture)
    if picture.mode in {"RGBa", "La"}:
        picture = picture.convert("RGBA" if picture.mode == "RGBa" else "LA")
    if picture.mode in _ALPHA or "transparency" in picture.info:
        picture = picture.convert("RGBA")
        white = Image.new("RGB", picture.size, (255, 255, 255))
        white.paste(picture, mask=picture.getchannel("A"))
        return white
    if picture.mode == "RGB":
        return picture
    try:
        return picture.convert("RGB")
    except ValueError as error:
        raise Unreadable(DecodeReason.FORMAT_NOT_READ, str(error)[:200]) from None


def oriented(picture: Image.Image, orientation: int) -> Image.Image:
    """The picture as a viewer shows it."""
    turn = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_270,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_90,
    }.get(orientation)
    return picture if turn is None else picture.transpose(turn)


def shrink(picture: Image.Image, long_side: int | None) -> Image.Image:
    """The picture with its long side at most ``long_side``; never enlarged."""
    if long_side is None or max(picture.size) <= long_side:
        return picture
    scale = long_side / max(picture.size)
    size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
    return picture.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)


def decode(
    content: bytes,
    long_side: int | None,
    limits: Limits,
    *,
    as_stored: bool = False,
    canvas: Canvas | None = None,
) -> tuple[Reply, Image.Image]:
    """The first frame of a picture in RGB, as a viewer shows it or as it is stored, or `Unreadable`.

    A JPEG is decoded onto the canvas if there is one, and is still there in the end unless it is turned or shrunk.
    """
    picture = open_picture(content, limits)
    width, height = picture.size
    kind = picture.format or ""
    drafts = kind in _DRAFTS and long_side is not None
    check_size(width, height, cap=limits.max_draft_pixels if drafts else limits.max_pixels, limits=limits)
    if drafts and long_side is not None:
        picture.draft("RGB", (2 * long_side, 2 * long_side))
        check_size(*picture.size, cap=limits.max_pixels, limits=limits)
    if canvas is not None:
        canvas.lay_under(picture)
    picture.load()
    orientation = 1 if as_stored else orientation_of(picture)
    if kind == "TIFF" and picture.size == (height, width):
        width, height = height, width  # this plugin turns the picture while loading
    still = kept(oriented(shrink(to_rgb(picture), long_side), orientation), picture)
    if orientation in _TURNED:
        width, height = height, width
    frames = frames_of(picture)
    reply = Reply(width=width, height=height, columns=still.width, rows=still.height, format=kind, frames=frames)
    return reply, still


def to_luma(picture: Image.Image) -> Image.Image:
    """The luma of the same picture, what is transparent on white."""
    if picture.mode == "L" and "transparency" not in picture.info:
        return picture
    return to_rgb(picture).convert("L")


def scale_of(picture: Image.Image, cells: int | None) -> int:
    """At which part of its size a picture is decoded so that its shorter side keeps so many cells: 1/1, 1/2 or 1/4."""
    if picture.format not in _DRAFTS or cells is None:
        return 1
    return next((scale for scale in _SCALES if min(picture.size) >= scale * cells), 1)


def decode_luma(
    content: bytes, cells: int | None, limits: Limits, *, canvas: Canvas | None = None
) -> tuple[Reply, Image.Image]:
    """The luma plane of the first frame, as a viewer shows it, or `Unreadable`; ``canvas`` as in `decode`."""
    picture = open_picture(content, limits)
    width, height = picture.size
    kind = picture.format or ""
    scale = scale_of(picture, cells)
    check_size(width, height, cap=limits.max_pixels if scale == 1 else limits.max_draft_pixels, limits=limits)
    if kind in _DRAFTS:
        picture.draft("L", None if scale == 1 else (width // scale, height // scale))
        scale = scale if picture.size == (-(-width // scale), -(-height // scale)) else 1
        check_size(*picture.size, cap=limits.max_pixels, limits=limits)
    if canvas is not None:
        canvas.lay_under(picture)
    picture.load()
    orientation = orientation_of(picture)
    if kind == "TIFF" and picture.size == (height, width):
        width, height = height, width  # this plugin turns the picture while loading
    still = kept(oriented(to_luma(picture), orientation), picture)
    if orientation in _TURNED:
        width, height = height, width
    reply = Reply(
        width=width,
        height=height,
        columns=still.width,
        rows=still.height,
        format=kind,
        frames=frames_of(picture),
        scale=scale,
        top=still.height * scale - height if orientation in _FLIPPED_DOWN else 0,
        left=still.width * scale - width if orientation in _FLIPPED_ACROSS else 0,
    )
    return reply, still


def reason_of(error: BaseException) -> tuple[DecodeReason, str]:
    """The typed reason for what a decoder raised."""
    detail = f"{type(error).__name__}: {str(error)[:200]}"
    text = str(error).lower()
    if isinstance(error, Unreadable):
        return error.reason, error.detail
    if isinstance(error, MemoryError) or "out of memory" in text:
        return DecodeReason.OUT_OF_MEMORY, detail
    if isinstance(error, Image.DecompressionBombError | Image.DecompressionBombWarning):
        return DecodeReason.TOO_MANY_PIXELS, detail
    if isinstance(error, EOFError) or "truncated" in text or "unexpected end" in text:
        return DecodeReason.TRUNCATED, detail
    return DecodeReason.DAMAGED, detail
