from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from made_up_case import PERSON, TODAY, MadeUp, run
from opened import opened, openers
from takeback.crypto import age
from takeback.errors import CapReached, ConsentError, PackError, TakebackError
from takeback.exchanges.pack_container import read_container, write_container
from takeback.jobs.case import Case
from takeback.jobs.enrol import enrol
from takeback.jobs.people import raise_caps
from takeback.jobs.persons import take_packs
from takeback.model.original import PackLevel

Make = Callable[[MadeUp, Case, Path], None]


def rewritten(case: Case, pack: Path, name: str, change: Callable[[bytes], bytes]) -> None:
    """Change one entry of a pack, as somebody who holds the case's recipient could."""
    entries = read_container(age.decrypt(pack.read_bytes(), [case.store.identity]))
    entries[name] = change(entries[name])
    pack.write_bytes(age.encrypt(write_container(entries), [case.store.recipient]))


def changed_text(made_up: MadeUp, case: Case, pack: Path) -> None:
    made_up.make_pack(case, pack, level=PackLevel.HASH)
    rewritten(case, pack, "consent.toml", lambda text: text.replace(b"exchange = false", b"exchange = true"))


def one_signature_cut(made_up: MadeUp, case: Case, pack: Path) -> None:
    made_up.make_pack(case, pack, level=PackLevel.HASH)
    rewritten(case, pack, "consent.toml", lambda text: text.partition(b"\n[signatures.countersigner]")[0])


def no_signature(made_up: MadeUp, case: Case, pack: Path) -> None:
    made_up.make_pack(case, pack, level=PackLevel.HASH)
    rewritten(case, pack, "consent.toml", lambda text: text.partition(b"\n[signatures.enroller]")[0])


def expired(made_up: MadeUp, case: Case, pack: Path) -> None:
    text = made_up.signed(changes={'"never"': '"2026-08-02"'})
    made = enrol(
        made_up.photographs,
        text,
        level=PackLevel.HASH,
        recipients=[case.store.recipient],
        today=date(2026, 8, 2),
    )
    pack.write_bytes(made.pack)


def not_to_find(made_up: MadeUp, case: Case, pack: Path) -> None:
    made_up.make_pack(case, pack, level=PackLevel.HASH, changes={"find = true": "find = false"})


def another_photograph(made_up: MadeUp, case: Case, pack: Path) -> None:
    made_up.make_pack(case, pack, level=PackLevel.HASH)
    other = made_up.signed(made_up.photographs[0])
    rewritten(case, pack, "consent.toml", lambda _: other.encode())


def of_a_minor(made_up: MadeUp, case: Case, pack: Path) -> None:
    made_up.make_pack(case, pack, level=PackLevel.HASH)
    other = made_up.signed(changes={'under_18 = "no"': 'under_18 = "unknown"'})
    rewritten(case, pack, "consent.toml", lambda _: other.encode())


def over_the_cap(made_up: MadeUp, case: Case, pack: Path) -> None:
    made_up.make_pack(case, pack, level=PackLevel.HASH)
    case.store.set_caps(photographs_per_person=1)


def of_a_newer_version(made_up: MadeUp, case: Case, pack: Path) -> None:
    made_up.make_pack(case, pack, level=PackLevel.HASH)
    rewritten(
        case, pack, "manifest.json", lambda text: text.replace(b'"version":1', b'"version":2').replace(b"0.1", b"0.9")
    )


def for_another_case(made_up: MadeUp, case: Case, pack: Path) -> None:
    _, recipient = age.new_identity()
    made = enrol(made_up.photographs, made_up.signed(), level=PackLevel.HASH, recipients=[recipient], today=TODAY)
    pack.write_bytes(made.pack)


@pytest.mark.parametrize(
    ("make", "kind", "said"),
    [
        (one_signature_cut, ConsentError, "carries one signature instead of two (a second person runs"),
        (no_signature, PackError, "the consent is not signed"),
        (changed_text, PackError, "the consent was changed after the enroller"),
        (expired, ConsentError, "expired on 2026-08-02 (ask the person for a new one, or `takeback forget --person`)"),
        (not_to_find, ConsentError, "did not agree to 'find' (only a new consent"),
        (another_photograph, PackError, "does not cover the photograph with SHA-256"),
        (of_a_minor, PackError, "the routes for minors"),
        (over_the_cap, CapReached, "in a case that allows 1 a person (raising a cap is a recorded act of two keys)"),
        (of_a_newer_version, PackError, "of version 2; this takeback reads version 1 (the pack names the takeback"),
        (for_another_case, PackError, "encrypted to another recipient (give the identity it was made for"),
    ],
)
def test_what_is_wrong_with_a_consent_is_said_before_anything_is_taken_in_or_opened(
    made_up: MadeUp, tmp_path: Path, make: Make, kind: type[TakebackError], said: str
) -> None:
    pack = tmp_path / "wrong.pack"
    with made_up.case(tmp_path, worked=False) as case:
        make(made_up, case, pack)
        entries = list(case.store.ledger_entries())
        with opened() as seen, pytest.raises(kind, match=re.escape(said)) as raised:
            run(case, [made_up.export], [pack])
        assert str(pack) in str(raised.value)
        assert openers(seen, "result.json") == openers(seen, "photo_hyssop.jpg") == set()
        assert (case.store.persons(), case.store.sources(), case.findings) == ((), (), ())
        assert list(case.store.ledger_entries()) == entries


def test_of_two_packs_neither_is_taken_where_one_is_wrong(made_up: MadeUp, tmp_path: Path) -> None:
    with made_up.case(tmp_path, worked=False) as case:
        not_to_find(made_up, case, tmp_path / "wrong.pack")
        with pytest.raises(ConsentError, match="did not agree to 'find'"):
            take_packs(case, [made_up.pack, tmp_path / "wrong.pack"], today=TODAY)
        assert case.store.persons() == ()
        assert [entry.action for entry in case.store.ledger_entries()] == ["case_created"]


def test_a_case_that_pins_its_keys_takes_no_consent_of_another(made_up: MadeUp, tmp_path: Path) -> None:
    from takeback.crypto.keyfile import PublicKey

    with made_up.case(tmp_path, worked=False) as case:
        pack = made_up.make_pack(case, tmp_path / "one.pack", level=PackLevel.HASH)
        case.store.trust(PublicKey(key=made_up.people.enroller.signing.public, name="A"))
        with pytest.raises(ConsentError, match="signed by a key that this case does not trust"):
            take_packs(case, [pack], today=TODAY)
        assert case.store.persons() == ()


def test_a_cap_that_two_people_raised_lets_more_in(made_up: MadeUp, tmp_path: Path) -> None:
    people = made_up.people
    with made_up.case(tmp_path, worked=False) as case:
        case.store.set_caps(photographs_per_person=1)
        pack = made_up.make_pack(case, tmp_path / "one.pack", level=PackLevel.HASH)
        raise_caps(case, people.enroller, people.countersigner, photographs=2, persons=None, reason="two photographs")
        assert take_packs(case, [pack], today=TODAY) == 2
        assert case.store.persons() == (PERSON,)


def test_a_pack_is_taken_once_however_often_it_is_given(made_up: MadeUp, tmp_path: Path) -> None:
    with made_up.case(tmp_path, worked=False) as case:
        assert take_packs(case, [made_up.pack, made_up.pack], today=TODAY) == 2
        assert take_packs(case, [made_up.pack], today=TODAY) == 0
        assert [entry.action for entry in case.store.ledger_entries()].count("person_enrolled") == 1
