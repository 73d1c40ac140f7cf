"""Names to implementations, through entry points; the built-in ones register in the same groups."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import TYPE_CHECKING

from takeback.errors import SourceError, UsageError

if TYPE_CHECKING:
    from takeback.exchanges.account import Account
    from takeback.exchanges.hash_records import HarmRecord, SetAside
    from takeback.model.channel import Damage, Post
    from takeback.protocols import Engine, Exchange, Reader, Recipient, Source

GROUPS = ("sources", "hashers", "detectors", "exchanges", "engines", "recipients")


@cache
def installed(group: str) -> tuple[EntryPoint, ...]:
    """What is registered in the group ``takeback.<group>``, by name."""
    return tuple(sorted(entry_points(group=f"takeback.{group}"), key=lambda entry: entry.name))


def load(group: str, name: str) -> type:
    """The implementation of that name; UsageError lists the names there are."""
    for entry in installed(group):
        if entry.name == name:
            found = entry.load()
            assert isinstance(found, type)
            return found
    names = ", ".join(entry.name for entry in installed(group)) or "none"
    raise UsageError(f"no {group.removesuffix('s')} is called {name!r} (installed: {names})")


def engine(name: str, *, workers: int) -> Engine:
    """The engine of that name."""
    found = load("engines", name)
    made: Engine = found(workers=workers) if name != "serial" else found()
    return made


def recipient(name: str) -> Recipient:
    """The recipient of that name."""
    made: Recipient = load("recipients", name)()
    return made


def exchange(account: Account) -> Exchange[HarmRecord | SetAside]:
    """The exchange of that account's kind; it connects to nobody yet."""
    made: Exchange[HarmRecord | SetAside] = load("exchanges", account.kind)(account)
    return made


def open_source(path: Path) -> Reader:
    """What lies at ``path``, opened by the first kind of source that recognises it."""
    if not path.exists():
        raise SourceError(f"there is nothing at {path} (give the folder of an export, a folder of pictures, or a zip)")
    kinds: list[Source] = [entry.load()() for entry in installed("sources")]
    for kind in sorted(kinds, key=lambda each: each.name == "folder"):
        if kind.recognises(path):
            return kind.open(path)
    names = ", ".join(kind.name for kind in kinds)
    raise SourceError(f"no kind of source reads {path} (installed: {names})")


def read_source(path: str | Path) -> Iterator[Post | Damage]:
    """Each post of any supported source, or the damage in its place.

    Examples:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     _ = Path(folder, "note.txt").write_text("no picture")
        ...     len(list(read_source(folder)))
        1
    """
    yield from open_source(Path(path)).posts()
