"""What takes a human, or two: confirming, releasing, sealing, forgetting, looking, raising a cap."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from takeback.crypto.canonical import canonical
from takeback.crypto.keyfile import HumanKey
from takeback.crypto.signing import verify
from takeback.errors import CaseError, ConsentError, HarmRule, UsageError
from takeback.evidence.acts import ActKind, TwoKeyAct, act_bytes, make_act
from takeback.jobs.case import NOBODY, Case
from takeback.jobs.consents import consent_for, keys_of, original_named, remember_forgotten, second_key
from takeback.jobs.sealing import near_copies, seal_items
from takeback.model.clearing import SealedItem, SealReason
from takeback.model.digest import Sha256
from takeback.model.finding import Confirmation, DepictionStatement, Finding
from takeback.notices.comparison import sentences


def finding_named(case: Case, id: str) -> Finding:
    """The finding of that id; a UsageError says how to list them."""
    for finding in case.findings:
        if finding.id == id:
            return finding
    raise UsageError(f"no finding {id!r} in this case (`takeback case show --case DIR` lists them)")


def figures_of(case: Case, id: str) -> tuple[str, ...]:
    """What a finding's figures say, in sentences: to be read before it is confirmed."""
    return sentences(finding_named(case, id))


def confirm(case: Case, id: str, key: HumanKey, *, shows: str, how_known: str) -> DepictionStatement:
    """Keep that a named human agrees with a finding, and what they say the picture shows and how they know."""
    finding = finding_named(case, id)
    for name, text in (("what the picture shows", shows), ("how that is known", how_known)):
        if not text.strip():
            raise UsageError(f"the statement does not say {name} (nothing is pre-filled; say it in your own words)")
    time = _now(case)
    statement = DepictionStatement(
        finding=id,
        by=key.name,
        key=key.signing.public,
        shows=shows,
        how_known=how_known,
        time=time,
        signature=key.signing.sign(_stated(id, shows=shows, how_known=how_known, time=time)),
    )
    confirmation = Confirmation(finding=id, by=key.name, key=key.signing.public, time=time)
    with case.transaction():
        case.store.add_confirmation(confirmation)
        case.store.add_statement(statement)
        case.store.replace_findings(
            replace(each, confirmed_by=key.name) if each.id == id else each for each in case.findings
        )
        case.record(
            "finding_confirmed",
            public={"key": key.signing.public},
            private={"statement": f"{id}\n{shows}\n{how_known}"},
            person=finding.person,
        )
    return statement


def holds(statement: DepictionStatement) -> bool:
    """Whether a statement is as its maker signed it."""
    message = _stated(statement.finding, shows=statement.shows, how_known=statement.how_known, time=statement.time)
    return verify(statement.key, statement.signature, message)


def _stated(finding: str, *, shows: str, how_known: str, time: str) -> bytes:
    return canonical({"finding": finding, "how_known": how_known, "shows": shows, "time": time})


def release(case: Case, ids: Iterable[str], key: HumanKey) -> tuple[str, ...]:
    """Let the locators of findings out of the seal; only the key that countersigned the person's consent may."""
    findings = [finding_named(case, id) for id in ids]
    for finding in findings:
        if key.signing.public != second_key(case, original_named(case, finding.examination.original)):
            raise HarmRule(
                f"locators are released by the second key alone: the consent for the photograph of {finding.id} was "
                f"countersigned by another key than {key.signing.public[:16]}..., or this key enrolled this person "
                "(ask whoever countersigned)"
            )
    with case.transaction():
        for finding in findings:
            case.store.release(finding.id, key.signing.public, _now(case))
            case.record(
                "locators_released",
                public={"key": key.signing.public},
                private={"finding": finding.id},
                person=finding.person,
            )
    return tuple(finding.id for finding in findings)


def seal(case: Case, sha256: Sha256, *, reason: str) -> int:
    """Seal every place of these bytes, and of near copies, at once: only place, time and digest remain of them."""
    media = tuple(case.store.media())
    if sha256 not in {each.sha256 for each in media}:
        raise UsageError(
            f"no file with SHA-256 {sha256} in this case (findings.json names those of findings; `sha256sum FILE` "
            "prints that of a file)"
        )
    said = {sha256: reason, **dict.fromkeys(near_copies(case, sha256), f"near copy of {sha256}: {reason}")}
    items = [
        SealedItem(sha256=each.sha256, place=each.place, reason=SealReason.CASEWORKER)
        for each in media
        if each.sha256 in said
    ]
    with case.transaction():
        seal_items(case, items)
        for digest, why in said.items():
            case.record(
                "item_sealed",
                public={"reason": SealReason.CASEWORKER.value},
                private={"item": f"{digest}\n{why}"},
            )
    return len(items)


