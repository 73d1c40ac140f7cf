from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from takeback.errors import BankError, HashRefused, StorageFull, UsageError
from takeback.jobs.bank_index import BankIndex
from takeback.jobs.bank_store import BankStore
from takeback.matching.hamming_view import Hits
from takeback.model.bank import (
    BankHit,
    BankKind,
    EntryState,
    HarmHash,
    HeldBack,
    NegativeHash,
    Opinion,
    Provenance,
    Verdict,
)

NOON = datetime(2026, 8, 4, 12, tzinfo=UTC)
BY = Provenance(added_by="moderator")


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path: Path, clock: Clock) -> Iterator[BankStore]:
    with BankStore.create(tmp_path / "banks", clock=clock) as made:
        made.new_bank("reported")
        yield made


def near(bits: int, *, of: str = "0" * 64) -> str:
    """A hash that differs from another in so many bits."""
    return f"{int(of, 16) ^ ((1 << bits) - 1):064x}"


def words(*digits: str) -> npt.NDArray[np.uint64]:
    rows = [[int(each[start : start + 16], 16) for start in range(0, 64, 16)] for each in digits]
    return np.array(rows, np.uint64).reshape(-1, 4)


def hits(store: BankStore, digits: str, **asked: object) -> tuple[BankHit, ...]:
    return store.lookup(words(digits), **asked)[0]  # type: ignore[arg-type]  # passed on


def test_a_hash_is_found_within_31_bits_and_not_beyond(store: BankStore) -> None:
    [id] = store.add("reported", [HarmHash.of(pdq="0" * 64, quality=90)], BY)
    [hit] = hits(store, near(31))
    assert (hit.entry.id, hit.bank, hit.distance, hit.orientation, hit.stands) == (id, "reported", 31, 0, True)
    assert hits(store, near(32)) == ()


def test_an_entry_with_its_8_forms_is_found_once_and_says_in_which_orientation(store: BankStore) -> None:
    forms = tuple(f"{each:01x}" * 64 for each in range(8))
    store.add("reported", [HarmHash.of(pdq=forms[0], quality=90, forms=forms)], BY)
    [hit] = hits(store, near(3, of=forms[6]))
    assert (hit.distance, hit.orientation) == (3, 6)


def test_a_bank_has_its_own_distance_and_a_question_may_have_another(store: BankStore) -> None:
    store.new_bank("strict", distance=5)
    store.add("strict", [HarmHash.of(pdq="0" * 64)], BY)
    store.add("reported", [HarmHash.of(pdq="0" * 64)], BY)
    assert [hit.bank for hit in hits(store, near(10))] == ["reported"]
    assert [hit.bank for hit in hits(store, near(5), banks=["strict"])] == ["strict"]
    assert [hit.bank for hit in hits(store, near(10), distance=10)] == ["strict", "reported"]
    assert hits(store, near(10), distance=9) == ()


def test_adding_again_finds_the_entry_that_is_there(store: BankStore) -> None:
    assert store.add("reported", [HarmHash.of(pdq="0" * 64)] * 2, BY) == (1, 1)
    assert store.add("reported", [HarmHash.of(pdq="0" * 64), HarmHash.of(md5="0" * 32)], BY) == (1, 2)
    assert store.counts("reported")[EntryState.ACTIVE] == 2


def test_a_withdrawn_entry_matches_nowhere_and_importing_it_again_does_not_bring_it_back(store: BankStore) -> None:
    ids = store.add("reported", [HarmHash.of(pdq="0" * 64, sha256="a" * 64)], BY)
    store.withdraw(ids, by="moderator", reason="a mistake")
    assert hits(store, "0" * 64) == ()
    assert store.lookup_sha256(["a" * 64]) == ((),)
    assert store.add("reported", [HarmHash.of(pdq="0" * 64, sha256="a" * 64)], BY) == ids
    assert hits(store, "0" * 64) == ()
    store.review(ids[0], Verdict.KEEP, by="second person", reason="it was right")
    assert [hit.entry.id for hit in hits(store, near(1))] == list(ids)
    assert [each.action for each in store.acts(ids[0])] == ["withdrawn", "kept"]


