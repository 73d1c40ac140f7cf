"""Memory that the decoder and its worker share: a file goes in and its pixels come out without a pipe between.

The decoder makes a room for each worker and seals its size, so that a worker can neither make it larger nor cut it off
under somebody who reads. The worker can write in it at any time. So it holds nothing that says where or how much to
read: sizes come over the pipe and are checked, and a sample is a number of which no value is better than another. Who
reads each sample once gets some picture, as from any worker that lies; who reads one twice, or keeps it, copies first.
"""

from __future__ import annotations

import contextlib
import mmap
import os
import sys
from typing import Self

PIXEL_BYTES = 64 << 20
"""Room for the pixels of a picture, 4 bytes each: 16 megapixels. What is larger goes over the pipe."""

CONTENT_BYTES = 16 << 20
"""Room for the bytes of a file, behind the pixels; as above."""

ROOM_BYTES = PIXEL_BYTES + CONTENT_BYTES


class Room:
    """One such piece of memory, by the number of its file; ``file`` may be closed once both sides have their room."""

    def __init__(self, file: int) -> None:
        self.file = file
        self._memory = mmap.mmap(file, ROOM_BYTES)

    @classmethod
    def make(cls) -> Self | None:
        """A new room, empty and of a size that nobody can change; None where the platform has no such thing."""
        if sys.platform != "linux":
            return None
        import fcntl

        try:
            file = os.memfd_create("takeback-pictures", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        except (AttributeError, OSError):  # a Python that was built where there was none, or a system that refuses
            return None
        try:
            os.ftruncate(file, ROOM_BYTES)
            fcntl.fcntl(file, fcntl.F_ADD_SEALS, fcntl.F_SEAL_GROW | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_SEAL)
            return cls(file)
        except OSError:
            os.close(file)
            return None

    def close_file(self) -> None:
        """Close the file; the memory stays as long as somebody looks at it."""
        with contextlib.suppress(OSError):
            os.close(self.file)

    def put(self, content: bytes) -> bool:
        """Whether the file's bytes have room here; they are here now."""
        if len(content) > CONTENT_BYTES:
            return False
        self._memory[PIXEL_BYTES : PIXEL_BYTES + len(content)] = content
        return True

    def content(self, size: int) -> bytes:
        """A copy of the file that was put here."""
        return self._memory[PIXEL_BYTES : PIXEL_BYTES + size]

    def pixels(self) -> memoryview:
        """The place for pixels; those of the next picture are laid over them."""
        return memoryview(self._memory)[:PIXEL_BYTES]
