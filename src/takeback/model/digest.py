"""Digests: what bytes are known by."""

from __future__ import annotations

import hashlib
import re
from typing import NewType

Sha256 = NewType("Sha256", str)
"""64 lower-case hexadecimal digits."""

Md5 = NewType("Md5", str)
"""32 lower-case hexadecimal digits; for exchanges that know files by it, never to tell that bytes are unchanged."""

_SHA256 = re.compile(r"[0-9a-f]{64}")
_MD5 = re.compile(r"[0-9a-f]{32}")


def sha256_of(content: bytes | memoryview) -> Sha256:
    """The SHA-256 of these bytes."""
    return Sha256(hashlib.sha256(content).hexdigest())


def parse_sha256(text: str) -> Sha256:
    """The digest written in ``text``, or a ValueError that quotes it."""
    if not _SHA256.fullmatch(text):
        message = f"not a SHA-256 (64 lower-case hexadecimal digits): {text[:80]!r}"
        raise ValueError(message)
    return Sha256(text)


def md5_of(content: bytes | memoryview) -> Md5:
    """The MD5 of these bytes."""
    return Md5(hashlib.md5(content, usedforsecurity=False).hexdigest())


def parse_md5(text: str) -> Md5:
    """The digest written in ``text``, or a ValueError that quotes it."""
    if not _MD5.fullmatch(text):
        message = f"not an MD5 (32 lower-case hexadecimal digits): {text[:80]!r}"
        raise ValueError(message)
    return Md5(text)
