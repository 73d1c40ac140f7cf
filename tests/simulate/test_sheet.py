from __future__ import annotations

from pathlib import Path

from PIL import Image

from takeback.simulate.sheet import contact_sheet


def test_a_sheet_shows_every_picture_and_leaves_a_cell_for_a_broken_one(tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    Image.new("RGB", (400, 300), (200, 30, 30)).save(folder / "red.jpg")
    (folder / "broken.jpg").write_bytes(b"not a picture")
    (folder / "words.txt").write_text("no picture")
    assert contact_sheet(folder, tmp_path / "sheet.png") == 2
    with Image.open(tmp_path / "sheet.png") as sheet:
        colours = sheet.convert("RGB")
        assert colours.getpixel((60, 60)) == (255, 255, 255)
        assert colours.getpixel((300, 60))[0] > 150
