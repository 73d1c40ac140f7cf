from __future__ import annotations

import io
from dataclasses import replace

import pytest
from pypdf import PdfReader

from report.made_up import CHANNELS, RAW_NAMES, case_report
from report.made_up_network import hostile_network, side
from takeback.report.comparison import compare
from takeback.report.pdf import render_comparison_pdf, render_network_pdf, render_pdf, render_public_pdf
from takeback.report.public import public
from takeback.report.words import check_words

CASE = render_pdf(case_report())


@pytest.fixture(scope="module")
def text() -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(CASE)).pages)


def test_it_is_a_pdf_for_keeping_and_for_screen_readers() -> None:
    assert CASE.startswith(b"%PDF-1.7")
    root = PdfReader(io.BytesIO(CASE)).trailer["/Root"]
    metadata = root["/Metadata"].get_data().decode()
    assert "<pdfaid:part>2</pdfaid:part>" in metadata
    assert "<pdfaid:conformance>A</pdfaid:conformance>" in metadata
    assert "<pdfuaid:part>1</pdfuaid:part>" in metadata
    assert root["/Lang"] == "en"
    assert root["/MarkInfo"]["/Marked"]


def test_the_same_case_makes_the_same_bytes() -> None:
    assert render_pdf(case_report()) == CASE


def test_it_carries_the_time_of_the_case_and_not_of_today() -> None:
    made = PdfReader(io.BytesIO(CASE)).metadata
    assert made is not None
    assert made.creation_date_raw == "D:20260602094107Z"


def test_it_says_what_the_page_says(text: str) -> None:
    for title in ("What was found", "How sure that is", "Where", "What is missing", "How to verify this"):
        assert title in text
    assert "0 of 652 photographs" in text


def test_it_names_nobody_and_claims_no_more_than_the_figures(text: str) -> None:
    assert [raw for raw in (*RAW_NAMES, *CHANNELS) if raw in text] == []
    assert check_words(text) == ()


def test_hostile_text_is_data_and_never_markup() -> None:
    title = '#panic("x") *bold* @ref $x$ <tag> \\ " \u202e\u0000 \U0001f4a5 \u05d0 [a](b) https://example.org'
    shown = "\n".join(
        page.extract_text() for page in PdfReader(io.BytesIO(render_pdf(replace(case_report(), title=title)))).pages
    )
    assert '#panic("x") *bold* @ref $x$ <tag>' in shown
    assert "U+202EU+0000" in shown
    assert "U+1F4A5" in shown


def test_a_finding_is_printed_on_about_a_page_and_its_table_is_on_the_screen_alone() -> None:
    findings = tuple(replace(each, display=f"F{i}") for i in range(9) for each in case_report().findings)
    pages = PdfReader(io.BytesIO(render_pdf(replace(case_report(), findings=findings)))).pages
    assert len(pages) <= 9 + len(findings)
    shown = "\n".join(page.extract_text() for page in pages)
    assert "Cells of the grid" not in shown
    assert "Posts and media a month" in shown


@pytest.mark.parametrize(
    "words", ['#panic("x") $x$ <tag> \u202e\u0000 \\ "', "\u05d0\u05d1 \u0627\u0628", "x" * 3_000, ""]
)
def test_a_network_of_hostile_words_is_printed_and_they_do_nothing(words: str) -> None:
    printed = render_network_pdf(hostile_network(words))
    assert printed == render_network_pdf(hostile_network(words))
    shown = "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(printed)).pages)
    assert "How big the network is" in shown


def test_a_comparison_is_printed_the_same_each_time() -> None:
    made = compare(side("March"), side("April", posts=900))
    assert render_comparison_pdf(made) == render_comparison_pdf(made)
    assert "Two windows, side by side" in PdfReader(io.BytesIO(render_comparison_pdf(made))).pages[0].extract_text()


def test_a_public_report_is_printed_too() -> None:
    shown = "\n".join(
        page.extract_text() for page in PdfReader(io.BytesIO(render_public_pdf(public(case_report())))).pages
    )
    assert "As of June 2026" in shown
    assert "fewer than 5" in shown
    assert "channel-" not in shown
