"""The guard of an export, made from the enrolled photographs of cases: the one place where both are in sight.

The photographs' hashes go in, and what comes out is which records stay here. Nothing says which photograph, whose, or
how close; each case keeps in its ledger that an export was held against it, and the folder of the banks what left.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

import numpy as np

from takeback.exchanges.export_guard import Guard, Guarded, guarded_for_export
from takeback.jobs.bank_folder import utc_now
from takeback.jobs.case import Case
from takeback.model.bank import HarmHash
from takeback.model.signal import HASH_WORDS
from takeback.store.export_record import Export, note_export


def guard_of(cases: Sequence[Case]) -> Guard:
    """The guard that knows the enrolled photographs of these cases, in all of their 8 forms and by their bytes."""
    enrolled = [original for case in cases for original in case.store.originals(photographs=False)]
    protected = np.array([signal.words for original in enrolled for signal in original.signals], np.uint64).reshape(
        -1, HASH_WORDS
    )
    files = frozenset(original.sha256 for original in enrolled)

    def guard(hashes: Sequence[HarmHash]) -> tuple[Guarded, ...]:
        return guarded_for_export(hashes, protected, files=files)

    return guard


def record_export(
    cases: Sequence[Case], banks: Path, *, to: str, entries: int, clock: Callable[[], datetime] = utc_now
) -> None:
    """Enter into each case that hashes were held against its photographs, and into the banks' folder what leaves.

    What leaves because somebody said that no enrolled photographs are kept is on record too.
    """
    for case in cases:
        case.record("export_guarded", public={"entries": entries})
    note_export(banks, Export(time=clock(), to=to, entries=entries, cases=len(cases)))
