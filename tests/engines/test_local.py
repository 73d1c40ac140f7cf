"""The local engine keeps the contract, and leaves nothing behind."""

import os
import signal
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path

import pytest

from engines.worker_stages import large, leave, pid_or_hang, threads_of, where_the_key_shows
from takeback.engines.contract import WorkerEngineContract
from takeback.engines.local import Local
from takeback.errors import UsageError
from takeback.protocols import Engine, Secrets

SRC = Path(__file__).parents[2] / "src"
SECRET = "d0n7l0okatm3"
GUARD = 'if __name__ == "__main__":\n    main()'


class TestLocal(WorkerEngineContract):
    READ_AHEAD = 4

    def engine(self) -> Engine:
        return Local(2)


def alive(pid: int | None) -> bool:
    assert pid is not None
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_part_past_the_deadline_is_ended_and_the_rest_goes_on() -> None:
    outcomes = list(Local(2, deadline=0.5).map(pid_or_hang, [1, "hang", 2], secrets=Secrets()))
    assert [outcome.error for outcome in outcomes] == [None, "TooSlow: no answer within 0.5 s", None]


def test_the_error_of_a_killed_worker_says_how_it_ended() -> None:
    outcome = next(iter(Local(1).map(leave, [1], secrets=Secrets())))
    assert outcome.error == "WorkerKilled: the worker ended twice over this part (exit code 3)"


def test_closing_early_leaves_no_worker() -> None:
    outcomes = Local(2).map(pid_or_hang, [1, 2, "hang", "hang"], secrets=Secrets())
    assert isinstance(outcomes, Generator)
    pids = [next(outcomes).value, next(outcomes).value]
    assert any(alive(pid) for pid in pids)
    outcomes.close()
    assert not any(alive(pid) for pid in pids)


def test_a_finished_run_leaves_no_worker() -> None:
    pids = {outcome.value for outcome in Local(2).map(pid_or_hang, range(6), secrets=Secrets())}
    assert os.getpid() not in pids
    assert not any(alive(pid) for pid in pids)


def test_results_larger_than_a_pipe_arrive_whole() -> None:
    sizes = [5_000_000, 0, 3_000_000, 1]
    outcomes = list(Local(2).map(large, sizes, secrets=Secrets()))
    assert [len(outcome.value or b"") for outcome in outcomes] == sizes


def test_keys_are_in_no_argument_and_no_environment() -> None:
    outcomes = list(Local(1).map(where_the_key_shows, [1], secrets=Secrets({"run": SECRET.encode()})))
    assert [outcome.value for outcome in outcomes] == [[]]


def test_workers_share_the_cores_with_one_thread_each_and_the_parent_keeps_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("OPENBLAS_NUM_THREADS", raising=False)
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    parts = ["OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"]
    outcomes = Local(workers=1).map(threads_of, parts, secrets=Secrets())
    assert [outcome.value for outcome in outcomes] == ["1", "3"]
    assert "OPENBLAS_NUM_THREADS" not in os.environ


def test_a_stage_that_cannot_travel_is_a_mistake_of_the_caller() -> None:
    def here_only(part: int, secrets: Secrets) -> int:
        return part

    with pytest.raises(UsageError, match="cannot travel"):
        next(iter(Local(1).map(here_only, [1], secrets=Secrets())))


@pytest.mark.parametrize(("workers", "deadline"), [(0, None), (-1, None), (1, 0.0)])
def test_senseless_settings_are_refused(workers: int, deadline: float | None) -> None:
    with pytest.raises(UsageError):
        Local(workers, deadline=deadline)


PROGRAM = """
import os
import signal
import threading
from takeback.engines.local import Local
from takeback.protocols import Secrets

def hang(part, secrets):
    os.write(1, b"working\\n")  # one system call: two workers share the pipe
    if part:
        threading.Event().wait()

def main():
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a background job inherits that it is ignored
    outcomes = Local(2).map(hang, [0, 1, 1], secrets=Secrets())
    next(outcomes)
    os.write(1, b"first\\n")
    {then}

{guard}
"""


def start_program(folder: Path, *, then: str, guard: str = GUARD) -> subprocess.Popen[str]:
    script = folder / "program.py"
    script.write_text(PROGRAM.format(then=then, guard=guard))
    return subprocess.Popen(
        [sys.executable, str(script)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(SRC)},
        start_new_session=True,
    )


def wait_for_hanging_parts(program: subprocess.Popen[str]) -> None:
    assert program.stdout is not None
    lines = [program.stdout.readline().strip() for _ in range(4)]
    assert sorted(lines) == ["first", "working", "working", "working"]


def test_workers_die_with_a_killed_parent(tmp_path: Path) -> None:
    program = start_program(tmp_path, then="next(outcomes)")
    wait_for_hanging_parts(program)
    program.kill()
    program.communicate(timeout=90)  # returns once no process holds the output any more
    assert program.returncode == -signal.SIGKILL


def test_ctrl_c_ends_the_run_and_workers_keep_quiet(tmp_path: Path) -> None:
    program = start_program(tmp_path, then="next(outcomes)")
    wait_for_hanging_parts(program)
    os.killpg(program.pid, signal.SIGINT)
    _, errors = program.communicate(timeout=90)
    assert program.returncode == -signal.SIGINT
    assert errors.count("Traceback") == 1
    assert errors.strip().endswith("KeyboardInterrupt")


def test_an_iterator_that_is_never_closed_does_not_hold_the_program(tmp_path: Path) -> None:
    program = start_program(tmp_path, then="globals().update(kept=outcomes)")
    _, errors = program.communicate(timeout=90)
    assert (program.returncode, errors) == (0, "")


def test_a_program_without_a_guard_gets_a_clear_error_and_no_endless_loop(tmp_path: Path) -> None:
    program = start_program(tmp_path, then="next(outcomes)", guard="main()")
    _, errors = program.communicate(timeout=90)
    assert program.returncode == 1
    assert "must keep its start under" in errors
