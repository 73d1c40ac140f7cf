from __future__ import annotations

import pytest

from takeback.web.tokens import Scope
from web.conftest import FAR, MD5, NEAR, SHA256, ZERO, Client, Made

WITHOUT_DISTANCE = (Scope.LOOKUP,)


def test_a_raw_lookup_answers_with_ids(made: Made) -> None:
    async def question(client: Client) -> None:
        found = await client.get("/m/raw_lookup", params={"signal": NEAR, "signal_type": "pdq"})
        assert (found.status_code, found.json()) == (200, {"matches": [made.ids["pdq"]]})
        none = await client.get("/m/raw_lookup", params={"signal": FAR, "signal_type": "pdq"})
        assert (none.status_code, none.json()) == (200, {"matches": []})

    made.ask(question, scopes=WITHOUT_DISTANCE)


def test_distances_are_text_as_in_hma_and_need_their_scope(made: Made) -> None:
    asked = {"signal": NEAR, "signal_type": "pdq", "include_distance": "true"}

    async def allowed(client: Client) -> None:
        found = await client.get("/m/raw_lookup", params=asked)
        assert found.json() == {"matches": [{"bank_content_id": made.ids["pdq"], "distance": "4"}]}

    async def refused(client: Client) -> None:
        found = await client.get("/m/raw_lookup", params=asked)
        assert (found.status_code, found.json()["reason"]) == (403, "forbidden")

    made.ask(allowed, scopes=(Scope.LOOKUP, Scope.DISTANCE))
    made.ask(refused, scopes=WITHOUT_DISTANCE)


def test_a_lookup_answers_by_bank_and_hides_distances_from_whoever_may_not_see_them(made: Made) -> None:
    asked = {"signal": NEAR, "signal_type": "pdq"}

    async def question(client: Client) -> object:
        return (await client.get("/m/lookup", params=asked)).json()

    assert made.ask(question) == {"REPORTED": [{"bank_content_id": made.ids["pdq"], "distance": "4"}]}
    assert made.ask(question, scopes=WITHOUT_DISTANCE) == {"REPORTED": [{"bank_content_id": made.ids["pdq"]}]}


@pytest.mark.parametrize(
    ("kind", "signal", "id"),
    [("sha256", SHA256, "sha256"), ("video_sha256", SHA256, "sha256"), ("md5", MD5, "md5"), ("video_md5", MD5, "md5")],
)
def test_cryptographic_hashes_are_looked_up_under_their_names_in_hma_too(
    made: Made, kind: str, signal: str, id: str
) -> None:
    async def question(client: Client) -> object:
        return (await client.get("/m/raw_lookup", params={"signal": signal.upper(), "signal_type": kind})).json()

    assert made.ask(question) == {"matches": [made.ids[id]]}


def test_a_lookup_in_some_banks_finds_only_theirs(made: Made) -> None:
    async def question(client: Client) -> list[object]:
        asked = {"signal": ZERO, "signal_type": "pdq"}
        names = ("OTHER", "REPORTED", "OTHER,REPORTED")
        return [
            (await client.get("/m/raw_lookup", params={**asked, "banks": each})).json()["matches"] for each in names
        ]

    id = made.ids["pdq"]
    assert made.ask(question) == [[], [id], [id]]


