"""Memory that the decoder and its worker share: of a fixed size, no way to anywhere, and no picture differs by it."""

from __future__ import annotations

import contextlib
import io
import json
import os
import platform
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from signals.pictures import cleared, encoded, texture
from takeback.errors import DecodeRefused, UnusableInput
from takeback.model.media import DecodeReason
from takeback.signals.decode import Decoder, Limits
from takeback.signals.decode_room import CONTENT_BYTES, PIXEL_BYTES, ROOM_BYTES, Room

NO_ROOM = Limits(memory_bytes=4 * ROOM_BYTES - 1)
ATTEMPTS = """
import json, mmap, os, sys
sys.path.append(sys.argv[1])
from takeback.signals import confine
from takeback.signals.decode_room import ROOM_BYTES, Room
room = Room(int(sys.argv[2]))
confine.limit_resources(memory_bytes=1 << 30), confine.forbid_new_privileges()
if sys.argv[3] == "filtered": confine.filter_syscalls()
attempts = {
    "cut off": lambda: os.ftruncate(room.file, 4096),
    "grow": lambda: os.ftruncate(room.file, 2 * ROOM_BYTES),
    "write to the file": lambda: os.write(room.file, b"x"),
    "execute": lambda: mmap.mmap(room.file, 4096, prot=mmap.PROT_READ | mmap.PROT_EXEC),
}
room.pixels()[:3] = b"abc"
outcome = {"content": room.content(5).decode()}
for name, attempt in attempts.items():
    try:
        attempt()
        outcome[name] = "done"
    except OSError:
        outcome[name] = "refused"
os.write(1, json.dumps(outcome).encode())
"""

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="no room to share here: pictures go over the pipe")


@pytest.fixture(scope="module")
def sharing() -> Iterator[Decoder]:
    with Decoder() as running:
        yield running


@pytest.fixture(scope="module")
def piping() -> Iterator[Decoder]:
    with Decoder(NO_ROOM) as running:
        yield running


@pytest.fixture
def room() -> Iterator[Room]:
    made = Room.make()
    assert made is not None
    yield made
    made.close_file()


def shown(
    decoder: Decoder, content: bytes, *, long_side: int | None = None, luma: bool = False
) -> tuple[object, ...] | str:
    """All that a picture came to, or why it was refused."""
    try:
        if luma:
            plane = decoder.luma(cleared(content), content, cells=32)
            return plane.array.tobytes(), plane.array.shape, plane.scale, plane.top, plane.left
        pixels = decoder.decode(cleared(content), content, long_side=long_side)
        return pixels.array.tobytes(), pixels.array.shape, pixels.width, pixels.height, pixels.frames
    except DecodeRefused as error:
        return error.reason


def test_both_sides_see_what_either_writes(room: Room) -> None:
    other = Room(room.file)
    assert room.put(b"a file")
    assert other.content(6) == b"a file"
    other.pixels()[:3] = b"rgb"
    assert bytes(room.pixels()[:3]) == b"rgb"
    assert other.content(6) == b"a file"  # pixels lie elsewhere


def test_a_file_that_is_too_large_has_no_room_and_leaves_nothing(room: Room) -> None:
    assert room.put(b"before")
    assert not room.put(bytes(CONTENT_BYTES + 1))
    assert room.content(6) == b"before"
    assert room.put(bytes(CONTENT_BYTES))
    assert len(room.pixels()) == PIXEL_BYTES


@pytest.mark.parametrize("size", [0, ROOM_BYTES - 1, ROOM_BYTES + 1])
def test_nobody_can_change_its_size(room: Room, size: int) -> None:
    with pytest.raises(PermissionError):
        os.ftruncate(room.file, size)


@pytest.mark.parametrize("lock", ["filtered", "limits alone"])
def test_a_locked_in_process_can_use_it_and_nothing_else(room: Room, repository: Path, lock: str) -> None:
    if lock == "filtered" and platform.machine() not in {"x86_64", "aarch64"}:
        pytest.skip("no system-call filter here")
    assert room.put(b"bytes")
    command = [sys.executable, "-I", "-c", ATTEMPTS, str(repository / "src"), str(room.file), lock]
    finished = subprocess.run(command, capture_output=True, check=True, timeout=60, pass_fds=(room.file,))
    outcome = json.loads(finished.stdout)
    assert outcome.pop("content") == "bytes"
    assert bytes(room.pixels()[:3]) == b"abc"
    if lock != "filtered":
        del outcome["execute"]  # only the filter refuses that
    assert set(outcome.values()) == {"refused"}, outcome


