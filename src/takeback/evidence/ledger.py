"""The ledger: every act, chained to the one before and signed, with personal data only as salted commitments."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Protocol

import msgspec

from takeback.crypto.canonical import canonical
from takeback.crypto.commitment import commit, new_salt, opens
from takeback.crypto.signing import SigningKey, verify
from takeback.errors import VerificationFailed
from takeback.model.evidence import LedgerEntry, Opening

GENESIS = "0" * 64
"""What the first entry names as the entry before."""

_COMMITMENT = "commitment:"
_DOMAIN = b"takeback-ledger-1\n"
_NAME = re.compile(r"[a-z][a-z0-9_.]{0,63}")
_SIGNATURE = re.compile(r"[0-9a-f]{128}")
_MOST_EXACT = 2**53 - 1


class LedgerStorage(Protocol):
    """Where entries are kept; the caller's transaction holds the act and its entry together."""

    def ledger_append(self, entry: LedgerEntry, openings: Iterable[Opening] = (), *, person: str | None = None) -> None:
        """Keeps an entry and what its commitments stand for."""
        ...

    def ledger_last(self) -> LedgerEntry | None:
        """The newest entry, if there is one."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """A chain that holds: how many entries, and the hash of the last."""

    count: int
    head: str


class Ledger:
    """Appends to the ledger of a case in the name of one actor: a role or a key, never a person's name."""

    def __init__(self, store: LedgerStorage, key: SigningKey, actor: str, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._key = key
        self._actor = actor
        self._clock = clock

    def append(
        self,
        action: str,
        *,
        public: Mapping[str, str | int] | None = None,
        private: Mapping[str, str] | None = None,
        person: str | None = None,
    ) -> LedgerEntry:
        """The entry that now records an act.

        ``public`` values stand as they are; ``private`` ones enter as salted commitments, and what they stand for is
        kept apart, where forgetting ``person`` drops it.
        """
        last = self._store.ledger_last()
        seq = 1 if last is None else last.seq + 1
        openings = tuple(
            Opening(seq=seq, field=name, salt=new_salt(), content=content) for name, content in (private or {}).items()
        )
        fields = {**(public or {}), **{each.field: _COMMITMENT + commit(each.salt, each.content) for each in openings}}
        _check_names(action, public or {}, private or {})
        draft = LedgerEntry(
            seq=seq,
            time=_not_before(last, self._clock()),
            actor=self._actor,
            action=action,
            fields=tuple(sorted(fields.items())),
            previous=GENESIS if last is None else last.hash,
            hash="",
            signature="",
        )
        hashed = replace(draft, hash=entry_hash(draft))
        entry = replace(hashed, signature=self._key.sign(_signed(hashed.hash)))
        self._store.ledger_append(entry, openings, person=person)
        return entry


def entry_hash(entry: LedgerEntry) -> str:
    """The SHA-256 of the canonical JSON of an entry without its hash and signature."""
    body = {name: value for name, value in _members(entry).items() if name not in {"hash", "signature"}}
    return hashlib.sha256(canonical(body)).hexdigest()


def entry_line(entry: LedgerEntry) -> bytes:
    """The line of `ledger.jsonl` that holds an entry: canonical JSON and a newline."""
    return canonical(_members(entry)) + b"\n"


def parse_line(line: bytes) -> LedgerEntry:
    """The entry in a line; VerificationFailed where the line is not exactly what `entry_line` writes."""
    try:
        entry = msgspec.json.decode(line, type=LedgerEntry)
        same = entry_line(entry) == line
    except (msgspec.MsgspecError, ValueError) as error:
        message = f"not a ledger line: {error}: {line[:80]!r}"
        raise VerificationFailed(message) from error
    if not same:
        message = f"ledger line is not in canonical form (entry {entry.seq}): it was changed after it was written"
        raise VerificationFailed(message)
    return entry


def verify_entries(
    entries: Iterable[LedgerEntry], public_key: str, *, expect_head: tuple[int, str] | None = None
) -> Verified:
    """The chain's length and head where every entry is whole, in its place and signed by this key.

    A cut tail leaves a shorter chain that holds: only ``expect_head``, the (seq, hash) from a bundle or a print,
    finds it. Raises VerificationFailed that names the entry and what is wrong with it.
    """
    last: LedgerEntry | None = None
    met = expect_head is None or expect_head == (0, GENESIS)
    for entry in entries:
        _check_entry(entry, last, public_key)
        met = met or expect_head == (entry.seq, entry.hash)
        last = entry
    if not met and expect_head is not None:
        seq, head = expect_head
        message = f"the ledger does not hold entry {seq} with hash {head}: its tail was cut, or it is another ledger"
        raise VerificationFailed(message)
    return Verified(count=last.seq if last else 0, head=last.hash if last else GENESIS)


def check_opening(entry: LedgerEntry, opening: Opening) -> bool:
    """Whether the entry holds the commitment that this salt and content open."""
    value = dict(entry.fields).get(opening.field)
    if opening.seq != entry.seq or not isinstance(value, str) or not value.startswith(_COMMITMENT):
        return False
    try:
        return opens(value.removeprefix(_COMMITMENT), opening.salt, opening.content)
    except ValueError:
        return False


def _check_entry(entry: LedgerEntry, last: LedgerEntry | None, public_key: str) -> None:
    expected = 1 if last is None else last.seq + 1
    wrong = None
    if entry.seq != expected:
        wrong = f"entry {expected} is expected here (entries were removed, inserted or swapped)"
    elif entry.hash != entry_hash(entry):
        wrong = "its content is not what its hash says (it was changed)"
    elif entry.previous != (GENESIS if last is None else last.hash):
        wrong = "it does not follow the entry before it (entries were removed, inserted, swapped or changed)"
    elif not _SIGNATURE.fullmatch(entry.signature) or not verify(public_key, entry.signature, _signed(entry.hash)):
        wrong = "its signature is not of the ledger's key"
    elif last is not None and entry.time < last.time:
        wrong = "its time is before that of the entry before it"
    if wrong is not None:
        message = f"ledger entry {entry.seq}: {wrong}"
        raise VerificationFailed(message)


def _members(entry: LedgerEntry) -> dict[str, str | int | list[list[str | int]]]:
    members: dict[str, str | int | list[list[str | int]]] = msgspec.to_builtins(entry)
    return members


def _signed(digest: str) -> bytes:
    return _DOMAIN + digest.encode()


def _not_before(last: LedgerEntry | None, now: datetime) -> str:
    if now.tzinfo is None:
        message = "the ledger's clock gives a time without a zone (give aware UTC)"
        raise ValueError(message)
    time = now.astimezone(UTC).isoformat(timespec="microseconds")
    return time if last is None else max(last.time, time)


def _check_names(action: str, public: Mapping[str, str | int], private: Mapping[str, str]) -> None:
    for name in (action, *public, *private):
        if not _NAME.fullmatch(name):
            message = f"not a ledger name (lower-case letters, digits, `_`, `.`): {name!r}"
            raise ValueError(message)
    for name, value in public.items():
        if name in private:
            message = f"a ledger field is public or private, not both: {name!r}"
            raise ValueError(message)
        if isinstance(value, str) and value.startswith(_COMMITMENT):
            message = f"a public ledger value looks like a commitment: {name!r}"
            raise ValueError(message)
        if isinstance(value, bool) or (isinstance(value, int) and abs(value) > _MOST_EXACT):
            message = f"a ledger value is text or a whole number below 2**53: {name!r}"
            raise ValueError(message)
