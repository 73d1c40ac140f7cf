"""An open-loop client: requests leave when they are due, whether or not earlier ones were answered."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

_OK = b"HTTP/1.1 200"
_END = b"\r\n\r\n"
_LENGTH = b"content-length:"
_LATE_SECONDS = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What came of offering requests at a rate.

    ``latencies`` in seconds, one a request, from the instant at which it was due: a request that waited because the one
    before it was slow counts its waiting (the correction for coordinated omission). ``failed`` got no 200, or none in
    time. ``seconds`` from the first due to the last answered.
    """

    rate: float
    latencies: tuple[float, ...]
    failed: int
    seconds: float

    @property
    def answered_per_s(self) -> float:
        """How many requests were answered a second."""
        return len(self.latencies) / self.seconds

    def quantile(self, share: float) -> float:
        """The latency that this share of the answered requests stays within, in seconds."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else _LATE_SECONDS


def offer(
    port: int,
    requests: Sequence[bytes],
    *,
    rate: float,
    connections: int,
    clock: Callable[[], float] = time.perf_counter,
) -> Load:
    """Send these requests to a port of this machine at a rate, over so many connections that stay open."""
    return asyncio.run(_offer(port, requests, rate=rate, connections=connections, clock=clock))


async def _offer(
    port: int, requests: Sequence[bytes], *, rate: float, connections: int, clock: Callable[[], float]
) -> Load:
    due: asyncio.Queue[tuple[float, bytes] | None] = asyncio.Queue()
    latencies: list[float] = []
    failed = 0

    async def connection() -> None:
        nonlocal failed
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            while (item := await due.get()) is not None:
                at, request = item
                writer.write(request)
                if await _answered(reader):
                    latencies.append(clock() - at)
                else:
                    failed += 1
        finally:
            writer.close()
            await writer.wait_closed()

    async with asyncio.TaskGroup() as group:
        for _ in range(connections):
            group.create_task(connection())
        start = clock()
        for number, request in enumerate(requests):
            at = start + number / rate
            wait = at - clock()
            if wait > 0:
                await asyncio.sleep(wait)
            due.put_nowait((at, request))
        for _ in range(connections):
            due.put_nowait(None)
    return Load(rate=rate, latencies=tuple(latencies), failed=failed, seconds=clock() - start)


async def _answered(reader: asyncio.StreamReader) -> bool:
    """Whether the next answer is a 200; read to its end."""
    head = await reader.readuntil(_END)
    length = next(line for line in head.split(b"\r\n") if line.lower().startswith(_LENGTH))
    await reader.readexactly(int(length.partition(b":")[2]))
    return head.startswith(_OK)
