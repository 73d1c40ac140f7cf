"""Verification: what of a bundle or a case is as it was written, and what is not, and where.

It says "consistent since intake", never "authentic".
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from takeback.crypto.signing import verify as signature_holds
from takeback.errors import UnusableInput, VerificationFailed
from takeback.evidence.bagit import (
    DECLARATION,
    INFO,
    MANIFEST,
    PAYLOAD,
    TAG_MANIFEST,
    parse_manifest,
)
from takeback.evidence.bundle import HEAD, LEDGER, SIGNATURE, SIGNER, SUMS, UNLISTED, signer_pem
from takeback.evidence.ledger import Verified, parse_line, verify_entries
from takeback.model.evidence import LedgerEntry

_CASE = "case.json"
_FIRST = "case_created"
"""What the first entry of every case's ledger records."""
_NOT_COMPARED = "no earlier head was given: a cut tail would not be seen"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that was looked at: whether it holds, what was found, and where."""

    name: str
    ok: bool
    what: str
    where: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """Every check of one bundle or case; ``head`` is the ledger's last entry, to be compared with an earlier one."""

    path: Path
    checks: tuple[Check, ...]
    head: tuple[int, str] | None
    signer: str | None
    compared: bool
    """Whether the ledger was compared with an earlier head."""

    @property
    def ok(self) -> bool:
        """Whether every check holds."""
        return bool(self.checks) and all(check.ok for check in self.checks)

    @property
    def words(self) -> str:
        """The outcome in a sentence."""
        if self.ok:
            return "consistent since intake" + ("" if self.compared else f"; {_NOT_COMPARED}")
        failed = [check for check in self.checks if not check.ok]
        return f"not as it was written: {len(failed)} of {len(self.checks)} checks fail, first: {failed[0].what}"


