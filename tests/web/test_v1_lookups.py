from __future__ import annotations

import pytest

from takeback.jobs.bank_store import BankStore
from takeback.model.bank import HarmHash, Provenance
from takeback.web.tokens import Scope
from web.conftest import FAR, MD5, NEAR, SHA256, ZERO, Client, Made


def test_one_answer_holds_everything_that_is_known_of_a_hit(made: Made) -> None:
    async def question(client: Client) -> None:
        reply = (await client.post("/v1/lookups", json={"items": [{"pdq": NEAR, "quality": 80}]})).json()
        assert isinstance(reply["index_version"], str)
        (answer,) = reply["answers"]
        assert answer == {
            "outcome": "match",
            "caution": None,
            "fault": None,
            "hits": [
                {
                    "entry": made.ids["pdq"],
                    "bank": "REPORTED",
                    "by": "pdq",
                    "stands": True,
                    "state": "active",
                    "source": "import",
                    "exchange": "sample",
                    "exchange_record": "r1",
                    "quality": 90,
                    "orientation": 0,
                    "distance": 4,
                    "hash": ZERO,
                    "held_back": [],
                    "vetoed_by": [],
                }
            ],
        }

    made.ask(question)


def test_without_the_scope_neither_the_distance_nor_the_hash_that_gives_it_away_is_told(made: Made) -> None:
    async def question(client: Client) -> None:
        reply = (await client.post("/v1/lookups", json={"items": [{"pdq": NEAR}]})).json()
        (hit,) = reply["answers"][0]["hits"]
        assert (hit["distance"], hit["hash"]) == (None, None)
        assert ZERO not in str(reply)

    made.ask(question, scopes=(Scope.LOOKUP,))


def test_a_distance_of_ones_own_needs_the_scope_since_varying_it_measures(made: Made) -> None:
    async def question(client: Client) -> list[object]:
        asked = [{"items": [{"pdq": NEAR}], "distance": each} for each in (3, 4)]
        replies = [await client.post("/v1/lookups", json=each) for each in asked]
        return [
            reply.json()["answers"][0]["outcome"] if reply.status_code == 200 else reply.status_code
            for reply in replies
        ]

    assert made.ask(question) == ["no_match", "match"]
    assert made.ask(question, scopes=(Scope.LOOKUP,)) == [403, 403]


def test_a_bad_item_is_refused_with_a_typed_reason_and_the_batch_goes_on(made: Made) -> None:
    items = [
        {"pdq": NEAR},
        {"pdq": "00"},
        {"pdq": "g" * 64},
        {},
        {"pdq": ZERO, "quality": 101},
        {"sha256": SHA256.upper()},
        {"md5": MD5},
        {"pdq": FAR},
        {"md5": MD5 + "0"},
    ]

    async def question(client: Client) -> None:
        answers = (await client.post("/v1/lookups", json={"items": items})).json()["answers"]
        faults = [None if each["fault"] is None else each["fault"]["reason"] for each in answers]
        assert faults == [
            None,
            "wrong_length",
            "wrong_alphabet",
            "no_hash",
            "wrong_quality",
            None,
            None,
            None,
            "wrong_length",
        ]
        outcomes = [each["outcome"] for each in answers]
        assert [outcomes[at] for at in (0, 5, 6, 7)] == ["match", "match", "match", "no_match"]
        assert {outcomes[at] for at in (1, 2, 3, 4, 8)} == {"refused"}

    made.ask(question)


def test_a_hash_of_low_quality_is_looked_up_held_back_and_said(made: Made) -> None:
    async def question(client: Client) -> None:
        items = [{"pdq": NEAR, "quality": 20}, {"pdq": FAR, "quality": 20}]
        near, far = (await client.post("/v1/lookups", json={"items": items})).json()["answers"]
        assert (near["outcome"], near["caution"], near["hits"][0]["held_back"]) == (
            "held_back",
            "low_quality",
            ["low_quality"],
        )
        assert (far["outcome"], far["caution"]) == ("no_match", "low_quality")
        asked = {"items": items[:1], "low_quality": True}
        assert (await client.post("/v1/lookups", json=asked)).json()["answers"][0]["outcome"] == "match"

    made.ask(question)


