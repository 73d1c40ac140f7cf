from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from takeback.errors import HashRefused, UsageError
from takeback.model.bank import (
    Bank,
    BankEntry,
    BankHash,
    EntryState,
    HarmHash,
    HarmSignal,
    HashFault,
    Provenance,
    enabled_by_share,
)


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ({"pdq": "0" * 63}, HashFault.WRONG_LENGTH),
        ({"pdq": "0" * 32}, HashFault.WRONG_LENGTH),
        ({"pdq": "0" * 63 + "g"}, HashFault.WRONG_ALPHABET),
        ({"pdq": "0" * 63 + "\N{ARABIC-INDIC DIGIT ZERO}"}, HashFault.WRONG_ALPHABET),
        ({"pdq": "0x" + "0" * 62}, HashFault.WRONG_ALPHABET),
        ({"pdq": "0" * 31 + "_" + "0" * 32}, HashFault.WRONG_ALPHABET),
        ({"pdq": ""}, HashFault.WRONG_LENGTH),
        ({"sha256": "a" * 63}, HashFault.WRONG_LENGTH),
        ({"md5": "z" * 32}, HashFault.WRONG_ALPHABET),
        ({}, HashFault.NO_HASH),
        ({"quality": 50}, HashFault.NO_HASH),
        ({"pdq": "0" * 64, "quality": 101}, HashFault.WRONG_QUALITY),
        ({"pdq": "0" * 64, "quality": -1}, HashFault.WRONG_QUALITY),
    ],
)
def test_what_is_no_hash_is_refused_with_its_reason(given: dict[str, str | int], fault: HashFault) -> None:
    with pytest.raises(HashRefused) as refused:
        HarmHash.of(**given)  # type: ignore[arg-type]  # passed on
    assert refused.value.reason == fault
    assert len(str(refused.value)) < 200


@given(st.binary(min_size=32, max_size=32))
def test_digits_and_words_are_one_another_again(content: bytes) -> None:
    signal = HarmSignal.from_hex(content.hex().upper())
    assert signal.hex == content.hex()
    assert b"".join(word.to_bytes(8, "big") for word in signal.words) == content


@pytest.mark.parametrize("name", ["", "a b", "../a", "a/b", ".hidden", "x" * 65, "ä"])
def test_a_bank_has_a_plain_name(name: str) -> None:
    with pytest.raises(UsageError, match="not the name of a bank"):
        Bank(name=name)


@pytest.mark.parametrize("wrong", [{"distance": 32}, {"distance": -1}, {"enabled_share": 1.1}, {"flood_least": 0}])
def test_a_bank_says_what_it_cannot_be(wrong: dict[str, float]) -> None:
    with pytest.raises(UsageError):
        Bank(name="a", **wrong)  # type: ignore[arg-type]  # passed on


def test_forms_are_eight_with_the_signal_first() -> None:
    forms = tuple(f"{each:01x}" * 64 for each in range(8))
    assert len(HarmHash.of(pdq=forms[0], forms=forms).forms) == 8
    for wrong in (forms[1:], forms[::-1]):
        with pytest.raises(ValueError, match="forms are none, or 8"):
            HarmHash.of(pdq=forms[0], forms=wrong)


def test_the_enabled_share_is_about_what_it_says() -> None:
    counted = sum(enabled_by_share(entry, 0.25) for entry in range(1, 20_001))
    assert 4800 < counted < 5200
    today = [entry for entry in range(1, 9) if enabled_by_share(entry, 0.5)]
    assert today == [3, 4, 5, 7]  # as in every later version


def test_the_nouns_are_frozen() -> None:
    for kind in (BankHash, HarmHash, BankEntry, Bank, Provenance):
        assert kind.__dataclass_params__.frozen  # type: ignore[attr-defined]  # of dataclasses


def test_states_are_as_they_are_written() -> None:
    assert [each.value for each in EntryState] == ["active", "disabled", "withdrawn", "quarantined"]