def test_a_worker_shares_memory_unless_that_would_be_much_of_what_it_may_use(sharing: Decoder, piping: Decoder) -> None:
    assert sharing.sandbox.limits == piping.sandbox.limits
    assert sharing._room is not None
    assert piping._room is None


FAKE = """
import json, mmap, os, struct
def read():
    header, payload = struct.unpack("<IQ", os.read(0, 12))
    return json.loads(os.read(0, header)), os.read(0, payload)
def write(header, payload=b""):
    header = json.dumps(header).encode()
    os.write(1, struct.pack("<IQ", len(header), len(payload)) + header + payload)
start = read()[0]
write({"limits": [], "no_new_privileges": False, "syscall_filter": False, "formats": [], "room": %r})
request, content = read()
"""


def answered(deed: str, *, room: bool, limits: Limits | None = None) -> bytes | str:
    """The pixels that a made-up worker gives, or why there are none."""
    command = (sys.executable, "-I", "-c", FAKE % room + deed)
    with Decoder(limits, command=command) as decoder:
        try:
            return decoder.decode(cleared(b"GIF89a"), b"GIF89a").array.tobytes()
        except DecodeRefused as error:
            assert decoder.worker_id is None
            return error.reason


def test_a_worker_that_knows_of_no_room_is_spoken_to_over_the_pipe() -> None:
    deed = "assert content == b'GIF89a'; write({'width': 1, 'height': 1, 'columns': 1, 'rows': 1}, b'rgb')"
    assert answered(deed, room=False) == b"rgb"


def test_where_pillow_cannot_lay_pixels_they_go_over_the_pipe(repository: Path) -> None:
    script = """
import sys
sys.path.append(sys.argv[1])
from PIL import _imaging
del _imaging.map_buffer
from takeback.signals.decode_worker import main
main()
"""
    content = encoded(Image.fromarray(texture(60, 90)), "PNG")
    with Decoder(command=(sys.executable, "-I", "-c", script, str(repository / "src"))) as decoder:
        np.testing.assert_array_equal(decoder.decode(cleared(content), content).array, texture(60, 90))
        assert decoder._room is None


def test_a_worker_that_shares_a_room_may_still_answer_over_the_pipe() -> None:
    deed = "assert not content; write({'width': 1, 'height': 1, 'columns': 1, 'rows': 1}, b'rgb')"
    assert answered(deed, room=True) == b"rgb"


def test_a_worker_finds_its_file_in_the_room_and_lays_pixels_there() -> None:
    deed = f"""
room = mmap.mmap(start["room"], {ROOM_BYTES})
assert room[{PIXEL_BYTES}:{PIXEL_BYTES} + request["in_room"]] == b"GIF89a"
room[:8] = b"rgb.RGB."
write({{"width": 2, "height": 1, "columns": 2, "rows": 1, "in_room": True}})
"""
    assert answered(deed, room=True) == b"rgbRGB"


@pytest.mark.parametrize("room", [False, True])
@pytest.mark.parametrize(
    ("rows", "columns", "limits"),
    [
        (1, 1 + PIXEL_BYTES // 4, Limits()),  # one pixel more than there is room for
        (1 << 31, 1 << 31, Limits()),
        (-1, -1, Limits()),
        (0, 4, Limits()),
        (5, 5, Limits(max_pixels=24)),
    ],
)
def test_a_worker_is_not_trusted_about_the_room(*, rows: int, columns: int, limits: Limits, room: bool) -> None:
    deed = f"write({{'width': 1, 'height': 1, 'columns': {columns}, 'rows': {rows}, 'in_room': True}})"
    assert answered(deed, room=room, limits=limits) == DecodeReason.WORKER_KILLED


def test_pixels_in_a_room_that_was_never_shared_are_none() -> None:
    deed = "write({'width': 1, 'height': 1, 'columns': 1, 'rows': 1, 'in_room': True})"
    assert answered(deed, room=True) == bytes(3)  # shared, and still empty
    assert answered(deed, room=False) == DecodeReason.WORKER_KILLED
    assert answered(deed, room=True, limits=NO_ROOM) == DecodeReason.WORKER_KILLED


@settings(max_examples=80, deadline=None)
@given(
    kind=st.sampled_from(["JPEG", "JPEG", "PNG", "WEBP", "GIF", "TIFF"]),
    mode=st.sampled_from(["RGB", "L", "CMYK", "RGBA"]),
    size=st.tuples(st.integers(1, 150), st.integers(1, 150)),
    orientation=st.integers(1, 8),
    long_side=st.none() | st.integers(1, 80),
    luma=st.booleans(),
    edits=st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), max_size=3),
)
def test_a_picture_is_the_same_over_the_pipe(
    sharing: Decoder,
    piping: Decoder,
    *,
    kind: str,
    mode: str,
    size: tuple[int, int],
    orientation: int,
    long_side: int | None,
    luma: bool,
    edits: list[tuple[int, int]],
) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    image = Image.fromarray(texture(*size)).convert(mode)
    try:
        content = bytearray(encoded(image, kind, exif=exif))
    except (OSError, ValueError):  # this format has no such mode
        content = bytearray(encoded(image.convert("RGB"), kind, exif=exif))
    for at, value in edits:
        content[at % len(content)] = value
    expected = shown(piping, bytes(content), long_side=long_side, luma=luma)
    assert shown(sharing, bytes(content), long_side=long_side, luma=luma) == expected


