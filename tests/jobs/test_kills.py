from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from made_up_case import MadeUp


def trials(made_up: MadeUp, work: Path, **order: str | int | bool) -> list[dict[str, object]]:
    """What the campaign saw, in processes of its own that die many times."""
    tests = Path(__file__).resolve().parents[1]
    paths = {"empty": made_up.empty, "export": made_up.export, "pack": made_up.pack, "work": work}
    written = work / "order.json"
    written.write_text(json.dumps({name: str(path) for name, path in paths.items()} | order), encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": f"{tests.parent / 'src'}{os.pathsep}{tests}"}
    command = [sys.executable, str(tests / "jobs" / "kill_campaign.py"), str(written)]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, env=environment)
    found: list[dict[str, object]] = json.loads(done.stdout)
    return found


def test_a_kill_at_any_instant_and_a_second_run_give_the_case_of_one_undisturbed_run(
    made_up: MadeUp, tmp_path: Path
) -> None:
    found = trials(made_up, tmp_path, engine="serial", kills=4, seed=11)
    assert [each["killed"] for each in found] == [True] * 4
    assert [each["differences"] for each in found] == [[]] * 4


def test_a_kill_while_local_workers_compute_gives_the_case_of_the_plain_engine(made_up: MadeUp, tmp_path: Path) -> None:
    found = trials(made_up, tmp_path, engine="local", kills=1, seed=0, before="INSERT INTO result")
    assert [(each["killed"], each["differences"]) for each in found] == [(True, [])]


def test_the_same_kill_shows_what_is_wrong_with_acts_that_are_kept_piece_by_piece(
    made_up: MadeUp, tmp_path: Path
) -> None:
    (found,) = trials(made_up, tmp_path, engine="serial", kills=1, seed=0, before="INSERT INTO post", broken=True)
    assert found == {"instant": found["instant"], "killed": True, "differences": ["acts"]}


@pytest.mark.campaign
@pytest.mark.parametrize("order", [("serial", False), ("serial", True), ("local", True)])
def test_thirty_random_instants_lose_and_double_nothing(
    made_up: MadeUp, tmp_path: Path, order: tuple[str, bool]
) -> None:
    found = trials(made_up, tmp_path, engine=order[0], kills=30, seed=30, by_clock=order[1])
    assert sum(bool(each["killed"]) for each in found) > 20
    assert [each for each in found if each["differences"]] == []
