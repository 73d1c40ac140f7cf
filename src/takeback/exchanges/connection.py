"""A connection to the one host of an exchange: it waits, tries again, follows nobody, reads no more than it may."""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import ModuleType, TracebackType
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

import numpy as np

from takeback.errors import ExchangeError, UsageError

if TYPE_CHECKING:
    import httpx

MAX_ANSWER_BYTES = 64 << 20
_TIMEOUT_SECONDS = 60.0
_TOO_MANY = 429
_REFUSED = frozenset({401, 403})
_PASSING = frozenset({_TOO_MANY, 500, 502, 503, 504})
_NOT_DONE = frozenset({_TOO_MANY, 503})
"""Answers that say that nothing was done; after another one a message may have been taken, and is not sent twice."""
_REPEATABLE = frozenset({"GET", "PUT"})
_NOT_INSTALLED = "exchanges need httpx (python -m pip install 'takeback[exchange]')"


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How often to try, and how long to wait: doubled each time, between half and one and a half of it by chance."""

    attempts: int = 5
    first_seconds: float = 1.0
    longest_seconds: float = 300.0


class Connection:
    """Speaks HTTPS with one host; HTTP only with this machine itself.

    ``rng`` draws the waiting times, ``sleep`` waits and ``now`` tells the time, so that a test needs to wait for
    nothing. No proxy, credential or certificate is taken from the environment, and no redirect is followed: it would
    carry credentials to a host that nobody named.
    """

    def __init__(
        self,
        host: str,
        *,
        headers: Mapping[str, str] | None = None,
        login: tuple[str, str] | None = None,
        rng: np.random.Generator | None = None,
        sleep: Callable[[float], None] = time.sleep,
        now: Callable[[], datetime] = lambda: datetime.now(tz=UTC),
        patience: Patience | None = None,
    ) -> None:
        self.host = checked_host(host)
        self._headers = dict(headers or {})
        self._login = login
        self._rng = rng or np.random.default_rng()
        self._sleep = sleep
        self._now = now
        self._patience = patience or Patience()
        self._client: httpx.Client | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the host."""
        if self._client is not None:
            self._client.close()
            self._client = None

    def get(
        self, path: str, query: Mapping[str, str] | None = None, *, headers: Mapping[str, str] | None = None
    ) -> bytes:
        """What the host answers to a question."""
        return self._until_answered("GET", path, query, b"", dict(headers or {}))

    def send(
        self, method: str, path: str, body: bytes, *, content_type: str, headers: Mapping[str, str] | None = None
    ) -> bytes:
        """What the host answers to a message; it is sent again only where it cannot have been taken."""
        return self._until_answered(method, path, None, body, {**(headers or {}), "Content-Type": content_type})

    def _until_answered(
        self, method: str, path: str, query: Mapping[str, str] | None, body: bytes, headers: dict[str, str]
    ) -> bytes:
        httpx = _httpx()
        where = f"{self.host}{path.partition('?')[0]}"
        for attempt in range(1, self._patience.attempts + 1):
            last = attempt == self._patience.attempts
            wait = self._patience.first_seconds * 2 ** (attempt - 1) * (0.5 + self._rng.random())
            try:
                status, answered, when = self._once(method, path, query, body, headers)
            except httpx.RequestError as error:
                again = method in _REPEATABLE or isinstance(error, httpx.ConnectError | httpx.ConnectTimeout)
                if last or not again:
                    raise ExchangeError(_broken(where, error, sure=again)) from error
                self._sleep(min(wait, self._patience.longest_seconds))
                continue
            if 200 <= status < 300:  # noqa: PLR2004  # the class of answers that say yes
                return answered
            if last or status not in (_PASSING if method in _REPEATABLE else _NOT_DONE):
                raise ExchangeError(_refused(where, status))
            self._sleep(min(max(wait, self._asked_for(when, where)), self._patience.longest_seconds))
        raise AssertionError  # the last attempt returns or raises

    def _once(
        self, method: str, path: str, query: Mapping[str, str] | None, body: bytes, headers: dict[str, str]
    ) -> tuple[int, bytes, str]:
        """One attempt: status, body, and what the host says about when to come again."""
        client = self._opened()
        with client.stream(method, self.host + path, params=query, content=body or None, headers=headers) as response:
            parts, size = [], 0
            for part in response.iter_bytes():
                size += len(part)
                if size > MAX_ANSWER_BYTES:
                    raise ExchangeError(
                        f"{self.host} answers with more than {MAX_ANSWER_BYTES} bytes (ask for smaller pages)"
                    )
                parts.append(part)
            return response.status_code, b"".join(parts), response.headers.get("Retry-After", "")

    def _opened(self) -> httpx.Client:
        if self._client is None:
            self._client = _httpx().Client(
                auth=self._login,
                headers=self._headers,
                timeout=_TIMEOUT_SECONDS,
                follow_redirects=False,
                trust_env=False,
            )
        return self._client

    def _asked_for(self, text: str, where: str) -> float:
        """How many seconds the host asks to wait; an ExchangeError where that is longer than anybody waits."""
        seconds = 0.0
        if text.isascii() and text.isdigit():
            seconds = float(text)
        elif text:
            try:
                seconds = (parsedate_to_datetime(text) - self._now()).total_seconds()
            except (ValueError, TypeError):
                seconds = 0.0
        if seconds > self._patience.longest_seconds:
            raise ExchangeError(f"{where} asks to come again in {seconds:.0f} seconds (run the same command then)")
        return max(0.0, seconds)


def _httpx() -> ModuleType:
    """The library that speaks HTTP, loaded when somebody connects."""
    try:
        import httpx
    except ImportError as error:
        raise UsageError(_NOT_INSTALLED) from error
    return httpx


def checked_host(host: str) -> str:
    """The base of an exchange's addresses without its last slash; a UsageError where it must not be used."""
    parts = urlsplit(host)
    if parts.username or parts.password or parts.query or parts.fragment or not parts.hostname:
        raise UsageError("the host of an exchange is an address like https://example.org/path, without any name in it")
    if parts.scheme != "https" and not (parts.scheme == "http" and _is_here(parts.hostname)):
        raise UsageError(f"an exchange is spoken to over https, not {parts.scheme or 'nothing'}: {parts.hostname}")
    return host.rstrip("/")


def _is_here(name: str) -> bool:
    """Whether a host is this very machine."""
    try:
        return name == "localhost" or ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def _broken(where: str, error: Exception, *, sure: bool) -> str:
    kind = type(error).__name__
    if sure:
        return f"{where} cannot be reached: {kind} (is the host right, and the network there?)"
    return f"{where} broke off: {kind} (whether it took the message is not known; pull first, then look again)"


def _refused(where: str, status: int) -> str:
    if status in _REFUSED:
        return f"{where} refuses the credentials: status {status} (renew them in the file that `credentials` names)"
    if 300 <= status < 400:  # noqa: PLR2004  # the class of answers that point elsewhere
        return f"{where} points to another address: status {status} (write the right `host`; none is followed)"
    return f"{where} answers with status {status} (try later; if it stays, ask who runs the exchange)"
