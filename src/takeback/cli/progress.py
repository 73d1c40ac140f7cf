"""Progress on standard error: one line that moves on a terminal, a line a stage elsewhere."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass, field
from typing import TextIO

_EVERY_SECONDS = 0.1


@dataclass
class Progress:
    """Tells how far a stage is; silent when told to be quiet."""

    quiet: bool = False
    stream: TextIO = field(default_factory=lambda: sys.stderr)
    _last: float = 0.0
    _stage: str = ""

    def __call__(self, stage: str, done: int, total: int | None) -> None:
        """Say that ``done`` of ``total`` parts of a stage are done; a total of None is not known yet."""
        if self.quiet:
            return
        finished = total is not None and done >= total
        if self.stream.isatty():
            self._move(stage, done, total, finished=finished)
        elif finished:
            self.stream.write(f"{stage}: {done}\n")
            self.stream.flush()

    def _move(self, stage: str, done: int, total: int | None, *, finished: bool) -> None:
        now = time.monotonic()
        if not finished and stage == self._stage and now - self._last < _EVERY_SECONDS:
            return
        self._last, self._stage = now, stage
        of = f" of {total}" if total is not None else ""
        self.stream.write(f"\r\x1b[K{stage}: {done}{of}" + ("\n" if finished else ""))
        self.stream.flush()
