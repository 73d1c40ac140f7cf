"""The regimes as a page for people: what each requires, from when, and how sure we are."""

from __future__ import annotations

from collections.abc import Iterable

from takeback.model.notice import Confidence, Element, Given, Regime

UNVERIFIED = "unverified"
_GIVEN = {
    Given.FINDINGS: "from the findings",
    Given.DEPICTION: "from the signed depiction statements",
    Given.ANSWER: "a person's answer",
    Given.CONFIRMED: "a statement, confirmed with yes",
}


def regime_table(regimes: Iterable[Regime]) -> str:
    """A Markdown table of the regimes; one of low confidence is called unverified."""
    head = "| id | law | in force | clock | required | recommended | confidence |\n|---|---|---|---|---|---|---|"
    return "\n".join([head, *(_row(each) for each in regimes)]) + "\n"


def element_table(elements: Iterable[Element]) -> str:
    """A Markdown table of the elements and where their words come from."""
    head = "| element | is | given |\n|---|---|---|"
    rows = (f"| `{each.name}` | {_cell(each.what)} | {_GIVEN[each.given]} |" for each in elements)
    return "\n".join([head, *rows]) + "\n"


def sources(regimes: Iterable[Regime]) -> str:
    """A Markdown list of where the words of each regime were read, and what to mind."""
    lines = []
    for regime in regimes:
        lines += [f"**{regime.id}**", ""]
        lines += [f"- <{each.url}> ({_seen(each.evidence, each.note)})" for each in regime.sources]
        lines += [f"- Mind: {each}." for each in regime.warnings]
        lines.append("")
    return "\n".join(lines).rstrip("\n") + "\n"


def _row(regime: Regime) -> str:
    until = f" to {regime.effective_to}" if regime.effective_to else ""
    hours = f"{regime.hours} h" if regime.hours else "no hours named"
    sure = UNVERIFIED if regime.confidence is Confidence.LOW else regime.confidence.value
    law = f"{regime.title} ({regime.jurisdiction})".replace("(*)", "(anywhere)")
    cells = (
        f"`{regime.id}`",
        law,
        f"from {regime.effective_from}{until}",
        f"{hours}, {regime.clock.value.replace('_', ' ')}",
        _names(regime.required),
        _names(regime.recommended),
        sure,
    )
    return "| " + " | ".join(_cell(each) for each in cells) + " |"


def _names(elements: tuple[Element, ...]) -> str:
    return ", ".join(each.name for each in elements) or "none"


def _seen(evidence: str, note: str) -> str:
    words = {"text_seen": "text read", "secondary_seen": "read in a commentary", "memory": "recalled, not looked up"}
    return "; ".join(each for each in (words.get(evidence, evidence), note) if each)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
