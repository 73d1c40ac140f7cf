"""Commitments: what a ledger may say of personal data."""

from __future__ import annotations

import hashlib
import hmac
import secrets

_SALT_BYTES = 32


def new_salt() -> str:
    """A fresh salt, 64 hexadecimal digits; without it a commitment cannot be guessed at."""
    return secrets.token_bytes(_SALT_BYTES).hex()


def commit(salt: str, content: str) -> str:
    """The commitment to a content under a salt: HMAC-SHA256, 64 hexadecimal digits."""
    return hmac.new(bytes.fromhex(salt), content.encode(), hashlib.sha256).hexdigest()


def opens(commitment: str, salt: str, content: str) -> bool:
    """Whether this salt and content are what was committed to."""
    return hmac.compare_digest(commitment, commit(salt, content))
