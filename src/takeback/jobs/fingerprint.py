"""The stage from cleared media to signals: sandboxed decode, PDQ with quality, local features."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from takeback.errors import DecodeRefused, MediaChanged, Refused
from takeback.model.clearing import Cleared
from takeback.model.digest import Sha256
from takeback.model.media import Media
from takeback.model.signal import Features
from takeback.protocols import Secrets
from takeback.signals.decode import Decoder, Pixels
from takeback.signals.features import FEWEST_POSTED, extract, pack, searchable
from takeback.signals.pdq import PdqHasher
from takeback.sources.reading import MediaReader

T = TypeVar("T")

FINGERPRINT_VERSION = "3"
LONG_SIDE = 1280
"""Media are fingerprinted and examined at this long side at most, in pixels."""
PART = 8
"""So many media are kept together: a kill loses the parts in flight."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fingerprinted:
    """What one media gave: a hash and features, or the reason why there are none."""

    sha256: Sha256
    width: int = 0
    height: int = 0
    hash: str = ""
    quality: int = 0
    features: bytes = b""
    """Packed features; they leave a worker for the run's folder alone, and are empty where there are none."""
    refused: str = ""
    not_searchable: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fingerprint:
    """Decodes and fingerprints the media of a part.

    ``roots`` says where each source lies on this machine. The decoder starts at the first picture and lasts as long as
    the stage does; whoever makes the stage closes it.
    """

    roots: tuple[tuple[str, str], ...]
    run: str
    decoder: Decoder = field(repr=False, compare=False)
    name: str = "fingerprint"
    version: str = FINGERPRINT_VERSION

    @property
    def parameters(self) -> str:
        """What else the results depend on; features are there only while their run lasts."""
        return f"long_side={LONG_SIDE} run={self.run}"

    def __call__(self, part: tuple[Cleared[Media], ...], secrets: Secrets) -> tuple[Fingerprinted, ...]:
        """One fingerprint a media, in the order of the part."""
        del secrets
        reader = MediaReader({source: Path(path) for source, path in self.roots})
        hasher = PdqHasher()
        return tuple(_fingerprint(each, reader, self.decoder, hasher) for each in part)


def features_of(pixels: Pixels, *, coarse: int = 0) -> Features:
    """The local features of a decoded picture, the same wherever they are extracted, with so many more coarse ones."""
    return extract(pixels.array, full_width=pixels.width, full_height=pixels.height, coarse=coarse)


def in_parts(items: Sequence[T], size: int) -> Iterator[tuple[T, ...]]:
    """The items in parts of a size, in their order."""
    for start in range(0, len(items), size):
        yield tuple(items[start : start + size])


def _fingerprint(cleared: Cleared[Media], reader: MediaReader, decoder: Decoder, hasher: PdqHasher) -> Fingerprinted:
    sha256 = cleared.value.sha256
    try:
        pixels = decoder.decode(cleared, reader.read(cleared.value), long_side=LONG_SIDE)
    except DecodeRefused as error:
        return Fingerprinted(sha256=sha256, refused=error.reason)
    except MediaChanged:
        return Fingerprinted(sha256=sha256, refused="changed_since_intake")
    except Refused as error:
        return Fingerprinted(sha256=sha256, refused=type(error).__name__)
    return _signals(sha256, pixels, hasher)


def _signals(sha256: Sha256, pixels: Pixels, hasher: PdqHasher) -> Fingerprinted:
    signal = hasher.hash_pixels(pixels.array)
    features = features_of(pixels)
    reason = searchable(features, pixels.array, fewest=FEWEST_POSTED)
    return Fingerprinted(
        sha256=sha256,
        width=pixels.width,
        height=pixels.height,
        hash=signal.hex,
        quality=signal.quality,
        features=b"" if reason else pack(features),
        not_searchable=reason or "",
    )
