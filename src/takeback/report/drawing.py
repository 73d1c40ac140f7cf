"""The drawing of a finding: a frame, a coarse grid and numbers. It shows no person and no pixel."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from xml.sax.saxutils import escape

from takeback.model.consent import Region
from takeback.model.finding import CoarseGrid, Finding
from takeback.report.blocks import Table
from takeback.report.words import count, percent

COARSEST = 12
"""A drawing has at most this many rows and columns: nobody's outline fits into it."""

_LONG_SIDE = 360.0
_MARGIN = 22.0
_LEGEND_ROW = 22.0
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_WORDS = {"a": "altered", "s": "survives", ".": "not in the media", "?": "cannot be told"}
_ORDER = "as.?"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Frame:
    """Where the grid lies on the drawing."""

    grid: CoarseGrid
    width: float
    height: float

    def cell(self, column: int, row: int) -> tuple[float, float, float, float]:
        wide, high = self.width / self.grid.columns, self.height / self.grid.rows
        return _MARGIN + column * wide, _MARGIN + row * high, wide, high


def finding_drawing(
    finding: Finding, *, width_px: int, height_px: int, name: str = "finding", person_box: Region | None = None
) -> str:
    """An SVG of the original's frame: altered and surviving cells, and how many points agree in each cell.

    Points are drawn as one dot a cell, its area growing with their number: single points could trace an outline.
    ``width_px`` and ``height_px`` are the original's; only their ratio is used. ``name`` keeps two drawings on one page
    apart.
    """
    grid = coarse_grid(finding)
    scale = _LONG_SIDE / max(width_px, height_px, 1)
    frame = _Frame(grid=grid, width=max(60.0, width_px * scale), height=max(60.0, height_px * scale))
    used = [mark for mark in _ORDER if mark in grid.cells]
    rows = len(used) + 1 + (person_box is not None)
    width = _LONG_SIDE + 2 * _MARGIN
    height = frame.height + 2 * _MARGIN + rows * _LEGEND_ROW
    parts = [
        _opening(
            width,
            height,
            name,
            "Where the media agrees with the photograph, and where it is altered",
            words_of(finding),
        ),
        _patterns(name),
        *_cells(frame, name),
        *_axes(frame),
        *_dots(frame, finding),
        *([] if person_box is None else [_box(frame, person_box)]),
        *_legend(frame, name, used, marked=person_box is not None),
        "</svg>",
    ]
    return "".join(parts)


def coarse_grid(finding: Finding) -> CoarseGrid:
    """The grid that is drawn: the examination's own, merged until it is no finer than `COARSEST`."""
    alteration = finding.examination.alteration
    if alteration is None:
        return CoarseGrid(columns=8, rows=8, cells="?" * 64)
    grid = alteration.grid
    step_x, step_y = -(-grid.columns // COARSEST), -(-grid.rows // COARSEST)
    if step_x == step_y == 1:
        return grid
    columns, rows = -(-grid.columns // step_x), -(-grid.rows // step_y)
    cells = "".join(
        _merged(grid, column * step_x, row * step_y, step_x, step_y) for row in range(rows) for column in range(columns)
    )
    return CoarseGrid(columns=columns, rows=rows, cells=cells)


def _merged(grid: CoarseGrid, left: int, top: int, step_x: int, step_y: int) -> str:
    inside = [
        grid.cells[row * grid.columns + column]
        for row in range(top, min(top + step_y, grid.rows))
        for column in range(left, min(left + step_x, grid.columns))
    ]
    return "a" if "a" in inside else Counter(inside).most_common(1)[0][0]


def _points_per_cell(finding: Finding, grid: CoarseGrid) -> Counter[tuple[int, int]]:
    alignment = finding.examination.alignment
    points = () if alignment is None else alignment.points
    return Counter(
        (min(grid.columns - 1, max(0, int(x * grid.columns))), min(grid.rows - 1, max(0, int(y * grid.rows))))
        for x, y in points
    )


def words_of(finding: Finding) -> str:
    """The drawing in words, for whoever does not see it."""
    grid = coarse_grid(finding)
    tally = Counter(grid.cells)
    cells = ", ".join(f"{tally[mark]} {_WORDS[mark]}" for mark in _ORDER if tally[mark])
    alignment = finding.examination.alignment
    points = "no alignment" if alignment is None else f"{count(alignment.inliers, 'point')} in agreement"
    alteration = finding.examination.alteration
    shares = (
        ""
        if alteration is None
        else f" {percent(alteration.share_altered)} of the area is altered, "
        f"{percent(alteration.share_surviving)} survives."
    )
    return f"A grid of {grid.columns} by {grid.rows} cells over the photograph's frame: {cells}; {points}.{shares}"


def drawing_table(finding: Finding) -> Table:
    """The table behind the drawing: which cells are what, and how many points agree in them."""
    grid = coarse_grid(finding)
    points = _points_per_cell(finding, grid)
    rows: list[tuple[str, ...]] = []
    for mark in _ORDER:
        places = [divmod(i, grid.columns) for i, each in enumerate(grid.cells) if each == mark]
        if places:
            names = ", ".join(f"{_LETTERS[column]}{row + 1}" for row, column in places)
            inside = sum(points[column, row] for row, column in places)
            rows.append((_WORDS[mark].capitalize(), str(len(places)), str(inside), names))
    return Table(
        caption="Cells of the grid (letters from the left, numbers from the top)",
        head=("What became of it", "Cells", "Points", "Which"),
        rows=tuple(rows),
        numeric=(1, 2),
    )


def _opening(width: float, height: float, name: str, title: str, words: str) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" role="img" '
        f'aria-labelledby="{name}-title {name}-desc" font-family="Noto Sans, sans-serif" font-size="13">'
        f'<title id="{name}-title">{escape(title)}</title><desc id="{name}-desc">{escape(words)}</desc>'
    )


def _patterns(name: str) -> str:
    return (
        f'<defs><pattern id="{name}-a" width="6" height="6" patternUnits="userSpaceOnUse">'
        '<path class="ink-line" d="M-1.5,1.5 L1.5,-1.5 M0,6 L6,0 M4.5,7.5 L7.5,4.5" stroke="#1d2b38" '
        'stroke-width="1.5" fill="none"/>'
        f'</pattern><pattern id="{name}-q" width="6" height="6" patternUnits="userSpaceOnUse">'
        '<circle class="ink-fill" cx="3" cy="3" r="0.9" fill="#1d2b38"/></pattern></defs>'
    )


def _rect(box: tuple[float, float, float, float], attributes: str) -> str:
    x, y, width, height = box
    return f'<rect x="{x:.2f}" y="{y:.2f}" width="{width:.2f}" height="{height:.2f}" {attributes}/>'


def _look(mark: str, name: str) -> str:
    return {
        "a": f'fill="url(#{name}-a)"',
        "s": 'class="soft" fill="#dfe6ea"',
        "?": f'fill="url(#{name}-q)"',
        ".": 'fill="none"',
    }[mark]


def _cells(frame: _Frame, name: str) -> list[str]:
    grid = frame.grid
    drawn = []
    for i, mark in enumerate(grid.cells):
        row, column = divmod(i, grid.columns)
        drawn.append(_rect(frame.cell(column, row), _look(mark, name)))
        drawn.append(
            _rect(frame.cell(column, row), 'class="hair-line" fill="none" stroke="#9aa7b0" stroke-width="0.5"')
        )
    outer = (_MARGIN, _MARGIN, frame.width, frame.height)
    drawn.append(_rect(outer, 'class="ink-line" fill="none" stroke="#1d2b38" stroke-width="1.5"'))
    return drawn


def _label(x: float, y: float, text: str, *, anchor: str = "start", size: int = 13) -> str:
    place = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}"'
    return f'<text class="ink-fill" {place} fill="#1d2b38">{escape(text)}</text>'


