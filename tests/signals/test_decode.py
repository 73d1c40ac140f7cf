"""The decoder: right pixels of whole pictures, a typed reason for every other, and a worker that may die."""

from __future__ import annotations

import copy
import doctest
import io
import os
import signal
import struct
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps

from signals.pictures import cleared, encoded, media_of, scan_bomb, texture
from takeback.errors import DecodeRefused, HarmRule, MediaChanged, UnusableInput
from takeback.model.media import DecodeReason
from takeback.signals import decode as module
from takeback.signals.decode import Decoder, Limits, Pixels

FAKE = """
import json, os, signal, struct, sys
def read():
    header, payload = struct.unpack("<IQ", os.read(0, 12))
    for count in (header, payload):
        while count: count -= len(os.read(0, count))
def write(header, payload=b"", claim=None):
    header = header if isinstance(header, bytes) else json.dumps(header).encode()
    os.write(1, struct.pack("<IQ", len(header), len(payload) if claim is None else claim) + header + payload)
read()
write({"limits": [], "no_new_privileges": False, "syscall_filter": False, "formats": []})
read()
"""
CHEATS = {
    "hang": ("signal.pause()", DecodeReason.TOO_SLOW),
    "kill": ("os.kill(os.getpid(), signal.SIGKILL)", DecodeReason.WORKER_KILLED),
    "processor": ("os.kill(os.getpid(), signal.SIGXCPU)", DecodeReason.TOO_SLOW),
    "leave": ("pass", DecodeReason.WORKER_KILLED),
    "words": ("write(b'no JSON')", DecodeReason.WORKER_KILLED),
    "unknown": ("write({'reason': 'bored'})", DecodeReason.WORKER_KILLED),
    "lie": ("write({'rows': 900, 'columns': 900}, b'few')", DecodeReason.WORKER_KILLED),
    "huge": ("write({}, claim=1 << 60)", DecodeReason.WORKER_KILLED),
}


@pytest.fixture(scope="module")
def decoder() -> Iterator[Decoder]:
    with Decoder() as running:
        yield running


def refused(decoder: Decoder, content: bytes, *, long_side: int | None = None) -> str:
    with pytest.raises(DecodeRefused) as error:
        decoder.decode(cleared(content), content, long_side=long_side)
    return error.value.reason


def outcome_of(decoder: Decoder, content: bytes) -> DecodeReason | None:
    """None for pixels, or the reason why there are none."""
    try:
        decoded(decoder, content)
    except DecodeRefused as error:
        return DecodeReason(error.reason)
    return None


def decoded(decoder: Decoder, content: bytes, *, long_side: int | None = None) -> Pixels:
    return decoder.decode(cleared(content), content, long_side=long_side)


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF", "WEBP"])
def test_lossless_formats_give_their_pixels(decoder: Decoder, kind: str) -> None:
    picture = texture(60, 90)
    options = {"lossless": True} if kind == "WEBP" else {}
    pixels = decoded(decoder, encoded(Image.fromarray(picture), kind, **options))
    np.testing.assert_array_equal(pixels.array, picture)
    assert (pixels.width, pixels.height, pixels.format, pixels.frames) == (90, 60, kind, 1)
    assert not pixels.array.flags.writeable


@pytest.mark.parametrize("kind", ["JPEG", "AVIF"])
def test_lossy_formats_give_their_pixels(decoder: Decoder, kind: str) -> None:
    if kind not in decoder.sandbox.formats:
        pytest.skip(f"this Pillow reads no {kind}")
    picture = texture(64, 96)
    pixels = decoded(decoder, encoded(Image.fromarray(picture), kind, quality=95))
    assert np.abs(pixels.array.astype(int) - picture).mean() < 6


