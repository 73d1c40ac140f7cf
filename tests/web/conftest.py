from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from takeback.jobs.bank_store import BankStore
from takeback.model.bank import HarmHash, Provenance
from takeback.web.desk import Desk
from takeback.web.rules import Rules
from takeback.web.service import Service
from takeback.web.tokens import Scope, Tokens

ZERO = "0" * 64
NEAR = "0" * 63 + "f"
"""4 bits from `ZERO`."""
FAR = "f" * 64
SHA256, MD5 = "ab" * 32, "cd" * 16


@dataclass
class Made:
    """A folder of banks and the texts of tokens, one for each set of scopes that a test asks for."""

    folder: Path
    rules: Rules
    ids: dict[str, int] = field(default_factory=dict)
    texts: dict[frozenset[Scope], str] = field(default_factory=dict)

    def token(self, *scopes: Scope) -> str:
        """The text of a token with exactly these scopes."""
        key = frozenset(scopes)
        if key not in self.texts:
            self.texts[key] = Tokens(self.folder).new(",".join(sorted(key)), key)[1]
        return self.texts[key]

    def ask(
        self,
        question: Callable[[Client], Awaitable[Any]],
        *,
        scopes: Iterable[Scope] = Scope,
        desk: Callable[[Rules], Desk] = Desk,
        **rules: object,
    ) -> Any:
        """What a client of a running service makes of it."""
        text = self.token(*scopes)

        async def work() -> Any:
            service = Service(lambda: desk(replace(self.rules, **rules)))
            async with service.running() as running, client(service, text) as found:
                found.desk = running
                return await question(found)

        return asyncio.run(work())


class Client(httpx.AsyncClient):
    """A client in the same process, with the desk of the service at hand."""

    desk: Desk


@asynccontextmanager
async def client(service: Service, text: str) -> Any:
    transport = httpx.ASGITransport(app=service)
    headers = {"authorization": f"Bearer {text}"}
    async with Client(transport=transport, base_url="http://bank.test", headers=headers) as made:
        yield made


@pytest.fixture
def made(tmp_path: Path) -> Made:
    """A bank REPORTED with a PDQ, a SHA-256 and an MD5, and an empty bank OTHER."""
    folder = tmp_path / "banks"
    with BankStore.create(folder) as store:
        store.new_bank("REPORTED")
        store.new_bank("OTHER")
        provenance = Provenance(
            added_by="moderator", source="import", exchange="sample", exchange_record="r1", note="n"
        )
        ids = store.add(
            "REPORTED",
            [HarmHash.of(pdq=ZERO, quality=90), HarmHash.of(sha256=SHA256), HarmHash.of(md5=MD5)],
            provenance,
        )
    return Made(folder=folder, rules=Rules(banks=folder), ids=dict(zip(("pdq", "sha256", "md5"), ids, strict=True)))
