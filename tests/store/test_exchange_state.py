"""How far an exchange was read and what was sent: kept at once, and not lost to a line that was cut off."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from takeback.errors import BankError
from takeback.model.exchange import Intent, Message
from takeback.store.exchange_state import ExchangeState

NOON = datetime(2026, 8, 4, 12, tzinfo=UTC)


def message(*entries: tuple[int, Intent]) -> Message:
    return Message(method="POST", target="/a", content_type="text/plain", body=b"", entries=entries)


def test_a_checkpoint_is_that_of_the_last_time(tmp_path: Path) -> None:
    state = ExchangeState(tmp_path / "exchanges")
    assert state.of("one") is None
    state.keep("one", "a")
    state.keep("one", "b")
    state.keep("two", "c")
    assert (ExchangeState(tmp_path / "exchanges").of("one"), state.of("two")) == ("b", "c")


def test_what_was_sent_last_of_an_entry_is_known(tmp_path: Path) -> None:
    state = ExchangeState(tmp_path / "exchanges")
    assert state.sent("one") == {}
    state.note("one", message((1, Intent.SUBMIT), (2, Intent.CONFIRM)), by="A", time=NOON)
    state.note("one", message((1, Intent.DISPUTE)), by="B", time=NOON)
    assert state.sent("one") == {1: Intent.DISPUTE, 2: Intent.CONFIRM}
    assert state.sent("two") == {}
    assert b'"by":"A"' in (tmp_path / "exchanges" / "one.sent").read_bytes()


def test_a_line_that_was_cut_off_counts_for_nothing_and_spoils_no_other(tmp_path: Path) -> None:
    state = ExchangeState(tmp_path)
    state.note("one", message((1, Intent.SUBMIT)), by="A", time=NOON)
    with (tmp_path / "one.sent").open("ab") as file:
        file.write(b'{"time": "2026')
    assert state.sent("one") == {1: Intent.SUBMIT}
    state.note("one", message((2, Intent.SUBMIT)), by="A", time=NOON)
    assert state.sent("one") == {1: Intent.SUBMIT, 2: Intent.SUBMIT}


def test_a_damaged_line_is_named(tmp_path: Path) -> None:
    (tmp_path / "one.sent").write_bytes(b"words\n")
    with pytest.raises(BankError, match="line 1"):
        ExchangeState(tmp_path).sent("one")
