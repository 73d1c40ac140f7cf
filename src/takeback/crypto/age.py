"""Encryption to a recipient: the age format, version 1, X25519."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from takeback.errors import PackError

if TYPE_CHECKING:
    from pyrage.x25519 import Identity


def new_identity() -> tuple[str, str]:
    """A fresh identity (private) and its recipient (public)."""
    from pyrage import x25519

    identity = x25519.Identity.generate()
    return str(identity), str(identity.to_public())


def recipient_of(identity: str) -> str:
    """The recipient that an identity opens; PackError where the text is no age identity."""
    return str(_identity(identity).to_public())


def encrypt(content: bytes, recipients: Iterable[str]) -> bytes:
    """The content encrypted to every recipient; PackError names a recipient that is none."""
    import pyrage
    from pyrage import x25519

    keys = []
    for recipient in recipients:
        try:
            keys.append(x25519.Recipient.from_str(recipient.strip()))
        except pyrage.RecipientError as error:
            message = f"not an age recipient (it starts with age1): {recipient[:80]!r}"
            raise PackError(message) from error
    if not keys:
        message = "no recipient to encrypt to (give the case's age recipient, printed when the case was made)"
        raise PackError(message)
    return bytes(pyrage.encrypt(content, keys))


def decrypt(content: bytes, identities: Iterable[str]) -> bytes:
    """What was encrypted, where one of the identities opens it; PackError otherwise."""
    import pyrage

    keys = [_identity(each) for each in identities]
    try:
        return bytes(pyrage.decrypt(content, keys))
    except pyrage.DecryptError as error:
        message = f"age cannot open it with the identities at hand: {error}"
        raise PackError(message) from error


def _identity(text: str) -> Identity:
    import pyrage
    from pyrage import x25519

    for line in text.splitlines():
        if line.strip() and not line.lstrip().startswith("#"):
            try:
                return x25519.Identity.from_str(line.strip())
            except pyrage.IdentityError as error:
                message = "not an age identity (it starts with AGE-SECRET-KEY-1)"
                raise PackError(message) from error
    message = "the age identity is empty"
    raise PackError(message)
