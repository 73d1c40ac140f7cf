"""Where the worker lays pixels: a JPEG is decoded there, everything else is copied there, if it has room."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from PIL import Image

from signals.pictures import encoded, texture
from takeback.bench.decode import mutate
from takeback.signals import decode_picture
from takeback.signals.decode_canvas import Canvas, can_be_laid
from takeback.signals.decode_wire import Limits

SIDE = (40, 64)
DIRT = 0xAA


def memory(size: int = 4 * 40 * 64) -> memoryview:
    return memoryview(bytearray([DIRT]) * size)


def test_this_pillow_can_lay_pixels() -> None:
    assert can_be_laid(memory())
    assert not can_be_laid(memory(3))
    assert not can_be_laid(memory().toreadonly())


def test_a_picture_is_copied_and_nothing_behind_it_touched() -> None:
    place, picture = memory(4 * 40 * 64 + 10), texture(*SIDE)
    assert Canvas(place).hold(Image.fromarray(picture))
    np.testing.assert_array_equal(np.frombuffer(place[:-10], np.uint8).reshape(*SIDE, 4)[:, :, :3], picture)
    assert set(place[-10:]) == {DIRT}


@pytest.mark.parametrize(("mode", "short"), [("RGB", 4 * 40 * 64 - 1), ("L", 40 * 64 - 1)])
def test_a_picture_that_is_too_large_is_not_held(mode: str, short: int) -> None:
    place = memory(short)
    assert not Canvas(place).hold(Image.new(mode, (64, 40)))
    assert set(place) == {DIRT}
    assert Canvas(memory(short + 1)).hold(Image.new(mode, (64, 40)))


def test_a_picture_of_another_kind_is_not_held() -> None:
    assert not Canvas(memory()).hold(Image.new("CMYK", (8, 8)))


@pytest.mark.parametrize("luma", [False, True])
@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"subsampling": 0}])
def test_a_jpeg_is_decoded_right_there_and_writes_every_pixel(*, luma: bool, options: dict[str, object]) -> None:
    content, limits = encoded(Image.fromarray(texture(*SIDE)), "JPEG", quality=90, **options), Limits()
    for fill in (0, 255):
        place = memory()
        place[:] = bytes([fill]) * len(place)
        canvas = Canvas(place)
        if luma:
            reply, still = decode_picture.decode_luma(content, None, limits, canvas=canvas)
            plain = decode_picture.decode_luma(content, None, limits)[1]
        else:
            reply, still = decode_picture.decode(content, None, limits, canvas=canvas)
            plain = decode_picture.decode(content, None, limits)[1]
        lies = np.frombuffer(place, np.uint8)[: 40 * 64 * (1 if luma else 4)].reshape(*SIDE, -1)
        np.testing.assert_array_equal(lies[:, :, : 1 if luma else 3].squeeze(), np.asarray(plain))  # before it is held
        assert canvas.hold(still)
        assert (reply.rows, reply.columns) == SIDE
        np.testing.assert_array_equal(np.asarray(still), np.asarray(plain))


@pytest.mark.parametrize(
    ("kind", "options"),
    [("PNG", {}), ("TIFF", {}), ("TIFF", {"compression": "jpeg"}), ("WEBP", {}), ("GIF", {}), ("BMP", {})],
)
@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_nothing_but_a_jpeg_is_decoded_right_there(kind: str, options: dict[str, object], mode: str) -> None:
    content = encoded(Image.fromarray(texture(*SIDE)).convert(mode), kind, **options)
    for decode in (decode_picture.decode, decode_picture.decode_luma):
        place = memory()
        canvas = Canvas(place)
        still = decode(content, None, Limits(), canvas=canvas)[1]
        assert set(place) == {DIRT}
        assert canvas.hold(still)


@pytest.mark.parametrize("orientation", range(2, 9))
def test_a_jpeg_that_is_turned_is_laid_over_itself(orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    content = encoded(Image.fromarray(texture(*SIDE)), "JPEG", quality=90, exif=exif)
    place = memory()
    canvas = Canvas(place)
    reply, still = decode_picture.decode(content, None, Limits(), canvas=canvas)
    assert canvas.hold(still)
    plain = np.asarray(decode_picture.decode(content, None, Limits())[1])
    lies = np.frombuffer(place, np.uint8).reshape(reply.rows, reply.columns, 4)
    np.testing.assert_array_equal(lies[:, :, :3], plain)


def test_what_was_there_before_never_shows_in_a_damaged_jpeg() -> None:
    generator, outcomes = np.random.default_rng(4), Counter[str]()
    whole = [
        encoded(Image.fromarray(texture(*SIDE)).convert(mode), "JPEG", progressive=progressive)
        for mode in ("RGB", "L")
        for progressive in (False, True)
    ]
    for number in range(1200):
        content = mutate(whole[number % 4], whole[number // 4 % 4], generator)
        luma = number // 16 % 2 == 1
        outcome = laid(content, before=0, luma=luma)
        assert laid(content, before=255, luma=luma) == outcome
        outcomes[outcome if isinstance(outcome, str) else "decoded"] += 1
    assert outcomes["decoded"] > 200
    assert "OSError: cannot load this image" in outcomes  # no piece was found in it: nothing was decoded


def laid(content: bytes, *, before: int, luma: bool) -> bytes | str:
    """The samples on a canvas that was filled before, or what was raised."""
    place = memory()
    place[:] = bytes([before]) * len(place)
    canvas = Canvas(place)
    try:
        if luma:
            still = decode_picture.decode_luma(content, 8, Limits(), canvas=canvas)[1]
        else:
            still = decode_picture.decode(content, None, Limits(), canvas=canvas)[1]
    except Exception as error:  # noqa: BLE001  # decoders raise anything on damaged bytes
        return f"{type(error).__name__}: {error}"
    if not canvas.hold(still):
        return "no room"
    samples = np.frombuffer(place, np.uint8)[: still.width * still.height * (1 if luma else 4)]
    return (samples if luma else samples.reshape(-1, 4)[:, :3]).tobytes()
