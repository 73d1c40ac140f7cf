"""The index of the extension: the matches of theirs, and files that hold nothing that runs."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from takeback.errors import HashIndexError

pytest.importorskip("threatexchange.signal_type", reason="a peer; `pip install threatexchange` brings it")

from threatexchange.signal_type.pdq.pdq_index import PDQIndex as TheirIndex

from takeback.threatexchange.index import MAGIC, PdqIndex


def digits_of(number: int) -> str:
    return f"{number:064x}"


def some_hashes(count: int, *, seed: int) -> list[str]:
    generator = np.random.default_rng(seed)
    return [generator.bytes(32).hex() for _ in range(count)]


def near(digits: str, bits: int, *, seed: int) -> str:
    number = int(digits, 16)
    for place in np.random.default_rng(seed).permutation(256)[:bits]:
        number ^= 1 << int(place)
    return digits_of(number)


def found(index: PdqIndex[int] | TheirIndex, query: str) -> list[tuple[int, int]]:
    return sorted((each.similarity_info.distance, each.metadata) for each in index.query(query))


def test_matches_are_those_of_their_index_on_random_and_planted_hashes(shared_data: Path) -> None:
    hashes = some_hashes(2000, seed=1)
    hashes += (shared_data / "pdq" / "pytx_random_hashes.txt").read_text().split()
    hashes += hashes[:50]  # the same hash again is one more entry
    entries = [(digits, number) for number, digits in enumerate(hashes)]
    ours, theirs = PdqIndex.build(entries), TheirIndex.build(entries)
    matched = 0
    for number in range(0, 2000, 20):
        for bits in (0, 1, 16, 30, 31, 32, 40):
            query = near(hashes[number], bits, seed=number)
            assert found(ours, query) == found(theirs, query)
            matched += bool(found(ours, query))
    assert matched == 500  # of the 100 planted at 7 distances, those up to 31
    assert len(ours) == len(theirs) == len(hashes)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 2**256 - 1) | st.integers(0, 255), max_size=30), st.integers(0, 2**256 - 1))
def test_matches_are_those_of_a_plain_reading(numbers: list[int], query: int) -> None:
    index: PdqIndex[int] = PdqIndex((digits_of(number), place) for place, number in enumerate(numbers))
    for asked in (query, *numbers[:3]):
        plain = [((each ^ asked).bit_count(), place) for place, each in enumerate(numbers)]
        assert found(index, digits_of(asked)) == sorted(each for each in plain if each[0] <= 31)


def test_what_is_added_later_is_found_at_once() -> None:
    index: PdqIndex[str] = PdqIndex()
    assert index.query("0" * 64) == []
    index.add("0" * 64, "first")
    assert [each.metadata for each in index.query("0" * 64)] == ["first"]
    index.add_all([("0" * 63 + "1", "second")])
    assert [each.metadata for each in index.query("0" * 64)] == ["first", "second"]


def test_a_hash_that_is_none_costs_no_other(caplog: pytest.LogCaptureFixture) -> None:
    signed = "-" + "f" * 63
    index = PdqIndex([("0" * 32, 1), (signed, 5), ("f" * 64, 2), ("x" * 64, 3), ("", 4)])
    assert [digits for digits, _ in index.set_aside] == ["0" * 32, signed, "x" * 64, ""]
    assert all(reason for _, reason in index.set_aside)
    assert "set aside" in caplog.text
    assert found(index, "f" * 64) == [(0, 2)]


@pytest.mark.parametrize("query", ["", "0" * 32, "x" * 64, "0x" + "f" * 62, "-" + "f" * 63])
def test_a_query_that_is_no_hash_is_no_empty_answer(query: str) -> None:
    with pytest.raises(ValueError, match=r"hexadecimal digits|invalid literal"):
        PdqIndex([("0" * 64, 1)]).query(query)


def written(index: PdqIndex[object]) -> bytes:
    out = io.BytesIO()
    index.serialize(out)
    return out.getvalue()


def read(content: bytes) -> PdqIndex[object]:
    return PdqIndex.deserialize(io.BytesIO(content))


def test_an_index_comes_back_as_it_was() -> None:
    entries: list[tuple[str, object]] = [
        (digits, [("name", number)]) for number, digits in enumerate(some_hashes(50, seed=2))
    ]
    index = PdqIndex(entries)
    again = read(written(index))
    assert len(again) == 50
    for digits, beside in entries:
        assert [each.metadata for each in again.query(digits)] == [beside]
    again.add("0" * 64, "more")
    assert [each.metadata for each in read(written(again)).query("0" * 64)] == ["more"]
    assert written(again) == written(read(written(again)))
    assert len(read(written(PdqIndex()))) == 0


def test_an_index_of_one_hash_finds_it_after_it_was_written_and_read() -> None:
    again = read(written(PdqIndex([("5" * 64, 7)])))
    assert [each.metadata for each in again.query("5" * 63 + "4")] == [7]


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_changed_or_cut_file_is_refused(data: st.DataObject) -> None:
    content = bytearray(written(PdqIndex([("0" * 64, 1), ("f" * 64, ("a", None))])))
    at = data.draw(st.integers(0, len(content) - 1))
    if data.draw(st.booleans()):
        content[at] ^= data.draw(st.integers(1, 255))
    else:
        del content[at:]
    with pytest.raises(HashIndexError):
        read(bytes(content))


def sealed(body: bytes) -> bytes:
    return MAGIC + body + hashlib.sha256(MAGIC + body).digest()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        (9).to_bytes(8, "little") + b"\x90",
        (2**60).to_bytes(8, "little") + b"\x90",
        (0).to_bytes(8, "little") + b"\x91\x01",
        (0).to_bytes(8, "little") + b"\xc1",
        (0).to_bytes(8, "little") + b"\x80",
        (1).to_bytes(8, "little") + bytes(32) + b"\x91" * 100_000,
        (1).to_bytes(8, "little") + bytes(32) + b"\x91\x81\xa3set\x91\x91\x01",
    ],
)
def test_a_file_made_to_confuse_is_refused_too(body: bytes) -> None:
    with pytest.raises(HashIndexError):
        read(sealed(body))


@settings(deadline=None)
@given(st.binary(max_size=60))
def test_any_other_bytes_are_no_index(content: bytes) -> None:
    with pytest.raises(HashIndexError):
        read(content)
