"""Our routes for the state of the service and its trail."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec

from takeback import __version__
from takeback.web.audit import Entry, newest
from takeback.web.problem import Problem, Reason
from takeback.web.route import Call, Nothing, at
from takeback.web.tokens import Scope
from takeback.web.v1_banks import MOST


class ServiceState(msgspec.Struct, frozen=True, kw_only=True):
    """The state of the service."""

    version: str
    index_version: str
    banks: int
    entries: int
    workers: int
    uploads: str
    fetches: bool


class TrailQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which entries of the trail: in a span of time, of a token, about a hash; the newest first."""

    since: datetime | None = None
    until: datetime | None = None
    token: str | None = None
    hash: str | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=MOST)] = 100


@at("GET", "/v1/status", scope=Scope.LOOKUP, query=Nothing, body=Nothing)
async def status(call: Call, query: Nothing, body: Nothing) -> ServiceState:
    """The state of the service."""
    store, rules = call.desk.banks, call.desk.rules
    counts = await call.desk.counts()
    return ServiceState(
        version=__version__,
        index_version=store.index_version,
        banks=len(store.banks()),
        entries=sum(sum(states.values()) for states in counts.values()),
        workers=rules.workers,
        uploads=rules.uploads.value,
        fetches=bool(rules.fetch.hosts),
    )


@at("GET", "/v1/audit", scope=Scope.AUDIT, query=TrailQuery, body=Nothing)
async def audit(call: Call, query: TrailQuery, body: Nothing) -> list[Entry]:
    """What was asked, by whom, and what it hit; about one hash, if one is given."""
    digest = None if query.hash is None else call.desk.trail.digest(query.hash)
    call.subjects += () if digest is None else (digest,)
    for time in (query.since, query.until):
        if time is not None and time.tzinfo is None:
            raise Problem(400, Reason.BAD_QUERY, "since and until need a time zone, for example 2027-01-31T12:00:00Z")

    def wanted(found: Entry) -> bool:
        return (
            (query.since is None or found.time >= query.since)
            and (query.until is None or found.time <= query.until)
            and (query.token is None or found.by == query.token)
            and (digest is None or digest in found.subjects)
        )

    folder = call.desk.rules.banks
    return await call.desk.read(lambda: newest(folder, wanted, limit=query.limit))
