"""What python-threatexchange keeps beside a hash, as plain values and back: their records, and nothing that can run.

Numbers, texts, lists, sets and mappings are written as they are, a record of theirs as the name of its class and its
fields. Only classes of `threatexchange.exchanges` that are data classes or enumerations are made again, and only where
their module is loaded already: reading a file imports nothing, and runs no code of theirs.
"""

from __future__ import annotations

import dataclasses
import enum
import sys

from takeback.errors import HashIndexError

_MODULES = "threatexchange.exchanges."

Plain = int | float | str | bool | list["Plain"] | dict[str, "Plain"] | None


def plain(value: object) -> Plain:  # noqa: PLR0911  # one return a kind of value is the plainest table
    """A value of theirs in plain values; a HashIndexError names the type that has none."""
    if isinstance(value, enum.Enum):
        return {"enum": _name_of(type(value)), "value": value.name}
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, list):
        return [plain(each) for each in value]
    if isinstance(value, tuple):
        return {"tuple": [plain(each) for each in value]}
    if isinstance(value, set | frozenset):
        return {"set": [plain(each) for each in sorted(value, key=repr)]}
    if isinstance(value, dict):
        return {"pairs": [[plain(key), plain(each)] for key, each in value.items()]}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {each.name: plain(getattr(value, each.name)) for each in dataclasses.fields(value)}
        return {"record": _name_of(type(value)), "fields": fields}
    raise HashIndexError(f"nothing to write a {type(value).__qualname__} as (keep numbers, texts or their records)")


def rebuilt(value: Plain) -> object:  # noqa: PLR0911  # as above
    """What `plain` made these of; a HashIndexError where they were made of something else."""
    if isinstance(value, list):
        return [rebuilt(each) for each in value]
    if not isinstance(value, dict):
        return value
    match value:
        case {"tuple": list(items)}:
            return tuple(rebuilt(each) for each in items)
        case {"set": list(items)}:
            return {rebuilt(each) for each in items}
        case {"pairs": list(items)}:
            return {rebuilt(key): rebuilt(each) for key, each in (_pair(item) for item in items)}
        case {"enum": str(name), "value": str(member)}:
            return _member(name, member)
        case {"record": str(name), "fields": dict(fields)}:
            return _record(name, fields)
    raise HashIndexError(f"no record that an index holds: {sorted(value)} (build the index again)")


def _pair(item: Plain) -> tuple[Plain, Plain]:
    if not isinstance(item, list) or len(item) != 2:  # noqa: PLR2004  # a key and its value
        raise HashIndexError("no mapping that an index holds (build the index again)")
    return item[0], item[1]


def _name_of(kind: type) -> str:
    if not kind.__module__.startswith(_MODULES):
        raise HashIndexError(f"no record of python-threatexchange: {kind.__module__}.{kind.__qualname__}")
    return f"{kind.__module__}:{kind.__qualname__}"


def _class(name: str) -> type:
    """A class of theirs whose module is loaded; nothing is imported."""
    module, _, qualified = name.partition(":")
    found: object = sys.modules.get(module) if module.startswith(_MODULES) else None
    for part in qualified.split("."):
        found = vars(found).get(part) if found is not None else None
    known = isinstance(found, type) and found.__module__.startswith(_MODULES)
    if not known or not (dataclasses.is_dataclass(found) or issubclass(found, enum.Enum)):  # type: ignore[arg-type]  # `known` says that it is a class
        raise HashIndexError(f"an index with records of a kind that is not loaded: {name[:80]!r} (build it again)")
    assert isinstance(found, type)
    return found


def _member(name: str, member: str) -> object:
    kind = _class(name)
    if not issubclass(kind, enum.Enum) or member not in kind.__members__:
        raise HashIndexError(f"an index with an unknown {name[:80]!r}: {member[:80]!r} (build it again)")
    return kind[member]


def _record(name: str, fields: dict[str, Plain]) -> object:
    """A record with these fields, put there one by one: no code of the record runs."""
    kind = _class(name)
    if not dataclasses.is_dataclass(kind) or fields.keys() != {each.name for each in dataclasses.fields(kind)}:
        raise HashIndexError(f"an index with a {name[:80]!r} of other fields (build it again)")
    made = object.__new__(kind)
    for field, value in fields.items():
        object.__setattr__(made, field, rebuilt(value))
    return made
