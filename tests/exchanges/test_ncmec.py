"""NCMEC's hash sharing, against a server on this machine that speaks its wire format."""

from __future__ import annotations

import base64
import json
import xml.etree.ElementTree as ET
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from xml.sax.saxutils import escape

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchanges.contract import PDQ, ExchangeContract
from exchanges.local_server import Asked, LocalServer, Said
from takeback.errors import ExchangeError
from takeback.exchanges.account import Account
from takeback.exchanges.connection import Connection
from takeback.exchanges.hash_records import HarmRecord, SetAside
from takeback.exchanges.ncmec import Ncmec
from takeback.exchanges.ncmec_entries import NAMESPACE
from takeback.model.bank import HarmHash
from takeback.model.exchange import Intent, Outgoing
from takeback.protocols import Page

MD5 = "b2" * 16
NOW = datetime(2026, 11, 26, 12, tzinfo=UTC).timestamp()
SINCE = json.dumps({"since": int(datetime(2026, 11, 1, tzinfo=UTC).timestamp())})
Pages = list[Page[HarmRecord | SetAside]]


def account(host: str = "https://example.org/sharing", **options: str | int) -> Account:
    secrets = {"user": "member", "password": "word"}
    return Account(
        name="n", kind="ncmec", bank="b", folder=Path(), options={"host": host, **options}, credentials=secrets
    )


def reached(host: str, **options: str | int) -> Ncmec:
    connection = Connection(host, login=("member", "word"), rng=np.random.default_rng(1), sleep=lambda _: None)
    return Ncmec(account(host, **options), connection=connection, clock=lambda: NOW)


def image(id: str = "e1", prints: str = f"<md5>{MD5}</md5><pdq>{PDQ}</pdq>", member: int = 42) -> str:
    return (
        f'<image><member id="{member}">A member</member><timestamp>2026-08-04T12:00:00Z</timestamp><id>{id}</id>'
        f"<fingerprints>{prints}</fingerprints></image>"
    )


DELETED = (
    '<deletedImage><member id="43">B</member><id>e9</id><timestamp>2026-08-04T12:00:00Z</timestamp></deletedImage>'
)
VIDEO = '<videos count="1"><video><member id="42">A</member><id>v1</id></video></videos>'


def page(*entries: str, following: str = "", more: str = "") -> Said:
    next_ = f"<paging><next>{escape(following)}</next></paging>" if following else ""
    body = (
        f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?><queryResult xmlns="{NAMESPACE}">'
        f'<images count="{len(entries)}" maxTimestamp="2026-08-04T12:00:00Z">{"".join(entries)}</images>{more}{next_}'
        "</queryResult>"
    )
    return Said(body=body.encode())


def pulled(
    answer: Callable[[Asked], Said], checkpoint: str | None = SINCE, **options: int
) -> tuple[Pages, list[Asked]]:
    with LocalServer(answer) as server:
        return list(reached(f"{server.host}/sharing", **options).pull(checkpoint)), server.asked


def records_of(pages: Pages) -> list[HarmRecord | SetAside]:
    return [each for one in pages for each in one.items]


class TestContract(ExchangeContract):
    @pytest.fixture
    def exchange(self) -> Ncmec:
        return Ncmec(account(negative_reason="0123-abcd"), clock=lambda: NOW)


NEXT = "/v2/entries?from=2026-11-01T00%3A00%3A00Z&to=2026-11-26T11%3A59%3A55Z&start=2001&size=1000&max=3000"


def two_pages(asked: Asked) -> Said:
    if asked.query.get("start") == "2001":
        return page(image("e2"), DELETED)
    return page(image("e1"), following=NEXT, more=VIDEO)


