from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from takeback.errors import BankError, UsageError
from takeback.jobs.bank_store import Answers, BankStore
from takeback.model.bank import BankHash, HarmHash, HarmSignal, Provenance
from takeback.web.gathered import AT_ONCE, Gathered

WORDS = np.random.default_rng(2020).integers(0, 2**64, (60, 4), dtype=np.uint64)
SHA256, MD5 = "ab" * 32, "cd" * 16


class Counted(BankStore):
    """Notes how many hashes each search was for; a search for ``broken`` hashes fails."""

    searches: list[int]
    broken = 0

    def lookup(self, words: np.ndarray, **asked: Any) -> Answers:
        self.searches.append(len(words))
        if len(words) == self.broken:
            raise BankError("the index of the hash banks is damaged (repair it)")
        return super().lookup(words, **asked)


@pytest.fixture
def store(tmp_path: Path) -> Iterable[Counted]:
    """Banks REPORTED with the even rows of `WORDS`, a SHA-256 and an MD5, and OTHER with the first row."""
    with Counted.create(tmp_path / "banks") as made:
        made.searches = []
        for name, rows in (("REPORTED", WORDS[::2]), ("OTHER", WORDS[:1])):
            made.new_bank(name)
            made.add(name, [HarmHash(signal=signal(row)) for row in rows], Provenance(added_by="moderator"))
        made.add("REPORTED", [HarmHash.of(sha256=SHA256), HarmHash.of(md5=MD5)], Provenance(added_by="moderator"))
        yield made


def signal(row: np.ndarray) -> HarmSignal:
    first, second, third, fourth = (int(word) for word in row)
    return HarmSignal(words=(first, second, third, fourth))


def asked(rows: np.ndarray) -> list[BankHash]:
    return [BankHash(signal=signal(row)) for row in rows]


def together(store: BankStore, ask: Callable[[Gathered], Sequence[Awaitable[Any]]]) -> list[Any]:
    """What comes of questions that are asked at the same time."""

    async def work() -> list[Any]:
        gathered = Gathered(store)
        found = await asyncio.gather(*ask(gathered), return_exceptions=True)
        await gathered.close()
        return found

    return asyncio.run(work())


def test_look_ups_that_come_together_are_answered_by_one_search(store: Counted) -> None:
    together(store, lambda gathered: [gathered.hits(each) for each in asked(WORDS[:AT_ONCE])])
    assert store.searches == [AT_ONCE]


def test_others_get_their_turn_after_some_hashes(store: Counted) -> None:
    together(store, lambda gathered: [gathered.hits(each) for each in asked(WORDS[: 2 * AT_ONCE + 1])])
    assert store.searches == [AT_ONCE, AT_ONCE, 1]


def test_each_gets_the_answer_that_it_would_have_got_alone(store: Counted) -> None:
    hashes = [*asked(WORDS), BankHash.of(sha256=SHA256), BankHash.of(md5=MD5), BankHash.of(md5="00" * 16)]
    found = together(
        store, lambda gathered: [gathered.hits(each, banks=names) for each in hashes for names in (None, ["OTHER"])]
    )
    one_by_one = [alone(store, each, names) for each in hashes for names in (None, ["OTHER"])]
    assert found == one_by_one
    assert sum(map(len, found)) == len(WORDS[::2]) + 2 + 2


def alone(store: BankStore, hash: BankHash, names: list[str] | None) -> tuple[object, ...]:
    if hash.signal is not None:
        return store.lookup(np.array([hash.signal.words], np.uint64), banks=names)[0]
    if hash.sha256 is not None:
        return store.lookup_sha256([hash.sha256], banks=names)[0]
    return store.lookup_md5([hash.md5 or ""], banks=names)[0]


def test_what_is_wrong_with_one_question_is_told_to_whoever_asked_it(store: Counted) -> None:
    (hash,) = asked(WORDS[:1])
    good, bad, other = together(
        store,
        lambda gathered: [gathered.hits(hash), gathered.hits(hash, banks=["NONE"]), gathered.hits(hash)],
    )
    assert (len(good), len(other)) == (2, 2)
    assert isinstance(bad, UsageError)


def test_a_search_that_fails_fails_for_all_who_wait_for_it_and_the_next_is_tried(store: Counted) -> None:
    store.broken = 3
    found = together(store, lambda gathered: [gathered.hits(each) for each in asked(WORDS[:3])])
    assert [type(each) for each in found] == [BankError] * 3
    store.broken = 0
    (hits,) = together(store, lambda gathered: [gathered.hits(each) for each in asked(WORDS[:1])])
    assert len(hits) == 2


def test_every_hash_that_is_hit_counts_as_an_event_of_its_own(store: Counted) -> None:
    together(store, lambda gathered: [gathered.hits(each) for each in asked(WORDS[[2, 2, 2]])])
    assert store._floods is not None
    assert store._floods._hits.total() == 3


def test_who_goes_away_keeps_nobody_waiting(store: Counted) -> None:
    async def work() -> None:
        gathered = Gathered(store)
        first, second = (asyncio.create_task(gathered.hits(each)) for each in asked(WORDS[:2]))
        await asyncio.sleep(0)
        first.cancel()
        assert await second == ()
        await gathered.close()

    asyncio.run(work())
    assert store.searches == [1]


def test_closing_answers_whoever_waits(store: Counted) -> None:
    async def work() -> None:
        gathered = Gathered(store)
        waiting = asyncio.create_task(gathered.hits(asked(WORDS[:1])[0]))
        await asyncio.sleep(0)
        await gathered.close()
        assert waiting.done() or len(await waiting) == 2

    asyncio.run(work())
    assert store.searches == [1]


def test_whatever_ends_the_answering_the_next_look_up_begins_it_anew(store: Counted) -> None:
    async def work() -> None:
        gathered = Gathered(store)
        first, second = (asyncio.create_task(gathered.hits(each)) for each in asked(WORDS[:2]))
        await asyncio.sleep(0)
        assert gathered._answering is not None
        gathered._answering.cancel()
        await asyncio.wait([gathered._answering])
        assert await gathered.hits(asked(WORDS[2:3])[0])
        assert (len(await first), await second) == (2, ())

    asyncio.run(work())
