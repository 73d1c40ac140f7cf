from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from exchanges.hash_lists import MD5, OTHER_PDQ, PDQ, SHA256
from made_up_case import MadeUp
from takeback.errors import HashRefused, StorageFull, UnusableInput, UsageError
from takeback.exchanges.export_guard import nothing_unchecked, unguarded
from takeback.exchanges.hash_formats import FORMATS, HashFormat, format_of
from takeback.exchanges.hash_records import SetAsideReason
from takeback.jobs.bank_export import Exported, export_bank
from takeback.jobs.bank_guard import guard_of, record_export
from takeback.jobs.bank_import import Imported, import_list
from takeback.jobs.bank_search import Asked, kind_of, search
from takeback.jobs.bank_store import BankStore
from takeback.model.bank import BankKind, EntryState, HarmHash, NegativeHash, Opinion, Provenance

BY = Provenance(added_by="importer", source="import")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[BankStore]:
    with BankStore.create(tmp_path / "banks") as made:
        made.new_bank("reported")
        yield made


def taken(store: BankStore, tmp_path: Path, text: str, **options: object) -> Imported:
    path = tmp_path / "list"
    path.write_text(text, encoding="utf-8")
    outcome = import_list(store, "reported", path, by=BY, **options)  # type: ignore[arg-type]  # passed on
    assert outcome.read == outcome.added + outcome.known + outcome.withdrawn + outcome.set_aside
    return outcome


def stopncii(*records: tuple[str, str, str]) -> str:
    """A document of hashes with their status and the feedback of one provider."""
    rows = [
        {
            "signalType": "ImagePDQ",
            "hashValue": digits,
            "hashStatus": status,
            "caseNumbers": {},
            "CSPFeedbacks": [{"source": "one", "feedbackValue": said}],
        }
        for digits, status, said in records
    ]
    return json.dumps({"hashRecords": rows})


def test_what_can_be_used_goes_in_and_the_counts_add_up(store: BankStore, tmp_path: Path) -> None:
    table = f"pdq,quality,md5\n{PDQ},40,\nzz,,\n{PDQ},40,\n,,{MD5}\n,,\n"
    outcome = taken(store, tmp_path, table)
    assert (outcome.read, outcome.added, outcome.known, outcome.set_aside, outcome.low_quality) == (5, 2, 1, 2, 2)
    assert outcome.reasons == {"wrong_length": 1, "no_hash": 1}
    assert [(each.number, each.reason) for each in outcome.shown] == [
        (3, SetAsideReason.WRONG_LENGTH),
        (6, SetAsideReason.NO_HASH),
    ]
    assert store.entry(1).provenance == Provenance(added_by="importer", source="import")


def test_importing_again_adds_nothing(store: BankStore, tmp_path: Path) -> None:
    first = taken(store, tmp_path, f"pdq {PDQ}\npdq {OTHER_PDQ}\n")
    again = taken(store, tmp_path, f"pdq {PDQ}\npdq {OTHER_PDQ}\n")
    assert ((first.added, first.known), (again.added, again.known)) == ((2, 0), (0, 2))


def test_an_import_that_was_interrupted_goes_on_where_it_was(store: BankStore, tmp_path: Path) -> None:
    class Interrupted(Exception):  # stands for a key that was pressed
        pass

    def press(stage: str, done: int, total: int | None) -> None:
        raise Interrupted

    draw = np.random.default_rng(3)
    text = "".join(f"pdq {draw.bytes(32).hex()}\n" for _ in range(7000))
    with pytest.raises(Interrupted):
        taken(store, tmp_path, text, progress=press)
    assert store.counts("reported")[EntryState.ACTIVE] == 5000
    outcome = taken(store, tmp_path, text)
    assert (outcome.added, outcome.known) == (2000, 5000)


def test_what_an_exchange_withdrew_is_withdrawn_and_its_feedback_becomes_opinions(
    store: BankStore, tmp_path: Path
) -> None:
    taken(store, tmp_path, stopncii((PDQ, "Active", "NotBlocked"), (OTHER_PDQ, "Active", "Blocked")))
    assert [(each.opinion, each.by) for each in store.entry(1).opinions] == [(Opinion.DISPUTE, "one")]
    assert store.entry(1).provenance.source == "stopncii"
    assert [entry.id for entry in store.to_review()] == [1]
    outcome = taken(store, tmp_path, stopncii((PDQ, "Withdrawn", "None"), (OTHER_PDQ, "Active", "Blocked")))
    assert (outcome.withdrawn, outcome.opinions) == (1, 0)
    assert store.entry(1).state is EntryState.WITHDRAWN
    assert store.entry(2).state is EntryState.ACTIVE


