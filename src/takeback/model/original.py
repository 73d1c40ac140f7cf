"""The enrolled side: originals, and the protection pack that leaves a person's device."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from takeback.model.consent import Region, SignedConsent
from takeback.model.digest import Sha256
from takeback.model.signal import Features, Signal


class PackLevel(StrEnum):
    """What a pack holds, and so what it can support."""

    HASH = "hash"
    FEATURES = "features"
    SEALED = "sealed"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Original:
    """One enrolled photograph of one person.

    ``id`` is derived from person and digest, so that the same photograph enrolled by two persons stays two.
    ``signals`` are the PDQ of its 8 dihedral forms; ``features`` is None at level hash; ``sealed`` (the photograph's
    own bytes) only at level sealed, for the machine alone.
    """

    id: str
    person: str
    sha256: Sha256
    width: int
    height: int
    level: PackLevel
    signals: tuple[Signal, ...]
    features: Features | None = None
    sealed: bytes | None = None
    person_region: Region | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ProtectionPack:
    """The originals of one person under one consent, as enrolled."""

    version: int
    level: PackLevel
    consent: SignedConsent
    originals: tuple[Original, ...]
