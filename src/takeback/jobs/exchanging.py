"""Exchanges and banks: take in what an exchange holds; gather, past the guard, what a person may send to it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from takeback.errors import HashRefused
from takeback.exchanges.account import Account
from takeback.exchanges.export_guard import Guard
from takeback.exchanges.hash_formats import HashFormat
from takeback.exchanges.hash_records import HarmRecord, SetAside
from takeback.jobs.bank_folder import utc_now
from takeback.jobs.bank_import import Imported, take
from takeback.jobs.bank_store import BankStore
from takeback.jobs.progress import Progress, silent
from takeback.model.bank import BankEntry, BankKind, EntryState, HarmHash, HashFault, Opinion, Provenance
from takeback.model.exchange import Intent, Kept, Message, Outgoing
from takeback.protocols import Checkpoints, Exchange
from takeback.store.exchange_state import ExchangeState

_AT_ONCE = 5000
_BLOCK_LESS = frozenset({Intent.DISPUTE, Intent.RETRACT})
_INTENTS = {Opinion.CONFIRM: Intent.CONFIRM, Opinion.DISPUTE: Intent.DISPUTE}

HashExchange = Exchange[HarmRecord | SetAside]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    """What there is to say of an entry; ``record`` where the exchange knows it."""

    entry: BankEntry
    intent: Intent
    record: str | None


@dataclass(kw_only=True)
class Plan:
    """What a push comes to before anybody sends it.

    ``looked_at`` is the sum of the entries spoken of in a message, those ``already`` sent, and those kept with a
    reason; ``withheld`` counts, by its message, the hashes that the guard held back, whole or in part.
    """

    messages: tuple[Message, ...] = ()
    kept: list[Kept] = field(default_factory=list)
    looked_at: int = 0
    already: int = 0
    withheld: dict[str, int] = field(default_factory=dict)

    def lines(self) -> Iterator[str]:
        """For people: counts first, then every message with the beginning of its body."""
        said = sum(len(message.entries) for message in self.messages)
        stay = len(self.kept)
        yield f"{self.looked_at} entries: {said} to send, {self.already} sent before, {stay} stay here"
        for reason, count in self.withheld.items():
            yield f"withheld {count} hashes, {reason}"
        for reason, count in sorted(Counter(each.reason for each in self.kept).items()):
            yield f"stay here, {count}: {reason}"


def pull(
    store: BankStore,
    account: Account,
    exchange: HashExchange,
    checkpoints: Checkpoints,
    *,
    by: str,
    from_start: bool = False,
    progress: Progress = silent,
) -> Imported:
    """Take what the exchange holds into the account's bank; interrupted, the same again goes on.

    A checkpoint is kept only after the records before it are.
    """
    store.bank(account.bank)
    origin = Provenance(added_by=by, source=account.name, exchange=account.name)
    outcome = Imported(format=_format(exchange.name))
    for page in exchange.pull(None if from_start else checkpoints.of(account.name)):
        take(store, account.bank, page.items, origin, outcome)
        if page.checkpoint is not None:
            checkpoints.keep(account.name, page.checkpoint)
        progress("pull", outcome.read, None)
    store.settle()
    progress("pull", outcome.read, outcome.read)
    return outcome


def plan(
    store: BankStore,
    account: Account,
    exchange: HashExchange,
    guard: Guard,
    state: ExchangeState,
    *,
    opinions_of: Sequence[str] = (),
) -> Plan:
    """What would go to the exchange: entries that it did not give us, and what these people think of those it did."""
    if store.bank(account.bank).kind is not BankKind.HARM:
        raise HashRefused("a negative bank goes to no exchange and into no list", reason=HashFault.WRONG_BANK)
    made = Plan()
    done = {} if exchange.whole else state.sent(account.name)
    outgoing: list[Outgoing] = []
    entries = store.all_entries(account.bank)
    while some := tuple(islice(entries, _AT_ONCE)):
        wanted = [said for entry in some if (said := _said(store, entry, account, opinions_of, done.get(entry.id)))]
        fresh = [each for each in wanted if done.get(each.entry.id) is not each.intent]
        made.looked_at += len(wanted)
        made.already += len(wanted) - len(fresh)
        outgoing.extend(_guarded(store, fresh, guard, made))
    prepared = exchange.prepare(outgoing)
    made.messages = prepared.messages
    made.kept.extend(prepared.kept)
    return made


def send(
    account: Account,
    exchange: HashExchange,
    messages: Sequence[Message],
    state: ExchangeState,
    *,
    by: str,
    clock: Callable[[], datetime] = utc_now,
) -> int:
    """Send messages that a person has seen; how many entries they spoke of. Each is noted once it was taken."""
    entries = 0
    for message in messages:
        exchange.send(message)
        state.note(account.name, message, by=by, time=clock())
        entries += len(message.entries)
    return entries


def _said(
    store: BankStore, entry: BankEntry, account: Account, opinions_of: Sequence[str], last: Intent | None
) -> _Said | None:
    """What there is to say of an entry, if anything: an opinion where the exchange knows it, else that it is there.

    ``last`` is what was said of it before: what was submitted and is withdrawn since is taken back.
    """
    if last in {Intent.SUBMIT, Intent.RETRACT} and entry.state is EntryState.WITHDRAWN:
        return _Said(entry=entry, intent=Intent.RETRACT, record=None)
    records = [record for exchange, record in store.records(entry.id) if exchange == account.name]
    if records:
        ours = [each for each in entry.opinions if each.by in opinions_of]
        if not ours:
            return None
        latest = max(ours, key=lambda each: each.given).opinion
        return _Said(entry=entry, intent=_INTENTS[latest], record=records[0])
    active = entry.state is EntryState.ACTIVE
    return _Said(entry=entry, intent=Intent.SUBMIT, record=None) if active else None


def _guarded(store: BankStore, fresh: Sequence[_Said], guard: Guard, made: Plan) -> Iterator[Outgoing]:
    """What the guard lets go. A dispute or a retraction asks to block less, and passes as it is."""
    whole = [store.whole_hash(each.entry) for each in fresh]
    hashes = [each for each in whole if isinstance(each, HarmHash)]
    for said, hash, guarded in zip(fresh, hashes, guard(hashes), strict=True):
        leaving: HarmHash | None = hash
        if said.intent not in _BLOCK_LESS:
            leaving = guarded.hash
            if guarded.withheld is not None:
                message = guarded.withheld.message
                made.withheld[message] = made.withheld.get(message, 0) + 1
        if leaving is not None:
            yield Outgoing(entry=said.entry.id, hash=leaving, intent=said.intent, record=said.record)
        else:
            made.kept.append(Kept(entry=said.entry.id, reason="nothing is left of its hashes that may go"))


def _format(name: str) -> HashFormat:
    return HashFormat(name) if name in set(HashFormat) else HashFormat.NDJSON
