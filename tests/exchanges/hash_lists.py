"""Made-up hash lists, and what reading one gives."""

from __future__ import annotations

import io
from collections.abc import Iterable

from takeback.exchanges.hash_formats import FORMATS, HashFormat
from takeback.exchanges.hash_records import HarmRecord, SetAside
from takeback.model.bank import HarmHash

PDQ = "f8f8f0cee0f4a84f06370a22038f63f0b36e2ed596621e1d33e6b39c4e9c9b22"
OTHER_PDQ = "e64cc9d91c623882f8d1f1d9a398e78c9f199b3bd83924f2b7e11e0bf861b064"
SHA256 = "a1" * 32
MD5 = "b2" * 16


def read(format: HashFormat, text: str | bytes) -> tuple[list[HarmRecord], list[SetAside]]:
    """The records of a list, and what was set aside."""
    found = list(FORMATS[format].read(io.BytesIO(text if isinstance(text, bytes) else text.encode())))
    return [each for each in found if isinstance(each, HarmRecord)], [
        each for each in found if isinstance(each, SetAside)
    ]


def written(format: HashFormat, records: Iterable[HarmRecord]) -> bytes:
    """The records as a list of that format."""
    writer = FORMATS[format].write
    assert writer is not None
    out = io.BytesIO()
    count = writer(records, out)
    again, aside = read(format, out.getvalue()) if count else ([], [])
    assert (len(again), aside) == (count, [])
    return out.getvalue()


def record(number: int = 1, **hash: object) -> HarmRecord:
    """A record of one hash."""
    return HarmRecord(number=number, hash=HarmHash.of(**hash), record=f"r{number}")  # type: ignore[arg-type]  # passed on
