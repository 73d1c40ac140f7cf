"""The letter as people and machines get it."""

from __future__ import annotations

import io
import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from notices import made_up
from takeback.crypto.canonical import canonical
from takeback.errors import Refused
from takeback.model.notice import Confidence, Notice
from takeback.notices.letter_pdf import letter_json, letter_pdf, read_letter
from takeback.notices.letters import prepare

LETTERS = ("us-tida-48h", "eu-dsa-16", "uk-osa-20a")
BANNED = ("proof", "proven", "prove", "certain")
HOSTILE = (
    '#read("/etc/passwd")',
    "$ x^2 $ *bold* _em_ `raw` = heading",
    "\\ #panic() ] ) } \" ' // /* ",
    '@label <label> #import "@preview/x:1.0.0"',
    "\u202egnp.exe\u202c \u200b\u2066",
    "\x00\x07\x1b[31m\x7f",
    "\ud800",
    "שלום مرحبا 你好 😀",
    "w" * 400,
    "line\nbreak\r\nand\ttab",
)


def words(content: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages).split())


def with_contact(text: str) -> Notice:
    said = made_up.answers() | {"submitter_contact": made_up.answer("submitter_contact", "x" + text)}
    return prepare(
        made_up.regime("us-tida-48h"),
        made_up.RECIPIENT,
        (made_up.FINDING,),
        statements=(replace(made_up.STATEMENT, shows="x" + text),),
        items=(replace(made_up.ITEM, platform_id=text),),
        answers=said,
        made=made_up.MADE,
    )


@pytest.mark.parametrize("name", LETTERS)
def test_a_letter_says_who_what_where_and_when(name: str) -> None:
    notice = made_up.notice(name)
    text = words(letter_pdf(notice))
    squeezed = text.replace(" ", "")
    for said in (
        notice.id,
        notice.regime.words("subject"),
        notice.regime.deadline_text,
        made_up.ITEM.locator,
        made_up.ITEM.media_sha256,
        made_up.ITEM.platform_id,
        "2026-11-20 14:03 UTC",
        "Proposition 1: the published picture",
        "Proposition 2: the published picture",
        "4,800 pairs",
        "n = 12,000",
        "came first: not tested",
        made_up.STATEMENT.shows,
    ):
        assert said.replace(" ", "") in squeezed, said


@pytest.mark.parametrize("name", LETTERS)
def test_a_letter_never_says_more_than_its_figures(name: str) -> None:
    notice = made_up.notice(name)
    for text in (words(letter_pdf(notice)).lower(), letter_json(notice).decode().lower()):
        assert not [banned for banned in BANNED if banned in text]


@pytest.mark.parametrize("name", LETTERS)
def test_a_letter_names_neither_the_persons_pseudonym_nor_who_confirmed(name: str) -> None:
    notice = replace(made_up.notice(name), findings=(replace(made_up.FINDING, confirmed_by="somebody else"),))
    for text in (words(letter_pdf(notice)), letter_json(notice).decode()):
        assert "person-a" not in text
        assert "somebody else" not in text


def test_the_same_notice_gives_the_same_bytes() -> None:
    assert letter_pdf(made_up.notice()) == letter_pdf(made_up.notice())
    assert letter_json(made_up.notice()) == letter_json(made_up.notice())


def test_a_letter_is_an_archival_and_accessible_pdf() -> None:
    reader = PdfReader(io.BytesIO(letter_pdf(made_up.notice())))
    metadata = reader.root_object["/Metadata"].get_object().get_data().decode()  # type: ignore[attr-defined]  # a stream
    assert "<pdfaid:part>2</pdfaid:part>" in metadata
    assert "<pdfaid:conformance>A</pdfaid:conformance>" in metadata
    assert "<pdfuaid:part>1</pdfuaid:part>" in metadata
    assert reader.root_object["/Lang"] == "en"


@pytest.mark.parametrize("text", HOSTILE)
def test_a_value_is_never_read_as_markup(text: str) -> None:
    notice = with_contact(text)
    page = words(letter_pdf(notice))
    assert "root:" not in page
    shown = "".join(each for each in text if each.isascii() and each.isprintable() and each != " ")
    assert shown in page.replace(" ", "").replace("\u200b", "")
    assert json.loads(letter_json(notice))["id"] == notice.id


def test_what_the_fonts_lack_or_nobody_can_see_is_written_out() -> None:
    page = words(letter_pdf(with_contact("a\u202eb\u4f60\U0001f600\x07"))).replace(" ", "")
    for written in ("[U+202E]", "[U+4F60]", "[U+1F600]", "[U+0007]"):
        assert written in page


def test_russian_and_greek_are_shown_as_they_are() -> None:
    assert "Москва Αθήνα" in words(letter_pdf(with_contact(" Москва Αθήνα")))


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=60))
def test_no_text_stops_a_letter(text: str) -> None:
    notice = with_contact(text)
    assert letter_pdf(notice).startswith(b"%PDF")
    assert json.loads(letter_json(notice))["schema"] == "takeback.letter/1"


def test_a_law_that_is_not_checked_makes_the_letter_say_so() -> None:
    notice = made_up.notice()
    unsure = replace(notice, regime=replace(notice.regime, confidence=Confidence.LOW))
    assert "Unverified" in words(letter_pdf(unsure))
    assert "Unverified" not in words(letter_pdf(notice))


def test_many_items_run_over_pages() -> None:
    notice = made_up.notice()
    items = tuple(replace(made_up.ITEM, locator=f"https://t.me/made_up_channel/{each}") for each in range(1, 41))
    reader = PdfReader(io.BytesIO(letter_pdf(replace(notice, items=items))))
    assert len(reader.pages) > 2
    assert f"Page 3 of {len(reader.pages)}" in words(letter_pdf(replace(notice, items=items)))


def test_the_json_is_canonical_and_complete() -> None:
    content = letter_json(made_up.notice())
    read = json.loads(content)
    assert canonical(read) == content
    assert {each["element"] for each in read["elements"]} == {name for name, _ in made_up.notice().elements}
    assert read["comparisons"][0]["error_rate"]["n"] == 12_000
    confirmed = next(each for each in read["elements"] if each["element"] == "nonconsent_statement")
    assert (confirmed["by"], confirmed["time"]) == ("caseworker 2", made_up.TIME)


def test_a_kept_letter_says_what_it_is() -> None:
    notice = made_up.notice("uk-osa-20a")
    kept = read_letter(letter_json(notice))
    assert (kept.id, kept.regime, kept.recipient, kept.findings) == (
        notice.id,
        "uk-osa-20a",
        "Telegram",
        ("finding-1",),
    )
    assert kept.effective_from == notice.regime.effective_from


@pytest.mark.parametrize("content", [b"", b"{}", b'{"schema":"takeback.letter/2"}', b"\xff"])
def test_what_is_no_letter_is_refused(content: bytes) -> None:
    with pytest.raises(Refused, match="not a letter"):
        read_letter(content)
