"""Marks: overlays that recur across pictures, and in how many channels they are posted (M5)."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator

from takeback.model.digest import Sha256
from takeback.model.measure import Measure
from takeback.network.sheet import Sheet
from takeback.network.tally import digests_in

_LISTED = 10
_DIGITS = 8
_METHOD = "overlays that recur at one place across unrelated pictures, as the comparison of pictures finds them"
_CAVEAT = (
    "A shared mark says that pictures went through one tool or one hand after they were made, not whose. Only pictures "
    "that were compared with an enrolled photograph are looked at, so the counts are at least."
)


def measure_marks(sheet: Sheet) -> Iterator[Measure]:
    """How many marks recur; of the most shared, in how many files and in how many channels."""
    files: dict[str, set[Sha256]] = {}
    for sha256, marks in sheet.network.marks.items():
        for mark in marks:
            files.setdefault(mark, set()).add(sha256)
    channels = _channels(sheet)
    every = {sha256 for held in files.values() for sha256 in held}
    yield sheet.count(
        "marks.total",
        "Marks that recur across pictures",
        len(files) if sheet.network.clusters else None,
        of=len(every),
        unit="marks",
        rows=sheet.rows("media", every),
        method=f"{_METHOD}; n is the files on which one is seen",
        caveat=_CAVEAT,
    )
    ranked = sorted(files, key=lambda mark: (-len(files[mark]), mark))
    for rank, mark in enumerate(ranked[:_LISTED], start=1):
        where = {channel for sha256 in files[mark] for channel in channels.get(sha256, ())}
        for id, name, value, unit in (
            ("files", "files that carry it", len(files[mark]), "files"),
            ("channels", "channels that post one of them", len(where), "channels"),
        ):
            yield sheet.count(
                f"marks.{rank}.{id}",
                f"Mark {rank} ({_called(sheet, mark)}): {name}",
                value,
                of=len(every),
                unit=unit,
                rows=sheet.rows("media", files[mark]),
                method=f"{_METHOD}; number {rank} by files",
                caveat=_CAVEAT,
            )


def _channels(sheet: Sheet) -> dict[Sha256, set[str]]:
    """The channels in which each marked file is posted."""
    found: dict[Sha256, set[str]] = {}
    for key, counts in sheet.tally.counts.items():
        if key[0] == "files" and sheet.network.marks:
            for text in digests_in([counts]):
                if text in sheet.network.marks:
                    found.setdefault(Sha256(text), set()).add(key[2])
    return found


def _called(sheet: Sheet, mark: str) -> str:
    content = b"mark\0" + mark.encode("utf-8", "surrogatepass")
    return f"mark-{hmac.new(sheet.network.row_key, content, hashlib.sha256).hexdigest()[:_DIGITS]}"