def test_what_is_disabled_until_a_date_comes_back_by_itself(store: BankStore, clock: Clock) -> None:
    ids = store.add("reported", [HarmHash.of(pdq="0" * 64)], BY)
    store.disable(ids, until=NOON + timedelta(days=1), by="moderator")
    assert hits(store, "0" * 64) == ()
    clock.now += timedelta(days=1)
    assert len(hits(store, "0" * 64)) == 1


def test_what_is_disabled_without_a_date_comes_back_when_somebody_enables_it(store: BankStore, clock: Clock) -> None:
    ids = store.add("reported", [HarmHash.of(pdq="0" * 64)], BY)
    store.disable(ids, until=None, by="moderator")
    clock.now += timedelta(days=1000)
    assert hits(store, "0" * 64) == ()
    store.enable(ids, by="moderator")
    assert len(hits(store, "0" * 64)) == 1


def test_a_negative_bank_vetoes_whatever_banks_are_asked(store: BankStore) -> None:
    store.new_bank("templates", kind=BankKind.NEGATIVE, distance=10)
    store.add("reported", [HarmHash.of(pdq="0" * 64)], BY)
    [veto] = store.add("templates", [NegativeHash.of(pdq=near(20))], BY)
    [hit] = hits(store, near(20), banks=["reported"], distance=31)
    assert (hit.vetoed_by, hit.held_back, hit.stands) == ((veto,), (HeldBack.VETOED,), False)
    assert hits(store, near(5))[0].stands


def test_a_bank_takes_hashes_of_its_own_kind_only(store: BankStore) -> None:
    store.new_bank("templates", kind=BankKind.NEGATIVE)
    with pytest.raises(HashRefused, match="negative bank and takes no HarmHash"):
        store.add("templates", [HarmHash.of(pdq="0" * 64)], BY)
    with pytest.raises(HashRefused, match="harm bank and takes no NegativeHash"):
        store.add("reported", [NegativeHash.of(pdq="0" * 64)], BY)


def test_low_quality_is_kept_and_does_not_stand_unless_asked(store: BankStore) -> None:
    store.add("reported", [HarmHash.of(pdq="0" * 64, quality=49, sha256="a" * 64)], BY)
    assert hits(store, "0" * 64)[0].held_back == (HeldBack.LOW_QUALITY,)
    assert hits(store, "0" * 64, low_quality=True)[0].stands
    assert store.lookup_sha256(["a" * 64])[0][0].stands


def test_a_query_of_low_quality_does_not_stand_unless_asked(store: BankStore) -> None:
    store.add("reported", [HarmHash.of(pdq="0" * 64, quality=80)], BY)
    assert hits(store, "0" * 64, quality=[49])[0].held_back == (HeldBack.LOW_QUALITY,)
    assert hits(store, "0" * 64, quality=[50])[0].stands


def test_the_enabled_share_is_stable_and_raising_it_only_adds(store: BankStore) -> None:
    digits = [f"{each:064x}" for each in range(1, 400)]
    store.add("reported", [HarmHash.of(pdq=each) for each in digits], BY)
    counted = []
    for share in (0.0, 0.3, 0.6, 1.0):
        store.change_bank("reported", replace(store.bank("reported"), enabled_share=share))
        answers = store.lookup(words(*digits), distance=0)
        counted.append({hit.entry.id for found in answers for hit in found})
    assert [len(each) for each in (counted[0], counted[3])] == [0, 399]
    assert counted[1] < counted[2] < counted[3]
    assert 60 < len(counted[1]) < 180


def test_cryptographic_hashes_are_looked_up_by_themselves(store: BankStore) -> None:
    ids = store.add("reported", [HarmHash.of(sha256="a" * 64), HarmHash.of(md5="b" * 32)], BY)
    assert [hit.entry.id for hit in store.lookup_sha256(["a" * 64])[0]] == [ids[0]]
    assert [hit.entry.id for hit in store.lookup_md5(["c" * 32, "b" * 32])[1]] == [ids[1]]
    assert store.lookup_md5(["a" * 32]) == ((),)


