from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from report.made_up import case_report
from takeback.report.blocks import Card, Facts, Table
from takeback.report.html import render_html
from takeback.report.outline import case_document
from takeback.report.public import public
from takeback.report.public_outline import public_document


def test_each_finding_has_a_card_with_both_explanations_and_what_it_does_not_show() -> None:
    cards = [block for block in case_document(case_report()).sections[0].blocks if isinstance(block, Card)]
    assert [card.id for card in cards] == ["finding-1", "finding-2"]
    for card in cards:
        facts = next(block for block in card.blocks if isinstance(block, Facts))
        terms = [term for term, _ in facts.items]
        assert terms[:5] == [
            "One explanation",
            "The other",
            "What speaks for the first",
            "Out of how many",
            "How often this errs",
        ]


def test_nothing_of_the_media_is_left_uncounted() -> None:
    report = case_report()
    table = next(
        block
        for section in case_document(report).sections
        if section.id == "missing"
        for block in section.blocks
        if isinstance(block, Table)
    )
    counted = sum(int(row[2].replace(",", "")) for row in table.rows if row[0] != "Named, not there")
    assert counted == report.counts.media


def test_a_report_without_notices_has_no_section_on_them() -> None:
    ids = [section.id for section in case_document(replace(case_report(), notices=())).sections]
    assert "next" not in ids
    assert ids[-1] == "verify"


def test_a_document_carries_the_time_of_the_ledger() -> None:
    assert case_document(case_report()).made == case_report().made
    assert case_document(case_report()).dated == "As of 2 June 2026, 09:41 UTC, the last entry of the case's ledger"


def test_a_public_document_is_dated_to_its_month() -> None:
    document = public_document(public(case_report()))
    assert document.dated == "As of June 2026"
    assert (document.made.day, document.made.hour) == (1, 0)


def test_a_report_needs_an_aware_time() -> None:
    with pytest.raises(ValueError, match="aware time"):
        replace(case_report(), made=datetime(2026, 6, 2))  # noqa: DTZ001  # the naive time is the point


def test_a_report_says_why_there_is_no_finding() -> None:
    report = replace(case_report(), findings=(), comparisons=0)
    nobody = replace(report, counts=replace(report.counts, photographs=0))
    assert "the network alone" in render_html(nobody)
    assert "no finding is possible" in render_html(report)
    assert "not the same as there being nothing" in render_html(replace(report, comparisons=12))
