"""Fetching by URL, from a server on this machine, with a resolver that says what a test wants."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address

import pytest

from takeback.web.addresses import Address, is_public
from takeback.web.fetch import Fetcher, FetchRules
from takeback.web.problem import Problem, Reason

LOOPBACK = ip_address("127.0.0.1")
PUBLIC = ip_address("93.184.216.34")
PICTURE = b"picture" * 1000


class Handler(BaseHTTPRequestHandler):
    seen: list[str]
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:  # the library's name
        self.server.seen.append(f"{self.headers['Host']}{self.path}")  # type: ignore[attr-defined]
        path = self.path.partition("?")[0]
        if path.startswith("/to/"):
            self.send_response(302)
            self.send_header("Location", self.path.removeprefix("/to/"))
            self.send_header("Content-Length", "0")
            self.end_headers()
        elif path == "/missing":
            self.send_error(404)
        elif path == "/endless":
            self.send_response(200)
            self.end_headers()
            try:
                while True:
                    self.wfile.write(b"x" * 65536)
            except OSError:
                pass
        elif path in {"/continued", "/drip"}:
            line = b"HTTP/1.1 100 Continue\r\n\r\n" if path == "/continued" else b"X"
            with contextlib.suppress(OSError):
                while not self.server.ended.wait(0.02):  # type: ignore[attr-defined]
                    self.wfile.write(line)
        elif path == "/short":
            self.send_response(200)
            self.send_header("Content-Length", "100")
            self.end_headers()
            self.wfile.write(b"half a picture")
            self.close_connection = True
        elif path == "/silent":
            self.send_response(200)
            self.send_header("Content-Length", "10")
            self.end_headers()
            self.server.ended.wait()  # type: ignore[attr-defined]
        else:
            self.send_response(200)
            self.send_header("Content-Length", str(len(PICTURE)))
            self.end_headers()
            self.wfile.write(PICTURE)

    def log_message(self, *args: object) -> None:
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.seen: list[str] = []
        self.ended = threading.Event()

    def handle_error(self, *args: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield made
    made.ended.set()
    made.shutdown()
    thread.join()
    made.server_close()


class Names:
    """A resolver that answers from a table, one answer after another."""

    def __init__(self, **table: Sequence[Address]) -> None:
        self.table = table
        self.asked: list[str] = []

    def __call__(self, host: str, port: int) -> Sequence[Address]:
        self.asked.append(host)
        name = host.split(".", maxsplit=1)[0]
        if name not in self.table:
            raise OSError("no such host")
        return self.table[name]


def fetcher(server: Server, names: Names, **rules: object) -> Fetcher:
    """One that may reach loopback where a test's server is, and nothing else that is not public."""
    given = {"hosts": ("test",), "seconds": 5.0, **rules}
    return Fetcher(
        FetchRules(**given),  # type: ignore[arg-type]
        resolver=names,
        permitted=lambda address: address == LOOPBACK or is_public(address),
        ports=(server.server_port,),
    )


def test_a_picture_comes_from_the_address_that_was_checked_under_its_name(server: Server) -> None:
    names = Names(pictures=[LOOPBACK])
    found = fetcher(server, names).fetch(f"http://pictures.test:{server.server_port}/a/b.jpg?size=1#part")
    assert (found.content, found.name) == (PICTURE, "b.jpg")
    assert server.seen == [f"pictures.test:{server.server_port}/a/b.jpg?size=1"]
    assert names.asked == ["pictures.test"]


def test_a_redirect_is_followed_after_the_same_checks(server: Server) -> None:
    names = Names(pictures=[LOOPBACK], other=[LOOPBACK])
    port = server.server_port
    found = fetcher(server, names).fetch(f"http://pictures.test:{port}/to/http://other.test:{port}/c.jpg")
    assert found.content == PICTURE
    assert names.asked == ["pictures.test", "other.test"]


@pytest.mark.parametrize(
    ("inside", "why"),
    [
        ("http://inside.test:{port}/", "not public"),
        ("http://elsewhere.example:{port}/", "not among those"),
        ("http://inside.test:22/", "port 22"),
        ("file:///etc/passwd", "http://"),
        ("//inside.test:{port}/", "not public"),
        ("http://user:secret@pictures.test:{port}/", "user name"),
    ],
)
def test_a_redirect_leads_nowhere_that_may_not_be_asked_for(server: Server, inside: str, why: str) -> None:
    names = Names(pictures=[LOOPBACK], inside=[ip_address("10.0.0.1")], elsewhere=[PUBLIC])
    port = server.server_port
    with pytest.raises(Problem, match=why):
        fetcher(server, names).fetch(f"http://pictures.test:{port}/to/{inside.format(port=port)}")
    assert len(server.seen) == 1


def test_redirects_end(server: Server) -> None:
    port = server.server_port
    way = f"http://pictures.test:{port}" + f"/to/http://pictures.test:{port}" * 9 + "/a.jpg"
    with pytest.raises(Problem, match="more than 3 redirects"):
        fetcher(server, Names(pictures=[LOOPBACK])).fetch(way)
    assert len(server.seen) == 4