def test_what_was_disputed_waits_for_a_review_until_one_is_made(store: BankStore) -> None:
    first, second = store.add("reported", [HarmHash.of(pdq="0" * 64), HarmHash.of(pdq="f" * 64)], BY)
    store.give_opinion(first, Opinion.DISPUTE, by="a", reason="an ordinary picture")
    store.give_opinion(second, Opinion.CONFIRM, by="a")
    assert [entry.id for entry in store.to_review()] == [first]
    assert store.to_review()[0].opinions[0].reason == "an ordinary picture"
    store.review(first, Verdict.KEEP, by="b", reason="looked again")
    assert store.to_review() == ()
    store.give_opinion(first, Opinion.DISPUTE, by="c")
    assert [entry.id for entry in store.to_review()] == [first]
    store.give_opinion(first, Opinion.CONFIRM, by="c")
    store.give_opinion(first, Opinion.CONFIRM, by="d")
    assert store.to_review() == ()


def test_another_process_sees_what_was_added_and_withdrawn_at_its_next_look_up(store: BankStore) -> None:
    with BankStore.open(store.folder, writable=False) as other:
        version = other.index_version
        ids = store.add("reported", [HarmHash.of(pdq="0" * 64)], BY)
        assert len(hits(other, "0" * 64)) == 1
        store.withdraw(ids, by="moderator", reason="a mistake")
        assert hits(other, "0" * 64) == ()
        assert other.index_version == store.index_version != version


def test_a_removed_bank_takes_its_entries_with_it(store: BankStore) -> None:
    store.new_bank("other")
    store.add("reported", [HarmHash.of(pdq="0" * 64)], BY)
    kept = store.add("other", [HarmHash.of(pdq="0" * 64)], BY)
    assert store.remove_bank("reported") == 1
    assert [hit.entry.id for hit in hits(store, "0" * 64)] == list(kept)
    with pytest.raises(UsageError, match="no bank is called 'reported' \\(there are: other\\)"):
        store.bank("reported")


def test_an_exchange_record_leads_to_its_entries(store: BankStore) -> None:
    by = Provenance(added_by="pull", source="an exchange", exchange="an exchange", exchange_record="77")
    ids = store.add("reported", [HarmHash.of(pdq="0" * 64)], by)
    assert store.entries_of_record("an exchange", "77") == ids
    assert store.entry(ids[0]).provenance == by


def test_a_folder_opened_for_reading_cannot_be_changed(store: BankStore) -> None:
    with (
        BankStore.open(store.folder, writable=False) as other,
        pytest.raises(BankError, match="opened for reading"),
    ):
        other.new_bank("more")


def test_an_act_that_fails_changes_nothing(store: BankStore) -> None:
    ids = store.add("reported", [HarmHash.of(pdq="0" * 64)], BY)
    with pytest.raises(UsageError, match="no bank has an entry 99"):
        store.withdraw([*ids, 99], by="moderator", reason="a mistake")
    assert len(hits(store, "0" * 64)) == 1


def test_an_entry_that_suddenly_hits_far_more_than_ever_waits_for_a_person(store: BankStore, clock: Clock) -> None:
    store.change_bank("reported", replace(store.bank("reported"), flood_least=5, flood_times=2))
    [id] = store.add("reported", [HarmHash.of(pdq="0" * 64)], BY)
    for _ in range(4):
        assert hits(store, "0" * 64)[0].stands
    clock.now += timedelta(days=1)
    for _ in range(8):
        clock.now += timedelta(seconds=2)
        assert hits(store, "0" * 64)[0].stands
    clock.now += timedelta(seconds=2)
    assert hits(store, "0" * 64)[0].stands  # the ninth; it is written down, and is more than twice four
    [hit] = hits(store, "0" * 64)
    assert (hit.entry.state, hit.held_back) == (EntryState.QUARANTINED, (HeldBack.QUARANTINED,))
    assert [entry.id for entry in store.to_review()] == [id]
    store.review(id, Verdict.KEEP, by="moderator", reason="it is spreading")
    for _ in range(9):
        clock.now += timedelta(seconds=2)
        assert hits(store, "0" * 64)[0].stands
    assert [each.action for each in store.acts(id)] == ["quarantined", "kept"]


def test_a_flood_is_seen_over_several_processes(store: BankStore, clock: Clock) -> None:
    store.change_bank("reported", replace(store.bank("reported"), flood_least=6))
    store.add("reported", [HarmHash.of(pdq="0" * 64)], BY)
    with BankStore.open(store.folder, clock=clock) as other:
        for _ in range(3):
            hits(other, "0" * 64)
            hits(store, "0" * 64)
    clock.now += timedelta(seconds=2)
    hits(store, "0" * 64)
    assert hits(store, "0" * 64)[0].held_back == (HeldBack.QUARANTINED,)


