"""Taking packs into a case: two signatures, a purpose, a date, caps; then the originals under the person's key."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from takeback.errors import CapReached, ConsentError, PackError, PhotographRefused
from takeback.evidence.consent import check_caps, check_date, check_photograph, check_purpose, read_signed, require_two
from takeback.exchanges.pack import read_pack
from takeback.jobs.case import Case
from takeback.model.consent import Purpose, SignedConsent
from takeback.model.original import ProtectionPack


def take_packs(case: Case, packs: Sequence[Path], *, identities: Sequence[str] = (), today: date) -> int:
    """Take the packs' persons and originals into the case, all or none; how many originals are new."""
    with case.transaction():
        return sum(_take(case, path, identities, today) for path in packs)


def _take(case: Case, path: Path, identities: Sequence[str], today: date) -> int:
    try:
        pack = read_pack(path.read_bytes(), identities=[case.store.identity, *identities], read_consent=read_signed)
        signed = admit(case, pack, today=today)
    except (PackError, ConsentError, CapReached, PhotographRefused) as error:
        raise type(error)(f"{path}: {error}") from error
    return _keep(case, pack, signed)


def admit(case: Case, pack: ProtectionPack, *, today: date) -> SignedConsent:
    """The pack's consent, once it holds: two signatures over an unchanged text, in force, for these photographs."""
    signed = require_two(pack.consent)
    check_purpose(signed.consent, Purpose.FIND)
    check_date(signed.consent, today)
    for original in pack.originals:
        check_photograph(signed.consent, original.sha256)
    _check_trust(case, signed)
    facts = case.store.facts
    check_caps(
        [*(each.consent for each in case.store.consents()), signed.consent],
        photographs_per_person=facts.photographs_per_person,
        persons_per_case=facts.persons_per_case,
    )
    return signed


def _check_trust(case: Case, signed: SignedConsent) -> None:
    trusted = {each.key for each in case.store.facts.trusted}
    assert signed.countersignature is not None
    for signature in (signed.signature, signed.countersignature):
        if trusted and signature.key not in trusted:
            raise ConsentError(
                f"signed by a key that this case does not trust: {signature.key[:16]}... "
                "(the case pins its keys: `takeback case new --trust`; ask the holder of a trusted key to sign)"
            )


def _keep(case: Case, pack: ProtectionPack, signed: SignedConsent) -> int:
    known = {each.id for each in case.store.originals()}
    fresh = tuple(each for each in pack.originals if each.id not in known)
    if not fresh:
        return 0
    with case.transaction():
        case.store.add_person(signed, fresh)
        case.record(
            "person_enrolled",
            public={"photographs": len(fresh), "level": pack.level.value},
            private={"person": signed.consent.person, "consent": signed.text},
            person=signed.consent.person,
        )
    return len(fresh)
