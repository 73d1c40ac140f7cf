"""Runs the service: one process, or several that share one socket and one copy of the index."""

from __future__ import annotations

import contextlib
import math
import socket
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from ipaddress import ip_address
from pathlib import Path

from takeback.errors import UnusableInput, UsageError
from takeback.jobs.bank_store import BankStore
from takeback.web.audit import audit_key
from takeback.web.rules import Rules
from takeback.web.tokens import LEAST_RATE, Tokens

HOST, PORT = "127.0.0.1", 8701
_BACKLOG = 2048
_CONNECTIONS = 1000
_KEEP_ALIVE_SECONDS = 30
_SHUTDOWN_SECONDS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Listening:
    """Where the service listens, and what stands between it and others.

    Away from loopback a token must not travel in the clear: either the service has a certificate, or whoever starts it
    says that a proxy in front of it has one.
    """

    host: str = HOST
    port: int = PORT
    certificate: Path | None = None
    key: Path | None = None
    behind_proxy: bool = False


def check(rules: Rules, listening: Listening) -> None:
    """A UsageError or BankError where the service cannot start like this."""
    if (listening.certificate is None) != (listening.key is None):
        raise UsageError("a certificate and its key go together (--tls-cert FILE --tls-key FILE)")
    if not (_is_loopback(listening.host) or listening.certificate or listening.behind_proxy):
        message = f"{listening.host} is not this machine alone, and tokens would travel in the clear"
        raise UsageError(f"{message} (give --tls-cert and --tls-key, or say --behind-proxy if a proxy ends TLS)")
    if not LEAST_RATE <= rules.rate < math.inf:
        raise UsageError(f"a rate is a number from {LEAST_RATE} up, not {rules.rate} (--rate)")
    BankStore.open(rules.banks).close()
    audit_key(rules.banks)
    list(Tokens(rules.banks))


def serve(rules: Rules, listening: Listening, *, told: Callable[[str], None] | None = None) -> None:
    """Answer until a signal ends it; several workers are processes that the first one watches and replaces.

    ``told`` hears where the service listens, once it does.
    """
    import uvicorn
    from uvicorn.supervisors import Multiprocess

    from takeback.web.service import make_service

    check(rules, listening)
    config = uvicorn.Config(
        partial(make_service, rules),
        factory=True,
        host=listening.host,
        port=listening.port,
        workers=rules.workers,
        ssl_certfile=listening.certificate,
        ssl_keyfile=listening.key,
        lifespan="on",
        ws="none",
        access_log=False,  # a query holds the hash that was asked for
        log_level="warning",
        proxy_headers=False,
        server_header=False,
        limit_concurrency=_CONNECTIONS,
        backlog=_BACKLOG,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=_SHUTDOWN_SECONDS,
    )
    with contextlib.closing(bound(listening)) as listener:
        if told is not None:
            host, port = listener.getsockname()[:2]
            told(f"{'https' if listening.certificate else 'http'}://{f'[{host}]' if ':' in host else host}:{port}")
        if rules.workers > 1:
            Multiprocess(config, sockets=[listener]).run()
        else:
            uvicorn.Server(config).run(sockets=[listener])


def bound(listening: Listening) -> socket.socket:
    """The socket that every worker listens at; an UnusableInput where the address cannot be had."""
    try:
        family, _, _, _, address = socket.getaddrinfo(listening.host, listening.port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, socket.SOCK_STREAM)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
            listener.listen(_BACKLOG)  # who comes before the workers do waits, and is not turned away
        except BaseException:
            listener.close()
            raise
    except OSError as error:
        where = f"{listening.host}:{listening.port}"
        raise UnusableInput(f"cannot listen at {where}: {error.strerror} (choose another --host or --port)") from error
    listener.set_inheritable(True)
    return listener


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
