"""Which consent decides over a photograph: of those that cover it, the one that was countersigned last."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from datetime import date, datetime

import msgspec

from takeback.errors import ConsentError, UsageError
from takeback.evidence.consent import check_date, check_purpose
from takeback.jobs.case import NOBODY, Case
from takeback.model.consent import Purpose, SignedConsent
from takeback.model.original import Original


def consent_for(case: Case, original: Original) -> SignedConsent:
    """The consent in force for a photograph; a ConsentError where none in the case covers it."""
    covering = [
        each
        for each in case.store.consents(original.person)
        if each.consent.photograph(original.sha256) is not None and each.countersignature is not None
    ]
    if not covering:
        raise ConsentError(f"no consent in this case covers the photograph {original.id} (enrol it again)")
    return max(covering, key=_signed_at)


def _signed_at(signed: SignedConsent) -> tuple[str, str]:
    assert signed.countersignature is not None
    return signed.countersignature.time.isoformat(), signed.countersignature.value


def keys_of(signed: SignedConsent) -> set[str]:
    """The keys that signed a consent."""
    second = signed.countersignature
    return {signed.signature.key} | ({second.key} if second else set())


def original_named(case: Case, id: str) -> Original:
    """The enrolled photograph of that id; a UsageError says how to list them."""
    for original in case.store.originals():
        if original.id == id:
            return original
    raise UsageError(f"no original {id!r} in this case (`takeback case show --case DIR` lists them)")


def check_allowed(case: Case, originals: Iterable[Original], purpose: Purpose, *, today: date) -> None:
    """That the consent in force for each photograph allows a purpose on this day; a ConsentError names the person."""
    for original in originals:
        signed = consent_for(case, original)
        check_purpose(signed.consent, purpose)
        check_date(signed.consent, today)


def second_key(case: Case, original: Original) -> str | None:
    """The key that may release what was found of a photograph: it countersigned, and enrolled nothing of theirs."""
    signed = consent_for(case, original)
    enrollers = {each.signature.key for each in case.store.consents(original.person)}
    assert signed.countersignature is not None
    key = signed.countersignature.key
    return None if key in enrollers else key


_FORGOTTEN = "forgotten"


def remember_forgotten(case: Case, person: str, time: str) -> None:
    """Keep, under a key of the case and without the name, that a person was forgotten then."""
    kept = _forgotten(case) | {_unnamed(case, person): time}
    case.store.keep_note(_FORGOTTEN, msgspec.json.encode(kept), person=NOBODY)


def check_not_forgotten(case: Case, signed: SignedConsent) -> None:
    """That a consent was signed after its person was forgotten, if they were: an old pack brings nobody back."""
    time = _forgotten(case).get(_unnamed(case, signed.consent.person))
    assert signed.countersignature is not None
    if time is not None and signed.countersignature.time <= datetime.fromisoformat(time):
        raise ConsentError(
            f"{signed.consent.person!r} was forgotten in this case on {time[:10]}, and this consent is older "
            "(a new consent, signed after that day, is needed)"
        )


def _forgotten(case: Case) -> dict[str, str]:
    kept = case.store.note(_FORGOTTEN)
    return {} if kept is None else msgspec.json.decode(kept, type=dict[str, str])


def _unnamed(case: Case, person: str) -> str:
    return hmac.new(case.store.key("forgotten persons"), person.encode(), hashlib.sha256).hexdigest()
