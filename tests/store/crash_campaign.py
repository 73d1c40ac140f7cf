"""Kills a process at random instants of its work on a case, again and again, and counts what is lost or doubled.

`python crash_campaign.py FOLDER VARIANT TRIALS SEED` prints the counts as JSON. The variants other than `sound` are
broken on purpose: a campaign that finds nothing wrong with them would show nothing about the sound one.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from store.made_up import PASSPHRASE, new_case, post
from takeback.errors import TakebackError
from takeback.evidence.ledger import Ledger
from takeback.evidence.verify import verify_case
from takeback.store.case_store import CaseStore
from takeback.store.database import Value
from takeback.store.disk import Disk

PARTS = 4
POSTS = 3
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
Work = Callable[[CaseStore, int], None]


class Countdown:
    """Kills this process, as nobody can catch, when so many steps were taken."""

    def __init__(self, steps: int) -> None:
        self.left = steps
        self.taken = 0

    def step(self) -> None:
        self.taken += 1
        self.left -= 1
        if not self.left:
            os.kill(os.getpid(), signal.SIGKILL)


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


def make_mortal(case: CaseStore, countdown: Countdown) -> None:
    """Lets the process die before any statement."""
    execute = case._database.execute

    def mortal(sql: str, values: Sequence[Value] = ()) -> int:
        countdown.step()
        return execute(sql, values)

    case._database.execute = mortal  # type: ignore[method-assign]  # the one place where a process may die


def sound(case: CaseStore, part: int) -> None:
    """File before row, and one transaction for an act, its result and its entry."""
    with case.transaction():
        case.add_posts("s1", [post(part * POSTS + number) for number in range(POSTS)])
        case.keep_note(f"blob {part}", case.keep_blob(b"blob %d" % part).encode())
        Ledger(case, case.ledger_key, "operator", lambda: NOW).append("part.done", public={"part": part})
        case.keep_result("stage", "1", "", str(part), b"done")


def result_before_act(case: CaseStore, part: int) -> None:
    """Broken: the result says done before the act is."""
    case.keep_result("stage", "1", "", str(part), b"done")
    with case.transaction():
        case.add_posts("s1", [post(part * POSTS + number) for number in range(POSTS)])
        case.keep_note(f"blob {part}", case.keep_blob(b"blob %d" % part).encode())
        Ledger(case, case.ledger_key, "operator", lambda: NOW).append("part.done", public={"part": part})


def result_after_act(case: CaseStore, part: int) -> None:
    """Broken: the act is done again when its result was not kept."""
    with case.transaction():
        case.add_posts("s1", [post(part * POSTS + number) for number in range(POSTS)])
        case.keep_note(f"blob {part}", case.keep_blob(b"blob %d" % part).encode())
        Ledger(case, case.ledger_key, "operator", lambda: NOW).append("part.done", public={"part": part})
    case.keep_result("stage", "1", "", str(part), b"done")


def row_before_file(case: CaseStore, part: int) -> None:
    """Broken: the row of a blob is there before its file."""
    vault, content = case._vault, b"blob %d" % part
    put = vault.put

    def unwritten(content: bytes, *, owner: str, key: bytes) -> str:
        return put(content, owner=owner, key=key) if owner == "posts" else vault.address(content, owner=owner)

    vault.put = unwritten  # type: ignore[method-assign]  # broken on purpose
    sound(case, part)
    vault.put = put  # type: ignore[method-assign]  # as above
    vault.put(content, owner="\n", key=case.key("vault"))


VARIANTS: dict[str, Work] = {
    each.__name__: each for each in (sound, result_before_act, result_after_act, row_before_file)
}


def work(path: Path, do: Work, countdown: Countdown) -> None:
    """Does what is not done yet."""
    with CaseStore.open(path, PASSPHRASE, disk=MortalDisk(countdown)) as case:
        make_mortal(case, countdown)
        for part in range(PARTS):
            if case.result("stage", "1", "", str(part)) is None:
                do(case, part)


def killed(path: Path, do: Work, steps: int) -> bool:
    """Whether a child process that works on the case died after so many steps, rather than finish."""
    child = os.fork()
    if not child:
        work(path, do, Countdown(steps))
        os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def wrong_with(path: Path) -> tuple[int, int]:
    """How many acts were lost, and how many doubled, once the work was done to its end."""
    with CaseStore.open(path, PASSPHRASE) as case:
        done = [dict(entry.fields)["part"] for entry in case.ledger_entries() if entry.action == "part.done"]
        lost = PARTS - len(set(done)) + PARTS * POSTS - case.count_posts()
        doubled = len(done) - len(set(done)) + len(list(case.occurrences())) - case.count_posts()
        for part in range(PARTS):
            try:
                digest = (case.note(f"blob {part}") or b"").decode()
                lost += case.blob(digest) != b"blob %d" % part  # type: ignore[arg-type]  # a digest as text
            except TakebackError:
                lost += 1
    return lost + (not verify_case(path).ok), doubled


def campaign(folder: Path, do: Work, trials: int, seed: int) -> dict[str, int]:
    """The counts over so many kills, each followed by the rest of the work."""
    template = folder / "template"
    with new_case(template) as case:
        Ledger(case, case.ledger_key, "operator", lambda: NOW).append("case_created")
    whole = Countdown(-1)
    shutil.copytree(template, folder / "whole")
    work(folder / "whole", do, whole)
    counts = {"kills": 0, "lost": 0, "doubled": 0}
    for steps in np.random.default_rng(seed).integers(1, whole.taken + 1, size=trials).tolist():
        path = folder / "trial"
        shutil.copytree(template, path)
        counts["kills"] += killed(path, do, steps)
        work(path, do, Countdown(-1))
        lost, doubled = wrong_with(path)
        counts["lost"] += lost
        counts["doubled"] += doubled
        shutil.rmtree(path)
    return counts


if __name__ == "__main__":
    where, variant, trials, seed = sys.argv[1:]
    print(json.dumps(campaign(Path(where), VARIANTS[variant], int(trials), int(seed))))  # noqa: T201  # its outcome