def test_a_bank_that_there_is_none_of_is_an_error_and_no_empty_answer(made: Made) -> None:
    async def question(client: Client) -> None:
        asked = {"signal": ZERO, "signal_type": "pdq", "banks": "REPORTET"}
        for path in ("/m/raw_lookup", "/m/lookup"):
            found = await client.get(path, params=asked)
            assert found.status_code == 400
            assert "no bank is called 'REPORTET'" in found.json()["message"]

    made.ask(question)


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        ({"signal": "00", "signal_type": "pdq"}, "bad_hash"),
        ({"signal": "g" * 64, "signal_type": "pdq"}, "bad_hash"),
        ({"signal": "", "signal_type": "pdq"}, "bad_hash"),
        ({"signal": ZERO, "signal_type": "md5"}, "bad_hash"),
        ({"signal": ZERO, "signal_type": "vpdq"}, "not_supported"),
        ({"signal": ZERO}, "bad_query"),
        ({"signal_type": "pdq"}, "bad_query"),
        ({"signal": ZERO, "signal_type": "pdq", "include_distance": "perhaps"}, "bad_query"),
    ],
)
def test_a_bad_look_up_is_refused_with_its_reason(made: Made, asked: dict[str, str], reason: str) -> None:
    async def question(client: Client) -> None:
        found = await client.get("/m/raw_lookup", params=asked)
        assert (found.status_code, found.json()["reason"]) == (400, reason)

    made.ask(question)


def test_two_hashes_are_compared_as_in_hma(made: Made) -> None:
    first = "facd8bcb2a49bcebdec1985298d5fe84bcd006c187c598c720c3c087b3fdb318"
    second = "facd8bcb2a49bcebdec1985228d5ae84bcd006c187c598c720c2b087b3fdb318"

    async def question(client: Client) -> None:
        found = await client.post("/m/compare", json={"pdq": [first, second]})
        assert found.json() == {"pdq": [True, {"distance": 9}]}
        far = await client.post("/m/compare", json={"pdq": [ZERO, FAR]})
        assert far.json() == {"pdq": [False, {"distance": 256}]}
        for bad in (["x"], {"pdq": "x"}, {"pdq": []}, {"pdq": ["x", "x"]}, {"pdq": [first, second, first]}):
            assert (await client.post("/m/compare", json=bad)).status_code == 400

    made.ask(question)


def test_the_state_of_the_index_is_told_in_hmas_shape(made: Made) -> None:
    async def question(client: Client) -> None:
        found = (await client.get("/m/index/status")).json()
        assert set(found) == {"pdq", "sha256", "md5"}
        assert found["pdq"]["present"] is True
        assert found["pdq"]["size"] == 3
        one = (await client.get("/m/index/status", params={"signal_type": "pdq"})).json()
        assert set(one) == {"pdq"}
        assert (await client.get("/m/index/status", params={"signal_type": "x"})).status_code == 400

    made.ask(question)


def test_what_is_withdrawn_disabled_or_vetoed_is_in_no_answer_here(made: Made) -> None:
    async def question(client: Client) -> None:
        asked = {"signal": ZERO, "signal_type": "pdq"}
        id = made.ids["pdq"]
        await client.post("/v1/entries/disable", json={"ids": [id]})
        assert (await client.get("/m/raw_lookup", params=asked)).json() == {"matches": []}
        await client.post("/v1/entries/enable", json={"ids": [id]})
        assert (await client.get("/m/raw_lookup", params=asked)).json() == {"matches": [id]}
        await client.post("/v1/banks", json={"name": "collides", "kind": "negative"})
        await client.post("/v1/entries", json={"bank": "collides", "items": [{"pdq": ZERO}]})
        assert (await client.get("/m/raw_lookup", params=asked)).json() == {"matches": []}
        assert (await client.get("/m/lookup", params=asked)).json() == {}

    made.ask(question)


def test_a_bypass_is_refused_since_nothing_is_left_to_chance(made: Made) -> None:
    async def question(client: Client) -> None:
        asked = {"signal": ZERO, "signal_type": "pdq", "bypass_coinflip": "true", "seed": "1"}
        found = await client.get("/m/lookup", params=asked)
        assert (found.status_code, found.json()["reason"]) == (400, "not_supported")

    made.ask(question)


def test_banks_that_name_none_are_refused_and_not_told_as_no_match(made: Made) -> None:
    async def question(client: Client) -> None:
        found = await client.get("/m/raw_lookup", params={"signal": ZERO, "signal_type": "pdq", "banks": ","})
        assert (found.status_code, found.json()["reason"]) == (400, "bad_query")

    made.ask(question)
