"""HMA's other routes: exchanges, signal types, content types, and whether the service lives."""

from __future__ import annotations

import msgspec

from takeback.plugins import installed
from takeback.web.hma_match import SIGNAL_TYPES, IndexQuery, signal_type
from takeback.web.problem import Problem, Reason
from takeback.web.route import Call, Nothing, at
from takeback.web.tokens import Scope

_ALIVE = "I-AM-ALIVE"
_BY_COMMAND = (
    "exchanges are set up and run on the machine of the bank, where their keys are, and never over this service "
    "(files of hashes: `takeback bank import` there)"
)


class SignalType(msgspec.Struct, frozen=True, kw_only=True):
    """A signal type; each is always enabled, a bank has its own share."""

    name: str
    enabled_ratio: float


class ContentType(msgspec.Struct, frozen=True, kw_only=True):
    """A content type."""

    name: str
    enabled: bool


class TypeIndex(msgspec.Struct, frozen=True, kw_only=True):
    """The state of an index, which is always up to date."""

    db_size: int
    index_size: int
    index_out_of_date: bool
    newest_db_item: int
    index_built_to: int


class ExchangeApi(msgspec.Struct, frozen=True, kw_only=True):
    """Whether an exchange takes credentials; that they are set is not told, and they are never taken."""

    supports_authentification: bool
    has_set_authentification: bool


@at("GET", "/c/exchanges", scope=Scope.EXCHANGES, query=Nothing, body=Nothing)
async def exchanges(call: Call, query: Nothing, body: Nothing) -> list[str]:
    """The exchanges that are installed."""
    return [entry.name for entry in installed("exchanges")]


@at("GET", "/c/exchanges/apis", scope=Scope.EXCHANGES, query=Nothing, body=Nothing)
async def exchange_apis(call: Call, query: Nothing, body: Nothing) -> list[str]:
    """The kinds of exchange that are installed."""
    return [entry.name for entry in installed("exchanges")]


@at("POST", "/c/exchanges", scope=Scope.EXCHANGES, query=Nothing, body=dict[str, msgspec.Raw])
async def new_exchange(call: Call, query: Nothing, body: dict[str, msgspec.Raw]) -> dict[str, str]:
    """Refused: exchanges are set up where their keys are."""
    raise Problem(501, Reason.NOT_SUPPORTED, _BY_COMMAND)


@at("GET", "/c/exchanges/api/{name}", scope=Scope.EXCHANGES, query=Nothing, body=Nothing)
async def exchange_api(call: Call, query: Nothing, body: Nothing) -> ExchangeApi:
    """One kind of exchange."""
    if call.path["name"] not in {entry.name for entry in installed("exchanges")}:
        raise Problem(400, Reason.NOT_FOUND, f"no such Exchange API {call.path['name'][:80]!r}")
    return ExchangeApi(supports_authentification=False, has_set_authentification=False)


@at("POST", "/c/exchanges/api/{name}", scope=Scope.EXCHANGES, query=Nothing, body=dict[str, msgspec.Raw])
async def set_exchange_api(call: Call, query: Nothing, body: dict[str, msgspec.Raw]) -> ExchangeApi:
    """Refused: credentials are never taken over the service."""
    raise Problem(501, Reason.NOT_SUPPORTED, _BY_COMMAND)


@at("GET", "/c/exchanges/api/{name}/schema", scope=Scope.EXCHANGES, query=Nothing, body=Nothing)
async def exchange_schema(call: Call, query: Nothing, body: Nothing) -> dict[str, str]:
    """Refused: there is no form to fill over the service."""
    raise Problem(501, Reason.NOT_SUPPORTED, _BY_COMMAND)


@at("GET", "/c/exchange/{name}", scope=Scope.EXCHANGES, query=Nothing, body=Nothing)
async def exchange(call: Call, query: Nothing, body: Nothing) -> dict[str, str]:
    """One exchange."""
    return {"name": _exchange(call), "api": call.path["name"]}


