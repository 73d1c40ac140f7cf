"""Whom to write to: addresses as data, with where each was seen and who may use it."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from importlib.resources import files

import msgspec

from takeback.errors import RegimeError
from takeback.model.notice import Confidence, Recipient, Regime

CONTACTS_SCHEMA = "takeback.contacts/1"


class Audience(StrEnum):
    """Who may use an address."""

    ANYONE = "anyone"
    AUTHORITIES = "authorities"
    MINOR_ROUTE = "minor_route"


class Contact(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One address, where it was seen, and who may use it."""

    name: str
    channel: str
    address: str
    audience: Audience
    seen: str
    confidence: Confidence
    hosts: tuple[str, ...] = ()
    routes: tuple[str, ...] = ()

    @property
    def recipient(self) -> Recipient:
        """The recipient at this address."""
        return Recipient(
            name=self.name, channel=self.channel, address=self.address, seen=self.seen, confidence=self.confidence
        )


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    schema: str
    contacts: tuple[Contact, ...]


def load_contacts() -> tuple[Contact, ...]:
    """Every address that ships with takeback."""
    name = "contacts.toml"
    try:
        file = msgspec.toml.decode((files("takeback.notices") / name).read_bytes(), type=_File)
    except msgspec.DecodeError as error:
        raise RegimeError(f"{name}: {error}") from error
    if file.schema != CONTACTS_SCHEMA:
        raise RegimeError(f"{name}: field schema: it must be {CONTACTS_SCHEMA!r}")
    return file.contacts


def hosted_at(host: str) -> tuple[Recipient, ...]:
    """The addresses of whoever hosts this, open to anyone; none that is for authorities or for minor routes only."""
    wanted = host.lower().removeprefix("www.")
    return tuple(
        each.recipient for each in load_contacts() if each.audience is Audience.ANYONE and wanted in each.hosts
    )


def on_route(regime: str) -> tuple[Recipient, ...]:
    """The addresses of a minor route."""
    return tuple(
        each.recipient for each in load_contacts() if each.audience is Audience.MINOR_ROUTE and regime in each.routes
    )


def best(regime: Regime, addressees: Iterable[Recipient]) -> Recipient | None:
    """The addressee by the channel that the regime names first, or None where none fits."""
    fitting = [each for each in addressees if each.channel in regime.recipients]
    return min(fitting, key=lambda each: regime.recipients.index(each.channel), default=None)
