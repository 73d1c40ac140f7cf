from __future__ import annotations

import gzip
import io
import zlib

import pytest

from sources.made_archives import Kept, archive_of
from takeback.sources.warc_http import MOST_PAYLOAD, Answer, answer_of, page_text
from takeback.sources.warc_records import Record, records

PAGE = "<p>Привет</p>".encode()


def answered(kept: Kept) -> Answer | None:
    (record,) = records(io.BytesIO(archive_of(kept)))
    assert isinstance(record, Record)
    return answer_of(record)


def in_chunks(content: bytes) -> bytes:
    return b"%x\r\n%b\r\n5;x=y\r\nfive!\r\n0\r\n\r\n" % (len(content), content)


@pytest.mark.parametrize(
    ("content", "headers"),
    [
        (PAGE, ()),
        (gzip.compress(PAGE), (("Content-Encoding", "gzip"),)),
        (zlib.compress(PAGE), (("Content-Encoding", "deflate"),)),
        (zlib.compress(PAGE, wbits=-15), (("Content-Encoding", "deflate"),)),
        (PAGE, (("Content-Encoding", "gzip"),)),
        (PAGE, (("Content-Encoding", "br"),)),
        (PAGE, (("Transfer-Encoding", "chunked"),)),
    ],
    ids=["as it is", "gzip", "deflate", "bare deflate", "gzip undone", "brotli undone", "chunks undone"],
)
def test_a_page_comes_out_of_its_packing(content: bytes, headers: tuple[tuple[str, str], ...]) -> None:
    answer = answered(Kept(uri="https://example.org/", content=content, headers=headers))
    assert answer is not None
    assert (answer.status, answer.mime, answer.payload, answer.trouble) == (200, "text/html", PAGE, "")


def test_chunks_are_put_together() -> None:
    chunked = (("Transfer-Encoding", "chunked"),)
    answer = answered(Kept(uri="https://example.org/", content=in_chunks(PAGE), headers=chunked))
    assert answer is not None
    assert answer.payload == PAGE + b"five!"


@pytest.mark.parametrize(
    ("content", "packing", "said"),
    [
        (b"\x8b\x02\x80", "br", "packed as 'br'"),
        (b"\x1f\x8b broken", "gzip", "damaged"),
        (gzip.compress(bytes(MOST_PAYLOAD + 1)), "gzip", "unpacks to more"),
    ],
)
def test_what_cannot_be_unpacked_says_why(content: bytes, packing: str, said: str) -> None:
    answer = answered(Kept(uri="https://example.org/", content=content, headers=(("Content-Encoding", packing),)))
    assert answer is not None
    assert said in answer.trouble
    assert answer.payload == b""


def test_a_record_of_something_else_is_no_answer() -> None:
    assert answered(Kept(uri="urn:x", content=b"x", kind="metadata", mime="text/plain")) is None
    resource = answered(Kept(uri="file:///a.jpg", content=b"x", kind="resource", mime="image/jpeg"))
    assert resource is not None
    assert (resource.mime, resource.payload) == ("image/jpeg", b"x")


@pytest.mark.parametrize(
    ("charset", "head", "encoded"),
    [
        ("utf-8", "", "utf-8"),
        ("windows-1251", "", "windows-1251"),
        (None, '<meta charset="windows-1251">', "windows-1251"),
        (None, "", "utf-8"),
        ("no-such-charset", "", "utf-8"),
    ],
)
def test_a_page_is_read_in_its_charset(charset: str | None, head: str, encoded: str) -> None:
    page = f"{head}<p>Привет</p>"
    answer = Answer(status=200, mime="text/html", charset=charset, payload=page.encode(encoded))
    assert page_text(answer) == page
