"""A row of the service's table: which request, by which scope, with what in it, answered by what."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, TypeVar, get_type_hints
from urllib.parse import parse_qsl

import msgspec

from takeback.web.problem import Problem, Reason
from takeback.web.tokens import Scope

if TYPE_CHECKING:
    from takeback.web.desk import Desk
    from takeback.web.tokens import Token

JSON_BYTES = 1 << 20
NO_BODY = 0
_MAX_FIELDS = 32
_ID_DIGITS = 18
_PLAIN_QUERY = re.compile(rb"[\w.~-]+=[\w.~,:-]*(?:&[\w.~-]+=[\w.~,:-]*)*", re.ASCII)

Query = TypeVar("Query")
Body = TypeVar("Body")
Result = TypeVar("Result")


class Nothing(msgspec.Struct, frozen=True):
    """A request that carries nothing of this kind."""


class Raw(msgspec.Struct, frozen=True):
    """A body that the route reads itself: a picture, or a form that holds one."""


@dataclass(slots=True, kw_only=True)
class Call:
    """One request on its way: who asks, what the path and the body say, and what the trail is to keep of it."""

    desk: Desk
    token: Token | None
    path: dict[str, str] = field(default_factory=dict)
    content_type: str = ""
    body: bytes = b""
    subjects: tuple[str, ...] = ()
    hits: tuple[int, ...] = ()
    distances: bool = False
    note: str = ""

    def may(self, scope: Scope) -> bool:
        """Whether the token has this scope too."""
        return self.token is not None and scope in self.token.scopes

    def need(self, scope: Scope) -> None:
        """A `Problem` unless the token has this scope too."""
        if not self.may(scope):
            raise lacks(scope)

    def owe(self, cost: int) -> None:
        """Count more look-ups than the one that every request costs."""
        if self.token is not None and cost > 0:
            self.desk.owe(self.token, cost)

    @property
    def id(self) -> int:
        """The number that the path names; a `Problem` where it is none that an entry could have."""
        text = self.path["id"]
        if not (text.isascii() and text.isdecimal() and len(text) <= _ID_DIGITS):
            raise Problem(404, Reason.NOT_FOUND, f"no entry has the id {text[:40]!r}")
        return int(text)

    @property
    def by(self) -> str:
        """Who asks, in the words of the trail."""
        return "" if self.token is None else f"token:{self.token.id}"

    def about(self, *hashes: str) -> None:
        """Note what is asked about; the trail keeps keyed digests."""
        self.subjects += tuple(self.desk.trail.digest(each) for each in hashes)


Handler = Callable[[Call, bytes], Awaitable[object]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One method at one path.

    ``scope`` None means: open to anybody. ``run`` takes a call and the query string, and gives what is sent as JSON, or
    as text where it is a string. ``query``, ``body`` and ``answer`` are the types of the OpenAPI description. One that
    ``waits`` for nothing but its look-up cannot be late by waiting, and needs no clock that would interrupt it.
    """

    method: str
    path: str
    scope: Scope | None
    run: Handler
    query: type
    body: type
    answer: object
    summary: str
    status: int
    max_bytes: int
    tag: str
    waits: bool


@dataclass(frozen=True, slots=True)
class at(Generic[Query, Body]):  # noqa: N801  # reads as a word where it decorates
    """Makes the function below it a row of the table."""

    method: str
    path: str
    scope: Scope | None = field(kw_only=True)
    query: type[Query] = field(kw_only=True)
    body: type[Body] = field(kw_only=True)
    status: int = field(default=200, kw_only=True)
    max_bytes: int | None = field(default=None, kw_only=True)
    waits: bool = field(default=True, kw_only=True)

    def __call__(self, handler: Callable[[Call, Query, Body], Awaitable[Result]]) -> Route:
        """The row, whose types are those of the function."""
        query, body = self.query, self.body
        no_query = query is Nothing
        empty_query = query() if no_query else None
        no_body = body is Nothing or body is Raw
        empty_body = body() if no_body else None

        async def run(call: Call, query_string: bytes) -> object:
            asked = read_query(query_string, query) if empty_query is None else empty_query
            sent = read_body(call.body, body) if empty_body is None else empty_body
            return await handler(call, asked, sent)

        largest = NO_BODY if body is Nothing else JSON_BYTES
        return Route(
            method=self.method,
            path=self.path,
            scope=self.scope,
            run=run,
            query=query,
            body=body,
            answer=get_type_hints(handler)["return"],
            summary=(handler.__doc__ or "").strip().partition("\n")[0],
            status=self.status,
            max_bytes=largest if self.max_bytes is None else self.max_bytes,
            tag=handler.__module__.rpartition(".")[2],
            waits=self.waits,
        )


def read_query(text: bytes, kind: type[Query]) -> Query:
    """The typed query; a `Problem` says which field is wrong."""
    try:
        pairs = _plain_pairs(text) or parse_qsl(
            text.decode("ascii"), keep_blank_values=True, strict_parsing=bool(text), max_num_fields=_MAX_FIELDS
        )
        fields = dict(pairs)
        asked = msgspec.convert(fields, kind, strict=False)
    except (msgspec.ValidationError, ValueError) as error:
        raise Problem(400, Reason.BAD_QUERY, f"the query cannot be read: {error}") from error
    if len(fields) < len(pairs):
        raise Problem(400, Reason.BAD_QUERY, "the query cannot be read: a field is there twice")
    return asked


def _plain_pairs(text: bytes) -> list[tuple[str, str]]:
    """What `parse_qsl` says of a query without an escape in it, in less time; nothing where it is not plain."""
    plain = _PLAIN_QUERY.fullmatch(text)
    if plain is None or text.count(b"&") >= _MAX_FIELDS:
        return []
    pairs = [each.partition("=") for each in text.decode("ascii").split("&")]
    return [(name, value) for name, _, value in pairs]


def read_body(content: bytes, kind: type[Body]) -> Body:
    """The typed body; a `Problem` says which field is wrong."""
    try:
        return msgspec.json.decode(content, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Problem(400, Reason.BAD_BODY, f"the body cannot be read: {error}") from error


def lacks(scope: Scope) -> Problem:
    """The refusal of a token that lacks a scope."""
    return Problem(403, Reason.FORBIDDEN, f"this token lacks the scope {scope.value!r} (ask whoever keeps the bank)")
