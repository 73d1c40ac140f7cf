"""What only a person can say: asked once across regimes, and never pre-filled."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

import msgspec

from takeback.errors import UsageError
from takeback.model.notice import Answer, Element, Given, Regime, RegimeKind
from takeback.notices.regimes import load_elements

YES = "yes"
NO = "no"


class _Reply(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    answer: str
    statement: str = ""


class _Head(msgspec.Struct, frozen=True):
    by: str = ""
    time: str = ""


def accepted(element: Element, answer: Answer) -> bool:
    """Whether an answer gives the element: by somebody, at a time, and a statement only with a literal yes."""
    if answer.element != element.name or not answer.value.strip() or not answer.by.strip() or not _aware(answer.time):
        return False
    if element.given is Given.CONFIRMED:
        return answer.value == YES
    return not element.choices or answer.value in element.choices


def questions(
    regimes: Iterable[Regime], answers: Mapping[str, Answer], *, recommended: bool = False
) -> tuple[Element, ...]:
    """The required elements that a person must still give, each once; with ``recommended``, the others too.

    A statement that was answered no is not asked again: the letter that needs it is refused.
    """
    asked: dict[str, Element] = {}
    for regime in regimes:
        if regime.kind is RegimeKind.MINOR_ROUTE:
            continue
        for element in (*regime.required, *(regime.recommended if recommended else ())):
            if not element.automatic and not _settled(element, answers.get(element.name)):
                asked.setdefault(element.name, element)
    return tuple(asked.values())


def questionnaire(regimes: Iterable[Regime], answers: Mapping[str, Answer]) -> str:
    """The TOML text of the questions, each with the regimes that need it and an empty answer."""
    regimes = tuple(regimes)
    lines = [
        "# What only you can say. Leave a question empty and its letters are not written; nothing is assumed.",
        "# A statement counts only with the word yes; write no if it is not true. Do not change a statement's words.",
        'by = ""    # who answers: a name or a role',
        'time = ""  # when, for example 2026-11-24T10:15:00Z',
    ]
    for element in questions(regimes, answers, recommended=True):
        lines += ["", f"[{element.name}]", f"# {element.what}", *_needed_by(element, regimes)]
        if element.choices:
            lines.append(f"# one of: {', '.join(element.choices)}")
        if element.given is Given.CONFIRMED:
            lines.append(f"statement = {json.dumps(element.statement, ensure_ascii=False)}")
        lines.append('answer = ""')
    return "\n".join(lines) + "\n"


def parse_answers(text: str) -> tuple[Answer, ...]:
    """The answers in a questionnaire; empty ones are no answers.

    Raises:
        UsageError: says which entry is wrong, and how to write it.
    """
    head, replies = _decode(text)
    elements = {each.name: each for each in load_elements()}
    given = {name: reply for name, reply in replies.items() if reply.answer.strip()}
    if not given:
        return ()
    by, time = head.by.strip(), _time(head.time)
    if not by or not time:
        raise UsageError("answers need `by` (who answers) and `time` (when, with offset: 2026-11-24T10:15:00Z)")
    answers = []
    for name, reply in given.items():
        element = elements.get(name)
        if element is None or element.automatic:
            raise UsageError(f"answers: [{name}] is nothing that a person is asked (write the file again: notices ask)")
        _check(element, reply)
        answers.append(Answer(element=name, value=reply.answer.strip(), by=by, time=time))
    return tuple(answers)


def _settled(element: Element, answer: Answer | None) -> bool:
    if answer is None:
        return False
    return accepted(element, answer) or (element.given is Given.CONFIRMED and answer.value == NO)


def _needed_by(element: Element, regimes: tuple[Regime, ...]) -> list[str]:
    required = [each.id for each in regimes if element in each.required]
    recommended = [each.id for each in regimes if element in each.recommended]
    return [
        f"# {label}: {', '.join(ids)}"
        for label, ids in (("required by", required), ("helps under", recommended))
        if ids
    ]


def _decode(text: str) -> tuple[_Head, dict[str, _Reply]]:
    try:
        raw = msgspec.toml.decode(text, type=dict[str, object])
        head = {name: _written(value) for name, value in raw.items() if not isinstance(value, dict)}
        replies = {name: value for name, value in raw.items() if isinstance(value, dict)}
        if unknown := head.keys() - {"by", "time"}:
            raise UsageError(f"answers: unknown entry: {', '.join(sorted(unknown))} (only by, time and the questions)")
        return msgspec.convert(head, _Head), msgspec.convert(replies, dict[str, _Reply])
    except msgspec.DecodeError as error:
        raise UsageError(f"answers cannot be read: {error} (write the file again: takeback notices ask)") from error


def _check(element: Element, reply: _Reply) -> None:
    value, where = reply.answer.strip(), f"answers: [{element.name}]"
    if element.given is Given.CONFIRMED:
        if value not in {YES, NO}:
            raise UsageError(f"{where} answer: yes or no, not {value!r} (a statement is confirmed literally)")
        if reply.statement != element.statement:
            raise UsageError(f"{where} statement: its words were changed (restore them, or answer no)")
    if element.choices and value not in element.choices:
        raise UsageError(f"{where} answer: one of {', '.join(element.choices)}, not {value!r}")


def _written(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else value


def _time(time: str) -> str:
    if not _aware(time.strip()):
        return ""
    return datetime.fromisoformat(time.strip()).astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _aware(time: str) -> bool:
    try:
        return datetime.fromisoformat(time).tzinfo is not None
    except ValueError:
        return False
