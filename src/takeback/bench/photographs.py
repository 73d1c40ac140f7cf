"""The photographs that a bench works on: a folder that is named, the reference data, or the shipped ones."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from takeback.errors import Refused, UnusableInput
from takeback.model.consent import Under18
from takeback.model.digest import sha256_of
from takeback.model.media import Media, MediaKind, Place
from takeback.signals.decode import Decoder
from takeback.signals.gate import clear_photograph
from takeback.simulate.collection import load_photographs

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp"})
LONG_SIDE = 1280

Pixels = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True, kw_only=True)
class Album:
    """Photograph files in an order of their own, and in words where they come from."""

    files: tuple[Path, ...]
    origin: str


def album(photos: Path | None, spare: Path) -> Album:
    """The photographs to measure on; whoever names a folder says that nobody in it was under 18.

    ``spare`` is where the shipped photographs are written to when there are no others.
    """
    if photos is not None:
        return Album(files=_files(photos), origin="photographs of the named folder")
    reference = _reference()
    if reference is not None:
        return Album(files=_files(reference), origin="photographs of the reference data")
    spare.mkdir(parents=True)
    for each in load_photographs():
        (spare / each.name).write_bytes(each.content)
    return Album(files=_files(spare), origin="the shipped photographs")


def _reference() -> Path | None:
    named = os.environ.get("TAKEBACK_DATA")
    data = Path(named) if named else Path(__file__).resolve().parents[4] / "shared" / "data"
    return data / "photos" if (data / "photos").is_dir() else None


def _files(folder: Path) -> tuple[Path, ...]:
    if not folder.is_dir():
        raise UnusableInput(f"not a folder of photographs: {folder} (give one with --photos)")
    return tuple(sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES and path.is_file()))


def shuffled(files: Sequence[Path], rng: np.random.Generator) -> tuple[Path, ...]:
    """The files in an order drawn from ``rng``."""
    return tuple(files[int(each)] for each in rng.permutation(len(files)))


def pixels_of(path: Path, decoder: Decoder, *, long_side: int = LONG_SIDE) -> Pixels | None:
    """A photograph as (H, W, 3) uint8 RGB, at most so long; None where it cannot be decoded."""
    content = path.read_bytes()
    media = Media(
        sha256=sha256_of(content),
        size=len(content),
        place=Place(source="bench", path=path.name),
        kind=MediaKind.PHOTO,
    )
    try:
        return decoder.decode(clear_photograph(media, Under18.NO), content, long_side=long_side).array
    except Refused:
        return None
