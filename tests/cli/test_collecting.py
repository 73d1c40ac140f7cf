from __future__ import annotations

from pathlib import Path

import pytest

from cli.conftest import Takeback

WHY = ("--may-lawfully-read", "public channel, approved by our board")


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("@garden", "--out", "x", *WHY), 2, "--session"),
        (("@garden", "--out", "x", "--session", "s.toml"), 2, "--may-lawfully-read"),
        (("@garden", "--out", "x", "--session", "s.toml", *WHY), 3, "the session cannot be read: s.toml"),
    ],
)
def test_without_a_session_and_a_reason_nothing_is_asked_and_nothing_is_written(
    takeback: Takeback, tmp_path: Path, arguments: tuple[str, ...], code: int, said: str
) -> None:
    ended = takeback("collect", *arguments)
    assert (ended.code, ended.out) == (code, "")
    assert said in ended.err
    assert not (tmp_path / "x").exists()