def test_heic_is_read_in_the_sandbox(decoder: Decoder) -> None:
    heif = pytest.importorskip("pillow_heif", reason="the extra `heic` is not installed")
    picture = texture(64, 96)
    written = io.BytesIO()
    heif.from_pillow(Image.fromarray(picture)).save(written, quality=95)
    pixels = decoded(decoder, written.getvalue())
    assert pixels.format == "HEIF"
    assert np.abs(pixels.array.astype(int) - picture).mean() < 6


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_is_applied(decoder: Decoder, orientation: int) -> None:
    image = Image.fromarray(texture(40, 64))
    exif = Image.Exif()
    exif[0x0112] = orientation
    content = encoded(image, "JPEG", exif=exif, quality=90)
    with Image.open(io.BytesIO(content)) as again:
        expected = np.asarray(ImageOps.exif_transpose(again).convert("RGB"))
    pixels = decoded(decoder, content)
    np.testing.assert_array_equal(pixels.array, expected)
    assert (pixels.height, pixels.width) == expected.shape[:2]


def test_a_picture_as_it_is_stored_is_not_turned(decoder: Decoder) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    content = encoded(Image.fromarray(texture(40, 64)), "JPEG", exif=exif, quality=90)
    pixels = decoder.decode(cleared(content), content, as_stored=True)
    assert pixels.array.shape == (40, 64, 3)
    np.testing.assert_array_equal(np.rot90(pixels.array, -1), decoded(decoder, content).array)


def test_a_turned_tiff_is_turned_once(decoder: Decoder) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    picture = texture(40, 64)
    pixels = decoded(decoder, encoded(Image.fromarray(picture), "TIFF", exif=exif))
    np.testing.assert_array_equal(pixels.array, np.rot90(picture, -1))
    assert (pixels.width, pixels.height) == (40, 64)


def test_a_damaged_exif_block_does_not_cost_the_picture(decoder: Decoder) -> None:
    content = encoded(Image.fromarray(texture(32, 32)), "JPEG", exif=b"Exif\0\0II*\0\xff\xff\xff\xff")
    assert decoded(decoder, content).array.shape == (32, 32, 3)


def test_sixteen_bits_are_scaled(decoder: Decoder) -> None:
    ramp = np.linspace(0, 65535, 256).astype(np.uint16)
    content = encoded(Image.fromarray(np.tile(ramp, (8, 1))), "PNG")
    expected = np.tile(np.arange(256), (8, 1))
    assert np.abs(decoded(decoder, content).array[:, :, 0].astype(int) - expected).max() <= 1


@pytest.mark.parametrize("kind", [".png", ".tiff"])
def test_sixteen_bits_of_colour_are_scaled(decoder: Decoder, kind: str) -> None:
    picture = texture(60, 90)
    wide = picture[:, :, ::-1].astype(np.uint16) * 257
    opaque, clear = (np.dstack([wide, np.full((60, 90), alpha, np.uint16)]) for alpha in (65535, 0))
    expected = {"colour": (wide, picture), "grey": (wide[:, :, 2], picture[:, :, :1])}
    if kind == ".png":
        expected |= {"opaque": (opaque, picture), "clear": (clear, np.full_like(picture, 255))}
    for name, (samples, right) in expected.items():
        written, content = cv2.imencode(kind, samples)
        assert written
        array = decoded(decoder, content.tobytes()).array.astype(int)
        assert np.abs(array - right).max() <= 1, name


def test_a_grey_picture_with_alpha_is_on_white(decoder: Decoder) -> None:
    content = encoded(Image.new("LA", (30, 30), (100, 0)), "PNG")
    assert (decoded(decoder, content).array == 255).all()


def test_what_is_transparent_is_white(decoder: Decoder) -> None:
    image = Image.new("RGBA", (20, 20), (10, 20, 30, 0))
    image.paste((200, 0, 0, 255), (0, 0, 10, 20))
    array = decoded(decoder, encoded(image, "PNG")).array
    assert tuple(array[5, 15]) == (255, 255, 255)
    assert tuple(array[5, 5]) == (200, 0, 0)


def test_palette_with_transparency_is_right(decoder: Decoder) -> None:
    image = Image.new("P", (20, 20), 1)
    image.putpalette([255, 0, 0, 0, 255, 0])
    image.paste(0, (0, 0, 10, 20))
    array = decoded(decoder, encoded(image, "PNG", transparency=0)).array
    assert tuple(array[5, 5]) == (255, 255, 255)
    assert tuple(array[5, 15]) == (0, 255, 0)


