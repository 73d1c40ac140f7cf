"""The service: its table of routes as an ASGI application, and the server that runs it."""

from __future__ import annotations

import functools
import gc
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager

import msgspec
from starlette import routing

from takeback.web import hma_banks, hma_match, hma_rest, v1_banks, v1_lookups, v1_state
from takeback.web.desk import Desk
from takeback.web.door import Door, Receive, Scope, Send
from takeback.web.openapi import openapi
from takeback.web.problem import Problem, Reason
from takeback.web.route import Call, Nothing, Route, at
from takeback.web.rules import Rules

ROOMS = (hma_match, hma_banks, hma_rest, v1_lookups, v1_banks, v1_state)
_NOWHERE = Problem(404, Reason.NOT_FOUND, "there is nothing at this path (/openapi.json lists what there is)")


@at("GET", "/openapi.json", scope=None, query=Nothing, body=Nothing)
async def described(call: Call, query: Nothing, body: Nothing) -> msgspec.Raw:
    """The OpenAPI description of the service."""
    return _description()


@at("GET", "/openapi/openapi.json", scope=None, query=Nothing, body=Nothing)
async def described_as_in_hma(call: Call, query: Nothing, body: Nothing) -> msgspec.Raw:
    """The OpenAPI description of the service, where HMA has its own."""
    return _description()


@functools.cache
def _description() -> msgspec.Raw:
    """Made once: it is given to anybody, and may not be a way to keep the service busy."""
    return msgspec.Raw(msgspec.json.encode(openapi(ROUTES)))


ROUTES: tuple[Route, ...] = (
    *(row for room in ROOMS for row in vars(room).values() if isinstance(row, Route)),
    described,
    described_as_in_hma,
)
"""Every request that the service answers; there is no other way in."""


class Service:
    """The ASGI application: paths without a pattern are found at once, the others by Starlette's router."""

    def __init__(self, make_desk: Callable[[], Desk], *, routes: tuple[Route, ...] = ROUTES) -> None:
        self._make_desk = make_desk
        self._door: Door | None = None
        by_path: dict[str, dict[str, Route]] = {}
        for row in routes:
            by_path.setdefault(row.path, {})[row.method] = row
        self._exact = {path: rows for path, rows in by_path.items() if "{" not in path}
        self._router = routing.Router(
            [routing.Route(path, _Place(self, rows)) for path, rows in by_path.items() if "{" in path],
            redirect_slashes=False,
            default=self._nowhere,
            lifespan=self._lifespan,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or live from startup to shutdown."""
        rows = self._exact.get(scope["path"]) if scope["type"] == "http" else None
        if rows is None:
            await self._router(scope, receive, send)
        else:
            await self.answer(rows, {}, scope, receive, send)

    async def answer(
        self, rows: Mapping[str, Route], path: Mapping[str, str], scope: Scope, receive: Receive, send: Send
    ) -> None:
        """Answer by one of the rows of a path."""
        assert self._door is not None, "the service answers while it runs"
        await self._door.answer(rows, path, scope, receive, send)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Desk]:
        """The time in which it answers; its desk opens and closes with it."""
        desk = self._make_desk()
        self._door = Door(desk)
        try:
            yield desk
        finally:
            self._door = None
            await desk.close()

    @asynccontextmanager
    async def _lifespan(self, app: object) -> AsyncIterator[None]:
        async with self.running():
            yield

    async def _nowhere(self, scope: Scope, receive: Receive, send: Send) -> None:  # ASGI's signature
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1000})
            return
        await Door.refuse(_NOWHERE, send)


class _Place:
    """The rows of one path with a pattern, as Starlette calls them."""

    def __init__(self, service: Service, rows: Mapping[str, Route]) -> None:
        self._service = service
        self._rows = rows

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = {name: str(value) for name, value in scope["path_params"].items()}
        await self._service.answer(self._rows, path, scope, receive, send)


def make_service(rules: Rules) -> Service:
    """The application with these rules, for a process that does nothing else."""

    def desk() -> Desk:
        made = Desk(rules)
        gc.collect()
        gc.freeze()  # what is there now stays: looking through it again would stop all answers for a while
        return made

    return Service(desk)