def test_entries_are_read_to_the_last_page_of_their_window() -> None:
    pages, asked = pulled(two_pages)
    assert [each.path for each in asked] == ["/sharing/v2/entries"] * 2
    assert asked[0].query == {"from": "2026-11-01T00:00:00Z", "to": "2026-11-26T11:59:55Z"}
    assert asked[1].target == f"/sharing{NEXT}"
    assert {each.headers["Authorization"] for each in asked} == {f"Basic {base64.b64encode(b'member:word').decode()}"}
    first, video, second, deleted = records_of(pages)
    assert isinstance(first, HarmRecord)
    assert (first.record, first.hash) == ("42-e1", HarmHash.of(pdq=PDQ, md5=MD5))
    assert isinstance(video, SetAside)
    assert isinstance(second, HarmRecord)
    assert isinstance(deleted, HarmRecord)
    assert (deleted.record, deleted.withdrawn, deleted.hash) == ("43-e9", True, None)
    assert [each.number for each in records_of(pages)] == [1, 2, 3, 4]


def test_the_checkpoint_is_the_end_of_the_last_whole_window() -> None:
    pages, _ = pulled(two_pages)
    assert json.loads(pages[-1].checkpoint or "") == {"since": int(NOW) - 5, "until": 0, "page": None, "given": 0}
    assert list(reached("http://127.0.0.1:1").pull(pages[-1].checkpoint)) == []


def test_windows_follow_each_other_without_a_gap() -> None:
    pages, asked = pulled(lambda _: page(), window_days=10)
    windows = [(each.query["from"], each.query["to"]) for each in asked]
    assert windows == [
        ("2026-11-01T00:00:00Z", "2026-11-11T00:00:00Z"),
        ("2026-11-11T00:00:00Z", "2026-11-21T00:00:00Z"),
        ("2026-11-21T00:00:00Z", "2026-11-26T11:59:55Z"),
    ]
    assert len(pages) == 3


def test_a_pull_that_was_cut_off_goes_on_at_its_page_of_the_same_window() -> None:
    pages, _ = pulled(two_pages)
    _, asked = pulled(two_pages, pages[0].checkpoint)
    assert [each.target for each in asked] == [f"/sharing{NEXT}"]
    old = json.dumps({**json.loads(pages[0].checkpoint or ""), "given": int(NOW) - 13 * 3600})
    _, asked = pulled(two_pages, old)
    assert [each.query.get("start") for each in asked] == [None, "2001"]


def test_a_page_that_is_not_there_any_more_costs_only_reading_its_window_anew() -> None:
    pages, _ = pulled(two_pages)
    refused = iter([Said(status=404)])
    again, asked = pulled(lambda each: next(refused, None) or two_pages(each), pages[0].checkpoint)
    assert [each.query.get("start") for each in asked] == ["2001", None, "2001"]
    assert again[-1].checkpoint == pages[-1].checkpoint


@pytest.mark.parametrize(
    "following",
    [
        "https://example.org/v2/entries?from=a",
        "/v2/members?x=1",
        "//example.org/v2/entries?from=a",
        "/v2/entries?a=b c",
        NEXT,
    ],
)
def test_a_page_points_only_to_another_page_of_the_same_host(following: str) -> None:
    with pytest.raises(ExchangeError, match=r"none of its own|to itself"):
        pulled(lambda _: page(image(), following=following))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"words",
        page(image()).body[:-30],
        b'<!DOCTYPE a [<!ENTITY b "c">]><queryResult>&b;</queryResult>',
        b"<a>" * 100,
    ],
)
def test_what_cannot_be_read_is_an_error_and_moves_no_checkpoint(body: bytes) -> None:
    with pytest.raises(ExchangeError, match="cannot be read"):
        pulled(lambda _: Said(body=body))


entries = st.sampled_from(
    [
        (image(), True),
        (DELETED, True),
        (image(prints=f"<md5>{MD5}</md5>"), True),
        (image(prints=f"<pdq>{PDQ[:32]}</pdq>"), False),
        (image(prints="<pdq>" + "x" * 64 + "</pdq>"), False),
        (image(prints="<md5>b2</md5>"), False),
        (image(prints="<sha1>c3</sha1>"), False),
        (image(id=""), False),
        ("<image/>", False),
        ("<deletedImage/>", False),
        (image().replace("2026-08-04T12:00:00Z", "yesterday"), False),
        (image(prints="<pdq>" + "0" * (1 << 20) + "</pdq>"), False),
    ]
)


