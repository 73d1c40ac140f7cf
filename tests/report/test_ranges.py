from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from takeback.report.public_content import Bin, PublicMonth
from takeback.report.ranges import range_plot, range_words

SVG = "{http://www.w3.org/2000/svg}"
MONTHS = (
    PublicMonth(month="2026-01", posts=Bin(low=50, high=99)),
    PublicMonth(month="2026-02", posts=Bin(low=0, high=4)),
    PublicMonth(month="2026-03", posts=Bin(low=200, high=499)),
)


def test_a_month_is_solid_up_to_its_lower_end_and_hatched_up_to_its_upper_one() -> None:
    bars = list(ET.fromstring(range_plot(MONTHS)).iter(f"{SVG}rect"))[-3:]
    solid, hatched, outline = (float(each.get("height") or 0) for each in bars)
    assert solid + hatched == pytest.approx(outline, abs=0.02)
    assert solid / outline == pytest.approx(200 / 499, abs=0.001)
    assert "url(#growth-hatch)" in str(bars[1].get("fill"))


def test_the_words_say_no_more_than_the_ranges() -> None:
    assert range_words(MONTHS) == "3 months from 2026-01 to 2026-03; most in 2026-03: 200 to 499."
    assert range_words(()) == "No month is shown."


@pytest.mark.parametrize("length", [0, 1, 200])
def test_any_number_of_months_can_be_drawn_with_labels_that_fit(length: int) -> None:
    months = tuple(
        PublicMonth(month=f"{2000 + i // 12}-{i % 12 + 1:02d}", posts=MONTHS[i % 3].posts) for i in range(length)
    )
    assert len(list(ET.fromstring(range_plot(months)).iter(f"{SVG}text"))) <= 3 + 10
