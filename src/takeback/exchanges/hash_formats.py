"""The formats of hash lists by name, and which one a file is in."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from takeback.exchanges import ncmec_entries, stopncii_records
from takeback.exchanges.hash_records import Reader, Writer, cells_of
from takeback.exchanges.hash_tables import read_csv, read_ndjson, write_csv, write_ndjson
from takeback.exchanges.ncmec_entries import read_ncmec, write_ncmec
from takeback.exchanges.stopncii_records import read_stopncii, write_stopncii
from takeback.exchanges.threatexchange_files import (
    DATASET_HEADER,
    read_dataset,
    read_signal_file,
    write_signal_file,
)
from takeback.model.signal import HEX_DIGITS

HEAD_BYTES = 1 << 16
_TYPE = re.compile(rb"[a-z][a-z0-9_]{1,30}")


class HashFormat(StrEnum):
    """A format that hash lists are written in."""

    CSV = "csv"
    NDJSON = "ndjson"
    SIGNALS = "signals"
    DATASET = "dataset"
    STOPNCII = "stopncii"
    NCMEC = "ncmec"


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """How a format is read and written; ``exchange`` is whose records they are."""

    read: Reader
    write: Writer | None
    exchange: str | None = None
    cryptographic: bool = True
    """Whether it has a place for a hash that is not perceptual."""


FORMATS = {
    HashFormat.CSV: Format(read=read_csv, write=write_csv),
    HashFormat.NDJSON: Format(read=read_ndjson, write=write_ndjson),
    HashFormat.SIGNALS: Format(read=read_signal_file, write=write_signal_file, cryptographic=False),
    HashFormat.DATASET: Format(read=read_dataset, write=None),
    HashFormat.STOPNCII: Format(
        read=read_stopncii, write=write_stopncii, exchange=stopncii_records.EXCHANGE, cryptographic=False
    ),
    HashFormat.NCMEC: Format(read=read_ncmec, write=write_ncmec, exchange=ncmec_entries.EXCHANGE),
}


def format_of(head: bytes) -> HashFormat | None:
    """The format that a file beginning like this is in; None where it is none of them, or empty."""
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    first = text.partition(b"\n")[0]
    if text.startswith(b"<"):
        return HashFormat.NCMEC
    if text.startswith(b"{"):
        whole = b'"hashRecords"' in text or not first.rstrip().endswith(b"}")
        return HashFormat.STOPNCII if whole else HashFormat.NDJSON
    if b"," in first:
        names = tuple(name.strip().lower() for name in cells_of(first) or ())
        return HashFormat.DATASET if names == DATASET_HEADER else HashFormat.CSV
    words = first.split()
    if words and (words[0] in {b"pdq", b"sha256", b"md5"} and len(words) == 1):
        return HashFormat.CSV  # a table of one column
    signal = bool(words) and (len(words[0]) == HEX_DIGITS or (len(words) > 1 and _TYPE.fullmatch(words[0])))
    return HashFormat.SIGNALS if signal else None
