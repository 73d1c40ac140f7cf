from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from store.made_up import (
    CREATED,
    FACTS,
    PASSPHRASE,
    case_in,
    everything_in,
    examination,
    finding,
    measure,
    media,
    new_case,
    original,
    random_bytes,
    signed_consent,
)
from takeback.errors import CapReached, CaseError
from takeback.evidence.ledger import Ledger, verify_entries
from takeback.model.finding import Confirmation, DepictionStatement
from takeback.model.notice import Answer, NoticeEvent
from takeback.store.case_store import CaseStore


def test_a_person_comes_back_with_consent_features_and_sealed_bytes(tmp_path: Path) -> None:
    given = original("p", random_bytes())
    bare = original("p", b"short", points=0)
    with case_in(tmp_path / "case") as case:
        case.add_person(signed_consent("p", given.sha256), [given, bare])
    with CaseStore.open(tmp_path / "case", PASSPHRASE) as case:
        assert case.persons() == ("p",)
        assert case.consents() == (signed_consent("p", given.sha256),)
        found = {each.id: each for each in case.originals("p")}[given.id]
        assert given.features is not None
        assert found.features is not None
        np.testing.assert_array_equal(found.features.frames, given.features.frames)
        np.testing.assert_array_equal(found.features.descriptors, given.features.descriptors)
        assert (found.sealed, found.signals, found.level) == (given.sealed, given.signals, given.level)
        assert sorted(each.id for each in case.originals()) == sorted((given.id, bare.id))
        assert case.originals("q") == ()


def test_enrolling_the_same_twice_changes_nothing_and_more_adds(tmp_path: Path) -> None:
    first, second = original("p", b"one"), original("p", b"second")
    with case_in(tmp_path / "case") as case:
        for _ in range(2):
            case.add_person(signed_consent("p", first.sha256), [first])
        case.add_person(signed_consent("p", second.sha256), [second])
        assert len(case.originals()) == 2
        assert case.consents("p") == (signed_consent("p", first.sha256), signed_consent("p", second.sha256))


def test_the_same_photograph_of_two_persons_stays_two(tmp_path: Path) -> None:
    with case_in(tmp_path / "case") as case:
        for person in ("p", "q"):
            case.add_person(signed_consent(person), [original(person, b"same bytes")])
        case.forget_person("p")
        assert [each.sealed for each in case.originals()] == [b"same bytes"]
        (left,) = case.originals(photographs=False)
        assert left.sealed is None
        assert left.features is not None
        assert case.photograph(left.id) == b"same bytes"
        assert case.photograph("another") is None


def test_caps_hold_and_nothing_of_what_was_over_is_kept(tmp_path: Path) -> None:
    with case_in(tmp_path / "case") as case:
        case.set_caps(photographs_per_person=1, persons_per_case=1)
        with pytest.raises(CapReached, match="2 photographs"):
            case.add_person(signed_consent("p"), [original("p", b"a"), original("p", b"bb")])
        assert case.persons() == ()
        case.add_person(signed_consent("p"), [original("p", b"a")])
        with pytest.raises(CapReached, match="1 persons already"):
            case.add_person(signed_consent("q"))
    with CaseStore.open(tmp_path / "case", PASSPHRASE) as case:
        assert len([each for each in (tmp_path / "case" / "vault").rglob("*") if each.is_file()]) == 2


def test_an_original_of_another_person_is_refused(tmp_path: Path) -> None:
    with case_in(tmp_path / "case") as case, pytest.raises(CaseError, match="another person"):
        case.add_person(signed_consent("p"), [original("q", b"a")])


def test_a_changed_blob_is_said(tmp_path: Path) -> None:
    with case_in(tmp_path / "case") as case:
        digest = case.keep_blob(b"mask")
        (path,) = (each for each in (tmp_path / "case" / "vault").rglob("*") if each.is_file())
        content = path.read_bytes()
        path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
        with pytest.raises(CaseError, match="missing or changed"):
            case.blob(digest)
        with pytest.raises(CaseError, match="holds no blob"):
            case.blob(digest, person="p")


