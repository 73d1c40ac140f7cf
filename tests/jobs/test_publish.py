from __future__ import annotations

import errno
import os
from datetime import datetime
from pathlib import Path

import pytest

from made_up_case import LINKS, PERSON, RAW_NAMES, MadeUp, run
from said import everything_in, words_of
from takeback.errors import StorageFull, UsageError
from takeback.evidence.verify import verify_path
from takeback.jobs.letters import last_act
from takeback.jobs.publish import publish, publish_network, publish_public
from takeback.report.words import instant


def test_publishing_twice_gives_the_same_bytes_bundle_and_all(made_up: MadeUp, tmp_path: Path) -> None:
    with made_up.case(tmp_path) as case:
        one = publish(case, tmp_path / "one")
        two = publish(case, tmp_path / "two")
    assert everything_in(tmp_path / "one") == everything_in(tmp_path / "two")
    assert one.bundle is not None
    assert two.bundle is not None
    assert one.bundle.head == two.bundle.head


def test_documents_carry_the_time_of_the_last_act_and_never_now(made_up: MadeUp, tmp_path: Path) -> None:
    with made_up.case(tmp_path) as case:
        acts = list(case.store.ledger_entries())
        publish(case, tmp_path / "out")
        assert last_act(case) == datetime.fromisoformat(acts[-1].time)
        for name in ("report.html", "report.pdf"):
            said = words_of(tmp_path / "out" / name).replace("\u00a0", " ")
            assert instant(last_act(case)) in " ".join(said.split()), name
            assert f"{case.clock().day} August" not in said, name


def test_a_bundle_verifies_with_the_head_that_was_printed(made_up: MadeUp, tmp_path: Path) -> None:
    with made_up.case(tmp_path) as case:
        made = publish(case, tmp_path / "out")
        assert made.bundle is not None
        signer = case.store.ledger_key.public
    assert verify_path(made.bundle.path, expect_signer=signer, expect_head=made.bundle.head).ok
    assert not verify_path(made.bundle.path, expect_signer="0" * 64).ok


@pytest.mark.parametrize("room", range(0, 12, 3))
def test_wherever_the_disk_runs_full_nothing_is_left_of_what_was_published(
    made_up: MadeUp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, room: int
) -> None:
    written: list[int] = []
    flush = os.fsync

    def full(descriptor: int) -> None:
        written.append(descriptor)
        if len(written) > room:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        flush(descriptor)

    with made_up.case(tmp_path) as case:
        entries = list(case.store.ledger_entries())
        with monkeypatch.context() as patch:
            patch.setattr(os, "fsync", full)
            with pytest.raises(StorageFull, match="no space left on the disk of"):
                publish(case, tmp_path / "out")
        assert list(case.store.ledger_entries()) == entries
    assert len(written) == room + 1
    assert [each.name for each in tmp_path.iterdir()] == ["case"]


def test_documents_are_never_replaced(made_up: MadeUp, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "note.txt").write_text("mine")
    with made_up.case(tmp_path) as case:
        for write in (publish, publish_public):
            with pytest.raises(UsageError, match="documents are never replaced"):
                write(case, tmp_path / "out")
    assert [each.name for each in (tmp_path / "out").iterdir()] == ["note.txt"]


def test_two_public_reports_of_one_case_cannot_be_subtracted(made_up: MadeUp, tmp_path: Path) -> None:
    with made_up.case(tmp_path) as case:
        publish_public(case, tmp_path / "before")
        run(case, [made_up.later], [])
        publish_public(case, tmp_path / "after")
    before, after = (words_of(tmp_path / each / "measures.json") for each in ("before", "after"))
    assert before == after


def test_the_report_of_a_network_is_the_same_bytes_the_second_time(made_up: MadeUp, tmp_path: Path) -> None:
    with made_up.case(tmp_path) as case:
        made = publish_network(case, tmp_path / "one")
        publish_network(case, tmp_path / "two")
    assert made.files == ("measures.json", "report.html", "report.pdf")
    assert everything_in(tmp_path / "one") == everything_in(tmp_path / "two")


def test_the_report_of_a_network_says_nothing_of_findings_or_photographs(made_up: MadeUp, tmp_path: Path) -> None:
    with made_up.case(tmp_path) as case:
        assert any(each.id == "pictures.enrolled" for each in case.measures)
        publish_network(case, tmp_path / "out")
        findings = case.findings
    said = "".join(words_of(tmp_path / "out" / name) for name in ("report.html", "report.pdf", "measures.json"))
    hidden = ("pictures.enrolled", "pictures.persons", "photograph-", "person-", "media-", "enrolled", "finding")
    raw = (*RAW_NAMES, PERSON, *(each.id for each in findings), *(each.examination.media for each in findings))
    assert [each for each in (*hidden, *raw) if each in said and each not in LINKS[0]] == []
    assert "How big the network is" in said


def test_a_public_report_is_the_same_bytes_the_second_time(made_up: MadeUp, tmp_path: Path) -> None:
    with made_up.case(tmp_path) as case:
        publish_public(case, tmp_path / "one")
        publish_public(case, tmp_path / "two")
    assert everything_in(tmp_path / "one") == everything_in(tmp_path / "two")
