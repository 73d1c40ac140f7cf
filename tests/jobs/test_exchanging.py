"""Exchanges and banks: what comes in counts at once, what goes out passes the guard and a person."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import get_type_hints

import numpy as np
import pytest

from takeback.errors import ExchangeError, HarmRule, HashRefused, UsageError
from takeback.exchanges.account import Account
from takeback.exchanges.export_guard import Guarded, guarded_for_export, nothing_unchecked, unguarded
from takeback.exchanges.hash_records import HarmRecord, SaidOf, SetAside, SetAsideReason
from takeback.jobs.bank_store import BankStore
from takeback.jobs.exchanging import plan, pull, send
from takeback.model.bank import BankKind, EntryState, HarmHash, NegativeHash, Opinion, Provenance
from takeback.model.exchange import Intent, Message, Outgoing, Prepared
from takeback.model.signal import Signal
from takeback.protocols import Page
from takeback.store.exchange_state import ExchangeState

NOON = datetime(2026, 8, 4, 12, tzinfo=UTC)
ACCOUNT = Account(name="ncii", kind="made-up", bank="reported", folder=Path())
HASHES = [f"{number:064x}" for number in (0xFFFF << 100, 0xFFFF << 140, 0xFFFF << 180)]
Pages = Sequence[Page[HarmRecord | SetAside]]


class MadeUp:
    """An exchange that says what a test gives it, and remembers what it was sent."""

    name = "made-up"

    def __init__(self, *pages: Page[HarmRecord | SetAside], whole: bool = False, fails_after: int = 99) -> None:
        self.whole = whole
        self.pages = pages
        self.sent: list[Message] = []
        self.asked: list[str | None] = []
        self.fails_after = fails_after

    def pull(self, checkpoint: str | None) -> Iterator[Page[HarmRecord | SetAside]]:
        self.asked.append(checkpoint)
        for number, page in enumerate(self.pages):
            if number == self.fails_after:
                raise ExchangeError("it broke off")
            yield page

    def prepare(self, outgoing: Sequence[Outgoing]) -> Prepared:
        messages = [
            Message(
                method="POST",
                target="/made-up",
                content_type="text/plain",
                body=repr(each.hash).encode(),
                entries=((each.entry, each.intent),),
            )
            for each in outgoing
        ]
        return Prepared(messages=tuple(messages))

    def send(self, message: Message) -> None:
        if len(self.sent) == self.fails_after:
            raise ExchangeError("it broke off")
        self.sent.append(message)


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


@pytest.fixture
def store(tmp_path: Path) -> Iterator[BankStore]:
    with BankStore.create(tmp_path / "banks", clock=Clock()) as made:
        made.new_bank("reported")
        yield made


@pytest.fixture
def state(tmp_path: Path) -> ExchangeState:
    return ExchangeState(tmp_path / "exchanges")


def page(*items: HarmRecord | SetAside, checkpoint: str | None = None) -> Page[HarmRecord | SetAside]:
    return Page(items=items, checkpoint=checkpoint)


def record(number: int, *, withdrawn: bool = False, opinions: tuple[SaidOf, ...] = ()) -> HarmRecord:
    hash = HarmHash.of(pdq=HASHES[number])
    return HarmRecord(number=number, hash=hash, record=f"r{number}", withdrawn=withdrawn, opinions=opinions)


ASIDE = SetAside(number=9, reason=SetAsideReason.UNREADABLE, message="no record")


def states(store: BankStore) -> list[EntryState]:
    return [each.state for each in store.all_entries("reported")]


# --- in ---


def test_what_comes_in_is_counted_and_the_place_is_kept(store: BankStore, state: ExchangeState) -> None:
    said = SaidOf(opinion=Opinion.CONFIRM, by="another provider")
    exchange = MadeUp(page(record(0), ASIDE), page(record(1, opinions=(said,)), checkpoint="here"))
    outcome = pull(store, ACCOUNT, exchange, state, by="A")
    assert (outcome.read, outcome.added, outcome.known, outcome.withdrawn, outcome.set_aside) == (3, 2, 0, 0, 1)
    assert exchange.asked == [None]
    entry, other = store.all_entries("reported")
    assert (entry.provenance.added_by, entry.provenance.exchange, entry.provenance.exchange_record) == (
        "A",
        "ncii",
        "r0",
    )
    assert [each.by for each in other.opinions] == ["another provider"]
    again = MadeUp()
    pull(store, ACCOUNT, again, state, by="A")
    pull(store, ACCOUNT, again, state, by="A", from_start=True)
    assert again.asked == ["here", None]


def test_a_pull_that_broke_off_keeps_what_it_had_and_doubles_nothing(store: BankStore, state: ExchangeState) -> None:
    pages = (page(record(0), checkpoint="one"), page(record(1), checkpoint="two"))
    with pytest.raises(ExchangeError):
        pull(store, ACCOUNT, MadeUp(*pages, fails_after=1), state, by="A")
    assert (state.of("ncii"), len(states(store))) == ("one", 1)
    outcome = pull(store, ACCOUNT, MadeUp(*pages), state, by="A")
    assert (outcome.added, outcome.known, state.of("ncii")) == (1, 1, "two")


def test_what_the_exchange_withdraws_matches_nowhere_any_more(store: BankStore, state: ExchangeState) -> None:
    pull(store, ACCOUNT, MadeUp(page(record(0), record(1))), state, by="A")
    gone = HarmRecord(number=1, hash=None, record="r1", withdrawn=True)
    outcome = pull(store, ACCOUNT, MadeUp(page(record(0, withdrawn=True), gone)), state, by="A")
    assert outcome.withdrawn == 2
    assert states(store) == [EntryState.WITHDRAWN] * 2


def test_a_bank_that_is_not_there_is_named_before_anybody_is_asked(store: BankStore, state: ExchangeState) -> None:
    exchange = MadeUp(page(record(0)))
    account = Account(name="ncii", kind="made-up", bank="gone", folder=Path())
    with pytest.raises(UsageError, match="gone"):
        pull(store, account, exchange, state, by="A")
    assert exchange.asked == []


# --- out ---


def planned(
    store: BankStore, state: ExchangeState, exchange: MadeUp | None = None, **options: object
) -> list[tuple[int, Intent]]:
    made = plan(store, ACCOUNT, exchange or MadeUp(), unguarded, state, **options)  # type: ignore[arg-type]  # passed on
    assert made.looked_at == sum(len(each.entries) for each in made.messages) + made.already + len(made.kept)
    return [entry for each in made.messages for entry in each.entries]


def test_what_the_exchange_gave_us_is_not_sent_back(store: BankStore, state: ExchangeState) -> None:
    (own,) = store.add("reported", [HarmHash.of(pdq=HASHES[2])], Provenance(added_by="A"))
    pull(store, ACCOUNT, MadeUp(page(record(0), record(1))), state, by="A")
    assert planned(store, state) == [(own, Intent.SUBMIT)]
    pull(store, ACCOUNT, MadeUp(page(record(2))), state, by="A")
    assert planned(store, state) == []


def test_a_negative_bank_goes_to_no_exchange(store: BankStore, state: ExchangeState) -> None:
    store.new_bank("templates", kind=BankKind.NEGATIVE)
    store.add("templates", [NegativeHash.of(pdq=HASHES[0])], Provenance(added_by="A"))
    account = Account(name="ncii", kind="made-up", bank="templates", folder=Path())
    with pytest.raises(HashRefused, match="negative bank"):
        plan(store, account, MadeUp(), unguarded, state)


def test_only_what_counts_is_sent(store: BankStore, state: ExchangeState) -> None:
    first, second, third = store.add("reported", [HarmHash.of(pdq=each) for each in HASHES], Provenance(added_by="A"))
    store.withdraw([first], by="A", reason="wrong")
    store.disable([second], until=None, by="A")
    assert planned(store, state) == [(third, Intent.SUBMIT)]


def test_the_latest_opinion_of_whoever_is_named_goes_out_as_feedback(store: BankStore, state: ExchangeState) -> None:
    said = SaidOf(opinion=Opinion.CONFIRM, by="another provider")
    pull(store, ACCOUNT, MadeUp(page(record(0, opinions=(said,)), record(1))), state, by="A")
    first, second = (each.id for each in store.all_entries("reported"))
    store.give_opinion(first, Opinion.CONFIRM, by="A")
    store.give_opinion(first, Opinion.DISPUTE, by="B")
    store.give_opinion(second, Opinion.CONFIRM, by="A")
    assert planned(store, state) == []
    assert planned(store, state, opinions_of=("A", "B")) == [(first, Intent.DISPUTE), (second, Intent.CONFIRM)]


def test_planning_sends_nothing_and_sending_is_noted_a_message_at_a_time(
    store: BankStore, state: ExchangeState
) -> None:
    store.add("reported", [HarmHash.of(pdq=each) for each in HASHES], Provenance(added_by="A"))
    exchange = MadeUp(fails_after=2)
    made = plan(store, ACCOUNT, exchange, unguarded, state)
    assert exchange.sent == []
    with pytest.raises(ExchangeError):
        send(ACCOUNT, exchange, made.messages, state, by="A")
    assert len(planned(store, state)) == 1
    exchange.fails_after = 99
    assert send(ACCOUNT, exchange, plan(store, ACCOUNT, exchange, unguarded, state).messages, state, by="A") == 1
    assert planned(store, state) == []
    assert len(planned(store, state, MadeUp(whole=True))) == 3


def test_only_a_hash_of_a_confirmed_image_is_ever_outgoing() -> None:
    photograph = Signal.from_hex(HASHES[0], quality=100)
    for hash in (photograph, NegativeHash.of(pdq=HASHES[0]), HASHES[0], None):
        with pytest.raises(HarmRule, match="confirmed abusive"):
            Outgoing(entry=1, hash=hash, intent=Intent.SUBMIT)  # type: ignore[arg-type]  # that is the point
    with pytest.raises(HarmRule):
        HarmHash(signal=photograph)  # type: ignore[arg-type]  # as above
    assert get_type_hints(Outgoing)["hash"] is HarmHash
    assert {name for name in get_type_hints(Outgoing) if "signal" in name or "word" in name} == set()


def test_what_was_sent_and_is_withdrawn_since_is_taken_back_once(store: BankStore, state: ExchangeState) -> None:
    (own,) = store.add("reported", [HarmHash.of(pdq=HASHES[0])], Provenance(added_by="A"))
    exchange = MadeUp()
    for expected in (Intent.SUBMIT, Intent.RETRACT):
        made = plan(store, ACCOUNT, exchange, unguarded if expected is Intent.SUBMIT else nothing_unchecked, state)
        assert [each.entries for each in made.messages] == [((own, expected),)]
        send(ACCOUNT, exchange, made.messages, state, by="A")
        store.withdraw([own], by="A", reason="wrong")
    assert planned(store, state) == []


def test_an_opinion_that_changes_goes_out_each_time(store: BankStore, state: ExchangeState) -> None:
    pull(store, ACCOUNT, MadeUp(page(record(0))), state, by="A")
    (entry,) = store.all_entries("reported")
    exchange = MadeUp()
    for opinion in (Opinion.CONFIRM, Opinion.DISPUTE, Opinion.CONFIRM):
        store.give_opinion(entry.id, opinion, by="A")
        made = plan(store, ACCOUNT, exchange, unguarded, state, opinions_of=("A",))
        assert [each.entries for each in made.messages] == [((entry.id, Intent(opinion.value)),)]
        send(ACCOUNT, exchange, made.messages, state, by="A")
        assert planned(store, state, opinions_of=("A",)) == []


# --- the guard ---


def test_a_hash_near_an_enrolled_photograph_goes_out_without_its_perceptual_part(
    store: BankStore, state: ExchangeState
) -> None:
    near = HarmHash.of(pdq=HASHES[0], sha256="a1" * 32)
    store.add("reported", [near, HarmHash.of(pdq=HASHES[1]), HarmHash.of(pdq="f" * 64)], Provenance(added_by="A"))
    photograph = np.array([[int(HASHES[0][at : at + 16], 16) for at in range(0, 64, 16)]], np.uint64)

    def guard(hashes: Sequence[HarmHash]) -> tuple[Guarded, ...]:
        return guarded_for_export(hashes, photograph)

    made = plan(store, ACCOUNT, MadeUp(), guard, state)
    bodies = [each.body.decode() for each in made.messages]
    assert len(bodies) == 2
    assert "HarmSignal" not in bodies[0]
    assert "a1" * 32 in bodies[0]
    (why,) = made.withheld
    assert (made.withheld[why], "enrolled photograph" in why) == (2, True)
    assert [each.reason for each in made.kept] == ["nothing is left of its hashes that may go"]
    assert any("enrolled photograph" in line for line in made.lines())


def test_without_a_word_about_enrolled_photographs_no_hash_goes_out(store: BankStore, state: ExchangeState) -> None:
    store.add("reported", [HarmHash.of(pdq=HASHES[0], sha256="b2" * 32)], Provenance(added_by="A"))
    made = plan(store, ACCOUNT, MadeUp(), nothing_unchecked, state)
    assert made.messages == ()
    assert sum(made.withheld.values()) == 1


def test_a_dispute_passes_the_guard_and_a_confirmation_does_not(store: BankStore, state: ExchangeState) -> None:
    pull(store, ACCOUNT, MadeUp(page(record(0), record(1))), state, by="A")
    first, second = (each.id for each in store.all_entries("reported"))
    store.give_opinion(first, Opinion.DISPUTE, by="A")
    store.give_opinion(second, Opinion.CONFIRM, by="A")
    made = plan(store, ACCOUNT, MadeUp(), nothing_unchecked, state, opinions_of=("A",))
    assert [each.entries for each in made.messages] == [((first, Intent.DISPUTE),)]
    assert [each.entry for each in made.kept] == [second]
