"""The protection pack: what leaves a person's device, encrypted to the case that may use it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Annotated

import msgspec
import numpy as np

from takeback.crypto import age
from takeback.crypto.canonical import Json, canonical
from takeback.errors import PackError, TakebackError
from takeback.exchanges.pack_container import ENTRY_BYTES, TOTAL_BYTES, read_container, write_container
from takeback.model.consent import Region, SignedConsent, Under18
from takeback.model.digest import Sha256, sha256_of
from takeback.model.original import Original, PackLevel, ProtectionPack
from takeback.model.signal import DIHEDRAL_FORMS, Features, Signal

FORMAT = "takeback-pack"
PACK_VERSION = 1
NEEDS = "0.1"
"""The first takeback that reads this version."""
ORIGINALS = 1000
FEATURES_PER_ORIGINAL = 100_000
_AGE = b"age-encryption.org/"
_MANIFEST = "manifest.json"
_CONSENT = "consent.toml"

_Digest = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
_Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
_Side = Annotated[int, msgspec.Meta(ge=1, le=1 << 20)]


class _Heading(msgspec.Struct):
    """What every version of the manifest begins with."""

    format: str
    version: int
    needs: str = ""


class _Signal(msgspec.Struct, forbid_unknown_fields=True):
    hex: _Digest
    quality: Annotated[int, msgspec.Meta(ge=0, le=100)]


class _Original(msgspec.Struct, forbid_unknown_fields=True):
    id: str
    person: str
    sha256: _Digest
    width: _Side
    height: _Side
    signals: Annotated[tuple[_Signal, ...], msgspec.Meta(min_length=DIHEDRAL_FORMS, max_length=DIHEDRAL_FORMS)]
    region: tuple[_Share, _Share, _Share, _Share] | None


class _Manifest(msgspec.Struct, forbid_unknown_fields=True):
    format: str
    version: int
    needs: str
    level: PackLevel
    originals: Annotated[tuple[_Original, ...], msgspec.Meta(min_length=1, max_length=ORIGINALS)]


def original_id(person: str, sha256: Sha256) -> str:
    """The id of a photograph of a person: one photograph enrolled by two persons stays two originals."""
    return hashlib.sha256(canonical({"person": person, "sha256": sha256})).hexdigest()[:32]


def write_pack(
    pack: ProtectionPack, *, recipients: Iterable[str], consent_text: Callable[[SignedConsent], str]
) -> bytes:
    """The pack as a file that only the recipients' identities open, whatever its level.

    ``consent_text`` writes the consent with its signatures (`takeback.evidence.consent.signed_text`).
    """
    _check(pack)
    if pack.version != PACK_VERSION:
        raise PackError(f"this takeback writes packs of version {PACK_VERSION}, not {pack.version}")
    entries = {_MANIFEST: canonical(_manifest(pack)), _CONSENT: consent_text(pack.consent).encode()}
    for original in pack.originals:
        if original.features is not None:
            entries[_features_name(original.id)] = _pack_features(original.features)
        if original.sealed is not None:
            entries[_sealed_name(original.id)] = original.sealed
    if max(map(len, entries.values())) > ENTRY_BYTES or sum(map(len, entries.values())) > TOTAL_BYTES - (1 << 20):
        raise PackError("the pack would be too large to be read (enrol fewer or smaller photographs)")
    return age.encrypt(write_container(entries), recipients)


def read_pack(
    content: bytes, *, identities: Iterable[str], read_consent: Callable[[str], SignedConsent]
) -> ProtectionPack:
    """The pack in a file, checked throughout: a pack is hostile input until it is read.

    ``read_consent`` verifies the consent's signatures (`takeback.evidence.consent.read_signed`).
    """
    entries = read_container(_decrypt(content, identities))
    text = entries.pop(_MANIFEST, b"")
    manifest = _read_manifest(text)
    consent = _read_consent(entries.pop(_CONSENT, b""), read_consent)
    originals = tuple(_read_original(record, manifest.level, entries, consent) for record in manifest.originals)
    if entries:
        raise PackError(f"a pack of level {manifest.level.value!r} holds more than it may (it is not to be trusted)")
    pack = ProtectionPack(version=PACK_VERSION, level=manifest.level, consent=consent, originals=originals)
    _check(pack)
    if canonical(_manifest(pack)) != text:
        raise PackError("the manifest of the pack is not written as its format says (it was damaged or changed)")
    return pack


def _decrypt(content: bytes, identities: Iterable[str]) -> bytes:
    if not content.startswith(_AGE):
        raise PackError("not a takeback pack: the file does not begin like one (`takeback enrol` makes packs)")
    if len(content) > TOTAL_BYTES + (1 << 20):
        raise PackError(f"the pack is too large ({len(content)} bytes; at most {TOTAL_BYTES})")
    try:
        return age.decrypt(content, identities)
    except PackError as error:
        reason = str(error.__cause__)
        if "No matching keys" in reason:
            raise PackError(
                "the pack is encrypted to another recipient (give the identity it was made for, or have it made again "
                "with `takeback enrol --to` and the recipient of this case)"
            ) from error
        if "Unknown age format" in reason:
            raise PackError(
                "the pack is encrypted in an age format that this takeback does not know: it is damaged, or a newer "
                "takeback reads it"
            ) from error
        if str(error).startswith("age cannot open it"):
            raise PackError("the pack is damaged (ask whoever enrolled for another copy)") from error
        raise


def _read_manifest(content: bytes) -> _Manifest:
    try:
        heading = msgspec.json.decode(content, type=_Heading)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise PackError("not a takeback pack: it has no manifest that can be read") from error
    if heading.format != FORMAT:
        raise PackError(f"not a takeback pack: its format is {heading.format[:40]!r}")
    if heading.version != PACK_VERSION:
        needs = heading.needs if re.fullmatch(r"[0-9.]{1,20}", heading.needs, re.ASCII) else "a newer version"
        raise PackError(
            f"the pack is of version {heading.version}; this takeback reads version {PACK_VERSION} "
            f"(the pack names the takeback that reads it: {needs})"
        )
    try:
        return msgspec.json.decode(content, type=_Manifest)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise PackError(f"the manifest of the pack is damaged: {error}") from error


def _read_consent(content: bytes, read_consent: Callable[[str], SignedConsent]) -> SignedConsent:
    try:
        return read_consent(content.decode())
    except (TakebackError, UnicodeDecodeError) as error:
        raise PackError(f"the consent in the pack does not hold: {error}") from error


def _read_original(record: _Original, level: PackLevel, entries: dict[str, bytes], consent: SignedConsent) -> Original:
    sha256 = Sha256(record.sha256)
    if record.id != original_id(record.person, sha256):
        raise PackError(f"the pack names an original by an id that is not its own: {record.id[:40]!r}")
    features = sealed = None
    try:
        if level is not PackLevel.HASH:
            features = _unpack_features(entries.pop(_features_name(record.id)))
        if level is PackLevel.SEALED:
            sealed = entries.pop(_sealed_name(record.id))
    except KeyError as error:
        raise PackError(f"a pack of level {level.value!r} lacks what its level promises: {error}") from error
    said = consent.consent.photograph(sha256)
    return Original(
        id=record.id,
        person=record.person,
        sha256=sha256,
        width=record.width,
        height=record.height,
        level=level,
        signals=tuple(Signal.from_hex(each.hex, quality=each.quality) for each in record.signals),
        features=features,
        sealed=sealed,
        person_region=None if said is None else said.person_region,
    )


def _check(pack: ProtectionPack) -> None:
    """That a pack holds what its level says and no more, and nothing that its consent does not cover."""
    if not 1 <= len(pack.originals) <= ORIGINALS:
        raise PackError(f"a pack holds from 1 to {ORIGINALS} originals, not {len(pack.originals)}")
    if len({original.id for original in pack.originals}) != len(pack.originals):
        raise PackError("the pack names one photograph twice")
    for original in pack.originals:
        _check_level(original, pack.level)
        _check_consent(original, pack.consent)
        _check_values(original)


def _check_level(original: Original, level: PackLevel) -> None:
    features, sealed = level is not PackLevel.HASH, level is PackLevel.SEALED
    if original.level is not level:
        raise PackError(f"an original of level {original.level.value!r} in a pack of level {level.value!r}")
    if (original.features is not None) is not features:
        raise PackError(f"a pack of level {level.value!r} holds {'' if features else 'no '}features")
    if (original.sealed is not None) is not sealed:
        raise PackError(f"a pack of level {level.value!r} holds {'' if sealed else 'no '}photographs")


def _check_consent(original: Original, consent: SignedConsent) -> None:
    said = consent.consent.photograph(original.sha256)
    if said is None or original.person != consent.consent.person:
        raise PackError(f"the consent in the pack does not cover the photograph with SHA-256 {original.sha256}")
    if said.under_18 is not Under18.NO:
        raise PackError(
            f"the person may have been under 18 in the photograph with SHA-256 {original.sha256}: it is never searched "
            "for (the routes for minors: https://takeitdown.ncmec.org, https://inhope.org, the police)"
        )
    if original.person_region != said.person_region:
        raise PackError(f"the person's region is not the one that was signed (photograph {original.sha256})")


def _check_values(original: Original) -> None:
    if original.id != original_id(original.person, original.sha256):
        raise PackError(f"an original with an id that is not its own: {original.id[:40]!r}")
    if len(original.signals) != DIHEDRAL_FORMS:
        raise PackError(f"an original has {DIHEDRAL_FORMS} signals, not {len(original.signals)}")
    if original.sealed is not None and sha256_of(original.sealed) != original.sha256:
        raise PackError(f"the sealed photograph is not the one with SHA-256 {original.sha256}")
    if original.features is not None:
        _check_features(original.features, original)


def _check_features(features: Features, original: Original) -> None:
    frames, descriptors = features.frames, features.descriptors
    count = frames.shape[0] if frames.ndim else -1
    sound = (
        frames.shape == (count, 4)
        and descriptors.shape == (count, 128)
        and frames.dtype == np.float32
        and descriptors.dtype == np.uint8
        and count <= FEATURES_PER_ORIGINAL
        and bool(np.isfinite(frames).all())
        and (features.width, features.height) == (original.width, original.height)
    )
    if not sound:
        raise PackError(f"the features of the photograph with SHA-256 {original.sha256} are damaged")


def _manifest(pack: ProtectionPack) -> Mapping[str, Json]:
    return {
        "format": FORMAT,
        "version": PACK_VERSION,
        "needs": NEEDS,
        "level": pack.level.value,
        "originals": [
            {
                "id": original.id,
                "person": original.person,
                "sha256": original.sha256,
                "width": original.width,
                "height": original.height,
                "signals": [{"hex": signal.hex, "quality": signal.quality} for signal in original.signals],
                "region": _sides(original.person_region),
            }
            for original in pack.originals
        ],
    }


def _sides(region: Region | None) -> list[float] | None:
    return None if region is None else [region.left, region.top, region.right, region.bottom]


def _pack_features(features: Features) -> bytes:
    from takeback.signals.features import pack

    return pack(features)


def _unpack_features(content: bytes) -> Features:
    from takeback.signals.features import unpack

    return unpack(content)


def _features_name(id: str) -> str:
    return f"features/{id}.bin"


def _sealed_name(id: str) -> str:
    return f"originals/{id}"
