"""Records of web archives, sound, damaged and hostile."""

from __future__ import annotations

import gzip
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator

from sources.made_archives import Kept, archive_of, packed_twice, packed_whole, records_of
from takeback.sources.warc_http import answer_of
from takeback.sources.warc_records import BadRecord, Record, WarcLimits, records

PAGES = tuple(
    Kept(uri=f"https://example.org/{number}", content=(f"<p>page {number}</p>" * (50 * number + 1)).encode())
    for number in range(5)
)
SMALL = WarcLimits(block=1 << 20, ratio=20, ratio_from=10_000)


def read(content: bytes, limits: WarcLimits | None = None) -> list[Record | BadRecord]:
    return list(records(io.BytesIO(content), limits=limits))


def uris(found: list[Record | BadRecord]) -> list[str]:
    return [each.uri for each in found if isinstance(each, Record)]


def bad(found: list[Record | BadRecord]) -> list[str]:
    return [each.reason for each in found if isinstance(each, BadRecord)]


FORMS = {
    "plain": lambda: archive_of(*PAGES),
    "packed": lambda: archive_of(*PAGES, packed=True),
    "packed as a whole": lambda: packed_whole(*PAGES),
    "packed twice": lambda: packed_twice(*PAGES),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_record_is_there_as_warcio_reads_it(form: str) -> None:
    content = FORMS[form]()
    plain = io.BytesIO(archive_of(*PAGES))
    expected = [
        (each.rec_headers.get_header("WARC-Target-URI"), each.content_stream().read())
        for each in ArchiveIterator(plain)
    ]
    found = read(content)
    answers = [answer_of(each) for each in found if isinstance(each, Record)]
    assert bad(found) == []
    assert list(zip(uris(found), [each.payload if each else b"" for each in answers], strict=True)) == expected
    assert all(isinstance(each, Record) and each.whole for each in found)


@pytest.mark.parametrize("form", FORMS)
def test_a_record_is_found_again_from_where_it_begins(form: str) -> None:
    content = FORMS[form]()
    for each in read(content):
        again = list(records(io.BytesIO(content[each.start :]), at=each.start))[each.number]
        assert again == each


@given(cut=st.integers(min_value=1, max_value=2_000), packed=st.booleans())
@settings(max_examples=60, deadline=None)
def test_a_cut_file_is_read_up_to_the_cut(cut: int, *, packed: bool) -> None:
    whole = records_of(*PAGES, packed=packed)
    content = b"".join(whole)
    cut = min(cut, len(content) - 1)
    found = read(content[:-cut])
    ends = [sum(map(len, whole[: number + 1])) for number in range(len(whole))]
    complete = sum(end <= len(content) - cut for end in ends)
    assert uris(found)[:complete] == [each.uri for each in PAGES[:complete]]
    assert len(uris(found)) in {complete, complete + 1}
    short = [each for each in found if isinstance(each, Record) and not each.whole]
    assert short or bad(found) or len(content) - cut in {end - behind for end in ends for behind in range(5)}


@given(at=st.integers(min_value=0, max_value=10_000), byte=st.integers(min_value=0, max_value=255))
@settings(max_examples=80, deadline=None)
def test_a_wrong_byte_costs_at_most_its_own_record_where_each_is_packed(at: int, byte: int) -> None:
    whole = records_of(*PAGES, packed=True)
    content = bytearray(b"".join(whole))
    content[at % len(content)] = byte
    hit = next(number for number in range(5) if at % len(content) < sum(map(len, whole[: number + 1])))
    found = uris(read(bytes(content)))
    assert [uri for uri in found if uri != PAGES[hit].uri] == [each.uri for each in PAGES if each is not PAGES[hit]]


@given(content=st.binary(max_size=400))
@settings(max_examples=150, deadline=None)
def test_anything_at_all_ends(content: bytes) -> None:
    read(content)
    read(b"WARC/1.0\r\n" + content)
    read(gzip.compress(b"WARC/1.0\r\nContent-Length: 5\r\n" + content)[: len(content)])


@pytest.mark.parametrize(("wrong", "said"), [(-40, "goes on behind"), (+40, "reaches into"), (10**9, "reaches into")])
def test_a_wrong_length_is_said_and_the_next_record_is_found(wrong: int, said: str) -> None:
    first, *rest = records_of(*PAGES)
    head, _, body = first.partition(b"Content-Length: ")
    number, _, tail = body.partition(b"\r\n")
    first = head + b"Content-Length: " + str(int(number) + wrong).encode() + b"\r\n" + tail
    found = read(first + b"".join(rest))
    assert uris(found) == [each.uri for each in PAGES[1:]]
    assert said in bad(found)[0]
    assert len(bad(found)) == 1


def test_a_length_that_is_no_number_is_said() -> None:
    content = b"WARC/1.0\r\nWARC-Type: response\r\nContent-Length: many\r\n\r\nx\r\n\r\n" + archive_of(PAGES[0])
    found = read(content)
    assert bad(found) == ["its length is not a number"]
    assert uris(found) == [PAGES[0].uri]


def test_a_bomb_is_refused_and_the_rest_goes_on() -> None:
    bomb = Kept(uri="https://example.org/bomb", content=bytes(400_000))
    content = archive_of(bomb, *PAGES[:2], packed=True)
    found = read(content, SMALL)
    assert uris(found) == [each.uri for each in PAGES[:2]]
    assert bad(found) == ["it unpacks to far more than a web page does"]


def test_a_large_answer_is_passed_over_in_little_memory() -> None:
    large = Kept(uri="https://example.org/film", content=bytes(range(256)) * 12_000)
    first, second = (each for each in read(archive_of(large, PAGES[0]), SMALL) if isinstance(each, Record))
    assert (len(first.block), first.whole) == (1 << 20, True)
    answer = answer_of(first)
    assert answer is not None
    assert "larger than" in answer.trouble
    assert second.uri == PAGES[0].uri


def test_what_is_packed_three_times_is_said() -> None:
    found = read(gzip.compress(packed_twice(*PAGES)))
    assert bad(found) == ["it is compressed more than twice"]


def test_headers_without_end_are_bounded() -> None:
    found = read(b"WARC/1.0\r\n" + b"a" * 1_000_000)
    assert uris(found) == []
    assert len(found) == 1


def test_nothing_at_all_is_no_record() -> None:
    assert read(b"") == []
    assert read(b"\r\n\r\n") == []
    assert bad(read(b"<html>no archive</html>\n")) == ["no record begins where one should"]
