"""Pseudonyms: stable names that do not reveal what they stand for."""

from __future__ import annotations

import hashlib
import hmac

from takeback.model.channel import PostRef

_SHORTEST = 4
_KEY_BYTES = 16


class Pseudonyms:
    """Names like ``channel-7f3a``, made with a key of the case and free of collisions within one report.

    The same key gives the same names in every report of a case. Where two inputs would share a name, the one that is
    asked for later gets a longer one; so one report uses one object, and asks in a fixed order.

    Examples:
        >>> names = Pseudonyms(bytes(32))
        >>> names.channel("telegram:1") == names.channel("telegram:1") != names.channel("telegram:2")
        True
    """

    __slots__ = ("_key", "_names", "_taken")

    def __init__(self, key: bytes) -> None:
        if len(key) < _KEY_BYTES:
            message = (
                f"a key for pseudonyms has at least {_KEY_BYTES} bytes, not {len(key)} (derive one from the case key)"
            )
            raise ValueError(message)
        self._key = key
        self._names: dict[tuple[str, str], str] = {}
        self._taken: set[str] = set()

    def __repr__(self) -> str:
        return f"Pseudonyms({len(self._names)} names)"

    def channel(self, id: str) -> str:
        """The name of a channel."""
        return self._name("channel", id)

    def post(self, ref: PostRef) -> str:
        """The name of a post: its channel's name, and its own."""
        return f"{self.channel(ref.channel)}/{self._name('post', f'{ref.channel}{chr(0)}{ref.id}')}"

    def media(self, sha256: str) -> str:
        """The name of a media."""
        return self._name("media", sha256)

    def photograph(self, original: str) -> str:
        """The name of an enrolled photograph."""
        return self._name("photograph", original)

    def person(self, person: str) -> str:
        """The name of a person."""
        return self._name("person", person)

    def overlay(self, signature: str) -> str:
        """The name of a mark that recurs on several pictures."""
        return self._name("overlay", signature)

    def _name(self, kind: str, value: str) -> str:
        known = self._names.get((kind, value))
        if known is not None:
            return known
        content = kind.encode() + b"\0" + value.encode("utf-8", "surrogatepass")
        digits = hmac.new(self._key, content, hashlib.sha256).hexdigest()
        length = next(n for n in range(_SHORTEST, len(digits) + 1) if f"{kind}-{digits[:n]}" not in self._taken)
        name = f"{kind}-{digits[:length]}"
        self._names[kind, value] = name
        self._taken.add(name)
        return name
