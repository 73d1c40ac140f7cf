from __future__ import annotations

import io
import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchanges.hash_lists import MD5, PDQ, SHA256, read, record, written
from takeback.errors import UnusableInput
from takeback.exchanges.hash_formats import HashFormat
from takeback.exchanges.hash_records import RECORD_BYTES, HarmRecord, SaidOf, SetAsideReason, plain
from takeback.exchanges.safe_xml import elements
from takeback.model.bank import HarmHash, Opinion

NCMEC = HashFormat.NCMEC

FEEDBACK = """
<feedback lastUpdateTimestamp="2026-08-04T12:00:00Z">
  <affirmativeFeedback type="Md5"><members timestamp="2026-08-04T12:00:00Z"><member id="1">One</member></members>
  </affirmativeFeedback>
  <negativeFeedback type="Pdq"><reasons><reason guid="0" name="A template" type="Pdq"/>
  <members timestamp="2026-08-04T12:00:00Z"><member id="2">Two</member></members></reasons></negativeFeedback>
</feedback>"""


def entry(id: str = "e1", prints: str = f"<md5>{MD5}</md5><pdq>{PDQ}</pdq>", rest: str = "") -> str:
    return (
        f'<image><member id="42">A member</member><timestamp>2026-08-04T12:00:00Z</timestamp><id>{id}</id>'
        f"<classification>B2</classification><fingerprints>{prints}</fingerprints>{rest}</image>"
    )


def document(*entries: str, videos: str = "", head: str = "") -> str:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>{head}<queryResult xmlns="https://hashsharing.ncmec.org/hashsharing/v2">'
        f'<images count="{len(entries)}" maxTimestamp="2026-08-04T12:00:00Z">{"".join(entries)}</images>{videos}'
        "<paging><next>/v2/entries?from=2026&amp;start=2001</next></paging></queryResult>"
    )


def test_an_entry_with_its_fingerprints_and_the_feedback_of_members() -> None:
    sha1 = "<sha1>c3</sha1><pdna>not kept</pdna>"
    assert read(NCMEC, document(entry(prints=f"<md5>{MD5}</md5><pdq>{PDQ}</pdq>{sha1}", rest=FEEDBACK))) == (
        [
            HarmRecord(
                number=1,
                hash=HarmHash.of(pdq=PDQ, md5=MD5),
                record="e1",
                metadata=(("member", "A member"), ("classification", "B2"), ("sha1", "c3")),
                opinions=(
                    SaidOf(opinion=Opinion.CONFIRM, by="One"),
                    SaidOf(opinion=Opinion.DISPUTE, by="Two", reason="A template"),
                ),
                changed=datetime(2026, 8, 4, 12, tzinfo=UTC),
            )
        ],
        [],
    )


def test_a_deleted_entry_is_a_withdrawal_by_its_id() -> None:
    [found], _ = read(NCMEC, document('<deletedImage><member id="1">M</member><id>e9</id></deletedImage>'))
    assert found == HarmRecord(number=1, hash=None, record="e9", withdrawn=True)


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (entry(prints="<md5>12</md5>"), SetAsideReason.WRONG_LENGTH),
        (entry(prints=""), SetAsideReason.NO_HASH),
        (entry(prints="<sha1>c3</sha1>"), SetAsideReason.NO_HASH),
        (entry(id=""), SetAsideReason.UNREADABLE),
        (entry().replace("2026-08-04T12", "yesterday"), SetAsideReason.UNREADABLE),
        (entry(rest=f"<x>{'y' * RECORD_BYTES}</x>"), SetAsideReason.TOO_LARGE),
        (entry(rest="<x/>" * 20_000), SetAsideReason.TOO_LARGE),
    ],
)
def test_a_bad_entry_is_set_aside_and_the_next_is_read(bad: str, reason: SetAsideReason) -> None:
    found, [aside] = read(NCMEC, document(bad, entry("e2")))
    assert (aside.number, aside.reason) == (1, reason)
    assert [each.record for each in found] == ["e2"]


