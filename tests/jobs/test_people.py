from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from made_up_case import PASSPHRASE, PERSON, RAW_NAMES, TODAY, MadeUp, run
from opened import opened, openers
from said import everything_in, words_of
from takeback.errors import CaseError, ConsentError, HarmRule, Refused, UsageError
from takeback.evidence.verify import verify_case
from takeback.jobs.case import Case
from takeback.jobs.letters import lines, prepare_letters, states
from takeback.jobs.outcome import fingerprints_of, keep_outcome, matches_of
from takeback.jobs.people import (
    confirm,
    finding_named,
    forget_all,
    forget_person,
    holds,
    look,
    looks,
    raise_caps,
    release,
    seal,
)
from takeback.jobs.persons import take_packs
from takeback.jobs.publish import documents_of, publish, publish_public
from takeback.jobs.report_content import report_of
from takeback.model.digest import Sha256
from takeback.model.finding import Finding, Match


@pytest.fixture
def case(made_up: MadeUp, tmp_path: Path) -> Iterator[Case]:
    with made_up.case(tmp_path) as opened_case:
        yield opened_case


def actions(case: Case) -> list[str]:
    return [entry.action for entry in case.store.ledger_entries()]


def derivative(case: Case, made_up: MadeUp) -> Finding:
    return next(each for each in case.findings if each.examination.media == made_up.derivative)


