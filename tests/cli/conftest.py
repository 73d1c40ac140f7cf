"""The command line in this process: what it prints where, and the code that it ends with."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from takeback.cli.main import run

Takeback = Callable[..., "Ended"]


@dataclass(frozen=True, slots=True)
class Ended:
    """How one command line ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> object:
        """Standard output as one JSON value."""
        return json.loads(self.out)


@pytest.fixture
def takeback(
    people_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Takeback:
    """Run one command line; every passphrase comes from a file that the environment names."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TAKEBACK_PASSPHRASE_FILE", str(people_folder / "passphrase"))
    monkeypatch.setenv("TAKEBACK_KEY_PASSPHRASE_FILE", str(people_folder / "passphrase"))
    monkeypatch.setenv("TAKEBACK_ENGINE", "serial")

    def ended(*arguments: str | Path) -> Ended:
        capfd.readouterr()
        code = run([str(each) for each in arguments])
        out, err = capfd.readouterr()
        return Ended(code, out, err)

    return ended
