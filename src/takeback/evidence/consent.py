"""Consent: signed by the enroller, countersigned by a second key, and checked before each use.

Everything here is text in, values out. A signature covers the exact text before its own block, so the second one also
covers the first.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, date, datetime

from takeback.crypto.canonical import canonical
from takeback.crypto.keyfile import HumanKey
from takeback.crypto.signing import verify
from takeback.errors import CapReached, ConsentError, PhotographRefused
from takeback.evidence.consent_form import parse, template
from takeback.model.consent import (
    PERSONS_PER_CASE,
    PHOTOGRAPHS_PER_PERSON,
    Consent,
    PhotographConsent,
    Purpose,
    Role,
    Signature,
    SignedConsent,
    Under18,
)
from takeback.model.digest import Sha256

__all__ = [
    "MINOR_ROUTES",
    "check_caps",
    "check_date",
    "check_photograph",
    "check_purpose",
    "countersign",
    "parse",
    "read_signed",
    "require_two",
    "sign",
    "signed_text",
    "template",
]

MINOR_ROUTES = (
    "for a picture taken under 18: the person, or a parent, on their own device at https://takeitdown.ncmec.org; "
    "https://report.iwf.org.uk; the national hotline at https://inhope.org; the police. Send the picture to nobody else"
)
_TIME = "%Y-%m-%dT%H:%M:%SZ"
_BLOCK = r'\n\[signatures\.{role}\]\nkey = "([0-9a-f]{{64}})"\ntime = ([0-9TZ:-]{{20}})\nvalue = "([0-9a-f]{{128}})"\n'
_SIGNED = re.compile(
    rf"(?s:(.*))(?:{_BLOCK.format(role='enroller')})(?:{_BLOCK.format(role='countersigner')})?", re.ASCII
)
_ANY_SIGNATURE = re.compile(r"^\s*\[+\s*signatures\b", re.MULTILINE)


def sign(text: str, key: HumanKey, *, time: datetime) -> str:
    """The form with the enroller's signature below it; a form with a blank, or a signature, is refused."""
    body = _settled(text)
    if _ANY_SIGNATURE.search(body):
        raise ConsentError(
            "the consent carries a signature already (the second person runs `takeback consent countersign FILE`; "
            "to change it, remove the signature blocks and sign anew)"
        )
    parse(body)
    return body + _block(_signature(body, key, Role.ENROLLER, time))


def countersign(text: str, key: HumanKey, *, time: datetime) -> str:
    """The signed form with a second person's signature below the first."""
    signed = read_signed(text)
    if signed.countersignature is not None:
        raise ConsentError("the consent carries two signatures already (nothing is left to do)")
    if signed.signature.key == key.signing.public:
        raise ConsentError(
            "the same key cannot sign a consent twice (a second person countersigns it with a key of their own; "
            "`takeback key new FILE` makes one)"
        )
    before = signed_text(signed)
    signature = _signature(before, key, Role.COUNTERSIGNER, time)
    if signature.time < signed.signature.time:
        raise ConsentError(
            f"the second signature would be older ({_stamp(signature.time)}) than the first "
            f"({_stamp(signed.signature.time)}) (set this computer's clock)"
        )
    return before + _block(signature)


def read_signed(text: str) -> SignedConsent:
    """The consent whose signatures hold over this exact text; ``countersignature`` is None while there is one only."""
    settled = _settled(text)
    found = _SIGNED.fullmatch(settled)
    if not found:
        if _ANY_SIGNATURE.search(settled):
            raise ConsentError(
                "the signature block of the consent was changed (remove the blocks below the form, and sign it anew)"
            )
        raise ConsentError("the consent is not signed (the enroller signs it: `takeback consent sign FILE`)")
    body = found[1]
    first = _read_signature(found[2], found[3], found[4], Role.ENROLLER)
    _check_signature(body, first)
    second = None
    if found[5] is not None:
        second = _read_signature(found[5], found[6], found[7], Role.COUNTERSIGNER)
        _check_signature(body + _block(first), second)
        if second.key == first.key:
            raise ConsentError("the consent is signed twice with one key (a second person must countersign it)")
    return SignedConsent(consent=parse(body), text=body, signature=first, countersignature=second)


def signed_text(signed: SignedConsent) -> str:
    """The file that `read_signed` read, byte for byte."""
    text = signed.text + _block(signed.signature)
    return text if signed.countersignature is None else text + _block(signed.countersignature)


def require_two(signed: SignedConsent) -> SignedConsent:
    """The same consent, where two keys have signed it; nothing is investigated otherwise."""
    if signed.countersignature is None:
        raise ConsentError(
            f"the consent of {signed.consent.person!r} carries one signature instead of two "
            "(a second person runs `takeback consent countersign FILE`)"
        )
    return signed


