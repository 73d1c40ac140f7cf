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


class Kill(msgspec.Struct, frozen=True, kw_only=True):
    """One kill: after a ``share`` of the steps (or, ``by_clock``, of the time) of the undisturbed run, or ``before``
    the first statement that begins so; ``broken`` runs the case without transactions.
    """

    engine: str
    share: float = 1.0
    by_clock: bool = False
    before: str = ""
    broken: bool = False


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """The kills to try on copies of the case ``empty``, all under the folder ``work``."""

    empty: str
    export: str
    pack: str
    work: str
    kills: tuple[Kill, ...]


class Trial(msgspec.Struct, frozen=True, kw_only=True):
    """One killed run, and what differs from the undisturbed one once it was run again to its end."""

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


def work(order: Order, kill: Kill, path: Path, countdown: Countdown, *, before: str) -> int:
    """One investigation in parts of three media, and how many steps it took."""
    job.PART = job._SUSPECTS = 3
    kind = Torn if kill.broken else Case
    with kind.open(path, passphrase=PASSPHRASE, clock=stopped) as case:
        make_mortal(case, countdown, before=before)
        job.investigate(
            case, [Path(order.export)], [Path(order.pack)], engine=engine(kill.engine, workers=2), today=TODAY
        )
    return countdown.taken


def in_own_group(
    order: Order, kill: Kill, path: Path, *, steps: int = -1, before: str = "", seconds: float = _PATIENCE
) -> tuple[bool, int]:
    """Whether a run in a process group of its own was killed, and how many steps it took if not."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        status = 1
        try:
            os.setsid()
            os.write(writing, str(work(order, kill, path, Countdown(steps), before=before)).encode())
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
    _, steps = in_own_group(order, Kill(engine="serial"), whole)
    seconds = time.monotonic() - start
    expected = state(whole)
    assert expected["verifies"]
    assert not expected["run folder"]
    return [trial(order, kill, folder / "trial", steps, seconds, expected) for kill in order.kills]


def trial(order: Order, kill: Kill, path: Path, steps: int, seconds: float, expected: dict[str, object]) -> Trial:
    """One kill, one run to the end, one comparison."""
    shutil.copytree(order.empty, path)
    if kill.before:
        killed, _ = in_own_group(order, kill, path, before=kill.before)
    elif kill.by_clock:
        killed, _ = in_own_group(order, kill, path, seconds=kill.share * seconds)
    else:
        killed, _ = in_own_group(order, kill, path, steps=max(1, round(kill.share * steps)))
    in_own_group(order, kill, path)
    found = state(path)
    shutil.rmtree(path)
    return Trial(killed=killed, differences=tuple(name for name in expected if expected[name] != found[name]))


if __name__ == "__main__":
    trials = campaign(msgspec.json.decode(Path(sys.argv[1]).read_bytes(), type=Order))
    sys.stdout.write(msgspec.json.encode(trials).decode())
