from __future__ import annotations

from dataclasses import replace

import pytest

from report.made_up import MEASURES
from takeback.report.blocks import Table, Text
from takeback.report.measures import measures_blocks, measures_table, public_measure, without_figures

POSTED, FORWARDS, ACCOUNTS = MEASURES


def test_a_number_never_stands_without_its_n_its_interval_and_its_caveat() -> None:
    table, note = measures_blocks([FORWARDS], missing=False)
    assert isinstance(table, Table)
    assert table.rows == (("Posts that are forwards", "23 %", "share of posts", "21 % to 25 % at 95 %", "1,904"),)
    assert isinstance(note, Text)
    assert note.text == FORWARDS.caveat


def test_bounds_are_shown_as_bounds_and_a_model_is_called_one() -> None:
    table, note = measures_blocks([ACCOUNTS], missing=False)
    assert isinstance(table, Table)
    assert table.rows[0][1:4] == ("not known", "accounts", "between 45,615 and 103,585")
    assert isinstance(note, Text)
    assert note.text.startswith("Rests on a model.")


def test_counts_have_no_column_of_intervals() -> None:
    assert measures_table("Pictures", [POSTED]).head == ("Measure", "Value", "Unit", "n")


def test_every_caveat_says_what_it_speaks_of() -> None:
    other = replace(POSTED, id="pictures.files", name="Distinct files", caveat="A file saved again counts twice.")
    third = replace(POSTED, id="pictures.third", name="Third")
    texts = [each.text for each in measures_blocks([POSTED, other, third], missing=False) if isinstance(each, Text)]
    assert texts == [POSTED.caveat, f"Distinct files: {other.caveat}"]


def test_what_is_missing_is_shown_apart_and_what_is_drawn_is_not_repeated() -> None:
    absent = replace(POSTED, id="completeness.sealed")
    month = replace(POSTED, id="growth.posts.2026-03")
    found = measures_blocks([absent, month, POSTED], missing=False)
    assert [each.caption for each in found if isinstance(each, Table)] == ["Pictures"]
    missing = measures_blocks([absent, month, POSTED], missing=True)
    assert [each.caption for each in missing if isinstance(each, Table)] == ["Completeness"]


@pytest.mark.parametrize(("value", "n"), [(4, 1_000), (998, 1_000), (3, 4)])
def test_a_share_of_few_is_not_published(value: int, n: int) -> None:
    assert public_measure(FORWARDS, value=value, n=n) is None


def test_a_value_that_is_neither_count_nor_share_nor_bounds_is_not_published() -> None:
    assert public_measure(replace(POSTED, value=1.37, unit="relative change"), value=1, n=100) is None


def test_sentences_with_figures_are_dropped() -> None:
    assert without_figures("Three of all. 3 of 7 have one; others not. At 95 % of them.") == (
        "Three of all. others not. At 95 % of them."
    )