def filled(case: CaseStore) -> None:
    """Two persons, each with everything that a case can hold of one."""
    ledger = Ledger(case, case.ledger_key, "operator", lambda: CREATED)
    case.replace_examinations(examination(original(each, b"photo").id, media(each)) for each in ("p", "q"))
    findings = [finding(f"finding {each}", each, original(each, b"photo").id, media(each)) for each in ("p", "q")]
    case.replace_findings(findings)
    case.replace_measures([measure("posts")])
    for person in ("p", "q"):
        case.add_person(signed_consent(person), [original(person, b"photo")])
        case.keep_blob(f"mask {person}".encode(), media=media(person).sha256)
        name = f"finding {person}"
        case.add_confirmation(Confirmation(finding=name, by=f"by {person}", key="k", time="t"))
        case.add_statement(
            DepictionStatement(finding=name, by="b", key="k", shows="s", how_known="h", time="t", signature="s")
        )
        case.add_answer(Answer(element="name", value=f"name of {person}", by="b", time="t"), person=person)
        case.add_answer(Answer(element="where", value="w", by="b", time="t"), scope=name, person=person)
        case.add_notice(f"notice {person}", f"letter for {person}".encode(), findings=[name])
        case.add_event(f"notice {person}", NoticeEvent.SENT, CREATED)
        case.release(name, "key", "t")
        case.keep_note(f"note {person}", person.encode(), person=person)
        case.keep_result("examine", "1", person, "d", b"x")
        ledger.append("person.enrolled", private={"person": f"name {person}"}, person=person)
    case.keep_note("of the case", b"x")


def test_forgetting_a_person_leaves_nothing_of_them_and_everything_of_the_other(tmp_path: Path) -> None:
    with case_in(tmp_path / "case") as case:
        filled(case)
        case.forget_person("p")
    with CaseStore.open(tmp_path / "case", PASSPHRASE) as case:
        assert case.persons() == ("q",)
        assert [each.person for each in case.originals()] == ["q"]
        assert [each.consent.person for each in case.consents()] == ["q"]
        assert [each.id for each in case.findings()] == ["finding q"]
        assert [each.original for each in case.examinations()] == [original("q", b"photo").id]
        assert [each.by for each in case.confirmations()] == ["by q"]
        assert [each.finding for each in case.statements()] == ["finding q"]
        assert [each.value for each in case.answers()] == ["name of q"]
        assert (case.answers("finding p"), len(case.answers("finding q"))) == ((), 1)
        assert case.notices() == {"notice q": b"letter for q"}
        assert [each.notice for each in case.events()] == ["notice q"]
        assert case.released() == {"finding q"}
        assert [case.note(name) for name in ("note p", "note q", "of the case")] == [None, b"q", None]
        assert [each.content for each in case.openings()] == ["name q"]
        assert (case.measures(), case.count_results("examine")) == ((), 0)
        assert verify_entries(case.ledger_entries(), case.ledger_key.public).count == 2
        assert len([each for each in (tmp_path / "case" / "vault").rglob("*") if each.is_file()]) == 3


def test_no_row_of_any_table_names_a_forgotten_person(tmp_path: Path) -> None:
    with case_in(tmp_path / "case") as case:
        case.add_person(signed_consent("person-zinnia"), [original("person-zinnia", b"photo")])
        case.replace_findings([finding("f", "person-zinnia", "o", media("a"))])
        tables = case._database.texts("SELECT name FROM sqlite_schema WHERE type = 'table'")

        def rows() -> str:
            return "".join(repr(case._database.rows(f"SELECT * FROM {table}")) for table in tables)

        assert "person-zinnia" in rows()
        case.forget_person("person-zinnia")
        assert "person-zinnia" not in rows()


def test_the_key_of_a_forgotten_person_is_nowhere(tmp_path: Path) -> None:
    with case_in(tmp_path / "case") as case:
        case.add_person(signed_consent("p"), [original("p", b"photo")])
        key, sealed = case._key_of("p"), case._database.blob("SELECT sealed_key FROM person")
        case.forget_person("p")
        with pytest.raises(CaseError, match="no such person"):
            case._key_of("p")
        assert sealed is not None
        assert case._database.blob("SELECT sealed_key FROM person") is None
        found = everything_in(tmp_path / "case")
    assert not [each for each in (key, sealed) if each in found]


def test_forgetting_who_is_not_there_is_said(tmp_path: Path) -> None:
    with new_case(tmp_path / "case", facts=FACTS) as case, pytest.raises(CaseError, match="no such person"):
        case.forget_person("nobody")


def test_forgetting_is_recorded_in_the_same_act(tmp_path: Path) -> None:
    with case_in(tmp_path / "case") as case:
        filled(case)
        ledger = Ledger(case, case.ledger_key, "operator", lambda: CREATED)
        with case.transaction():
            case.forget_person("p")
            ledger.append("person.forgotten")
        assert case.persons() == ("q",)
        last = case.ledger_last()
        assert last is not None
        assert last.action == "person.forgotten"
