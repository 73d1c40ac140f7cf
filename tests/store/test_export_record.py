from __future__ import annotations

import stat
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from takeback.store.disk import Disk
from takeback.store.export_record import EXPORTS, Export, note_export

NOON = datetime(2026, 8, 4, 12, tzinfo=UTC)


def test_every_export_is_a_line_that_others_cannot_read(tmp_path: Path) -> None:
    made = [Export(time=NOON, to=name, entries=3, cases=cases) for name, cases in (("a.csv", 2), ("ncii", 0))]
    for each in made:
        note_export(tmp_path, each)
    lines = (tmp_path / EXPORTS).read_bytes().splitlines()
    assert [msgspec.json.decode(line, type=Export) for line in lines] == made
    assert stat.S_IMODE((tmp_path / EXPORTS).stat().st_mode) == 0o600


def test_a_line_that_a_crash_cut_off_makes_way_for_the_next(tmp_path: Path) -> None:
    (tmp_path / "lines").write_bytes(b"whole\nhal")
    Disk().append_line(tmp_path / "lines", b"next")
    assert (tmp_path / "lines").read_bytes() == b"whole\nnext\n"
