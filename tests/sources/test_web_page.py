from __future__ import annotations

from datetime import UTC, datetime, tzinfo

import pytest
from selectolax.lexbor import LexborHTMLParser

from takeback.sources.web_page import (
    Count,
    audience_of,
    background_of,
    count_of,
    host_of,
    time_of,
    tree_of,
    whole,
    words_of,
)


@pytest.mark.parametrize(
    ("written", "count"),
    [
        ("7", Count(value=7, step=1)),
        ("45 615", Count(value=45_615, step=1)),
        ("45,615 subscribers", Count(value=45_615, step=1)),
        ("1.234.567", Count(value=1_234_567, step=1)),
        ("12.3K", Count(value=12_300, step=100)),
        ("12,3К", Count(value=12_300, step=100)),  # noqa: RUF001  # a Cyrillic letter, as VK writes
        ("45K", Count(value=45_000, step=1_000)),
        ("1.02M", Count(value=1_020_000, step=10_000)),
        ("63%", Count(value=63, step=1)),
        ("none", None),
        ("1" * 40, None),
        ("1.2.3K", None),
    ],
)
def test_counts_are_read_with_what_they_are_rounded_to(written: str, count: Count | None) -> None:
    assert count_of(written) == count


@pytest.mark.parametrize(
    ("address", "uri", "found"),
    [
        ("/b", "https://example.org/a", "https://example.org/b"),
        ("//cdn.example.org/x.jpg", "https://example.org/", "https://cdn.example.org/x.jpg"),
        ("javascript:alert(1)", "https://example.org/", None),
        ("data:image/png;base64,AA", "https://example.org/", None),
        ("https://[", "https://example.org/", None),
        (None, "https://example.org/", None),
    ],
)
def test_addresses_are_whole_or_none(address: str | None, uri: str, found: str | None) -> None:
    assert whole(address, uri) == found


def test_a_host_is_told_in_lower_case_and_without_www() -> None:
    assert host_of("https://WWW.Example.org:8080/x") == "example.org"
    assert host_of("https://[") == ""
    assert host_of("urn:uuid:1") == ""


def test_scripts_are_words_that_nobody_runs_and_backgrounds_are_addresses() -> None:
    tree = tree_of("<p style=\"background:url( 'a.jpg' )\">one<br>two<script>boom()</script></p>")
    assert tree is not None
    node = tree.css_first("p")
    assert node is not None
    assert background_of(node, "https://example.org/x/") == "https://example.org/x/a.jpg"
    assert words_of(node).startswith("one\ntwo")


def test_many_tags_beside_each_other_are_a_page_and_many_in_each_other_are_none() -> None:
    assert tree_of("<br><p>x" * 50_000) is not None
    assert tree_of("<b>x" * 50_000) is None


@pytest.mark.parametrize(
    ("written", "zone", "time"),
    [
        ("2020-07-30T10:00:00+03:00", None, datetime(2020, 7, 30, 7, tzinfo=UTC)),
        ("2020-07-30T10:00:00", None, None),
        ("2020-07-30T10:00:00", UTC, datetime(2020, 7, 30, 10, tzinfo=UTC)),
        ("1970-01-01T00:00:00+00:00", UTC, None),
        ("9999-12-31T23:00:00-05:00", UTC, None),
        ("yesterday", UTC, None),
        ("", UTC, None),
    ],
)
def test_a_time_is_one_that_a_post_can_have_in_a_zone_that_is_known(
    written: str, zone: tzinfo | None, time: datetime | None
) -> None:
    node = LexborHTMLParser(f'<time datetime="{written}">').css_first("time")
    assert time_of(node, zone=zone) == time
    assert time_of(None, zone=zone) is None


def test_a_rounded_count_says_what_it_is_rounded_to() -> None:
    time = datetime(2020, 7, 30, tzinfo=UTC)
    counts = (Count(value=12_300, step=100), Count(value=7, step=1))
    assert [audience_of("c", each, time, counted="a page").source for each in counts] == [
        "a page, rounded to 100",
        "a page",
    ]
