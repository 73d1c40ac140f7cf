from __future__ import annotations

import pytest

from web.conftest import Client, Made


def test_types_are_told_in_hmas_shape(made: Made) -> None:
    async def question(client: Client) -> None:
        signals = (await client.get("/c/signal_type")).json()
        assert signals == [{"name": name, "enabled_ratio": 1.0} for name in ("pdq", "sha256", "md5")]
        assert (await client.get("/c/content_type")).json() == [{"name": "photo", "enabled": True}]
        index = (await client.get("/c/signal_type/index", params={"signal_type": "pdq"})).json()
        assert index["pdq"].keys() == {
            "db_size",
            "index_size",
            "index_out_of_date",
            "newest_db_item",
            "index_built_to",
        }
        assert index["pdq"]["index_out_of_date"] is False

    made.ask(question)


def test_the_service_says_that_it_lives(made: Made) -> None:
    async def question(client: Client) -> None:
        del client.headers["authorization"]
        for path in ("/livez", "/readyz", "/status", "/status/live"):
            found = await client.get(path)
            assert (found.status_code, found.text) == (200, "I-AM-ALIVE")
            assert (await client.head(path)).status_code == 200

    made.ask(question)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/c/exchanges"),
        ("POST", "/c/exchanges/api/ncmec"),
        ("GET", "/c/exchanges/api/ncmec/schema"),
        ("DELETE", "/c/exchange/SAMPLE"),
        ("PUT", "/c/signal_type/pdq"),
    ],
)
def test_what_is_set_up_on_the_machine_is_refused_here_with_the_way_out(made: Made, method: str, path: str) -> None:
    async def question(client: Client) -> None:
        found = await client.request(method, path, json={})
        assert (found.status_code, found.json()["reason"]) == (501, "not_supported")
        assert "(" in found.json()["message"]

    made.ask(question)


def test_an_exchange_that_is_not_there_is_not_found(made: Made) -> None:
    async def question(client: Client) -> None:
        assert isinstance((await client.get("/c/exchanges")).json(), list)
        assert isinstance((await client.get("/c/exchanges/apis")).json(), list)
        assert (await client.get("/c/exchange/NOWHERE")).status_code == 404
        assert (await client.get("/c/exchange/NOWHERE/status")).status_code == 404
        assert (await client.get("/c/exchanges/api/nowhere")).status_code == 400

    made.ask(question)
