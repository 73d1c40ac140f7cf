"""What every engine promises, as tests that a third party can run.

Subclass `EngineContract` in a pytest module and return the engine from ``engine``. An engine whose stages run in other
processes subclasses `WorkerEngineContract`, which promises more.
"""

from __future__ import annotations

import hashlib
import os
import signal
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from takeback.engines.serial import Serial
from takeback.protocols import Engine, Outcome, Secrets

_SECRET = b"\x00\xffnever to be seen"


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """A stage that answers with a digest of the part; ``poison`` raises."""

    poison: int | None = None

    def __call__(self, part: int, secrets: Secrets) -> str:  # noqa: ARG002  # a stage takes both
        """The digest of the part."""
        if part == self.poison:
            raise ValueError(f"part {part} is\npoison")
        return hashlib.sha256(str(part).encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class UseKey:
    """A stage that works with a key and says what else it was given."""

    def __call__(self, part: str, secrets: Secrets) -> tuple[str, str, str]:
        """A digest that needs the key, the part as it arrived, and how the secrets print."""
        return hashlib.sha256(secrets["run"] + part.encode()).hexdigest(), repr(part), f"{secrets} {secrets!r}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadly:
    """A stage over which the worker dies: always at ``exits`` and ``killed``, and once at ``unlucky``."""

    exits: int
    killed: int
    unlucky: int
    marker: str

    def __call__(self, part: int, secrets: Secrets) -> int:  # noqa: ARG002  # a stage takes both
        """The part, if the worker lives."""
        if part == self.exits:
            os._exit(7)
        if part == self.killed or (part == self.unlucky and self._first_time()):
            os.kill(os.getpid(), signal.SIGKILL)
            threading.Event().wait()
        return part

    def _first_time(self) -> bool:
        try:
            Path(self.marker).touch(exist_ok=False)
        except FileExistsError:
            return False
        return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Untravelling:
    """A stage whose results cannot leave a process."""

    def __call__(self, part: int, secrets: Secrets) -> object:  # noqa: ARG002  # a stage takes both
        """A lock for odd parts, the part itself for even ones."""
        return threading.Lock() if part % 2 else part


class EngineContract:
    """What every engine promises."""

    READ_AHEAD = 16
    """How many parts the engine may read beyond those whose outcomes were taken."""

    def engine(self) -> Engine:
        """The engine under test."""
        raise NotImplementedError

    def test_it_is_an_engine_with_a_name(self) -> None:
        """It has the shape of `takeback.protocols.Engine`."""
        engine = self.engine()
        assert isinstance(engine, Engine)
        assert engine.name

    def test_no_parts_give_no_outcomes(self) -> None:
        """An empty input is not an error."""
        assert list(self.engine().map(Digest(), [], secrets=Secrets())) == []

    def test_outcomes_come_in_the_order_of_the_parts(self) -> None:
        """Whoever finishes first, the order is that of the parts."""
        outcomes = list(self.engine().map(Digest(), range(40), secrets=Secrets()))
        assert [outcome.part for outcome in outcomes] == list(range(40))
        assert all(outcome.error is None for outcome in outcomes)

    def test_one_bad_part_does_not_end_the_run(self) -> None:
        """A stage that raises gives that part's outcome the error, on one line, without a traceback."""
        outcomes = list(self.engine().map(Digest(poison=3), range(8), secrets=Secrets()))
        assert [outcome.part for outcome in outcomes] == list(range(8))
        assert [outcome.error for outcome in outcomes if outcome.error] == ["ValueError: part 3 is poison"]
        assert outcomes[3].value is None
        assert all(outcome.value for outcome in outcomes if outcome.part != 3)  # noqa: PLR2004  # the poisoned part

    def test_the_results_are_those_of_the_serial_engine(self) -> None:
        """The same bytes, whatever runs them."""
        stage = Digest(poison=11)
        expected = list(Serial().map(stage, range(20), secrets=Secrets()))
        assert list(self.engine().map(stage, range(20), secrets=Secrets())) == expected

    def test_parts_are_read_lazily(self) -> None:
        """An endless source is no problem, and nothing is read long before it is needed."""
        read = 0

        def endless() -> Iterator[int]:
            nonlocal read
            while True:
                read += 1
                yield read

        outcomes = self.engine().map(Digest(), endless(), secrets=Secrets())
        assert read == 0
        for taken in range(1, 30):
            next(outcomes)
            assert read <= taken + self.READ_AHEAD
        _close(outcomes)

    def test_an_error_of_the_source_is_not_swallowed(self) -> None:
        """What the parts' own iterator raises reaches the caller."""

        def broken() -> Iterator[int]:
            yield 1
            raise LookupError("the source broke")

        caught = _caught(lambda: list(self.engine().map(Digest(), broken(), secrets=Secrets())))
        assert isinstance(caught, LookupError)

    def test_secrets_arrive_and_are_in_no_part(self) -> None:
        """A stage can use a key; parts, results and representations do not hold it."""
        outcomes = list(self.engine().map(UseKey(), ["a", "b"], secrets=Secrets({"run": _SECRET})))
        for outcome, part in zip(outcomes, ["a", "b"], strict=True):
            assert outcome.value is not None
            digest, arrived, shown = outcome.value
            assert digest == hashlib.sha256(_SECRET + part.encode()).hexdigest()
            assert arrived == repr(part)
            assert shown == "Secrets(run) Secrets(run)"
            assert "never to be seen" not in repr(outcome)

    def test_it_can_be_used_again(self) -> None:
        """One engine serves many stages, one after the other."""
        engine = self.engine()
        first, second = (list(engine.map(Digest(), range(4), secrets=Secrets())) for _ in range(2))
        assert first == second


class WorkerEngineContract(EngineContract):
    """What an engine promises besides when its stages run in other processes."""

    def test_a_killed_worker_costs_its_part_alone(self, tmp_path: Path) -> None:
        """The culprits' outcomes carry errors; a part that lost its worker once gets a second chance."""
        stage = Deadly(exits=2, killed=5, unlucky=7, marker=str(tmp_path / "died-once"))
        outcomes = list(self.engine().map(stage, range(12), secrets=Secrets()))
        assert [outcome.part for outcome in outcomes] == list(range(12))
        assert [outcome.part for outcome in outcomes if outcome.error] == [2, 5]
        assert [outcome.value for outcome in outcomes if outcome.error is None] == [0, 1, 3, 4, 6, 7, 8, 9, 10, 11]
        assert (tmp_path / "died-once").exists()

    def test_a_result_that_cannot_travel_is_an_error_of_its_part(self) -> None:
        """The rest goes on."""
        outcomes = list(self.engine().map(Untravelling(), range(5), secrets=Secrets()))
        assert [outcome.value for outcome in outcomes] == [0, None, 2, None, 4]
        assert [outcome.error is not None for outcome in outcomes] == [False, True, False, True, False]

    def test_a_part_that_cannot_travel_is_an_error_of_its_own(self) -> None:
        """The rest goes on."""
        parts: list[object] = [1, threading.Lock(), 2]
        outcomes: list[Outcome[object, str]] = list(self.engine().map(_show, parts, secrets=Secrets()))
        assert [outcome.value for outcome in outcomes] == ["1", None, "2"]
        assert outcomes[1].error is not None


def _show(part: object, secrets: Secrets) -> str:  # noqa: ARG001  # a stage takes both
    return str(part)


def _close(outcomes: Iterator[Outcome[int, str]]) -> None:
    close = getattr(outcomes, "close", None)
    if close is not None:
        close()


def _caught(act: Callable[[], object]) -> BaseException | None:
    try:
        act()
    except Exception as error:  # noqa: BLE001  # whichever it is, the caller compares it
        return error
    return None
