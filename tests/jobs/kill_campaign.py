"""Kills a process group amid an investigation, again and again, and says what is different once it was run to its end.

`python kill_campaign.py ORDER` reads an order (a JSON file, see `Order`) and prints a list of `Trial` as JSON. Every
run works on a copy of one case. Instants are counted in steps: each statement of the database, each write to the disk.
"""

from __future__ import annotations

import os
import selectors
import shutil
import signal
import sys
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import msgspec
import numpy as np

import takeback.jobs.investigate as job
from made_up_case import PASSPHRASE, TODAY, stopped
from takeback.evidence.verify import verify_case
from takeback.jobs.case import Case
from takeback.jobs.publish import documents_of
from takeback.jobs.report_content import report_of
from takeback.plugins import engine
from takeback.store.database import Value
from takeback.store.disk import Disk

SAME = ("findings.json", "measures.json", "undecided.json", "matches.json")
_PATIENCE = 600.0


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What to kill how often: ``empty`` is the case that is copied, ``broken`` runs it without transactions.

    ``by_clock`` kills from outside after a share of the undisturbed run's time, instead of at a step from inside;
    ``before`` kills before the first statement that begins so.
    """

    empty: str
    export: str
    pack: str
    work: str
    engine: str
    kills: int
    seed: int
    by_clock: bool = False
    broken: bool = False
    before: str = ""


class Trial(msgspec.Struct, frozen=True, kw_only=True):
    """One killed run, and what differs from the undisturbed one once it was run again to its end."""

    instant: float
    killed: bool
    differences: tuple[str, ...]


class Countdown:
    """Kills the whole process group, as nobody can catch, when so many steps were taken."""

    def __init__(self, steps: int) -> None:
        self.left = steps
        self.taken = 0

    def step(self) -> None:
        self.taken += 1
        self.left -= 1
        if not self.left:
            os.killpg(0, signal.SIGKILL)


class MortalDisk(Disk):
    """A disk on which the process may die before, amid or after any write."""

    def __init__(self, countdown: Countdown) -> None:
        self.countdown = countdown

    def put(self, descriptor: int, content: bytes) -> None:
        self.countdown.step()
        super().put(descriptor, content[: len(content) // 2])
        self.countdown.step()
        super().put(descriptor, content[len(content) // 2 :])
        self.countdown.step()


def make_mortal(case: Case, countdown: Countdown, *, before: str) -> None:
    """Lets the process die before any statement, and at any write."""
    execute, disk = case.store._database.execute, MortalDisk(countdown)

    def mortal(sql: str, values: Sequence[Value] = ()) -> int:
        countdown.step()
        if before and sql.startswith(before):
            os.killpg(0, signal.SIGKILL)
        return execute(sql, values)

    case.store._database.execute = mortal  # type: ignore[method-assign]  # the one place where a process may die
    case.store._disk = case.store._vault._disk = case.store._mirror._disk = disk


class Torn(Case):
    """A case whose acts are kept statement by statement: broken on purpose."""

    def transaction(self) -> AbstractContextManager[None]:
        return nullcontext()


def work(order: Order, path: Path, countdown: Countdown, *, before: str = "") -> int:
    """One investigation in parts of three media, and how many steps it took."""
    job.PART = job._SUSPECTS = 3
    kind = Torn if order.broken else Case
    with kind.open(path, passphrase=PASSPHRASE, clock=stopped) as case:
        make_mortal(case, countdown, before=before)
        job.investigate(
            case, [Path(order.export)], [Path(order.pack)], engine=engine(order.engine, workers=2), today=TODAY
        )
    return countdown.taken


def in_own_group(
    order: Order, path: Path, *, steps: int = -1, before: str = "", seconds: float = _PATIENCE
) -> tuple[bool, int]:
    """Whether a run in a process group of its own was killed, and how many steps it took if not."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        status = 1
        try:
            os.setsid()
            os.write(writing, str(work(order, path, Countdown(steps), before=before)).encode())
            status = 0
        finally:
            os._exit(status)
    os.close(writing)
    with os.fdopen(reading, "rb") as said, selectors.DefaultSelector() as waiting:
        waiting.register(said, selectors.EVENT_READ)
        if not waiting.select(seconds):
            os.killpg(child, signal.SIGKILL)
        taken = int(said.read() or b"0")
    _, status = os.waitpid(child, 0)
    if not os.WIFSIGNALED(status) and os.waitstatus_to_exitcode(status):
        raise SystemExit(f"a run ended with {os.waitstatus_to_exitcode(status)}")
    return os.WIFSIGNALED(status), taken


def load_kernels() -> None:
    """Have what every run needs in memory before the first fork."""
    import takeback.engines.serial
    import takeback.kernels.consensus
    import takeback.kernels.hamming
    import takeback.kernels.pdq
    import takeback.matching.examine
    import takeback.signals.features  # noqa: F401  # as the ones above: for the children


def state(path: Path) -> dict[str, object]:
    """Everything that a killed and an undisturbed run have in common."""
    with Case.open(path, passphrase=PASSPHRASE, clock=stopped) as case:
        documents = documents_of(case, report_of(case))
        found: dict[str, object] = {name: documents[name] for name in SAME}
        found["posts"] = list(case.store.occurrences())
        found["media"] = list(case.store.media())
        found["sealed"] = case.store.sealed_items()
        found["damage"] = case.store.damage()
        found["persons"] = (case.store.persons(), [each.id for each in case.store.originals()])
        found["acts"] = Counter(entry.action for entry in case.store.ledger_entries())
        found["results"] = [case.store.count_results(stage) for stage in ("fingerprint", "compare")]
    found["vault"] = sorted(each.name for each in (path / "vault").glob("*/*"))
    found["run folder"] = sorted(str(each) for each in (path / "runs").rglob("*"))
    found["verifies"] = verify_case(path).ok
    return found


def campaign(order: Order) -> list[Trial]:
    """The trials, each compared with one undisturbed run of the plain engine."""
    load_kernels()
    folder = Path(order.work)
    whole = Path(shutil.copytree(order.empty, folder / "whole"))
    start = time.monotonic()
    _, steps = in_own_group(msgspec.structs.replace(order, engine="serial", broken=False), whole)
    seconds = time.monotonic() - start
    expected = state(whole)
    assert expected["verifies"]
    assert not expected["run folder"]
    rng = np.random.default_rng(order.seed)
    shares = [(number + rng.random()) / order.kills for number in range(order.kills)]
    instants = [share * (seconds if order.by_clock else steps) for share in shares]
    return [trial(order, folder / "trial", instant, expected) for instant in instants]


def trial(order: Order, path: Path, instant: float, expected: dict[str, object]) -> Trial:
    """One kill, one run to the end, one comparison."""
    shutil.copytree(order.empty, path)
    if order.before:
        killed, _ = in_own_group(order, path, before=order.before)
    elif order.by_clock:
        killed, _ = in_own_group(order, path, seconds=instant)
    else:
        killed, _ = in_own_group(order, path, steps=max(1, round(instant)))
    in_own_group(order, path)
    found = state(path)
    shutil.rmtree(path)
    different = tuple(name for name in expected if expected[name] != found[name])
    return Trial(instant=instant, killed=killed, differences=different)


if __name__ == "__main__":
    trials = campaign(msgspec.json.decode(Path(sys.argv[1]).read_bytes(), type=Order))
    sys.stdout.write(msgspec.json.encode(trials).decode())
