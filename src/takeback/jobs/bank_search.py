"""Looking hashes up in banks by their digits, each answered by itself: hits, none, or why it is no hash."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from takeback.errors import HashRefused
from takeback.jobs.bank_store import BankStore
from takeback.model.bank import BankHit, EntryState, HarmHash
from takeback.model.signal import HASH_WORDS

_PDQ = "pdq"
_MD5_DIGITS = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One hash to look up; ``kind`` is ``pdq``, ``sha256`` or ``md5``."""

    digits: str
    kind: str = _PDQ
    quality: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """One hit: everything that is known of it, in one answer."""

    entry: int
    bank: str
    distance: int
    orientation: int
    state: EntryState
    stands: bool
    held_back: tuple[str, ...]
    vetoed_by: tuple[int, ...]
    quality: int | None
    source: str
    exchange: str | None
    record: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What became of one hash: its hits, or ``refused`` with the reason and ``message`` with what is wrong."""

    digits: str
    kind: str
    hits: tuple[Hit, ...] = ()
    refused: str | None = None
    message: str | None = None

    def lines(self) -> list[str]:
        """For people."""
        if self.refused is not None:
            return [f"{self.digits[:64]}: refused, {self.message}"]
        return [
            f"{self.digits}: {_plural(len(self.hits))}",
            *(
                f"  entry {hit.entry} in {hit.bank}: {hit.distance} bits, orientation {hit.orientation}, "
                f"{hit.state.value}, from {hit.exchange or hit.source}"
                + ("" if hit.stands else f"; does not stand: {', '.join(hit.held_back)}")
                for hit in self.hits
            ),
        ]


def kind_of(digits: str) -> str:
    """The kind of hash that digits without a name are: an MD5 where there are 32, otherwise a PDQ."""
    return "md5" if len(digits) == _MD5_DIGITS else _PDQ


def search(
    store: BankStore,
    asked: Sequence[Asked],
    *,
    banks: Iterable[str] | None = None,
    distance: int | None = None,
    low_quality: bool = False,
) -> tuple[Answer, ...]:
    """An answer for each hash, in order; one that is no hash is refused by itself."""
    names = None if banks is None else tuple(banks)
    answers: dict[int, Answer] = {}
    good: dict[str, list[tuple[int, Asked, HarmHash]]] = {_PDQ: [], "sha256": [], "md5": []}
    for place, each in enumerate(asked):
        try:
            good[each.kind].append((place, each, HarmHash.of(**{each.kind: each.digits, "quality": each.quality})))  # type: ignore[arg-type]  # one of three names
        except HashRefused as error:
            answers[place] = Answer(digits=each.digits, kind=each.kind, refused=error.reason, message=str(error))
    found = {
        _PDQ: store.lookup(
            np.array([hash.signal.words for _, _, hash in good[_PDQ] if hash.signal], np.uint64).reshape(
                -1, HASH_WORDS
            ),
            quality=[each.quality for _, each, _ in good[_PDQ]],
            banks=names,
            distance=distance,
            low_quality=low_quality,
        ),
        "sha256": store.lookup_sha256([hash.sha256 or "" for _, _, hash in good["sha256"]], banks=names),
        "md5": store.lookup_md5([hash.md5 or "" for _, _, hash in good["md5"]], banks=names),
    }
    for kind, those in good.items():
        for (place, each, _), hits in zip(those, found[kind], strict=True):
            answers[place] = Answer(digits=each.digits, kind=kind, hits=tuple(_hit(hit) for hit in hits))
    return tuple(answers[place] for place in range(len(asked)))


def _hit(hit: BankHit) -> Hit:
    entry = hit.entry
    return Hit(
        entry=entry.id,
        bank=hit.bank,
        distance=hit.distance,
        orientation=hit.orientation,
        state=entry.state,
        stands=hit.stands,
        held_back=tuple(each.value for each in hit.held_back),
        vetoed_by=hit.vetoed_by,
        quality=entry.quality,
        source=entry.provenance.source,
        exchange=entry.provenance.exchange,
        record=entry.provenance.exchange_record,
    )


def _plural(hits: int) -> str:
    return {0: "no hit", 1: "1 hit"}.get(hits, f"{hits} hits")
