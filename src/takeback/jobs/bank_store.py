"""The hash banks of a folder, opened: what the command line, the exchanges and a service work with."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from takeback.jobs.bank_entries import BankEntries
from takeback.jobs.bank_lookup import LookUp, by_digest, by_words
from takeback.model.bank import BankHash, BankHit
from takeback.model.signal import HASH_WORDS

Answers = tuple[tuple[BankHit, ...], ...]
_ASKED_AGAIN = 5
"""So often at most: who writes without a pause does not keep whoever asks waiting."""


class Asked(NamedTuple):
    """What came of a question.

    ``of_one_instant``: only what was known when it was asked was read, which is so for the many hashes that the index
    knows nothing like of; whether something changed meanwhile then does not matter.
    """

    answers: Answers
    look_up: LookUp
    of_one_instant: bool = False


class BankStore(BankEntries):
    """The harm banks and negative banks of a folder.

    Several processes may have one folder open, and each may write; what one commits counts in every other at its next
    look-up. Within a process it may be used from several threads. The tables are the truth and every hit is held
    against them, so that a withdrawal counts at once.

    Protected banks, which hold ordinary photographs, are not here and cannot be reached from here: `BankHash` takes no
    signal of theirs.

    Examples:
        >>> import tempfile
        >>> from pathlib import Path
        >>> import numpy as np
        >>> from takeback.model.bank import HarmHash, Provenance
        >>> with tempfile.TemporaryDirectory() as folder, BankStore.create(Path(folder, "banks")) as store:
        ...     bank = store.new_bank("reported")
        ...     ids = store.add("reported", [HarmHash.of(pdq="f" * 64)], Provenance(added_by="moderator"))
        ...     [[hit.distance for hit in hits] for hits in store.lookup(np.full((1, 4), 2**64 - 1, np.uint64))]
        [[0]]
    """

    @property
    def index_version(self) -> str:
        """Another text after every change of what look-ups may find, the same in every process."""
        with self._lock:
            self._catch_up()
            return str(self._seen[1])

    def lookup(
        self,
        words: npt.NDArray[np.uint64],
        *,
        quality: Sequence[int | None] | None = None,
        banks: Iterable[str] | None = None,
        distance: int | None = None,
        low_quality: bool = False,
        now: datetime | None = None,
        counted: bool = True,
    ) -> Answers:
        """For each query (Q, 4) uint64 the entries of harm banks that are as close, nearest first.

        ``quality``: of each query. ``banks``: only these; None is all of them. ``distance``: instead of each bank's
        own. Negative banks veto always. Where one of the two hashes has a quality under 50 the hit does not
        stand, unless ``low_quality`` asks for it. Disabled and withdrawn entries are not found; see `BankHit.stands`.
        Hits count toward floods, each query as an event, unless ``counted`` is off: then `count` is told of them.
        """
        if words.ndim != 2 or words.shape[1] != HASH_WORDS:  # noqa: PLR2004  # rows and words
            raise ValueError(f"hashes are rows of {HASH_WORDS} words, not an array of shape {words.shape}")
        if quality is not None and len(quality) != len(words):
            raise ValueError(f"{len(quality)} qualities for {len(words)} hashes")
        names = None if banks is None else tuple(banks)

        def ask() -> Asked:
            look_up = self._look_up(names, distance=distance, low_quality=low_quality, now=now)
            before = self._index.state
            hits = self._index.search(words, distance=look_up.radius)
            of_one_instant = not len(hits) and self._index.state == before
            return Asked(by_words(self._tables, look_up, hits, words, quality), look_up, of_one_instant)

        return self._answered(ask, counted=counted)

    def lookup_sha256(
        self,
        digests: Sequence[str],
        *,
        banks: Iterable[str] | None = None,
        now: datetime | None = None,
        counted: bool = True,
    ) -> Answers:
        """For each SHA-256 the entries that hold it; a HashRefused for the first that is none."""
        return self._lookup_digest("sha256", digests, banks, now, counted=counted)

    def lookup_md5(
        self,
        digests: Sequence[str],
        *,
        banks: Iterable[str] | None = None,
        now: datetime | None = None,
        counted: bool = True,
    ) -> Answers:
        """For each MD5 the entries that hold it; a HashRefused for the first that is none."""
        return self._lookup_digest("md5", digests, banks, now, counted=counted)

    def count(self, events: Iterable[Iterable[BankHit]]) -> None:
        """Count toward floods what was found uncounted: the hits of all hashes of one picture are one event."""
        if self._floods is not None:
            with self._lock:
                self._floods.count(events, self._banks, self._clock())

    def _lookup_digest(
        self, column: str, digests: Sequence[str], banks: Iterable[str] | None, now: datetime | None, *, counted: bool
    ) -> Answers:
        checked = [_checked(column, each) for each in digests]
        names = None if banks is None else tuple(banks)

        def ask() -> Asked:
            look_up = self._look_up(names, distance=None, low_quality=True, now=now)
            return Asked(by_digest(self._tables, look_up, column, checked), look_up)

        return self._answered(ask, counted=counted)

    def _answered(self, ask: Callable[[], Asked], *, counted: bool) -> Answers:
        """The answers to a question that is asked again where another process changed something while it was answered.

        Index, banks, orientations and entries are read one after another: half of a change, such as the new name of a
        bank, would look like no match.
        """
        with self._lock:
            self._catch_up()
            asked = ask()
            for _ in range(_ASKED_AGAIN):
                if asked.of_one_instant or not self._moved():
                    break
                self._catch_up()
                asked = ask()
            if counted and self._floods is not None:
                self._floods.count(asked.answers, self._banks, asked.look_up.now)
            return asked.answers

    def _look_up(
        self, banks: Iterable[str] | None, *, distance: int | None, low_quality: bool, now: datetime | None
    ) -> LookUp:
        names = None if banks is None else frozenset(self._bank(name).name for name in banks)
        return LookUp.among(
            self._banks, names, distance=distance, low_quality=low_quality, now=self._clock() if now is None else now
        )


def _checked(column: str, digits: str) -> str:
    """The digits as the tables hold them."""
    hash = BankHash.of(sha256=digits) if column == "sha256" else BankHash.of(md5=digits)
    return hash.sha256 or hash.md5 or ""
