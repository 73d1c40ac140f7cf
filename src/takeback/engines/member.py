"""The parent's hold on one worker process: start it, give it a part, stop it."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.reduction import ForkingPickler
from typing import Generic

from takeback.engines.worker import serve
from takeback.protocols import In

_POLITE_SECONDS = 2.0
_ONE_THREAD = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


@dataclass(slots=True)
class Task(Generic[In]):
    """A part with its number; ``suspect`` once a worker has died over it."""

    index: int
    part: In
    suspect: bool = False


class Member(Generic[In]):
    """One worker process, its pipe, and the one part that it has in hand."""

    def __init__(self, greeting: Iterable[bytes]) -> None:
        context = get_context("spawn")
        self.connection, theirs = context.Pipe(duplex=True)
        self.task: Task[In] | None = None
        self.ready = False
        self._since = 0.0
        # not a daemon: a stage may start processes of its own (the sandboxed decoder)
        self._process = context.Process(target=serve, args=(theirs,), name="takeback-worker", daemon=False)
        # Ctrl-C stays blocked in the child until it has learnt to ignore it
        blocked = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            with _one_thread_each():
                self._process.start()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
            theirs.close()
        self._greeting = tuple(greeting)

    def greet(self) -> None:
        """Send what comes before the first part; OSError if the worker is gone."""
        for message in self._greeting:
            self.connection.send_bytes(message)
        self._greeting = ()

    def give(self, task: Task[In], message: bytes) -> None:
        """Hand over a part; OSError if the worker is gone, and the task is then still in its hand."""
        self.task = task
        self.greet()
        self._since = time.monotonic()
        self.connection.send_bytes(message)

    def mark_ready(self) -> None:
        """The worker has started; the clock of its part starts now."""
        self.ready = True
        self._since = time.monotonic()

    def seconds_left(self, deadline: float) -> float:
        """How long the part in hand may still take; start-up does not count."""
        return deadline - (time.monotonic() - self._since) if self.ready else deadline

    def end(self, *, patience: float) -> str:
        """End the worker after ``patience`` seconds, and say how it had ended if it did so itself."""
        self.connection.close()
        self._process.join(patience)
        code = self._process.exitcode
        if code is None:
            self._process.kill()
            self._process.join()
            return "stopped"
        return f"exit code {code}" if code >= 0 else _signal_name(-code)

    def stop(self) -> None:
        """End the worker: an idle one by closing its pipe, a busy one at once."""
        if self.task is not None:
            self._process.kill()
        self.connection.close()

    def join(self) -> None:
        """Wait until the stopped worker is gone."""
        self._process.join(_POLITE_SECONDS)
        if self._process.exitcode is None:
            self._process.kill()
            self._process.join()


def stop_all(members: list[Member[In]]) -> None:
    """End every worker; none is left behind, also when this is interrupted."""
    for member in members:
        member.stop()
    while members:
        members[-1].join()
        members.pop()


def packed(value: object) -> bytes:
    """The value as it travels through a worker's pipe."""
    return bytes(ForkingPickler.dumps(value))


@contextmanager
def _one_thread_each() -> Iterator[None]:
    """Let a process that starts meanwhile compute on one thread: workers share the cores already.

    NumPy's libraries read this once, when they load. What the user has set stands.
    """
    added = [name for name in _ONE_THREAD if name not in os.environ]
    os.environ.update(dict.fromkeys(added, "1"))
    try:
        yield
    finally:
        for name in added:
            os.environ.pop(name, None)


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