def rows_of(case: Case) -> bytes:
    """Every row of the opened database: what the key of the case alone would show."""
    database = case.store._database
    tables = database.texts("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
    return b"\n".join(repr(database.rows(f"SELECT * FROM {table}")).encode() for table in tables)


# --- release, confirm -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["enroller", "stranger"])
def test_only_the_key_that_countersigned_releases_locators(case: Case, made_up: MadeUp, who: str) -> None:
    before = actions(case)
    with pytest.raises(HarmRule, match="locators are released by the second key alone"):
        release(case, [each.id for each in case.findings], getattr(made_up.people, who))
    assert case.store.released() == frozenset()
    assert actions(case) == before


def test_a_release_of_several_is_all_or_none(case: Case, made_up: MadeUp) -> None:
    with pytest.raises(UsageError, match="no finding 'f-none' in this case"):
        release(case, [case.findings[0].id, "f-none"], made_up.people.countersigner)
    assert case.store.released() == frozenset()
    released = release(case, [case.findings[0].id], made_up.people.countersigner)
    assert set(case.store.released()) == set(released)
    assert actions(case)[-1] == "locators_released"


def test_no_letter_goes_out_unconfirmed_or_unreleased_and_the_reason_is_said(
    case: Case, made_up: MadeUp, tmp_path: Path
) -> None:
    finding = derivative(case, made_up)
    assert all("is confirmed by nobody" in each.reason for each in lines(case))
    confirm(case, finding.id, made_up.people.enroller, shows="an ordinary picture", how_known="made up")
    reasons = {each.reason for each in lines(case) if each.finding == finding.id}
    assert all("the second key lets them out" in each for each in reasons)
    assert prepare_letters(case, tmp_path / "letters") == ()
    assert sorted(each.name for each in (tmp_path / "letters").iterdir()) == ["deadlines.ics"]


def test_a_statement_holds_as_signed_and_its_finding_stays_confirmed_when_it_is_investigated_again(
    case: Case, made_up: MadeUp
) -> None:
    finding = derivative(case, made_up)
    statement = confirm(case, finding.id, made_up.people.enroller, shows="a barn", how_known="I took it apart")
    assert holds(statement)
    run(case, [made_up.export], [])
    assert finding_named(case, finding.id).confirmed_by == "Caseworker A"


@pytest.mark.parametrize(("shows", "how_known"), [(" ", "I know"), ("a barn", "")])
def test_a_statement_with_a_blank_is_not_taken(case: Case, made_up: MadeUp, shows: str, how_known: str) -> None:
    finding = derivative(case, made_up)
    with pytest.raises(UsageError, match="nothing is pre-filled; say it in your own words"):
        confirm(case, finding.id, made_up.people.enroller, shows=shows, how_known=how_known)
    assert case.store.confirmations() == ()


# --- caps, looking --------------------------------------------------------------------------------------------------


def test_raising_a_cap_takes_two_keys_a_reason_and_is_in_the_ledger(case: Case, made_up: MadeUp) -> None:
    people = made_up.people
    for second, reason in ((people.enroller, "more"), (people.countersigner, " ")):
        with pytest.raises(ConsentError):
            raise_caps(case, people.enroller, second, photographs=60, persons=None, reason=reason)
    with pytest.raises(UsageError, match="no cap to raise"):
        raise_caps(case, people.enroller, people.countersigner, photographs=None, persons=None, reason="why")
    assert case.store.facts.photographs_per_person == 50
    raise_caps(case, people.enroller, people.countersigner, photographs=60, persons=None, reason="Reason Campanula")
    (entry,) = (each for each in case.store.ledger_entries() if each.action == "raise_cap")
    fields = dict(entry.fields)
    assert (fields["first"], fields["second"]) == (
        people.enroller.signing.public,
        people.countersigner.signing.public,
    )
    assert "Campanula" not in str(entry)
    assert (case.store.facts.photographs_per_person, case.store.facts.persons_per_case) == (60, 20)


def test_looking_at_an_original_takes_two_keys_and_is_counted_in_the_report(
    case: Case, made_up: MadeUp, tmp_path: Path
) -> None:
    people, photograph = made_up.people, made_up.photographs[0].read_bytes()
    original = next(each.id for each in case.store.originals() if each.sealed == photograph)
    with pytest.raises(ConsentError, match="two different keys"):
        look(case, original, people.enroller, people.enroller, reason="to compare")
    assert looks(case) == 0
    assert look(case, original, people.enroller, people.countersigner, reason="to compare") == photograph
    assert look(case, original, people.enroller, people.countersigner, reason="again") == photograph
    assert actions(case).count("look_at_sealed") == 2
    assert report_of(case).pictures_shown == 2
    publish(case, tmp_path / "out")
    assert "looked" in words_of(tmp_path / "out" / "report.html").lower()


def test_a_pack_without_the_photograph_gives_nothing_to_look_at(made_up: MadeUp, tmp_path: Path) -> None:
    people = made_up.people
    with made_up.case(tmp_path, worked=False) as case:
        pack = made_up.make_pack(case, tmp_path / "features.pack")
        run(case, [made_up.later], [pack])
        (original, *_) = case.store.originals()
        with pytest.raises(CaseError, match="holds no photograph: it is of level 'features'"):
            look(case, original.id, people.enroller, people.countersigner, reason="to compare")
        assert looks(case) == 0


# --- sealing --------------------------------------------------------------------------------------------------------


def test_sealing_drops_everything_that_was_made_from_the_bytes(case: Case, made_up: MadeUp, tmp_path: Path) -> None:
    finding = derivative(case, made_up)
    confirm(case, finding.id, made_up.people.enroller, shows="a barn", how_known="made up")
    hashes = [each.hash_match for each in case.findings]
    blobs = len(list((tmp_path / "case" / "vault").glob("*/*")))
    assert seal(case, made_up.derivative, reason="a caseworker doubts") == 1
    assert len(list((tmp_path / "case" / "vault").glob("*/*"))) == blobs - 1
    assert finding.id not in {each.id for each in case.findings}
    assert len(hashes) == len(case.findings) + 1
    names = documents_of(case, report_of(case))
    for name in ("findings.json", "matches.json", "undecided.json"):
        assert made_up.derivative.encode() not in names[name], name


def test_no_hash_and_no_close_pair_of_sealed_bytes_is_left_in_the_case(case: Case, made_up: MadeUp) -> None:
    fingerprints, finding = fingerprints_of(case), derivative(case, made_up)
    pairs = [
        Match(
            original=finding.examination.original,
            media=each.sha256,
            distance=9,
            threshold=31,
            false_match_rate=finding.examination.error_rate,
            form=0,
        )
        for each in fingerprints
    ]
    keep_outcome(case, made_up.outcome, fingerprints, pairs)
    (hashed,) = (each.hash for each in fingerprints if each.sha256 == made_up.derivative)
    assert hashed.encode() in rows_of(case)
    seal(case, made_up.derivative, reason="a caseworker doubts")
    assert hashed.encode() not in rows_of(case)
    for left in ([each.media for each in matches_of(case)], [each.sha256 for each in fingerprints_of(case)]):
        assert len(left) == 4
        assert made_up.derivative not in left


def test_what_was_sealed_late_is_not_opened_again_and_the_report_counts_it(
    case: Case, made_up: MadeUp, tmp_path: Path
) -> None:
    seal(case, made_up.derivative, reason="a caseworker doubts")
    assert report_of(case).counts.sealed == 2
    for write in (publish, publish_public):
        with pytest.raises(Refused, match="run `takeback investigate` again, then publish"):
            write(case, tmp_path / "out")
    assert not (tmp_path / "out").exists()
    with opened() as seen:
        outcome = run(case, [made_up.export], [])
    assert openers(seen, "photo_hyssop.jpg") == {"intake"}
    assert (outcome.sealed, outcome.findings, outcome.media) == (2, 2, 4)
    publish(case, tmp_path / "out")
    assert len(json.loads((tmp_path / "out" / "findings.json").read_bytes())) == 2


def test_bytes_that_the_case_does_not_know_cannot_be_sealed(case: Case) -> None:
    with pytest.raises(UsageError, match="no file with SHA-256 0000"):
        seal(case, Sha256("0" * 64), reason="a caseworker doubts")
    assert len(case.store.sealed_items()) == 1


# --- forgetting -----------------------------------------------------------------------------------------------------


def test_forgetting_a_person_leaves_no_word_of_them_and_the_ledger_verifies(
    case: Case, made_up: MadeUp, tmp_path: Path
) -> None:
    release(case, [each.id for each in case.findings], made_up.people.countersigner)
    confirm(case, case.findings[0].id, made_up.people.enroller, shows="Statement Larkspur", how_known="made up")
    originals = [each.id for each in case.store.originals()]
    digests = [each.sha256 for each in case.store.originals()]
    ids = [each.id for each in case.findings]
    traces = [each.encode() for each in (PERSON, "Larkspur", *originals, *digests, *ids)]
    assert PERSON.encode() in rows_of(case)
    forget_person(case, PERSON)
    left = rows_of(case)
    assert [trace for trace in traces if trace in left] == []
    assert not [trace for trace in traces if trace in everything_in(tmp_path / "case")]
    posts = case.store._database.texts("SELECT address FROM partition")
    assert [each.name for each in (tmp_path / "case" / "vault").glob("*/*") if each.name not in posts] == []
    assert (case.findings, case.store.originals(), case.store.persons(), states(case)) == ((), (), (), ())
    assert actions(case)[-1] == "person_forgotten"
    assert verify_case(tmp_path / "case").ok
    with pytest.raises(UsageError, match=f"no person '{PERSON}' in this case"):
        forget_person(case, PERSON)


def test_a_case_that_forgot_a_person_still_publishes_and_no_older_pack_brings_them_back(
    case: Case, made_up: MadeUp, tmp_path: Path
) -> None:
    forget_person(case, PERSON)
    publish(case, tmp_path / "without")
    assert json.loads((tmp_path / "without" / "findings.json").read_bytes()) == []
    with pytest.raises(ConsentError, match="a new consent, signed after that day, is needed"):
        take_packs(case, [made_up.pack], today=TODAY)
    assert case.store.persons() == ()


def test_forgetting_a_case_leaves_the_ledger_alone_and_it_verifies(made_up: MadeUp, tmp_path: Path) -> None:
    path = made_up.copy(tmp_path)
    forget_all(Case.open(path, passphrase=PASSPHRASE))
    assert {each.name for each in path.rglob("*")} == {"case.json", "ledger.jsonl", "lock"}
    left = everything_in(path)
    assert [raw for raw in (*RAW_NAMES, PERSON) if raw.encode() in left] == []
    assert verify_case(path).ok
    with pytest.raises(CaseError, match="case was forgotten on"):
        Case.open(path, passphrase=PASSPHRASE)
