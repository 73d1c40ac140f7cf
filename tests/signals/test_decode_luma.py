"""The decoder asked for luma: the plane of the whole picture or of a reduced one, behind the same gates."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator

import numpy as np
import pytest
from PIL import Image, ImageOps

from signals.pictures import cleared, encoded, media_of, texture
from takeback.errors import DecodeRefused, HarmRule, MediaChanged
from takeback.model.media import DecodeReason
from takeback.signals.decode import Decoder, Limits, Luma

FAKE = """
import json, os, struct
def read():
    header, payload = struct.unpack("<IQ", os.read(0, 12))
    for count in (header, payload):
        while count: count -= len(os.read(0, count))
def write(header, payload=b""):
    header = json.dumps(header).encode()
    os.write(1, struct.pack("<IQ", len(header), len(payload)) + header + payload)
read()
write({"limits": [], "no_new_privileges": False, "syscall_filter": False, "formats": []})
read()
write(%r, bytes(%d))
"""
HONEST = {"width": 10, "height": 6, "columns": 5, "rows": 3, "scale": 2}


@pytest.fixture(scope="module")
def decoder() -> Iterator[Decoder]:
    with Decoder() as running:
        yield running


def luma_of(decoder: Decoder, content: bytes, *, cells: int | None = None) -> Luma:
    return decoder.luma(cleared(content), content, cells=cells)


def jpeg(height: int, width: int, *, orientation: int = 1) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return encoded(Image.fromarray(texture(height, width)), "JPEG", quality=95, exif=exif)


def test_the_whole_plane_is_the_luma_of_the_picture(decoder: Decoder) -> None:
    content = jpeg(90, 120)
    with Image.open(io.BytesIO(content)) as image:
        expected = np.asarray(image.convert("RGB")) @ np.array([0.299, 0.587, 0.114])
    luma = luma_of(decoder, content)
    assert (luma.width, luma.height, luma.scale, luma.top, luma.left) == (120, 90, 1, 0, 0)
    assert not luma.array.flags.writeable
    assert np.abs(luma.array - expected).mean() < 1


@pytest.mark.parametrize(("cells", "scale"), [(None, 1), (40, 1), (31, 1), (30, 2), (16, 2), (15, 4), (1, 4)])
def test_a_jpeg_is_reduced_only_while_it_keeps_its_cells(decoder: Decoder, cells: int | None, scale: int) -> None:
    luma = luma_of(decoder, jpeg(61, 90), cells=cells)
    assert luma.scale == scale
    assert luma.array.shape == (-(-61 // scale), -(-90 // scale))


def test_what_is_no_jpeg_is_never_reduced(decoder: Decoder) -> None:
    picture = texture(300, 400)
    assert luma_of(decoder, encoded(Image.fromarray(picture), "PNG"), cells=16).scale == 1


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("cells", [None, 16])
def test_cells_lie_where_a_viewer_shows_them(decoder: Decoder, orientation: int, cells: int | None) -> None:
    content = jpeg(90, 121, orientation=orientation)
    with Image.open(io.BytesIO(content)) as image:
        expected = np.asarray(ImageOps.exif_transpose(image).convert("L")).astype(float)
    luma = luma_of(decoder, content, cells=cells)
    assert (luma.height, luma.width) == expected.shape
    scale = luma.scale
    padding = [(luma.top, -(luma.height + luma.top) % scale), (luma.left, -(luma.width + luma.left) % scale)]
    padded = np.pad(expected, padding, constant_values=np.nan)
    cells_of = padded.reshape(padded.shape[0] // scale, scale, padded.shape[1] // scale, scale)
    assert np.abs(luma.array - np.nanmean(cells_of, axis=(1, 3))).mean() < 3


@pytest.mark.parametrize("mode", ["L", "LA", "P", "1", "I;16", "RGBA", "RGB"])
def test_every_mode_has_a_luma(decoder: Decoder, mode: str) -> None:
    grey = texture(64, 80)[:, :, 0]
    image = Image.fromarray(grey.astype(np.uint16) * 257) if mode == "I;16" else Image.fromarray(grey).convert(mode)
    content = encoded(image, "PNG")
    luma = luma_of(decoder, content)
    shown = decoder.decode(cleared(content), content).array
    np.testing.assert_array_equal(luma.array, np.asarray(Image.fromarray(shown).convert("L")))


def test_what_is_transparent_is_white(decoder: Decoder) -> None:
    image = Image.new("LA", (20, 20), (10, 0))
    assert luma_of(decoder, encoded(image, "PNG")).array.min() == 255


def test_a_cmyk_jpeg_has_a_luma_at_reduced_size_too(decoder: Decoder) -> None:
    content = encoded(Image.fromarray(texture(128, 160)).convert("CMYK"), "JPEG", quality=95)
    assert luma_of(decoder, content, cells=16).array.shape == (32, 40)


def test_the_gates_are_those_of_every_picture(decoder: Decoder) -> None:
    content = jpeg(20, 20)
    with pytest.raises(HarmRule, match="minors"):
        decoder.luma(media_of(content), content)  # type: ignore[arg-type]  # that is the point
    with pytest.raises(MediaChanged):
        decoder.luma(cleared(content), content + b"x")
    with pytest.raises(DecodeRefused) as error:
        luma_of(decoder, b"words")
    assert error.value.reason == DecodeReason.NOT_A_PICTURE


def test_a_picture_that_is_too_large_is_refused_unless_it_is_reduced() -> None:
    content = jpeg(200, 300)
    with Decoder(Limits(max_pixels=20_000)) as decoder:
        assert luma_of(decoder, content, cells=50).scale == 4
        with pytest.raises(DecodeRefused) as error:
            luma_of(decoder, content)
    assert error.value.reason == DecodeReason.TOO_MANY_PIXELS


@pytest.mark.parametrize(
    ("lie", "size"),
    [
        ({}, 15),
        ({"scale": 3}, 15),
        ({"scale": 0}, 15),
        ({"top": 2}, 15),
        ({"left": -1}, 15),
        ({"height": 9}, 15),
        ({"width": 11, "left": 1}, 15),
        ({"rows": 0, "height": 0}, 0),
        ({}, 14),
    ],
)
def test_a_worker_is_not_trusted_about_cells(lie: dict[str, int], size: int) -> None:
    code = FAKE % ({**HONEST, **lie}, size)
    content = jpeg(6, 10)
    with Decoder(command=(sys.executable, "-I", "-c", code)) as decoder:
        if not lie and size == 15:
            assert luma_of(decoder, content).array.shape == (3, 5)
            return
        with pytest.raises(DecodeRefused) as error:
            luma_of(decoder, content)
        assert error.value.reason == DecodeReason.WORKER_KILLED
