"""Cleared values: the only thing that the decoder takes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from takeback.errors import HarmRule
from takeback.model.digest import Sha256
from takeback.model.media import Place

T_co = TypeVar("T_co", covariant=True)

_GATE = object()


class Cleared(Generic[T_co]):
    """A value that passed the minors' gate.

    Only the gate makes one (`takeback.signals.gate`): the constructor wants a token that no public name holds. It may
    travel to a worker inside a part.
    """

    __slots__ = ("_value",)

    def __init__(self, value: T_co, *, token: object) -> None:
        if token is not _GATE:
            message = "only the minors' gate clears media (takeback.signals.gate)"
            raise HarmRule(message)
        self._value = value

    @property
    def value(self) -> T_co:
        """What was cleared."""
        return self._value


class SealReason(StrEnum):
    """Why an item is sealed and never decoded. Doubt counts as yes."""

    FLAG = "flag"
    AGE_WORDS = "age_words"
    NEIGHBOUR = "neighbour"
    SAME_BYTES = "same_bytes"
    KNOWN_LIST = "known_list"
    CASEWORKER = "caseworker"


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedItem:
    """What remains of an item that may show a minor: where, what bytes, and why it was sealed."""

    sha256: Sha256
    place: Place
    reason: SealReason
