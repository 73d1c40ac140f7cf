from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from made_up_case import AGE_WORDS, MadeUp, Row, chat, post, run
from takeback.crypto import age
from takeback.demo.made_up import HOW_KNOWN, SHOWS, filled_questionnaire
from takeback.jobs.case import Case
from takeback.jobs.letters import answer, ask, prepare_letters, states
from takeback.jobs.outcome import fingerprints_of
from takeback.jobs.people import confirm, release, seal
from takeback.jobs.publish import sealed_part
from takeback.jobs.sealing import finding_ids, near_copies
from takeback.model.clearing import SealReason
from takeback.model.digest import Sha256, sha256_of
from takeback.model.finding import Finding


@pytest.fixture
def case(made_up: MadeUp, tmp_path: Path) -> Iterator[Case]:
    with made_up.case(tmp_path) as opened_case:
        yield opened_case


def export(folder: Path, rows: Iterable[Row], pictures: dict[str, bytes]) -> Path:
    """One chat of these rows and files."""
    (folder / "photos").mkdir(parents=True)
    for name, content in pictures.items():
        (folder / "photos" / f"{name}.jpg").write_bytes(content)
    single = chat("Fifth Channel Yarrow", 9100000005, "public_channel", rows)
    (folder / "result.json").write_text(json.dumps(single), encoding="utf-8")
    return folder


def hyssop(made_up: MadeUp) -> bytes:
    """A picture that the made-up case finds."""
    return (made_up.export / "photos" / "photo_hyssop.jpg").read_bytes()


def recompressed(content: bytes) -> bytes:
    """The same picture with other bytes."""
    pixels = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
    assert pixels is not None
    return cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, 55])[1].tobytes()


def lettered(case: Case, made_up: MadeUp, out: Path) -> Finding:
    """The derivative, with everything that leads to a letter done."""
    (found,) = (each for each in case.findings if each.examination.media == made_up.derivative)
    release(case, [found.id], made_up.people.countersigner)
    confirm(case, found.id, made_up.people.enroller, shows=SHOWS, how_known=HOW_KNOWN)
    answer(case, filled_questionnaire(ask(case), time="2026-08-04T09:00:00Z"))
    assert prepare_letters(case, out)
    return found


# --- words that the gate must not lose ------------------------------------------------------------------------------


@pytest.mark.parametrize(("words", "sealed", "findings"), [(AGE_WORDS, 1, 0), ("another quiet day", 0, 1)])
def test_the_second_of_two_messages_with_one_number_is_read_by_the_gate_and_searched(
    made_up: MadeUp, tmp_path: Path, words: str, sealed: int, findings: int
) -> None:
    rows = [post(5, "a quiet day"), post(5, words, photo="photo_a")]
    folder = export(tmp_path / "export", rows, {"photo_a": hyssop(made_up)})
    with made_up.case(tmp_path, worked=False) as case:
        outcome = run(case, [folder], [made_up.pack])
        assert (outcome.sealed, outcome.findings, outcome.media) == (sealed, findings, findings)
        assert case.store.count_posts() + len(case.store.damage()) == len(rows)


@pytest.mark.parametrize(("words", "sealed", "findings"), [(AGE_WORDS, 1, 0), ("another quiet day", 0, 1)])
def test_a_message_that_cannot_be_read_seals_its_neighbours_if_it_has_age_words(
    made_up: MadeUp, tmp_path: Path, words: str, sealed: int, findings: int
) -> None:
    damaged = {**post(2, words), "id": "two"}
    rows = [post(1, photo="photo_a"), damaged, post(3, "a quiet day")]
    folder = export(tmp_path / "export", rows, {"photo_a": hyssop(made_up)})
    with made_up.case(tmp_path, worked=False) as case:
        outcome = run(case, [folder], [made_up.pack])
        assert (outcome.sealed, outcome.findings) == (sealed, findings)
        assert {item.reason for item in case.store.sealed_items()} <= {SealReason.NEIGHBOUR}


# --- what rests on sealed bytes -------------------------------------------------------------------------------------


def test_what_the_gate_seals_late_takes_letters_statements_and_confirmations_with_it(
    case: Case, made_up: MadeUp, tmp_path: Path
) -> None:
    found = lettered(case, made_up, tmp_path / "letters")
    folder = export(tmp_path / "late", [post(1, AGE_WORDS, photo="photo_b")], {"photo_b": hyssop(made_up)})
    outcome = run(case, [folder], [])
    assert found.id not in {each.id for each in case.findings}
    assert outcome.findings == 2
    assert {(each.state, each.deadline) for each in states(case)} == {("withdrawn", None)}
    assert (case.store.statements(), case.store.confirmations(), case.store.releases()) == ((), (), ())
    events = len(case.store.events())
    run(case, [folder], [])
    assert len(case.store.events()) == events


