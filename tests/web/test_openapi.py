from __future__ import annotations

import json
from typing import Any

from takeback.web.door import ErrorBody
from takeback.web.openapi import openapi
from takeback.web.route import Nothing, Raw
from takeback.web.service import ROUTES
from web.conftest import Client, Made


def references(value: Any) -> set[str]:
    if isinstance(value, dict):
        inner = set().union(*map(references, value.values())) if value else set()
        return inner | ({value["$ref"]} if isinstance(value.get("$ref"), str) else set())
    return set().union(*map(references, value)) if isinstance(value, list) and value else set()


def test_every_route_is_described_with_its_scope_and_its_types() -> None:
    description = json.loads(json.dumps(openapi(ROUTES)))
    operations = {
        (method.upper(), path): operation
        for path, methods in description["paths"].items()
        for method, operation in methods.items()
    }
    assert len(operations) == len(ROUTES)
    assert len({operation["operationId"] for operation in operations.values()}) == len(ROUTES)
    for row in ROUTES:
        operation = operations[row.method, row.path]
        assert operation["summary"].endswith(".")
        assert operation["security"] == ([] if row.scope is None else [{"token": [row.scope.value]}])
        assert str(row.status) in operation["responses"]
        assert ("requestBody" in operation) == (row.body is not Nothing)
        assert row.body is Raw or row.max_bytes <= 1 << 20


def test_every_schema_that_is_referred_to_is_there() -> None:
    description = json.loads(json.dumps(openapi(ROUTES)))
    known = {f"#/components/schemas/{name}" for name in description["components"]["schemas"]}
    assert references(description) <= known
    assert f"#/components/schemas/{ErrorBody.__name__}" in known


def test_the_query_of_a_route_is_described_field_by_field() -> None:
    parameters = openapi(ROUTES)["paths"]["/m/raw_lookup"]["get"]["parameters"]
    required = {each["name"]: each["required"] for each in parameters}
    assert required == {"signal": True, "signal_type": True, "banks": False, "include_distance": False}


def test_the_service_gives_its_description_to_anybody(made: Made) -> None:
    async def question(client: Client) -> None:
        del client.headers["authorization"]
        for path in ("/openapi.json", "/openapi/openapi.json"):
            found = await client.get(path)
            assert found.status_code == 200
            assert found.json()["openapi"] == "3.1.0"

    made.ask(question)
