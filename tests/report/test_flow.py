from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from report.made_up import case_report
from report.made_up_network import many
from takeback.report.content import ForwardEdge
from takeback.report.flow import MOST, MOST_ROWS, flow_plot, flow_table, flow_words, gathered

SVG = "{http://www.w3.org/2000/svg}"
EDGES = case_report().forwards


def edge(source: str, channel: str, posts: int = 1, *, by_name: bool = False) -> ForwardEdge:
    return ForwardEdge(source=source, channel=channel, posts=posts, by_name=by_name)


def lines(svg: str) -> list[ET.Element]:
    return list(ET.fromstring(svg).iter(f"{SVG}path"))


def test_it_is_an_image_with_its_words_and_a_line_for_each_pair() -> None:
    root = ET.fromstring(flow_plot(EDGES))
    assert root.get("role") == "img"
    assert root.findtext(f"{SVG}desc") == flow_words(EDGES)
    assert len(lines(flow_plot(EDGES))) == len(EDGES)
    assert "440 forwards from 3 sources into 2 channels; 129 of them by display name only" in flow_words(EDGES)


def test_more_forwards_are_a_thicker_line_and_a_display_name_a_dashed_one() -> None:
    drawn = lines(flow_plot(EDGES))
    widths = [float(each.get("stroke-width") or 0) for each in drawn]
    assert widths == sorted(widths)
    assert [each.get("stroke-dasharray") for each in drawn] == ["6 4", "6 4", None]
    assert {each.get("stroke") for each in drawn} == {"#1d2b38"}


@pytest.mark.parametrize("nodes", [1, MOST, MOST + 1, 200, 300])
def test_any_number_of_nodes_is_drawn_with_what_is_too_much_together(nodes: int) -> None:
    edges = many(nodes).forwards
    drawn = gathered(edges)
    assert len({each.source for each in drawn}) <= MOST
    assert len({each.channel for each in drawn}) <= MOST
    assert sum(each.posts for each in drawn) == sum(each.posts for each in edges)
    assert (f"{nodes - MOST + 1} other sources" in {each.source for each in drawn}) == (nodes > MOST)
    ET.fromstring(flow_plot(edges))
    table = flow_table(edges)
    assert len(table.rows) <= MOST_ROWS + 1
    assert sum(int(row[3].replace(",", "")) for row in table.rows) == sum(each.posts for each in edges)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from("abcdef"), st.sampled_from("uvwxyz"), st.integers(1, 9)), unique_by=lambda e: e[:2]
    )
)
def test_the_drawing_does_not_depend_on_the_order_of_the_edges(found: list[tuple[str, str, int]]) -> None:
    edges = [edge(*each) for each in found]
    assert flow_plot(edges) == flow_plot(list(reversed(edges)))
    assert flow_table(edges) == flow_table(list(reversed(edges)))


def test_every_label_lies_on_the_drawing_and_none_upon_another() -> None:
    svg = flow_plot(many(300).forwards)
    height = float(re.search(r'viewBox="0 0 440 (\d+)"', svg)[1])  # type: ignore[index]  # the plot has one
    ends: dict[str, list[float]] = {"start": [], "end": []}
    for each in ET.fromstring(svg).iter(f"{SVG}text"):
        ends[each.get("text-anchor") or ""].append(float(each.get("y") or 0))
    for places in ends.values():
        assert max(places) < height
        assert min(b - a for a, b in zip(sorted(places), sorted(places)[1:], strict=False)) > 11


def test_a_name_stays_text_and_is_cut_to_fit() -> None:
    svg = flow_plot([edge("</text><script>x</script>\u202e" + "y" * 400, "channel-1")])
    assert ET.fromstring(svg).find(f".//{SVG}script") is None
    assert "\u202e" not in svg
    assert all(len(each.text or "") < 40 for each in ET.fromstring(svg).iter(f"{SVG}text"))
