"""Digests: what bytes are known by."""

from __future__ import annotations

import hashlib
import re
from typing import NewType

Sha256 = NewType("Sha256", str)
"""64 lower-case hexadecimal digits."""

_SHA256 = re.compile(r"[0-9a-f]{64}")


def sha256_of(content: bytes | memoryview) -> Sha256:
    """The SHA-256 of these bytes."""
    return Sha256(hashlib.sha256(content).hexdigest())


def parse_sha256(text: str) -> Sha256:
    """The digest written in ``text``, or a ValueError that quotes it."""
    if not _SHA256.fullmatch(text):
        message = f"not a SHA-256 (64 lower-case hexadecimal digits): {text[:80]!r}"
        raise ValueError(message)
    return Sha256(text)
