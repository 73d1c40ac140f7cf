"""The law as dated data: regimes and elements, read from TOML and checked before anything rests on them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from importlib.resources import files
from itertools import combinations
from pathlib import Path
from typing import TypeVar

import msgspec

from takeback.errors import RegimeError
from takeback.model.notice import Clock, Confidence, Element, Given, LawSource, Regime, RegimeKind, WorkedExample

REGIME_SCHEMA = "takeback.regime/1"
ELEMENTS_SCHEMA = "takeback.elements/1"

Decoded = TypeVar("Decoded")


class _Deadline(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    clock: Clock
    text: str
    hours: int | None = None


class _Source(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    url: str
    evidence: str
    note: str = ""


class _Example(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    event: datetime
    due: datetime | None = None


class _RegimeFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    schema: str
    id: str
    jurisdiction: str
    kind: RegimeKind
    title: str
    language: str
    legal_basis: tuple[str, ...]
    applies_to: str
    who_may_submit: tuple[str, ...]
    required: tuple[str, ...]
    recommended: tuple[str, ...] = ()
    effective_from: date
    effective_to: date | None = None
    recipients: tuple[str, ...]
    escalation: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    confidence: Confidence
    intimate_image_law: bool
    deadline: _Deadline
    sources: tuple[_Source, ...]
    wording: dict[str, str] = {}
    example: _Example


class _ElementEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    given: Given
    what: str
    statement: str = ""
    choices: tuple[str, ...] = ()


def load_elements() -> tuple[Element, ...]:
    """Every element that a regime may require, in the order of `elements.toml`."""
    name = "elements.toml"
    text = (files("takeback.notices") / name).read_text(encoding="utf-8")
    entries = _decode(text, dict[str, str | _ElementEntry], name=name)
    if entries.pop("schema", None) != ELEMENTS_SCHEMA:
        raise RegimeError(f"{name}: field schema: it must be {ELEMENTS_SCHEMA!r}")
    return tuple(
        Element(name=each, given=entry.given, what=entry.what, statement=entry.statement, choices=entry.choices)
        for each, entry in entries.items()
        if isinstance(entry, _ElementEntry)
    )


def load_regimes(*, extra: Path | None = None) -> tuple[Regime, ...]:
    """Every regime version that ships with takeback, and those in the TOML files of the folder ``extra``.

    They come sorted by id and effective date.

    Raises:
        RegimeError: names the file and the field that does not say what it must, or the two versions that overlap.
    """
    texts = _shipped()
    if extra is not None:
        texts += _extra(extra)
    elements = {each.name: each for each in load_elements()}
    regimes = [parse_regime(text, name=name, elements=elements) for name, text in texts]
    _refuse_overlaps(regimes)
    return tuple(sorted(regimes, key=lambda each: (each.id, each.effective_from)))


def in_force(regimes: Iterable[Regime], on: date) -> tuple[Regime, ...]:
    """The versions that are the law on that day, in the order given."""
    return tuple(each for each in regimes if each.in_force(on))


def parse_regime(text: str, *, name: str, elements: dict[str, Element]) -> Regime:
    """The regime version written in a TOML text; a RegimeError names the file and the field."""
    file = _decode(text, _RegimeFile, name=name)
    _check(file, name=name)
    return Regime(
        id=file.id,
        jurisdiction=file.jurisdiction,
        kind=file.kind,
        title=file.title,
        legal_basis=file.legal_basis,
        applies_to=file.applies_to,
        who_may_submit=file.who_may_submit,
        required=_elements(file.required, elements, name=name, field="required"),
        recommended=_elements(file.recommended, elements, name=name, field="recommended"),
        hours=file.deadline.hours,
        clock=file.deadline.clock,
        deadline_text=file.deadline.text,
        effective_from=file.effective_from,
        effective_to=file.effective_to,
        recipients=file.recipients,
        escalation=file.escalation,
        warnings=file.warnings,
        sources=tuple(LawSource(url=each.url, evidence=each.evidence, note=each.note) for each in file.sources),
        confidence=file.confidence,
        intimate_image_law=file.intimate_image_law,
        wording=tuple(file.wording.items()),
        example=WorkedExample(event=file.example.event, due=file.example.due),
        language=file.language,
    )


def _shipped() -> list[tuple[str, str]]:
    folder = files("takeback.notices") / "regimes"
    texts = ((each.name, each.read_text(encoding="utf-8")) for each in folder.iterdir() if each.name.endswith(".toml"))
    return sorted(texts)


def _extra(folder: Path) -> list[tuple[str, str]]:
    if not folder.is_dir():
        raise RegimeError(f"no folder of regimes: {folder} (name a folder that holds one TOML file a regime version)")
    try:
        return [(str(each), each.read_text(encoding="utf-8")) for each in sorted(folder.glob("*.toml"))]
    except (OSError, UnicodeDecodeError) as error:
        raise RegimeError(f"a regime file cannot be read in {folder}: {error} (save it as UTF-8 text)") from error


def _decode(text: str, type_: type[Decoded], *, name: str) -> Decoded:
    try:
        return msgspec.toml.decode(text, type=type_)
    except msgspec.DecodeError as error:  # a ValidationError names the field, for example `$.deadline.hours`
        raise RegimeError(f"{name}: {error} (docs/reference/regimes.md lists the fields)") from error


def _check(file: _RegimeFile, *, name: str) -> None:
    example, hours = file.example, file.deadline.hours
    due = None if hours is None or example.event.tzinfo is None else example.event + timedelta(hours=hours)
    faults = (
        ("schema", f"it must be {REGIME_SCHEMA!r}", file.schema != REGIME_SCHEMA),
        (
            "id",
            "lower-case letters, digits and hyphens",
            not file.id.replace("-", "").isalnum() or not file.id.islower(),
        ),
        ("sources", "at least one, with how it was read", not file.sources),
        ("deadline.text", "the law's own words are needed", not file.deadline.text.strip()),
        ("deadline.hours", "a positive number of hours", hours is not None and hours <= 0),
        ("effective_to", "it lies before effective_from", not _ordered(file)),
        ("example.event", "its offset from UTC is needed", example.event.tzinfo is None),
        ("example.due", f"the example does not add up: {hours} hours later is {due}", example.due != due),
        ("wording", "subject, demand and closing are needed", not _worded(file)),
    )
    for field, fault, found in faults:
        if found:
            raise RegimeError(f"{name}: field {field}: {fault}")


def _ordered(file: _RegimeFile) -> bool:
    return file.effective_to is None or file.effective_from <= file.effective_to


def _worded(file: _RegimeFile) -> bool:
    if file.kind is RegimeKind.MINOR_ROUTE:
        return True
    named = {"subject", "demand", "closing"} | ({"illegality_reasons", "legal_provisions"} & {*file.required})
    return all(file.wording.get(each, "").strip() for each in named)


def _elements(names: tuple[str, ...], elements: dict[str, Element], *, name: str, field: str) -> tuple[Element, ...]:
    for each in names:
        if each not in elements:
            raise RegimeError(f"{name}: field {field}: no such element: {each!r} (elements.toml lists them)")
    return tuple(elements[each] for each in dict.fromkeys(names))


def _refuse_overlaps(regimes: Iterable[Regime]) -> None:
    for one, other in combinations(regimes, 2):
        first, second = sorted((one, other), key=lambda each: each.effective_from)
        if one.id == other.id and first.in_force(second.effective_from):
            raise RegimeError(
                f"two versions of {one.id} are in force on {second.effective_from}: field effective_to of the version "
                f"from {first.effective_from} must lie before that day"
            )
