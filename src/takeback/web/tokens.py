"""The tokens of a bank: made once, kept as digests, each with its scopes."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import hmac
import math
import os
import secrets
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

import msgspec

from takeback.errors import UnusableInput, UsageError
from takeback.store.disk import Disk, disk_errors_are_said

FILE_NAME = "tokens.json"
LOOK_AGAIN_SECONDS = 0.25
"""How long a running service may go on with what the file said; a token that is revoked ends within that time."""

LEAST_RATE = 0.001
"""Look-ups a second: fewer is no rate, and no time to come back could be told."""

_PREFIX = "tbk"
_SECRET_BYTES = 32
_NOBODY = hashlib.sha256(b"no token has this digest").hexdigest()


class Scope(StrEnum):
    """What a token may do. No scope contains another."""

    LOOKUP = "lookup"
    DISTANCE = "distance"
    HASH = "hash"
    CURATE = "curate"
    AUDIT = "audit"
    EXCHANGES = "exchanges"


class Token(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is kept of a token: everything but the secret itself.

    ``rate`` is how many look-ups a second it may make, or None for the rate of the service.
    """

    id: str
    name: str
    scopes: tuple[Scope, ...]
    digest: str
    created: datetime
    expires: datetime | None = None
    revoked: datetime | None = None
    rate: float | None = None

    def state(self, now: datetime) -> str:
        """``valid``, ``expired`` or ``revoked``."""
        if self.revoked is not None:
            return "revoked"
        return "expired" if self.expires is not None and now >= self.expires else "valid"


class _File(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    version: int
    tokens: tuple[Token, ...]


class Tokens:
    """The tokens of one bank folder, as the file there says.

    A token reads ``tbk_ID_SECRET``; the secret is 256 random bits, so that its plain SHA-256 is all that has to be
    kept: nobody can go through 2**256 secrets, and a slow hash would only slow the service. `find` reads the file again
    when it changed, so that a token that was revoked by another process ends within a second.
    """

    def __init__(self, folder: Path, *, now: Callable[[], datetime] | None = None) -> None:
        self._path = folder / FILE_NAME
        self._now = now or _utc_now
        self._disk = Disk()
        self._tokens: dict[str, Token] = {}
        self._stamp: tuple[int, int, int] | None = None
        self._looked = float("-inf")

    def __iter__(self) -> Iterator[Token]:
        """Every token that was ever made, the oldest first."""
        return iter(self._read())

    def new(
        self,
        name: str,
        scopes: Iterable[Scope],
        *,
        expires: datetime | None = None,
        rate: float | None = None,
    ) -> tuple[Token, str]:
        """A new token, and the one time that its text is told."""
        wanted = tuple(sorted(set(scopes)))
        if not wanted:
            raise UsageError(f"a token needs a scope (there are: {', '.join(Scope)})")
        if not name.strip():
            raise UsageError("a token needs a name, so that the audit trail says whose it is")
        if rate is not None and not LEAST_RATE <= rate < math.inf:
            raise UsageError(f"the rate of a token is a number from {LEAST_RATE} up, not {rate}")
        secret = secrets.token_urlsafe(_SECRET_BYTES)
        token = Token(
            id=secrets.token_hex(6),
            name=name.strip(),
            scopes=wanted,
            digest=_digest(secret),
            created=self._now(),
            expires=expires,
            rate=rate,
        )
        with self._alone():
            self._write((*self._read(), token))
        return token, f"{_PREFIX}_{token.id}_{secret}"

    def revoke(self, id: str) -> Token:
        """The token, revoked for good; a UsageError where there is none of that id."""
        with self._alone():
            kept = {token.id: token for token in self._read()}
            if id not in kept:
                raise UsageError(f"no token has the id {id!r} (`takeback bank token list` shows them)")
            if kept[id].revoked is None:
                kept[id] = msgspec.structs.replace(kept[id], revoked=self._now())
            self._write(tuple(kept.values()))
        return kept[id]

    def find(self, text: str) -> Token | None:
        """The valid token with this text, or None.

        The comparison takes as long for a wrong secret as for a right one, and as long for an unknown id.
        """
        if time.monotonic() - self._looked > LOOK_AGAIN_SECONDS:
            self._look()
        prefix, _, rest = text.partition("_")
        id, _, secret = rest.partition("_")
        token = self._tokens.get(id) if prefix == _PREFIX else None
        same = hmac.compare_digest(_digest(secret), _NOBODY if token is None else token.digest)
        if token is None or not same or token.state(self._now()) != "valid":
            return None
        return token

    def _look(self) -> None:
        """Take up what the file says now, where it changed."""
        stamp = _stamp(self._path)
        if stamp != self._stamp:
            self._tokens = {token.id: token for token in self._read()}
            self._stamp = stamp
        self._looked = time.monotonic()

    def _read(self) -> tuple[Token, ...]:
        try:
            content = self._path.read_bytes()
        except FileNotFoundError:
            return ()
        try:
            read = msgspec.json.decode(content, type=_File)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            message = (
                f"the list of tokens is damaged: {self._path}: {error} (restore it, or remove it and make new ones)"
            )
            raise UnusableInput(message) from error
        if read.version != 1:
            message = f"list of tokens of version {read.version}, this takeback knows 1: {self._path} (use a newer one)"
            raise UnusableInput(message)
        return read.tokens

    def _write(self, tokens: tuple[Token, ...]) -> None:
        content = msgspec.json.format(msgspec.json.encode(_File(version=1, tokens=tokens)), indent=1)
        self._disk.write(self._path, content)
        with disk_errors_are_said(self._path):
            self._path.chmod(0o600)

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Two commands at once do not lose a token between them."""
        lock = self._path.with_suffix(".lock")
        with disk_errors_are_said(lock):
            descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _stamp(path: Path) -> tuple[int, int, int] | None:
    """What changes with every writing of the file; None where there is none."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_mtime_ns, found.st_ino, found.st_size


def _utc_now() -> datetime:
    return datetime.now(tz=UTC)
