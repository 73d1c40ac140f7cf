from __future__ import annotations

import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from takeback.errors import UnusableInput, UsageError
from takeback.web import tokens as module
from takeback.web.tokens import Scope, Tokens

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


def test_a_new_token_is_found_by_its_text_with_its_scopes(tmp_path: Path) -> None:
    tokens = Tokens(tmp_path)
    made, text = tokens.new("uploads of the forum", [Scope.LOOKUP, Scope.HASH, Scope.LOOKUP])
    found = Tokens(tmp_path).find(text)
    assert found == made
    assert set(made.scopes) == {Scope.LOOKUP, Scope.HASH}
    assert made.state(NOON) == "valid"


def test_the_file_holds_no_secret_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    _, text = Tokens(tmp_path).new("a", [Scope.LOOKUP])
    content = (tmp_path / module.FILE_NAME).read_text(encoding="utf-8")
    assert text.split("_", 2)[2] not in content
    assert text not in content
    assert stat.S_IMODE((tmp_path / module.FILE_NAME).stat().st_mode) == 0o600


def test_two_tokens_of_one_name_share_nothing(tmp_path: Path) -> None:
    tokens = Tokens(tmp_path)
    texts = {tokens.new("a", [Scope.LOOKUP])[1] for _ in range(5)}
    assert len(texts) == 5
    assert all(len(text.split("_", 2)[2]) >= 43 for text in texts)


@pytest.mark.parametrize("change", ["wrong", "longer", "shorter", "another id", "no prefix", "empty", "not ascii"])
def test_a_text_that_is_not_exactly_a_token_finds_nothing(tmp_path: Path, change: str) -> None:
    tokens = Tokens(tmp_path)
    made, text = tokens.new("a", [Scope.LOOKUP])
    other, _ = tokens.new("b", [Scope.LOOKUP])
    last = "A" if text[-1] != "A" else "B"
    changed = {
        "wrong": text[:-1] + last,
        "longer": text + "A",
        "shorter": text[:-1],
        "another id": text.replace(made.id, other.id),
        "no prefix": text.partition("_")[2],
        "empty": "",
        "not ascii": text[:-1] + "\u00e9",
    }[change]
    assert tokens.find(text) is not None
    assert tokens.find(changed) is None


def test_a_token_ends_at_its_date(tmp_path: Path) -> None:
    clock = Clock()
    tokens = Tokens(tmp_path, now=clock)
    made, text = tokens.new("a", [Scope.LOOKUP], expires=NOON + timedelta(days=1))
    assert tokens.find(text) == made
    clock.now = NOON + timedelta(days=1)
    assert tokens.find(text) is None
    assert made.state(clock.now) == "expired"


def test_a_token_that_another_process_revokes_ends_in_a_running_service(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LOOK_AGAIN_SECONDS", -1.0)
    serving = Tokens(tmp_path)
    made, text = Tokens(tmp_path).new("a", [Scope.LOOKUP])
    assert serving.find(text) is not None
    revoked = Tokens(tmp_path).revoke(made.id)
    assert serving.find(text) is None
    assert revoked.state(NOON) == "revoked"
    assert Tokens(tmp_path).revoke(made.id).revoked == revoked.revoked


def test_a_revocation_is_seen_within_a_second() -> None:
    assert module.LOOK_AGAIN_SECONDS < 1.0


def test_a_token_without_scope_or_name_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="needs a scope"):
        Tokens(tmp_path).new("a", [])
    with pytest.raises(UsageError, match="needs a name"):
        Tokens(tmp_path).new(" ", [Scope.LOOKUP])
    assert list(Tokens(tmp_path)) == []


def test_revoking_what_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no token has the id 'x'"):
        Tokens(tmp_path).revoke("x")


@pytest.mark.parametrize("content", [b"", b"[]", b'{"version":1,"tokens":[{"id":"a"}]}', b'{"version":2,"tokens":[]}'])
def test_a_damaged_or_newer_list_stops_the_service_instead_of_letting_nobody_know(
    tmp_path: Path, content: bytes
) -> None:
    (tmp_path / module.FILE_NAME).write_bytes(content)
    with pytest.raises(UnusableInput, match="tokens"):
        Tokens(tmp_path).find("tbk_a_b")


def test_what_is_kept_is_readable_json(tmp_path: Path) -> None:
    Tokens(tmp_path).new("a", [Scope.AUDIT], rate=5.0)
    kept = msgspec.json.decode((tmp_path / module.FILE_NAME).read_bytes())
    assert kept["version"] == 1
    assert kept["tokens"][0]["scopes"] == ["audit"]
    assert kept["tokens"][0]["rate"] == 5.0