def test_an_exchange_cannot_withdraw_what_a_person_added_or_another_exchange_still_has(
    store: BankStore, tmp_path: Path
) -> None:
    store.add("reported", [HarmHash.of(pdq=PDQ)], Provenance(added_by="moderator"))
    taken(store, tmp_path, stopncii((PDQ, "Active", "None"), (OTHER_PDQ, "Active", "None")))
    store.add_records(
        "reported",
        [(HarmHash.of(pdq=OTHER_PDQ), Provenance(added_by="x", exchange="another", exchange_record="7"))],
    )
    taken(store, tmp_path, stopncii((PDQ, "Withdrawn", "None"), (OTHER_PDQ, "Deleted", "None")))
    assert [store.entry(id).state for id in (1, 2)] == [EntryState.ACTIVE, EntryState.ACTIVE]


def test_a_list_withdraws_what_lists_brought_and_not_what_a_person_added(store: BankStore, tmp_path: Path) -> None:
    store.add("reported", [HarmHash.of(pdq=PDQ)], Provenance(added_by="moderator"))
    taken(store, tmp_path, f"pdq,withdrawn\n{OTHER_PDQ},\n")
    outcome = taken(store, tmp_path, f"pdq,withdrawn\n{PDQ},true\n{OTHER_PDQ},true\n{'1' * 64},true\n")
    assert outcome.withdrawn == 3
    assert [store.entry(id).state for id in (1, 2)] == [EntryState.ACTIVE, EntryState.WITHDRAWN]


def test_what_a_person_withdrew_stays_so_and_is_said(store: BankStore, tmp_path: Path) -> None:
    taken(store, tmp_path, f"pdq {PDQ}\n")
    store.withdraw([1], by="moderator", reason="a mistake")
    outcome = taken(store, tmp_path, f"pdq {PDQ}\n")
    assert (outcome.known, outcome.still_withdrawn) == (1, 1)
    assert "1 were withdrawn here and stay so" in outcome.lines()


