"""The evidence bundle: a BagIt bag with its ledger, that a stranger checks with `sha256sum` and `openssl` alone."""

from __future__ import annotations

import errno
import os
import secrets
import shutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from takeback.crypto.canonical import canonical
from takeback.crypto.signing import SigningKey
from takeback.errors import StorageFull, UsageError
from takeback.evidence.bagit import bag, manifest
from takeback.evidence.ledger import entry_line, verify_entries
from takeback.model.digest import sha256_of
from takeback.model.evidence import Exhibit, LedgerEntry

SUMS = "sha256sums"
SIGNATURE = "sha256sums.sig"
SIGNER = "signer.pem"
LEDGER = "ledger.jsonl"
HEAD = "head.json"
HOW_TO = "HOW-TO-VERIFY.txt"
UNLISTED = frozenset({SUMS, SIGNATURE})
"""The files that `sha256sums` cannot list: itself and its signature."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """A bundle as written: where, what is in it, the ledger's head, and the key that signed."""

    path: Path
    exhibits: tuple[Exhibit, ...]
    head: tuple[int, str]
    key: str


def write_bundle(
    target: Path,
    files: Mapping[str, bytes],
    *,
    ledger: Iterable[LedgerEntry],
    key: SigningKey,
    info: Mapping[str, str],
    ledger_key: str | None = None,
    write_file: Callable[[Path, bytes], None] | None = None,
) -> Bundle:
    """The bundle at ``target``, whole or not at all; the same input gives the same bytes.

    ``key`` signs the bundle; ``ledger_key`` is the public key of the ledger where that is another one. ``info`` goes
    to `bag-info.txt`, its date included: nothing here reads the clock. ``write_file`` puts one file on the disk.
    """
    if target.exists():
        message = f"there is something here already: {target} (choose another --out, bundles are never overwritten)"
        raise UsageError(message)
    entries = tuple(ledger)
    public = ledger_key or key.public
    verified = verify_entries(entries, public)
    head = (verified.count, verified.head)
    tags = {
        LEDGER: b"".join(map(entry_line, entries)),
        HEAD: canonical({"seq": head[0], "hash": head[1], "ledger_key": public, "signer": key.public}) + b"\n",
        SIGNER: signer_pem(key.public),
        HOW_TO: _how_to(head, key.public).encode(),
    }
    listed = bag(files, info=info, tags=tags)
    sums = manifest(listed)
    _write({**listed, SUMS: sums, SIGNATURE: bytes.fromhex(key.sign(sums))}, target, write_file or _write_file)
    exhibits = tuple(
        Exhibit(path=path, sha256=sha256_of(content), size=len(content)) for path, content in sorted(listed.items())
    )
    return Bundle(path=target, exhibits=exhibits, head=head, key=key.public)


def signer_pem(public: str) -> bytes:
    """The public key as `openssl` reads it."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public))
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def _write(files: Mapping[str, bytes], target: Path, write_file: Callable[[Path, bytes], None]) -> None:
    temporary = target.with_name(f".{target.name}.partial-{secrets.token_hex(8)}")
    try:
        temporary.mkdir(parents=True)
        for path, content in files.items():
            write_file(temporary / path, content)
        for folder in {(temporary / path).parent for path in files}:
            _flush_folder(folder)
        temporary.rename(target)
        _flush_folder(target.parent)
    except OSError as error:
        shutil.rmtree(temporary, ignore_errors=True)
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            message = f"no space left on the disk of {target}: nothing was written (free some space and publish again)"
            raise StorageFull(message) from error
        raise
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise


def _write_file(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _flush_folder(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _how_to(head: tuple[int, str], key: str) -> str:
    return f"""\
How to check this bundle without the program that made it
==========================================================

Run these commands in this folder. They need GNU coreutils, findutils, grep and OpenSSL 3, nothing else.

1. No listed file was changed or removed:

     sha256sum --check --strict --quiet {SUMS}

2. The list itself is as it was signed:

     openssl pkeyutl -verify -pubin -inkey {SIGNER} -rawin -in {SUMS} -sigfile {SIGNATURE}

3. No file was added (this prints nothing):

     find . ! -type d ! -path ./{SUMS} ! -path ./{SIGNATURE} | cut -c3- | grep -vxF "$(cut -c67- {SUMS})"

4. The signer is who you think. Whoever replaces every file can also replace {SIGNER}: compare this public key
   with the one that the sender gave you by another way:

     {key}

5. The ledger is whole. `takeback verify .` checks the chain of every entry in {LEDGER}. A ledger whose end was cut
   is found only by comparing its last entry with one that you were given earlier. Here it is entry {head[0]}:

     {head[1]}

What this shows: the files are those that the holder of the key put here, consistent since intake. It does not show
that what was taken in was authentic: who collected it, when and how is said in the case's acquisition record.
"""
