from __future__ import annotations

import re
from dataclasses import replace
from xml.etree import ElementTree as ET

from hypothesis import given, settings
from hypothesis import strategies as st

from report.made_up import CHANNELS, finding
from takeback.model.consent import Region
from takeback.model.finding import CoarseGrid, Finding
from takeback.report.drawing import COARSEST, coarse_grid, drawing_table, finding_drawing, words_of
from takeback.report.words import check_words

SVG = "{http://www.w3.org/2000/svg}"


def with_grid(grid: CoarseGrid) -> Finding:
    made = finding()
    alteration = made.examination.alteration
    assert alteration is not None
    return replace(made, examination=replace(made.examination, alteration=replace(alteration, grid=grid)))


def with_points(points: tuple[tuple[float, float], ...]) -> Finding:
    made = finding()
    alignment = made.examination.alignment
    assert alignment is not None
    return replace(made, examination=replace(made.examination, alignment=replace(alignment, points=points)))


def drawn(made: Finding, *, width_px: int = 4000, height_px: int = 3000) -> str:
    return finding_drawing(made, width_px=width_px, height_px=height_px)


def test_it_is_an_image_with_a_title_and_a_description() -> None:
    root = ET.fromstring(drawn(finding()))
    assert root.get("role") == "img"
    ids = {each.get("id") for each in root.iter()}
    assert set((root.get("aria-labelledby") or "").split()) <= ids
    description = root.find(f"{SVG}desc")
    assert description is not None
    assert "9 altered, 20 survives" in (description.text or "")


def test_it_holds_no_picture_no_script_and_no_name() -> None:
    text = drawn(finding())
    made = finding()
    assert not re.search(r"<(image|script|foreignObject|use|a)\b|href|data:|style=", text)
    assert not any(raw in text for raw in (*CHANNELS, made.examination.media, made.examination.original, made.id))
    assert check_words(text) == ()


def test_only_the_ratio_of_the_original_shows() -> None:
    assert drawn(finding(), width_px=4000, height_px=3000) == drawn(finding(), width_px=400, height_px=300)
    assert drawn(finding(), width_px=3000, height_px=4000) != drawn(finding())


@settings(max_examples=40, deadline=None)
@given(st.integers(min_value=1, max_value=90), st.integers(min_value=1, max_value=90), st.data())
def test_a_grid_is_never_drawn_finer_than_it_may_be(columns: int, rows: int, data: st.DataObject) -> None:
    marks = data.draw(st.text(alphabet=".sa?", min_size=columns, max_size=columns))
    grid = coarse_grid(with_grid(CoarseGrid(columns=columns, rows=rows, cells=marks * rows)))
    assert max(grid.columns, grid.rows) <= COARSEST
    assert len(grid.cells) == grid.columns * grid.rows
    assert ("a" in grid.cells) == ("a" in marks)


@settings(max_examples=40, deadline=None)
@given(st.floats(min_value=0.01, max_value=0.11), st.floats(min_value=0.01, max_value=0.15))
def test_where_a_point_lies_inside_its_cell_does_not_show(x: float, y: float) -> None:
    assert drawn(with_points(((x, y),))) == drawn(with_points(((0.05, 0.05),)))


def test_points_on_the_very_edge_stay_inside() -> None:
    ET.fromstring(drawn(with_points(((1.0, 1.0), (0.0, 0.0), (-0.2, 1.7)))))


def test_the_marked_region_grows_to_whole_cells() -> None:
    inner = finding_drawing(
        finding(), width_px=8, height_px=6, person_box=Region(left=0.3, top=0.4, right=0.6, bottom=0.6)
    )
    outer = finding_drawing(
        finding(), width_px=8, height_px=6, person_box=Region(left=0.25, top=0.34, right=0.625, bottom=0.66)
    )
    assert inner == outer
    assert "stroke-dasharray" in inner
    assert "stroke-dasharray" not in drawn(finding())


def test_altered_cells_are_hatched_so_that_they_read_in_black_and_white() -> None:
    root = ET.fromstring(drawn(finding()))
    hatched = [each for each in root.iter(f"{SVG}rect") if each.get("fill") == "url(#finding-a)"]
    assert len(hatched) == 9 + 1  # the cells and the legend


def test_two_drawings_on_a_page_do_not_share_ids() -> None:
    first = set(re.findall(r'id="([^"]+)"', finding_drawing(finding(), width_px=4, height_px=3, name="finding-1")))
    second = set(re.findall(r'id="([^"]+)"', finding_drawing(finding(), width_px=4, height_px=3, name="finding-2")))
    assert first
    assert not first & second


def test_the_table_behind_it_counts_every_cell_and_point_once() -> None:
    table = drawing_table(finding())
    assert sum(int(row[1]) for row in table.rows) == 48
    assert sum(int(row[2]) for row in table.rows) == 132
    assert table.rows[0] == ("Altered", "9", table.rows[0][2], "D3, E3, D4, E4, F4, D5, E5, F5, E6")


def test_a_finding_without_a_measured_alteration_says_that_it_cannot_be_told() -> None:
    made = finding()
    plain = replace(made, examination=replace(made.examination, alteration=None, alignment=None))
    ET.fromstring(drawn(plain))
    assert "64 cannot be told; no alignment" in words_of(plain)


def test_a_very_long_photograph_still_fits() -> None:
    for size in ((20_000, 100), (100, 20_000), (1, 1)):
        root = ET.fromstring(drawn(finding(), width_px=size[0], height_px=size[1]))
        width, height = (float(each) for each in (root.get("viewBox") or "").split()[2:])
        assert width < 500
        assert height < 700
