"""Acts that take two people: raising a cap, looking at a sealed original, releasing locators."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Literal

import msgspec

from takeback.crypto.canonical import canonical
from takeback.crypto.keyfile import HumanKey
from takeback.crypto.signing import verify
from takeback.errors import ConsentError
from takeback.model.consent import Role, Signature

_TIME = "%Y-%m-%dT%H:%M:%SZ"


class ActKind(StrEnum):
    """What two people decide together."""

    RAISE_CAP = "raise_cap"
    LOOK_AT_SEALED = "look_at_sealed"
    RELEASE_LOCATORS = "release_locators"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposedAct:
    """An act that one person has signed and that is not yet allowed."""

    kind: ActKind
    case: str
    subject: str
    reason: str
    time: datetime
    first: Signature


@dataclass(frozen=True, slots=True, kw_only=True)
class TwoKeyAct:
    """An act that two different keys have signed: ``subject`` says what exactly, ``reason`` why."""

    kind: ActKind
    case: str
    subject: str
    reason: str
    time: datetime
    first: Signature
    second: Signature


def propose_act(kind: ActKind, *, case: str, subject: str, reason: str, time: datetime, key: HumanKey) -> ProposedAct:
    """The act with its first signature."""
    if not reason.strip():
        raise ConsentError(f"the act {kind.value!r} has no reason (say why it is needed; the record keeps it)")
    if not subject.strip():
        raise ConsentError(f"the act {kind.value!r} does not say what it is about (name the item, or the new cap)")
    when = _whole_second(time)
    message = _message((kind, case, subject, reason, when), key.signing.public, Role.OPERATOR, when, "")
    first = Signature(key=key.signing.public, role=Role.OPERATOR, time=when, value=key.signing.sign(message))
    return ProposedAct(kind=kind, case=case, subject=subject, reason=reason, time=when, first=first)


def confirm_act(proposed: ProposedAct, key: HumanKey, *, time: datetime) -> TwoKeyAct:
    """The act, allowed by a second person with a key of their own."""
    if key.signing.public == proposed.first.key:
        raise ConsentError(
            f"the act {proposed.kind.value!r} needs two different keys (a second person confirms it with their own)"
        )
    when = _whole_second(time)
    message = _message(_content(proposed), key.signing.public, Role.CONFIRMER, when, proposed.first.value)
    second = Signature(key=key.signing.public, role=Role.CONFIRMER, time=when, value=key.signing.sign(message))
    act = TwoKeyAct(
        kind=proposed.kind,
        case=proposed.case,
        subject=proposed.subject,
        reason=proposed.reason,
        time=proposed.time,
        first=proposed.first,
        second=second,
    )
    verify_act(act)
    return act


def make_act(
    kind: ActKind, *, case: str, subject: str, reason: str, time: datetime, first: HumanKey, second: HumanKey
) -> TwoKeyAct:
    """The act where both people are at hand."""
    proposed = propose_act(kind, case=case, subject=subject, reason=reason, time=time, key=first)
    return confirm_act(proposed, second, time=time)


def verify_act(act: TwoKeyAct) -> None:
    """That two different keys signed exactly this act, the second one after the first."""
    if act.first.key == act.second.key:
        raise ConsentError(f"the act {act.kind.value!r} is signed twice with one key (it needs two different ones)")
    signatures = ((act.first, Role.OPERATOR, ""), (act.second, Role.CONFIRMER, act.first.value))
    for signature, role, previous in signatures:
        message = _message(_content(act), signature.key, role, signature.time, previous)
        if signature.role is not role or not verify(signature.key, signature.value, message):
            raise ConsentError(
                f"the act {act.kind.value!r} on {act.subject!r} was changed after the key {signature.key[:16]} signed "
                "it (both people must sign it anew)"
            )
    if act.first.time != act.time or act.second.time < act.time:
        raise ConsentError(f"the act {act.kind.value!r} carries times that cannot be (both people must sign it anew)")


def act_bytes(act: TwoKeyAct) -> bytes:
    """The act as canonical JSON; its SHA-256 is what a ledger holds of it."""
    return canonical(
        {
            "format": "takeback-act",
            "version": 1,
            "kind": act.kind.value,
            "case": act.case,
            "subject": act.subject,
            "reason": act.reason,
            "time": _stamp(act.time),
            "first": _signature_fields(act.first),
            "second": _signature_fields(act.second),
        }
    )


def read_act(content: bytes) -> TwoKeyAct:
    """The verified act that `act_bytes` wrote."""
    try:
        record = msgspec.json.decode(content, type=_ActRecord)
        act = TwoKeyAct(
            kind=record.kind,
            case=record.case,
            subject=record.subject,
            reason=record.reason,
            time=_time(record.time),
            first=_signature(record.first, Role.OPERATOR),
            second=_signature(record.second, Role.CONFIRMER),
        )
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise ConsentError(f"not the record of an act of two keys: {error} (it was damaged or changed)") from error
    verify_act(act)
    if act_bytes(act) != content:
        raise ConsentError("the record of an act of two keys is not in its canonical form (it was damaged or changed)")
    return act


class _SignatureRecord(msgspec.Struct, forbid_unknown_fields=True):
    key: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
    time: str
    value: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{128}$")]


class _ActRecord(msgspec.Struct, forbid_unknown_fields=True):
    kind: ActKind
    case: str
    subject: str
    reason: str
    time: str
    first: _SignatureRecord
    second: _SignatureRecord
    format: Literal["takeback-act"]
    version: Literal[1]


_Content = tuple[ActKind, str, str, str, datetime]


def _content(act: ProposedAct | TwoKeyAct) -> _Content:
    return (act.kind, act.case, act.subject, act.reason, act.time)


def _message(content: _Content, key: str, role: Role, time: datetime, previous: str) -> bytes:
    kind, case, subject, reason, made = content
    return canonical(
        {
            "act": "takeback-act-1",
            "kind": kind.value,
            "case": case,
            "subject": subject,
            "reason": reason,
            "made": _stamp(made),
            "key": key,
            "role": role.value,
            "time": _stamp(time),
            "previous": previous,
        }
    )


def _signature_fields(signature: Signature) -> dict[str, str]:
    return {"key": signature.key, "time": _stamp(signature.time), "value": signature.value}


def _signature(record: _SignatureRecord, role: Role) -> Signature:
    return Signature(key=record.key, role=role, time=_time(record.time), value=record.value)


def _time(text: str) -> datetime:
    if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", text, re.ASCII):
        message = f"not a time in UTC: {text[:40]!r}"
        raise ValueError(message)
    return datetime.strptime(text, _TIME).replace(tzinfo=UTC)


def _stamp(time: datetime) -> str:
    return time.strftime(_TIME)


def _whole_second(time: datetime) -> datetime:
    if time.tzinfo is None:
        message = "an act's time must be aware"
        raise ValueError(message)
    return time.astimezone(UTC).replace(microsecond=0)
