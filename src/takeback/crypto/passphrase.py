"""Wrapping a key by a passphrase: Argon2id (RFC 9106), then AES-256-GCM."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from takeback.crypto.sealing import KEY_BYTES, seal, unseal
from takeback.errors import CaseError, VerificationFailed, WrongPassphrase

_CONTEXT = b"passphrase"
_SALT_BYTES = 16
_MOST_MEMORY_KIB = 1 << 21
_MOST_PASSES = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What one guess costs: passes over memory, memory in KiB, lanes."""

    passes: int = 3
    memory_kib: int = 1 << 16
    lanes: int = 4


CHEAP = Cost(passes=1, memory_kib=64, lanes=1)
"""For tests only: a guess costs next to nothing."""


def wrap(secret: bytes, passphrase: str, *, cost: Cost | None = None) -> dict[str, str | int]:
    """The secret wrapped by a passphrase, as a JSON object that holds its own Argon2id parameters."""
    cost = cost or Cost()
    salt = secrets.token_bytes(_SALT_BYTES)
    key = _stretch(passphrase, salt, cost)
    return {
        "kdf": "argon2id",
        "salt": salt.hex(),
        "passes": cost.passes,
        "memory_kib": cost.memory_kib,
        "lanes": cost.lanes,
        "sealed": seal(key, secret, context=_CONTEXT).hex(),
    }


def unwrap(wrapped: Mapping[str, str | int], passphrase: str) -> bytes:
    """The secret again; WrongPassphrase where the passphrase is not the one it was wrapped by."""
    try:
        cost = Cost(passes=int(wrapped["passes"]), memory_kib=int(wrapped["memory_kib"]), lanes=int(wrapped["lanes"]))
        salt, sealed = bytes.fromhex(str(wrapped["salt"])), bytes.fromhex(str(wrapped["sealed"]))
    except (KeyError, ValueError) as error:
        message = f"a wrapped key is damaged: {error}"
        raise CaseError(message) from error
    if wrapped.get("kdf") != "argon2id" or cost.memory_kib > _MOST_MEMORY_KIB or cost.passes > _MOST_PASSES:
        message = f"a wrapped key asks for a derivation that this version does not do: {wrapped.get('kdf')!r}, {cost}"
        raise CaseError(message)
    try:
        return unseal(_stretch(passphrase, salt, cost), sealed, context=_CONTEXT)
    except VerificationFailed as error:
        message = "check the keyboard layout, or the file that TAKEBACK_PASSPHRASE_FILE names"
        raise WrongPassphrase(message) from error


def _stretch(passphrase: str, salt: bytes, cost: Cost) -> bytes:
    from argon2.low_level import Type, hash_secret_raw

    return hash_secret_raw(
        passphrase.encode(),
        salt,
        time_cost=cost.passes,
        memory_cost=cost.memory_kib,
        parallelism=cost.lanes,
        hash_len=KEY_BYTES,
        type=Type.ID,
    )
