"""A contact sheet, so that a person can look at what the made-up network shows."""

from __future__ import annotations

from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

_CELL = (230, 190)
_COLUMNS = 8
_ENDINGS = frozenset({".jpg", ".jpeg", ".png"})


def contact_sheet(folder: Path, target: Path) -> int:
    """Writes one picture that shows every picture file under ``folder`` with its name; returns how many it shows.

    A file that does not open is shown as an empty cell with its name. The ending of ``target`` gives the format.
    """
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in _ENDINGS and path != target)
    rows = max(1, -(-len(paths) // _COLUMNS))
    sheet = Image.new("RGB", (_CELL[0] * _COLUMNS, _CELL[1] * rows), (255, 255, 255))
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(11)
    for index, path in enumerate(paths):
        left, top = (index % _COLUMNS) * _CELL[0], (index // _COLUMNS) * _CELL[1]
        small = _small(path)
        if small is not None:
            sheet.paste(small, (left + 4, top + 4))
        pen.text((left + 4, top + _CELL[1] - 18), path.name[-38:], fill=(0, 0, 0), font=font)
    sheet.save(target)
    return len(paths)


def _small(path: Path) -> Image.Image | None:
    try:
        with Image.open(path) as picture:
            small = picture.convert("RGB")
    except OSError:
        return None
    small.thumbnail((_CELL[0] - 8, _CELL[1] - 26))
    return small
