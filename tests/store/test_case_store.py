from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from store.made_up import (
    CREATED,
    FACTS,
    PASSPHRASE,
    case_in,
    everything_in,
    media,
    new_case,
    original,
    post,
    random_bytes,
    signed_consent,
)
from takeback.crypto.age import decrypt, encrypt
from takeback.crypto.keyfile import PublicKey
from takeback.crypto.passphrase import CHEAP
from takeback.errors import CaseError, StorageFull, WrongPassphrase
from takeback.evidence.ledger import Ledger
from takeback.evidence.verify import verify_case
from takeback.store.case_store import CaseStore
from takeback.store.disk import Disk


class FullDisk(Disk):
    """A disk on which only so many more bytes fit."""

    def __init__(self, room: int) -> None:
        self.room = room

    def put(self, descriptor: int, content: bytes) -> None:
        fits = content[: self.room]
        self.room -= len(fits)
        os.write(descriptor, fits)
        if len(fits) < len(content):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_case_opens_again_as_it_was_made(tmp_path: Path) -> None:
    with new_case(tmp_path / "case") as case:
        key, identity = case.key("pseudonyms"), case.identity
    with CaseStore.open(tmp_path / "case", PASSPHRASE) as case:
        assert case.facts == FACTS
        assert (case.key("pseudonyms"), case.identity) == (key, identity)
        assert case.key("pseudonyms") != case.key("another use")
        assert decrypt(encrypt(b"a pack", [case.recipient]), [case.identity]) == b"a pack"
        assert case.header.ledger_key == case.ledger_key.public


def test_a_closed_case_is_one_database_file_without_a_log(tmp_path: Path) -> None:
    with case_in(tmp_path / "case"):
        pass
    names = sorted(each.name for each in (tmp_path / "case").iterdir())
    assert names == ["case.db", "case.json", "lock", "runs", "vault"]


def test_closing_twice_is_closing_once(tmp_path: Path) -> None:
    case = new_case(tmp_path / "case")
    case.close()
    case.close()


def test_the_header_holds_nothing_personal(tmp_path: Path) -> None:
    with case_in(tmp_path / "case"):
        pass
    header = json.loads((tmp_path / "case" / "case.json").read_bytes())
    assert set(header) == {"format", "version", "id", "created", "recipient", "ledger_key", "case_key", "forgotten"}


def test_no_name_is_readable_in_the_folder_open_or_closed(tmp_path: Path) -> None:
    secret = random_bytes()
    path = tmp_path / "case"
    words = [b"Bluebell", b"Larkspur", b"Foxglove", b"Snowdrop", b"Marigold", b"person-zinnia", b"Dahlia", secret[:16]]
    with new_case(path) as case:
        case.add_posts("s1", [post(1, media("Dahlia"), text="text Dahlia")])
        case.add_person(signed_consent("person-zinnia"), [original("person-zinnia", secret)])
        case.begin_run("run").put("Dahlia/x", secret)
        ledger = Ledger(case, case.ledger_key, "operator", lambda: CREATED)
        ledger.append("file.intake", private={"place": "photos/Dahlia.jpg"})
        found = everything_in(path)
    for raw in (found, everything_in(path)):
        assert b"file.intake" in raw  # the search does see what lies in the open
        assert not [word for word in words if word in raw]


def test_a_wrong_passphrase_says_which_case(tmp_path: Path) -> None:
    with case_in(tmp_path / "case"):
        pass
    with pytest.raises(WrongPassphrase, match=str(tmp_path / "case")):
        CaseStore.open(tmp_path / "case", "another")


@pytest.mark.parametrize("content", [None, b"", b"{}", b"\xff", b'{"format": "other", "version": 1}'])
def test_a_foreign_folder_is_said(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "case.json").write_bytes(content)
    with pytest.raises(CaseError, match="not a takeback case"):
        CaseStore.open(tmp_path, PASSPHRASE)


def test_a_newer_header_is_said(tmp_path: Path) -> None:
    (tmp_path / "case.json").write_bytes(b'{"format": "takeback-case", "version": 2, "unknown": []}')
    with pytest.raises(CaseError, match="version 2, this takeback knows 1"):
        CaseStore.open(tmp_path, PASSPHRASE)


def test_a_newer_database_is_said(tmp_path: Path) -> None:
    with case_in(tmp_path / "case") as case:
        case._database.execute("PRAGMA user_version = 3")
    with pytest.raises(CaseError, match="version 3, this takeback knows 2"):
        CaseStore.open(tmp_path / "case", PASSPHRASE)


