"""Running a stage over media: what has a result is not run again, each result is kept as soon as it is there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from takeback.jobs.case import Case
from takeback.jobs.progress import Progress
from takeback.model.digest import Sha256
from takeback.protocols import Engine, Outcome, Secrets, Stage

Part = TypeVar("Part")
Value = TypeVar("Value")


class Keep(Protocol[Part, Value]):
    """Keeps an outcome inside a transaction: one result a media of the part."""

    def __call__(self, outcome: Outcome[Part, Value], /) -> None:
        """Keep it."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class StageRun(Generic[Part, Value]):
    """A stage with the engine and keys that it runs with, and what keeps its outcomes."""

    case: Case
    engine: Engine
    secrets: Secrets
    progress: Progress
    stage: Stage[Part, Value]
    keep: Callable[[Outcome[Part, Value]], None]
    size: Callable[[Part], int]

    def over(self, parts: Iterable[Part], *, done: int, total: int) -> None:
        """Run the parts; an interruption loses at most the parts in flight."""
        self.progress(self.stage.name, done, total)
        for outcome in self.engine.map(self.stage, parts, secrets=self.secrets):
            with self.case.transaction():
                self.keep(outcome)
            done += self.size(outcome.part)
            self.progress(self.stage.name, done, total)

    def missing(self, media: Sequence[Sha256]) -> tuple[Sha256, ...]:
        """The media that have no result of this stage yet."""
        there = self.case.store.results(self.stage.name, self.stage.version, self.stage.parameters)
        return tuple(each for each in media if each not in there)
