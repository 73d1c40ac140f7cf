"""Consent: what a person agreed to, bound to the digests of their photographs, signed by two keys."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from takeback.model.digest import Sha256

PHOTOGRAPHS_PER_PERSON = 50
PERSONS_PER_CASE = 20


class Purpose(StrEnum):
    """What the person agreed to, one by one."""

    FIND = "find"
    NOTIFY = "notify"
    DISCLOSE = "disclose"
    EXCHANGE = "exchange"
    STATISTICS = "statistics"


class Under18(StrEnum):
    """Was the person under 18 when the photograph was taken? Unknown counts as yes."""

    NO = "no"
    YES = "yes"
    UNKNOWN = "unknown"


class Wish(StrEnum):
    """Whether, and when, the person wants to be told."""

    TELL = "tell"
    TELL_WHEN_REMOVED = "tell_when_removed"
    NOT_NOW = "not_now"


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """A box marked by hand, in shares of the picture's width and height after its EXIF orientation (0 to 1)."""

    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PhotographConsent:
    """What was said about one photograph."""

    sha256: Sha256
    under_18: Under18
    taken_by: str
    taken_by_person: bool
    person_region: Region | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """What a person agreed to, how it was obtained, and for which photographs.

    ``person`` is a pseudonym of the caseworker's choice, never a name. ``contact`` is the safe way of contact.
    """

    version: int
    person: str
    purposes: frozenset[Purpose]
    obtained_how: str
    obtained_by: str
    obtained_on: date
    expires_on: date | None
    language: str
    contact: str
    wish: Wish
    photographs: tuple[PhotographConsent, ...]

    def photograph(self, sha256: Sha256) -> PhotographConsent | None:
        """What was said about this photograph, if it is covered."""
        return next((each for each in self.photographs if each.sha256 == sha256), None)


class Role(StrEnum):
    """In which role a key signed."""

    ENROLLER = "enroller"
    COUNTERSIGNER = "countersigner"
    OPERATOR = "operator"
    CONFIRMER = "confirmer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """An Ed25519 signature: public key and value in hexadecimal, role, time."""

    key: str
    role: Role
    time: datetime
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedConsent:
    """A consent with the exact text that was signed; ``countersignature`` is None until the second key signs."""

    consent: Consent
    text: str
    signature: Signature
    countersignature: Signature | None
