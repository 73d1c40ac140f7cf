"""The picture files of the made-up network: planted edits of the enrolled photographs, and everything else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from takeback.model.consent import Region
from takeback.model.digest import Sha256, sha256_of
from takeback.model.finding import Conclusion
from takeback.simulate import edits
from takeback.simulate.collection import Photograph, Pixels
from takeback.simulate.edits import Edited

WATERMARK = "PICTURE GARDEN"
_TITLE = "Picture Garden"
_NO_PICTURE = b"these bytes are not a picture; opening them is an error\n"
_JITTER = 0.02


class Part(StrEnum):
    """What a picture file is in the made-up network for."""

    PLANTED = "planted"
    UNRELATED = "unrelated"
    SEALED = "sealed"
    POISON = "poison"
    DAMAGED = "damaged"


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """One picture file with the truth of how it was made.

    ``photograph`` names the shipped photograph that it was made from. Boxes and shares are of that photograph.
    """

    name: str
    part: Part
    content: bytes
    suffix: str
    width: int
    height: int
    photograph: str
    steps: tuple[str, ...] = ()
    conclusion: Conclusion | None = None
    mirrored: bool = False
    altered: Region | None = None
    kept: Region = edits.WHOLE
    share_altered: float = 0.0
    share_surviving: float = 1.0

    @property
    def sha256(self) -> Sha256:
        """The SHA-256 of the file."""
        return sha256_of(self.content)


@dataclass(frozen=True, slots=True, eq=False)
class _Studio:
    """The photographs as pixels, and the one generator that every edit draws from."""

    pixels: Mapping[str, Pixels]
    replaced: Mapping[str, Region]
    textures: tuple[str, ...]
    rng: np.random.Generator

    def begin(self, name: str, long_side: int = 900) -> Edited:
        edited = edits.untouched(self.pixels[name])
        return edits.scale(edited, long_side) if max(edited.pixels.shape[:2]) > long_side else edited

    def replaced_in(self, name: str, long_side: int = 900) -> Edited:
        texture = self.pixels[self.textures[int(self.rng.integers(len(self.textures)))]]
        box = self._moved(self.replaced[name])
        return edits.replace_region(self.begin(name, long_side), texture, box, self.rng)

    def quality(self, low: int = 72, high: int = 90) -> int:
        return int(self.rng.integers(low, high + 1))

    def frame(self) -> Region:
        """A crop that keeps at least 75 % of the picture."""
        left, top, right, bottom = (float(each) for each in self.rng.uniform(0.03, 0.065, size=4))
        return Region(left=left, top=top, right=1.0 - right, bottom=1.0 - bottom)

    def _moved(self, box: Region) -> Region:
        across, down = (float(each) for each in self.rng.uniform(-_JITTER, _JITTER, size=2))
        return Region(
            left=round(box.left + across, 4),
            top=round(box.top + down, 4),
            right=round(box.right + across, 4),
            bottom=round(box.bottom + down, 4),
        )


def _replaced(studio: _Studio, name: str) -> Edited:
    return studio.replaced_in(name)


def _replaced_cropped(studio: _Studio, name: str) -> Edited:
    return edits.recompress(edits.crop(studio.replaced_in(name), studio.frame()), studio.quality(50, 62))


def _replaced_mirrored(studio: _Studio, name: str) -> Edited:
    return edits.mirror(studio.replaced_in(name))


def _replaced_screenshot(studio: _Studio, name: str) -> Edited:
    return edits.screenshot(studio.replaced_in(name, 1100), _TITLE)


def _replaced_watermarked(studio: _Studio, name: str) -> Edited:
    return edits.scale(edits.watermark(studio.replaced_in(name), WATERMARK), 720)


def _watermarked(studio: _Studio, name: str) -> Edited:
    return edits.watermark(studio.begin(name), WATERMARK)


def _cropped(studio: _Studio, name: str) -> Edited:
    return edits.crop(studio.begin(name), studio.frame())


def _recompressed(studio: _Studio, name: str) -> Edited:
    return edits.recompress(studio.begin(name), studio.quality(40, 55))


def _plain(studio: _Studio, name: str) -> Edited:
    return studio.begin(name)


def _smaller(studio: _Studio, name: str) -> Edited:
    return edits.scale(studio.begin(name), 640)


def _mirrored(studio: _Studio, name: str) -> Edited:
    return edits.mirror(studio.begin(name, 800))


def _captioned(studio: _Studio, name: str) -> Edited:
    return edits.caption_bar(studio.begin(name, 800), "more on the Picture Garden page")


def _screenshot(studio: _Studio, name: str) -> Edited:
    return edits.screenshot(studio.begin(name), _TITLE)


Recipe = Callable[[_Studio, str], Edited]

_PLANTED: tuple[tuple[str, str, Recipe], ...] = tuple(
    (photograph, f"{photograph.removesuffix('.jpg')} {label}", recipe)
    for photograph, label, recipe in (
        ("osprey.jpg", "replaced", _replaced),
        ("osprey.jpg", "replaced cropped", _replaced_cropped),
        ("osprey.jpg", "watermarked", _watermarked),
        ("otter.jpg", "replaced", _replaced),
        ("otter.jpg", "replaced mirrored", _replaced_mirrored),
        ("otter.jpg", "recompressed", _recompressed),
        ("motorcycle.jpg", "replaced", _replaced),
        ("motorcycle.jpg", "replaced screenshot", _replaced_screenshot),
        ("motorcycle.jpg", "cropped", _cropped),
        ("barn.jpg", "replaced watermarked", _replaced_watermarked),
        ("barn.jpg", "replaced cropped", _replaced_cropped),
        ("barn.jpg", "watermarked", _watermarked),
        ("lighthouse.jpg", "replaced mirrored", _replaced_mirrored),
        ("lighthouse.jpg", "replaced watermarked", _replaced_watermarked),
        ("lighthouse.jpg", "recompressed", _recompressed),
        ("lake.jpg", "replaced", _replaced),
        ("lake.jpg", "replaced screenshot", _replaced_screenshot),
        ("lake.jpg", "cropped", _cropped),
    )
)

_UNRELATED: tuple[tuple[str, Recipe], ...] = (
    ("plain", _plain),
    ("recompressed", _recompressed),
    ("watermarked", _watermarked),
    ("smaller", _smaller),
)

_SOME_UNRELATED: tuple[tuple[str, str, Recipe], ...] = tuple(
    (f"{name}.jpg", f"{name} {label}", recipe)
    for name, label, recipe in (
        ("spices", "captioned", _captioned),
        ("colosseum", "captioned", _captioned),
        ("parrots", "captioned", _captioned),
        ("timbered-houses", "mirrored", _mirrored),
        ("cityscape", "screenshot", _screenshot),
        ("botany", "screenshot", _screenshot),
        ("gravel", "cropped", _cropped),
    )
)


def make_pictures(photographs: tuple[Photograph, ...], rng: np.random.Generator) -> dict[str, Picture]:
    """Every picture file of the made-up network, by name; the same files for the same generator state."""
    unrelated = tuple(each.name for each in photographs if not each.enrolled)
    studio = _Studio(
        pixels={each.name: each.pixels() for each in photographs},
        replaced={each.name: each.replaced_region for each in photographs if each.replaced_region is not None},
        textures=tuple(name for name in unrelated if name != "botany.jpg"),
        rng=rng,
    )
    made = [_file(name, Part.PLANTED, source, recipe(studio, source), studio) for source, name, recipe in _PLANTED]
    made += [
        _file(f"{source.removesuffix('.jpg')} {label}", Part.UNRELATED, source, recipe(studio, source), studio)
        for label, recipe in _UNRELATED
        for source in unrelated
    ]
    made += [
        _file(name, Part.UNRELATED, source, recipe(studio, source), studio) for source, name, recipe in _SOME_UNRELATED
    ]
    made += _thumbnail(studio), *_special(studio)
    return {picture.name: picture for picture in made}


def _thumbnail(studio: _Studio) -> Picture:
    edited = edits.scale(studio.begin("parrots.jpg"), 320)
    return _file("clip thumbnail", Part.UNRELATED, "parrots.jpg", edited, studio)


def _special(studio: _Studio) -> tuple[Picture, ...]:
    """A landscape that the minors' gate must keep sealed, bytes that nothing may open, and a cut-off file."""
    stream = "mountain-stream.jpg"
    landscape = _file("sealed landscape", Part.SEALED, stream, edits.crop(studio.begin(stream), studio.frame()), studio)
    whole = _file("damaged", Part.DAMAGED, "colosseum.jpg", _mirrored(studio, "colosseum.jpg"), studio)
    height, width = landscape.height, landscape.width
    return (
        landscape,
        Picture(
            name="poison",
            part=Part.POISON,
            content=_NO_PICTURE,
            suffix=".jpg",
            width=width,
            height=height,
            photograph="",
        ),
        Picture(
            name="damaged",
            part=Part.DAMAGED,
            content=whole.content[: len(whole.content) // 3],
            suffix=".jpg",
            width=whole.width,
            height=whole.height,
            photograph=whole.photograph,
        ),
    )


def _file(name: str, part: Part, photograph: str, edited: Edited, studio: _Studio) -> Picture:
    """The edited picture as a file: PNG for one screenshot, as people send them; JPEG otherwise."""
    as_png = name == "lake replaced screenshot"
    height, width = edited.pixels.shape[:2]
    content = edits.encode_png(edited.pixels) if as_png else edits.encode_jpeg(edited.pixels, studio.quality())
    return Picture(
        name=name,
        part=part,
        content=content,
        suffix=".png" if as_png else ".jpg",
        width=width,
        height=height,
        photograph=photograph,
        steps=edited.steps,
        conclusion=edited.conclusion if part is Part.PLANTED else None,
        mirrored=edited.mirrored,
        altered=edited.altered,
        kept=edited.kept,
        share_altered=round(edited.share_altered, 4),
        share_surviving=round(edited.share_surviving, 4),
    )
