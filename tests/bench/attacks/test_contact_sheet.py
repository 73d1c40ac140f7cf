from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from takeback.bench.attacks import ATTACKS
from takeback.bench.attacks.__main__ import main
from takeback.bench.attacks.contact_sheet import contact_sheet
from takeback.simulate.collection import load_photographs


def test_a_sheet_shows_every_attack(smooth: Callable[..., np.ndarray]) -> None:
    sheet = contact_sheet(smooth(1, 97, 161), smooth(2, 97, 161), seed=1, strengths=(0.5,))
    rows = sheet.shape[0] // 222
    assert rows * 9 >= len(ATTACKS) + 5
    cells = [
        sheet[row * 222 : row * 222 + 200, 230 * column : 230 * column + 230]
        for row in range(rows)
        for column in range(9)
    ]
    assert sum(cell.min() < 250 for cell in cells) == len(ATTACKS) + 5


def test_the_command_writes_a_sheet(tmp_path: Path) -> None:
    photo = tmp_path / "small.png"
    with Image.open(io.BytesIO(load_photographs()[1].content)) as opened:
        opened.convert("RGB").resize((160, 120)).save(photo)
    assert main([str(photo), "--donor", str(photo), "--out", str(tmp_path / "sheet.png"), "--seed", "3"]) == 0
    with Image.open(tmp_path / "sheet.png") as sheet:
        assert min(sheet.size) > 1000


def test_what_is_no_photograph_is_refused_in_a_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"no picture")
    assert main([str(broken), "--out", str(tmp_path / "sheet.png")]) == 1
    assert "cannot be opened as a photograph" in capsys.readouterr().err
    assert not (tmp_path / "sheet.png").exists()
