from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from takeback.report.bars import Bar, bars_plot

SVG = "{http://www.w3.org/2000/svg}"
ROWS = (
    Bar(label="en", value=0.5, said="50 %", low=0.4, high=0.6),
    Bar(label="ru", value=0.25, said="25 %"),
    Bar(label="unknown", value=None, said="not known"),
)


def drawn(bars: tuple[Bar, ...]) -> ET.Element:
    return ET.fromstring(bars_plot(bars, title="Languages", words="in words", name="languages"))


def test_bars_share_one_axis_that_reaches_the_greatest_upper_end() -> None:
    widths = [float(each.get("width") or 0) for each in drawn(ROWS).iter(f"{SVG}rect")]
    assert widths[0] == pytest.approx(2 * widths[1], abs=0.1)
    whiskers = list(drawn(ROWS).iter(f"{SVG}line"))
    assert len(whiskers) == 3
    assert max(float(each.get("x2") or 0) for each in whiskers) == pytest.approx(138 + widths[0] * 1.2, abs=0.1)


def test_what_is_not_known_is_an_outline_and_no_bar_of_nothing() -> None:
    outlined = [each for each in drawn(ROWS).iter(f"{SVG}rect") if each.get("stroke-dasharray")]
    assert len(outlined) == 1


@pytest.mark.parametrize("bars", [(), (Bar(label="a", value=0.0, said="0"),), (Bar(label="a", value=-3.0, said="-3"),)])
def test_nothing_and_less_than_nothing_can_be_drawn_too(bars: tuple[Bar, ...]) -> None:
    assert all(float(each.get("width") or 0) == 0 for each in drawn(bars).iter(f"{SVG}rect"))


def test_a_hostile_label_stays_text_and_is_cut_to_fit() -> None:
    root = drawn((Bar(label="</text><script>\u202e" + "x" * 300, value=1.0, said="</svg>" * 40),))
    assert root.find(f".//{SVG}script") is None
    assert all(len(each.text or "") <= 22 for each in root.iter(f"{SVG}text"))
