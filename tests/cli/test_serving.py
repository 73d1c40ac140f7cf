from __future__ import annotations

import json
from pathlib import Path

import pytest

from takeback.cli import serving
from takeback.cli.main import run
from takeback.jobs.bank_store import BankStore
from takeback.web.audit import FOLDER_NAME
from takeback.web.tokens import Scope, Tokens
from takeback.web.uploads import UploadRule


@pytest.fixture
def banks(tmp_path: Path) -> str:
    BankStore.create(tmp_path / "banks").close()
    return str(tmp_path / "banks")


def test_a_token_is_made_listed_and_revoked(banks: str, capsys: pytest.CaptureFixture[str]) -> None:
    made = ["bank", "token", "new", banks, "--name", "forum", "--scope", "lookup", "--expires", "2999-01-01", "--json"]
    assert run(made) == 0
    told = json.loads(capsys.readouterr().out)
    found = Tokens(Path(banks)).find(told["token"])
    assert found is not None
    assert found.scopes == (Scope.LOOKUP,)
    assert run(["bank", "token", "list", banks]) == 0
    listed = capsys.readouterr().out
    assert f"{found.id} valid lookup forum" in listed
    assert told["token"].split("_", 2)[2] not in listed
    assert run(["bank", "token", "revoke", banks, found.id]) == 0
    assert Tokens(Path(banks)).find(told["token"]) is None
    assert run(["bank", "token", "revoke", banks, "nothing"]) == 2


def test_a_token_needs_banks_a_name_and_a_scope_that_there_is(banks: str, tmp_path: Path) -> None:
    assert run(["bank", "token", "new", str(tmp_path / "nowhere"), "--name", "a", "--scope", "lookup"]) == 3
    assert run(["bank", "token", "new", banks, "--name", "a", "--scope", "everything"]) == 2
    assert run(["bank", "token", "new", banks, "--name", "a"]) == 2


def test_what_the_command_offers_is_what_the_service_knows() -> None:
    assert set(serving._SCOPES) == {each.value for each in Scope}
    assert set(serving._UPLOADS) == {each.value for each in UploadRule}


def test_the_trail_is_printed_and_a_changed_line_ends_in_1(banks: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["bank", "trail", banks]) == 0
    assert "nothing was asked yet" in capsys.readouterr().out
    folder = Path(banks) / FOLDER_NAME
    folder.mkdir()
    line = '{"before":"%s","entry":{"time":"2026-11-26T12:00:00Z","by":"t1","act":"GET /m/raw_lookup","status":200}}\n'
    (folder / "20261126T120000000000Z-1-aaaaaa.ndjson").write_text(line % "" + line % "wrong", encoding="utf-8")
    assert run(["bank", "trail", banks, "--token", "t1"]) == 1
    said = capsys.readouterr().out
    assert "2026-11-26 12:00:00 t1 GET /m/raw_lookup 200" in said
    assert "changed or cut: 20261126T120000000000Z-1-aaaaaa.ndjson:2" in said


def test_a_service_is_not_started_where_tokens_would_travel_in_the_clear(
    banks: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["bank", "serve", banks, "--host", "0.0.0.0"]) == 2
    assert "--behind-proxy" in capsys.readouterr().err


def test_a_service_of_no_banks_is_not_started(tmp_path: Path) -> None:
    assert run(["bank", "serve", str(tmp_path)]) == 3
