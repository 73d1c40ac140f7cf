"""The shapes of HMA's curation routes, as its own tests observe them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from takeback.jobs.bank_store import BankStore
from takeback.model.bank import EntryState
from takeback.web.tokens import Scope
from web.conftest import FAR, MD5, SHA256, ZERO, Client, Made


def test_banks_are_made_listed_changed_and_removed_as_in_hma(made: Made) -> None:
    async def question(client: Client) -> None:
        for bad in ("01_TEST", "my_bank", "", "A-B"):
            assert (await client.post("/c/banks", json={"name": bad})).status_code == 400
        new = await client.post("/c/banks", json={"name": "NEW_01"})
        assert (new.status_code, new.json()) == (201, {"name": "NEW_01", "matching_enabled_ratio": 1.0})
        assert (await client.post("/c/banks", json={"name": "NEW_01"})).status_code == 403
        assert [each["name"] for each in (await client.get("/c/banks")).json()] == ["NEW_01", "OTHER", "REPORTED"]
        assert (await client.put("/c/bank/NEW_01", json={"name": "1_bad"})).status_code == 400
        assert (await client.put("/c/bank/NEW_01", json={"name": "OTHER"})).status_code == 403
        renamed = await client.put("/c/bank/NEW_01", json={"name": "RENAMED"})
        assert renamed.json()["name"] == "RENAMED"
        off = await client.put("/c/bank/RENAMED", json={"enabled": False})
        assert off.json()["matching_enabled_ratio"] == 0
        half = await client.put("/c/bank/RENAMED", json={"enabled_ratio": 0.5})
        assert half.json() == {"name": "RENAMED", "matching_enabled_ratio": 0.5}
        assert (await client.get("/c/bank/RENAMED")).json() == half.json()
        assert (await client.put("/c/bank/RENAMED", json={"enabled_ratio": 2})).status_code == 400
        for _ in range(2):
            assert (await client.delete("/c/bank/RENAMED")).status_code == 200
        assert (await client.get("/c/bank/RENAMED")).status_code == 404

    made.ask(question)


@pytest.mark.parametrize(
    ("body", "share"), [({}, 1.0), ({"enabled": False}, 0.0), ({"enabled_ratio": 0.25}, 0.25), ({"enabled": True}, 1.0)]
)
def test_a_bank_is_made_with_a_share(made: Made, body: dict[str, object], share: float) -> None:
    async def question(client: Client) -> object:
        return (await client.post("/c/banks", json={"name": "NEW", **body})).json()["matching_enabled_ratio"]

    assert made.ask(question) == share


def test_a_signal_is_added_and_matches_at_once(made: Made) -> None:
    async def question(client: Client) -> None:
        added = await client.post("/c/bank/OTHER/signal", json={"pdq": FAR.upper(), "note": "of campaign A"})
        assert added.status_code == 200
        assert added.json()["signals"] == {"pdq": FAR}
        id = added.json()["id"]
        found = await client.get("/m/raw_lookup", params={"signal": FAR, "signal_type": "pdq"})
        assert found.json() == {"matches": [id]}
        shown = (await client.get(f"/c/bank/OTHER/content/{id}", params={"include_signals": "true"})).json()
        assert shown == {
            "id": id,
            "disable_until_ts": 1,
            "original_media_uri": None,
            "bank": {"name": "OTHER", "matching_enabled_ratio": 1.0},
            "signals": {"pdq": FAR},
            "note": "of campaign A",
        }

    made.ask(question)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, 400),
        ({"note": "alone"}, 400),
        ({"pdq": "ff"}, 400),
        ({"pdq": FAR, "note": "x" * 256}, 400),
        ({"tlsh": "ff"}, 400),
        ({"pdq": FAR, "note": "x" * 255}, 200),
        ({"video_md5": MD5}, 200),
    ],
)
def test_a_signal_that_is_none_is_refused(made: Made, body: dict[str, str], code: int) -> None:
    async def question(client: Client) -> int:
        return (await client.post("/c/bank/OTHER/signal", json=body)).status_code

    assert made.ask(question) == code


def test_content_is_disabled_until_a_time_or_for_good_and_enabled_again(made: Made) -> None:
    id = made.ids["pdq"]

    async def question(client: Client) -> None:
        async def put(seconds: int) -> tuple[int, object]:
            reply = await client.put(f"/c/bank/REPORTED/content/{id}", json={"disable_until_ts": seconds})
            return reply.status_code, reply.json().get("disable_until_ts")

        async def matches() -> object:
            asked = {"signal": ZERO, "signal_type": "pdq"}
            return (await client.get("/m/raw_lookup", params=asked)).json()["matches"]

        later = int((datetime.now(tz=UTC) + timedelta(days=365)).timestamp())
        assert await put(later) == (200, later)
        assert await matches() == []
        assert await put(1) == (200, 1)
        assert await matches() == [id]
        assert await put(0) == (200, 0)
        assert await matches() == []
        assert (await put(9_999_999_999))[0] == 400
        assert (await put(-1))[0] == 400

    made.ask(question)


def test_a_note_is_not_changed_afterwards(made: Made) -> None:
    async def question(client: Client) -> None:
        found = await client.put(f"/c/bank/REPORTED/content/{made.ids['pdq']}", json={"note": "new"})
        assert (found.status_code, found.json()["reason"]) == (400, "not_supported")

    made.ask(question)


def test_deleting_withdraws_and_keeps_the_record_of_it(made: Made) -> None:
    id = made.ids["pdq"]

    async def question(client: Client) -> None:
        assert (await client.delete(f"/c/bank/REPORTED/content/{id}")).json() == {"deleted": 1}
        assert (await client.delete(f"/c/bank/REPORTED/content/{id}")).json() == {"deleted": 0}
        assert (await client.delete("/c/bank/REPORTED/content/999")).json() == {"deleted": 0}
        found = await client.get("/m/raw_lookup", params={"signal": ZERO, "signal_type": "pdq"})
        assert found.json() == {"matches": []}

    made.ask(question)
    with BankStore.open(made.folder) as store:
        assert store.entry(id).state is EntryState.WITHDRAWN
        assert [(act.action, act.by.startswith("token:")) for act in store.acts(id)][-1] == ("withdrawn", True)


def test_a_withdrawn_hash_is_not_brought_back_by_adding_it(made: Made) -> None:
    async def question(client: Client) -> None:
        first = (await client.post("/c/bank/OTHER/signal", json={"sha256": "12" * 32})).json()["id"]
        await client.delete(f"/c/bank/OTHER/content/{first}")
        again = await client.post("/c/bank/OTHER/signal", json={"sha256": "12" * 32})
        assert (again.status_code, again.json()["reason"]) == (403, "exists")

    made.ask(question)


@pytest.mark.parametrize(
    "place", ["NOWHERE/content/1", "REPORTED/content/999", "OTHER/content/1", f"OTHER/content/{1 << 70}"]
)
def test_content_that_is_not_there_is_not_found(made: Made, place: str) -> None:
    async def question(client: Client) -> None:
        found = await client.get(f"/c/bank/{place}")
        assert (found.status_code, found.json()["reason"]) == (404, "not_found")

    made.ask(question)


def test_provenance_of_an_exchange_is_shown_as_collab(made: Made) -> None:
    async def question(client: Client) -> None:
        path = f"/c/bank/REPORTED/content/{made.ids['sha256']}"
        shown = (await client.get(path, params={"include_signals": "true"})).json()
        assert shown["metadata"] == {"collab": {"sample": ["r1"]}}
        assert shown["signals"] == {"sha256": SHA256}
        assert "metadata" not in (await client.get(path, params={"include_metadata": "false"})).json()

    made.ask(question)


def test_adding_content_by_url_needs_uploads_and_hosts(made: Made) -> None:
    async def question(client: Client) -> tuple[int, str]:
        reply = await client.post(
            "/c/bank/OTHER/content", params={"url": "http://x.test/a.jpg", "content_type": "photo"}
        )
        return reply.status_code, reply.json()["reason"]

    assert made.ask(question) == (403, "uploads_off")
    assert made.ask(question, uploads="asserted", scopes=(Scope.CURATE,))[0] == 403
