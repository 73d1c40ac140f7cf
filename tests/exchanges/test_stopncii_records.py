from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from exchanges.hash_lists import MD5, OTHER_PDQ, PDQ, read, record, written
from takeback.errors import UnusableInput
from takeback.exchanges.hash_formats import HashFormat
from takeback.exchanges.hash_records import HarmRecord, SaidOf, SetAsideReason
from takeback.model.bank import HarmHash, Opinion

STOPNCII = HashFormat.STOPNCII


def document(*records: object) -> str:
    page = {"count": len(records), "nextPageToken": None, "nextSetTimestamp": 1790000000, "hasMoreRecords": False}
    return json.dumps({**page, "hashRecords": records})


def wire(**changed: object) -> dict[str, object]:
    return {
        "lastModtimestamp": 1785844800,
        "signalType": "ImagePDQ",
        "hashValue": PDQ,
        "hashStatus": "Active",
        "caseNumbers": {"case-2": "Active", "case-1": "Received"},
        "hashRegions": ["UK"],
        "CSPFeedbacks": [
            {"source": "one", "feedbackValue": "Blocked", "tags": ["a", "b"]},
            {"source": "two", "feedbackValue": "NotBlocked"},
            {"source": "three", "feedbackValue": "Undefined", "tags": []},
        ],
        **changed,
    }


def test_a_record_with_its_cases_and_the_feedback_of_providers() -> None:
    assert read(STOPNCII, document(wire())) == (
        [
            HarmRecord(
                number=1,
                hash=HarmHash.of(pdq=PDQ),
                record=PDQ,
                metadata=(("cases", "case-1 case-2"),),
                opinions=(
                    SaidOf(opinion=Opinion.CONFIRM, by="one", reason="a b"),
                    SaidOf(opinion=Opinion.DISPUTE, by="two"),
                ),
                changed=datetime(2026, 8, 4, 12, tzinfo=UTC),
            )
        ],
        [],
    )


@pytest.mark.parametrize("status", ["Withdrawn", "Deleted"])
def test_what_its_owner_withdrew_is_withdrawn(status: str) -> None:
    [found], _ = read(STOPNCII, document(wire(hashStatus=status)))
    assert (found.withdrawn, found.record) == (True, PDQ)


def test_an_empty_list_of_cases_is_no_case() -> None:
    [found], aside = read(STOPNCII, document(wire(caseNumbers=[])))
    assert (found.metadata, aside) == ((), [])


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"hashValue": "0" * 32}, SetAsideReason.WRONG_LENGTH),
        ({"hashValue": None}, SetAsideReason.UNREADABLE),
        ({"caseNumbers": 7}, SetAsideReason.UNREADABLE),
        ({"signalType": "VideoMD5", "hashValue": MD5}, SetAsideReason.OTHER_SIGNAL),
        ({"signalType": "StopNCIISignalType.ImagePDQ"}, SetAsideReason.OTHER_SIGNAL),
        ({"lastModtimestamp": 10**15}, SetAsideReason.UNREADABLE),
    ],
)
def test_a_bad_record_is_set_aside_and_the_next_is_read(changed: dict[str, object], reason: SetAsideReason) -> None:
    found, [aside] = read(STOPNCII, document(wire(**changed), wire(hashValue=OTHER_PDQ)))
    assert (aside.number, aside.reason) == (1, reason)
    assert [each.record for each in found] == [OTHER_PDQ]


def test_a_document_that_breaks_off_gives_what_came_before_and_says_so() -> None:
    whole = document(wire(), wire(hashValue=OTHER_PDQ))
    found, [aside] = read(STOPNCII, whole[: whole.index(OTHER_PDQ)])
    assert ([each.record for each in found], aside.reason) == ([PDQ], SetAsideReason.UNREADABLE)


def test_what_is_no_json_cannot_be_used() -> None:
    with pytest.raises(UnusableInput, match="not a document of StopNCII records"):
        read(STOPNCII, "{nothing")


def test_the_signal_type_is_written_as_its_value() -> None:
    out = json.loads(written(STOPNCII, [record(pdq=PDQ), record(2, md5=MD5)]))
    assert [each["signalType"] for each in out["hashRecords"]] == ["ImagePDQ"]
    assert out["count"] == 1


def test_a_record_is_read_as_it_was_written() -> None:
    [found], _ = read(STOPNCII, document(wire(hashStatus="Withdrawn")))
    assert read(STOPNCII, written(STOPNCII, [found])) == ([found], [])


def test_the_client_of_python_threatexchange_reads_what_we_write(monkeypatch: pytest.MonkeyPatch) -> None:
    api = pytest.importorskip("threatexchange.exchanges.clients.stopncii.api")
    [found], _ = read(STOPNCII, document(wire()))
    page = {**json.loads(written(STOPNCII, [found])), "nextSetTimestamp": 1790000000}
    client = api.StopNCIIAPI("", "")
    monkeypatch.setattr(client, "_get", lambda *_, **__: page)  # its own tests put a page in this place
    [theirs] = client.fetch_hashes().hashRecords
    assert (theirs.hashValue, theirs.signalType.value, theirs.hashStatus.value) == (PDQ, "ImagePDQ", "Active")
    assert [(each.source, each.feedbackValue.value, each.tags) for each in theirs.CSPFeedbacks] == [
        ("one", "Blocked", {"a", "b"}),
        ("two", "NotBlocked", set()),
    ]


def test_a_record_that_is_too_large_ends_the_document_and_says_so() -> None:
    whole = document(wire(), wire(hashValue="0" * 3_000_000), wire(hashValue=OTHER_PDQ))
    found, [aside] = read(STOPNCII, whole)
    assert ([each.record for each in found], aside.reason) == ([PDQ], SetAsideReason.TOO_LARGE)


@pytest.mark.parametrize("opened", ["[", '{"a": '])
def test_deep_nesting_is_not_followed(opened: str) -> None:
    deep = '{"hashRecords": [' + json.dumps(wire()) + ', {"signalType": ' + opened * 200_000
    found, [aside] = read(STOPNCII, deep)
    assert ([each.record for each in found], aside.reason) == ([PDQ], SetAsideReason.TOO_LARGE)


def test_only_the_list_of_records_of_the_document_itself_counts() -> None:
    whole = json.dumps({"other": {"hashRecords": [wire()]}, "more": [wire()], "hashRecords": [7, wire(), [], None]})
    found, aside = read(STOPNCII, whole)
    assert [each.number for each in found] == [2]
    assert [(each.number, each.reason) for each in aside] == [
        (number, SetAsideReason.UNREADABLE) for number in (1, 3, 4)
    ]
