"""The contract can fail: an engine that breaks a promise is caught."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest

from takeback.engines.contract import EngineContract, WorkerEngineContract
from takeback.engines.serial import Serial
from takeback.protocols import Engine, Outcome, Secrets

Mapped = Iterator[Outcome[Any, Any]]
Stage = Callable[[Any, Secrets], Any]


class Backwards:
    name = "backwards"

    def map(self, stage: Stage, parts: Iterable[Any], *, secrets: Secrets) -> Mapped:
        yield from reversed(list(Serial().map(stage, parts, secrets=secrets)))


class Eager:
    name = "eager"

    def map(self, stage: Stage, parts: Iterable[Any], *, secrets: Secrets) -> Mapped:
        source = iter(parts)
        ahead = [part for part, _ in zip(source, range(500), strict=False)]
        yield from Serial().map(stage, ahead, secrets=secrets)


class Raising:
    name = "raising"

    def map(self, stage: Stage, parts: Iterable[Any], *, secrets: Secrets) -> Mapped:
        for part in parts:
            yield Outcome(part=part, value=stage(part, secrets), error=None)


class Keyless:
    name = "keyless"

    def map(self, stage: Stage, parts: Iterable[Any], *, secrets: Secrets) -> Mapped:
        yield from Serial().map(stage, parts, secrets=Secrets())


class Swallowing:
    name = "swallowing"

    def map(self, stage: Stage, parts: Iterable[Any], *, secrets: Secrets) -> Mapped:
        try:
            yield from Serial().map(stage, parts, secrets=secrets)
        except LookupError:
            return


class PlainPool:
    name = "plain pool"

    def map(self, stage: Stage, parts: Iterable[Any], *, secrets: Secrets) -> Mapped:
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
            futures = [(part, pool.submit(stage, part, secrets)) for part in parts]
            for part, future in futures:
                error = future.exception()
                value = None if error else future.result()
                yield Outcome(part=part, value=value, error=None if error is None else str(error))


def contract_for(engine: Engine, kind: type[EngineContract] = EngineContract) -> EngineContract:
    return type("Contract", (kind,), {"engine": lambda _: engine})()


@pytest.mark.parametrize(
    ("engine", "test"),
    [
        (Backwards(), "test_outcomes_come_in_the_order_of_the_parts"),
        (Backwards(), "test_the_results_are_those_of_the_serial_engine"),
        (Eager(), "test_parts_are_read_lazily"),
        (Raising(), "test_one_bad_part_does_not_end_the_run"),
        (Keyless(), "test_secrets_arrive_and_are_in_no_part"),
        (Swallowing(), "test_an_error_of_the_source_is_not_swallowed"),
    ],
)
def test_a_broken_engine_is_caught(engine: Engine, test: str) -> None:
    check = getattr(contract_for(engine), test)
    with pytest.raises((AssertionError, ValueError)):
        check()


def test_a_plain_pool_loses_more_than_the_culprit(tmp_path: Path) -> None:
    contract = contract_for(PlainPool(), WorkerEngineContract)
    assert isinstance(contract, WorkerEngineContract)
    with pytest.raises((AssertionError, RuntimeError)):
        contract.test_a_killed_worker_costs_its_part_alone(tmp_path)
