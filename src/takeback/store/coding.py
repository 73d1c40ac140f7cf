"""Nouns to JSON bytes and back, typed."""

from __future__ import annotations

from typing import TypeVar

import msgspec

from takeback.errors import CaseError

T = TypeVar("T")


def encode(value: object) -> bytes:
    """The JSON of a noun, the same bytes for the same value."""
    return msgspec.json.encode(value, order="deterministic")


def decode(content: bytes, kind: type[T]) -> T:
    """The noun again; a CaseError where the bytes are of another version or damaged."""
    try:
        return msgspec.json.decode(content, type=kind)
    except (ValueError, msgspec.MsgspecError) as error:
        message = (
            f"case database: a stored {kind.__name__} cannot be read: {error} (was the case made by a newer takeback?)"
        )
        raise CaseError(message) from error


def decode_all(contents: list[bytes], kind: type[T]) -> tuple[T, ...]:
    """Each noun again, in order."""
    return tuple(decode(content, kind) for content in contents)