def test_videos_are_set_aside_as_what_they_are() -> None:
    found, aside = read(NCMEC, document(entry(), videos="<videos><video><id>v</id></video></videos>"))
    assert (len(found), [each.reason for each in aside]) == (1, [SetAsideReason.OTHER_SIGNAL])


def test_a_document_that_breaks_off_gives_what_came_before_and_says_so() -> None:
    whole = document(entry(), entry("e2"))
    found, [aside] = read(NCMEC, whole[: whole.index("<id>e2")])
    assert ([each.record for each in found], aside.reason) == (["e1"], SetAsideReason.UNREADABLE)


BOMB = '<!DOCTYPE a [<!ENTITY a "b"><!ENTITY c "&a;&a;&a;&a;">]>'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (document(head=BOMB), "a document type"),
        (document(head='<!DOCTYPE a SYSTEM "file:///etc/hostname">'), "a document type"),
        ("<a>" * 100, "more than 24 deep"),
        ("<a " + "x" * (RECORD_BYTES + 200_000), "a tag of more than"),
        ("not xml", "damaged or breaks off"),
    ],
)
def test_xml_that_means_harm_is_refused(text: str, said: str) -> None:
    with pytest.raises(UnusableInput, match=said):
        read(NCMEC, text)


def test_an_entity_inside_an_entry_is_never_expanded() -> None:
    found, [aside] = read(NCMEC, document(entry(), entry("&unknown;")))
    assert (len(found), aside.reason) == (1, SetAsideReason.UNREADABLE)


def test_what_lies_at_a_depth_is_given_one_by_one() -> None:
    names = [each.name for each in elements(io.BytesIO(b"<a><b><c/><d/></b><e/></a>"), depth=3, limit=100) if each]
    assert names == ["c", "d"]


def test_a_record_is_read_as_it_was_written() -> None:
    [found], _ = read(NCMEC, document(entry()))
    assert read(NCMEC, written(NCMEC, [found])) == ([found], [])


def test_text_that_looks_like_markup_stays_text() -> None:
    awkward = record(pdq=PDQ)
    object.__setattr__(awkward, "record", "</id><id>&lt;")
    [found], _ = read(NCMEC, written(NCMEC, [awkward]))
    assert found.record == "</id><id>&lt;"


@settings(max_examples=50, deadline=None)
@given(st.text(st.sampled_from("ab<&\n\x00\x0b\x1b\x85\ud800\uffff"), max_size=8))
def test_whatever_a_record_is_called_the_document_can_be_read(called: str) -> None:
    awkward = replace(record(pdq=PDQ), record=called, metadata=(("classification", called), ("member", called)))
    found, aside = read(NCMEC, written(NCMEC, [awkward, record(2, md5=MD5)]))
    assert ([each.hash for each in found], aside) == ([awkward.hash, HarmHash.of(md5=MD5)], [])
    assert found[0].record == (plain(called) or "takeback-1")


def test_a_record_of_a_sha256_alone_has_no_place() -> None:
    assert read(NCMEC, written(NCMEC, [record(sha256=SHA256)])) == ([], [])


def test_the_client_of_python_threatexchange_reads_what_we_write() -> None:
    api = pytest.importorskip("threatexchange.exchanges.clients.ncmec.hash_api")
    [found], _ = read(NCMEC, document(entry()))
    out = written(NCMEC, [found, HarmRecord(number=2, hash=None, record="e9", withdrawn=True)])
    plain = out.replace(b' xmlns="https://hashsharing.ncmec.org/hashsharing/v2"', b"")  # it strips the namespace itself
    images = ET.fromstring(plain).find("images")
    assert images is not None
    theirs = [api.NCMECEntryUpdate.from_xml(api._XMLWrapper(each)) for each in images]
    assert [(each.id, each.deleted, each.fingerprints) for each in theirs] == [
        ("e1", False, {"md5": MD5, "pdq": PDQ}),
        ("e9", True, {}),
    ]
