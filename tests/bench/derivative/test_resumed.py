from __future__ import annotations

from pathlib import Path

import pytest

from engines.worker_stages import squared
from takeback.bench.derivative.resumed import kept_in, whole_lines


def test_what_came_before_a_part_that_fails_is_kept(tmp_path: Path) -> None:
    kept = tmp_path / "lines.ndjson"
    with pytest.raises(RuntimeError, match=r"numbers from 6 failed: .*no 7"):
        list(kept_in(kept, squared, [(1, 2), (3,), (6, 7), (8,)], lambda part: f"numbers from {part[0]}"))
    assert whole_lines(kept, int) == [1, 4, 9]
    assert [tuple(each) for each in kept_in(kept, squared, [(5,)], str)] == [(25,)]
    assert whole_lines(kept, int) == [1, 4, 9, 25]


def test_a_line_that_an_interruption_tore_is_cut_off(tmp_path: Path) -> None:
    kept = tmp_path / "lines.ndjson"
    assert whole_lines(kept, int) == []
    kept.write_bytes(b"1\n4\n1")
    assert whole_lines(kept, int) == [1, 4]
    assert kept.read_bytes() == b"1\n4\n"
