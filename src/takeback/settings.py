"""One frozen Settings, resolved once at the edge: defaults, then takeback.toml, then TAKEBACK_*, then flags."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path

from takeback.errors import UsageError

FILE_NAME = "takeback.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What may be set from outside."""

    engine: str = "local"
    """Where work runs: the name of an installed engine."""
    workers: int = 0
    """Worker processes; 0 means one a core."""
    passphrase_file: str = ""
    """The file whose first line is the passphrase of the case."""
    key_passphrase_file: str = ""
    """The file whose first line is the passphrase of the key files of people."""
    quiet: bool = False
    """No progress on standard error."""

    @property
    def worker_count(self) -> int:
        """How many workers to start."""
        return self.workers or os.cpu_count() or 1


def resolve(
    environment: Mapping[str, str], *, folder: Path, flags: Mapping[str, str | int | bool | None] | None = None
) -> Settings:
    """The settings in force; UsageError names the file or variable that says something unknown."""
    settings = Settings()
    path = folder / FILE_NAME
    if path.is_file():
        try:
            written = tomllib.loads(path.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise UsageError(f"{path} is not TOML: {error}") from error
        settings = _with(settings, written, origin=str(path))
    variables = {
        name.removeprefix("TAKEBACK_").lower(): value
        for name, value in environment.items()
        if name.startswith("TAKEBACK_") and name.removeprefix("TAKEBACK_").lower() in _NAMES
    }
    settings = _with(settings, variables, origin="the environment")
    return _with(settings, {key: value for key, value in (flags or {}).items() if value is not None}, origin="flags")


_NAMES = frozenset(field.name for field in fields(Settings))


def _with(settings: Settings, written: Mapping[str, object], *, origin: str) -> Settings:
    changes: dict[str, str | int | bool] = {}
    for name, value in written.items():
        if name not in _NAMES:
            raise UsageError(f"{origin} sets {name!r}, which is no setting (there are: {', '.join(sorted(_NAMES))})")
        changes[name] = _typed(name, value, origin=origin)
    return replace(settings, **changes)  # type: ignore[arg-type]  # _typed gave each value its field's type


def _typed(name: str, value: object, *, origin: str) -> str | int | bool:
    kind = type(getattr(Settings(), name))
    if kind is bool:
        if isinstance(value, bool):
            return value
        if isinstance(value, str) and value.lower() in {"1", "true", "yes", "0", "false", "no", ""}:
            return value.lower() in {"1", "true", "yes"}
    elif kind is int and not isinstance(value, bool):
        try:
            number = int(str(value))
        except ValueError:
            number = -1
        if number >= 0:
            return number
    elif kind is str and isinstance(value, str):
        return value
    raise UsageError(f"{origin} sets {name} to {value!r}, which is no {kind.__name__}")
