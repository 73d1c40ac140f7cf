"""Which consent decides over a photograph: of those that cover it, the one that was countersigned last."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from takeback.errors import ConsentError, UsageError
from takeback.evidence.consent import check_date, check_purpose
from takeback.jobs.case import Case
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
