"""Worker processes on this machine: a part that kills its worker costs that part alone."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from multiprocessing.connection import wait
from multiprocessing.reduction import ForkingPickler
from multiprocessing.util import Finalize
from typing import Generic

from takeback.engines.error_text import error_text
from takeback.engines.member import Member, Task, packed, stop_all
from takeback.engines.worker import Word
from takeback.errors import TakebackError, UsageError
from takeback.protocols import In, Out, Outcome, Secrets

_READ_AHEAD = 2
_FAILED_STARTS = 3
_LAST_BREATH = 1.0
"""Seconds between the end of a worker's pipe and its exit code, at most."""


class Local:
    """Runs parts in ``workers`` processes of its own, with one part in flight per worker.

    A worker that dies names its culprit: the part is tried once more with nothing beside it, in a fresh worker, so that
    one that fell with a neighbour gets a second chance; then its outcome is an error and the run goes on. With a
    ``deadline`` in seconds a part that takes longer is ended, and its outcome is an error at once.
    """

    name = "local"

    def __init__(self, workers: int, *, deadline: float | None = None) -> None:
        if workers < 1:
            raise UsageError(f"workers must be at least 1, not {workers}")
        if deadline is not None and deadline <= 0:
            raise UsageError(f"a deadline must be more than 0 seconds, not {deadline:g}")
        self.workers = workers
        self.deadline = deadline

    def map(
        self, stage: Callable[[In, Secrets], Out], parts: Iterable[In], *, secrets: Secrets
    ) -> Iterator[Outcome[In, Out]]:
        """One outcome per part, in order; at most ``2 * workers`` parts are read ahead of what was taken."""
        try:
            greeting = (packed(secrets), packed(stage))
        except Exception as error:  # whatever keeps a stage from travelling is a mistake of the caller
            raise UsageError(f"the stage cannot travel to a worker ({error_text(error)})") from error
        run: _Run[In, Out] = _Run(self.workers, self.deadline, greeting, parts)
        with closing(run):
            yield from run.outcomes()


class _Run(Generic[In, Out]):
    """One call of ``map``: its workers, what they have in hand, and what waits for its turn."""

    def __init__(
        self, workers: int, deadline: float | None, greeting: tuple[bytes, bytes], parts: Iterable[In]
    ) -> None:
        self._workers = workers
        self._deadline = deadline
        self._greeting = greeting
        self._parts = enumerate(parts)
        self._members: list[Member[In]] = []
        self._innocent: deque[Task[In]] = deque()
        self._suspects: deque[Task[In]] = deque()
        self._done: dict[int, Outcome[In, Out]] = {}
        self._read = 0
        self._given = 0
        self._failed_starts = 0
        # an iterator that is never closed must not hold the program at its end
        self._finalize = Finalize(self, stop_all, args=(self._members,), exitpriority=100)

    def close(self) -> None:
        """End every worker of the run."""
        self._finalize()

    def outcomes(self) -> Iterator[Outcome[In, Out]]:
        """The outcomes in the order of the parts."""
        while True:
            self._feed()
            if (outcome := self._done.pop(self._given, None)) is not None:
                self._given += 1
                yield outcome
                self._listen(at_once=True)
            elif self._busy():
                self._listen(at_once=False)
            elif not self._suspects and not self._innocent:
                return

    def _busy(self) -> list[Member[In]]:
        return [member for member in self._members if member.task is not None]

    def _feed(self) -> None:
        """Give parts to idle workers; a suspect waits until nothing else runs, and then runs alone."""
        busy = self._busy()
        if self._suspects or any(member.task is not None and member.task.suspect for member in busy):
            if not busy and self._suspects:
                self._give(self._start(), self._suspects.popleft())
            return
        while (member := self._idle()) is not None or len(self._members) < self._workers:
            task = self._next_task()
            if task is None:
                return
            self._give(member or self._start(), task)
            if self._suspects:
                return

    def _idle(self) -> Member[In] | None:
        return next((member for member in self._members if member.task is None), None)

    def _start(self) -> Member[In]:
        member: Member[In] = Member(self._greeting)
        self._members.append(member)
        return member

    def _next_task(self) -> Task[In] | None:
        if self._innocent:
            return self._innocent.popleft()
        if self._read - self._given >= _READ_AHEAD * self._workers:
            return None
        following = next(self._parts, None)
        if following is None:
            return None
        self._read += 1
        return Task(*following)

    def _give(self, member: Member[In], task: Task[In]) -> None:
        try:
            message = packed(task.part)
        except Exception as error:  # noqa: BLE001  # one part that cannot travel must not end the run
            self._finish(task, None, error_text(error))
            return
        try:
            member.give(task, message)
        except OSError:
            self._lose(member)

    def _listen(self, *, at_once: bool) -> None:
        """Hear every worker that has something to say, and end those that are past the deadline."""
        busy = self._busy()
        if not busy:
            return
        timeout = 0.0 if at_once else None
        if self._deadline is not None and not at_once:
            timeout = max(0.0, min(member.seconds_left(self._deadline) for member in busy))
        speaking = wait([member.connection for member in busy], timeout)
        for member in busy:
            if member.connection in speaking:
                self._hear(member)
            elif self._deadline is not None and member.seconds_left(self._deadline) <= 0:
                self._end_slow(member, self._deadline)

    def _hear(self, member: Member[In]) -> None:
        try:
            message = member.connection.recv_bytes()
        except (EOFError, OSError):
            self._lose(member)
            return
        word, content = Word(message[:1]), memoryview(message)[1:]
        if word is Word.READY:
            member.mark_ready()
            self._failed_starts = 0
        elif word is Word.UNUSABLE:
            raise UsageError(f"the stage cannot be read in a worker ({bytes(content).decode()})")
        else:
            task, member.task = member.task, None
            assert task is not None
            self._settle(task, word, content)

    def _settle(self, task: Task[In], word: Word, content: memoryview) -> None:
        if word is Word.ERROR:
            self._finish(task, None, bytes(content).decode())
            return
        try:
            value: Out = ForkingPickler.loads(content)
        except Exception as error:  # noqa: BLE001  # a result that cannot be read back must not end the run
            self._finish(task, None, error_text(error))
        else:
            self._finish(task, value, None)

    def _finish(self, task: Task[In], value: Out | None, error: str | None) -> None:
        self._done[task.index] = Outcome(part=task.part, value=value, error=error)

    def _lose(self, member: Member[In]) -> None:
        """A worker is gone: its part is innocent if it never started, a suspect once, and the culprit twice."""
        task = member.task
        how = member.end(patience=_LAST_BREATH)
        self._members.remove(member)
        assert task is not None
        if not member.ready:
            self._failed_starts += 1
            if self._failed_starts >= _FAILED_STARTS:
                raise TakebackError(
                    f"workers end before they have started ({how}): a program that calls this engine must keep its "
                    'start under `if __name__ == "__main__":`; `--engine serial` needs no workers'
                )
            (self._suspects if task.suspect else self._innocent).append(task)
        elif task.suspect:
            self._finish(task, None, f"WorkerKilled: the worker ended twice over this part ({how})")
        else:
            task.suspect = True
            self._suspects.append(task)

    def _end_slow(self, member: Member[In], deadline: float) -> None:
        task = member.task
        member.end(patience=0)
        self._members.remove(member)
        assert task is not None
        self._finish(task, None, f"TooSlow: no answer within {deadline:g} s")
