from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from store.made_up import CREATED, PASSPHRASE, case_in, examination, finding, measure, media
from takeback.errors import CaseError
from takeback.model.finding import Confirmation
from takeback.model.notice import Answer, NoticeEvent
from takeback.store.case_store import CaseStore
from takeback.store.findings import RecordedEvent


def test_a_new_run_replaces_conclusions_and_keeps_what_humans_said(tmp_path: Path) -> None:
    agreed = Confirmation(finding="f1", by="role", key="k", time="t")
    with case_in(tmp_path / "case") as case:
        case.replace_examinations([examination("o1", media("a")), examination("o2", media("a"))])
        case.replace_findings([finding("f1", "p", "o1", media("a")), finding("f2", "p", "o2", media("a"))])
        case.add_confirmation(agreed)
        case.replace_examinations([examination("o1", media("a"))])
        case.replace_findings([finding("f1", "p", "o1", media("a"))])
        case.replace_measures([measure("z"), measure("a")])
        case.replace_measures([measure("y"), measure("b")])
    with CaseStore.open(tmp_path / "case", PASSPHRASE) as case:
        assert case.examinations() == (examination("o1", media("a")),)
        assert case.findings() == (finding("f1", "p", "o1", media("a")),)
        assert case.measures() == (measure("y"), measure("b"))
        assert case.confirmations() == (agreed,)


def test_answers_are_kept_by_scope_in_order(tmp_path: Path) -> None:
    def said(value: str) -> Answer:
        return Answer(element="name", value=value, by="role", time="t")

    with case_in(tmp_path / "case") as case:
        case.add_answer(said("first"))
        case.add_answer(said("second"))
        case.add_answer(said("second"))
        case.add_answer(said("of a regime"), scope="eu-dsa-16")
        assert [each.value for each in case.answers()] == ["first", "second"]
        assert [each.value for each in case.answers("eu-dsa-16")] == ["of a regime"]


def test_notices_and_their_events_are_kept_in_order(tmp_path: Path) -> None:
    later = CREATED + timedelta(hours=48)
    with case_in(tmp_path / "case") as case:
        case.add_notice("n2", b"{}", findings=["f1", "f2"])
        case.add_notice("n1", b"{}")
        case.add_notice("n2", b'{"again": 1}', findings=["f1"])
        for _ in range(2):
            case.add_event("n2", NoticeEvent.SENT, CREATED)
        case.add_event("n2", NoticeEvent.REMOVED, later, "seen gone")
        assert list(case.notices().items()) == [("n2", b'{"again": 1}'), ("n1", b"{}")]
        assert case.events() == (
            RecordedEvent(notice="n2", event=NoticeEvent.SENT, time=CREATED, note=""),
            RecordedEvent(notice="n2", event=NoticeEvent.REMOVED, time=later, note="seen gone"),
        )
        with pytest.raises(CaseError, match="FOREIGN KEY"):
            case.add_event("unknown", NoticeEvent.SENT, CREATED)


def test_a_release_says_who_and_counts_once(tmp_path: Path) -> None:
    with case_in(tmp_path / "case") as case:
        assert case.released() == frozenset()
        for _ in range(2):
            case.release("f1", "key", "2026-03-02T00:00:00+00:00")
        assert case.released() == {"f1"}
        assert case.releases() == (("f1", "key", "2026-03-02T00:00:00+00:00"),)