@settings(max_examples=30, deadline=None)
@given(st.lists(entries, max_size=8))
def test_a_corrupt_entry_is_set_aside_with_its_reason_and_the_counts_add_up(drawn: list[tuple[str, bool]]) -> None:
    exchange = Ncmec(account(), connection=Fixed(page(*(text for text, _ in drawn)).body), clock=lambda: NOW)
    found = records_of(list(exchange.pull(SINCE)))
    assert [isinstance(each, HarmRecord) for each in found] == [whole for _, whole in drawn]
    assert [each.number for each in found] == list(range(1, len(drawn) + 1))
    assert all(each.message for each in found if isinstance(each, SetAside))


class Fixed(Connection):
    """Answers everything with the same bytes."""

    def __init__(self, body: bytes) -> None:
        super().__init__("https://example.org")
        self.body = body

    def get(self, *_: object, **__: object) -> bytes:
        return self.body


# --- votes ---


def vote(intent: Intent, record: str | None = "42-e1", **hash: str) -> Outgoing:
    return Outgoing(entry=5, hash=HarmHash.of(**(hash or {"pdq": PDQ})), intent=intent, record=record)  # type: ignore[arg-type]  # passed on


def test_a_vote_is_put_to_the_fingerprint_of_the_entry() -> None:
    with LocalServer(lambda _: Said()) as server:
        exchange = reached(server.host, negative_reason="0123-abcd")
        for item in (vote(Intent.CONFIRM), vote(Intent.DISPUTE, md5=MD5)):
            for message in exchange.prepare([item]).messages:
                exchange.send(message)
    assert [(each.method, each.path) for each in server.asked] == [
        ("PUT", "/v2/entries/42/e1/PDQ/feedback"),
        ("PUT", "/v2/entries/42/e1/MD5/feedback"),
    ]
    for_it, against = (ET.fromstring(each.body) for each in server.asked)
    space = f"{{{NAMESPACE}}}"
    assert [each.tag for each in for_it] == [f"{space}affirmative"]
    assert [each.text for each in against.iter(f"{space}guid")] == ["0123-abcd"]
    assert server.asked[0].headers["Content-Type"] == "application/xml; charset=utf-8"


@pytest.mark.parametrize(
    ("item", "said"),
    [
        (vote(Intent.SUBMIT), "not spoken here"),
        (vote(Intent.CONFIRM, record=None), "whose it is"),
        (vote(Intent.CONFIRM, record="e1"), "whose it is"),
        (vote(Intent.CONFIRM, record="42-../../x"), "whose it is"),
        (vote(Intent.DISPUTE), "negative_reason"),
        (vote(Intent.CONFIRM, sha256="a1" * 32), "no SHA-256"),
    ],
)
def test_what_cannot_be_said_stays_with_its_reason(item: Outgoing, said: str) -> None:
    prepared = Ncmec(account()).prepare([item])
    assert prepared.messages == ()
    assert said in prepared.kept[0].reason


def test_the_reasons_for_a_vote_against_are_asked_for() -> None:
    reason = '<reason guid="01" name="A template" type="Pdq"/>'
    body = f'<availableFeedbackReasons xmlns="{NAMESPACE}">{reason}</availableFeedbackReasons>'
    with LocalServer(lambda _: Said(body=body.encode())) as server:
        assert reached(server.host).reasons("PDQ") == {"01": "A template"}
    assert server.asked[0].path == "/v2/feedback/PDQ/reasons"


def test_a_checkpoint_of_something_else_is_refused() -> None:
    with pytest.raises(ExchangeError, match="--from-start"):
        next(Ncmec(account()).pull("yesterday"))
