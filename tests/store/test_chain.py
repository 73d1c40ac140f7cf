from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from store.made_up import PASSPHRASE, case_in, new_case
from store.test_case_store import FullDisk
from takeback.errors import CaseError, StorageFull
from takeback.evidence.ledger import Ledger, check_opening, entry_line, parse_line, verify_entries
from takeback.evidence.verify import verify_case
from takeback.store.case_store import CaseStore
from takeback.store.folder import MIRROR

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def ledger_of(case: CaseStore) -> Ledger:
    return Ledger(case, case.ledger_key, "operator", lambda: NOW)


def lines(path: Path) -> list[bytes]:
    return (path / "case" / MIRROR).read_bytes().splitlines(keepends=True)


def test_entries_and_openings_come_back_and_the_mirror_holds_the_same_lines(tmp_path: Path) -> None:
    with case_in(tmp_path / "case") as case:
        made = [
            ledger_of(case).append(action, public={"size": size}, private={"place": f"p{size}"})
            for size, action in enumerate(("case_created", "file_seen", "file_seen"))
        ]
        assert lines(tmp_path) == [entry_line(entry) for entry in made]
    with CaseStore.open(tmp_path / "case", PASSPHRASE) as case:
        assert list(case.ledger_entries()) == made
        assert case.ledger_last() == made[-1]
        assert [check_opening(*pair) for pair in zip(made, case.openings(), strict=True)] == [True] * 3
    found = verify_case(tmp_path / "case")
    assert (found.ok, found.head) == (True, (3, made[-1].hash))


def test_an_entry_of_an_act_that_was_taken_back_is_nowhere(tmp_path: Path) -> None:
    with case_in(tmp_path / "case") as case:
        ledger = ledger_of(case)
        ledger.append("one")
        with pytest.raises(RuntimeError), case.transaction():  # noqa: PT012  # the act fails after its entry
            ledger.append("two")
            raise RuntimeError
        assert len(lines(tmp_path)) == 1
        ledger.append("three")
        assert [parse_line(line).action for line in lines(tmp_path)] == ["one", "three"]
        assert verify_entries(case.ledger_entries(), case.ledger_key.public).count == 2


@pytest.mark.parametrize("cut", [1, 40, 10_000])
def test_a_mirror_that_is_torn_or_short_or_gone_is_completed_on_opening(tmp_path: Path, cut: int) -> None:
    with case_in(tmp_path / "case") as case:
        for _ in range(4):
            ledger_of(case).append("act")
    whole = lines(tmp_path)
    content = b"".join(whole)
    (tmp_path / "case" / MIRROR).write_bytes(content[: max(0, len(content) - cut)])
    assert not verify_case(tmp_path / "case").ok or cut > len(content)
    CaseStore.open(tmp_path / "case", PASSPHRASE).close()
    assert lines(tmp_path) == whole


def test_a_mirror_that_was_changed_does_not_open(tmp_path: Path) -> None:
    with case_in(tmp_path / "case") as case:
        for _ in range(3):
            ledger_of(case).append("act")
    content = (tmp_path / "case" / MIRROR).read_bytes()
    (tmp_path / "case" / MIRROR).write_bytes(content.replace(b'"seq":2', b'"seq":9'))
    with pytest.raises(CaseError, match="differ at line 2"):
        CaseStore.open(tmp_path / "case", PASSPHRASE)
    assert not verify_case(tmp_path / "case").ok


def test_a_database_put_back_from_an_old_copy_is_found_by_the_mirror(tmp_path: Path) -> None:
    with case_in(tmp_path / "case") as case:
        ledger_of(case).append("one")
    old = (tmp_path / "case" / "case.db").read_bytes()
    with CaseStore.open(tmp_path / "case", PASSPHRASE) as case:
        ledger_of(case).append("two")
    (tmp_path / "case" / "case.db").write_bytes(old)
    with pytest.raises(CaseError, match="differ at line 2"):
        CaseStore.open(tmp_path / "case", PASSPHRASE)


def test_a_disk_that_is_full_for_the_mirror_loses_no_entry(tmp_path: Path) -> None:
    disk = FullDisk(10_000)
    case = new_case(tmp_path / "case", disk=disk)
    ledger_of(case).append("one")
    disk.room = 20
    ledger_of(case).append("two")
    assert len(lines(tmp_path)) == 2
    assert not lines(tmp_path)[1].endswith(b"\n")
    with pytest.raises(StorageFull):
        case.close()
    with CaseStore.open(tmp_path / "case", PASSPHRASE) as case:
        ledger_of(case).append("three")
    assert [parse_line(line).action for line in lines(tmp_path)] == ["one", "two", "three"]


def test_when_room_returns_the_next_entry_completes_the_mirror(tmp_path: Path) -> None:
    disk = FullDisk(10_000)
    with new_case(tmp_path / "case", disk=disk) as case:
        disk.room = 20
        ledger_of(case).append("one")
        disk.room = 10_000
        ledger_of(case).append("two")
        assert [parse_line(line).action for line in lines(tmp_path)] == ["one", "two"]
