"""A frame over a pipe that does not block, as the decoder's side reads and writes it."""

from __future__ import annotations

import contextlib
import fcntl
import os
import sys

import numpy as np

from takeback.signals.decode_wire import FRAME, MAX_HEADER_BYTES

_PIPE_BYTES = 1 << 20
"""What a pipe holds at once, where the platform allows it: a picture then passes in few pieces."""


class Incoming:
    """A frame as it arrives; one that claims too much is cut off."""

    def __init__(self, *, max_payload: int) -> None:
        self._max_payload = max_payload
        self._prefix = bytearray(FRAME.size)
        self._filled = 0
        self._parts: list[bytearray | memoryview] = [self._prefix]
        self.header = bytearray()
        self.payload = _room(0)
        self.complete = False

    def receive(self, pipe: int) -> bool:
        """Take what the pipe has; False at its end, or where it makes no sense."""
        part = self._parts[0]
        if part:
            try:
                got = os.readv(pipe, [memoryview(part)[self._filled :]])
            except BlockingIOError:
                return True
            if got == 0:
                return False
            self._filled += got
        while self._parts and self._filled == len(self._parts[0]):
            done = self._parts.pop(0)
            self._filled = 0
            if done is self._prefix and not self._measure():
                return False
        self.complete = not self._parts
        return True

    def _measure(self) -> bool:
        """Make room for what the prefix announces, if that can be true."""
        header_length, payload_length = FRAME.unpack(self._prefix)
        if header_length > MAX_HEADER_BYTES or payload_length > self._max_payload:
            return False
        self.header, self.payload = bytearray(header_length), _room(payload_length)
        self._parts = [self.header, self.payload]
        return True


def _room(size: int) -> memoryview:
    """Room for so many bytes, which nobody fills with zeros first: pictures are large."""
    return np.empty(size, dtype=np.uint8).data


def send(pipe: int, outgoing: list[memoryview]) -> bool:
    """Write what the pipe takes; False when all is written or nobody reads."""
    while outgoing:
        if not outgoing[0]:
            outgoing.pop(0)
            continue
        try:
            written = os.write(pipe, outgoing[0][:_PIPE_BYTES])
        except BlockingIOError:
            return True
        except BrokenPipeError:
            return False
        outgoing[0] = outgoing[0][written:]
    return False


def widen(pipe: int) -> None:
    """Let a pipe hold more at once, where the platform can."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError):  # a user's pipes may hold so much in all and no more
            fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