def test_a_veto_is_shown_and_holds_back(made: Made) -> None:
    async def question(client: Client) -> None:
        await client.post("/v1/banks", json={"name": "collides", "kind": "negative"})
        added = (await client.post("/v1/entries", json={"bank": "collides", "items": [{"pdq": ZERO}]})).json()
        veto = added["answers"][0]["entry"]
        (answer,) = (await client.post("/v1/lookups", json={"items": [{"pdq": ZERO}]})).json()["answers"]
        assert answer["outcome"] == "held_back"
        assert answer["hits"][0]["stands"] is False
        assert answer["hits"][0]["vetoed_by"] == [veto]

    made.ask(question)


def test_many_items_are_answered_in_their_order_while_others_get_their_turn(made: Made) -> None:
    items = [{"pdq": NEAR if at % 3 == 0 else FAR} for at in range(100)]

    async def question(client: Client) -> None:
        answers = (await client.post("/v1/lookups", json={"items": items})).json()["answers"]
        assert [each["outcome"] for each in answers] == ["match" if at % 3 == 0 else "no_match" for at in range(100)]

    made.ask(question)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"items": []},
        {"items": [1]},
        {"items": [{"pdq": 5}]},
        {"items": [{"phash": "0"}]},
        {"items": [{"pdq": ZERO}], "distance": 32},
        {"items": [{"pdq": ZERO}], "radius": 5},
        {"items": [{"pdq": ZERO}], "banks": ["NOWHERE"]},
        {"items": [{"pdq": "0" * 300}]},
    ],
)
def test_a_body_that_says_something_else_is_refused_as_a_whole(made: Made, body: object) -> None:
    async def question(client: Client) -> None:
        found = await client.post("/v1/lookups", json=body)
        assert found.status_code == 400
        assert found.json()["reason"] in {"bad_body", "bank_refused"}

    made.ask(question)


def test_an_empty_list_of_banks_is_refused_and_not_told_as_no_match(made: Made) -> None:
    async def question(client: Client) -> None:
        found = await client.post("/v1/lookups", json={"items": [{"pdq": ZERO}], "banks": []})
        assert (found.status_code, found.json()["reason"]) == (400, "bad_body")

    made.ask(question)


@pytest.mark.parametrize(("scopes", "order"), [((Scope.LOOKUP,), [0, 1]), (tuple(Scope), [1, 0])])
def test_the_order_of_hits_says_which_is_nearer_only_to_whoever_may_see_distances(
    made: Made, scopes: tuple[Scope, ...], order: list[int]
) -> None:
    with BankStore.open(made.folder) as store:
        (near,) = store.add("OTHER", [HarmHash.of(pdq=NEAR)], Provenance(added_by="moderator"))
    ids = [made.ids["pdq"], near]

    async def question(client: Client) -> None:
        reply = (await client.post("/v1/lookups", json={"items": [{"pdq": NEAR}]})).json()
        assert [hit["entry"] for hit in reply["answers"][0]["hits"]] == [ids[each] for each in order]
        raw = await client.get("/m/raw_lookup", params={"signal": NEAR, "signal_type": "pdq"})
        assert raw.json()["matches"] == [ids[each] for each in order]

    made.ask(question, scopes=scopes)


def test_a_distance_of_ones_own_is_marked_in_the_trail_also_where_nothing_is_that_close(made: Made) -> None:
    async def question(client: Client) -> None:
        await client.post("/v1/lookups", json={"items": [{"pdq": NEAR}], "distance": 3})
        await client.post("/v1/lookups", json={"items": [{"pdq": FAR}]})
        kept = (await client.get("/v1/audit")).json()
        assert [each.get("distances", False) for each in kept] == [False, True]

    made.ask(question)
