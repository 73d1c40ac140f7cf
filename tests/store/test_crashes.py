from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest


def counts(tmp_path: Path, variant: str, *, trials: int) -> dict[str, int]:
    """What the campaign counted, in a process of its own that dies many times."""
    tests = Path(__file__).resolve().parents[1]
    command = [sys.executable, str(tests / "store" / "crash_campaign.py"), str(tmp_path), variant, str(trials), "5"]
    environment = {**os.environ, "PYTHONPATH": f"{tests.parent / 'src'}{os.pathsep}{tests}"}
    done = subprocess.run(command, capture_output=True, check=True, env=environment)
    found: dict[str, int] = json.loads(done.stdout)
    return found


def test_a_kill_at_any_instant_loses_and_doubles_nothing(tmp_path: Path) -> None:
    found = counts(tmp_path, "sound", trials=24)
    assert found["kills"] > 18
    assert (found["lost"], found["doubled"]) == (0, 0)


@pytest.mark.parametrize(
    ("variant", "wrong"), [("result_before_act", "lost"), ("result_after_act", "doubled"), ("row_before_file", "lost")]
)
def test_the_same_kills_find_what_is_wrong_with_a_broken_order(tmp_path: Path, variant: str, wrong: str) -> None:
    found = counts(tmp_path, variant, trials=12)
    assert found["kills"] > 0
    assert found[wrong] > 0