class _Head(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    seq: int
    hash: str
    ledger_key: str
    signer: str


class _CaseHeader(msgspec.Struct, frozen=True):
    format: str
    ledger_key: str


def verify_path(
    path: Path, *, expect_signer: str | None = None, expect_head: tuple[int, str] | None = None
) -> Verification:
    """What holds of the bundle or the case at ``path``; UnusableInput where it is neither."""
    if (path / _CASE).is_file():
        return verify_case(path, expect_head=expect_head)
    return verify_bundle(path, expect_signer=expect_signer, expect_head=expect_head)


def verify_bundle(
    path: Path, *, expect_signer: str | None = None, expect_head: tuple[int, str] | None = None
) -> Verification:
    """Finds any changed, missing or added file, a broken chain, a wrong signature.

    ``expect_signer`` is the public key that the sender gave by another way, ``expect_head`` an entry that the ledger
    must hold: without them, a bundle that was made anew as a whole with another key holds in itself.
    """
    if not any((path / name).is_file() for name in (DECLARATION, SUMS, HEAD, LEDGER)):
        message = f"neither an evidence bundle nor a case: {path} (name the folder that holds {SUMS} or {_CASE})"
        raise UnusableInput(message)
    head = _head(path)
    chain = _Chain()
    checks = (
        *_each("signature of the list", SUMS, lambda: _signature(path, head, expect_signer)),
        *_files(path),
        *_each("manifests", MANIFEST, lambda: _manifests(path)),
        *_each("payload size", INFO, lambda: _payload_size(path)),
        *_each("head", HEAD, lambda: _head_is_there(head)),
        *_each("ledger", LEDGER, lambda: _ledger(path / LEDGER, chain, head.ledger_key if head else "", expect_head)),
        *_each("head of the ledger", HEAD, lambda: _heads_agree(head, chain)),
    )
    signer = head.signer if head else None
    return Verification(path=path, checks=checks, head=chain.head, signer=signer, compared=expect_head is not None)


def verify_case(path: Path, *, expect_head: tuple[int, str] | None = None) -> Verification:
    """Whether the ledger in the open of a case holds; needs no passphrase, and works on a case that was forgotten."""
    try:
        header = msgspec.json.decode((path / _CASE).read_bytes(), type=_CaseHeader)
    except (OSError, ValueError, msgspec.MsgspecError) as error:
        message = f"not a takeback case: {path} has no readable {_CASE} (name a bundle or a case folder)"
        raise UnusableInput(message) from error
    chain = _Chain()
    checks = tuple(
        _each("ledger", LEDGER, lambda: _ledger(path / LEDGER, chain, header.ledger_key, expect_head)),
    )
    return Verification(
        path=path, checks=checks, head=chain.head, signer=header.ledger_key, compared=expect_head is not None
    )


class _Chain:
    """What the ledger's check leaves for the head's."""

    def __init__(self) -> None:
        self.verified: Verified | None = None

    @property
    def head(self) -> tuple[int, str] | None:
        return None if self.verified is None else (self.verified.count, self.verified.head)


def _each(name: str, where: str, look: Callable[[], str]) -> tuple[Check, ...]:
    try:
        return (Check(name=name, ok=True, what=look(), where=where),)
    except (VerificationFailed, ValueError) as error:
        return (Check(name=name, ok=False, what=str(error), where=where),)
    except OSError as error:
        return (Check(name=name, ok=False, what=f"cannot be read: {error.strerror}", where=where),)


def _signature(path: Path, head: _Head | None, expected: str | None) -> str:
    signer = expected or (head.signer if head else "")
    if head is not None and head.signer != signer:
        message = f"signed by {head.signer}, not by the expected key {signer}"
        raise VerificationFailed(message)
    if (path / SIGNER).read_bytes() != signer_pem(signer):
        message = f"{SIGNER} is not the key {signer or '(none named)'}"
        raise VerificationFailed(message)
    if not signature_holds(signer, (path / SIGNATURE).read_bytes().hex(), (path / SUMS).read_bytes()):
        message = f"{SUMS} is not what the key {signer} signed: the list or its signature was changed"
        raise VerificationFailed(message)
    return f"signed by {signer}" + ("" if expected else " (compare it with the key that the sender gave you)")


def _files(path: Path) -> Iterator[Check]:
    try:
        listed = parse_manifest((path / SUMS).read_bytes())
    except (OSError, ValueError) as error:
        yield Check(name="files", ok=False, what=f"{SUMS} cannot be read: {error}", where=SUMS)
        return
    found = {name for name in _walk(path) if name not in UNLISTED}
    wrong = 0
    for name in sorted(found | set(listed)):
        what = _wrong_file(path / name, name in found, listed.get(name))
        if what is not None:
            wrong += 1
            yield Check(name="files", ok=False, what=what.format(name), where=name)
    if not wrong:
        yield Check(name="files", ok=True, what=f"{len(listed)} files are those that were listed", where=SUMS)


def _wrong_file(path: Path, present: bool, digest: str | None) -> str | None:  # noqa: FBT001  # one of three facts
    if not present:
        return "file is missing: {}"
    if digest is None:
        return "file was added: {}"
    if path.is_symlink() or not path.is_file():
        return "not a plain file: {}"
    with path.open("rb") as file:
        same = hashlib.file_digest(file, "sha256").hexdigest() == digest
    return None if same else "file was changed: {}"


def _walk(path: Path) -> Iterator[str]:
    for each in sorted(path.iterdir()):
        if each.is_dir() and not each.is_symlink():
            yield from (f"{each.name}/{name}" for name in _walk(each))
        else:
            yield each.name


def _manifests(path: Path) -> str:
    listed = parse_manifest((path / SUMS).read_bytes())
    payload = {name: digest for name, digest in listed.items() if name.startswith(PAYLOAD)}
    tags = {name: digest for name, digest in listed.items() if name not in payload and name != TAG_MANIFEST}
    for name, expected in ((MANIFEST, payload), (TAG_MANIFEST, tags)):
        if parse_manifest((path / name).read_bytes()) != expected:
            message = f"{name} does not list the files that {SUMS} lists"
            raise VerificationFailed(message)
    return f"a BagIt bag with {len(payload)} payload files"


def _payload_size(path: Path) -> str:
    sizes = [(path / name).stat().st_size for name in _walk(path) if name.startswith(PAYLOAD)]
    size = f"{sum(sizes)}.{len(sizes)}"
    if f"Payload-Oxum: {size}" not in (path / INFO).read_text(encoding="utf-8").split("\n"):
        message = f"the payload is {size} (octets.files), which is not what {INFO} says"
        raise VerificationFailed(message)
    return f"{size} (octets.files)"


def _head(path: Path) -> _Head | None:
    try:
        return msgspec.json.decode((path / HEAD).read_bytes(), type=_Head)
    except (OSError, ValueError, msgspec.MsgspecError):
        return None


def _head_is_there(head: _Head | None) -> str:
    if head is None:
        message = f"{HEAD} is missing or cannot be read"
        raise VerificationFailed(message)
    return f"entry {head.seq}, {head.hash}"


def _ledger(path: Path, chain: _Chain, public_key: str, expect_head: tuple[int, str] | None) -> str:
    chain.verified = verify_entries(_from_the_first(_entries(path)), public_key, expect_head=expect_head)
    if not chain.verified.count:
        message = "the ledger is empty: every case begins with an entry, so all of them were removed"
        raise VerificationFailed(message)
    return f"{chain.verified.count} entries, chained and signed"


def _from_the_first(entries: Iterator[LedgerEntry]) -> Iterator[LedgerEntry]:
    """The entries, if the first of them records that the case was made."""
    for number, entry in enumerate(entries):
        if not number and entry.action != _FIRST:
            message = f"the ledger begins with {entry.action!r}, not with the making of the case ({_FIRST!r})"
            raise VerificationFailed(message)
        yield entry


def _entries(path: Path) -> Iterator[LedgerEntry]:
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if not line.endswith(b"\n"):
                message = f"line {number} is cut short (a crash does that; opening the case completes it)"
                raise VerificationFailed(message)
            yield parse_line(line)


def _heads_agree(head: _Head | None, chain: _Chain) -> str:
    if head is None or chain.head != (head.seq, head.hash):
        message = f"the ledger's last entry is not the one that {HEAD} names: its tail was cut, or entries were added"
        raise VerificationFailed(message)
    return f"the ledger ends with entry {head.seq}"
