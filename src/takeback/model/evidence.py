"""Evidence: ledger entries, exhibits, acquisition notes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from takeback.model.digest import Sha256


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerEntry:
    """One act in the life of a case, chained to the one before and signed.

    ``fields`` hold no personal data, only counts, digests of acts, and salted commitments. ``time`` is UTC, ISO 8601.
    """

    seq: int
    time: str
    actor: str
    action: str
    fields: tuple[tuple[str, str | int], ...]
    previous: str
    hash: str
    signature: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """What a commitment in the ledger stands for: the salt and the values, kept under the case key."""

    seq: int
    field: str
    salt: str
    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Acquisition:
    """Who collected the material, when, with which application and settings; what is missing is "not recorded"."""

    collected_by: str | None
    collected_from: datetime | None
    collected_to: datetime | None
    application: str | None
    settings: str | None
    note: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Exhibit:
    """A file in a bundle, by path, digest and size."""

    path: str
    sha256: Sha256
    size: int
