"""Accounts at exchanges, as an operator writes them into a TOML file; hosts are named there and nowhere else."""

from __future__ import annotations

import re
import stat
import sys
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from takeback.errors import UsageError

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", re.ASCII)
_OWN = frozenset({"kind", "bank", "credentials"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One account: which kind of exchange it is at, which bank it fills, and what that kind wants to know.

    ``options`` are the other lines of its table; ``credentials`` come from a file of their own, never from a flag, and
    show in no repr; ``ask`` is called with the name of one that is not there. ``folder`` is that of the file, which
    paths in it start from.
    """

    name: str
    kind: str
    bank: str
    folder: Path
    options: Mapping[str, str | int] = field(default_factory=dict)
    credentials: Mapping[str, str] = field(default_factory=dict, repr=False)
    ask: Callable[[str], str] | None = field(default=None, repr=False, compare=False)

    def text(self, option: str) -> str:
        """A line of the table; a UsageError says that it is missing."""
        found = self.options.get(option)
        if not isinstance(found, str) or not found:
            raise UsageError(f'the exchange {self.name!r} has no {option!r} (write `{option} = "..."` into its table)')
        return found

    def number(self, option: str, *, otherwise: int, most: int) -> int:
        """A whole number from 1 to ``most`` of the table, or the usual one."""
        found = self.options.get(option, otherwise)
        if not isinstance(found, int) or not 1 <= found <= most:
            raise UsageError(f"{option!r} of the exchange {self.name!r} is a whole number from 1 to {most}")
        return found

    def secret(self, name: str) -> str:
        """One of the credentials; a UsageError says that it is missing, and never shows another."""
        found = self.credentials.get(name)
        if not found and self.ask is not None:
            found = self.ask(name)
        if not found:
            message = f"the exchange {self.name!r} needs the credential {name!r}"
            raise UsageError(f'{message} (write `{name} = "..."` into the file that `credentials` names)')
        return found


def read_accounts(path: Path) -> tuple[Account, ...]:
    """Every account in a TOML file, by name; a UsageError says what is wrong and where."""
    tables = _toml(path)
    accounts = []
    for name, table in sorted(tables.items()):
        if not _NAME.fullmatch(name) or not isinstance(table, dict):
            raise UsageError(
                f"{path}: {name[:80]!r} is no table of an exchange (write [NAME]; letters, digits, '-', '_')"
            )
        accounts.append(_account(path, name, table))
    return tuple(accounts)


def _account(path: Path, name: str, table: Mapping[str, object]) -> Account:
    own = {key: table.get(key) for key in _OWN}
    for key in ("kind", "bank"):
        if not isinstance(own[key], str) or not own[key]:
            raise UsageError(f'{path}: the exchange {name!r} does not say its {key} (write `{key} = "..."`)')
    named = own["credentials"]
    if named is not None and not isinstance(named, str):
        raise UsageError(f"{path}: `credentials` of {name!r} is the path of a file, not the credentials themselves")
    return Account(
        name=name,
        kind=str(own["kind"]),
        bank=str(own["bank"]),
        folder=path.parent,
        options={key: _plain(path, name, key, value) for key, value in table.items() if key not in _OWN},
        credentials={} if named is None else _credentials(path.parent / named),
    )


def _plain(path: Path, name: str, key: str, value: object) -> str | int:
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise UsageError(f"{path}: {key!r} of the exchange {name!r} is a text or a whole number")
    return value


def _credentials(path: Path) -> dict[str, str]:
    if sys.platform != "win32" and path.exists() and path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise UsageError(f"others can read the credentials in {path} (chmod 600 {path.name})")
    found = _toml(path, secret=True)
    if not all(isinstance(value, str) for value in found.values()):
        raise UsageError(f'{path}: every credential is a text (write `NAME = "..."`)')
    return {key: str(value) for key, value in found.items()}


def _toml(path: Path, *, secret: bool = False) -> dict[str, object]:
    """A TOML file; what it says is not quoted where it is secret."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"cannot be read: {path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} is not TOML" + ("" if secret else f": {error}")) from None
