"""The OpenAPI description of the service, made from the table of routes and the types in it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from takeback import __version__
from takeback.web.door import ErrorBody
from takeback.web.route import Nothing, Raw, Route

Json = Mapping[str, Any]  # a JSON schema has no narrower type
_REFERENCE = "#/components/schemas/{name}"
_PARAMETER = re.compile(r"\{(\w+)\}")
_REFUSED = "Refused: `reason` is for programs, `message` for people"


def openapi(routes: Iterable[Route]) -> Json:
    """The description as OpenAPI 3.1."""
    table = tuple(routes)
    types = [each for row in table for each in (row.query, row.body, row.answer) if each not in (Nothing, Raw, str)]
    schemas, components = msgspec.json.schema_components([*types, ErrorBody], ref_template=_REFERENCE)
    known = iter(schemas)
    paths: dict[str, dict[str, Json]] = {}
    for row in table:
        query = next(known) if row.query is not Nothing else None
        body = next(known) if row.body not in (Nothing, Raw) else None
        answer = next(known) if row.answer is not str else None
        paths.setdefault(row.path, {})[row.method.lower()] = _operation(row, query, body, answer, components)
    return {
        "openapi": "3.1.0",
        "info": {"title": "takeback: the service of a hash bank", "version": __version__},
        "components": {
            "schemas": components,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer", "bearerFormat": "tbk_ID_SECRET"}},
        },
        "paths": paths,
    }


def _operation(row: Route, query: Json | None, body: Json | None, answer: Json | None, components: Json) -> Json:
    content = (
        {"text/plain": {"schema": {"type": "string"}}} if answer is None else {"application/json": {"schema": answer}}
    )
    operation: dict[str, Any] = {  # as above
        "summary": row.summary,
        "operationId": f"{row.method.lower()}{re.sub(r'[^0-9A-Za-z]+', '_', row.path)}",
        "tags": [row.tag],
        "security": [] if row.scope is None else [{"token": [row.scope.value]}],
        "parameters": [*_in_path(row), *_in_query(query, components)],
        "responses": {
            str(row.status): {"description": row.summary, "content": content},
            "default": {
                "description": _REFUSED,
                "content": {"application/json": {"schema": {"$ref": _REFERENCE.format(name=ErrorBody.__name__)}}},
            },
        },
    }
    if row.body is Raw:
        operation["requestBody"] = {"content": _picture()}
    elif body is not None:
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": body}}}
    return operation


def _in_path(row: Route) -> list[Json]:
    return [
        {"name": name, "in": "path", "required": True, "schema": {"type": "integer" if name == "id" else "string"}}
        for name in _PARAMETER.findall(row.path)
    ]


def _in_query(query: Json | None, components: Json) -> list[Json]:
    if query is None:
        return []
    found = components[str(query["$ref"]).rpartition("/")[2]]
    required = found.get("required", ())
    return [
        {"name": name, "in": "query", "required": name in required, "schema": schema}
        for name, schema in found["properties"].items()
    ]


def _picture() -> Json:
    binary = {"type": "string", "contentMediaType": "image/*"}
    form = {"type": "object", "properties": {"photo": binary, "under_18": {"enum": ["no", "yes", "unknown"]}}}
    return {"multipart/form-data": {"schema": form}, "image/*": {"schema": binary}}
