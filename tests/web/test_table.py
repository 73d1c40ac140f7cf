"""Which scopes each request needs: every route has its row here, every scope is tried on every route."""

from __future__ import annotations

import asyncio

import pytest

from takeback.web.desk import Desk
from takeback.web.service import ROUTES, Service
from takeback.web.tokens import Scope
from takeback.web.uploads import UploadRule
from web.conftest import Client, Made, client

OPEN: tuple[str, ...] = ()
NEEDED: dict[str, tuple[str, ...]] = {
    "GET /livez": OPEN,
    "GET /readyz": OPEN,
    "GET /status": OPEN,
    "GET /status/live": OPEN,
    "GET /openapi.json": OPEN,
    "GET /openapi/openapi.json": OPEN,
    "GET /m/raw_lookup": ("lookup",),
    "GET /m/lookup": ("lookup",),
    "POST /m/lookup": ("lookup", "hash"),
    "POST /m/compare": ("lookup",),
    "GET /m/index/status": ("lookup",),
    "GET /h/hash": ("hash",),
    "POST /h/hash": ("hash",),
    "GET /c/banks": ("curate",),
    "POST /c/banks": ("curate",),
    "GET /c/bank/{name}": ("curate",),
    "PUT /c/bank/{name}": ("curate",),
    "DELETE /c/bank/{name}": ("curate",),
    "GET /c/bank/{name}/content/{id}": ("curate",),
    "POST /c/bank/{name}/content": ("curate",),
    "PUT /c/bank/{name}/content/{id}": ("curate",),
    "DELETE /c/bank/{name}/content/{id}": ("curate",),
    "POST /c/bank/{name}/signal": ("curate",),
    "GET /c/exchanges": ("exchanges",),
    "GET /c/exchanges/apis": ("exchanges",),
    "POST /c/exchanges": ("exchanges",),
    "GET /c/exchanges/api/{name}": ("exchanges",),
    "POST /c/exchanges/api/{name}": ("exchanges",),
    "GET /c/exchanges/api/{name}/schema": ("exchanges",),
    "GET /c/exchange/{name}": ("exchanges",),
    "GET /c/exchange/{name}/status": ("exchanges",),
    "PUT /c/exchange/{name}": ("exchanges",),
    "DELETE /c/exchange/{name}": ("exchanges",),
    "GET /c/signal_type": ("lookup",),
    "PUT /c/signal_type/{name}": ("curate",),
    "GET /c/signal_type/index": ("lookup",),
    "GET /c/content_type": ("lookup",),
    "POST /v1/lookups": ("lookup",),
    "POST /v1/hash": ("hash",),
    "GET /v1/banks": ("lookup",),
    "POST /v1/banks": ("curate",),
    "GET /v1/entries": ("curate",),
    "POST /v1/entries": ("curate",),
    "GET /v1/entries/{id}": ("curate",),
    "POST /v1/entries/withdraw": ("curate",),
    "POST /v1/entries/disable": ("curate",),
    "POST /v1/entries/enable": ("curate",),
    "POST /v1/entries/opinion": ("curate",),
    "POST /v1/entries/review": ("curate",),
    "GET /v1/review": ("curate",),
    "GET /v1/status": ("lookup",),
    "GET /v1/audit": ("audit",),
}
SHUT = {"forbidden", "token"}


def test_no_route_is_without_a_row_and_no_row_without_a_route() -> None:
    assert {f"{row.method} {row.path}" for row in ROUTES} == set(NEEDED)
    assert len(ROUTES) == len(NEEDED)


def test_every_scope_lets_through_exactly_what_its_rows_say(made: Made) -> None:
    """One service for all: each request with no token, with each scope alone, with all but one, with what it needs."""
    wrong: list[str] = []

    async def work() -> None:
        service = Service(lambda: Desk(made.rules))
        async with service.running() as desk:
            for row, needed in NEEDED.items():
                for scopes in sets_of_scopes(needed):
                    async with client(service, made.token(*scopes) if scopes else "") as asking:
                        asking.desk = desk
                        reason = await reason_of(asking, row)
                    allowed = set(needed) <= set(scopes)
                    if (reason not in SHUT) != allowed:
                        wrong.append(f"{row} with {sorted(scopes)}: {reason}")

    made.rules = type(made.rules)(banks=made.folder, uploads=UploadRule.STATED, rate=1e6, failures=1e6)
    for scopes in (each for needed in NEEDED.values() for each in sets_of_scopes(needed) if each):
        made.token(*scopes)  # before the service starts, which looks for new ones only now and then
    asyncio.run(work())
    assert wrong == []


def sets_of_scopes(needed: tuple[str, ...]) -> list[tuple[Scope, ...]]:
    alone = [(scope,) for scope in Scope]
    without = [tuple(scope for scope in Scope if scope != each) for each in needed]
    return [(), *alone, *without, tuple(Scope(each) for each in needed)]


async def reason_of(asking: Client, row: str) -> str:
    method, path = row.split(" ")
    filled = path.replace("{id}", "999").replace("{name}", "NOWHERE")
    reply = await asking.request(method, filled)
    if reply.status_code == 200 or not reply.headers["content-type"].startswith("application/json"):
        return ""
    return str(reply.json().get("reason", ""))


@pytest.mark.parametrize("path", ["/m/lookup", "/h/hash"])
def test_a_url_is_fetched_only_for_the_scope_hash(made: Made, path: str) -> None:
    async def question(asking: Client) -> str:
        return str((await asking.get(path, params={"url": "http://x.test/a.jpg"})).json()["reason"])

    assert made.ask(question, scopes=(Scope.LOOKUP,), uploads=UploadRule.ASSERTED) == "forbidden"
    assert made.ask(question, scopes=(Scope.LOOKUP, Scope.HASH), uploads=UploadRule.ASSERTED) == "fetch_off"


@pytest.mark.parametrize("path", ["/", "/v1", "/v1/", "/m/raw_lookup/", "/..", "/%2e%2e/etc", "/ui"])
def test_there_is_nothing_beside_the_table(made: Made, path: str) -> None:
    async def question(asking: Client) -> None:
        found = await asking.get(path)
        assert (found.status_code, found.json()["reason"]) == (404, "not_found")

    made.ask(question)


@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/m/raw_lookup"), ("PATCH", "/c/bank/X"), ("OPTIONS", "/v1/lookups")]
)
def test_a_method_that_has_no_row_is_refused_with_those_that_have(made: Made, method: str, path: str) -> None:
    async def question(asking: Client) -> None:
        found = await asking.request(method, path)
        assert (found.status_code, found.json()["reason"]) == (405, "method")
        assert set(found.headers["allow"].split(", ")) == {
            row.method for row in ROUTES if row.path.replace("{name}", "X") == path
        }

    made.ask(question)
