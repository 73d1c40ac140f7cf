from __future__ import annotations

from pathlib import Path
from typing import Any

from takeback.simulate.truth import read_truth, write_truth


def test_what_is_written_is_read_again(network: Any, tmp_path: Path) -> None:
    write_truth(network.truth, tmp_path / "truth.json")
    assert read_truth(tmp_path / "truth.json") == network.truth


def test_the_file_is_the_same_each_time(network: Any, tmp_path: Path) -> None:
    write_truth(network.truth, tmp_path / "one.json")
    write_truth(network.truth, tmp_path / "two.json")
    assert (tmp_path / "one.json").read_bytes() == (tmp_path / "two.json").read_bytes()
