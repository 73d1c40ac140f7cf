"""Adds and withdraws in a folder of banks until it is killed; says on standard output what it was told is done.

`python bank_worker.py FOLDER SEED`: each line is ``add HEX ID`` or ``withdraw HEX ID``, after the call returned.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from takeback.jobs.bank_store import BankStore
from takeback.model.bank import HarmHash, Provenance


def work(folder: Path, seed: int) -> None:
    """Three hashes in, one of them out, again and again."""
    draw = np.random.default_rng(seed)
    with BankStore.open(folder) as store:
        while True:
            digits = [draw.bytes(32).hex() for _ in range(3)]
            ids = store.add("reported", [HarmHash.of(pdq=each) for each in digits], Provenance(added_by="worker"))
            for each, id in zip(digits, ids, strict=True):
                say("add", each, id)
            store.withdraw([ids[0]], by="worker", reason="made up")
            say("withdraw", digits[0], ids[0])


def say(act: str, digits: str, id: int) -> None:
    """One line that the parent reads at once."""
    sys.stdout.write(f"{act} {digits} {id}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    work(Path(sys.argv[1]), int(sys.argv[2]))
