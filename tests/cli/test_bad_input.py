"""Bad input: one line that says what, where and the way out; the promised exit code; nothing half-written."""

from __future__ import annotations

import errno
import json
import os
import shutil
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cli.conftest import Ended, Takeback
from made_up_case import PASSPHRASE, MadeUp, chat, post
from opened import opened, openers
from takeback.crypto import age
from takeback.evidence.verify import verify_case
from takeback.exchanges.pack_container import read_container, write_container
from takeback.jobs.case import Case
from takeback.store.disk import Disk

Source = Callable[[MadeUp, Path], Path]


def one_line(ended: Ended, *said: str, code: int = 3) -> None:
    """One line on standard error that says all this, and nothing on standard output."""
    assert (ended.code, ended.out) == (code, ""), ended
    assert ended.err.startswith("takeback: ")
    assert ended.err.count("\n") == 1
    for each in said:
        assert each in ended.err


def snapshot(case: Path) -> tuple[int, int, int, int]:
    """What a case holds, in counts."""
    with Case.open(case, passphrase=PASSPHRASE) as opened:
        store = opened.store
        entries = sum(1 for _ in store.ledger_entries())
        return entries, store.count_posts(), len(store.persons()), len(store.sources())


@pytest.fixture
def empty(made_up: MadeUp, tmp_path: Path) -> Path:
    return made_up.copy(tmp_path, worked=False)


@pytest.fixture
def worked(made_up: MadeUp, tmp_path: Path) -> Path:
    return made_up.copy(tmp_path)


# --- sources --------------------------------------------------------------------------------------------------------


def without_result(made_up: MadeUp, folder: Path) -> Path:
    shutil.copytree(made_up.export, folder / "ChatExport_1")
    (folder / "ChatExport_1" / "result.json").unlink()
    return folder / "ChatExport_1"


def in_html(made_up: MadeUp, folder: Path) -> Path:
    (folder / "ChatExport_2").mkdir()
    (folder / "ChatExport_2" / "messages.html").write_text("<html></html>")
    return folder / "ChatExport_2"


def cut_short(made_up: MadeUp, folder: Path) -> Path:
    (folder / "ChatExport_3").mkdir()
    content = (made_up.export / "result.json").read_bytes()
    (folder / "ChatExport_3" / "result.json").write_bytes(content[: len(content) // 2])
    return folder / "ChatExport_3"


def not_there(made_up: MadeUp, folder: Path) -> Path:
    return folder / "nowhere"


def torn_zip(made_up: MadeUp, folder: Path) -> Path:
    with zipfile.ZipFile(folder / "export.zip", "w") as archive:
        archive.write(made_up.export / "result.json", "result.json")
    content = (folder / "export.zip").read_bytes()
    (folder / "export.zip").write_bytes(content[:-30])
    return folder / "export.zip"


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (without_result, ("has no result.json", 'choose "Machine-readable JSON" in Telegram Desktop')),
        (not_there, ("there is nothing at", "give the folder of an export, a folder of pictures, or a zip")),
        (torn_zip, ("export.zip", "(")),
        (in_html, ("messages.html", "has no history of messages", "export the chat again")),
    ],
)
def test_a_source_that_cannot_be_read_is_said_and_not_taken_in(
    takeback: Takeback, made_up: MadeUp, empty: Path, tmp_path: Path, make: Source, said: tuple[str, ...]
) -> None:
    source = make(made_up, tmp_path)
    before = snapshot(empty)
    one_line(takeback("census", source, "--case", empty), str(source), *said)
    assert snapshot(empty) == before


def test_an_export_of_which_only_a_part_can_be_read_is_taken_in_with_its_damage(
    takeback: Takeback, made_up: MadeUp, empty: Path, tmp_path: Path
) -> None:
    told = takeback("census", cut_short(made_up, tmp_path), "--case", empty, "--quiet")
    assert told.code == 1
    assert "damage in the sources: " in told.out


