from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence.kept_ledger import KEY, START, Kept, a_ledger
from takeback.crypto.signing import SigningKey
from takeback.errors import VerificationFailed
from takeback.evidence.ledger import (
    GENESIS,
    Ledger,
    check_opening,
    entry_hash,
    entry_line,
    parse_line,
    verify_entries,
)
from takeback.model.evidence import LedgerEntry


def test_a_whole_chain_holds_and_says_its_head() -> None:
    kept = a_ledger()
    verified = verify_entries(kept.entries, KEY.public)
    assert (verified.count, verified.head) == (6, kept.entries[-1].hash)


def test_an_empty_ledger_holds() -> None:
    assert verify_entries((), KEY.public).head == GENESIS


def test_private_values_enter_only_as_commitments_that_open() -> None:
    kept = a_ledger(2)
    assert b"photos" not in b"".join(map(entry_line, kept.entries))
    assert all(check_opening(entry, opening) for entry, opening in zip(kept.entries, kept.openings, strict=True))
    assert not check_opening(kept.entries[0], replace(kept.openings[0], content="photos/7.jpg"))
    assert not check_opening(kept.entries[0], replace(kept.openings[0], salt="no salt"))
    assert not check_opening(kept.entries[0], kept.openings[1])


def test_two_commitments_to_one_content_differ() -> None:
    kept = Kept()
    ledger = Ledger(kept, KEY, "operator", lambda: START)
    first, second = (ledger.append("a", private={"name": "same"}) for _ in range(2))
    assert dict(first.fields)["name"] != dict(second.fields)["name"]


def test_time_never_goes_backwards() -> None:
    kept, times = Kept(), iter([START, START - timedelta(days=1), START + timedelta(seconds=1)])
    ledger = Ledger(kept, KEY, "operator", lambda: next(times))
    for _ in range(3):
        ledger.append("a")
    written = [entry.time for entry in kept.entries]
    assert written == sorted(written)
    assert written[1] == written[0]


def test_a_clock_without_a_zone_is_refused() -> None:
    ledger = Ledger(Kept(), KEY, "operator", lambda: datetime(2026, 3, 1))  # noqa: DTZ001  # the point of the test
    with pytest.raises(ValueError, match="without a zone"):
        ledger.append("a")


@pytest.mark.parametrize(
    ("public", "private"),
    [
        ({"Name With Space": 1}, {}),
        ({"a": True}, {}),
        ({"a": 2**53}, {}),
        ({"a": "commitment:00"}, {}),
        ({"a": 1}, {"a": "b"}),
    ],
)
def test_what_cannot_be_written_exactly_is_refused(public: dict[str, str | int], private: dict[str, str]) -> None:
    kept = Kept()
    with pytest.raises(ValueError, match="ledger"):
        Ledger(kept, KEY, "operator", lambda: START).append("a", public=public, private=private)
    assert not kept.entries


Tamper = Callable[[list[LedgerEntry]], list[LedgerEntry]]


def swapped(entries: list[LedgerEntry]) -> list[LedgerEntry]:
    return [*entries[:2], entries[3], entries[2], *entries[4:]]


def removed(entries: list[LedgerEntry]) -> list[LedgerEntry]:
    return [*entries[:2], *entries[3:]]


def inserted(entries: list[LedgerEntry]) -> list[LedgerEntry]:
    return [*entries[:2], entries[1], *entries[2:]]


def changed(entries: list[LedgerEntry]) -> list[LedgerEntry]:
    return [*entries[:2], replace(entries[2], actor="somebody else"), *entries[3:]]


def rehashed(entries: list[LedgerEntry]) -> list[LedgerEntry]:
    forged = replace(entries[2], actor="somebody else")
    return [*entries[:2], replace(forged, hash=entry_hash(forged)), *entries[3:]]


def first_removed(entries: list[LedgerEntry]) -> list[LedgerEntry]:
    return entries[1:]


def upper_case_signature(entries: list[LedgerEntry]) -> list[LedgerEntry]:
    return [replace(entries[0], signature=entries[0].signature.upper()), *entries[1:]]


@pytest.mark.parametrize(
    ("tamper", "named"),
    [
        (swapped, "entry 4: entry 3 is expected"),
        (removed, "entry 4: entry 3 is expected"),
        (inserted, "entry 2: entry 3 is expected"),
        (changed, "entry 3: its content"),
        (rehashed, "entry 3: its signature"),
        (first_removed, "entry 2: entry 1 is expected"),
        (upper_case_signature, "entry 1: its signature"),
    ],
)
def test_tampering_is_found_and_named(tamper: Tamper, named: str) -> None:
    with pytest.raises(VerificationFailed, match=named):
        verify_entries(tamper(a_ledger().entries), KEY.public)


def test_an_entry_of_another_case_is_found_even_in_its_place() -> None:
    other = Kept()
    foreign = Ledger(other, SigningKey.new(), "operator", lambda: START)
    foreign.append("file.intake")
    with pytest.raises(VerificationFailed, match="not of the ledger's key"):
        verify_entries(other.entries, KEY.public)


def test_a_cut_tail_holds_unless_the_head_is_known() -> None:
    entries = a_ledger().entries
    head = (entries[-1].seq, entries[-1].hash)
    assert verify_entries(entries[:-2], KEY.public).count == 4
    with pytest.raises(VerificationFailed, match="tail was cut"):
        verify_entries(entries[:-2], KEY.public, expect_head=head)
    assert verify_entries(entries, KEY.public, expect_head=(2, entries[1].hash)).count == 6


def test_lines_come_back_as_they_were() -> None:
    entries = a_ledger().entries
    assert [parse_line(entry_line(entry)) for entry in entries] == entries
    assert all(later.previous == earlier.hash for earlier, later in pairwise(entries))


ONE = a_ledger(1).entries[0]
LINE = entry_line(ONE)


@given(st.integers(0, len(LINE) - 1), st.integers(1, 255))
def test_any_changed_byte_of_a_line_is_found(place: int, flip: int) -> None:
    flipped = bytearray(LINE)
    flipped[place] ^= flip
    with pytest.raises(VerificationFailed):
        verify_entries([parse_line(bytes(flipped))], KEY.public)