def check_photograph(consent: Consent, sha256: Sha256) -> PhotographConsent:
    """What was said about this photograph; refused where it is not covered, or its person may have been under 18."""
    said = consent.photograph(sha256)
    if said is None:
        raise ConsentError(
            f"the consent of {consent.person!r} does not cover the photograph with SHA-256 {sha256} "
            "(it was changed or never named; `takeback consent new PHOTO...` makes a form for the file as it is now)"
        )
    if said.under_18 is not Under18.NO:
        answer = "yes" if said.under_18 is Under18.YES else "unknown, which counts as yes"
        raise PhotographRefused(
            f"the photograph with SHA-256 {sha256} is never searched for: under 18 when taken? {answer} "
            f"({MINOR_ROUTES})"
        )
    return said


def check_purpose(consent: Consent, purpose: Purpose) -> None:
    """That the person agreed to this purpose."""
    if purpose not in consent.purposes:
        raise ConsentError(
            f"{consent.person!r} did not agree to {purpose.value!r} "
            "(only a new consent that says so, signed by two keys, allows it)"
        )


def check_date(consent: Consent, today: date) -> None:
    """That the consent holds on this day."""
    if consent.expires_on is not None and today > consent.expires_on:
        raise ConsentError(
            f"the consent of {consent.person!r} expired on {consent.expires_on} "
            "(ask the person for a new one, or `takeback forget --person`)"
        )
    if today < consent.obtained_on:
        raise ConsentError(
            f"the consent of {consent.person!r} was obtained on {consent.obtained_on}, which is still to come "
            f"(today is {today}; correct the form or this computer's clock)"
        )


def check_caps(
    consents: Iterable[Consent],
    *,
    photographs_per_person: int = PHOTOGRAPHS_PER_PERSON,
    persons_per_case: int = PERSONS_PER_CASE,
) -> None:
    """That a case with these consents stays within its caps; give the raised ones where two keys have raised them."""
    photographs: defaultdict[str, set[Sha256]] = defaultdict(set)
    for consent in consents:
        photographs[consent.person].update(each.sha256 for each in consent.photographs)
    way_out = "raising a cap is a recorded act of two keys"
    if len(photographs) > persons_per_case:
        raise CapReached(f"{len(photographs)} persons in a case that allows {persons_per_case} ({way_out})")
    for person, digests in sorted(photographs.items()):
        if len(digests) > photographs_per_person:
            raise CapReached(
                f"{len(digests)} photographs of {person!r} in a case that allows {photographs_per_person} a person "
                f"({way_out})"
            )


def _settled(text: str) -> str:
    """The text as it is signed: line ends of one kind, one at the end, no byte order mark."""
    return text.removeprefix("\ufeff").replace("\r\n", "\n").rstrip("\n") + "\n"


def _signature(text: str, key: HumanKey, role: Role, time: datetime) -> Signature:
    if time.tzinfo is None:
        raise ValueError("a signature's time must be aware")
    when = time.astimezone(UTC).replace(microsecond=0)
    value = key.signing.sign(_message(text, key.signing.public, role, when))
    return Signature(key=key.signing.public, role=role, time=when, value=value)


def _message(text: str, key: str, role: Role, time: datetime) -> bytes:
    return canonical(
        {
            "act": "takeback-consent-1",
            "key": key,
            "role": role.value,
            "sha256": hashlib.sha256(text.encode()).hexdigest(),
            "time": _stamp(time),
        }
    )


def _check_signature(text: str, signature: Signature) -> None:
    if not verify(signature.key, signature.value, _message(text, signature.key, signature.role, signature.time)):
        raise ConsentError(
            f"the consent was changed after the {signature.role.value} (key {signature.key[:16]}) signed it "
            "(restore the signed text, or remove the signature blocks and have two people sign the new one)"
        )


def _read_signature(key: str, stamp: str, value: str, role: Role) -> Signature:
    try:
        time = datetime.strptime(stamp, _TIME).replace(tzinfo=UTC)
    except ValueError as error:
        raise ConsentError(
            f"the signature of the {role.value} carries no time: {stamp!r} (sign the form anew)"
        ) from error
    return Signature(key=key, role=role, time=time, value=value)


def _block(signature: Signature) -> str:
    return (
        f'\n[signatures.{signature.role.value}]\nkey = "{signature.key}"\ntime = {_stamp(signature.time)}\n'
        f'value = "{signature.value}"\n'
    )


def _stamp(time: datetime) -> str:
    return time.strftime(_TIME)
