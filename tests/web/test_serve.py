"""The service over a real socket, as the command starts it."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from takeback.errors import BankError, UnusableInput, UsageError
from takeback.jobs.bank_store import BankStore
from takeback.model.bank import HarmHash, Provenance
from takeback.web import audit
from takeback.web.desk import Desk
from takeback.web.rules import Rules
from takeback.web.serve import Listening, bound, check
from takeback.web.service import Service
from takeback.web.tokens import Scope, Tokens
from web.conftest import FAR, Made, client

WORKERS = 2
PATIENCE = 120.0
WITHIN = 1.0


@contextmanager
def served(folder: Path, *options: str) -> Iterator[str]:
    """The address of a service in processes of its own; it has to end well."""
    command = [sys.executable, "-m", "takeback", "bank", "serve", str(folder), "--port", "0", *options]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env={**os.environ, "PYTHONUNBUFFERED": "1"})
    assert process.stderr is not None
    try:
        line = process.stderr.readline()
        assert line.startswith("listening: http://127.0.0.1:"), line
        yield line.split()[1]
    finally:
        process.send_signal(signal.SIGTERM)
        rest = process.communicate(timeout=PATIENCE)[1]
    assert process.returncode == 0, rest
    assert "Traceback" not in rest


def until(reached: Callable[[], bool], seconds: float) -> float:
    """How long it took; fails where it took longer than that."""
    start = time.monotonic()
    while not reached():
        assert time.monotonic() - start < seconds
        time.sleep(0.01)  # between two looks at a process of its own
    return time.monotonic() - start


def answers(address: str, path: str = "/readyz", **given: object) -> httpx.Response | None:
    try:
        return httpx.get(f"{address}{path}", timeout=PATIENCE, trust_env=False, **given)  # type: ignore[arg-type]
    except httpx.TransportError:
        return None


def test_whichever_worker_answers_sees_a_new_and_a_withdrawn_hash_within_a_second(made: Made) -> None:
    token = Tokens(made.folder).new("test", [Scope.LOOKUP], rate=1e6)[1]
    headers = {"authorization": f"Bearer {token}"}
    asked = {"signal": FAR, "signal_type": "pdq"}

    def found(address: str) -> list[int]:
        reply = answers(address, "/m/raw_lookup", headers=headers, params=asked)
        assert reply is not None
        assert reply.status_code == 200, reply.text
        return list(reply.json()["matches"])

    with served(made.folder, "--workers", str(WORKERS)) as address:
        until(lambda: answers(address) is not None, PATIENCE)
        assert found(address) == []
        with BankStore.open(made.folder) as store:
            (id,) = store.add("OTHER", [HarmHash.of(pdq=FAR, quality=90)], Provenance(added_by="elsewhere"))
            time.sleep(WITHIN)  # what every worker has to see by then
            assert [found(address) for _ in range(12)] == [[id]] * 12
            store.withdraw([id], by="elsewhere", reason="a mistake")
            time.sleep(WITHIN)  # as above
            assert [found(address) for _ in range(12)] == [[]] * 12
    assert audit.breaks(made.folder) == []
    acts = audit.newest(made.folder, lambda _: True, limit=1000)
    assert sum(entry.hits == (id,) for entry in acts) == 12


def test_two_services_of_one_folder_see_each_others_changes_at_once(made: Made) -> None:
    """As two workers do: each has the banks open by itself."""
    text = made.token(*Scope)

    async def work() -> None:
        first, second = (Service(lambda: Desk(made.rules)) for _ in range(2))
        async with first.running(), second.running(), client(first, text) as one, client(second, text) as other:
            asked = {"items": [{"pdq": FAR}]}

            async def outcomes() -> list[str]:
                replies = [await each.post("/v1/lookups", json=asked) for each in (one, other)]
                return [reply.json()["answers"][0]["outcome"] for reply in replies]

            assert await outcomes() == ["no_match", "no_match"]
            added = await one.post("/v1/entries", json={"bank": "OTHER", "items": [{"pdq": FAR}]})
            assert await outcomes() == ["match", "match"]
            ids = [added.json()["answers"][0]["entry"]]
            await other.post("/v1/entries/withdraw", json={"ids": ids, "reason": "a mistake"})
            assert await outcomes() == ["no_match", "no_match"]

    asyncio.run(work())


def test_away_from_this_machine_a_token_does_not_travel_in_the_clear(made: Made) -> None:
    for host in ("0.0.0.0", "192.168.1.2", "::", "bank.example"):
        with pytest.raises(UsageError, match="in the clear"):
            check(made.rules, Listening(host=host))
        check(made.rules, Listening(host=host, behind_proxy=True))
    for host in ("127.0.0.1", "::1", "localhost"):
        check(made.rules, Listening(host=host))
    with pytest.raises(UsageError, match="go together"):
        check(made.rules, Listening(certificate=Path("x.pem")))


def test_by_default_only_this_machine_is_answered() -> None:
    assert Listening().host == "127.0.0.1"


def test_a_folder_without_banks_is_said_before_anything_listens(tmp_path: Path) -> None:
    with pytest.raises(BankError, match="no hash banks here"):
        check(Rules(banks=tmp_path), Listening())


def test_an_address_that_is_taken_is_said() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(UnusableInput, match=r"cannot listen at 127\.0\.0\.1"):
            bound(Listening(port=other.getsockname()[1]))
