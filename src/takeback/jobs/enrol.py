"""Enrolment: from ordinary photographs and a signed consent to a protection pack; nothing about hits comes back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from takeback.errors import ConsentError, DecodeRefused, PhotographRefused, TakebackError
from takeback.evidence.consent import check_caps, check_date, check_photograph, read_signed, require_two, signed_text
from takeback.exchanges.pack import PACK_VERSION, original_id, write_pack
from takeback.jobs.fingerprint import features_of
from takeback.jobs.progress import Progress, silent
from takeback.model.consent import Consent, PhotographConsent
from takeback.model.digest import Sha256, sha256_of
from takeback.model.media import Media, MediaKind, Place
from takeback.model.original import Original, PackLevel, ProtectionPack
from takeback.signals.decode import Decoder, Pixels
from takeback.signals.features import ENROLLED_COARSE, FEW, searchable
from takeback.signals.gate import clear_photograph
from takeback.signals.pdq import PdqHasher

LONG_SIDE = 1600
"""Photographs are enrolled at this long side at most, in pixels."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedPhotograph:
    """A photograph that is not in the pack, and why."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolment:
    """A pack, encrypted to its recipients, with what is in it and what was refused.

    ``smooth`` are the paths of photographs with so few features that less of what is made from them will be found.
    """

    pack: bytes
    person: str
    level: PackLevel
    enrolled: int
    refused: tuple[RefusedPhotograph, ...]
    smooth: tuple[str, ...]


def photograph_digests(paths: Iterable[Path]) -> tuple[tuple[Sha256, str], ...]:
    """The digest and file name of each photograph, for a consent form."""
    return tuple((sha256_of(path.read_bytes()), path.name) for path in paths)


def enrol(
    paths: Sequence[Path],
    consent_text: str,
    *,
    level: PackLevel,
    recipients: Sequence[str],
    today: date,
    progress: Progress = silent,
) -> Enrolment:
    """The pack of a person's photographs under their consent; ConsentError where not one photograph is left."""
    signed = require_two(read_signed(consent_text))
    check_date(signed.consent, today)
    check_caps([signed.consent])
    originals: list[Original] = []
    refused: list[RefusedPhotograph] = []
    smooth: list[str] = []
    with Decoder() as decoder:
        for number, path in enumerate(paths):
            progress("enrolling", number, len(paths))
            try:
                original, few = _enrol_one(path, signed.consent, level, decoder)
            except (PhotographRefused, DecodeRefused, ConsentError) as error:
                refused.append(RefusedPhotograph(path=str(path), reason=str(error)))
                continue
            originals.append(original)
            if few:
                smooth.append(str(path))
    progress("enrolling", len(paths), len(paths))
    if not originals:
        raise _nothing_left(refused)
    pack = ProtectionPack(version=PACK_VERSION, level=level, consent=signed, originals=tuple(originals))
    return Enrolment(
        pack=write_pack(pack, recipients=recipients, consent_text=signed_text),
        person=signed.consent.person,
        level=level,
        enrolled=len(originals),
        refused=tuple(refused),
        smooth=tuple(smooth),
    )


def _enrol_one(path: Path, consent: Consent, level: PackLevel, decoder: Decoder) -> tuple[Original, bool]:
    """The original, and whether it has but few features."""
    content = path.read_bytes()
    sha256 = sha256_of(content)
    said = check_photograph(consent, sha256)
    place = Place(source="enrolment", path=path.name)
    media = Media(sha256=sha256, size=len(content), place=place, kind=MediaKind.PHOTO)
    pixels = decoder.decode(clear_photograph(media, said.under_18), content, long_side=LONG_SIDE)
    return _original(sha256, consent.person, said, level, pixels, content)


def _original(
    sha256: Sha256, person: str, said: PhotographConsent, level: PackLevel, pixels: Pixels, content: bytes
) -> tuple[Original, bool]:
    features = features_of(pixels, coarse=ENROLLED_COARSE)
    reason = searchable(features, pixels.array)
    if reason:
        raise PhotographRefused(
            f"the photograph cannot be searched for: {reason} (enrol one with more detail, at least 480 pixels wide)"
        )
    original = Original(
        id=original_id(person, sha256),
        person=person,
        sha256=sha256,
        width=pixels.width,
        height=pixels.height,
        level=level,
        signals=PdqHasher().dihedral(pixels.array),
        features=None if level is PackLevel.HASH else features,
        sealed=content if level is PackLevel.SEALED else None,
        person_region=said.person_region,
    )
    return original, len(features) < FEW


def _nothing_left(refused: Sequence[RefusedPhotograph]) -> TakebackError:
    if not refused:
        return ConsentError("no photograph to enrol (name at least one)")
    lines = "; ".join(f"{each.path}: {each.reason}" for each in refused)
    return PhotographRefused(f"no pack was made, every photograph was refused: {lines}")