def test_an_opaque_palette_is_resolved(decoder: Decoder) -> None:
    picture = Image.fromarray(texture(60, 90)).quantize(64)
    array = decoded(decoder, encoded(picture, "PNG")).array
    np.testing.assert_array_equal(array, np.asarray(picture.convert("RGB")))


def test_a_cmyk_jpeg_is_not_inverted(decoder: Decoder) -> None:
    picture = Image.fromarray(texture(60, 90)).convert("CMYK")
    array = decoded(decoder, encoded(picture, "JPEG", quality=95)).array.astype(int)
    assert np.abs(array - np.asarray(picture.convert("RGB"))).max() <= 16


def test_cmyk_and_grey_become_rgb(decoder: Decoder) -> None:
    picture = Image.fromarray(texture(32, 32))
    for mode in ("CMYK", "L"):
        content = encoded(picture.convert(mode), "TIFF")
        np.testing.assert_array_equal(decoded(decoder, content).array, np.asarray(picture.convert(mode).convert("RGB")))


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_an_animation_gives_its_first_frame(decoder: Decoder, kind: str) -> None:
    frames = [Image.new("RGB", (24, 24), colour) for colour in ("red", "lime", "blue")]
    content = encoded(frames[0], kind, save_all=True, append_images=frames[1:])
    pixels = decoded(decoder, content)
    assert np.abs(pixels.array[3, 3].astype(int) - (255, 0, 0)).max() <= 2
    assert pixels.frames == 3


def test_decoding_twice_gives_the_same_bytes(decoder: Decoder) -> None:
    content = encoded(Image.fromarray(texture(200, 300)), "JPEG")
    first, second = decoded(decoder, content, long_side=100), decoded(decoder, content, long_side=100)
    np.testing.assert_array_equal(first.array, second.array)


def test_a_long_side_reduces_and_keeps_the_full_size(decoder: Decoder) -> None:
    content = encoded(Image.fromarray(texture(300, 600)), "JPEG")
    pixels = decoded(decoder, content, long_side=128)
    assert pixels.array.shape == (64, 128, 3)
    assert (pixels.width, pixels.height) == (600, 300)
    assert decoded(decoder, content, long_side=4000).array.shape == (300, 600, 3)


def test_a_huge_jpeg_is_read_at_reduced_size_only() -> None:
    content = encoded(Image.fromarray(texture(400, 800)), "JPEG")
    with Decoder(Limits(max_pixels=100_000)) as small:
        assert refused(small, content) == DecodeReason.TOO_MANY_PIXELS
        assert decoded(small, content, long_side=100).array.shape == (50, 100, 3)


