from __future__ import annotations

from importlib.resources import files

from takeback.report.coverage import characters_of, covered


def test_the_font_draws_the_scripts_that_it_ships() -> None:
    known = characters_of((files("takeback") / "fonts" / "NotoSans-Regular.ttf").read_bytes())
    assert {ord(each) for each in "Aé€ßЖяΩ…"} | {0x2013, 0x2019, 0x201C, 0x201D, 0xA0} <= known
    assert not {0x4E2D, 0x1F600, 0xFFFF} & known


def test_what_the_font_lacks_is_written_out() -> None:
    assert covered("Ж 中 \U0001f600\n") == "Ж U+4E2D U+1F600\n"
