"""The bench of ingest: its export is what its truth says, and its figures are those it promises."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from takeback.bench.ingest import bench, measure
from takeback.bench.ingest.export import write_export


@pytest.mark.parametrize("indent", [1, 4, None])
def test_an_undamaged_export_is_sound_json_with_every_message(tmp_path: Path, indent: int | None) -> None:
    truth = write_export(tmp_path / "result.json", messages=50, seed=3, indent=indent)
    chat = json.loads((tmp_path / "result.json").read_text(encoding="utf-8"))
    assert [each["id"] for each in chat["messages"]] == list(range(1, 51))
    assert (truth.messages, truth.damaged, truth.beyond, truth.cut) == (50, 0, 0, False)


def test_planted_damage_is_no_json_and_adds_up(tmp_path: Path) -> None:
    truth = write_export(tmp_path / "result.json", messages=50, seed=3, every=5, cut=True)
    with pytest.raises(ValueError, match=r"Invalid|decode"):
        json.loads((tmp_path / "result.json").read_bytes())
    assert (truth.messages, truth.damaged, truth.beyond, truth.cut) == (48, 8, 2, True)


def test_the_same_seed_writes_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_export(tmp_path / name, messages=20, seed=9, every=3)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_the_figures_have_their_names_and_nothing_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measure, "ROUNDS", 1)
    monkeypatch.setattr(measure, "DAMAGED", 200)
    monkeypatch.setattr(measure, "INDENTS", (1,))
    result = bench(size=400, photos=None, seed=1)
    assert set(result.figures) == {"messages_per_s", "peak_rss_mb", "export_mb", "digest_share", "lost"}
    assert 0 < (result.figures["digest_share"].value or 0) < 1
    assert result.figures["lost"].value == 0
    assert set(result.peers) == {"json_load"}
    assert result.ratios["messages_per_s_vs_json_load"] > 0


def test_an_export_of_very_many_messages_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measure, "MANY", 300)
    monkeypatch.setattr(measure, "DAMAGED", 50)
    monkeypatch.setattr(measure, "INDENTS", (1,))
    result = bench(size=400, photos=None, seed=1)
    assert (result.figures["lost"].value, result.figures["lost"].n) == (0, 400 + 49)
