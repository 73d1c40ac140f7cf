"""Sealing bytes under a key: AES-256-GCM, with a context that must be named again to open."""

from __future__ import annotations

import secrets

from takeback.errors import VerificationFailed

KEY_BYTES = 32
_NONCE_BYTES = 12
_VERSION = b"tb1"


def new_key() -> bytes:
    """A fresh 256-bit key."""
    return secrets.token_bytes(KEY_BYTES)


def seal(key: bytes, content: bytes, *, context: bytes) -> bytes:
    """The content sealed under a 32-byte key; only the same key and context open it."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce = secrets.token_bytes(_NONCE_BYTES)
    return _VERSION + nonce + AESGCM(key).encrypt(nonce, content, _VERSION + context)


def unseal(key: bytes, sealed: bytes, *, context: bytes) -> bytes:
    """What was sealed; VerificationFailed where key, context or a single bit is not the same."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    start = len(_VERSION)
    if sealed[:start] != _VERSION or len(sealed) < start + _NONCE_BYTES:
        message = f"not sealed by this version of takeback: {context.decode(errors='replace')}"
        raise VerificationFailed(message)
    nonce = sealed[start : start + _NONCE_BYTES]
    try:
        return AESGCM(key).decrypt(nonce, sealed[start + _NONCE_BYTES :], _VERSION + context)
    except InvalidTag as error:
        message = f"sealed bytes do not open (another key, or changed): {context.decode(errors='replace')}"
        raise VerificationFailed(message) from error


def derive(key: bytes, label: str) -> bytes:
    """A 32-byte key of its own for one use, by HKDF-SHA256 (RFC 5869)."""
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=label.encode()).derive(key)
