"""Accounts: what an operator writes, and what is said where it is wrong; credentials are never shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from takeback.errors import UsageError
from takeback.exchanges.account import read_accounts

WHOLE = """
[ncii]
kind = "stopncii"
host = "https://example.org/v1"
bank = "reported"
credentials = "keys.toml"
page_size = 100
"""


def written(folder: Path, text: str, keys: str = 'fetch_key = "hidden"\n', *, mode: int = 0o600) -> Path:
    (folder / "keys.toml").write_text(keys)
    (folder / "keys.toml").chmod(mode)
    (folder / "exchanges.toml").write_text(text)
    return folder / "exchanges.toml"


def test_an_account_is_read_with_its_credentials(tmp_path: Path) -> None:
    (account,) = read_accounts(written(tmp_path, WHOLE))
    assert (account.name, account.kind, account.bank, account.folder) == ("ncii", "stopncii", "reported", tmp_path)
    assert account.text("host") == "https://example.org/v1"
    assert account.number("page_size", otherwise=5, most=1000) == 100
    assert account.number("other", otherwise=5, most=1000) == 5
    assert account.secret("fetch_key") == "hidden"
    assert "hidden" not in repr(account)


def test_what_is_missing_is_named_without_what_is_there(tmp_path: Path) -> None:
    (account,) = read_accounts(written(tmp_path, WHOLE))
    with pytest.raises(UsageError, match="'submit_key'") as error:
        account.secret("submit_key")
    assert "hidden" not in str(error.value)
    with pytest.raises(UsageError, match="'other'"):
        account.text("other")
    with pytest.raises(UsageError, match="from 1 to 10"):
        account.number("page_size", otherwise=5, most=10)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("kind = 1", "no table"),
        ("[a]\nbank = 'b'", "does not say its kind"),
        ("[a]\nkind = 'file'", "does not say its bank"),
        ("[a]\nkind = 'file'\nbank = ''", "does not say its bank"),
        ("[a]\nkind = 'file'\nbank = 'b'\ncredentials = 5", "path of a file"),
        ("[a]\nkind = 'file'\nbank = 'b'\ncredentials = 'none.toml'", "cannot be read"),
        ("[a]\nkind = 'file'\nbank = 'b'\nhost = true", "a text or a whole number"),
        ("['a/b']\nkind = 'file'\nbank = 'b'", "no table"),
        ("[a", "not TOML"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        read_accounts(written(tmp_path, text))


def test_credentials_that_others_can_read_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="others can read"):
        read_accounts(written(tmp_path, WHOLE, mode=0o640))


def test_damaged_credentials_are_not_quoted(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is not TOML") as error:
        read_accounts(written(tmp_path, WHOLE, "hidden hidden"))
    assert "hidden" not in str(error.value)
    with pytest.raises(UsageError, match="is a text"):
        read_accounts(written(tmp_path, WHOLE, "fetch_key = 5"))


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"none\.toml"):
        read_accounts(tmp_path / "none.toml")