def test_a_path_outside_the_export_is_recorded_and_never_opened(
    takeback: Takeback, empty: Path, tmp_path: Path
) -> None:
    outside = tmp_path / "outside.jpg"
    outside.write_bytes(b"not to be read")
    folder = tmp_path / "ChatExport_9"
    folder.mkdir()
    rows = [post(1), {**post(2), "photo": "../outside.jpg"}, {**post(3), "photo": str(outside)}]
    (folder / "result.json").write_text(json.dumps(chat("A channel", 5, "public_channel", rows)))
    with opened() as seen:
        told = takeback("census", folder, "--case", empty, "--quiet")
    assert told.code == 1
    assert "(takeback case show --damage lists it)" in told.out
    with Case.open(empty, passphrase=PASSPHRASE) as case:
        absences = [each.absence.value for one in case.store.posts() for each in one.missing]
        assert list(case.store.media()) == []
    assert absences == ["outside_source", "outside_source"]
    assert openers(seen, "outside.jpg") == set()


# --- files that should be text --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "command",
    [
        "notices answer bytes --case case",
        "census later --case case --channels bytes",
        "census later --case case --audience bytes",
        "census later --case case --acquisition bytes",
        "investigate later --case case --identity bytes",
        "investigate later --case case --pack bytes",
        "consent show bytes",
        "consent sign bytes --key key",
        "consent countersign bytes --key key",
        "key show bytes",
        "verify foreign",
    ],
)
def test_a_file_that_is_no_text_is_one_line_that_names_what_it_should_be(
    takeback: Takeback, made_up: MadeUp, worked: Path, people_folder: Path, tmp_path: Path, command: str
) -> None:
    (tmp_path / "bytes").write_bytes(b"\x80\xff = \xfe\n")
    (tmp_path / "foreign").mkdir()
    (tmp_path / "foreign" / "case.json").write_bytes(b"\x80")
    shutil.copytree(made_up.later, tmp_path / "later")
    shutil.copy(next(people_folder.glob("*.key")), tmp_path / "key")
    before = snapshot(worked)
    one_line(takeback(*command.split()))
    assert snapshot(worked) == before


# --- cases ----------------------------------------------------------------------------------------------------------


def test_a_case_that_somebody_has_open_is_said_to_be_locked(takeback: Takeback, worked: Path) -> None:
    with Case.open(worked, passphrase=PASSPHRASE):
        one_line(takeback("case", "show", "--case", worked), "locked by another process", str(worked), "wait for it")
    assert takeback("case", "show", "--case", worked).code == 0


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "not a takeback case"),
        ('{"format": "another", "version": 1}', "not a takeback case"),
        ('{"format": "takeback-case", "version": 99}', "open it with the takeback that made it, or a newer one"),
    ],
)
def test_a_folder_that_is_no_case_of_ours_is_said_to_be_foreign(
    takeback: Takeback, tmp_path: Path, content: str | None, said: str
) -> None:
    (tmp_path / "foreign").mkdir()
    if content is not None:
        (tmp_path / "foreign" / "case.json").write_text(content)
    one_line(takeback("case", "show", "--case", tmp_path / "foreign"), str(tmp_path / "foreign"), said)


def test_a_wrong_passphrase_opens_nothing(
    takeback: Takeback, worked: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "wrong").write_text("another row of words\n")
    monkeypatch.setenv("TAKEBACK_PASSPHRASE_FILE", str(tmp_path / "wrong"))
    one_line(takeback("case", "show", "--case", worked), "wrong passphrase for the case in", str(worked))


@pytest.mark.parametrize(("content", "said"), [(None, "cannot be read"), ("\n", "first line is empty")])
def test_a_passphrase_file_that_holds_none_is_the_fault_of_the_command_line(
    takeback: Takeback,
    worked: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    content: str | None,
    said: str,
) -> None:
    if content is not None:
        (tmp_path / "file").write_text(content)
    monkeypatch.setenv("TAKEBACK_PASSPHRASE_FILE", str(tmp_path / "file"))
    one_line(takeback("case", "show", "--case", worked), "TAKEBACK_PASSPHRASE_FILE", said, code=2)


def test_a_case_is_not_made_where_something_is(takeback: Takeback, worked: Path) -> None:
    options = ("--role", "helpline", "--legal-basis", "consent", "--jurisdiction", "UK")
    one_line(takeback("case", "new", worked, *options), "there is something here already", str(worked))


# --- consents and packs ---------------------------------------------------------------------------------------------


