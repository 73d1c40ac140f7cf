from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from made_up_case import MadeUp

Kill = dict[str, str | float | bool]
Trial = dict[str, bool | list[str]]
SOUND: Trial = {"killed": True, "differences": []}


def instants(count: int, seed: int) -> list[float]:
    """So many shares of a run, one at random in each of as many slices of it."""
    return [float(each) for each in (np.arange(count) + np.random.default_rng(seed).random(count)) / count]


def trials(made_up: MadeUp, work: Path, kills: list[Kill]) -> list[Trial]:
    """What the campaign saw, in processes of its own that die many times."""
    tests = Path(__file__).resolve().parents[1]
    paths = {"empty": made_up.empty, "export": made_up.export, "pack": made_up.pack, "work": work}
    order = {name: str(path) for name, path in paths.items()} | {"kills": kills}
    written = work / "order.json"
    written.write_text(json.dumps(order), encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": f"{tests.parent / 'src'}{os.pathsep}{tests}"}
    command = [sys.executable, str(tests / "jobs" / "kill_campaign.py"), str(written)]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, env=environment)
    found: list[Trial] = json.loads(done.stdout)
    return found


def test_a_kill_at_any_instant_and_a_second_run_give_the_case_of_one_undisturbed_run(
    made_up: MadeUp, tmp_path: Path
) -> None:
    serial: list[Kill] = [{"engine": "serial", "share": share} for share in instants(4, seed=11)]
    local: Kill = {"engine": "local", "before": "INSERT INTO result"}
    piece_by_piece: Kill = {"engine": "serial", "before": "INSERT INTO partition", "broken": True}
    *found, broken = trials(made_up, tmp_path, [*serial, local, piece_by_piece])
    assert found == [SOUND] * 5
    assert broken == {"killed": True, "differences": ["acts"]}  # the same comparison can fail


@pytest.mark.campaign
@pytest.mark.parametrize(("engine", "clock"), [("serial", 0), ("serial", 1), ("local", 1)])
def test_thirty_random_instants_lose_and_double_nothing(
    made_up: MadeUp, tmp_path: Path, engine: str, clock: int
) -> None:
    kills: list[Kill] = [
        {"engine": engine, "share": share, "by_clock": bool(clock)} for share in instants(30, seed=30 + clock)
    ]
    found = trials(made_up, tmp_path, kills)
    hit = sum(each["killed"] is True for each in found)
    assert hit == 30 or (clock and hit > 10)  # by the clock, a run that was faster than the first one escapes
    assert [each["differences"] for each in found if each["differences"]] == []
