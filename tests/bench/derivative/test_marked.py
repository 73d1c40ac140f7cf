"""Marks on unrelated photographs: what was tried is kept."""

from __future__ import annotations

from pathlib import Path

import msgspec

from takeback.bench.derivative.marked import marked_figures
from takeback.bench.overlays import MARKS, MarkedFindings


def test_kinds_of_marks_that_were_tried_are_not_tried_again(tmp_path: Path) -> None:
    lines = [
        MarkedFindings(
            kind=kind, pairs=100 + number, candidates=3, findings=number, candidates_unguarded=5, findings_unguarded=2
        )
        for number, kind in enumerate(MARKS)
    ]
    kept = tmp_path / "marked-7-10.ndjson"
    kept.write_bytes(b"".join(msgspec.json.encode(each) + b"\n" for each in lines) + b'{"kind": "torn')
    figures = marked_figures([], 7, tmp_path, each=10)
    assert figures["false_overlay_pairs"].value == sum(range(len(MARKS)))
    assert figures["false_overlay_pairs"].n == sum(each.pairs for each in lines)
    assert figures["false_overlay_pairs_logo"].n == 100 + list(MARKS).index("logo")
    assert b"torn" not in kept.read_bytes()
