from __future__ import annotations

from takeback.web.tokens import Scope
from web.conftest import NEAR, ZERO, Client, Made

ASKED = {"signal": NEAR, "signal_type": "pdq"}


def test_the_trail_is_read_by_time_token_and_hash(made: Made) -> None:
    async def question(client: Client) -> None:
        await client.get("/m/raw_lookup", params=ASKED)
        await client.get("/m/raw_lookup", params={**ASKED, "signal": ZERO})
        found = (await client.get("/v1/audit", params={"hash": NEAR.upper()})).json()
        assert [each["act"] for each in found] == ["GET /m/raw_lookup"]
        assert found[0]["hits"] == [made.ids["pdq"]]
        assert (await client.get("/v1/audit", params={"token": "nobody"})).json() == []
        assert len((await client.get("/v1/audit", params={"limit": 2})).json()) == 2
        assert (await client.get("/v1/audit", params={"since": "2999-01-01T00:00:00Z"})).json() == []
        assert (await client.get("/v1/audit", params={"since": "2026-01-01T00:00:00"})).status_code == 400

    made.ask(question)


def test_the_state_says_what_the_service_takes(made: Made) -> None:
    async def question(client: Client) -> None:
        found = (await client.get("/v1/status")).json()
        assert (found["banks"], found["entries"], found["workers"]) == (2, 3, 1)
        assert (found["uploads"], found["fetches"]) == ("off", False)

    made.ask(question, scopes=(Scope.LOOKUP,))
