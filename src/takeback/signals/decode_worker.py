"""The process that opens hostile pictures: it reads requests from a pipe, decodes, and can do little else.

`takeback.signals.decode` starts it. It locks itself in before the first picture (`takeback.signals.confine`).
"""

from __future__ import annotations

import contextlib
import importlib
import io
import math
import os
import resource
import signal
import warnings

import msgspec
from PIL import Image, ImageFile, PngImagePlugin

from takeback.signals import confine, decode_picture
from takeback.signals.decode_canvas import Canvas, can_be_laid
from takeback.signals.decode_room import Room
from takeback.signals.decode_wire import FRAME, Limits, Ready, Reply, Request, Start

_PLUGINS = ("Jpeg", "Mpo", "Png", "WebP", "Gif", "Bmp", "Tiff")
"""Of Pillow's many readers, those of the formats that are read; the others are never loaded here."""


def warm_up() -> tuple[str, ...]:
    """Load every decoder while files may still be opened, and say which of them work."""
    Image.MAX_IMAGE_PIXELS = None  # our own check reads the size first
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    ImageFile.MAXBLOCK = 1 << 20  # a file is whole in memory: a decoder that gets it in pieces only stops more often
    PngImagePlugin.MAX_TEXT_MEMORY = 4 << 20
    with contextlib.suppress(ImportError):
        import pillow_heif

        pillow_heif.register_heif_opener(thumbnails=False)
        pillow_heif.options.DECODE_THREADS = 1
    with contextlib.suppress(ImportError):
        from PIL import AvifImagePlugin

        AvifImagePlugin.DEFAULT_MAX_THREADS = 1
    for plugin in _PLUGINS:
        importlib.import_module(f"PIL.{plugin}ImagePlugin")
    from PIL import ImageCms  # noqa: F401  # loaded late by conversions from LAB, when no file can be opened any more

    return tuple(kind for kind in decode_picture.FORMATS if _reads(kind))


def _reads(kind: str) -> bool:
    """Whether a small picture of this format is written and read back; loads what its plugin loads late."""
    written = io.BytesIO()
    try:
        Image.new("RGB", (16, 16), (200, 90, 30)).save(written, kind)
        decode_picture.decode(written.getvalue(), 8, Limits())
    except Exception:  # noqa: BLE001  # a missing codec raises anything; the format is then not offered
        return False
    return True


def start_clock(seconds: float) -> None:
    """Let this process die when it has used so much more processor time (by timer; by limit a second later)."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    soft = math.ceil(usage.ru_utime + usage.ru_stime + seconds) + 1
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CPU, (soft, hard))
    signal.setitimer(signal.ITIMER_PROF, seconds)


def read_exactly(count: int) -> bytearray | None:
    """So many bytes of the pipe, or None at its end."""
    parts = bytearray(count)
    view, filled = memoryview(parts), 0
    while filled < count:
        got = os.readv(0, [view[filled:]])
        if got == 0:
            return None
        filled += got
    return parts


def read_frame() -> tuple[bytearray, bytearray] | None:
    """The next header and payload, or None at the end of the pipe."""
    prefix = read_exactly(FRAME.size)
    if prefix is None:
        return None
    header_length, payload_length = FRAME.unpack(prefix)
    header = read_exactly(header_length)
    payload = read_exactly(payload_length)
    return None if header is None or payload is None else (header, payload)


def write_frame(header: bytes, payload: bytes) -> None:
    """Send a header and a payload."""
    for part in (FRAME.pack(len(header), len(payload)) + header, payload):
        view = memoryview(part)
        while view:
            view = view[os.write(1, view) :]


def answer(header: bytearray, payload: bytearray, limits: Limits, room: Room | None) -> tuple[Reply, bytes]:
    """The reply to one request, with pixels unless they lie in the room; what a decoder raises becomes a reason."""
    try:
        request = msgspec.json.decode(header, type=Request)
        start_clock(limits.cpu_seconds)
        canvas = None if room is None else Canvas(room.pixels())
        content = bytes(payload) if room is None or request.in_room is None else room.content(request.in_room)
        reply, still = _decoded(request, content, limits, canvas)
        if canvas is not None and canvas.hold(still):
            return msgspec.structs.replace(reply, in_room=True), b""
        return reply, still.tobytes()
    except Exception as error:  # noqa: BLE001  # decoders raise anything on hostile bytes; each becomes a typed reason
        reason, detail = decode_picture.reason_of(error)
        return Reply(reason=reason.value, detail=detail), b""
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def _decoded(request: Request, content: bytes, limits: Limits, canvas: Canvas | None) -> tuple[Reply, Image.Image]:
    """The picture that was asked for."""
    if request.luma:
        return decode_picture.decode_luma(content, request.cells, limits, canvas=canvas)
    as_stored = request.as_stored
    return decode_picture.decode(content, request.long_side, limits, as_stored=as_stored, canvas=canvas)


def _room_of(start: Start) -> Room | None:
    """The memory that this worker shares, if it was offered any and can use it."""
    if start.room is None:
        return None
    room = Room(start.room)
    room.close_file()
    return room if can_be_laid(room.pixels()) else None


def main() -> None:
    """Lock up, say what holds, and answer until the pipe ends."""
    warnings.simplefilter("error")
    for beside_the_pixels in ("Corrupt EXIF data", "Image appears to be a malformed MPO", "Metadata Warning"):
        warnings.filterwarnings("ignore", message=beside_the_pixels)
    frame = read_frame()
    if frame is None:
        return
    start = msgspec.json.decode(frame[0], type=Start)
    limits, room = start.limits, _room_of(start)
    formats = warm_up()
    for each in (signal.SIGPROF, signal.SIGXCPU):
        signal.signal(each, signal.SIG_DFL)
    hold = (*confine.limit_resources(memory_bytes=limits.memory_bytes), "processor time")
    privileges = confine.forbid_new_privileges()
    ready = Ready(
        limits=hold,
        no_new_privileges=privileges,
        syscall_filter=confine.filter_syscalls(),
        formats=formats,
        room=room is not None,
    )
    write_frame(msgspec.json.encode(ready), b"")
    while (frame := read_frame()) is not None:
        reply, pixels = answer(*frame, limits, room)
        write_frame(msgspec.json.encode(reply), pixels)
