"""Where the worker lays the pixels of a picture: in memory that its reader sees too, so that nothing carries them."""

from __future__ import annotations

from PIL import Image, ImageFile, _imaging

_BYTES_A_PIXEL = {"RGB": 4, "L": 1}
"""As Pillow keeps them: a pixel of RGB has a fourth byte that means nothing."""


def can_be_laid(memory: memoryview) -> bool:
    """Whether this Pillow lays pixels where it is told: it offers that for its own use, not for ours."""
    try:
        memory[: _BYTES_A_PIXEL["RGB"]] = bytes(_BYTES_A_PIXEL["RGB"])
        held = Canvas(memory).hold(Image.new("RGB", (1, 1), (1, 2, 3)))
    except Exception:  # noqa: BLE001  # whatever a changed inside of Pillow raises: there is the pipe
        return False
    return held and bytes(memory[:3]) == b"\x01\x02\x03"


class Canvas:
    """Memory for one picture, in RGB or in luma, row after row from its beginning."""

    def __init__(self, memory: memoryview) -> None:
        self._memory = memory
        self._laid: _imaging.ImagingCore | None = None

    def lay_under(self, picture: ImageFile.ImageFile) -> None:
        """Let a JPEG that is not loaded yet be decoded right here, if it is one piece and has room.

        Its decoder writes every pixel of the piece or fails. Others might leave some out, and a damaged file may have
        no piece at all: that would show what was here before.
        """
        if [(tile.codec_name, tile.extents) for tile in picture.tile] != [("jpeg", (0, 0, *picture.size))]:
            return
        self._laid = self._surface(picture.mode, picture.size)
        if self._laid is not None:
            picture.im = self._laid

    def hold(self, still: Image.Image) -> bool:
        """Whether a picture lies here now; it is copied unless it was decoded here."""
        if self._laid is not None and still.im is self._laid:
            return True
        surface = self._surface(still.mode, still.size)
        if surface is None:
            return False
        surface.paste(still.im, (0, 0, *still.size))
        return True

    def _surface(self, mode: str, size: tuple[int, int]) -> _imaging.ImagingCore | None:
        """The memory as a picture of Pillow's, if it is one of that kind and large enough."""
        bytes_a_pixel = _BYTES_A_PIXEL.get(mode)
        if bytes_a_pixel is None or not 0 < size[0] * size[1] * bytes_a_pixel <= len(self._memory):
            return None
        surface: _imaging.ImagingCore = _imaging.map_buffer(self._memory, size, "raw", 0, (mode, 0, 1))
        return surface