def test_a_header_whose_recipient_was_changed_does_not_open(tmp_path: Path) -> None:
    for name in ("one", "two"):
        with case_in(tmp_path / name):
            pass
    header, other = (json.loads((tmp_path / name / "case.json").read_bytes()) for name in ("one", "two"))
    changed = {**header, "recipient": other["recipient"]}
    (tmp_path / "one" / "case.json").write_text(json.dumps(changed), encoding="utf-8")
    with pytest.raises(CaseError, match="does not belong to its database"):
        CaseStore.open(tmp_path / "one", PASSPHRASE)


def test_the_database_of_another_case_does_not_open(tmp_path: Path) -> None:
    for name in ("one", "two"):
        with case_in(tmp_path / name):
            pass
    shutil.copy(tmp_path / "two" / "case.db", tmp_path / "one" / "case.db")
    with pytest.raises(CaseError, match="damaged"):
        CaseStore.open(tmp_path / "one", PASSPHRASE)


def test_a_missing_database_is_said(tmp_path: Path) -> None:
    with case_in(tmp_path / "case"):
        pass
    (tmp_path / "case" / "case.db").unlink()
    with pytest.raises(CaseError, match="no database"):
        CaseStore.open(tmp_path / "case", PASSPHRASE)


def test_a_case_that_is_open_is_locked(tmp_path: Path) -> None:
    with case_in(tmp_path / "case"), pytest.raises(CaseError, match="locked by another process"):
        CaseStore.open(tmp_path / "case", PASSPHRASE)
    CaseStore.open(tmp_path / "case", PASSPHRASE).close()


