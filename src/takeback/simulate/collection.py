"""The freely licensed photographs that ship with takeback, and the regions marked on them."""

from __future__ import annotations

import io
from dataclasses import dataclass
from importlib.resources import files
from typing import Literal

import msgspec
import numpy as np
import numpy.typing as npt
from PIL import Image

from takeback.model.consent import Region
from takeback.model.digest import Sha256, sha256_of

Pixels = npt.NDArray[np.uint8]
"""An RGB picture: (height, width, 3) uint8."""

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Photograph:
    """One shipped photograph: its bytes, and for an enrolled one the regions marked by hand, in shares."""

    name: str
    content: bytes
    enrolled: bool
    person_region: Region | None = None
    replaced_region: Region | None = None

    @property
    def sha256(self) -> Sha256:
        """The SHA-256 of the shipped file."""
        return sha256_of(self.content)

    def pixels(self) -> Pixels:
        """The picture as an RGB array."""
        return decode(self.content)


class _Row(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    file: str
    role: Literal["enrolled", "unrelated"]
    person_region: Box | None = None
    replaced_region: Box | None = None


class _List(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    photograph: tuple[_Row, ...]


def decode(content: bytes) -> Pixels:
    """The RGB pixels of a picture that this package made or ships; never for pictures of others."""
    with Image.open(io.BytesIO(content)) as picture:
        return np.asarray(picture.convert("RGB"), dtype=np.uint8)


def load_photographs() -> tuple[Photograph, ...]:
    """All shipped photographs, the enrolled ones first, in the order of `photographs.toml`."""
    folder = files("takeback.simulate") / "photographs"
    rows = msgspec.toml.decode((folder / "photographs.toml").read_bytes(), type=_List).photograph
    return tuple(
        Photograph(
            name=row.file,
            content=(folder / row.file).read_bytes(),
            enrolled=row.role == "enrolled",
            person_region=_region(row.person_region),
            replaced_region=_region(row.replaced_region),
        )
        for row in sorted(rows, key=lambda row: row.role != "enrolled")
    )


def _region(box: Box | None) -> Region | None:
    return None if box is None else Region(left=box[0], top=box[1], right=box[2], bottom=box[3])
