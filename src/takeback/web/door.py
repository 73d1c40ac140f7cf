"""The one way in: every request is known, allowed, bounded and written down before its answer leaves."""

from __future__ import annotations

import asyncio
import logging
import traceback
from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence
from typing import Any

import msgspec

from takeback.errors import (
    BankError,
    HarmRule,
    HashRefused,
    Refused,
    StorageFull,
    TakebackError,
    UnusableInput,
    UsageError,
)
from takeback.web.audit import Entry
from takeback.web.desk import Desk
from takeback.web.problem import Problem, Reason
from takeback.web.route import Call, Route, lacks
from takeback.web.tokens import Token

Scope = MutableMapping[str, Any]  # ASGI's own shape
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]  # as above
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]  # as above
Headers = Sequence[tuple[bytes, bytes]]

_LOG = logging.getLogger("takeback.web")
_SERVER_FAULT = 500
_FIXED: tuple[tuple[bytes, bytes], ...] = (
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
)
_JSON = (b"content-type", b"application/json")
_TEXT = (b"content-type", b"text/plain; charset=utf-8")
_NO_TOKEN = "send a token: `Authorization: Bearer tbk_...` (`takeback bank token new` makes one)"  # noqa: S105  # advice
_BAD_TOKEN = "this token is unknown, expired or revoked (`takeback bank token list` says which there are)"  # noqa: S105  # as above
NOBODY = "nobody"
"""The one bucket of all who show no valid token, so that nobody fills the trail with failures."""


class ErrorBody(msgspec.Struct, frozen=True, kw_only=True):
    """What is sent instead of an answer."""

    message: str
    reason: str
    details: str | None = None


