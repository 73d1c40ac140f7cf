"""The stage from features to examinations: retrieval over all originals, then alignment and alteration."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from takeback.errors import CaseError, DecodeRefused, Refused
from takeback.jobs.bank import photograph_name, unpack_bank
from takeback.jobs.fingerprint import LONG_SIDE, features_of
from takeback.matching.candidate import Candidate
from takeback.matching.examine import MediaView, examine_closely
from takeback.matching.overlay import Overlays
from takeback.matching.photograph_index import PhotographIndex
from takeback.model.clearing import Cleared
from takeback.model.consent import Under18
from takeback.model.finding import Examination
from takeback.model.media import Media, MediaKind, Place
from takeback.model.original import Original, PackLevel
from takeback.model.signal import Features
from takeback.protocols import Secrets
from takeback.signals.decode import Decoder, Pixels
from takeback.signals.features import unpack
from takeback.signals.gate import clear_photograph
from takeback.sources.reading import MediaReader
from takeback.store.results import RunBlobs

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

COMPARE_VERSION = "1"
RUN_KEY = "run"
BANK = "bank"
OVERLAYS = "overlays"


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspect:
    """One media to compare, with the originals that its hash is close to."""

    media: Cleared[Media]
    close: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """One examination and the exact mask, as packed bits in the original's frame; empty where there is none."""

    examination: Examination
    mask: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compare:
    """Compares the media of a part with every enrolled photograph of the run's bank.

    ``run`` is the folder of the run, where bank, overlays and features lie sealed under the run's key. The decoder
    starts at the first picture and lasts as long as the stage does; whoever makes the stage closes it.
    """

    roots: tuple[tuple[str, str], ...]
    run: str
    bank_digest: str
    overlays_digest: str
    comparisons: int
    decoder: Decoder = field(repr=False, compare=False)
    name: str = "compare"
    version: str = COMPARE_VERSION

    @property
    def parameters(self) -> str:
        """What else the results depend on."""
        return f"bank={self.bank_digest} overlays={self.overlays_digest} long_side={LONG_SIDE} n={self.comparisons}"

    def __call__(self, part: tuple[Suspect, ...], secrets: Secrets) -> tuple[Examined, ...]:
        """The examinations of every candidate pair of the part."""
        desk = Desk.open(self, secrets)
        return tuple(examined for suspect in part for examined in desk.examine(suspect, self.decoder))


@dataclass(slots=True, kw_only=True)
class Desk:
    """What a worker needs at hand to compare: index, originals, overlays, readers."""

    files: RunBlobs
    index: PhotographIndex
    originals: Mapping[str, Original]
    overlays: Overlays
    reader: MediaReader
    comparisons: int
    _pixels: dict[str, npt.NDArray[np.uint8] | None] = field(default_factory=dict)

    @classmethod
    def open(cls, stage: Compare, secrets: Secrets) -> Desk:
        """The desk for a stage; index and overlays are read once a worker."""
        files = RunBlobs(Path(stage.run), secrets[RUN_KEY])
        index, originals, overlays = _bank(stage.run, stage.bank_digest, stage.overlays_digest, secrets[RUN_KEY])
        return cls(
            files=files,
            index=index,
            originals=originals,
            overlays=overlays,
            reader=MediaReader({source: Path(path) for source, path in stage.roots}),
            comparisons=stage.comparisons,
        )

    def examine(self, suspect: Suspect, decoder: Decoder) -> Iterator[Examined]:
        """The examination of each original that the media may have been made from."""
        features = self._features(suspect, decoder)
        if features is None:
            return
        excluded, _ = self.overlays.exclusion(features)
        candidates: dict[str, Candidate | None] = {
            each.original: each for each in self.index.search(features, exclude=excluded)
        }
        for original in suspect.close:
            candidates.setdefault(original, None)
        known = {key: value for key, value in candidates.items() if self.originals[key].features is not None}
        if not known:
            return
        pixels = self._pixels_of(suspect, decoder)
        view = MediaView(
            sha256=suspect.media.value.sha256, features=features, pixels=None if pixels is None else pixels.array
        )
        for name in sorted(known):
            examination, mask = examine_closely(
                self.originals[name],
                view,
                original_pixels=self._original_pixels(name, decoder),
                candidate=known[name],
                overlays=self.overlays,
                tested=self.comparisons,
            )
            yield Examined(examination=self.overlays.stamp(examination), mask=_bits(mask))

    def _features(self, suspect: Suspect, decoder: Decoder) -> Features | None:
        """The features that were kept, or made again where a power cut took them."""
        content = self.files.get(suspect.media.value.sha256)
        if content is not None:
            return unpack(content)
        pixels = self._pixels_of(suspect, decoder)
        return None if pixels is None else features_of(pixels)

    def _pixels_of(self, suspect: Suspect, decoder: Decoder) -> Pixels | None:
        try:
            return decoder.decode(suspect.media, self.reader.read(suspect.media.value), long_side=LONG_SIDE)
        except Refused:  # it decoded a moment ago; without pixels the features still speak
            return None

    def _original_pixels(self, name: str, decoder: Decoder) -> npt.NDArray[np.uint8] | None:
        if name not in self._pixels:
            self._pixels[name] = self._open_original(self.originals[name], decoder)
        return self._pixels[name]

    def _open_original(self, original: Original, decoder: Decoder) -> npt.NDArray[np.uint8] | None:
        if original.level is not PackLevel.SEALED:
            return None
        content = _there(self.files, photograph_name(original.id))
        media = Media(
            sha256=original.sha256,
            size=len(content),
            place=Place(source="pack", path=original.id),
            kind=MediaKind.PHOTO,
        )
        try:
            cleared = clear_photograph(media, Under18.NO)  # enrolment refuses anything else
            return decoder.decode(cleared, content, long_side=LONG_SIDE).array
        except DecodeRefused:
            return None


@lru_cache(maxsize=1)
def _bank(
    run: str, bank_digest: str, overlays_digest: str, key: bytes
) -> tuple[PhotographIndex, Mapping[str, Original], Overlays]:
    assert bank_digest
    assert overlays_digest
    files = RunBlobs(Path(run), key)
    originals = {each.id: each for each in unpack_bank(_there(files, BANK))}
    index = PhotographIndex()
    index.enrol(originals.values())
    return index, originals, Overlays.from_bytes(_there(files, OVERLAYS))


def _there(files: RunBlobs, name: str) -> bytes:
    content = files.get(name)
    if content is None:
        raise CaseError(f"the run's {name} is gone (run `takeback investigate` again: it is made anew)")
    return content


def _bits(mask: npt.NDArray[np.bool_] | None) -> bytes:
    """The mask as bytes: two big-endian 32-bit numbers, height and width, then its rows as packed bits."""
    import numpy as np

    if mask is None:
        return b""
    height, width = (int(side) for side in mask.shape)
    rows: bytes = np.packbits(mask, axis=1).tobytes()
    return height.to_bytes(4, "big") + width.to_bytes(4, "big") + rows
