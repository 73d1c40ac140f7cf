"""What a worker's reply shows, after a check that it can be true: the worker is not trusted."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from takeback.signals.decode_wire import Reply

CHANNELS = 3
_SPREAD = 4
_SCALES = (1, 2, 4)


class CannotBe(Exception):
    """A reply that no honest worker sends."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pixels:
    """A decoded picture as a viewer shows it: its first frame, EXIF orientation applied, what is transparent on white.

    ``array`` is (H, W, 3) uint8 RGB, read-only; ``width`` and ``height`` are of the full picture, also where
    ``array`` is reduced. Colour profiles are not applied.
    """

    array: npt.NDArray[np.uint8]
    width: int
    height: int
    format: str
    frames: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Luma:
    """The luma plane of a decoded picture as a viewer shows it, whole or at a fraction of its size.

    ``array`` is (rows, columns) uint8, read-only. A cell stands for ``scale`` pixels along each axis; the first row
    lacks ``top`` of them and the first column ``left``, the last ones whatever ``height`` and ``width`` leave over.
    """

    array: npt.NDArray[np.uint8]
    width: int
    height: int
    scale: int
    top: int
    left: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Shown:
    """A reply and where its pixels are: in the payload that came with it, or in the room."""

    reply: Reply
    payload: memoryview
    room: memoryview | None
    max_pixels: int

    def rgb(self) -> npt.NDArray[np.uint8]:
        """The picture (H, W, 3), or (H, W, 4) in the room: then the fourth value means nothing."""
        return self._array(_SPREAD if self.reply.in_room else CHANNELS)

    def pixels(self) -> Pixels:
        """The picture, in memory of its own."""
        array, reply = self.rgb(), self.reply
        if reply.in_room:
            import cv2

            array = np.asarray(cv2.cvtColor(array, cv2.COLOR_RGBA2RGB), dtype=np.uint8)
            array.flags.writeable = False
        frames = max(1, reply.frames)
        return Pixels(array=array, width=reply.width, height=reply.height, format=reply.format, frames=frames)

    def luma(self) -> Luma:
        """The luma plane where it lies, if its cells can be those of such a picture."""
        reply = self.reply
        scale, top, left = reply.scale, reply.top, reply.left
        if scale not in _SCALES or not 0 <= top < scale or not 0 <= left < scale:
            raise CannotBe
        if reply.rows != -(-(reply.height + top) // scale) or reply.columns != -(-(reply.width + left) // scale):
            raise CannotBe
        return Luma(array=self._array(), width=reply.width, height=reply.height, scale=scale, top=top, left=left)

    def own_luma(self) -> Luma:
        """The luma plane, in memory of its own."""
        luma = self.luma()
        if not self.reply.in_room:
            return luma
        array = luma.array.copy()
        array.flags.writeable = False
        return replace(luma, array=array)

    def _array(self, *channels: int) -> npt.NDArray[np.uint8]:
        """The samples, of which there must be as many as the reply says."""
        rows, columns = self.reply.rows, self.reply.columns
        if min(rows, columns) < 1 or rows * columns > self.max_pixels:
            raise CannotBe
        shape = (rows, columns, *channels)
        samples = self._samples(math.prod(shape))
        array = np.frombuffer(samples, dtype=np.uint8).reshape(shape)
        array.flags.writeable = False
        return array

    def _samples(self, size: int) -> memoryview:
        """So many bytes from where the reply says that they are."""
        if not self.reply.in_room:
            if size != len(self.payload):
                raise CannotBe
            return self.payload
        if self.room is None or size > len(self.room):
            raise CannotBe
        return self.room[:size]