def test_no_pack_is_made_under_one_signature(takeback: Takeback, made_up: MadeUp, empty: Path, tmp_path: Path) -> None:
    form = tmp_path / "one.toml"
    form.write_text(made_up.signed(second=False), encoding="utf-8")
    with Case.open(empty, passphrase=PASSPHRASE) as case:
        recipient = case.store.recipient
    pack = tmp_path / "one.pack"
    ended = takeback("enrol", made_up.photographs[0], "--consent", form, "--to", recipient, "--out", pack)
    one_line(ended, "one signature instead of two", "takeback consent countersign FILE")
    assert not pack.exists()


def test_a_pack_of_a_newer_version_names_the_takeback_that_reads_it(
    takeback: Takeback, made_up: MadeUp, empty: Path, tmp_path: Path
) -> None:
    with Case.open(empty, passphrase=PASSPHRASE) as case:
        entries = read_container(age.decrypt(made_up.pack.read_bytes(), [case.store.identity]))
        changed = entries["manifest.json"].replace(b'"version":1', b'"version":2').replace(b'"0.1"', b'"0.9"')
        content = age.encrypt(write_container({**entries, "manifest.json": changed}), [case.store.recipient])
    (tmp_path / "newer.pack").write_bytes(content)
    ended = takeback("investigate", made_up.export, "--pack", tmp_path / "newer.pack", "--case", empty)
    one_line(ended, "newer.pack", "of version 2; this takeback reads version 1", "0.9")


def test_a_photograph_that_changed_since_the_consent_makes_no_pack(
    takeback: Takeback, made_up: MadeUp, empty: Path, tmp_path: Path
) -> None:
    photograph = tmp_path / "changed.jpg"
    photograph.write_bytes(made_up.photographs[0].read_bytes() + b"\0")
    (tmp_path / "consent.toml").write_text(made_up.signed(made_up.photographs[0]))
    with Case.open(empty, passphrase=PASSPHRASE) as case:
        recipient = case.store.recipient
    out = tmp_path / "out.pack"
    options = ("--consent", tmp_path / "consent.toml", "--to", recipient, "--out", out, "--quiet")
    one_line(takeback("enrol", photograph, *options), "does not cover the photograph", "it was changed", code=1)
    assert not out.exists()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("find = true|find = false", "the consent was changed after the enroller"),
        ("[signatures.enroller]|[signature.enroller]", "signature"),
    ],
)
def test_a_consent_that_changed_since_it_was_signed_is_refused(
    takeback: Takeback, made_up: MadeUp, tmp_path: Path, change: str, said: str
) -> None:
    old, _, new = change.partition("|")
    (tmp_path / "consent.toml").write_text(made_up.consent.replace(old, new))
    _, recipient = age.new_identity()
    out = tmp_path / "out.pack"
    options = ("--consent", tmp_path / "consent.toml", "--to", recipient, "--out", out, "--quiet")
    one_line(takeback("enrol", made_up.photographs[0], *options), said)
    assert not out.exists()


# --- a full disk ----------------------------------------------------------------------------------------------------


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(Disk, "put", full)
        patch.setattr(os, "fsync", full)
        yield patch


def left(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir() if "partial" in each.name)


@pytest.mark.parametrize(
    "command",
    [
        "publish --case case --out out",
        "publish --case case --out out --public",
        "notices prepare --case case --out out",
        "notices ask --case case --out out",
        "key new out --name somebody",
        "case new out --role r --legal-basis l --jurisdiction j",
    ],
)
def test_a_full_disk_is_one_line_and_leaves_nothing_half_written(
    takeback: Takeback, made_up: MadeUp, worked: Path, tmp_path: Path, full_disk: pytest.MonkeyPatch, command: str
) -> None:
    one_line(takeback(*command.split()), "no space left on the disk of", "out", "free some space")
    assert not (tmp_path / "out").exists()
    assert left(tmp_path) == []
    full_disk.undo()
    assert verify_case(worked).ok
    assert takeback(*command.split()).code in {0, 1}


def test_an_investigation_on_a_full_disk_resumes_once_there_is_room(
    takeback: Takeback, made_up: MadeUp, empty: Path, full_disk: pytest.MonkeyPatch
) -> None:
    command = ("investigate", made_up.later, "--pack", made_up.pack, "--case", empty, "--quiet")
    one_line(takeback(*command), "no space left on the disk of", "nothing is half-written", "run the same again")
    full_disk.undo()
    assert snapshot(empty)[1:] == (0, 0, 0)
    assert verify_case(empty).ok
    assert takeback(*command).code == 1  # done, and one torn file needs a person
