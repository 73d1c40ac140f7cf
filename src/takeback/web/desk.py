"""What the routes work with: banks to read, one act of writing at a time, one decoder, the trail."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import numpy as np

from takeback.jobs.bank_store import BankStore
from takeback.model.bank import BankHash, EntryState
from takeback.model.signal import HASH_WORDS
from takeback.signals.decode import Decoder
from takeback.web.allowance import Allowance
from takeback.web.audit import AuditTrail
from takeback.web.fetch import Fetched, Fetcher
from takeback.web.gathered import Gathered
from takeback.web.problem import Problem, Reason
from takeback.web.rules import Rules
from takeback.web.tokens import Token, Tokens
from takeback.web.uploads import Hashes, Upload, Uploads

T = TypeVar("T")
_NOBODY = "nobody"
_FETCHES = 4


class Desk:
    """The parts of one worker of the service; `close` ends them.

    Look-ups read in the worker's own thread, since each is shorter than a change of threads. Writing, decoding and
    fetching take longer, and each has a thread of its own: the decoder is not for two threads, and writers would only
    wait for each other.
    """

    def __init__(self, rules: Rules, *, fetcher: Fetcher | None = None, decoder: Decoder | None = None) -> None:
        self.rules = rules
        self.banks = BankStore.open(rules.banks)  # writable, so that its hits are counted
        self.banks.settle()  # so that each look-up has few files to search
        self.banks.lookup(np.zeros((1, HASH_WORDS), np.uint64), counted=False)  # compiles before anybody asks
        self.gathered = Gathered(self.banks)
        self.tokens = Tokens(rules.banks)
        self.trail = AuditTrail(rules.banks)
        self._fetcher = fetcher or Fetcher(rules.fetch)
        self._decoder = decoder or Decoder()
        self._uploads = Uploads(rules.uploads, self._decoder)
        self._allowance = Allowance()
        self._writer: BankStore | None = None
        self._writing = ThreadPoolExecutor(max_workers=1, thread_name_prefix="bank-writer")
        self._decoding = ThreadPoolExecutor(max_workers=1, thread_name_prefix="decoder")
        self._fetching = ThreadPoolExecutor(max_workers=_FETCHES, thread_name_prefix="fetcher")
        self._waiting = 0
        self._counted: tuple[str, dict[str, dict[EntryState, int]]] | None = None

    async def close(self) -> None:
        """Everything that was promised is written, and every process and file let go."""
        for each in (self._writing, self._decoding, self._fetching):
            each.shutdown(cancel_futures=True)
        await self.gathered.close()
        await self.trail.close()
        self._decoder.close()
        self.banks.close()
        if self._writer is not None:
            self._writer.close()

    # --- who may still ask ---

    def spend(self, token: Token) -> None:
        """Take one look-up from what the token may ask; a `Problem` says when to ask again."""
        self._spend(token.id, self._rate(token), "this token asks more than its rate")

    def owe(self, token: Token, cost: int) -> None:
        """Take more for a request that was let in: what follows waits until it is paid for."""
        self._allowance.owe(token.id, cost, rate=self._rate(token))

    def spend_for_nobody(self) -> None:
        """Take one from what all may ask who have no valid token."""
        self._spend(_NOBODY, self.rules.failures / self.rules.workers, "too many requests without a valid token")

    def _rate(self, token: Token) -> float:
        return (token.rate or self.rules.rate) / self.rules.workers

    def _spend(self, name: str, rate: float, why: str) -> None:
        wait = self._allowance.take(name, rate=rate)
        if wait:
            seconds = str(max(1, math.ceil(wait)))
            raise Problem(429, Reason.TOO_MANY, f"{why} (ask again later)", headers=(("retry-after", seconds),))

    # --- what takes longer ---

    async def write(self, act: Callable[[BankStore], T]) -> T:
        """The outcome of an act on the banks; acts are done one after another."""
        return await asyncio.get_running_loop().run_in_executor(self._writing, self._act, act)

    def _act(self, act: Callable[[BankStore], T]) -> T:
        if self._writer is None:
            self._writer = BankStore.open(self.rules.banks)
        return act(self._writer)

    async def counts(self) -> dict[str, dict[EntryState, int]]:
        """How many entries of each bank are in which state; counted anew after a change, away from the look-ups."""
        version = self.banks.index_version
        if self._counted is None or self._counted[0] != version:
            found = await self.write(lambda store: {bank.name: store.counts(bank.name) for bank in store.banks()})
            self._counted = (version, found)
        return self._counted[1]

    async def read(self, question: Callable[[], T]) -> T:
        """The answer to a question that may take long, off the thread that answers look-ups."""
        return await asyncio.get_running_loop().run_in_executor(self._fetching, question)

    def allow_uploads(self) -> None:
        """A `Problem` where this service takes no pictures."""
        self._uploads.allow()

    async def hash(self, upload: Upload) -> Hashes:
        """The hashes of an uploaded picture, or a `Problem`."""
        if self._waiting >= self.rules.waiting_uploads:
            message = "too many pictures wait for the decoder (ask again)"
            raise Problem(503, Reason.BUSY, message, headers=(("retry-after", "1"),))
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._decoding, self._hash, upload)
        finally:
            self._waiting -= 1

    def _hash(self, upload: Upload) -> Hashes:
        return self._uploads.hash(upload, known=self._known)

    def _known(self, sha256: str, md5: str) -> BankHash | None:
        """What a bank has of these very bytes, with its perceptual hash if any has one; None where none holds them."""
        by_sha256 = self.banks.lookup_sha256([sha256], counted=False)[0]
        hits = (*by_sha256, *self.banks.lookup_md5([md5], counted=False)[0])
        held = [self.banks.whole_hash(hit.entry) for hit in hits]
        return next((each for each in held if each.signal is not None), held[0] if held else None)

    async def fetch(self, url: str) -> Fetched:
        """What is behind a URL, or a `Problem`."""
        return await asyncio.get_running_loop().run_in_executor(self._fetching, self._fetcher.fetch, url)
