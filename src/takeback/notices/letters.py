"""Notices: a complete demand, or none; what is missing is named."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from takeback.crypto.canonical import canonical
from takeback.errors import ElementMissing, HarmRule, Refused
from takeback.model.clearing import SealedItem
from takeback.model.finding import Conclusion, DepictionStatement, Finding, PersonRegion
from takeback.model.notice import Answer, Element, Given, Item, Notice, Recipient, Regime, RegimeKind
from takeback.notices.comparison import sentences
from takeback.notices.locators import openable
from takeback.notices.questions import accepted


def prepare(
    regime: Regime,
    recipient: Recipient,
    findings: tuple[Finding, ...],
    *,
    statements: tuple[DepictionStatement, ...],
    items: tuple[Item, ...],
    answers: Mapping[str, Answer],
    made: datetime,
) -> Notice:
    """The complete notice to one recipient under one regime.

    Answers that the regime does not call for stay out of it. Nothing has a default, and a statement counts only where
    a named person answered literally yes.

    Raises:
        ElementMissing: names exactly the required elements that are missing.
        Refused: a finding cannot carry this notice (`objection` says why), or the regime is not the law on that day.
        HarmRule: an item is sealed, or the regime is a minor route: those take no letter.
    """
    if made.tzinfo is None:
        raise ValueError("a notice is made at an aware time")
    _no_minors(regime, findings, items)
    if not regime.in_force(made.astimezone(UTC).date()):
        raise Refused(f"{regime.id} is not in force on {made:%Y-%m-%d} (choose the version of that day)")
    _carried(regime, findings, statements, items)
    given = {name: each for name, each in answers.items() if name in _names(regime)}
    _capacity(regime, given)
    filled = _filled(regime, findings, statements=statements, items=items, answers=given, made=made)
    _complete(regime, filled, given)
    return Notice(
        id=_id(regime, recipient, items),
        regime=regime,
        recipient=recipient,
        findings=findings,
        statements=statements if "depiction_statement" in dict(filled) else (),
        items=items,
        elements=filled,
        made=_stamp(made),
        answers=tuple(given[name] for name, _ in filled if name in given),
    )


def objection(regime: Regime, finding: Finding, statements: tuple[DepictionStatement, ...]) -> str | None:
    """Why this finding cannot carry a notice under this regime, with the way out, or None where it can."""
    reasons = _objections(regime, finding, [each for each in statements if each.finding == finding.id])
    return f"finding {finding.id} {reasons[0]}" if reasons else None


def _objections(regime: Regime, finding: Finding, stated: list[DepictionStatement]) -> list[str]:
    examination, intimate = finding.examination, regime.intimate_image_law
    conclusion = examination.conclusion
    rules = (
        (
            examination.alignment is None,
            "has no alignment, and no letter rests on a hash alone (enrol at level features, then investigate again)",
        ),
        (
            examination.person_region is PersonRegion.UNTOUCHED,
            "leaves the person's region untouched: it can carry no notice",
        ),
        (
            examination.person_region is PersonRegion.NOT_MARKED,
            "shows a photograph in which nobody marked the person's region (mark it in a new consent, enrol again)",
        ),
        (
            any(not _whole(each) for each in stated),
            "has a depiction statement without its maker, words or signature (make it again: takeback confirm)",
        ),
        (
            intimate and conclusion is not Conclusion.DERIVATIVE,
            f"is a {conclusion.value}: {regime.id} takes only an altered form (choose another regime)",
        ),
        (
            intimate and finding.confirmed_by is None,
            "was confirmed by nobody (look at the figures and the drawing, then: takeback confirm)",
        ),
        (
            intimate and not stated,
            "has no depiction statement, and geometry never says what a picture shows (takeback confirm asks for it)",
        ),
    )
    return [reason for applies, reason in rules if applies]


def _no_minors(regime: Regime, findings: tuple[Finding, ...], items: tuple[Item, ...]) -> None:
    if regime.kind is RegimeKind.MINOR_ROUTE:
        raise HarmRule(
            f"{regime.id} is a route for minors and takes no letter (takeback.notices.minors lists the routes)"
        )
    if any(isinstance(each, SealedItem) for each in (*findings, *items)):
        raise HarmRule("a sealed item goes into no letter; only the minor routes are open to it")


def _carried(
    regime: Regime,
    findings: tuple[Finding, ...],
    statements: tuple[DepictionStatement, ...],
    items: tuple[Item, ...],
) -> None:
    by_id = {each.id: each for each in findings}
    if not findings:
        raise Refused(f"a notice under {regime.id} rests on findings, and there are none")
    for statement in statements:
        if statement.finding not in by_id:
            raise Refused(f"a depiction statement speaks of finding {statement.finding}, which is not in this notice")
    for item in items:
        finding = by_id.get(item.finding)
        if finding is None or finding.examination.media != item.media_sha256:
            raise Refused(f"item {item.locator!r} does not show the file of finding {item.finding} (prepare it again)")
    reasons = [reason for each in findings if (reason := objection(regime, each, statements)) is not None]
    if reasons:
        raise Refused("; ".join(reasons))


def _whole(statement: DepictionStatement) -> bool:
    said = (statement.by, statement.key, statement.shows, statement.how_known, statement.time, statement.signature)
    return all(each.strip() for each in said)


def _capacity(regime: Regime, answers: Mapping[str, Answer]) -> None:
    capacity = answers.get("submitter_capacity")
    if capacity is None or "anyone" in regime.who_may_submit or capacity.value in regime.who_may_submit:
        return
    raise Refused(f"{regime.id} takes no notice from {capacity.value!r}, only from: {', '.join(regime.who_may_submit)}")


def _complete(regime: Regime, filled: tuple[tuple[str, str], ...], answers: Mapping[str, Answer]) -> None:
    present = dict(filled)
    missing = tuple(each.name for each in regime.required if each.name not in present)
    if missing:
        named = ", ".join(_named(each, answers) for each in missing)
        way_out = "takeback notices ask lists what a person must say; a locator needs the channel's username"
        raise ElementMissing(f"no notice under {regime.id}: missing {named} ({way_out})", missing=missing)


def _named(name: str, answers: Mapping[str, Answer]) -> str:
    answer = answers.get(name)
    return name if answer is None else f"{name} (the answer {answer.value!r} does not give it)"


def _names(regime: Regime) -> frozenset[str]:
    return frozenset(each.name for each in (*regime.required, *regime.recommended))


def _filled(
    regime: Regime,
    findings: tuple[Finding, ...],
    *,
    statements: tuple[DepictionStatement, ...],
    items: tuple[Item, ...],
    answers: Mapping[str, Answer],
    made: datetime,
) -> tuple[tuple[str, str], ...]:
    automatic: dict[str, Callable[[], str]] = {
        "written": lambda: f"This notice is made in writing on {made.astimezone(UTC):%Y-%m-%d}.",
        "content_locator": lambda: _locators(findings, items),
        "content_identity": lambda: "\n".join(identity(each) for each in items),
        "observed_at": lambda: _observed(items),
        "nonconsent_facts": lambda: "\n\n".join("\n".join(sentences(each)) for each in findings),
        "illegality_reasons": lambda: regime.words("illegality_reasons"),
        "legal_provisions": lambda: regime.words("legal_provisions"),
        "depiction_statement": lambda: "\n".join(depiction(each) for each in statements),
    }
    texts = (
        (each.name, automatic[each.name]() if each.name in automatic else _answered(each, answers))
        for each in dict.fromkeys((*regime.required, *regime.recommended))
    )
    return tuple((name, text) for name, text in texts if text)


def _answered(element: Element, answers: Mapping[str, Answer]) -> str:
    answer = answers.get(element.name)
    if answer is None or not accepted(element, answer):
        return ""
    return element.statement if element.given is Given.CONFIRMED else answer.value.strip()


def _locators(findings: tuple[Finding, ...], items: tuple[Item, ...]) -> str:
    placed = {each.finding for each in items}
    if not all(each.id in placed for each in findings) or not all(openable(each.locator) for each in items):
        return ""
    return "\n".join(each.locator for each in items)


def _observed(items: tuple[Item, ...]) -> str:
    times = [(each.locator, each.observed) for each in items if each.observed is not None]
    if len(times) < len(items):
        return ""
    return "\n".join(f"{locator}: last seen {moment(observed)}" for locator, observed in times)


def identity(item: Item) -> str:
    """What identifies an item: platform id, date of the post, SHA-256."""
    posted = "date of the post not recorded" if item.posted is None else f"posted {moment(item.posted)}"
    return f"{item.platform_id}; {posted}; SHA-256 {item.media_sha256}"


def depiction(statement: DepictionStatement) -> str:
    """A depiction statement as it was given."""
    return (
        f"{statement.shows.strip()} How this is known: {statement.how_known.strip()} "
        f"(stated by {statement.by} on {statement.time})"
    )


def moment(time: datetime) -> str:
    """An instant in UTC, to the minute.

    Examples:
        >>> from datetime import datetime, timezone
        >>> moment(datetime(2026, 11, 24, 9, 5, tzinfo=timezone.utc))
        '2026-11-24 09:05 UTC'
    """
    return f"{time.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _stamp(time: datetime) -> str:
    return time.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _id(regime: Regime, recipient: Recipient, items: tuple[Item, ...]) -> str:
    demand = [
        regime.id,
        regime.effective_from.isoformat(),
        [recipient.name, recipient.channel, recipient.address],
        sorted([each.locator, each.media_sha256] for each in items),
    ]
    return f"{regime.id}-{hashlib.sha256(canonical(demand)).hexdigest()[:12]}"
