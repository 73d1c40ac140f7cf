from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from takeback.errors import BankError, HashIndexError, IndexBusy, IndexDamaged, IndexUnreadable
from takeback.jobs.bank_folder import utc_now
from takeback.jobs.bank_store import BankStore
from takeback.matching.hamming_index import HammingIndex
from takeback.model.bank import EntryState, HarmHash, Provenance
from takeback.store.banks import BankTables

BY = Provenance(added_by="moderator")
TESTS = Path(__file__).resolve().parents[1]
ENVIRONMENT = {**os.environ, "PYTHONPATH": f"{TESTS.parent / 'src'}{os.pathsep}{TESTS}"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with BankStore.create(tmp_path / "banks") as store:
        store.new_bank("reported")
        store.add("reported", [HarmHash.of(pdq="0" * 64)], BY)
    return tmp_path / "banks"


def found(store: BankStore, *digits: str) -> list[list[int]]:
    words = np.array([np.frombuffer(bytes.fromhex(each), ">u8") for each in digits], np.uint64)
    return [[hit.entry.id for hit in hits] for hits in store.lookup(words, distance=0)]


def only_in_the_tables(folder: Path, digits: str) -> None:
    """What a process leaves that died after its commit and before the index was told."""
    tables = BankTables.open(folder)
    tables.add("reported", [(HarmHash.of(pdq=digits), BY)], time=utc_now())
    tables.close()


def test_what_was_committed_before_a_crash_is_found_though_the_index_was_never_told(folder: Path) -> None:
    only_in_the_tables(folder, "f" * 64)
    with BankStore.open(folder, writable=False) as reader:
        assert found(reader, "0" * 64, "f" * 64) == [[1], [2]]
    with BankStore.open(folder) as writer:
        assert found(writer, "0" * 64, "f" * 64) == [[1], [2]]
    tables = BankTables.open(folder)
    assert len(tables.pending_forms()[0]) == 0
    tables.close()


def test_a_reader_never_loses_a_hash_while_a_writer_hands_it_over(folder: Path) -> None:
    with BankStore.open(folder, writable=False) as reader:
        only_in_the_tables(folder, "f" * 64)
        assert found(reader, "f" * 64) == [[2]]
        with BankStore.open(folder) as writer:
            assert found(reader, "f" * 64) == found(writer, "f" * 64) == [[2]]


def test_a_damaged_index_is_made_anew_by_whoever_may_write_and_named_by_whoever_may_not(folder: Path) -> None:
    shutil.rmtree(folder / "index-1")
    with pytest.raises(BankError, match=r"index of the hash banks is damaged.*takeback bank repair"):
        BankStore.open(folder, writable=False)
    with BankStore.open(folder) as writer, BankStore.open(folder, writable=False) as reader:
        assert found(writer, "0" * 64) == found(reader, "0" * 64) == [[1]]
    assert [each.name for each in folder.glob("index-*")] == ["index-2"]


def test_settling_folds_a_bank_that_is_not_large_into_one_file(folder: Path) -> None:
    words = np.random.default_rng(2020).integers(0, 2**64, (6000, 4), dtype=np.uint64)
    with BankStore.open(folder) as store:
        for some in (words[:5000], words[5000:]):
            store._index._index.add(range(len(some)), some)
            store._index._index.merge()
        assert len(list((folder / "index-1").glob("segment-*"))) == 2
        store.settle()
    assert len(list((folder / "index-1").glob("segment-*"))) == 1


class Failing:
    """An index whose first search fails."""

    changes = 0

    def __init__(self, error: HashIndexError) -> None:
        self._error = error

    def search(self, words: object, *, distance: int) -> None:
        del words, distance
        raise self._error

    def close(self) -> None:
        pass


@pytest.mark.parametrize("error", [IndexBusy("merged all the time"), IndexUnreadable("too many open files")])
def test_what_passes_by_itself_is_said_and_no_reason_to_make_an_index_anew(folder: Path, error: HashIndexError) -> None:
    with BankStore.open(folder) as store:
        whole = store._index._index
        store._index._index = Failing(error)  # type: ignore[assignment]  # a fake
        with pytest.raises(BankError, match=r"cannot be used now: .*\(try again"):
            found(store, "0" * 64)
        store._index._index = whole
        assert found(store, "0" * 64) == [[1]]
    assert [each.name for each in folder.glob("index-*")] == ["index-1"]


def test_a_new_index_that_could_not_be_opened_once_is_opened_at_the_next_look_up(folder: Path) -> None:
    with BankStore.open(folder) as store, BankStore.open(folder) as other:
        whole = store._index._whole

        def busy(place: Path) -> HammingIndex:
            store._index._whole = whole  # type: ignore[method-assign]  # a fake, for one time
            raise IndexUnreadable(f"too many open files: {place}")

        store._index._whole = busy  # type: ignore[method-assign]  # as above
        other.repair()
        other.add("reported", [HarmHash.of(pdq="f" * 64)], BY)
        with pytest.raises(BankError, match="too many open files"):
            found(store, "f" * 64)
        assert found(store, "f" * 64) == [[2]]
    assert [each.name for each in folder.glob("index-*")] == ["index-2"]


def test_what_is_damaged_is_made_anew_in_the_middle_of_a_look_up(folder: Path) -> None:
    with BankStore.open(folder) as store:
        store._index._index = Failing(IndexDamaged("a segment"))  # type: ignore[assignment]  # a fake
        assert found(store, "0" * 64) == [[1]]
    assert [each.name for each in folder.glob("index-*")] == ["index-2"]


@pytest.mark.parametrize("how", ["an older copy", "a cut log"])
def test_an_index_that_is_older_than_the_tables_is_made_anew_and_hides_nothing(
    folder: Path, tmp_path: Path, how: str
) -> None:
    older = shutil.copytree(folder / "index-1", tmp_path / "older")
    with BankStore.open(folder) as writer:
        writer.add("reported", [HarmHash.of(pdq="f" * 64)], BY)
    if how == "an older copy":
        shutil.rmtree(folder / "index-1")
        shutil.copytree(older, folder / "index-1")
    else:
        [log] = (folder / "index-1").glob("tail-*")
        log.write_bytes(log.read_bytes()[:-1])
    with pytest.raises(BankError, match="older than the tables"):
        BankStore.open(folder, writable=False)
    with BankStore.open(folder) as writer:
        assert found(writer, "0" * 64, "f" * 64) == [[1], [2]]


def test_the_other_processes_take_up_an_index_that_was_made_anew(folder: Path) -> None:
    with BankStore.open(folder, writable=False) as reader, BankStore.open(folder) as writer:
        [id] = writer.add("reported", [HarmHash.of(pdq="f" * 64)], BY)
        writer.withdraw([1], by="moderator", reason="a mistake")
        writer.repair()
        assert found(reader, "0" * 64, "f" * 64) == [[], [id]]
        assert (folder / "index-2").is_dir()


def test_a_change_that_waited_for_a_repair_is_told_to_the_new_index(folder: Path) -> None:
    with BankStore.open(folder) as writer, BankStore.open(folder) as other:
        other.repair()
        # the writer looked before the repair, and its transaction began after it
        writer._tables.add("reported", [(HarmHash.of(pdq="f" * 64), BY)], time=utc_now())
        writer._index.hand_over()
        assert writer._tables.pending_count() == 0
    with BankStore.open(folder, writable=False) as reader:
        assert found(reader, "f" * 64) == [[2]]


def test_a_hit_of_the_index_that_the_tables_do_not_bear_out_is_none(folder: Path, tmp_path: Path) -> None:
    with BankStore.create(tmp_path / "other") as other:
        other.new_bank("reported")
        other.add("reported", [HarmHash.of(pdq="f" * 64)], BY)
    shutil.rmtree(folder / "index-1")
    shutil.copytree(tmp_path / "other" / "index-1", folder / "index-1")
    with BankStore.open(folder, writable=False) as store:
        assert found(store, "f" * 64) == [[]]


def test_a_folder_of_another_version_says_so(folder: Path) -> None:
    tables = BankTables.open(folder)
    tables._database.execute("PRAGMA user_version = 9")
    tables.close()
    with pytest.raises(BankError, match="hash banks of version 9, this takeback knows 1"):
        BankStore.open(folder)


def test_a_folder_without_banks_says_how_to_make_them(tmp_path: Path) -> None:
    with pytest.raises(BankError, match=r"no hash banks here.*takeback bank new"):
        BankStore.open(tmp_path)


def test_a_file_that_is_no_database_is_said_to_be_damaged(tmp_path: Path) -> None:
    (tmp_path / "banks.db").write_bytes(b"not a database at all" * 500)
    with pytest.raises(BankError, match="damaged"):
        BankStore.open(tmp_path)


def test_a_second_writer_waits_and_then_says_that_another_one_writes(folder: Path) -> None:
    first = BankTables.open(folder)
    second = BankTables.open(folder, busy_seconds=0.05)
    with (
        first.transaction(),
        pytest.raises(BankError, match="being written by another process"),
        second.transaction(),
    ):
        pass
    first.close()
    second.close()


def start(folder: Path, seed: int) -> subprocess.Popen[str]:
    command = [sys.executable, str(TESTS / "jobs" / "bank_worker.py"), str(folder), str(seed)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=ENVIRONMENT)


def test_killed_writers_lose_and_double_nothing_that_they_were_told_is_done(folder: Path) -> None:
    done: dict[str, tuple[str, int]] = {}
    for seed in range(4):
        with start(folder, seed) as first, start(folder, 100 + seed) as second:
            for worker in (first, second):
                assert worker.stdout is not None
                for _ in range(5 + seed):  # a share of the rounds, cut at another place each time
                    act, digits, id = worker.stdout.readline().split()
                    done[digits] = (act, int(id))
            for worker in (first, second):
                worker.send_signal(signal.SIGKILL)
                assert worker.stdout is not None
                for line in worker.stdout.read().splitlines():
                    act, digits, id = line.split()
                    done[digits] = (act, int(id))
    assert len(done) > 20
    with BankStore.open(folder) as store:
        answers = found(store, *done)
        for (digits, (act, id)), ids in zip(done.items(), answers, strict=True):
            assert ids in (([id], []) if act == "add" else ([],)), digits
            assert (store.entry(id).state is EntryState.ACTIVE) == (ids == [id])
        for entry in store.entries("reported"):
            assert entry.hash.signal is not None
            expected = [entry.id] if entry.state is EntryState.ACTIVE else []
            assert found(store, entry.hash.signal.hex) == [expected]


def test_what_another_process_says_is_done_counts_here_at_the_next_look_up(folder: Path) -> None:
    with BankStore.open(folder, writable=False) as store, start(folder, 7) as worker:
        assert worker.stdout is not None
        kept = ""
        for _ in range(12):
            act, digits, id = worker.stdout.readline().split()
            if act == "withdraw":
                assert found(store, digits, kept) == [[], [int(id) + 2]]
            kept = digits
        worker.kill()