def test_only_a_review_brings_back_what_is_in_quarantine_or_withdrawn(store: BankStore) -> None:
    ids = store.add("reported", [HarmHash.of(pdq="0" * 64)], BY)
    store.withdraw(ids, by="moderator", reason="a mistake")
    with pytest.raises(UsageError, match="entry 1 is withdrawn: only a review brings it back"):
        store.enable(ids, by="moderator")


def test_what_was_erased_is_in_no_file_any_more_and_may_come_back(store: BankStore) -> None:
    digits = [bytes(range(start, start + 32)).hex() for start in (1, 101, 201)]
    ids = store.add("reported", [HarmHash.of(pdq=each) for each in digits], BY)
    hits(store, digits[0])
    store.withdraw(ids[:1], by="moderator", reason="withdrawn by its owner")
    assert store.erase_withdrawn("reported") == 1
    store.erase(ids[1:2])
    store.close()
    left = b"".join(each.read_bytes() for each in store.folder.rglob("*") if each.is_file())
    little = [bytes.fromhex(each)[7::-1] for each in digits]
    assert [bytes.fromhex(each) in left for each in digits] == [False, False, True]
    assert [each in left for each in little[:2]] == [False, False]
    with BankStore.open(store.folder) as again:
        assert [hits(again, each) != () for each in digits] == [False, False, True]
        assert again.add("reported", [HarmHash.of(pdq=digits[0])], BY) == (4,)
        assert [hit.entry.id for hit in hits(again, digits[0])] == [4]


def test_what_came_back_by_itself_is_shown_as_active(store: BankStore, clock: Clock) -> None:
    ids = store.add("reported", [HarmHash.of(pdq="0" * 64, sha256="a" * 64)], BY)
    store.disable(ids, until=NOON + timedelta(days=1), by="moderator")
    assert store.counts("reported")[EntryState.DISABLED] == 1
    clock.now += timedelta(days=2)
    assert store.counts("reported") == {**dict.fromkeys(EntryState, 0), EntryState.ACTIVE: 1}
    shown = [store.entry(1), *store.entries("reported"), hits(store, "0" * 64)[0].entry]
    shown.append(store.lookup_sha256(["a" * 64])[0][0].entry)
    assert [(each.state, each.disabled_until) for each in shown] == [(EntryState.ACTIVE, None)] * 4


def test_digests_are_found_in_either_case_and_one_that_is_none_is_refused(store: BankStore) -> None:
    store.add("reported", [HarmHash.of(sha256="a" * 64, md5="b" * 32)], BY)
    assert len(store.lookup_sha256(["A" * 64])[0]) == len(store.lookup_md5(["B" * 32])[0]) == 1
    with pytest.raises(HashRefused, match="an MD5 has 32 hexadecimal digits, not 3"):
        store.lookup_md5(["abc"])


def test_a_hash_that_comes_again_with_its_forms_and_quality_completes_the_entry(store: BankStore) -> None:
    forms = tuple(f"{each:01x}" * 64 for each in range(8))
    ids = store.add("reported", [HarmHash.of(pdq=forms[0])], BY)
    assert hits(store, forms[5]) == ()
    for _ in range(2):
        assert store.add("reported", [HarmHash.of(pdq=forms[0], quality=70, forms=forms)], BY) == ids
        assert [(hit.orientation, hit.entry.quality) for hit in hits(store, forms[5])] == [(5, 70)]
    assert store.add("reported", [HarmHash.of(pdq=forms[0], quality=10)], BY) == ids
    assert store.entry(ids[0]).quality == 70


class Plain:
    """What a bank is in plain words: a list, and a look at every entry of it."""

    def __init__(self) -> None:
        self.entries: dict[int, tuple[int, tuple[int, ...]]] = {}
        self.off: set[int] = set()

    def found(self, asked: int, distance: int) -> list[tuple[int, int, int]]:
        near = []
        for id, (_, forms) in self.entries.items():
            bits, turn = min(((asked ^ form).bit_count(), turn) for turn, form in enumerate(forms))
            if bits <= distance and id not in self.off:
                near.append((bits, id, turn))
        return sorted(near)


