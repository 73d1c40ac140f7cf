from __future__ import annotations

import pytest

from takeback.simulate.texts import load_texts, spans


@pytest.mark.parametrize(
    ("written", "types", "links"),
    [
        ("", [], []),
        ("plain words", ["plain"], []),
        ("see https://example.org/a now", ["plain", "link", "plain"], ["https://example.org/a"]),
        ("[here](https://example.org/b)", ["text_link"], ["https://example.org/b"]),
        ("ask @some_bot #tag **loud**", ["plain", "mention", "plain", "hashtag", "plain", "bold"], []),
    ],
)
def test_markup_becomes_the_runs_of_an_export(written: str, types: list[str], links: list[str]) -> None:
    found = spans(written)
    assert [span.type for span in found] == types
    assert [span.link for span in found if span.link] == links


def test_what_a_reader_sees_has_no_markup() -> None:
    assert "".join(span.text for span in spans("**Big** [list](https://example.org) end")) == "Big list end"


def test_every_host_is_reserved_or_a_made_up_page_of_telegram() -> None:
    texts = load_texts()
    written = [*texts.gallery_titles, *texts.gallery_news, *texts.offers, *texts.talk]
    links = [span.link for text in written for span in spans(text) if span.link]
    reserved = (".example.org/", ".example.com/", ".example.net/")
    assert links
    assert all(any(host in link for host in reserved) or link.startswith("https://t.me/") for link in links)
    assert all("takeback" in link for link in links if link.startswith("https://t.me/"))


def test_a_poll_with_several_answers_a_voter_has_more_answers_than_voters() -> None:
    polls = load_texts().polls
    assert [sum(poll.voters) > poll.total for poll in polls].count(True) == 1
    assert all(poll.total >= max(poll.voters) for poll in polls)
