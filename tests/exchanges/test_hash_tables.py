from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchanges.hash_lists import MD5, OTHER_PDQ, PDQ, SHA256, read, record, written
from takeback.errors import UnusableInput
from takeback.exchanges.hash_formats import HashFormat
from takeback.exchanges.hash_records import RECORD_BYTES, HarmRecord, SaidOf, SetAsideReason, plain
from takeback.model.bank import HarmHash, Opinion

CSV, NDJSON = HashFormat.CSV, HashFormat.NDJSON


def test_a_table_may_have_any_of_the_columns_in_any_order_and_others_become_metadata() -> None:
    [first, second], aside = read(CSV, f"tag,MD5,pdq\nblue,{MD5},{PDQ.upper()}\n,,{OTHER_PDQ}\n")
    assert aside == []
    assert first.hash == HarmHash.of(pdq=PDQ, md5=MD5)
    assert (first.number, first.metadata) == (2, (("tag", "blue"),))
    assert (second.number, second.hash, second.metadata) == (3, HarmHash.of(pdq=OTHER_PDQ), ())


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (f"{PDQ[:-1]},,", SetAsideReason.WRONG_LENGTH),
        ("0" * 32 + ",,", SetAsideReason.WRONG_LENGTH),  # 32 digits once broke a whole index elsewhere
        (f"{'g' * 64},,", SetAsideReason.WRONG_ALPHABET),
        (f"{PDQ},101,", SetAsideReason.WRONG_QUALITY),
        (f"{PDQ},good,", SetAsideReason.UNREADABLE),
        (",,", SetAsideReason.NO_HASH),
        (f"{PDQ},90", SetAsideReason.UNREADABLE),
        (f'{PDQ},90,"', SetAsideReason.UNREADABLE),
        ("x" * (RECORD_BYTES + 2), SetAsideReason.TOO_LARGE),
    ],
)
def test_a_bad_row_is_set_aside_with_its_line_and_its_reason_and_the_rest_goes_on(
    row: str, reason: SetAsideReason
) -> None:
    found, [aside] = read(CSV, f"pdq,quality,note\n{row}\n{OTHER_PDQ},,\n")
    assert (aside.number, aside.reason) == (2, reason)
    assert aside.message
    assert [each.hash for each in found] == [HarmHash.of(pdq=OTHER_PDQ)]


def test_a_table_without_hashes_cannot_be_used() -> None:
    with pytest.raises(UnusableInput, match="no column of hashes"):
        read(CSV, "name,value\na,b\n")


def test_a_line_of_ndjson_says_everything_that_a_record_can_say() -> None:
    whole = HarmRecord(
        number=1,
        hash=HarmHash.of(pdq=PDQ, quality=77, sha256=SHA256, md5=MD5),
        record="r1",
        note="two\nlines",
        metadata=(("tag", "blue"),),
        opinions=(SaidOf(opinion=Opinion.DISPUTE, by="a member", reason="a template"),),
    )
    gone = HarmRecord(number=2, hash=None, record="r2", withdrawn=True)
    assert read(NDJSON, written(NDJSON, [whole, gone])) == ([whole, gone], [])


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", SetAsideReason.UNREADABLE),
        ("[]", SetAsideReason.UNREADABLE),
        ('{"pdq": 7}', SetAsideReason.UNREADABLE),
        ('{"quality": 200, "md5": "' + MD5 + '"}', SetAsideReason.UNREADABLE),
        ("{}", SetAsideReason.NO_HASH),
        ('{"sha256": "12"}', SetAsideReason.WRONG_LENGTH),
        ('{"pdq": "\\u0660' + "0" * 63 + '"}', SetAsideReason.WRONG_ALPHABET),
    ],
)
def test_a_bad_line_of_ndjson_is_set_aside(line: str, reason: SetAsideReason) -> None:
    found, [aside] = read(NDJSON, f'{{"md5": "{MD5}"}}\n\n{line}\n')
    assert (aside.number, aside.reason, len(found)) == (3, reason, 1)


def test_a_table_is_read_as_it_was_written_but_for_metadata() -> None:
    note = replace(record(pdq=PDQ, quality=12), note='a "note", with all, of it')
    gone = replace(record(2, md5=MD5), withdrawn=True)
    found, _ = read(CSV, written(CSV, [note, gone]))
    assert [replace(each, number=0) for each in found] == [replace(each, number=0) for each in (note, gone)]


@settings(max_examples=50, deadline=None)
@given(st.text(st.sampled_from('ab\r\n\t,"\x00\x0b\x1b\x85\u2028\ud800\ufffe'), max_size=8))
def test_whatever_a_record_is_called_its_row_stays_one_row(called: str) -> None:
    awkward = replace(record(pdq=PDQ), record=called, note=called)
    [first, second], aside = read(CSV, written(CSV, [awkward, record(md5=MD5)]))
    assert (first.hash, second.hash, aside) == (awkward.hash, HarmHash.of(md5=MD5), [])
    assert (first.record or "", first.note) == (plain(called), plain(called))
    assert not set(plain(called)) & set("\r\n\t\x00\x1b\ud800")


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=300))
def test_no_bytes_at_all_break_the_reading_of_lines(junk: bytes) -> None:
    head = f"pdq,quality,sha256,md5\n{PDQ},,,\n".encode()
    found, _ = read(CSV, head + junk)
    assert found[0].hash == HarmHash.of(pdq=PDQ)
    read(NDJSON, junk)
    read(HashFormat.SIGNALS, junk)
