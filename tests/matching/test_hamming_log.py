from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hamming_codes import made_up
from takeback.matching.hamming_log import Record, Tail, encoded, read


def added(sequence: int, *ids: int) -> Record:
    words = made_up(np.random.default_rng(sequence), len(ids), kind="random")
    return Record(sequence=sequence, ids=np.array(ids, np.int64), words=words)


def withdrawn(sequence: int, *ids: int) -> Record:
    return Record(sequence=sequence, ids=np.array(ids, np.int64), words=None)


def sequences(records: tuple[Record, ...]) -> list[int]:
    return [each.sequence for each in records]


RECORDS = (added(1, 5, -6, 2**62), withdrawn(2, 5), added(3, 5))
CONTENT = b"".join(map(encoded, RECORDS))


def test_records_come_back_as_they_were_written() -> None:
    reading = read(CONTENT, at=100)
    assert (reading.end, reading.spoilt) == (100 + len(CONTENT), ())
    for one, other in zip(reading.records, RECORDS, strict=True):
        assert (one.sequence, one.ids.tolist()) == (other.sequence, other.ids.tolist())
        assert (one.words is None) == (other.words is None)
        if one.words is not None and other.words is not None:
            assert (one.words == other.words).all()


@pytest.mark.parametrize("cut", range(len(CONTENT)))
def test_a_record_that_is_still_being_written_is_no_damage(cut: int) -> None:
    reading = read(CONTENT[:cut], at=0)
    assert reading.spoilt == ()
    ends = np.cumsum([len(encoded(each)) for each in RECORDS])
    assert sequences(reading.records) == [each.sequence for each, end in zip(RECORDS, ends, strict=True) if end <= cut]
    again = read(CONTENT[reading.end :], at=reading.end)
    assert sequences(reading.records + again.records) == [1, 2, 3]


@pytest.mark.parametrize("at", range(len(CONTENT)))
def test_a_changed_byte_is_seen_and_said_wherever_it_is(at: int) -> None:
    changed = bytearray(CONTENT)
    changed[at] ^= 0x10
    reading = read(bytes(changed), at=0)
    assert len(reading.spoilt) == 1
    assert len(reading.records) < 3
    (spoilt,) = reading.spoilt
    assert spoilt.at <= at < spoilt.at + spoilt.size
    assert spoilt.count is None or spoilt.count in {1, 3}


def test_what_lies_behind_spoilt_rows_is_still_read() -> None:
    changed = bytearray(CONTENT)
    changed[len(encoded(RECORDS[0])) - 1] ^= 1
    reading = read(bytes(changed), at=0)
    assert sequences(reading.records) == [2, 3]
    assert [each.count for each in reading.spoilt] == [3]


def test_an_id_that_was_withdrawn_is_dead_until_it_is_added_again() -> None:
    tail = Tail(0).after(RECORDS[:2])
    assert tail.ids[tail.rows_alive].tolist() == [-6, 2**62]
    tail = tail.after(RECORDS[2:])
    assert tail.ids[tail.rows_alive].tolist() == [-6, 2**62, 5]
    assert tail.alive(np.array([5, -6]), 0).tolist() == [False, True], "a segment is older than the whole tail"


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.lists(st.integers(0, 6), min_size=1, max_size=4)), max_size=12), st.data())
def test_a_tail_holds_what_a_plain_list_holds_however_it_is_read(
    acts: list[tuple[bool, list[int]]], data: st.DataObject
) -> None:
    records = [(added if adds else withdrawn)(number + 1, *ids) for number, (adds, ids) in enumerate(acts)]
    kept: list[int] = []
    for adds, ids in acts:
        kept = kept + ids if adds else [each for each in kept if each not in ids]
    tail, left = Tail(0), records
    while left:
        some = data.draw(st.integers(1, len(left)))
        tail, left = tail.after(left[:some]), left[some:]
    assert tail.ids[tail.rows_alive].tolist() == kept
    assert tail.sequence == len(records)
