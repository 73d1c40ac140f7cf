"""Taking packs into a case: two signatures, a purpose, a date, caps; then the originals under the person's key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from takeback.errors import CapReached, ConsentError, PackError, PhotographRefused
from takeback.evidence.consent import check_caps, check_date, check_photograph, check_purpose, read_signed, require_two
from takeback.exchanges.pack import read_pack
from takeback.jobs.case import Case
from takeback.jobs.consents import check_allowed, check_not_forgotten, keys_of
from takeback.model.consent import Purpose, SignedConsent
from takeback.model.original import Original, PackLevel, ProtectionPack

_LEVELS = (PackLevel.HASH, PackLevel.FEATURES, PackLevel.SEALED)


def take_packs(case: Case, packs: Sequence[Path], *, identities: Sequence[str] = (), today: date) -> int:
    """Take the packs' persons and originals into the case, all or none; how many originals are new.

    A newer consent replaces an older one, and a higher level a lower one. A photograph of the case whose consent has
    ended stops the whole job: nothing is searched for it any longer.
    """
    with case.transaction():
        new = sum(_take(case, path, identities, today) for path in packs)
        check_allowed(case, case.store.originals(photographs=False), Purpose.FIND, today=today)
        return new


def _known_together(case: Case, signed: SignedConsent) -> None:
    """Two agencies may choose the same name for two people: a name is shared only by keys that signed for it before."""
    earlier = case.store.consents(signed.consent.person) if signed.consent.person in case.store.persons() else ()
    keys = {key for each in earlier for key in keys_of(each)}
    if keys and not keys & keys_of(signed):
        raise ConsentError(
            f"the name {signed.consent.person!r} stands for a person of other keys in this case "
            "(choose another name in the consent, or have one of those keys sign it)"
        )


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
    check_not_forgotten(case, signed)
    _known_together(case, signed)
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
    known = {each.id: each for each in case.store.originals(signed.consent.person)}
    changed = tuple(
        kept
        for kept in (_newer(known.get(each.id), each) for each in pack.originals)
        if kept.id not in known or not _same(kept, known[kept.id])
    )
    news = signed not in case.store.consents(signed.consent.person)
    if not changed and not news:
        return 0
    with case.transaction():
        case.store.add_person(signed, changed)
        case.record(
            "person_enrolled",
            public={"photographs": len(changed), "level": pack.level.value},
            private={"person": signed.consent.person, "consent": signed.text},
            person=signed.consent.person,
        )
    return sum(each.id not in known for each in changed)


def _newer(old: Original | None, new: Original) -> Original:
    """The photograph as the newer pack has it, at the higher of both levels."""
    if old is None or _LEVELS.index(new.level) >= _LEVELS.index(old.level):
        return new
    return replace(old, person_region=new.person_region)


def _same(one: Original, other: Original) -> bool:
    return (one.level, one.person_region) == (other.level, other.person_region)
