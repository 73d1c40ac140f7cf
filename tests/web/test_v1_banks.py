from __future__ import annotations

import pytest

from web.conftest import FAR, MD5, NEAR, ZERO, Client, Made


async def outcome(client: Client, pdq: str) -> str:
    return str((await client.post("/v1/lookups", json={"items": [{"pdq": pdq}]})).json()["answers"][0]["outcome"])


def test_entries_are_added_known_or_refused_one_by_one_and_the_counts_add_up(made: Made) -> None:
    async def question(client: Client) -> None:
        items = [{"pdq": FAR, "quality": 99}, {"pdq": FAR, "quality": 99}, {"pdq": "1"}, {"md5": "0" * 32}]
        body = {"bank": "OTHER", "items": items, "note": "of campaign A", "metadata": {"case": "7"}}
        reply = (await client.post("/v1/entries", json=body)).json()
        assert [each["outcome"] for each in reply["answers"]] == ["added", "known", "refused", "added"]
        assert (reply["added"], reply["known"], reply["refused"]) == (2, 1, 1)
        assert reply["answers"][2]["fault"]["reason"] == "wrong_length"
        shown = (await client.get(f"/v1/entries/{reply['answers'][0]['entry']}")).json()
        assert (shown["pdq"], shown["quality"], shown["note"], shown["metadata"]) == (
            FAR,
            99,
            "of campaign A",
            {"case": "7"},
        )
        assert shown["added_by"].startswith("token:")
        assert await outcome(client, FAR) == "match"

    made.ask(question)


def test_an_act_changes_the_version_of_the_index_and_what_is_found(made: Made) -> None:
    id = made.ids["pdq"]

    async def question(client: Client) -> None:
        versions = [(await client.get("/v1/status")).json()["index_version"]]

        async def act(name: str, body: dict[str, object]) -> None:
            reply = await client.post(f"/v1/entries/{name}", json=body)
            assert reply.status_code == 200, reply.text
            versions.append(reply.json()["index_version"])

        await act("disable", {"ids": [id], "until": "2999-01-01T00:00:00Z"})
        assert await outcome(client, ZERO) == "no_match"
        await act("enable", {"ids": [id]})
        assert await outcome(client, ZERO) == "match"
        await act("withdraw", {"ids": [id], "reason": "a mistake"})
        assert await outcome(client, ZERO) == "no_match"
        refused = await client.post("/v1/entries/enable", json={"ids": [id]})
        assert refused.json()["reason"] == "bank_refused"
        await act("review", {"entry": id, "verdict": "keep", "reason": "seen again"})
        assert await outcome(client, ZERO) == "match"
        assert len(set(versions)) == len(versions)

    made.ask(question)


def test_a_disputed_entry_waits_for_a_review(made: Made) -> None:
    id = made.ids["md5"]

    async def question(client: Client) -> None:
        assert (await client.get("/v1/review")).json() == []
        await client.post("/v1/entries/opinion", json={"entry": id, "opinion": "dispute", "reason": "no such thing"})
        (waiting,) = (await client.get("/v1/review")).json()
        assert waiting["id"] == id
        assert waiting["md5"] == MD5
        assert waiting["opinions"][0]["opinion"] == "dispute"

    made.ask(question)


def test_entries_are_listed_a_page_at_a_time(made: Made) -> None:
    async def question(client: Client) -> None:
        first = (await client.get("/v1/entries", params={"bank": "REPORTED", "limit": 2})).json()
        rest = (await client.get("/v1/entries", params={"bank": "REPORTED", "after": first[-1]["id"]})).json()
        assert [each["id"] for each in (*first, *rest)] == sorted(made.ids.values())
        assert (await client.get("/v1/entries", params={"bank": "NOWHERE"})).status_code == 404
        assert (await client.get("/v1/entries/999")).status_code == 404
        for id in (str(1 << 80), "9" * 5000, "-1", "abc", "\u0661"):
            assert (await client.get(f"/v1/entries/{id}")).status_code == 404

    made.ask(question)


def test_banks_are_told_with_their_counts(made: Made) -> None:
    async def question(client: Client) -> None:
        found = {each["name"]: each for each in (await client.get("/v1/banks")).json()}
        assert found["REPORTED"]["entries"]["active"] == 3
        assert (found["OTHER"]["kind"], found["OTHER"]["distance"]) == ("harm", 31)
        assert (await client.post("/v1/banks", json={"name": "bad name"})).status_code == 400
        assert (await client.post("/v1/banks", json={"name": "OTHER"})).status_code == 400

    made.ask(question)


def test_an_act_on_what_is_not_there_is_refused_and_changes_nothing(made: Made) -> None:
    async def question(client: Client) -> None:
        body = {"ids": [made.ids["pdq"], 999], "reason": "x"}
        assert (await client.post("/v1/entries/withdraw", json=body)).status_code == 400
        assert await outcome(client, NEAR) == "match"
        for ids in ([], [-1], [1 << 70]):
            assert (await client.post("/v1/entries/withdraw", json={"ids": ids, "reason": "x"})).status_code == 400
        naive = {"ids": [made.ids["pdq"]], "until": "2999-01-01T00:00:00"}
        assert (await client.post("/v1/entries/disable", json=naive)).status_code == 400

    made.ask(question)


@pytest.mark.parametrize("until", ["9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+12:00"])
def test_an_end_beyond_the_calendar_is_refused_since_no_look_up_could_read_the_entry_again(
    made: Made, until: str
) -> None:
    async def question(client: Client) -> None:
        found = await client.post("/v1/entries/disable", json={"ids": [made.ids["pdq"]], "until": until})
        assert (found.status_code, found.json()["reason"]) == (400, "bad_body")
        assert (await client.get(f"/v1/entries/{made.ids['pdq']}")).status_code == 200

    made.ask(question)
