"""Look-ups that come within milliseconds of each other, answered together: what a search costs beside is shared."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from takeback.jobs.bank_store import Answers, BankStore
from takeback.model.bank import BankHash, BankHit
from takeback.model.signal import HASH_WORDS

GATHER_SECONDS = 0.004
"""How long the first look-up waits for others: about what a disk takes to flush the entries of those before them."""
AT_ONCE = 16
"""Hashes that are looked up before other requests get their turn."""

Names = tuple[str, ...] | None


class _Waiting(NamedTuple):
    """One hash, and who waits for its hits."""

    hash: BankHash
    found: asyncio.Future[tuple[BankHit, ...]]


class Gathered:
    """Looks hashes up in the banks, those that wait at the same time in one search.

    Each answer is as if its hash had been asked for alone, at the instant of the search.
    """

    def __init__(self, banks: BankStore) -> None:
        self._banks = banks
        self._waiting: dict[tuple[str, Names], list[_Waiting]] = {}
        self._answering: asyncio.Task[None] | None = None

    async def hits(self, hash: BankHash, *, banks: Sequence[str] | None = None) -> tuple[BankHit, ...]:
        """The hits of the first of its PDQ, SHA-256 and MD5 that is there, each counted as an event."""
        asked = _Waiting(hash, asyncio.get_running_loop().create_future())
        self._waiting.setdefault((_kind(hash), None if banks is None else tuple(banks)), []).append(asked)
        if self._answering is None or self._answering.done():  # whatever ended it
            self._answering = asyncio.create_task(self._answer())
        return await asked.found

    async def close(self) -> None:
        """Whoever waits is answered."""
        if self._answering is not None:
            await self._answering

    async def _answer(self) -> None:
        while self._waiting:
            await asyncio.sleep(GATHER_SECONDS)
            taken, self._waiting = self._waiting, {}
            for (_, names), asked in taken.items():
                for start in range(0, len(asked), AT_ONCE):
                    self._give(names, asked[start : start + AT_ONCE])
                    await asyncio.sleep(0)

    def _give(self, names: Names, asked: Sequence[_Waiting]) -> None:
        """Answer some hashes of one kind that are asked for in the same banks."""
        wanted = [each for each in asked if not each.found.done()]  # who went away is not waiting any more
        try:
            answers = look_up(self._banks, [each.hash for each in wanted], banks=names)
        except Exception as error:  # noqa: BLE001  # whatever it was, each of them is told
            for each in wanted:
                each.found.set_exception(error)
            return
        for each, hits in zip(wanted, answers, strict=True):
            each.found.set_result(hits)


def look_up(
    store: BankStore, hashes: Sequence[BankHash], *, banks: Sequence[str] | None, counted: bool = True
) -> Answers:
    """The hits of each hash; all of them are looked up by what the first one is."""
    kind = _kind(hashes[0]) if hashes else ""
    if kind == "sha256":
        return store.lookup_sha256([each.sha256 or "" for each in hashes], banks=banks, counted=counted)
    if kind == "md5":
        return store.lookup_md5([each.md5 or "" for each in hashes], banks=banks, counted=counted)
    signals = [each.signal.words for each in hashes if each.signal is not None]
    return store.lookup(np.array(signals, np.uint64).reshape(-1, HASH_WORDS), banks=banks, counted=counted)


def _kind(hash: BankHash) -> str:
    """What of a hash is looked up."""
    if hash.signal is not None:
        return "pdq"
    return "md5" if hash.sha256 is None else "sha256"