class Door:
    """Answers one request after its route was found."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._encoder = msgspec.json.Encoder()

    async def answer(
        self, rows: Mapping[str, Route], path: Mapping[str, str], scope: Scope, receive: Receive, send: Send
    ) -> None:
        """Send what the row for this method says, or why not."""
        method = "GET" if scope["method"] == "HEAD" else scope["method"]
        row: Route | None = None
        call = Call(desk=self._desk, token=None, path=dict(path))
        try:
            row = _row(rows, method)
            status, content, headers = await self._served(row, call, scope, receive)
        except Exception as error:  # noqa: BLE001  # whatever it was, the client gets one typed answer and the service goes on
            problem = problem_of(error)
            if problem.status >= _SERVER_FAULT and problem is not error:
                _log(f"{method} {row.path if row else ''}", error)
            if row is not None and row.scope is not None and problem.reason is not Reason.TOO_MANY:
                problem = await self._kept(row, call, problem)
            status, content, headers = _said(problem)
        await _send(send, status, content, headers)

    @staticmethod
    async def refuse(problem: Problem, send: Send) -> None:
        """Send a refusal of a request that has no route."""
        await _send(send, *_said(problem))

    async def _served(
        self, row: Route, call: Call, scope: Scope, receive: Receive
    ) -> tuple[int, bytes, list[tuple[bytes, bytes]]]:
        headers: Headers = scope["headers"]
        if row.scope is not None:
            call.token = self._token(headers)
            if row.scope not in call.token.scopes:
                raise lacks(row.scope)
            self._desk.spend(call.token)
        rules = self._desk.rules
        if row.max_bytes:
            call.content_type = _header(headers, b"content-type")
            async with asyncio.timeout(rules.body_seconds):
                call.body = await _body(row.max_bytes, headers, receive)
        if row.waits:
            async with asyncio.timeout(rules.answer_seconds):
                result = await row.run(call, scope["query_string"])
        else:
            result = await row.run(call, scope["query_string"])
        if row.scope is not None:
            await self._desk.trail.keep(self._entry(row, call, row.status))
        if isinstance(result, str):
            return row.status, result.encode(), [_TEXT]
        return row.status, self._encoder.encode(result), [_JSON]

    def _token(self, headers: Headers) -> Token:
        """The valid token that came with the request."""
        given = _header(headers, b"authorization")
        kind, _, text = given.partition(" ")
        token = self._desk.tokens.find(text.strip()) if kind.lower() == "bearer" else None
        if token is None:
            self._desk.spend_for_nobody()
            why = _BAD_TOKEN if given else _NO_TOKEN
            raise Problem(401, Reason.TOKEN, why, headers=(("www-authenticate", 'Bearer realm="takeback"'),))
        return token

    async def _kept(self, row: Route, call: Call, problem: Problem) -> Problem:
        """The refusal, once the trail has it; if it cannot, that is the refusal."""
        if problem.reason is Reason.AUDIT_FAILED:
            return problem
        try:
            await self._desk.trail.keep(self._entry(row, call, problem.status, problem.reason.value))
        except Exception as error:  # noqa: BLE001  # without a trail there is no answer, whatever the cause
            return _no_trail(error)
        return problem

    def _entry(self, row: Route, call: Call, status: int, reason: str = "") -> Entry:
        return Entry(
            time=self._desk.trail.now(),
            by="" if call.token is None else call.token.id,
            act=f"{row.method} {row.path}",
            status=status,
            reason=reason,
            subjects=call.subjects,
            hits=call.hits,
            distances=call.distances,
            note=call.note,
        )


def _said(problem: Problem) -> tuple[int, bytes, list[tuple[bytes, bytes]]]:
    body = msgspec.json.encode(ErrorBody(message=str(problem), reason=problem.reason.value))
    extra = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in problem.headers]
    return problem.status, body, [_JSON, *extra]


def problem_of(error: Exception) -> Problem:  # noqa: PLR0911  # one return a kind of error is the plainest table
    """How an error is told to a client."""
    match error:
        case Problem():
            return error
        case TimeoutError():
            return Problem(503, Reason.TOO_SLOW, "this took longer than the service allows (send less at once)")
        case HarmRule():
            return Problem(403, Reason.HARM_RULE, str(error))
        case HashRefused():
            return Problem(400, Reason.BAD_HASH, str(error))
        case Refused() | UsageError():
            return Problem(400, Reason.BANK_REFUSED, str(error))
        case BankError() | StorageFull() | UnusableInput():
            message = "the banks cannot be used at this moment (the log of the service says why)"  # with its paths
            return Problem(503, Reason.UNAVAILABLE, message, headers=(("retry-after", "1"),))
        case _:
            return Problem(500, Reason.OURS, f"an error of ours, not yours: {type(error).__name__}")


def _log(what: str, error: Exception) -> None:
    """Where an error happened; of its words only those that are ours, since others may quote what a client sent."""
    words = str(error) if isinstance(error, TakebackError) else "".join(traceback.format_tb(error.__traceback__))
    _LOG.error("%s: %s: %s", what, type(error).__name__, words)


def _row(rows: Mapping[str, Route], method: str) -> Route:
    """The row for a method, or a `Problem` that says which methods there are."""
    if method not in rows:
        allowed = (("allow", ", ".join(sorted(rows))),)
        raise Problem(405, Reason.METHOD, f"{method[:20]} is not for this path", headers=allowed)
    return rows[method]


def _no_trail(error: Exception) -> Problem:
    message = f"not answered, since the audit trail cannot be written: {type(error).__name__}"
    return Problem(503, Reason.AUDIT_FAILED, message, headers=(("retry-after", "5"),))


def _header(headers: Headers, name: bytes) -> str:
    """The value of a header that may be there once; ASGI gives names in lower case."""
    for each, value in headers:
        if each == name:
            return value.decode("latin-1")
    return ""


async def _body(most: int, headers: Headers, receive: Receive) -> bytes:
    """The body, at most so many bytes of it, whatever it says of its length."""
    too_large = Problem(413, Reason.TOO_LARGE, f"the body is over {most} bytes (send less at once)")
    claimed = _header(headers, b"content-length")
    if claimed.isdigit() and int(claimed) > most:
        raise too_large
    content = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise Problem(400, Reason.BAD_BODY, "the connection ended before the body did")
        content += message.get("body", b"")
        if len(content) > most:
            raise too_large
        if not message.get("more_body", False):
            return bytes(content)


async def _send(send: Send, status: int, content: bytes, headers: list[tuple[bytes, bytes]]) -> None:
    length = (b"content-length", str(len(content)).encode())
    await send({"type": "http.response.start", "status": status, "headers": [*headers, length, *_FIXED]})
    await send({"type": "http.response.body", "body": content})
