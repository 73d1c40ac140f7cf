"""A window that moves over a file from front to back, so that a file of any size takes little memory."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from takeback.sources.tree import Opened

SIZE = 4 << 20
LARGEST = 64 << 20
"""Of one value that has to be looked at whole; in bytes."""

_PIECE = 256 << 10
"""What is read at once: few enough bytes that they are still in the processor's cache when they are looked at."""


class Window:
    """The bytes of a file that are looked at: ``buffer[at:end]``, the first of which is byte ``offset + at``.

    ``seen`` is called once with every piece that is read, in order.
    """

    def __init__(self, file: Opened, *, size: int = SIZE, seen: Callable[[memoryview], None] | None = None) -> None:
        self.buffer: npt.NDArray[np.uint8] = np.empty(size, np.uint8)
        self.at = 0
        self.end = 0
        self.offset = 0
        self.ended = False
        self._file = file
        self._seen = seen

    @property
    def place(self) -> int:
        """The position in the file of the next byte."""
        return self.offset + self.at

    def more(self) -> bool:
        """Read on behind what is left; False at the end of the file, or where the window can grow no more."""
        if self.ended:
            return False
        left = self.end - self.at
        if left == self.buffer.size and not self._grow():
            return False
        if self.at:
            self.buffer[:left] = self.buffer[self.at : self.end].copy()
            self.offset += self.at
            self.at, self.end = 0, left
        bytes_of = self.buffer.data
        while self.end < self.buffer.size:
            count = self._file.readinto(bytes_of[self.end : self.end + _PIECE])
            if not count:
                self.ended = True
                break
            if self._seen:
                self._seen(bytes_of[self.end : self.end + count])
            self.end += count
        return self.end > left

    def content(self, start: int, stop: int) -> bytes:
        """A copy of these bytes of the buffer."""
        return self.buffer[start:stop].tobytes()

    def skip_to(self, place: int) -> bool:
        """Move on to a byte of the file; False where the file ends before."""
        while self.offset + self.end < place:
            self.at = self.end
            if not self.more():
                return False
        self.at = max(self.at, place - self.offset)
        return True

    def _grow(self) -> bool:
        if self.buffer.size >= LARGEST:
            return False
        larger = np.empty(self.buffer.size * 2, np.uint8)
        larger[: self.end] = self.buffer[: self.end]
        self.buffer = larger
        return True
