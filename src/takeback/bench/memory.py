"""The most memory that this process and its children hold at once."""

from __future__ import annotations

import os
import threading
from collections import defaultdict
from pathlib import Path
from types import TracebackType
from typing import Self

_EVERY_SECONDS = 0.5
_PROC = Path("/proc")


class PeakMemory:
    """Samples resident memory in the background; ``bytes`` is None where the platform does not tell.

    Pages that processes share are counted in each of them, so the figure is too high rather than too low; what lives
    shorter than half a second may be missed.
    """

    def __init__(self) -> None:
        self.bytes: int | None = None
        self._ended = threading.Event()
        self._sampler = threading.Thread(target=self._sample, daemon=True)

    def __enter__(self) -> Self:
        self._sampler.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._sampler.join()

    def _sample(self) -> None:
        while True:
            now = resident_bytes(os.getpid())
            if now:
                self.bytes = max(self.bytes or 0, now)
            if self._ended.wait(_EVERY_SECONDS):
                return


def resident_bytes(root: int) -> int:
    """The resident memory of a process and all below it, in bytes; 0 where the platform does not tell."""
    children: defaultdict[int, list[int]] = defaultdict(list)
    pages: dict[int, int] = {}
    for stat in _PROC.glob("[0-9]*/stat"):
        try:
            fields = stat.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        except OSError:  # the process ended between the listing and the reading
            continue
        number = int(stat.parent.name)
        children[int(fields[1])].append(number)
        pages[number] = int(fields[21])
    waiting, total = [root], 0
    while waiting:
        number = waiting.pop()
        total += pages.get(number, 0)
        waiting += children[number]
    return total * os.sysconf("SC_PAGE_SIZE")
