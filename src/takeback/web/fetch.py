"""Fetching a picture that a client names by URL: off unless hosts are allowed, and never into a private network."""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Protocol
from urllib.parse import SplitResult, urljoin, urlsplit

from takeback.web.addresses import Address, is_public
from takeback.web.problem import Problem, Reason

ANY_HOST = "*"
_PORTS = {"http": 80, "https": 443}
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_OK = 200
_CHUNK = 1 << 16
_SENTENCE = "the address is not fetched: "


class Resolver(Protocol):
    """A name and a port to addresses."""

    def __call__(self, host: str, port: int, /) -> Sequence[Address]:
        """The addresses; an OSError where there are none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchRules:
    """What may be fetched: ``hosts`` are names whose subdomains count too; ``*`` is any public one; none is nothing."""

    hosts: tuple[str, ...] = ()
    max_bytes: int = 16 << 20
    seconds: float = 10.0
    redirects: int = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """What came back: the bytes, and the last part of the path as a name."""

    content: bytes
    name: str


def resolve(host: str, port: int) -> tuple[Address, ...]:
    """The addresses that the system's resolver gives."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(ip_address(str(each[4][0]).partition("%")[0]) for each in found))


class Fetcher:
    """Fetches over HTTP and HTTPS from public addresses alone.

    A name is resolved once, every address that it has must be public, and the connection goes to one of these: a name
    cannot mean another machine a moment later. Each redirect passes the same checks. Bytes, seconds and redirects are
    capped, whatever the other side sends.
    """

    def __init__(
        self,
        rules: FetchRules,
        *,
        resolver: Resolver = resolve,
        permitted: Callable[[Address], bool] = is_public,
        ports: tuple[int, ...] = tuple(_PORTS.values()),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._rules = rules
        self._resolve = resolver
        self._permitted = permitted
        self._ports = ports
        self._clock = clock

    def fetch(self, url: str) -> Fetched:
        """The bytes behind the URL, or a `Problem` that says why not."""
        if not self._rules.hosts:
            message = "fetching URLs is off (hash at your side, upload the file, or allow hosts: `--fetch-from HOST`)"
            raise Problem(403, Reason.FETCH_OFF, message)
        deadline = self._clock() + self._rules.seconds
        for _ in range(self._rules.redirects + 1):
            target = self._target(url)
            location, content = self._get(target, deadline)
            if location is None:
                return Fetched(content=content, name=target.path.rpartition("/")[2])
            url = urljoin(url, location)
        raise _refused(f"more than {self._rules.redirects} redirects")

    def _target(self, url: str) -> SplitResult:
        """The URL in its parts, if it is one that may be asked for at all."""
        try:
            target = urlsplit(url)
            port = target.port or _PORTS.get(target.scheme, 0)
        except ValueError as error:
            raise _refused("it is no URL") from error
        if target.scheme not in _PORTS or not target.hostname:
            raise _refused("it does not start with http:// or https:// and a host")
        if target.username is not None or target.password is not None:
            raise _refused("it carries a user name")
        if port not in self._ports:
            raise _refused(f"port {port} is not fetched from")
        host = target.hostname.rstrip(".")
        named = any(host == each or host.endswith(f".{each}") for each in self._rules.hosts)
        if not named and ANY_HOST not in self._rules.hosts:
            raise _refused("its host is not among those that are allowed (`--fetch-from HOST`)")
        return target

    def _get(self, target: SplitResult, deadline: float) -> tuple[str | None, bytes]:
        """Where it redirects to, or what it holds."""
        assert target.hostname is not None
        port = target.port or _PORTS[target.scheme]
        address = self._address(target.hostname, port)
        connection = _Pinned(target, port, address, seconds=self._left(deadline))
        watch = threading.Timer(self._left(deadline), connection.cut)  # a byte at a time passes every other limit
        watch.daemon = True
        watch.start()
        try:
            path = (target.path or "/") + (f"?{target.query}" if target.query else "")
            connection.request("GET", path, headers={"Accept": "image/*", "Accept-Encoding": "identity"})
            with connection.getresponse() as reply:
                location = reply.getheader("Location")
                if reply.status in _REDIRECTS and location:
                    return location, b""
                if reply.status != _OK:
                    raise _refused(f"its server answers {reply.status}")
                return None, self._body(connection, reply, deadline)
        except (OSError, http.client.HTTPException, UnicodeError) as error:
            self._left(deadline)
            raise _refused(f"its server cannot be read from ({type(error).__name__})") from error
        finally:
            watch.cancel()
            connection.close()

    def _address(self, host: str, port: int) -> Address:
        """The one address to connect to, after every address of the name was looked at."""
        try:
            found = tuple(self._resolve(host, port))
        except (OSError, ValueError) as error:
            raise _refused("its host has no address") from error
        if not found:
            raise _refused("its host has no address")
        if not all(self._permitted(each) for each in found):
            raise _refused("its host lies in a network that is not public")
        return found[0]

    def _body(self, connection: _Pinned, reply: http.client.HTTPResponse, deadline: float) -> bytes:
        """The whole body within the caps."""
        content = bytearray()
        while True:
            connection.wait_at_most(self._left(deadline))
            chunk = reply.read1(_CHUNK)
            if not chunk:
                self._left(deadline)  # a connection that was cut looks like a body that ended
                if reply.length:
                    raise _refused("its server broke off")
                return bytes(content)
            content += chunk
            if len(content) > self._rules.max_bytes:
                raise Problem(413, Reason.TOO_LARGE, f"what is behind the URL is over {self._rules.max_bytes} bytes")

    def _left(self, deadline: float) -> float:
        left = deadline - self._clock()
        if left <= 0:
            raise _refused(f"its server took more than {self._rules.seconds:g} seconds")
        return left


class _Pinned(http.client.HTTPConnection):
    """A connection to one address, whatever the name may mean by now; the certificate is checked for the name."""

    def __init__(self, target: SplitResult, port: int, address: Address, *, seconds: float) -> None:
        assert target.hostname is not None
        super().__init__(target.hostname, port, timeout=seconds)
        self._secure = target.scheme == "https"
        self._address = address
        self._seconds = seconds
        self._end: socket.socket | None = None

    def connect(self) -> None:
        """Connect to the address that was checked."""
        plain = socket.create_connection((str(self._address), self.port), timeout=self._seconds)
        self.sock = plain  # whatever happens next, `close` finds it
        self._end = plain.dup()
        if self._secure:
            self.sock = ssl.create_default_context().wrap_socket(plain, server_hostname=self.host)

    def cut(self) -> None:
        """End what is read at this moment, from another thread: whoever reads is told that nothing more comes."""
        with contextlib.suppress(OSError):
            if self._end is not None:
                self._end.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Let go of both ends."""
        super().close()
        if self._end is not None:
            self._end.close()

    def wait_at_most(self, seconds: float) -> None:
        """How long the next reading may take; a reply that is all there has let go of its socket."""
        if self.sock is not None:
            self.sock.settimeout(seconds)


def _refused(why: str) -> Problem:
    return Problem(400, Reason.FETCH_REFUSED, f"{_SENTENCE}{why}")
