"""The exchange that is a file: read when it changed, written whole, kept out of what it has no place for."""

from __future__ import annotations

from pathlib import Path

import pytest

from exchanges.contract import PDQ, ExchangeContract
from takeback.errors import ExchangeError, UsageError
from takeback.exchanges.account import Account
from takeback.exchanges.hash_file import HashFile
from takeback.exchanges.hash_records import HarmRecord, SetAside
from takeback.model.bank import HarmHash
from takeback.model.exchange import Intent, Outgoing

SHA256 = "a1" * 32


def at(folder: Path, **options: str) -> HashFile:
    named = {"read": "theirs.csv", "write": "ours.csv", **options}
    return HashFile(Account(name="shared", kind="file", bank="b", folder=folder, options=named))


class TestContract(ExchangeContract):
    @pytest.fixture
    def exchange(self, tmp_path: Path) -> HashFile:
        return at(tmp_path)


def test_a_list_is_read_once_and_again_when_it_changed(tmp_path: Path) -> None:
    (tmp_path / "theirs.csv").write_text(f"pdq,sha256\n{PDQ},\n0000,\n,{SHA256}\n")
    (page,) = at(tmp_path).pull(None)
    assert [type(each) for each in page.items] == [HarmRecord, SetAside, HarmRecord]
    assert list(at(tmp_path).pull(page.checkpoint)) == []
    (tmp_path / "theirs.csv").write_text(f"pdq,sha256\n,{SHA256}\n")
    (again,) = at(tmp_path).pull(page.checkpoint)
    assert len(again.items) == 1


def test_a_long_list_comes_in_pages_and_only_the_last_has_a_checkpoint(tmp_path: Path) -> None:
    (tmp_path / "theirs.csv").write_text("pdq\n" + "".join(f"{number:064x}\n" for number in range(5001)))
    first, last = at(tmp_path).pull(None)
    assert (len(first.items), first.checkpoint, len(last.items)) == (5000, None, 1)
    assert last.checkpoint


@pytest.mark.parametrize(("content", "said"), [(None, "cannot be read"), ("?", "no format")])
def test_what_cannot_be_read_is_said(tmp_path: Path, content: str | None, said: str) -> None:
    if content is not None:
        (tmp_path / "theirs.csv").write_text(content)
    with pytest.raises(ExchangeError, match=said):
        list(at(tmp_path).pull(None))


def outgoing(**hash: str) -> Outgoing:
    return Outgoing(entry=1, hash=HarmHash.of(**hash), intent=Intent.SUBMIT)  # type: ignore[arg-type]  # passed on


def test_what_is_written_is_what_was_shown_and_can_be_read(tmp_path: Path) -> None:
    exchange = at(tmp_path)
    (message,) = exchange.prepare([outgoing(pdq=PDQ), outgoing(sha256=SHA256)]).messages
    assert not (tmp_path / "ours.csv").exists()
    exchange.send(message)
    assert (tmp_path / "ours.csv").read_bytes() == message.body
    (page,) = at(tmp_path, read="ours.csv").pull(None)
    assert [each.hash for each in page.items if isinstance(each, HarmRecord)] == [
        HarmHash.of(pdq=PDQ),
        HarmHash.of(sha256=SHA256),
    ]
    assert [path.name for path in tmp_path.iterdir()] == ["ours.csv"]


def test_a_format_without_a_place_for_a_hash_keeps_it(tmp_path: Path) -> None:
    prepared = at(tmp_path, format="stopncii").prepare([outgoing(sha256=SHA256), outgoing(pdq=PDQ)])
    assert [len(each.entries) for each in prepared.messages] == [1]
    assert "perceptual" in prepared.kept[0].reason


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    exchange = at(tmp_path, write="gone/ours.csv")
    (message,) = exchange.prepare([outgoing(pdq=PDQ)]).messages
    with pytest.raises(ExchangeError, match="ours"):
        exchange.send(message)


def test_a_format_that_is_only_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="`format`"):
        at(tmp_path, format="dataset").prepare([outgoing(pdq=PDQ)])
