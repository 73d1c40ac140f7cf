"""What every exchange keeps, to the letter; a third party's exchange can be held to it by subclassing."""

from __future__ import annotations

import pytest

from takeback.errors import HarmRule
from takeback.model.bank import HarmHash, NegativeHash
from takeback.model.exchange import Intent, Outgoing
from takeback.model.signal import Signal
from takeback.protocols import Exchange

PDQ = "f8f8f0cee0f4a84f06370a22038f63f0b36e2ed596621e1d33e6b39c4e9c9b22"


class ExchangeContract:
    """Subclass it and give the fixture ``exchange``: one that is connected to nobody."""

    def test_it_is_an_exchange(self, exchange: Exchange[object]) -> None:
        assert isinstance(exchange, Exchange)
        assert exchange.name

    def test_preparing_accounts_for_every_entry_once_and_connects_to_nobody(self, exchange: Exchange[object]) -> None:
        hashes = [HarmHash.of(pdq=PDQ), HarmHash.of(md5="b2" * 16), HarmHash.of(pdq=PDQ, sha256="a1" * 32)]
        outgoing = [
            Outgoing(entry=number, hash=hash, intent=intent, record=None if intent is Intent.SUBMIT else "42-e1")
            for number, (hash, intent) in enumerate((hash, intent) for hash in hashes for intent in Intent)
        ]
        prepared = exchange.prepare(outgoing)
        spoken = [entry for message in prepared.messages for entry, _ in message.entries]
        assert sorted([*spoken, *(each.entry for each in prepared.kept)]) == list(range(len(outgoing)))
        assert all(each.reason for each in prepared.kept)
        assert exchange.prepare(outgoing).messages == prepared.messages
        assert exchange.prepare([]).messages == ()

    def test_nothing_but_the_hash_of_a_confirmed_image_can_be_on_its_way(self, exchange: Exchange[object]) -> None:
        for hash in (Signal.from_hex(PDQ, quality=100), NegativeHash.of(pdq=PDQ), PDQ):
            with pytest.raises(HarmRule):
                exchange.prepare([Outgoing(entry=1, hash=hash, intent=Intent.SUBMIT)])  # type: ignore[arg-type]  # that is the point