def test_a_caseworkers_seal_drops_what_was_said_of_that_finding_alone(
    case: Case, made_up: MadeUp, tmp_path: Path
) -> None:
    found = lettered(case, made_up, tmp_path / "letters")
    (other,) = (each for each in case.findings if each.examination.media == made_up.pictures["photo_borage"])
    confirm(case, other.id, made_up.people.enroller, shows=SHOWS, how_known=HOW_KNOWN)
    seal(case, made_up.derivative, reason="a caseworker doubts")
    assert [each.finding for each in case.store.statements()] == [other.id]
    assert [each.finding for each in case.store.confirmations()] == [other.id]
    assert {each.state for each in states(case) if found.id in each.findings} == {"withdrawn"}


def test_the_ids_of_findings_of_sealed_bytes_are_known_after_they_are_gone(case: Case, made_up: MadeUp) -> None:
    (found,) = (each for each in case.findings if each.examination.media == made_up.derivative)
    seal(case, made_up.derivative, reason="a caseworker doubts")
    assert found.id in finding_ids(case, {made_up.derivative})
    assert {each.id for each in case.findings}.isdisjoint(finding_ids(case, {made_up.derivative}))


# --- what a recipient gets ------------------------------------------------------------------------------------------


def test_nothing_about_a_sealed_item_leaves_the_case_even_to_a_recipient(
    case: Case, made_up: MadeUp, tmp_path: Path
) -> None:
    found = lettered(case, made_up, tmp_path / "letters")
    poll = {"question": "Question Bryony", "closed": True, "total_voters": 1, "answers": [{"text": "Answer Sedge"}]}
    quiet = [post(number, f"a quiet day {number}") for number in (4, 5)]
    rows = [post(2, poll=poll), post(3, AGE_WORDS, photo="photo_c"), *quiet, post(6, poll={**poll, "question": "open"})]
    sealed = recompressed(recompressed(made_up.photographs[1].read_bytes()))
    run(case, [export(tmp_path / "more", rows, {"photo_c": sealed})], [])
    seal(case, made_up.derivative, reason="Reason Campanula")
    run(case, [made_up.export], [])
    identity, recipient = age.new_identity()
    said = age.decrypt(sealed_part(case, recipient), [identity]).decode()
    prepared = [each.id for each in states(case)]
    assert prepared
    for name in (
        *(sha256_of(sealed), made_up.derivative, made_up.sealed),
        *("photo_c.jpg", "photo_hyssop", "photo_costmary", "Campanula", "Bryony", SHOWS, found.id),
        *prepared,
    ):
        assert name not in said, name
    content = json.loads(said)
    assert [each["question"] for each in content["polls"]] == ["Which meadow of Yarrow", "open"]
    assert len(content["findings"]) == 2
    fields = [each["field"] for each in content["openings"]]
    assert fields.count("file") == 4
    assert {"facts", "source", "consent", "person", "outcome"} <= set(fields)


# --- near copies ----------------------------------------------------------------------------------------------------


def test_sealing_takes_a_recompressed_copy_with_it_and_says_why(case: Case, made_up: MadeUp, tmp_path: Path) -> None:
    copy = recompressed(hyssop(made_up))
    digest = sha256_of(copy)
    run(case, [export(tmp_path / "copies", [post(1, photo="photo_copy")], {"photo_copy": copy})], [])
    assert digest in {each.examination.media for each in case.findings}
    assert near_copies(case, made_up.derivative) == (digest,)
    assert seal(case, made_up.derivative, reason="a caseworker doubts") == 2
    assert {made_up.derivative, digest}.isdisjoint(each.examination.media for each in case.findings)
    assert {made_up.derivative, digest}.isdisjoint(each.sha256 for each in fingerprints_of(case))
    said = [each.content for each in case.store.openings() if each.field == "item"]
    assert f"{digest}\nnear copy of {made_up.derivative}: a caseworker doubts" in said
    assert run(case, [made_up.export], []).findings == 2


def test_other_pictures_are_no_near_copies_and_unknown_bytes_have_none(case: Case, made_up: MadeUp) -> None:
    assert near_copies(case, made_up.derivative) == ()
    assert near_copies(case, Sha256("0" * 64)) == ()
