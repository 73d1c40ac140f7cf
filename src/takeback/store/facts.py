"""What a case says of itself: title, role, caps, trusted keys, secrets, notes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from takeback.crypto.age import new_identity, recipient_of
from takeback.crypto.keyfile import PublicKey
from takeback.crypto.signing import SigningKey
from takeback.errors import CaseError
from takeback.model.consent import PERSONS_PER_CASE, PHOTOGRAPHS_PER_PERSON
from takeback.store.coding import decode, encode
from takeback.store.folder import CaseFolder


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFacts:
    """Under which title, role, legal basis and jurisdiction a case is worked, with its caps and trusted keys."""

    title: str
    role: str
    legal_basis: str
    jurisdiction: str
    created: datetime
    photographs_per_person: int = PHOTOGRAPHS_PER_PERSON
    persons_per_case: int = PERSONS_PER_CASE
    trusted: tuple[PublicKey, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseSecrets:
    """The private halves that a case is made with."""

    identity: str
    recipient: str
    ledger: SigningKey

    @classmethod
    def new(cls) -> CaseSecrets:
        """Fresh ones."""
        identity, recipient = new_identity()
        return cls(identity=identity, recipient=recipient, ledger=SigningKey.new())


class Facts(CaseFolder):
    """The room of what a case says of itself."""

    def _lay_facts(self, facts: CaseFacts, secrets: CaseSecrets) -> None:
        with self.transaction():
            self._put_fact("case id", self.header.id.encode())
            self._put_fact("facts", encode(facts))
            self._put_fact("age identity", secrets.identity.encode())
            self._put_fact("ledger key", secrets.ledger.private)

    def _check_header(self) -> None:
        """The header lies in the open: whoever changes its recipient must not be sent the next pack."""
        said = (self.header.id, self.header.recipient, self.header.ledger_key)
        kept = (self._fact("case id").decode(), recipient_of(self.identity), self.ledger_key.public)
        if said != kept:
            message = (
                f"case header does not belong to its database: {self.path} (it was changed: restore it from a copy)"
            )
            raise CaseError(message)

    @property
    def facts(self) -> CaseFacts:
        """Title, role, legal basis, jurisdiction, caps and trusted keys."""
        return decode(self._fact("facts"), CaseFacts)

    def set_caps(self, *, photographs_per_person: int | None = None, persons_per_case: int | None = None) -> None:
        """Changes the caps; the recorded act of two keys behind it is the caller's."""
        with self.transaction():
            facts = self.facts
            changed = replace(
                facts,
                photographs_per_person=photographs_per_person or facts.photographs_per_person,
                persons_per_case=persons_per_case or facts.persons_per_case,
            )
            self._put_fact("facts", encode(changed))

    def trust(self, key: PublicKey) -> None:
        """Takes a human's public key among those that the case knows; a known key takes the new name."""
        with self.transaction():
            others = tuple(each for each in self.facts.trusted if each.key != key.key)
            self._put_fact("facts", encode(replace(self.facts, trusted=(*others, key))))

    @property
    def identity(self) -> str:
        """The age identity that opens what was encrypted to the case."""
        return self._fact("age identity").decode()

    @property
    def recipient(self) -> str:
        """The age recipient that packs are encrypted to."""
        return self.header.recipient

    @property
    def ledger_key(self) -> SigningKey:
        """The key that signs the ledger."""
        return SigningKey.from_bytes(self._fact("ledger key"))

    def keep_note(self, name: str, content: bytes, *, person: str | None = None) -> None:
        """Keeps bytes under a name; forgetting ``person`` drops them, and forgetting anybody does where it is None."""
        with self.transaction():
            self._database.execute(
                "INSERT INTO note VALUES (?1, ?2, ?3)"
                " ON CONFLICT (name) DO UPDATE SET person = excluded.person, content = excluded.content",
                (name, person, content),
            )

    def note(self, name: str) -> bytes | None:
        """The bytes kept under this name, if there are any."""
        return self._database.blob("SELECT content FROM note WHERE name = ?", (name,))

    def _put_fact(self, name: str, content: bytes) -> None:
        query = "INSERT INTO fact VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET content = excluded.content"
        self._database.execute(query, (name, content))

    def _fact(self, name: str) -> bytes:
        content = self._database.blob("SELECT content FROM fact WHERE name = ?", (name,))
        if content is None:
            message = f"case database lacks {name!r}: {self.path} (restore the case folder from a copy)"
            raise CaseError(message)
        return content
