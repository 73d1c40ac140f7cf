"""The signal files of python-threatexchange: a signal a line, and the table that its `dataset` command prints."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from takeback.exchanges.hash_records import (
    HarmRecord,
    SaidOf,
    SetAside,
    SetAsideReason,
    cells_of,
    lines_of,
    read_or_set_aside,
    too_large,
)
from takeback.model.bank import HarmHash, Opinion
from takeback.model.signal import HEX_DIGITS

DATASET_HEADER = ("signal_type", "signal_str", "collab", "category", "tags")
_PDQ = "pdq"
_OPINIONS = {"POSITIVE_CLASS": Opinion.CONFIRM, "NEGATIVE_CLASS": Opinion.DISPUTE}
_TYPE = re.compile(r"[a-z][a-z0-9_]*", re.ASCII)


def read_signal_file(file: BinaryIO) -> Iterator[HarmRecord | SetAside]:
    """Each line: ``pdq HEX``, as the local file exchange keeps it, or a bare PDQ hash; the rest is passed over."""
    for number, line in lines_of(file):
        if line is None:
            yield too_large(number)
            continue
        words = line.decode("utf-8", "replace").split() or [""]
        named = len(words) > 1 and _TYPE.fullmatch(words[0]) is not None and len(words[0]) != HEX_DIGITS
        kind, digits = (words[0], words[1]) if named else (_PDQ, words[0])
        yield _signal(number, kind, digits)


def read_dataset(file: BinaryIO) -> Iterator[HarmRecord | SetAside]:
    """Each row of ``threatexchange dataset --print-signals --csv``; the collaboration's view becomes an opinion."""
    lines = lines_of(file)
    next(lines, None)
    for number, line in lines:
        cells = None if line is None else cells_of(line)
        if cells is None or len(cells) != len(DATASET_HEADER):
            message = f"not the {len(DATASET_HEADER)} cells {', '.join(DATASET_HEADER)}"
            yield SetAside(number=number, reason=SetAsideReason.UNREADABLE, message=message)
            continue
        kind, digits, collab, category, tags = (cell.strip() for cell in cells)
        said = _OPINIONS.get(category)
        yield _signal(
            number,
            kind,
            digits,
            opinions=() if said is None else (SaidOf(opinion=said, by=collab or "a collaboration", reason=tags),),
            metadata=tuple((name, value) for name, value in (("collab", collab), ("tags", tags)) if value),
        )


def write_signal_file(records: Iterable[HarmRecord], file: BinaryIO) -> int:
    """The perceptual hashes that count, ``pdq HEX`` a line; a cryptographic hash has no place in this format."""
    written = 0
    for record in records:
        if record.hash is not None and record.hash.signal is not None and not record.withdrawn:
            file.write(f"{_PDQ} {record.hash.signal.hex}\n".encode())
            written += 1
    return written


def _signal(
    number: int,
    kind: str,
    digits: str,
    *,
    opinions: tuple[SaidOf, ...] = (),
    metadata: tuple[tuple[str, str], ...] = (),
) -> HarmRecord | SetAside:
    if kind != _PDQ:
        message = f"a signal of the type {kind[:40]!r}; banks of images take {_PDQ!r}"
        return SetAside(number=number, reason=SetAsideReason.OTHER_SIGNAL, message=message)
    return read_or_set_aside(
        number,
        lambda: HarmRecord(number=number, hash=HarmHash.of(pdq=digits), opinions=opinions, metadata=metadata),
    )
