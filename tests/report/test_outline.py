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


@pytest.mark.parametrize(
    ("photographs", "hash_only", "said"),
    [
        (12, 12, "No finding is possible: all 12 photographs are enrolled at level hash"),
        (1, 1, "No finding is possible: the one photograph is enrolled at level hash"),
        (12, 3, "3 of 12 photographs are enrolled at level hash, which gives close hashes and no comparison: of these"),
        (12, 1, "1 of 12 photographs is enrolled at level hash"),
    ],
)
def test_a_report_of_hashes_says_that_no_finding_is_possible(photographs: int, hash_only: int, said: str) -> None:
    report = replace(case_report(), findings=(), hash_matches=2)
    counts = replace(report.counts, photographs=photographs, hash_only=hash_only)
    page = " ".join(render_html(replace(report, counts=counts)).split())
    assert said in page
    assert ("2 pairs of photograph and media have close hashes" in page) == (photographs == hash_only)
    with_findings = " ".join(render_html(replace(case_report(), counts=counts)).split())
    assert (said in with_findings) == (hash_only < photographs)


def test_notices_of_one_kind_share_a_row_and_a_clock_is_said_once() -> None:
    report = case_report()
    (line,) = report.notices
    lines = (line, replace(line, findings=("finding-2",)), replace(line, due=report.made, clock="48 hours"))
    section = next(each for each in case_document(replace(report, notices=lines)).sections if each.id == "next")
    _, table, *notes = section.blocks
    assert isinstance(table, Table)
    assert [row[2] for row in table.rows] == ["finding-1, finding-2", "finding-1"]
    assert [row[5] for row in table.rows] == ["no clock runs", "2 June 2026, 09:41 UTC"]
    assert len(notes) == 1


def test_a_report_says_why_there_is_no_finding() -> None:
    report = replace(case_report(), findings=(), comparisons=0)
    nobody = replace(report, counts=replace(report.counts, photographs=0))
    assert "the network alone" in render_html(nobody)
    assert "no finding is possible" in render_html(report)
    assert "not the same as there being nothing" in render_html(replace(report, comparisons=12))