def test_a_case_that_another_process_holds_is_locked_until_it_dies(tmp_path: Path) -> None:
    with case_in(tmp_path / "case"):
        pass
    code = (
        "import sys; from pathlib import Path; from takeback.store.case_store import CaseStore\n"
        f"case = CaseStore.open(Path(sys.argv[1]), {PASSPHRASE!r}); print('open', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "case")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"open\n"
        with pytest.raises(CaseError, match="locked by another process"):
            CaseStore.open(tmp_path / "case", PASSPHRASE)
        holder.kill()
    CaseStore.open(tmp_path / "case", PASSPHRASE).close()


def test_a_worker_that_outlives_a_killed_process_does_not_hold_its_case(tmp_path: Path) -> None:
    with case_in(tmp_path / "case"):
        pass
    code = (
        "import os, sys; from pathlib import Path; from takeback.store.case_store import CaseStore\n"
        f"case = CaseStore.open(Path(sys.argv[1]), {PASSPHRASE!r}); child = os.fork()\n"
        "print('worker' if not child else '', end='', flush=True)\n"
        "os.waitpid(child, 0) if child else (sys.stdin.read(), os._exit(0))"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "case")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.read(len("worker")) == b"worker"
        holder.kill()
        os.waitid(os.P_PID, holder.pid, os.WEXITED | os.WNOWAIT)
        CaseStore.open(tmp_path / "case", PASSPHRASE).close()


def test_a_folder_that_holds_something_is_not_made_a_case(tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").write_bytes(b"x")
    with pytest.raises(CaseError, match="something here already"):
        CaseStore.create(tmp_path, FACTS, PASSPHRASE, cost=CHEAP)
    assert [each.name for each in tmp_path.iterdir()] == ["photo.jpg"]


def test_an_empty_folder_is_made_a_case(tmp_path: Path) -> None:
    (tmp_path / "case").mkdir()
    new_case(tmp_path / "case").close()


@pytest.mark.parametrize("room", [0, 10, 300])
def test_a_case_that_does_not_fit_leaves_nothing(tmp_path: Path, room: int) -> None:
    with pytest.raises(StorageFull, match="no space left"):
        new_case(tmp_path / "case", disk=FullDisk(room))
    assert not list(tmp_path.iterdir())


def test_a_blob_that_does_not_fit_leaves_nothing_and_fits_later(tmp_path: Path) -> None:
    disk = FullDisk(10_000)
    with new_case(tmp_path / "case", disk=disk) as case:
        disk.room = 50
        with pytest.raises(StorageFull, match="no space left"):
            case.keep_blob(b"x" * 100)
        assert not [each for each in (tmp_path / "case" / "vault").rglob("*") if each.is_file()]
        disk.room = 10_000
        assert case.blob(case.keep_blob(b"x" * 100)) == b"x" * 100


def test_a_database_that_cannot_grow_takes_the_whole_act_back(tmp_path: Path) -> None:
    with new_case(tmp_path / "case") as case:
        shown = [post(number, media(f"{number:0200}")) for number in range(200)]
        pages = case._database.number("PRAGMA page_count")
        case._database.execute(f"PRAGMA max_page_count = {pages + 4}")
        with pytest.raises(StorageFull, match="no space left"):
            case.add_posts("s1", shown)
        assert case.count_posts() == 0
        case._database.execute("PRAGMA max_page_count = 100000")
        assert case.add_posts("s1", shown) == 200


def test_after_a_full_disk_nothing_more_is_written_in_the_broken_transaction(tmp_path: Path) -> None:
    with new_case(tmp_path / "case") as case:
        pages = case._database.number("PRAGMA page_count")
        case._database.execute(f"PRAGMA max_page_count = {pages + 4}")
        with pytest.raises((CaseError, StorageFull)), case.transaction():  # noqa: PT012  # the inner error is caught on purpose
            case.keep_note("first", b"1")
            with pytest.raises(StorageFull):
                case.keep_note("large", b"x" * 100_000)
            case.keep_note("second", b"2")
        assert case.note("second") is None or case.note("first") is not None


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(CaseError, match="cannot write"):
        new_case(tmp_path / "file" / "case")


def test_an_error_takes_back_the_whole_transaction(tmp_path: Path) -> None:
    with case_in(tmp_path / "case") as case:
        with pytest.raises(RuntimeError), case.transaction():  # noqa: PT012  # what was written before the error goes
            case.add_posts("s1", [post(1)])
            raise RuntimeError
        assert case.count_posts() == 0


def test_an_inner_error_that_is_caught_takes_back_the_inner_act_alone(tmp_path: Path) -> None:
    with case_in(tmp_path / "case") as case:
        with case.transaction():
            case.keep_note("outer", b"kept")
            with pytest.raises(RuntimeError), case.transaction():  # noqa: PT012  # as above
                case.keep_note("inner", b"lost")
                raise RuntimeError
        assert (case.note("outer"), case.note("inner")) == (b"kept", None)


def test_caps_trusted_keys_and_notes_are_kept(tmp_path: Path) -> None:
    with case_in(tmp_path / "case") as case:
        case.set_caps(photographs_per_person=60)
        case.trust(PublicKey(key="ab" * 32, name="first name"))
        case.trust(PublicKey(key="ab" * 32, name="second name"))
        case.keep_note("census", b"1")
        case.keep_note("census", b"2")
    with CaseStore.open(tmp_path / "case", PASSPHRASE) as case:
        assert (case.facts.photographs_per_person, case.facts.persons_per_case) == (60, 20)
        assert case.facts.trusted == (PublicKey(key="ab" * 32, name="second name"),)
        assert (case.note("census"), case.note("absent")) == (b"2", None)


def test_a_forgotten_case_keeps_only_a_ledger_that_verifies(tmp_path: Path) -> None:
    path = tmp_path / "case"
    with new_case(path) as case:
        case.add_person(signed_consent("p"), [original("p", random_bytes())])
        ledger = Ledger(case, case.ledger_key, "operator", lambda: CREATED + timedelta(days=1))
        ledger.append("case_created", private={"title": "Bluebell"})
        ledger.append("case.forgotten")
        case.forget_all(time="2026-03-02")
    assert sorted(each.name for each in path.iterdir()) == ["case.json", "ledger.jsonl", "lock"]
    assert json.loads((path / "case.json").read_bytes())["case_key"] is None
    found = verify_case(path)
    assert found.ok
    assert found.head is not None
    assert found.head[0] == 2
    with pytest.raises(CaseError, match="forgotten on 2026-03-02"):
        CaseStore.open(path, PASSPHRASE)


def test_the_wrapped_key_is_overwritten_where_it_lay(tmp_path: Path) -> None:
    path = tmp_path / "case"
    with new_case(path) as case:
        os.link(path / "case.json", tmp_path / "old-blocks")
        assert b"argon2id" in (tmp_path / "old-blocks").read_bytes()
        case.forget_all(time="2026-03-02")
    assert set((tmp_path / "old-blocks").read_bytes()) == {0}


def test_what_a_crash_left_of_a_forgotten_case_goes_at_the_next_opening(tmp_path: Path) -> None:
    path = tmp_path / "case"
    with case_in(path):
        pass
    shutil.copytree(path, tmp_path / "copy")
    with CaseStore.open(path, PASSPHRASE) as case:
        case.forget_all(time="2026-03-02")
    shutil.copy(tmp_path / "copy" / "case.db", path / "case.db")
    with pytest.raises(CaseError, match="forgotten"):
        CaseStore.open(path, PASSPHRASE)
    assert not (path / "case.db").exists()