def _axes(frame: _Frame) -> list[str]:
    drawn = []
    for column in range(frame.grid.columns):
        x, _, wide, _ = frame.cell(column, 0)
        drawn.append(_label(x + wide / 2, _MARGIN - 6, _LETTERS[column], anchor="middle", size=11))
    for row in range(frame.grid.rows):
        _, y, _, high = frame.cell(0, row)
        drawn.append(_label(_MARGIN - 6, y + high / 2 + 4, str(row + 1), anchor="end", size=11))
    return drawn


def _dots(frame: _Frame, finding: Finding) -> list[str]:
    drawn = []
    for (column, row), points in sorted(_points_per_cell(finding, frame.grid).items()):
        x, y, wide, high = frame.cell(column, row)
        radius = min(min(wide, high) * 0.36, 2.0 + 0.9 * points**0.5)
        drawn.append(
            f'<circle class="dot" cx="{x + wide / 2:.2f}" cy="{y + high / 2:.2f}" r="{radius:.2f}" fill="#1d2b38" '
            'stroke="#ffffff" stroke-width="1.5"/>'
        )
    return drawn


def _box(frame: _Frame, region: Region) -> str:
    """The marked region, grown outward to whole cells and drawn as a dashed box."""
    grid = frame.grid
    left, top = int(region.left * grid.columns), int(region.top * grid.rows)
    right = min(grid.columns, -int(-region.right * grid.columns // 1))
    bottom = min(grid.rows, -int(-region.bottom * grid.rows // 1))
    x, y, wide, high = frame.cell(left, top)
    box = (x + 1.5, y + 1.5, max(1, right - left) * wide - 3, max(1, bottom - top) * high - 3)
    return _rect(box, 'class="ink-line" fill="none" stroke="#1d2b38" stroke-width="2.5" stroke-dasharray="9 5"')


def _legend(frame: _Frame, name: str, used: list[str], *, marked: bool) -> list[str]:
    tally = Counter(frame.grid.cells)
    y = frame.height + 2 * _MARGIN
    drawn = []
    edge = 'class="ink-line" stroke="#1d2b38" stroke-width="0.8"'
    for mark in used:
        drawn.append(_rect((_MARGIN, y - 11, 20, 13), _look(mark, name)))
        drawn.append(_rect((_MARGIN, y - 11, 20, 13), f'fill="none" {edge}'))
        drawn.append(
            _label(_MARGIN + 30, y, f"{_WORDS[mark]} ({count(tally[mark], 'cell')} of {len(frame.grid.cells)})")
        )
        y += _LEGEND_ROW
    drawn.append(f'<circle class="dot" cx="{_MARGIN + 10}" cy="{y - 5:.1f}" r="5" fill="#1d2b38" stroke="#ffffff"/>')
    drawn.append(_label(_MARGIN + 30, y, "points in agreement; a larger dot, more of them"))
    if marked:
        y += _LEGEND_ROW
        drawn.append(
            _rect(
                (_MARGIN, y - 11, 20, 13),
                'class="ink-line" fill="none" stroke="#1d2b38" stroke-width="2" stroke-dasharray="5 3"',
            )
        )
        drawn.append(_label(_MARGIN + 30, y, "marked by hand as the person, grown to whole cells"))
    return drawn