def forget_person(case: Case, person: str) -> None:
    """Destroy a person's key and everything of theirs; the ledger still verifies."""
    if person not in case.store.persons():
        known = ", ".join(case.store.persons()) or "nobody"
        raise UsageError(f"no person {person!r} in this case (there is: {known})")
    with case.transaction():
        case.store.forget_person(person)
        entry = case.record("person_forgotten", public={"persons_left": len(case.store.persons())})
        remember_forgotten(case, person, entry.time)


def forget_all(case: Case) -> None:
    """Destroy the case key, the database and the vault; only the ledger stays, and verifies."""
    entry = case.record("case_forgotten")
    case.store.forget_all(time=entry.time)


def raise_caps(
    case: Case, first: HumanKey, second: HumanKey, *, photographs: int | None, persons: int | None, reason: str
) -> TwoKeyAct:
    """Raise a cap of the case: a recorded act of two different keys."""
    facts = case.store.facts
    wanted = (photographs or facts.photographs_per_person, persons or facts.persons_per_case)
    if wanted == (facts.photographs_per_person, facts.persons_per_case):
        raise UsageError("no cap to raise (give --photographs N or --persons N)")
    known = {key for each in case.store.consents() for key in keys_of(each)}
    _check_keys(first, second, allowed={each.key for each in facts.trusted} or known)
    act = _act(case, ActKind.RAISE_CAP, f"photographs {wanted[0]}, persons {wanted[1]}", reason, first, second)
    with case.transaction():
        case.store.set_caps(photographs_per_person=wanted[0], persons_per_case=wanted[1])
        _record_act(case, act)
    return act


def look(case: Case, original: str, first: HumanKey, second: HumanKey, *, reason: str) -> bytes:
    """A sealed original's bytes, for a person to look at: a recorded, counted act of two different keys."""
    each = original_named(case, original)
    if each.sealed is None:
        raise CaseError(f"the pack of {original} holds no photograph: it is of level {each.level.value!r}")
    signed = consent_for(case, each)
    assert signed.countersignature is not None
    _check_keys(first, second, allowed={signed.signature.key, signed.countersignature.key})
    act = _act(case, ActKind.LOOK_AT_SEALED, original, reason, first, second)
    with case.transaction():
        _record_act(case, act, person=each.person)
        case.store.keep_note(LOOKS, str(looks(case) + 1).encode(), person=NOBODY)
    return each.sealed


LOOKS = "looks"


def looks(case: Case) -> int:
    """How often a person looked at a sealed original in this case."""
    return int(case.store.note(LOOKS) or b"0")


def _check_keys(first: HumanKey, second: HumanKey, *, allowed: set[str]) -> None:
    """That both keys are among those that may decide; where none is known yet, any two may."""
    for key in (first.signing.public, second.signing.public):
        if allowed and key not in allowed:
            raise ConsentError(
                f"this takes two keys that the case knows, and {key[:16]}... is not one of them "
                "(use the keys that signed the consent, or those that the case pins)"
            )


def _act(case: Case, kind: ActKind, subject: str, reason: str, first: HumanKey, second: HumanKey) -> TwoKeyAct:
    if first.signing.public == second.signing.public:
        raise ConsentError("this takes two different keys (a second person uses a key of their own)")
    return make_act(
        kind,
        case=case.store.header.id,
        subject=subject,
        reason=reason,
        time=case.clock(),
        first=first,
        second=second,
    )


def _record_act(case: Case, act: TwoKeyAct, *, person: str | None = None) -> None:
    case.record(
        act.kind.value,
        public={"first": act.first.key, "second": act.second.key},
        private={"act": act_bytes(act).decode()},
        person=person,
    )


def _now(case: Case) -> str:
    return case.clock().isoformat(timespec="seconds").replace("+00:00", "Z")
