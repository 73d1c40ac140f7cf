"""The connection to an exchange: it waits and tries again as it should, and goes nowhere else."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import numpy as np
import pytest

from exchanges.local_server import Asked, LocalServer, Said
from takeback.errors import ExchangeError, UsageError
from takeback.exchanges import connection as module
from takeback.exchanges.connection import Connection, Patience, checked_host

NOW = datetime(2026, 11, 26, 12, 0, 0, tzinfo=UTC)


class Waiting:
    """Counts the seconds that nobody waits."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


def one_after_the_other(*said: Said) -> Callable[[Asked], Said]:
    left: Iterator[Said] = iter(said)
    return lambda _: next(left)


def connected(host: str, waiting: Waiting | None = None, *, login: tuple[str, str] | None = None) -> Connection:
    return Connection(
        host,
        login=login,
        rng=np.random.default_rng(5),
        sleep=waiting or Waiting(),
        now=lambda: NOW,
        patience=Patience(attempts=4, first_seconds=1.0, longest_seconds=60.0),
    )


def test_what_passes_is_waited_for_longer_each_time() -> None:
    waiting = Waiting()
    busy = [Said(status=status) for status in (503, 500, 429)]
    with LocalServer(one_after_the_other(*busy, Said(body=b"here"))) as server, connected(server.host, waiting) as to:
        assert to.get("/a", {"b": "c d"}) == b"here"
    assert [each.query for each in server.asked] == [{"b": "c d"}] * 4
    assert [low < seconds < 3 * low for low, seconds in zip((0.5, 1.0, 2.0), waiting.seconds, strict=True)] == [
        True
    ] * 3
    assert len(set(waiting.seconds)) == 3


@pytest.mark.parametrize(("asked", "seconds"), [("7", 7.0), ("Thu, 26 Nov 2026 12:00:09 GMT", 9.0)])
def test_what_the_host_asks_for_is_waited(asked: str, seconds: float) -> None:
    waiting = Waiting()
    answers = one_after_the_other(Said(status=429, headers={"Retry-After": asked}), Said())
    with LocalServer(answers) as server, connected(server.host, waiting) as to:
        to.get("/a")
    assert waiting.seconds == [seconds]


@pytest.mark.parametrize("asked", ["yesterday", "-5", "Thu, 26 Nov 2020 12:00:09 GMT", "1e9", "\u00b2"])
def test_what_the_host_asks_for_without_sense_is_not(asked: str) -> None:
    waiting = Waiting()
    headers = {"Retry-After": asked.encode().decode("latin-1")}
    with (
        LocalServer(one_after_the_other(Said(status=429, headers=headers), Said())) as server,
        connected(server.host, waiting) as to,
    ):
        to.get("/a")
    assert 0.5 < waiting.seconds[0] < 1.5


def test_a_host_that_asks_for_hours_is_not_waited_for() -> None:
    with (
        LocalServer(lambda _: Said(status=503, headers={"Retry-After": "7200"})) as server,
        connected(server.host) as to,
        pytest.raises(ExchangeError, match="come again in 7200 seconds"),
    ):
        to.get("/a")
    assert len(server.asked) == 1


def test_patience_ends() -> None:
    with (
        LocalServer(lambda _: Said(status=502)) as server,
        connected(server.host) as to,
        pytest.raises(ExchangeError, match="status 502"),
    ):
        to.get("/a")
    assert len(server.asked) == 4


@pytest.mark.parametrize(
    ("status", "said"), [(401, "refuses the credentials"), (403, "refuses"), (404, "status 404"), (418, "status 418")]
)
def test_what_does_not_pass_is_said_at_once(status: int, said: str) -> None:
    with (
        LocalServer(lambda _: Said(status=status)) as server,
        connected(server.host) as to,
        pytest.raises(ExchangeError, match=said),
    ):
        to.get("/a")
    assert len(server.asked) == 1


def test_a_message_is_sent_again_only_where_it_was_not_taken() -> None:
    with LocalServer(one_after_the_other(Said(status=503), Said())) as server, connected(server.host) as to:
        to.send("POST", "/a", b"x", content_type="text/plain")
    assert [each.body for each in server.asked] == [b"x", b"x"]
    with (
        LocalServer(lambda _: Said(status=500)) as server,
        connected(server.host) as to,
        pytest.raises(ExchangeError, match="status 500"),
    ):
        to.send("POST", "/a", b"x", content_type="text/plain")
    assert len(server.asked) == 1


def test_no_redirect_is_followed_and_no_credential_leaves_with_one() -> None:
    with LocalServer(lambda _: Said()) as other:
        elsewhere = Said(status=302, headers={"Location": other.host})
        with (
            LocalServer(lambda _: elsewhere) as server,
            connected(server.host, login=("user", "word")) as to,
            pytest.raises(ExchangeError, match="points to another address"),
        ):
            to.get("/a")
        assert other.asked == []
    assert server.asked[0].headers["Authorization"].startswith("Basic ")


def test_nothing_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    with LocalServer(lambda _: Said(body=b"here")) as server, connected(server.host) as to:
        assert to.get("/a") == b"here"


def test_a_host_that_is_not_there_is_tried_and_named() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        host = f"http://127.0.0.1:{unused.getsockname()[1]}"
        waiting = Waiting()
        with connected(host, waiting) as to, pytest.raises(ExchangeError, match="cannot be reached") as error:
            to.get("/a", {"key": "secret"})
    assert len(waiting.seconds) == 3
    assert "secret" not in str(error.value)


def test_an_answer_that_is_too_large_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_ANSWER_BYTES", 100)
    with (
        LocalServer(lambda _: Said(body=bytes(101))) as server,
        connected(server.host) as to,
        pytest.raises(ExchangeError, match="more than 100 bytes"),
    ):
        to.get("/a")


@pytest.mark.parametrize(
    "host",
    [
        "http://example.org",
        "ftp://127.0.0.1",
        "example.org",
        "https://user:word@example.org",
        "https://example.org/?a=b",
        "https://",
        "",
        "http://127.0.0.1.example.org",
    ],
)
def test_a_host_that_must_not_be_used_is_refused(host: str) -> None:
    with pytest.raises(UsageError):
        checked_host(host)


def test_a_host_loses_its_last_slash() -> None:
    assert checked_host("https://example.org/v1/") == "https://example.org/v1"
    assert checked_host("http://[::1]:80") == "http://[::1]:80"
