from __future__ import annotations

import io
from datetime import UTC, datetime

import pytest
from warcio.archiveiterator import ArchiveIterator

from takeback.simulate.warc import warc_record, warc_resource

TIME = datetime(2020, 7, 31, 12, tzinfo=UTC)


@pytest.mark.parametrize("packed", [True, False])
def test_what_is_written_is_what_another_reader_reads(*, packed: bool) -> None:
    content = warc_record("https://example.org/", b"<p>x</p>", time=TIME, packed=packed)
    content += warc_resource("https://example.org/a.jpg", b"bytes", time=TIME, mime="image/jpeg", packed=packed)
    found = [
        (
            each.rec_type,
            each.rec_headers.get_header("WARC-Target-URI"),
            each.rec_headers.get_header("WARC-Date"),
            each.content_stream().read(),
            each.digest_checker.passed,
        )
        for each in ArchiveIterator(io.BytesIO(content), check_digests="raise")
    ]
    assert found == [
        ("response", "https://example.org/", "2020-07-31T12:00:00Z", b"<p>x</p>", True),
        ("resource", "https://example.org/a.jpg", "2020-07-31T12:00:00Z", b"bytes", True),
    ]


def test_the_same_page_gives_the_same_bytes() -> None:
    one, other = (warc_record("https://example.org/", b"x", time=TIME) for _ in range(2))
    assert one == other
