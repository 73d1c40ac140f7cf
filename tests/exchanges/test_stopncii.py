"""StopNCII's exchange, against a server on this machine that speaks its wire format."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchanges.contract import ExchangeContract
from exchanges.local_server import Asked, LocalServer, Said
from takeback.errors import ExchangeError, UsageError
from takeback.exchanges.account import Account
from takeback.exchanges.connection import Connection
from takeback.exchanges.hash_records import HarmRecord, SetAside
from takeback.exchanges.stopncii import StopNcii
from takeback.model.bank import HarmHash
from takeback.model.exchange import Intent, Outgoing
from takeback.protocols import Page

KEYS = {"subscription_key": "sub", "fetch_key": "f", "submit_key": "s", "feedback_key": "b"}
NOW = 1_790_000_000
Pages = list[Page[HarmRecord | SetAside]]


def account(host: str = "https://example.org/v1", **options: str | int) -> Account:
    return Account(
        name="ncii", kind="stopncii", bank="b", folder=Path(), options={"host": host, **options}, credentials=KEYS
    )


def reached(host: str, **options: str | int) -> StopNcii:
    made = account(host, **options)
    headers = {"Ocp-Apim-Subscription-Key": made.secret("subscription_key")}
    connection = Connection(host, headers=headers, rng=np.random.default_rng(1), sleep=lambda _: None)
    return StopNcii(made, connection=connection, clock=lambda: NOW)


def record(number: int, **changed: object) -> dict[str, object]:
    wire = {"lastModtimestamp": NOW - 100 + number, "signalType": "ImagePDQ", "hashValue": f"{number:064x}"}
    return {**wire, "hashStatus": "Active", "caseNumbers": {f"case-{number}": "Active"}, **changed}


def page(*records: object, **changed: object) -> Said:
    said = {"count": len(records), "nextPageToken": None, "nextSetTimestamp": NOW, "hasMoreRecords": False}
    return Said(body=json.dumps({**said, "hashRecords": records, **changed}).encode())


class Served:
    """A set of records in pages, as the service gives them."""

    def __init__(self, *pages: Said) -> None:
        self.pages = pages

    def __call__(self, asked: Asked) -> Said:
        headers = {name.lower(): value for name, value in asked.headers.items()}
        assert (headers["x-functions-key"], headers["ocp-apim-subscription-key"]) == ("f", "sub")
        assert (asked.method, asked.path) == ("GET", "/FetchHashes")
        token = asked.query.get("nextPageToken", "page-0")
        return self.pages[int(token.removeprefix("page-"))]


def pulled(answer: Callable[[Asked], Said], checkpoint: str | None = None) -> tuple[Pages, list[Asked]]:
    with LocalServer(answer) as server:
        return list(reached(server.host).pull(checkpoint)), server.asked


class TestContract(ExchangeContract):
    @pytest.fixture
    def exchange(self) -> StopNcii:
        return StopNcii(account(), clock=lambda: NOW)


THREE = Served(
    page(record(1), record(2), nextPageToken="page-1", hasMoreRecords=True, nextSetTimestamp=NOW - 5),
    page(record(3), record(4, hashStatus="Withdrawn"), nextPageToken="page-2", hasMoreRecords=True),
    page(record(5, hashStatus="Deleted"), nextSetTimestamp=NOW - 3),
)


def test_every_page_is_read_with_its_token_and_the_set_ends_in_a_checkpoint() -> None:
    pages, asked = pulled(THREE)
    assert [each.query.get("nextPageToken") for each in asked] == [None, "page-1", "page-2"]
    assert {(each.query["startTimestamp"], each.query["pageSize"]) for each in asked} == {("10", "800")}
    records = [each for one in pages for each in one.items]
    assert [each.record for each in records if isinstance(each, HarmRecord)] == [f"{n:064x}" for n in range(1, 6)]
    assert [each.withdrawn for each in records if isinstance(each, HarmRecord)] == [False, False, False, True, True]
    assert [each.number for each in records] == [1, 2, 3, 4, 5]
    assert json.loads(pages[-1].checkpoint or "")["since"] == NOW - 5  # the earliest that a page of the set named


def test_a_checkpoint_in_the_future_is_not_believed() -> None:
    pages, _ = pulled(Served(page(nextSetTimestamp=NOW + 10**9)))
    assert json.loads(pages[-1].checkpoint)["since"] == NOW


def test_the_next_pull_asks_from_the_checkpoint_on() -> None:
    pages, _ = pulled(THREE)
    _, asked = pulled(Served(page()), pages[-1].checkpoint)
    assert asked[0].query["startTimestamp"] == str(NOW - 5)


def test_a_pull_that_was_cut_off_goes_on_at_its_page_while_the_token_is_young() -> None:
    pages, _ = pulled(THREE)
    rest, asked = pulled(THREE, pages[0].checkpoint)
    assert rest[-1].checkpoint == pages[-1].checkpoint
    assert [each.query.get("nextPageToken") for each in asked] == ["page-1", "page-2"]
    assert {each.query["startTimestamp"] for each in asked} == {"10"}
    old = json.dumps({**json.loads(pages[0].checkpoint or ""), "given": NOW - 7200})
    _, asked = pulled(THREE, old)
    assert [each.query.get("nextPageToken") for each in asked] == [None, "page-1", "page-2"]


def test_a_token_that_does_not_hold_any_more_costs_only_reading_the_set_anew() -> None:
    pages, _ = pulled(THREE)
    refused = iter([Said(status=400)])
    again, asked = pulled(lambda each: next(refused, None) or THREE(each), pages[0].checkpoint)
    assert [each.query.get("nextPageToken") for each in asked] == ["page-1", None, "page-1", "page-2"]
    assert again[-1].checkpoint == pages[-1].checkpoint


def test_an_empty_set_keeps_its_place() -> None:
    pages, _ = pulled(Served(page(nextSetTimestamp=0)), json.dumps({"since": 500}))
    assert [one.items for one in pages] == [()]
    assert json.loads(pages[0].checkpoint or "")["since"] == 500


@pytest.mark.parametrize(
    "answer",
    [
        page(record(1), nextPageToken=None, hasMoreRecords=True),
        page(record(1), nextPageToken="page-0", hasMoreRecords=True),
    ],
)
def test_a_set_that_does_not_end_is_an_error_and_not_a_loop(answer: Said) -> None:
    with pytest.raises(ExchangeError, match="there is more"):
        pulled(lambda _: answer)


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"[]", b'{"hashRecords": {}}', b'{"hashRecords": [' * 10_000, b"\xff"]
)
def test_what_is_no_page_is_an_error(body: bytes) -> None:
    with pytest.raises(ExchangeError, match="no page of records"):
        pulled(lambda _: Said(body=body))


corrupt = st.one_of(
    st.none(),
    st.integers(),
    st.text(max_size=5),
    st.fixed_dictionaries({"hashValue": st.text(alphabet="0f", min_size=60, max_size=68)}),
    st.builds(lambda value: record(1, hashValue=value), st.text(alphabet="xg", max_size=70)),
    st.builds(lambda length: record(1, hashValue="0" * length), st.sampled_from([0, 32, 63, 65, 128])),
    st.builds(lambda value: record(1, signalType=value), st.sampled_from(["VideoMD5", "StopNCIISignalType.ImagePDQ"])),
    st.builds(lambda value: record(1, CSPFeedbacks=value), st.sampled_from([5, [5], {"a": 1}, [{"tags": 5}]])),
    st.builds(lambda value: record(1, lastModtimestamp=value), st.sampled_from([2**70, "x", 1.5, None])),
)
whole = st.builds(record, st.integers(0, 9))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(corrupt, st.just(value=False)) | st.tuples(whole, st.just(value=True)), max_size=12))
def test_a_corrupt_record_is_set_aside_with_its_reason_and_the_counts_add_up(drawn: list[tuple[object, bool]]) -> None:
    exchange = StopNcii(account(), connection=Fixed(page(*(each for each, _ in drawn)).body), clock=lambda: NOW)
    (found,) = exchange.pull(None)
    assert [isinstance(each, HarmRecord) for each in found.items] == [is_whole for _, is_whole in drawn]
    assert [each.number for each in found.items] == list(range(1, len(drawn) + 1))
    assert all(each.message for each in found.items if isinstance(each, SetAside))


class Fixed(Connection):
    """Answers everything with the same bytes."""

    def __init__(self, body: bytes) -> None:
        super().__init__("https://example.org")
        self.body = body

    def get(self, *_: object, **__: object) -> bytes:
        return self.body


def test_a_page_that_holds_fewer_than_it_says_is_told_of() -> None:
    pages, _ = pulled(Served(page(record(1), count=3)))
    assert [type(each).__name__ for each in pages[0].items] == ["HarmRecord", "SetAside"]


# --- what goes out ---


def outgoing(number: int, intent: Intent = Intent.SUBMIT) -> Outgoing:
    return Outgoing(entry=number, hash=HarmHash.of(pdq=f"{number:064x}"), intent=intent, tags=("checked",))


def sent(*items: Outgoing) -> list[Asked]:
    with LocalServer(lambda _: Said()) as server:
        exchange = reached(server.host)
        for message in exchange.prepare(items).messages:
            exchange.send(message)
    return server.asked


def test_the_signal_type_goes_out_as_its_value() -> None:
    (asked,) = sent(outgoing(1), outgoing(2))
    headers = {name.lower(): value for name, value in asked.headers.items()}
    assert (asked.method, asked.path, headers["x-functions-key"]) == ("POST", "/SubmitHashes", "s")
    assert headers["content-type"] == "application/json"
    assert json.loads(asked.body) == {
        "count": 2,
        "hashRecords": [
            {
                "lastModtimestamp": NOW,
                "signalType": "ImagePDQ",
                "hashValue": f"{number:064x}",
                "CSPFeedbacks": [{"feedbackValue": "Blocked", "tags": ["checked"]}],
            }
            for number in (1, 2)
        ],
    }


def test_feedback_says_what_was_decided() -> None:
    (asked,) = sent(outgoing(1, Intent.CONFIRM), outgoing(2, Intent.DISPUTE), outgoing(3, Intent.RETRACT))
    assert (asked.path, dict(asked.headers)["x-functions-key"]) == ("/SubmitFeedback", "b")
    assert json.loads(asked.body) == {
        "count": 3,
        "hashFeedbacks": [
            {"hashValue": f"{1:064x}", "feedbackValue": "Blocked", "tags": ["checked"]},
            {"hashValue": f"{2:064x}", "feedbackValue": "NotBlocked", "tags": ["checked"]},
            {"hashValue": f"{3:064x}", "feedbackValue": "Withdrawn", "tags": ["checked"]},
        ],
    }


def test_many_hashes_go_in_several_messages() -> None:
    prepared = StopNcii(account(), clock=lambda: NOW).prepare([outgoing(number) for number in range(1001)])
    assert [len(each.entries) for each in prepared.messages] == [500, 500, 1]


def test_a_cryptographic_hash_has_no_place_and_says_so() -> None:
    item = Outgoing(entry=7, hash=HarmHash.of(sha256="a1" * 32), intent=Intent.SUBMIT)
    prepared = StopNcii(account()).prepare([item])
    assert prepared.messages == ()
    assert "perceptual" in prepared.kept[0].reason


def test_their_own_client_reads_what_goes_out_and_ours_reads_what_theirs_reads() -> None:
    theirs = pytest.importorskip("threatexchange.exchanges.clients.stopncii.api", reason="a peer of the tests")
    (asked,) = sent(outgoing(1))
    value = json.loads(asked.body)["hashRecords"][0]["signalType"]
    assert value in {each.value for each in theirs.StopNCIISignalType}
    with LocalServer(THREE) as server:
        client = theirs.StopNCIIAPI("sub", "f", base_url_override=server.host)
        read = [each.hashValue for one in client.fetch_hashes_iter() for each in one.hashRecords]
    pages, _ = pulled(THREE)
    assert [each.record for one in pages for each in one.items if isinstance(each, HarmRecord)] == read


def test_a_key_that_is_missing_is_named() -> None:
    bare = Account(name="ncii", kind="stopncii", bank="b", folder=Path(), options={"host": "https://example.org"})
    with pytest.raises(UsageError, match=r"fetch_key|subscription_key"):
        next(StopNcii(bare).pull(None))


def test_a_checkpoint_of_something_else_is_refused() -> None:
    with pytest.raises(ExchangeError, match="--from-start"):
        next(StopNcii(account()).pull("yesterday"))
