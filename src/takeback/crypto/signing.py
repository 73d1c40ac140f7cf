"""Signing: Ed25519 (RFC 8032), keys and signatures as hexadecimal text."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

KEY_BYTES = 32


@dataclass(frozen=True)
class SigningKey:
    """An Ed25519 key; the private half never shows in a repr."""

    private: bytes = field(repr=False)

    @classmethod
    def new(cls) -> SigningKey:
        """A fresh key."""
        return cls(secrets.token_bytes(KEY_BYTES))

    @classmethod
    def from_bytes(cls, private: bytes) -> SigningKey:
        """The key with these 32 private bytes."""
        if len(private) != KEY_BYTES:
            message = f"an Ed25519 private key has {KEY_BYTES} bytes, not {len(private)}"
            raise ValueError(message)
        return cls(private)

    @cached_property
    def public(self) -> str:
        """The public half, 64 hexadecimal digits."""
        return self._key.public_key().public_bytes_raw().hex()

    def sign(self, message: bytes) -> str:
        """The signature of a message, 128 hexadecimal digits."""
        return self._key.sign(message).hex()

    @cached_property
    def _key(self) -> Ed25519PrivateKey:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        return Ed25519PrivateKey.from_private_bytes(self.private)


def verify(public: str, value: str, message: bytes) -> bool:
    """Whether the signature is that of this key over this message; False too for what is no key or signature."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(public)).verify(bytes.fromhex(value), message)
    except (InvalidSignature, ValueError):
        return False
    return True
