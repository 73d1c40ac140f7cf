"""Which characters a letter can show."""

from __future__ import annotations

from importlib.resources import as_file, files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from takeback.fonts.glyphs import code_points, covered_by, printable

with as_file(files("takeback") / "fonts") as FOLDER:
    COVERED = covered_by(FOLDER)


@pytest.mark.parametrize("text", ["Latin ÄÖß", "Кириллица", "Ελληνικά", "Tiếng Việt", "€ % · “quoted”"])
def test_the_letters_fonts_show_these(text: str) -> None:
    assert printable(text, COVERED) == text


@pytest.mark.parametrize("character", ["你", "א", "😀", "\u202e", "\u200b", "\x00", "\u2028", "\ud800"])
def test_what_cannot_be_shown_is_written_as_its_number(character: str) -> None:
    assert printable(character, COVERED) == f"[U+{ord(character):04X}]"


@given(st.text())
def test_nothing_is_lost(text: str) -> None:
    shown = printable(text, COVERED)
    assert shown.count("\n") == text.count("\n")
    assert len(shown) >= len(text.replace("\r\n", "\n"))


def test_a_file_that_is_no_font_is_named() -> None:
    with pytest.raises(ValueError, match="cmap"):
        code_points(b"\x00" * 64)


def test_the_fonts_stay_small_and_carry_their_licence() -> None:
    assert sum(each.stat().st_size for each in FOLDER.iterdir()) < 2_500_000
    assert "OPEN FONT LICENSE" in (FOLDER / "OFL.txt").read_text(encoding="utf-8")
