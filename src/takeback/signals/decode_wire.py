"""What goes over the pipe between the decoder and its worker: JSON headers and raw bytes, never objects.

A frame is ``<header length: uint32><payload length: uint64><header><payload>``, little-endian. Where both sides share
a room (`takeback.signals.decode_room`), files and pixels lie there instead, and payloads are empty.
"""

from __future__ import annotations

import struct

import msgspec

FRAME = struct.Struct("<IQ")
MAX_HEADER_BYTES = 1 << 16


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What one picture may cost.

    Sizes in bytes and pixels, times in seconds. ``max_draft_pixels`` holds for a JPEG that is decoded at reduced size;
    ``max_ratio`` is the longest side over the shortest.
    """

    max_bytes: int = 64 << 20
    max_pixels: int = 64_000_000
    max_draft_pixels: int = 400_000_000
    max_ratio: float = 50.0
    memory_bytes: int = 3 << 29
    cpu_seconds: float = 10.0
    wall_seconds: float = 20.0


class Start(msgspec.Struct, frozen=True, kw_only=True):
    """The first thing that a worker is told; ``room`` is the number of its file for the memory that it shares."""

    limits: Limits
    room: int | None = None


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """One picture; its bytes are the payload, or the first ``in_room`` bytes of the room's place for them.

    ``luma`` asks for its luma plane instead of RGB. ``cells`` then lets a JPEG be decoded at 1/2 or 1/4 as long as its
    shorter side keeps so many cells; None asks for every pixel. ``as_stored`` leaves the EXIF orientation aside.
    """

    long_side: int | None = None
    luma: bool = False
    cells: int | None = None
    as_stored: bool = False
    in_room: int | None = None


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a picture: its pixels are the payload or ``in_room``, or ``reason`` says why there are none.

    ``width`` and ``height`` are of the full picture as a viewer shows it; ``columns`` and ``rows`` of its pixels here.
    In the room a pixel of RGB is 4 bytes, the fourth of which means nothing; in a payload it is 3. Of a luma plane,
    ``scale`` is how many pixels a cell stands for along each axis, ``top`` and ``left`` how many of them the first row
    and column of cells lack.
    """

    reason: str | None = None
    detail: str = ""
    width: int = 0
    height: int = 0
    columns: int = 0
    rows: int = 0
    format: str = ""
    frames: int = 1
    scale: int = 1
    top: int = 0
    left: int = 0
    in_room: bool = False


class Ready(msgspec.Struct, frozen=True, kw_only=True):
    """What is in force in a worker, which formats it reads, and whether it shares the room that it was offered."""

    limits: tuple[str, ...]
    no_new_privileges: bool
    syscall_filter: bool
    formats: tuple[str, ...]
    room: bool = False
