"""Unrelated photographs that carry one mark: what the overlay guard is measured on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import numpy as np

from takeback.bench.attacks import attack, compressed
from takeback.bench.attacks.lettering import letters, write
from takeback.bench.photographs import Pixels, pixels_of
from takeback.matching.examine import MediaView, examine
from takeback.matching.overlay import CorpusPicture, Overlays, find_overlays, none
from takeback.matching.photograph_index import PhotographIndex
from takeback.model.digest import sha256_of
from takeback.model.original import Original, PackLevel
from takeback.signals.decode import Decoder
from takeback.signals.features import extract, searchable

EACH = 19
"""Photographs on each side, a kind of mark; seven kinds then make 2,527 pairs."""
_STRENGTH = 0.6
_QUALITIES = (70, 90)
_NAME = "@made_up_channel"
_EDGE = 16
_TALL = 34

Marking = Callable[[Pixels, Pixels, int], Pixels]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Marked:
    """Unrelated photographs under one mark: some to enrol, others to look for, each with its path in the album."""

    kind: str
    enrolled: tuple[tuple[Path, Pixels], ...]
    posted: tuple[tuple[Path, Pixels], ...]

    @property
    def pairs(self) -> int:
        """How many unrelated pairs there are."""
        return len(self.enrolled) * len(self.posted)


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkedFindings:
    """False findings among unrelated marked pairs: candidates and findings with the guard, and without."""

    kind: str
    pairs: int
    candidates: int
    findings: int
    candidates_unguarded: int
    findings_unguarded: int


def _attacked(name: str) -> Marking:
    """The mark that this attack lays on a photograph: one generator's seed is one mark."""

    def marked(photograph: Pixels, donor: Pixels, seed: int) -> Pixels:
        return attack(name, photograph, donor, strength=_STRENGTH, rng=np.random.default_rng(seed)).pixels

    return marked


def corner_name(photograph: Pixels, donor: Pixels, seed: int) -> Pixels:
    """A name of one size in pixels, at one distance in pixels from the lower right corner."""
    del donor, seed
    canvas = photograph.copy()
    ink = letters(_NAME, _TALL, bold=True)
    left, top = canvas.shape[1] - ink.shape[1] - _EDGE, canvas.shape[0] - ink.shape[0] - _EDGE
    for shift, colour in ((2, (0, 0, 0)), (0, (255, 255, 255))):
        write(canvas, _NAME, (left + shift, top + shift), _TALL, colour, bold=True)
    return canvas


def lettered_frame(photograph: Pixels, donor: Pixels, seed: int) -> Pixels:
    """A frame all round with words above and below, in proportion to the width."""
    del donor, seed
    height, width = photograph.shape[:2]
    wide = max(24, width // 14)
    canvas = np.full((height + 2 * wide, width + 2 * wide, 3), (246, 240, 222), np.uint8)
    canvas[wide:-wide, wide:-wide] = photograph
    size = wide * 0.55
    for top in (wide * 0.2, height + wide * 1.2):
        for number in range(3):
            write(canvas, _NAME, (wide * 0.4 + number * canvas.shape[1] / 3, top), size, (40, 30, 90), bold=True)
    return canvas


MARKS: Mapping[str, Marking] = MappingProxyType(
    {
        "corner_name": corner_name,
        "name_watermark": _attacked("text"),
        "caption_bar": _attacked("caption_bar"),
        "lettered_frame": lettered_frame,
        "screenshot": _attacked("screenshot"),
        "logo": _attacked("logo"),
        "tiled_watermark": _attacked("tiled_watermark"),
    }
)
"""Every kind of mark: a photograph, another one and a seed give the marked photograph."""


def overlay_material(
    files: Sequence[Path], decoder: Decoder, rng: np.random.Generator, *, each: int = EACH
) -> Iterator[Marked]:
    """Unrelated photographs under each kind of mark, half of them to enrol, as many of the album as it allows.

    Every kind takes other photographs while there are enough. A kind has one mark; photographs keep their own sizes.
    """
    order = [files[int(number)] for number in rng.permutation(len(files))]
    begin = 0
    for number, (kind, marking) in enumerate(MARKS.items()):
        marked: list[tuple[Path, Pixels]] = []
        for path in order[begin:] + order[:begin]:
            begin = (begin + 1) % len(order)
            pixels = pixels_of(path, decoder)
            if pixels is None:
                continue
            donor = marked[-1][1] if marked else pixels[::-1]
            quality = int(rng.integers(*_QUALITIES))
            marked.append((path, compressed(marking(pixels, donor, number), quality)))
            if len(marked) == 2 * each:
                break
        half = len(marked) // 2
        yield Marked(kind=kind, enrolled=tuple(marked[:half]), posted=tuple(marked[half:]))


def findings_among(marked: Marked) -> MarkedFindings:
    """How many unrelated pairs under one mark become candidates and findings, with the guard and without."""
    bank = {f"marked-{number}": pixels for number, (_, pixels) in enumerate(marked.enrolled)}
    originals = [original for name, pixels in bank.items() if (original := _original(name, pixels)) is not None]
    views = [_view(pixels) for _, pixels in marked.posted]
    corpus = [
        *(_picture(each) for each in originals),
        *(CorpusPicture(sha256=view.sha256, signal=None, features=view.features) for view in views),
    ]
    index = PhotographIndex()
    index.enrol(originals)
    counts = [_counted(index, originals, bank, views, each) for each in (find_overlays(corpus), none())]
    return MarkedFindings(
        kind=marked.kind,
        pairs=len(originals) * len(views),
        candidates=counts[0][0],
        findings=counts[0][1],
        candidates_unguarded=counts[1][0],
        findings_unguarded=counts[1][1],
    )


def _counted(
    index: PhotographIndex,
    originals: Sequence[Original],
    bank: Mapping[str, Pixels],
    views: Sequence[MediaView],
    overlays: Overlays,
) -> tuple[int, int]:
    by_name = {each.id: each for each in originals}
    candidates = findings = 0
    for view in views:
        excluded, _ = overlays.exclusion(view.features)
        for candidate in index.search(view.features, exclude=excluded):
            examination = examine(
                by_name[candidate.original],
                view,
                original_pixels=bank[candidate.original],
                candidate=candidate,
                overlays=overlays,
            )
            candidates += 1
            findings += examination.conclusion.is_finding
    return candidates, findings


def _view(pixels: Pixels) -> MediaView:
    features = extract(pixels, full_width=pixels.shape[1], full_height=pixels.shape[0])
    return MediaView(sha256=sha256_of(pixels.tobytes()), features=features, pixels=pixels)


def _original(name: str, pixels: Pixels) -> Original | None:
    """The marked photograph as enrolled; None where it cannot be searched for."""
    view = _view(pixels)
    if searchable(view.features, pixels) is not None:
        return None
    return Original(
        id=name,
        person="bench",
        sha256=view.sha256,
        width=pixels.shape[1],
        height=pixels.shape[0],
        level=PackLevel.SEALED,
        signals=(),
        features=view.features,
    )


def _picture(original: Original) -> CorpusPicture:
    assert original.features is not None
    return CorpusPicture(sha256=original.sha256, signal=None, features=original.features, enrolled=True)
