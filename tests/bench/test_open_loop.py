from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from takeback.bench.open_loop import Load, offer

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
BUSY = b"HTTP/1.1 503 Busy\r\ncontent-length: 0\r\n\r\n"


@contextmanager
def serving(reply: bytes, *, first_takes: float = 0.0) -> Iterator[int]:
    """The port of a server that answers everything alike; the very first answer takes a while."""
    started, ports = threading.Event(), []
    loop = asyncio.new_event_loop()
    answered = 0

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal answered
        try:
            while await reader.readuntil(b"\r\n\r\n"):
                answered += 1
                if answered == 1:
                    await asyncio.sleep(first_takes)
                writer.write(reply)
        except asyncio.IncompleteReadError:
            writer.close()

    async def serve() -> None:
        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        ports.append(server.sockets[0].getsockname()[1])
        started.set()
        await stopped.wait()
        server.close()
        await server.wait_closed()

    stopped = asyncio.Event()
    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    started.wait()
    yield ports[0]
    loop.call_soon_threadsafe(stopped.set)
    thread.join()
    loop.close()


REQUESTS = [b"GET / HTTP/1.1\r\n\r\n"] * 20


def test_every_request_is_answered_and_counted() -> None:
    with serving(OK) as port:
        load = offer(port, REQUESTS, rate=1000, connections=4)
    assert (len(load.latencies), load.failed) == (20, 0)
    assert 0 < load.quantile(0.5) <= load.quantile(0.99)
    assert load.answered_per_s <= 1100


def test_an_answer_that_is_no_200_counts_as_failed() -> None:
    with serving(BUSY) as port:
        load = offer(port, REQUESTS, rate=1000, connections=4)
    assert (load.latencies, load.failed) == ((), 20)
    assert load.quantile(0.99) > 1


def test_what_had_to_wait_behind_a_slow_answer_counts_its_waiting() -> None:
    with serving(OK, first_takes=0.3) as port:
        load = offer(port, REQUESTS, rate=1000, connections=1)
    assert load.quantile(0.5) > 0.25


def test_a_quantile_is_one_of_the_latencies() -> None:
    load = Load(rate=1, latencies=(0.3, 0.1, 0.2), failed=0, seconds=1)
    assert (load.quantile(0), load.quantile(0.5), load.quantile(1.0)) == (0.1, 0.2, 0.3)
