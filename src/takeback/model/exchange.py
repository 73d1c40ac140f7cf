"""What goes to a hash exchange: only hashes of images that were confirmed abusive, and only what a person sends."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from takeback.errors import HarmRule
from takeback.model.bank import HarmHash


class Intent(StrEnum):
    """What is said of a hash."""

    SUBMIT = "submit"
    """That it is of an image which was confirmed abusive here; the exchange did not have it from us."""
    CONFIRM = "confirm"
    """That a record of the exchange was looked at here, and is what it says."""
    DISPUTE = "dispute"
    """That a record of the exchange was looked at here, and is not what it says."""
    RETRACT = "retract"
    """That what was submitted from here has been withdrawn here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """One hash on its way to an exchange. ``record`` names what feedback is about, as the exchange does.

    A HarmRule stands in the way of every other hash, whatever the type checker was told: the signal of an ordinary
    photograph is of another type, and so is the hash of a negative bank.
    """

    entry: int
    hash: HarmHash
    intent: Intent
    record: str | None = None
    tags: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Nothing else is ever sent."""
        if not isinstance(self.hash, HarmHash):
            raise HarmRule("only hashes of images that were confirmed abusive go to an exchange (a HarmHash)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What would be sent, to the byte: shown to a person first. ``entries`` are those of the bank that it speaks of."""

    method: str
    target: str
    content_type: str
    body: bytes
    entries: tuple[tuple[int, Intent], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What stays here, and why."""

    entry: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """Messages that a person may send, and what stays."""

    messages: tuple[Message, ...] = ()
    kept: tuple[Kept, ...] = ()