@pytest.mark.parametrize("luma", [False, True])
@pytest.mark.parametrize("orientation", [1, 6])
@pytest.mark.parametrize(
    ("kind", "mode"), [("GIF", "1"), ("GIF", "P"), ("TIFF", "L"), ("TIFF", "RGB"), ("PNG", "RGB"), ("WEBP", "RGB")]
)
def test_the_first_of_several_frames_is_the_one_that_is_shown(
    sharing: Decoder, piping: Decoder, *, kind: str, mode: str, orientation: int, luma: bool
) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    sizes = ((64, 40), (24, 30), (64, 40)) if kind == "TIFF" else ((64, 40),) * 3
    frames = [Image.fromarray(texture(*size, seed=seed)).convert(mode) for seed, size in enumerate(sizes)]
    several = encoded(frames[0], kind, save_all=True, append_images=frames[1:], exif=exif, lossless=True)
    alone = encoded(frames[0], kind, exif=exif, lossless=True)
    first = shown(piping, alone, luma=luma)
    for decoder in (sharing, piping):
        found = shown(decoder, several, luma=luma)
        assert isinstance(found, tuple), found
        assert found[:2] == first[:2]
        assert luma or found[4] == 3


@pytest.mark.parametrize("orientation", [1, 6])
def test_a_damaged_later_page_does_not_cost_the_first(sharing: Decoder, piping: Decoder, *, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    pages = [Image.fromarray(texture(40, 64, seed=seed)) for seed in (1, 2)]
    content = encoded(pages[0], "TIFF", save_all=True, append_images=pages[1:], exif=exif)
    first = shown(piping, encoded(pages[0], "TIFF", exif=exif))
    for decoder in (sharing, piping):
        found = shown(decoder, content[:-2000])
        assert isinstance(found, tuple), found
        assert found[:2] == first[:2]


def test_hostile_files_are_the_same_over_the_pipe(sharing: Decoder, piping: Decoder, shared_data: Path) -> None:
    files = sorted(each for each in (shared_data / "hostile").glob("??/*") if each.is_file())[7::60]
    read = 0
    for path in files:
        content = path.read_bytes()
        expected = shown(piping, content)
        if expected == DecodeReason.OUT_OF_MEMORY:  # the other one may use more
            continue
        assert shown(sharing, content) == expected, path
        read += not isinstance(expected, str)
    assert 0 < read < len(files)


@pytest.mark.parametrize(("kind", "side", "why"), [("BMP", 2400, "its bytes"), ("JPEG", 4200, "its pixels")])
def test_what_has_no_room_goes_over_the_pipe(sharing: Decoder, kind: str, side: int, why: str) -> None:
    image = Image.new("RGB", (side, side), (10, 200, 30))
    image.paste((255, 0, 90), (side // 2, 0, side, side // 3))
    content = encoded(image, kind)
    assert (len(content) > CONTENT_BYTES) is (why == "its bytes")
    assert (4 * side * side > PIXEL_BYTES) is (why == "its pixels")
    with Image.open(io.BytesIO(content)) as again:
        np.testing.assert_array_equal(sharing.decode(cleared(content), content).array, np.asarray(again))


def test_what_was_decoded_stays_when_the_next_picture_comes(sharing: Decoder) -> None:
    first, second = (encoded(Image.fromarray(texture(60, 90, seed=seed)), "JPEG", quality=90) for seed in (1, 2))
    pixels, plane = sharing.decode(cleared(first), first), sharing.luma(cleared(first), first)
    before = pixels.array.copy(), plane.array.copy()
    sharing.decode(cleared(second), second)
    sharing.luma(cleared(second), second)
    np.testing.assert_array_equal(pixels.array, before[0])
    np.testing.assert_array_equal(plane.array, before[1])
    assert not pixels.array.flags.writeable
    assert not plane.array.flags.writeable


def test_what_is_lent_is_the_picture_and_cannot_be_written(sharing: Decoder, piping: Decoder) -> None:
    content = encoded(Image.fromarray(texture(60, 90)), "JPEG", quality=90)
    with Image.open(io.BytesIO(content)) as image:
        expected = np.asarray(image.convert("RGB"))
    for decoder, channels in ((sharing, 4), (piping, 3)):
        lent, writeable = decoder.with_pixels(
            cleared(content), content, lambda array: (array.copy(), array.flags.writeable)
        )
        assert lent.shape == (60, 90, channels)
        assert not writeable
        np.testing.assert_array_equal(lent[:, :, :3], expected)
        plane = decoder.with_luma(cleared(content), content, lambda luma: luma.array.copy(), cells=10)
        np.testing.assert_array_equal(plane, decoder.luma(cleared(content), content, cells=10).array)


def test_a_decoder_in_use_refuses_a_second_picture(sharing: Decoder) -> None:
    first, second = (encoded(Image.fromarray(texture(60, 90, seed=seed)), "PNG") for seed in (1, 2))

    def use(array: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
        with pytest.raises(RuntimeError, match="one thread at a time"):
            sharing.decode(cleared(second), second)
        return array[:, :, :3].copy()

    np.testing.assert_array_equal(sharing.with_pixels(cleared(first), first, use), texture(60, 90, seed=1))
    np.testing.assert_array_equal(sharing.decode(cleared(second), second).array, texture(60, 90, seed=2))


class Interrupted(BaseException):
    """As an interrupt from the keyboard, which pytest would take for one."""


@pytest.fixture
def interruptible() -> Iterator[None]:
    def interrupt(number: int, frame: object) -> None:
        raise Interrupted

    before = signal.signal(signal.SIGUSR1, interrupt)
    yield
    signal.signal(signal.SIGUSR1, before)


@pytest.mark.usefixtures("interruptible")
def test_an_interrupted_picture_is_never_taken_for_the_next() -> None:
    deed = """
import signal
os.kill(os.getppid(), signal.SIGUSR1)
room = mmap.mmap(start["room"], %d)
room[:3] = b"old"
write({"width": 1, "height": 1, "columns": 1, "rows": 1, "in_room": True})
read()
"""
    command = (sys.executable, "-I", "-c", FAKE % True + deed % ROOM_BYTES)
    with Decoder(command=command) as decoder:
        for _ in range(2):
            with pytest.raises(Interrupted):
                decoder.decode(cleared(b"GIF89a"), b"GIF89a")
            assert decoder.worker_id is None


def test_what_fails_while_pixels_are_lent_costs_no_worker(sharing: Decoder) -> None:
    content = encoded(Image.fromarray(texture(60, 90)), "PNG")
    sharing.decode(cleared(content), content)
    worker = sharing.worker_id
    with pytest.raises(ZeroDivisionError):
        sharing.with_pixels(cleared(content), content, lambda array: array.size / 0)
    assert sharing.decode(cleared(content), content).array.shape == (60, 90, 3)
    assert sharing.worker_id == worker


def rooms() -> int:
    """How many files of rooms this process has open."""
    found = 0
    for each in list(Path("/proc/self/fd").iterdir()):
        with contextlib.suppress(FileNotFoundError):  # that of the listing itself is closed by now
            found += "takeback-pictures" in str(each.readlink())
    return found


def test_a_worker_that_cannot_start_leaves_no_room_behind() -> None:
    before = rooms()
    with (
        Decoder(command=("/there/is/no/such/program",)) as decoder,
        pytest.raises(UnusableInput, match="does not start"),
    ):
        _ = decoder.sandbox
    assert rooms() == before


def test_a_worker_leaves_no_room_behind() -> None:
    content = encoded(Image.fromarray(texture(30, 30)), "PNG")
    before = rooms()
    with Decoder() as decoder:
        decoder.decode(cleared(content), content)
        assert rooms() > before
    assert rooms() == before