def test_each_refusal_has_its_reason(decoder: Decoder) -> None:
    whole = encoded(Image.fromarray(texture(80, 80)), "JPEG")
    png = encoded(Image.fromarray(texture(80, 80)), "PNG")
    assert refused(decoder, b"") == DecodeReason.EMPTY
    assert refused(decoder, b"only words, no picture") == DecodeReason.NOT_A_PICTURE
    assert refused(decoder, b"%PDF-1.7 and so on") == DecodeReason.FORMAT_NOT_READ
    assert refused(decoder, whole[: len(whole) // 2]) == DecodeReason.TRUNCATED
    assert refused(decoder, png[:40] + bytes(40) + png[80:]) == DecodeReason.DAMAGED
    for size in ((1, 60_000), (60_000, 1)):
        for kind in ("PNG", "JPEG"):
            assert refused(decoder, encoded(Image.new("L", size), kind), long_side=1280) == DecodeReason.TOO_THIN
    assert refused(decoder, encoded(Image.new("1", (9000, 9000)), "PNG")) == DecodeReason.TOO_MANY_PIXELS


def test_a_webp_is_measured_before_its_decoder_opens_it(decoder: Decoder) -> None:
    chunk = b"VP8X" + struct.pack("<I", 10) + bytes(4) + (16_000).to_bytes(3, "little") * 2
    content = b"RIFF" + struct.pack("<I", len(chunk) + 4) + b"WEBP" + chunk
    assert refused(decoder, content) == DecodeReason.TOO_MANY_PIXELS


def test_too_many_bytes_never_reach_the_worker() -> None:
    with Decoder(Limits(max_bytes=100)) as small:
        assert refused(small, bytes(101)) == DecodeReason.TOO_MANY_BYTES
        assert small.worker_id is None


def test_the_message_says_what_where_and_the_way_out(decoder: Decoder) -> None:
    with pytest.raises(DecodeRefused, match=r"truncated.*photos/a\.jpg.*export it again"):
        decoded(decoder, encoded(Image.fromarray(texture(80, 80)), "JPEG")[:500])


def test_what_the_gate_did_not_clear_is_never_opened(decoder: Decoder) -> None:
    content = encoded(Image.fromarray(texture(20, 20)), "PNG")
    with pytest.raises(HarmRule, match="minors' gate"):
        decoder.decode(media_of(content), content)


def test_other_bytes_than_the_cleared_ones_are_not_opened(decoder: Decoder) -> None:
    content = encoded(Image.fromarray(texture(20, 20)), "PNG")
    with pytest.raises(MediaChanged, match="not the bytes of the intake"):
        decoder.decode(cleared(content), content + b"x")


def test_a_scan_bomb_ends_at_its_deadline_and_the_next_picture_is_read() -> None:
    bomb, plain = scan_bomb(10_000), encoded(Image.fromarray(texture(30, 30)), "PNG")
    with Decoder(Limits(cpu_seconds=0.15)) as quick:
        assert refused(quick, bomb) == DecodeReason.TOO_SLOW
        assert decoded(quick, plain).array.shape == (30, 30, 3)


def test_a_memory_bomb_ends_at_its_limit_and_the_next_picture_is_read() -> None:
    bomb, plain = encoded(Image.new("L", (7900, 7900)), "PNG"), encoded(Image.fromarray(texture(30, 30)), "PNG")
    with Decoder(Limits(memory_bytes=300 << 20)) as narrow:
        assert refused(narrow, bomb) == DecodeReason.OUT_OF_MEMORY
        assert decoded(narrow, plain).array.shape == (30, 30, 3)
        assert narrow.peak_bytes < 300 << 20


@pytest.mark.skipif(sys.platform != "linux", reason="reads the worker's processor time from /proc")
def test_a_worker_killed_in_the_middle_costs_one_picture() -> None:
    bomb, plain = scan_bomb(10_000), encoded(Image.fromarray(texture(30, 30)), "PNG")
    with Decoder() as decoder:
        decoded(decoder, plain)
        worker = decoder.worker_id
        assert worker is not None
        before = processor_ticks(worker)
        outcome: list[str] = []
        thread = threading.Thread(target=lambda: outcome.append(refused(decoder, bomb)))
        thread.start()
        while thread.is_alive() and processor_ticks(worker) < before + 5:
            pass
        os.kill(worker, signal.SIGKILL)
        thread.join()
        assert outcome == [DecodeReason.WORKER_KILLED]
        assert decoded(decoder, plain).array.shape == (30, 30, 3)
        assert decoder.worker_id != worker


def processor_ticks(process: int) -> int:
    fields = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
    return int(fields[11]) + int(fields[12])


def test_a_worker_that_died_between_pictures_costs_none() -> None:
    plain = encoded(Image.fromarray(texture(30, 30)), "PNG")
    with Decoder() as decoder:
        decoded(decoder, plain)
        worker = decoder.worker_id
        assert worker is not None
        os.kill(worker, signal.SIGKILL)
        os.waitid(os.P_PID, worker, os.WEXITED | os.WNOWAIT)
        assert decoded(decoder, plain).array.shape == (30, 30, 3)


def test_a_worker_serves_a_hundred_pictures_and_is_then_replaced() -> None:
    plain = encoded(Image.fromarray(texture(30, 30)), "PNG")
    with Decoder() as decoder:
        workers = []
        for _ in range(201):
            decoded(decoder, plain)
            workers.append(decoder.worker_id)
    assert [workers.count(each) for each in dict.fromkeys(workers)] == [100, 100, 1]


def test_a_decoder_travels_without_its_worker_and_with_its_limits() -> None:
    plain = encoded(Image.fromarray(texture(30, 30)), "PNG")
    with Decoder(Limits(max_pixels=800)) as decoder:
        assert refused(decoder, plain) == DecodeReason.TOO_MANY_PIXELS
        with copy.copy(decoder) as arrived:  # as a worker's pipe does it
            assert arrived.worker_id is None
            assert refused(arrived, plain) == DecodeReason.TOO_MANY_PIXELS
            assert arrived.worker_id not in {None, decoder.worker_id}


@pytest.mark.skipif(sys.platform != "linux", reason="looks for the process in /proc")
def test_a_process_that_was_forked_does_not_end_its_parents_worker() -> None:
    with Decoder() as decoder:
        worker = decoder._worker if decoder.sandbox else None
        assert worker is not None
        stand_in = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
        module._end(stand_in, os.getpid() + 1)
        assert stand_in.wait(timeout=20) is not None  # its pipe was closed; it was not killed
        assert stand_in.returncode >= 0
        module._end(worker, os.getpid() + 1)
        assert worker.poll() is None or worker.returncode >= 0


def test_a_decoder_that_nobody_holds_leaves_no_process() -> None:
    decoder = Decoder()
    decoded(decoder, encoded(Image.fromarray(texture(30, 30)), "PNG"))
    worker = decoder.worker_id
    assert Path(f"/proc/{worker}").exists()
    del decoder
    assert not Path(f"/proc/{worker}").exists()


@pytest.mark.parametrize("cheat", CHEATS)
def test_a_worker_is_not_trusted(cheat: str) -> None:
    deed, reason = CHEATS[cheat]
    command = (sys.executable, "-I", "-c", FAKE + deed)
    with Decoder(Limits(wall_seconds=0.3 if cheat == "hang" else 20), command=command) as decoder:
        assert refused(decoder, b"GIF89a") == reason
        assert decoder.worker_id is None


def test_a_decoder_that_cannot_start_blames_no_picture() -> None:
    with Decoder(command=(sys.executable, "-I", "-c", "")) as decoder:
        with pytest.raises(UnusableInput, match="does not start"):
            _ = decoder.sandbox
        with pytest.raises(UnusableInput, match="does not start"):
            decoded(decoder, b"GIF89a")


def test_example_runs() -> None:
    assert doctest.testmod(module).failed == 0


def test_the_sandbox_says_what_is_in_force(decoder: Decoder) -> None:
    sandbox = decoder.sandbox
    assert {"memory", "processor time", "no file writes", "no core file"} <= set(sandbox.limits)
    assert {"JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF"} <= set(sandbox.formats)
    assert "own process" in str(sandbox)
    if not sandbox.syscall_filter:
        assert "no system-call filter" in str(sandbox)


@settings(max_examples=60, deadline=None)
@given(
    kind=st.sampled_from(["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF"]),
    edits=st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), max_size=8),
    keep=st.floats(0.05, 1),
)
def test_any_damage_gives_pixels_or_a_reason(
    decoder: Decoder, kind: str, edits: list[tuple[int, int]], keep: float
) -> None:
    content = bytearray(encoded(Image.fromarray(texture(48, 48)), kind))
    for at, value in edits:
        content[at % len(content)] = value
    content = content[: max(1, int(len(content) * keep))]
    assert outcome_of(decoder, bytes(content)) not in {DecodeReason.WORKER_KILLED, DecodeReason.TOO_SLOW}


def test_hostile_files_give_pixels_or_a_reason(decoder: Decoder, shared_data: Path) -> None:
    files = sorted(each for each in (shared_data / "hostile").glob("??/*") if each.is_file())[::50]
    assert len(files) > 140
    workers, read = set(), 0
    for path in files:
        content = path.read_bytes()
        outcome = outcome_of(decoder, content)
        assert outcome not in {DecodeReason.WORKER_KILLED, DecodeReason.TOO_SLOW}, path
        workers.add(decoder.worker_id)
        read += outcome is None
    assert 0 < read < len(files)
    assert len(workers) <= 2 + len(files) // 100
