"""The record of every list and message that left a folder of hash banks, and of what it was compared with."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import msgspec

from takeback.store.disk import Disk

EXPORTS = "exports.ndjson"


class Export(msgspec.Struct, frozen=True, kw_only=True):
    """What left: when, where to, of how many entries it spoke.

    ``cases`` counts the cases whose enrolled photographs it was compared with: 0 where somebody said that none are
    kept, or where only disputes and retractions left.
    """

    time: datetime
    to: str
    entries: int
    cases: int


def note_export(folder: Path, export: Export) -> None:
    """Enter it into the record of this folder; it is on the disk when this returns."""
    Disk().append_line(folder / EXPORTS, msgspec.json.encode(export))