@pytest.mark.parametrize(
    "addresses",
    [
        ["10.1.2.3"],
        ["127.0.0.1"],
        ["169.254.169.254"],
        ["::1"],
        ["::ffff:192.168.0.1"],
        ["fd00::1"],
        ["93.184.216.34", "10.0.0.1"],
        ["224.0.0.1"],
    ],
)
def test_a_name_with_any_address_that_is_not_public_is_not_asked(addresses: list[str]) -> None:
    names = Names(pictures=[ip_address(each) for each in addresses])
    with pytest.raises(Problem, match="not public") as refused:
        Fetcher(FetchRules(hosts=("*",)), resolver=names).fetch("http://pictures.test/a.jpg")
    assert refused.value.reason is Reason.FETCH_REFUSED


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "http://[::1]/",
        "http://2130706433/",
        "http://0x7f.1/",
        "http://localhost/",
        "https://169.254.169.254/latest/",
        "http://[::ffff:127.0.0.1]/",
    ],
)
def test_an_address_in_place_of_a_name_is_held_to_the_same_rule(url: str) -> None:
    with pytest.raises(Problem, match=r"not public|no address"):
        Fetcher(FetchRules(hosts=("*",))).fetch(url)


@pytest.mark.parametrize(
    "url",
    ["", "pictures.test/a.jpg", "ftp://pictures.test/", "file:///etc/passwd", "http://", "http://pictures.test:x/",
     "http://pictures.test:99999/", "http://a@pictures.test/", "http://[::1/", "gopher://pictures.test"],
)  # fmt: skip
def test_what_is_no_address_of_a_picture_is_refused(url: str) -> None:
    with pytest.raises(Problem) as refused:
        Fetcher(FetchRules(hosts=("*",)), resolver=Names(pictures=[PUBLIC])).fetch(url)
    assert refused.value.reason is Reason.FETCH_REFUSED


@pytest.mark.parametrize(
    ("host", "allowed"),
    [
        ("cdn.test", True),
        ("a.cdn.test", True),
        ("evilcdn.test", False),
        ("cdn.test.evil.example", False),
        ("test", False),
    ],
)
def test_a_host_is_allowed_by_its_name_or_as_a_subdomain(host: str, allowed: bool) -> None:  # noqa: FBT001  # a column
    asked = Names()
    with pytest.raises(Problem) as refused:
        Fetcher(FetchRules(hosts=("cdn.test",)), resolver=asked).fetch(f"http://{host}/a.jpg")
    assert (asked.asked != []) == allowed
    assert ("not among" in str(refused.value)) != allowed


def test_nothing_is_fetched_unless_hosts_are_allowed() -> None:
    asked = Names(pictures=[PUBLIC])
    with pytest.raises(Problem) as refused:
        Fetcher(FetchRules(), resolver=asked).fetch("http://pictures.test/a.jpg")
    assert refused.value.reason is Reason.FETCH_OFF
    assert asked.asked == []


def test_more_than_the_cap_is_cut_off(server: Server) -> None:
    with pytest.raises(Problem) as refused:
        fetcher(server, Names(a=[LOOPBACK]), max_bytes=100_000).fetch(f"http://a.test:{server.server_port}/endless")
    assert refused.value.reason is Reason.TOO_LARGE


def test_a_server_that_says_nothing_is_left(server: Server) -> None:
    with pytest.raises(Problem, match=r"cannot be read|took more"):
        fetcher(server, Names(a=[LOOPBACK]), seconds=0.2).fetch(f"http://a.test:{server.server_port}/silent")


def test_an_answer_that_is_none_is_refused(server: Server) -> None:
    with pytest.raises(Problem, match="answers 404"):
        fetcher(server, Names(a=[LOOPBACK])).fetch(f"http://a.test:{server.server_port}/missing")
    with pytest.raises(Problem, match="no address"):
        fetcher(server, Names()).fetch(f"http://gone.test:{server.server_port}/")


@pytest.mark.parametrize("path", ["continued", "drip"])
def test_a_server_that_never_comes_to_its_answer_is_cut_off_in_time(server: Server, path: str) -> None:
    url = f"http://pictures.test:{server.server_port}/{path}"
    with pytest.raises(Problem, match=r"more than 0\.3 seconds"):
        fetcher(server, Names(pictures=[LOOPBACK]), seconds=0.3).fetch(url)


def test_half_a_picture_is_no_picture(server: Server) -> None:
    with pytest.raises(Problem, match="broke off"):
        fetcher(server, Names(pictures=[LOOPBACK])).fetch(f"http://pictures.test:{server.server_port}/short")


def test_a_path_that_http_cannot_say_is_refused_and_no_error_of_ours(server: Server) -> None:
    with pytest.raises(Problem, match="cannot be read from") as refused:
        fetcher(server, Names(pictures=[LOOPBACK])).fetch(f"http://pictures.test:{server.server_port}/\u00e9.jpg")
    assert refused.value.reason is Reason.FETCH_REFUSED