@pytest.mark.parametrize(
    ("text", "said"),
    [("", "the file is empty"), (" \n", "the file is empty"), ("?!\n", "in no format"), ("pdq,md5\n", "no record in")],
)
def test_a_file_that_cannot_be_used_at_all_says_why(store: BankStore, tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(UnusableInput, match=said):
        taken(store, tmp_path, text)


@pytest.mark.parametrize("format", [each for each in HashFormat if FORMATS[each].write])
def test_the_format_of_what_we_write_is_seen_from_its_content(
    store: BankStore, tmp_path: Path, format: HashFormat
) -> None:
    store.add("reported", [HarmHash.of(pdq=PDQ, quality=90), HarmHash.of(pdq=OTHER_PDQ)], BY)
    outcome = export_bank(store, "reported", tmp_path / "out", format=format, guard=unguarded)
    assert (outcome.entries, outcome.written, outcome.left_out) == (2, 2, 0)
    assert format_of((tmp_path / "out").read_bytes()) is format
    with BankStore.create(tmp_path / "other") as other:
        other.new_bank("reported")
        assert import_list(other, "reported", tmp_path / "out", by=BY).added == 2
        assert [entry.hash.signal for entry in other.entries("reported")] == [
            HarmHash.of(pdq=each).signal for each in (PDQ, OTHER_PDQ)
        ]


def exported(store: BankStore, tmp_path: Path, **options: object) -> tuple[Exported, str]:
    asked = {"format": HashFormat.NDJSON, "guard": unguarded, **options}
    outcome = export_bank(store, "reported", tmp_path / "out", **asked)  # type: ignore[arg-type]  # passed on
    return outcome, (tmp_path / "out").read_text(encoding="utf-8")


def test_only_what_counts_goes_out_and_no_name_with_it(store: BankStore, tmp_path: Path) -> None:
    by = Provenance(added_by="Moderator M", note="seen by Moderator M", metadata=(("tag", "blue"),))
    ids = store.add("reported", [HarmHash.of(pdq=PDQ), HarmHash.of(md5=MD5), HarmHash.of(pdq=OTHER_PDQ)], by)
    store.give_opinion(ids[0], Opinion.CONFIRM, by="Moderator M")
    store.disable([ids[1]], until=None, by="Moderator M")
    store.withdraw([ids[2]], by="Moderator M", reason="a mistake")
    outcome, text = exported(store, tmp_path)
    assert (outcome.entries, text) == (1, f'{{"pdq":"{PDQ}"}}\n')
    _, text = exported(store, tmp_path, notes=True, withdrawn=True)
    assert [json.loads(line).get("withdrawn") for line in text.splitlines()] == [None, True]
    assert "Moderator M" in text


def test_a_negative_bank_goes_into_no_list(store: BankStore, tmp_path: Path) -> None:
    store.new_bank("templates", kind=BankKind.NEGATIVE)
    store.add("templates", [NegativeHash.of(pdq=PDQ)], BY)
    with pytest.raises(HashRefused, match="a negative bank goes to no exchange"):
        export_bank(store, "templates", tmp_path / "out", format=HashFormat.NDJSON, guard=unguarded)
    with pytest.raises(UsageError, match="only read"):
        export_bank(store, "reported", tmp_path / "out", format=HashFormat.DATASET, guard=unguarded)
    assert not (tmp_path / "out").exists()


def test_a_disk_that_fills_leaves_what_was_there_before(store: BankStore, tmp_path: Path) -> None:
    def full(hashes: object) -> tuple[()]:
        raise OSError(28, "No space left on device")

    store.add("reported", [HarmHash.of(pdq=PDQ)], BY)
    (tmp_path / "out").write_text("before")
    with pytest.raises(StorageFull, match="no space left"):
        exported(store, tmp_path, guard=full)
    assert (tmp_path / "out").read_text() == "before"
    assert [each.name for each in tmp_path.iterdir() if "partial" in each.name] == []


def test_a_list_is_held_against_the_enrolled_photographs_of_a_case(
    store: BankStore, made_up: MadeUp, tmp_path: Path
) -> None:
    with made_up.case(tmp_path) as case:
        enrolled = case.store.originals(photographs=False)
        close = f"{int(enrolled[0].signals[3].hex, 16) ^ ((1 << 40) - 1):064x}"
        near, _ = store.add(
            "reported",
            [HarmHash.of(pdq=close, sha256=SHA256), HarmHash.of(pdq=PDQ, md5=MD5)],
            BY,
        )
        outcome, text = exported(store, tmp_path, guard=guard_of([case]))
        record_export([case], store.folder, to="list.ndjson", entries=outcome.entries)
        record_export([], store.folder, to="other.ndjson", entries=7)
        assert [each.action for each in case.store.ledger_entries()][-1] == "export_guarded"
    kept = [json.loads(line) for line in (store.folder / "exports.ndjson").read_text(encoding="utf-8").splitlines()]
    assert [(each["to"], each["entries"], each["cases"]) for each in kept] == [
        ("list.ndjson", 2, 1),
        ("other.ndjson", 7, 0),
    ]
    assert outcome.records == {near: "near_enrolled"}
    assert outcome.withheld == {"near_enrolled": 1}
    assert [json.loads(line) for line in text.splitlines()] == [{"sha256": SHA256}, {"pdq": PDQ, "md5": MD5}]
    said = json.dumps([outcome.records, outcome.messages, outcome.lines()])
    for original in enrolled:
        assert original.id not in said
        assert original.person not in said
        assert original.sha256 not in said + text
        assert all(signal.hex not in said + text for signal in original.signals)


def test_the_bytes_of_an_enrolled_photograph_itself_never_go_out_in_any_hash(
    store: BankStore, made_up: MadeUp, tmp_path: Path
) -> None:
    with made_up.case(tmp_path) as case:
        mine, hers = (each.sha256 for each in case.store.originals(photographs=False)[:2])
        ids = store.add("reported", [HarmHash.of(sha256=mine), HarmHash.of(pdq=PDQ, sha256=hers, md5=MD5)], BY)
        outcome, text = exported(store, tmp_path, guard=guard_of([case]))
    assert outcome.records == dict.fromkeys(ids, "enrolled")
    assert (outcome.entries, outcome.written, text) == (2, 0, "")


def test_of_what_was_not_compared_nothing_goes_out(store: BankStore, tmp_path: Path) -> None:
    store.add("reported", [HarmHash.of(pdq=PDQ, sha256=SHA256), HarmHash.of(pdq=OTHER_PDQ)], BY)
    outcome, text = exported(store, tmp_path, guard=nothing_unchecked)
    assert (outcome.entries, outcome.written, outcome.left_out, text) == (2, 0, 2, "")


def test_each_hash_is_answered_by_itself(store: BankStore) -> None:
    store.add("reported", [HarmHash.of(pdq=PDQ, quality=80, sha256=SHA256), HarmHash.of(md5=MD5)], BY)
    asked = [
        Asked(digits=OTHER_PDQ),
        Asked(digits="zz"),
        Asked(digits=PDQ.upper()),
        Asked(digits=SHA256, kind="sha256"),
        Asked(digits=MD5, kind=kind_of(MD5)),
        Asked(digits="g" * 64, kind="sha256"),
    ]
    answers = search(store, asked)
    assert [each.refused for each in answers] == [None, "wrong_length", None, None, None, "wrong_alphabet"]
    assert [[hit.entry for hit in each.hits] for each in answers] == [[], [], [1], [1], [2], []]
    assert "no hit" in answers[0].lines()[0]
    assert "refused" in answers[1].lines()[0]
