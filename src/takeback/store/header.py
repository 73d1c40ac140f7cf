"""The public header of a case: what may be read without its passphrase."""

from __future__ import annotations

from pathlib import Path

import msgspec

from takeback.errors import CaseError

FORMAT = "takeback-case"
FORMAT_VERSION = 1
HEADER = "case.json"


class CaseHeader(msgspec.Struct, frozen=True, kw_only=True):
    """What `case.json` holds; nothing in it is personal.

    ``case_key`` is the case key wrapped by the passphrase; it is gone once the case was forgotten.
    """

    format: str
    version: int
    id: str
    created: str
    recipient: str
    ledger_key: str
    case_key: dict[str, str | int] | None = None
    forgotten: str | None = None


def encode_header(header: CaseHeader) -> bytes:
    """The bytes of `case.json`."""
    return msgspec.json.format(msgspec.json.encode(header), indent=2) + b"\n"


def read_header(case: Path) -> CaseHeader:
    """The header of the case in this folder; a CaseError where there is none that this version knows."""
    path = case / HEADER
    foreign = f"not a takeback case: {case} has no readable {HEADER} (make one with `takeback case new DIR`)"
    try:
        content = path.read_bytes()
        version = msgspec.json.decode(content, type=_Version)
    except (OSError, ValueError, msgspec.MsgspecError) as error:
        raise CaseError(foreign) from error
    if version.format != FORMAT:
        raise CaseError(foreign)
    if version.version != FORMAT_VERSION:
        message = (
            f"case of version {version.version}, this takeback knows {FORMAT_VERSION}: {case} "
            "(open it with the takeback that made it, or a newer one)"
        )
        raise CaseError(message)
    try:
        return msgspec.json.decode(content, type=CaseHeader)
    except (ValueError, msgspec.MsgspecError) as error:
        message = f"case header is damaged: {path}: {error} (restore it from a copy of the case)"
        raise CaseError(message) from error


class _Version(msgspec.Struct):
    format: str
    version: int
