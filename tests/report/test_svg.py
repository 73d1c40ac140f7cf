from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from takeback.report.svg import bar, hatch, hatched, label, line, opening, shortened, whisker

HOSTILE = '</title><script>x</script>"&\u202e\x00'


def drawing(*parts: str) -> ET.Element:
    return ET.fromstring("".join((opening(10, "a", HOSTILE, HOSTILE), *parts, "</svg>")))


def test_words_in_a_drawing_stay_words() -> None:
    root = drawing(label(0, 0, HOSTILE))
    assert [each.tag.rpartition("}")[2] for each in root] == ["title", "desc", "text"]
    assert root[2].text == '</title><script>x</script>"&U+202EU+0000'


def test_a_drawing_is_one_image_with_a_title_and_words() -> None:
    root = drawing()
    assert (root.get("role"), root.get("aria-labelledby")) == ("img", "a-title a-desc")
    assert [each.get("id") for each in root] == ["a-title", "a-desc"]


def test_marks_differ_by_hatch_and_stroke_and_need_no_colour() -> None:
    root = drawing(hatch("a"), bar(0, 0, 1, 1, hatched("a")), line(0, 0, 1, 1), line(0, 0, 1, 1, hair=True))
    assert root[2][0].get("id") == "a-hatch"
    assert [each.get("stroke-width") for each in root][-2:] == ["1.6", "0.7"]


def test_a_bar_never_has_less_than_no_size() -> None:
    assert 'width="0.00" height="0.00"' in bar(0, 0, -3, -1, "")


def test_a_whisker_marks_both_ends() -> None:
    assert whisker(1, 5, 3).count("<line") == 3


@pytest.mark.parametrize(
    ("text", "shown"), [("short", "short"), ("abcdefghij", "abcdefg…"), ("\u202eabc", "U+202Eabc"[:7] + "…")]
)
def test_a_text_is_cut_to_what_fits_after_it_was_made_visible(text: str, shown: str) -> None:
    assert shortened(text, 8) == shown