@at("GET", "/c/exchange/{name}/status", scope=Scope.EXCHANGES, query=Nothing, body=Nothing)
async def exchange_status(call: Call, query: Nothing, body: Nothing) -> dict[str, str]:
    """Refused: an exchange is pulled by a command, which prints how that went."""
    _exchange(call)
    raise Problem(501, Reason.NOT_SUPPORTED, _BY_COMMAND)


@at("PUT", "/c/exchange/{name}", scope=Scope.EXCHANGES, query=Nothing, body=dict[str, msgspec.Raw])
async def change_exchange(call: Call, query: Nothing, body: dict[str, msgspec.Raw]) -> dict[str, str]:
    """Refused: exchanges are set up where their keys are."""
    _exchange(call)
    raise Problem(501, Reason.NOT_SUPPORTED, _BY_COMMAND)


@at("DELETE", "/c/exchange/{name}", scope=Scope.EXCHANGES, query=Nothing, body=Nothing)
async def delete_exchange(call: Call, query: Nothing, body: Nothing) -> dict[str, str]:
    """Refused: exchanges are set up where their keys are."""
    raise Problem(501, Reason.NOT_SUPPORTED, _BY_COMMAND)


@at("GET", "/c/signal_type", scope=Scope.LOOKUP, query=Nothing, body=Nothing)
async def signal_types(call: Call, query: Nothing, body: Nothing) -> list[SignalType]:
    """The signal types."""
    return [SignalType(name=name, enabled_ratio=1.0) for name in SIGNAL_TYPES]


@at("PUT", "/c/signal_type/{name}", scope=Scope.CURATE, query=Nothing, body=dict[str, msgspec.Raw])
async def change_signal_type(call: Call, query: Nothing, body: dict[str, msgspec.Raw]) -> SignalType:
    """Refused: a signal type is always enabled; a bank has its own share."""
    signal_type(call.path["name"])
    message = "signal types are always enabled (change the share of a bank: PUT /c/bank/NAME)"
    raise Problem(501, Reason.NOT_SUPPORTED, message)


@at("GET", "/c/signal_type/index", scope=Scope.LOOKUP, query=IndexQuery, body=Nothing)
async def signal_type_index(call: Call, query: IndexQuery, body: Nothing) -> dict[str, TypeIndex]:
    """The state of each index, which is always up to date."""
    wanted = SIGNAL_TYPES if query.signal_type is None else (signal_type(query.signal_type),)
    size = sum(sum(states.values()) for states in (await call.desk.counts()).values())
    now = int(call.desk.trail.now().timestamp())
    state = TypeIndex(db_size=size, index_size=size, index_out_of_date=False, newest_db_item=now, index_built_to=now)
    return dict.fromkeys(wanted, state)


@at("GET", "/c/content_type", scope=Scope.LOOKUP, query=Nothing, body=Nothing)
async def content_types(call: Call, query: Nothing, body: Nothing) -> list[ContentType]:
    """The content types: photographs alone."""
    return [ContentType(name="photo", enabled=True)]


@at("GET", "/livez", scope=None, query=Nothing, body=Nothing)
async def livez(call: Call, query: Nothing, body: Nothing) -> str:
    """That the process answers."""
    return _ALIVE


@at("GET", "/status/live", scope=None, query=Nothing, body=Nothing)
async def status_live(call: Call, query: Nothing, body: Nothing) -> str:
    """That the process answers."""
    return _ALIVE


@at("GET", "/readyz", scope=None, query=Nothing, body=Nothing)
async def readyz(call: Call, query: Nothing, body: Nothing) -> str:
    """That the banks can be read; 503 where they cannot."""
    _ready(call)
    return _ALIVE


@at("GET", "/status", scope=None, query=Nothing, body=Nothing)
async def status(call: Call, query: Nothing, body: Nothing) -> str:
    """That the banks can be read; 503 where they cannot."""
    _ready(call)
    return _ALIVE


def _ready(call: Call) -> None:
    """A BankError where the banks cannot be read."""
    assert call.desk.banks.index_version


def _exchange(call: Call) -> str:
    """The name of an exchange that is installed."""
    name = call.path["name"]
    if name not in {entry.name for entry in installed("exchanges")}:
        raise Problem(404, Reason.NOT_FOUND, f"Exchange {name[:80]!r} not found")
    return name
