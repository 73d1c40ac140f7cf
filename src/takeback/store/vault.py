"""The vault: blobs sealed under a key, at an address that says nothing of their content."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from pathlib import Path

from takeback.crypto.sealing import seal, unseal
from takeback.errors import CaseError, VerificationFailed
from takeback.store.disk import Disk


class Vault:
    """Content-addressed blobs; the address is a keyed digest, so that nobody can ask "do you hold this file?"."""

    def __init__(self, folder: Path, address_key: bytes, disk: Disk) -> None:
        self._folder = folder
        self._address_key = address_key
        self._disk = disk

    def address(self, content: bytes, *, owner: str) -> str:
        """Where this content of this owner lies: 64 hexadecimal digits."""
        digest = hashlib.sha256(content).digest()
        return hmac.new(self._address_key, digest + owner.encode(), hashlib.sha256).hexdigest()

    def put(self, content: bytes, *, owner: str, key: bytes) -> str:
        """Seals the content under a key, and returns its address once it is on the disk."""
        address = self.address(content, owner=owner)
        path = self._path(address)
        self._disk.folder(path.parent)
        self._disk.write(path, seal(key, content, context=_context(address)))
        return address

    def get(self, address: str, *, key: bytes) -> bytes:
        """The content at an address; a CaseError where it is gone or changed."""
        path = self._path(address)
        try:
            return unseal(key, path.read_bytes(), context=_context(address))
        except (FileNotFoundError, VerificationFailed) as error:
            message = f"vault blob is missing or changed: {path} (restore the case folder from a copy)"
            raise CaseError(message) from error

    def remove(self, address: str) -> None:
        """Removes the blob at an address, if it is there."""
        self._path(address).unlink(missing_ok=True)

    def sweep(self, kept: Iterable[str]) -> None:
        """Removes every file that no row knows: what a crash left between file and row."""
        known = set(kept)
        for path in sorted(self._folder.glob("*/*")):
            if path.name not in known:
                path.unlink()

    def _path(self, address: str) -> Path:
        return self._folder / address[:2] / address


def _context(address: str) -> bytes:
    return f"vault {address}".encode()
