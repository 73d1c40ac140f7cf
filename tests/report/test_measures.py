from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from report.made_up import MEASURES
from takeback.model.measure import Window
from takeback.report.blocks import Table, Text
from takeback.report.families import part_blocks
from takeback.report.measures import measures_blocks, measures_table, window_notes

POSTED, FORWARDS, ACCOUNTS = MEASURES


def test_a_number_never_stands_without_its_n_its_interval_and_its_caveat() -> None:
    table, note = measures_blocks([FORWARDS])
    assert isinstance(table, Table)
    assert table.rows == (("Posts that are forwards", "23 %", "share of posts", "21 % to 25 % at 95 %", "1,904"),)
    assert isinstance(note, Text)
    assert note.text == FORWARDS.caveat


def test_bounds_are_shown_as_bounds_and_a_model_is_called_one() -> None:
    table, note = measures_blocks([ACCOUNTS])
    assert isinstance(table, Table)
    assert table.rows[0][1:4] == ("not known", "accounts", "between 45,615 and 103,585")
    assert isinstance(note, Text)
    assert note.text.startswith("Rests on a model.")
    stored = replace(ACCOUNTS, low=45_615.0, high=103_585.0)
    assert measures_blocks([stored]) == measures_blocks([ACCOUNTS])


def test_counts_have_no_column_of_intervals() -> None:
    assert measures_table("Pictures", [POSTED]).head == ("Measure", "Value", "Unit", "n")


def test_every_caveat_says_what_it_speaks_of() -> None:
    other = replace(POSTED, id="pictures.files", name="Distinct files", caveat="A file saved again counts twice.")
    third = replace(POSTED, id="pictures.third", name="Third")
    texts = [each.text for each in measures_blocks([POSTED, other, third]) if isinstance(each, Text)]
    assert texts == [POSTED.caveat, f"Distinct files: {other.caveat}"]


def test_what_is_missing_is_shown_apart_and_what_is_drawn_is_not_repeated() -> None:
    absent = replace(POSTED, id="completeness.sealed")
    month = replace(POSTED, id="growth.posts.2026-03")
    found = part_blocks([absent, month, POSTED], "big")
    assert [each.caption for each in found if isinstance(each, Table)] == ["Pictures"]
    missing = part_blocks([absent, month, POSTED], "missing")
    assert [each.caption for each in missing if isinstance(each, Table)] == ["Completeness"]


def test_the_window_of_most_is_said_once_and_each_other_one_with_what_it_is_of() -> None:
    other = replace(POSTED, id="pictures.files", name="Distinct files")
    short = replace(POSTED, name="Growth", window=Window(start=datetime(2026, 3, 1, tzinfo=UTC), end=None))
    texts = [each.text for each in window_notes([POSTED, other, short])]
    assert texts == [
        "Window: 1 November 2025 to 30 May 2026, unless said otherwise.",
        "Growth: window 1 March 2026 to open.",
    ]
    assert window_notes([FORWARDS])[0].text.startswith("Window: everything that was collected")
