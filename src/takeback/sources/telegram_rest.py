"""What a message still says that is no message of the known shape: its texts, and which post it answers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

import msgspec
from msgspec import Raw

Value: TypeAlias = "bool | int | float | str | list[Value] | dict[str, Value] | None"

_LARGEST = 2**63 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Rest:
    """The texts of a message, each alone and those of each list as one, and the number that it answers."""

    texts: tuple[str, ...]
    reply_to: int | None


def rest_of(raw: Raw) -> Rest | None:
    """What is left of a message that cannot be read; None where it is no JSON, and so may have said anything."""
    try:
        value: Value = msgspec.json.decode(raw)
        texts = tuple(_texts(value))
    except (ValueError, RecursionError):
        return None
    answered = value.get("reply_to_message_id") if isinstance(value, dict) else None
    known = isinstance(answered, int) and not isinstance(answered, bool) and abs(answered) <= _LARGEST
    return Rest(texts=texts, reply_to=answered if known and isinstance(answered, int) else None)


def _texts(value: Value) -> Iterator[str]:
    """Every text, number and name of a member; then the texts of a list joined, as a message writes its words."""
    match value:
        case str():
            yield value
        case bool() | None:
            return
        case int() | float():
            yield str(value)
        case list():
            for each in value:
                yield from _texts(each)
            yield "".join(_said(each) for each in value)
        case dict():
            for name, each in value.items():
                yield name
                yield from _texts(each)


def _said(part: Value) -> str:
    """What a part of a mixed text says."""
    said = part.get("text", "") if isinstance(part, dict) else part
    return str(said) if isinstance(said, (str, int, float)) and not isinstance(said, bool) else ""