@pytest.mark.parametrize("seed", [1, 2])
def test_look_ups_are_what_a_plain_reading_of_every_act_says(store: BankStore, seed: int) -> None:
    draw = np.random.default_rng(seed)
    centre = int.from_bytes(draw.bytes(32), "big")
    plain = Plain()

    def somewhere() -> int:
        flips = draw.choice(256, int(draw.integers(0, 24)), replace=False)
        return centre ^ sum(1 << int(bit) for bit in flips)

    for _ in range(40):
        act = draw.choice(["add", "add", "withdraw", "disable", "enable", "repair", "ask", "ask"])
        known = sorted(plain.entries)
        if act == "add":
            forms = tuple(somewhere() for _ in range(8 if draw.random() < 0.5 else 1))
            hexed = tuple(f"{form:064x}" for form in forms)
            [id] = store.add("reported", [HarmHash.of(pdq=hexed[0], forms=hexed if len(forms) == 8 else ())], BY)
            plain.entries[id] = (forms[0], forms)
        elif act == "repair":
            store.repair()
        elif act != "ask" and known:
            id = int(draw.choice(known))
            if act == "withdraw":
                store.withdraw([id], by="m", reason="r")
                plain.off.add(id)
            elif act == "disable" and id not in plain.off:
                store.disable([id], until=None, by="m")
                plain.off.add(id)
            elif act == "enable" and id in plain.off and store.entry(id).state is EntryState.DISABLED:
                store.enable([id], by="m")
                plain.off.discard(id)
        asked, distance = somewhere(), int(draw.integers(0, 32))
        found = [
            (hit.distance, hit.entry.id, hit.orientation) for hit in hits(store, f"{asked:064x}", distance=distance)
        ]
        assert found == plain.found(asked, distance)


def test_a_full_disk_is_said_and_nothing_is_half_added(store: BankStore) -> None:
    database = store._tables._database
    many = [HarmHash.of(pdq=f"{each:064x}") for each in range(5000)]
    database.execute(f"PRAGMA max_page_count = {database.number('PRAGMA page_count') + 20}")
    with pytest.raises(StorageFull, match=r"no space left on the disk of .*banks\.db: nothing is half-written"):
        store.add("reported", many, BY)
    assert store.counts("reported")[EntryState.ACTIVE] == 0
    assert hits(store, "0" * 64) == ()
    database.execute("PRAGMA max_page_count = 1000000")
    assert len(store.add("reported", many, BY)) == 5000


class Meanwhile:
    """An index during whose first search something else happens."""

    def __init__(self, index: BankIndex, act: Callable[[], object]) -> None:
        self._index = index
        self._acts = [act]

    def search(self, words: npt.NDArray[np.uint64], *, distance: int) -> Hits:
        hits = self._index.search(words, distance=distance)
        while self._acts:
            self._acts.pop()()
        return hits

    def __getattr__(self, name: str) -> object:
        return getattr(self._index, name)


def test_a_change_in_the_middle_of_a_look_up_does_not_look_like_no_match(store: BankStore) -> None:
    (id,) = store.add("reported", [HarmHash.of(pdq="0" * 64)], BY)
    with BankStore.open(store.folder) as other:
        renamed = replace(other.bank("reported"), name="renamed")
        store._index = Meanwhile(store._index, lambda: other.change_bank("reported", renamed))  # type: ignore[assignment]  # a fake
        (hits,) = store.lookup(words("0" * 64))
    assert [(hit.entry.id, hit.bank) for hit in hits] == [(id, "renamed")]


class Moving(Meanwhile):
    """... and which is seen in another state after every search."""

    searched = 0

    def search(self, words: npt.NDArray[np.uint64], *, distance: int) -> Hits:
        self.searched += 1
        return super().search(words, distance=distance)

    @property
    def state(self) -> tuple[int, int]:
        return self._index.state[0], self.searched


def test_a_miss_is_asked_again_only_where_the_index_was_seen_to_move(store: BankStore) -> None:
    with BankStore.open(store.folder) as other:

        def add(digits: str) -> None:
            other.add("reported", [HarmHash.of(pdq=digits)], BY)

        index = store._index
        store._index = Meanwhile(index, lambda: add("0" * 64))  # type: ignore[assignment]  # a fake
        assert hits(store, "0" * 64) == ()  # nothing was known when it was asked
        assert len(hits(store, "0" * 64)) == 1
        store._index = Moving(index, lambda: add("f" * 64))  # type: ignore[assignment]  # a fake
        assert len(hits(store, "f" * 64)) == 1
