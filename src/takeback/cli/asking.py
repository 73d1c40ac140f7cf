"""Passphrases: from a file that the environment names, the key ring, or a prompt; never from a flag."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from takeback.errors import UsageError
from takeback.settings import Settings, resolve


def settings(**flags: str | int | bool | None) -> Settings:
    """The settings in force for this command."""
    return resolve(os.environ, folder=Path.cwd(), flags=flags)


def case_passphrase(folder: Path, *, new: bool = False) -> str:
    """The passphrase of the case: from the file that the settings name, the system's key ring, or a prompt."""
    file = settings().passphrase_file
    kept = None if file or new else _in_key_ring(folder)
    return kept or _passphrase(file, "TAKEBACK_PASSPHRASE_FILE", "Passphrase of the case", new=new)


def _in_key_ring(folder: Path) -> str | None:
    """What the key ring holds for this case under the service ``takeback``; None where there is no key ring."""
    try:
        import keyring
        from keyring.errors import KeyringError
    except ImportError:
        return None
    try:
        kept = keyring.get_password("takeback", str(folder.resolve()))
    except KeyringError:
        return None
    return kept if isinstance(kept, str) and kept else None


def key_passphrase(path: Path, *, new: bool = False) -> str:
    """The passphrase of a person's key file."""
    return _passphrase(
        settings().key_passphrase_file, "TAKEBACK_KEY_PASSPHRASE_FILE", f"Passphrase of the key {path.name}", new=new
    )


def passphrase_in(file: Path) -> str:
    """The passphrase that a file holds in its first line."""
    return _passphrase(str(file), "the option", "Passphrase", new=False)


def _passphrase(file: str, variable: str, prompt: str, *, new: bool) -> str:
    if file:
        try:
            lines = Path(file).read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"{variable} names {file}, which cannot be read: {error}") from error
        if not lines or not lines[0]:
            raise UsageError(f"{variable} names {file}, whose first line is empty")
        return lines[0]
    if not sys.stdin.isatty():
        raise UsageError(f"no passphrase: there is no terminal to ask at (set {variable} to a file that holds it)")
    answer = click.prompt(prompt, hide_input=True, confirmation_prompt=new, err=True)
    assert isinstance(answer, str)
    return answer
