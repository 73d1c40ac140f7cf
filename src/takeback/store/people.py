"""The people of a case: what is theirs lies under a key of theirs, and goes with it."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from takeback.crypto.sealing import new_key, seal, unseal
from takeback.errors import CapReached, CaseError
from takeback.model.consent import Region, SignedConsent
from takeback.model.digest import Sha256, sha256_of
from takeback.model.original import Original, PackLevel
from takeback.model.signal import Signal
from takeback.signals.features import pack, unpack
from takeback.store.coding import decode, encode
from takeback.store.database import statements
from takeback.store.facts import Facts


class _Stored(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    person: str
    sha256: Sha256
    width: int
    height: int
    level: PackLevel
    signals: tuple[Signal, ...]
    person_region: Region | None
    features: Sha256 | None
    sealed: Sha256 | None


class People(Facts):
    """The room of consents and originals; forgetting a person destroys their key and every row and blob of theirs."""

    def add_person(self, signed: SignedConsent, originals: Iterable[Original] = ()) -> None:
        """Keeps a person's consent and originals under their own key; an original that is there already is replaced."""
        person = signed.consent.person
        with self.transaction():
            key = self._person_key(person) or self._new_person(person)
            self._database.execute(
                "INSERT INTO consent VALUES (?, ?, (SELECT COALESCE(MAX(number), 0) + 1 FROM consent), ?)"
                " ON CONFLICT DO NOTHING",
                (person, sha256_of(encode(signed)), seal(key, encode(signed), context=_context(person, "consent"))),
            )
            for original in originals:
                if original.person != person:
                    message = (
                        f"original {original.id} belongs to another person than the consent (enrol each by itself)"
                    )
                    raise CaseError(message)
                self._add_original(original, key)
            self._check_photographs(person)

    def _new_person(self, person: str) -> bytes:
        most, count = self.facts.persons_per_case, self._database.number("SELECT COUNT(*) FROM person")
        if count >= most:
            message = f"the case holds {most} persons already: {self.path} (raising the cap takes two keys)"
            raise CapReached(message)
        key = new_key()
        sealed = seal(self._case_key, key, context=_context(person, "key"))
        query = "INSERT INTO person VALUES (?, (SELECT COALESCE(MAX(number), 0) + 1 FROM person), ?)"
        self._database.execute(query, (person, sealed))
        return key

    def _check_photographs(self, person: str) -> None:
        most = self.facts.photographs_per_person
        count = self._database.number("SELECT COUNT(*) FROM original WHERE person = ?", (person,))
        if count > most:
            message = f"{count} photographs for one person, the case allows {most} (raising the cap takes two keys)"
            raise CapReached(message)

    def _add_original(self, original: Original, key: bytes) -> None:
        features, sealed = original.features, original.sealed
        stored = _Stored(
            id=original.id,
            person=original.person,
            sha256=original.sha256,
            width=original.width,
            height=original.height,
            level=original.level,
            signals=original.signals,
            person_region=original.person_region,
            features=None if features is None else self.keep_blob(pack(features), person=original.person),
            sealed=None if sealed is None else self.keep_blob(sealed, person=original.person),
        )
        content = seal(key, encode(stored), context=_context(original.person, original.id))
        query = "INSERT INTO original VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET sealed = excluded.sealed"
        self._database.execute(query, (original.id, original.person, content))

    def persons(self) -> tuple[str, ...]:
        """Every person, in the order of enrolment."""
        return tuple(self._database.texts("SELECT id FROM person ORDER BY number"))

    def consents(self, person: str | None = None) -> tuple[SignedConsent, ...]:
        """The consents of one person or of all, in the order of intake."""
        query = "SELECT person, sealed FROM consent WHERE ?1 IS NULL OR person = ?1 ORDER BY number"
        found = []
        for owner, sealed in self._database.rows(query, (person,)):
            content = unseal(self._key_of(str(owner)), _bytes(sealed), context=_context(str(owner), "consent"))
            found.append(decode(content, SignedConsent))
        return tuple(found)

    def originals(self, person: str | None = None, *, photographs: bool = True) -> tuple[Original, ...]:
        """The originals of one person or of all, by id, with their features.

        The sealed bytes are megabytes each: without ``photographs`` they stay where they are, and ``sealed`` is None.
        """
        query = "SELECT id, person, sealed FROM original WHERE ?1 IS NULL OR person = ?1 ORDER BY id"
        rows = self._database.rows(query, (person,))
        found = (self._stored(str(id), str(owner), _bytes(sealed)) for id, owner, sealed in rows)
        return tuple(self._original(each, photograph=photographs) for each in found)

    def photograph(self, original: str) -> bytes | None:
        """The sealed bytes of an original, for the machine alone; None where its pack holds none."""
        for id, owner, sealed in self._database.rows(
            "SELECT id, person, sealed FROM original WHERE id = ?", (original,)
        ):
            stored = self._stored(str(id), str(owner), _bytes(sealed))
            return None if stored.sealed is None else self.blob(stored.sealed, person=stored.person)
        return None

    def _stored(self, id: str, person: str, sealed: bytes) -> _Stored:
        return decode(unseal(self._key_of(person), sealed, context=_context(person, id)), _Stored)

    def _original(self, stored: _Stored, *, photograph: bool) -> Original:
        person = stored.person
        return Original(
            id=stored.id,
            person=stored.person,
            sha256=stored.sha256,
            width=stored.width,
            height=stored.height,
            level=stored.level,
            signals=stored.signals,
            features=None if stored.features is None else unpack(self.blob(stored.features, person=person)),
            sealed=self.blob(stored.sealed, person=person) if photograph and stored.sealed is not None else None,
            person_region=stored.person_region,
        )

    def keep_blob(self, content: bytes, *, person: str = "", media: str = "") -> Sha256:
        """Keeps bytes in the vault, and returns the digest by which `blob` gives them back.

        They go with the ``person`` that they belong to, and with the sealing of the ``media`` that they were made from.
        """
        self._refuse_sealed(media)
        digest = sha256_of(content)
        key = self._key_of(person) if person else self.key("vault")
        query = "SELECT COUNT(*) FROM blob WHERE sha256 = ? AND person = ? AND media = ?"
        with self.transaction():
            if not self._database.number(query, (digest, person, media)):
                address = self._vault.put(content, owner=f"{person}\n{media}", key=key)
                self._database.execute("INSERT INTO blob VALUES (?, ?, ?, ?)", (digest, person, media, address))
        return digest

    def blob(self, digest: Sha256, *, person: str = "") -> bytes:
        """The bytes that were kept under this digest; a CaseError where they are gone."""
        addresses = self._database.texts(
            "SELECT address FROM blob WHERE sha256 = ? AND person = ? ORDER BY media", (digest, person)
        )
        if not addresses:
            message = (
                f"the case holds no blob {digest[:12]}...: {self.path} (it was forgotten, or belongs to another case)"
            )
            raise CaseError(message)
        return self._vault.get(addresses[0], key=self._key_of(person) if person else self.key("vault"))

    def forget_person(self, person: str) -> None:
        """Destroys a person's key, and every row and blob that is about them; the ledger keeps its commitments.

        Stage results, measures and notes of the case as a whole go too, because they may hold what was learnt from the
        person's photographs: the next investigation makes them again without.
        """
        with self.transaction():
            self._key_of(person)
            before = self._database.texts(_ADDRESSES)
            for statement in statements("forget.sql"):
                self._database.execute(statement, (person,))
            gone = set(before) - set(self._database.texts(_ADDRESSES))
            self._database.after_commit(lambda: self._remove_addresses(gone))

    def _remove_addresses(self, addresses: Iterable[str]) -> None:
        for address in addresses:
            self._vault.remove(address)
        self._database.compact()

    def _person_key(self, person: str) -> bytes | None:
        sealed = self._database.blob("SELECT sealed_key FROM person WHERE id = ?", (person,))
        return None if sealed is None else unseal(self._case_key, sealed, context=_context(person, "key"))

    def _key_of(self, person: str) -> bytes:
        key = self._person_key(person)
        if key is None:
            message = f"no such person in the case: {person!r} in {self.path} (`takeback case show` lists them)"
            raise CaseError(message)
        return key


_ADDRESSES = "SELECT address FROM blob"


def _context(person: str, what: str) -> bytes:
    return f"person {person}\n{what}".encode()


def _bytes(value: object) -> bytes:
    return value if isinstance(value, bytes) else b""
