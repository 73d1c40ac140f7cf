"""The key of a human: a file that a passphrase opens, and a public line to hand out."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from takeback.crypto.passphrase import Cost, unwrap, wrap
from takeback.crypto.signing import SigningKey
from takeback.errors import UnusableInput

_FORMAT = "takeback-key"
_VERSION = 1
_PUBLIC = re.compile(r"takeback-key-1 ([0-9a-f]{64}) (.+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class HumanKey:
    """A signing key and the role or name that its holder signs under."""

    name: str
    signing: SigningKey


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicKey:
    """The public half of a human's key: 64 hexadecimal digits and a name."""

    key: str
    name: str


def encode(key: HumanKey, passphrase: str, *, cost: Cost | None = None) -> bytes:
    """The key file: the private half wrapped by a passphrase."""
    content = {
        "format": _FORMAT,
        "version": _VERSION,
        "name": key.name,
        "public": key.signing.public,
        "private": wrap(key.signing.private, passphrase, cost=cost),
    }
    return json.dumps(content, indent=2, ensure_ascii=False).encode() + b"\n"


def decode(content: bytes, passphrase: str) -> HumanKey:
    """The key again; UnusableInput where the bytes are no key file, WrongPassphrase where it does not open."""
    try:
        fields = json.loads(content)
        if fields["format"] != _FORMAT or fields["version"] != _VERSION:
            message = f"a key file of another format or version: {fields['format']!r} {fields['version']!r}"
            raise UnusableInput(message)
        name, private = str(fields["name"]), dict(fields["private"])
    except (ValueError, KeyError, TypeError) as error:
        message = "not a takeback key file (make one with `takeback key new FILE`)"
        raise UnusableInput(message) from error
    return HumanKey(name=name, signing=SigningKey.from_bytes(unwrap(private, passphrase)))


def public_line(key: HumanKey) -> str:
    """The line that others need to know this key."""
    return f"takeback-key-1 {key.signing.public} {key.name}"


def parse_public(line: str) -> PublicKey:
    """The public key in a line; UnusableInput where there is none."""
    found = _PUBLIC.fullmatch(line.strip())
    if not found:
        message = f"not a public key line (`takeback-key-1 <64 digits> <name>`): {line[:120]!r}"
        raise UnusableInput(message)
    return PublicKey(key=found[1], name=found[2])
