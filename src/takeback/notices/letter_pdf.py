"""The letter: what a notice says, as a PDF for people and as JSON for machines."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime
from importlib.resources import as_file, files
from typing import Literal

import msgspec

from takeback.crypto.canonical import Json, canonical
from takeback.errors import Refused
from takeback.fonts.glyphs import covered_by, printable
from takeback.model.finding import Conclusion, Finding
from takeback.model.notice import Answer, Confidence, Element, Given, Item, Notice
from takeback.notices.comparison import INDEPENDENT, SAME_EXPOSURE, paragraphs, sentences
from takeback.notices.letters import moment

SCHEMA = "takeback.letter/1"
PDF_STANDARDS = ("a-2a", "ua-1")
LONGEST_WORD = 64
"""Longer runs without a space may break there; the JSON has them unbroken."""
UNVERIFIED = "Unverified: the law behind this letter is not checked. Have counsel read it before anything is sent."
_CHANNELS = {
    "statutory_form": "by its form for removal requests",
    "dsa_form": "by its form for notices of illegal content",
    "dsa_poc": "by its point of contact",
    "abuse_email": "by e-mail",
    "in_app": "in its application",
    "copyright_agent": "by its designated agent",
}
_CAPACITIES = {
    "depicted_person": "the person depicted",
    "authorised_representative": "authorised to act for the person depicted",
}


def letter_pdf(notice: Notice) -> bytes:
    """The letter as PDF/A-2a and PDF/UA-1; the same notice gives the same bytes.

    Values reach the page as data, never as markup. A character that the fonts lack is written ``[U+XXXX]``.
    """
    import typst

    with as_file(files("takeback") / "fonts") as fonts:
        covered = covered_by(fonts)
        page = _on_page(_letter(notice), covered)
        made: bytes = typst.compile(  # type: ignore[call-overload]  # its types want input and font paths of one kind
            (files("takeback.notices") / "letter.typ").read_bytes(),
            format="pdf",
            font_paths=[str(fonts)],
            ignore_system_fonts=True,
            sys_inputs={"letter": json.dumps(page)},
            pdf_standards=list(PDF_STANDARDS),
            timestamp=int(datetime.fromisoformat(notice.made).timestamp()),
        )
    return made


def letter_json(notice: Notice) -> bytes:
    """The letter as canonical JSON (RFC 8785), schema ``takeback.letter/1``; `docs/reference/regimes.md` lists it."""
    regime = notice.regime
    return canonical(
        {
            "schema": SCHEMA,
            "id": notice.id,
            "made": notice.made,
            "regime": {
                "id": regime.id,
                "jurisdiction": regime.jurisdiction,
                "title": regime.title,
                "effective_from": regime.effective_from.isoformat(),
                "legal_basis": list(regime.legal_basis),
                "confidence": regime.confidence.value,
            },
            "recipient": {
                "name": notice.recipient.name,
                "channel": notice.recipient.channel,
                "address": notice.recipient.address,
            },
            "subject": regime.words("subject"),
            "demand": regime.words("demand"),
            "deadline": {"hours": regime.hours, "clock": regime.clock.value, "text": regime.deadline_text},
            "items": [_item(each) for each in notice.items],
            "comparisons": [_comparison(each) for each in notice.findings],
            "depiction_statements": [
                {
                    "finding": each.finding,
                    "shows": _text(each.shows),
                    "how_known": _text(each.how_known),
                    "by": _text(each.by),
                    "time": each.time,
                    "key": each.key,
                    "signature": each.signature,
                }
                for each in notice.statements
            ],
            "elements": [
                {"element": name, "text": _text(text), **_said(name, notice.answers)} for name, text in notice.elements
            ],
        }
    )


class _Regime(msgspec.Struct, frozen=True):
    id: str
    effective_from: date


class _Recipient(msgspec.Struct, frozen=True):
    name: str


class _Comparison(msgspec.Struct, frozen=True):
    finding: str


class _Letter(msgspec.Struct, frozen=True):
    schema: Literal["takeback.letter/1"]
    id: str
    regime: _Regime
    recipient: _Recipient
    comparisons: tuple[_Comparison, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptLetter:
    """What a kept letter says of itself: under which version of which regime, to whom, about which findings."""

    id: str
    regime: str
    effective_from: date
    recipient: str
    findings: tuple[str, ...]


def read_letter(content: bytes) -> KeptLetter:
    """What a letter that `letter_json` wrote says of itself; a Refused where it is none."""
    try:
        letter = msgspec.json.decode(content, type=_Letter)
    except msgspec.DecodeError as error:
        raise Refused(f"not a letter of schema {SCHEMA}: {error} (prepare it again)") from error
    return KeptLetter(
        id=letter.id,
        regime=letter.regime.id,
        effective_from=letter.regime.effective_from,
        recipient=letter.recipient.name,
        findings=tuple(each.finding for each in letter.comparisons),
    )


def _item(item: Item) -> dict[str, Json]:
    return {
        "finding": item.finding,
        "locator": _text(item.locator),
        "platform_id": _text(item.platform_id),
        "posted": None if item.posted is None else moment(item.posted),
        "observed": None if item.observed is None else moment(item.observed),
        "media_sha256": item.media_sha256,
    }


def _comparison(finding: Finding) -> dict[str, Json]:
    examination = finding.examination
    alignment, alteration, rate = examination.alignment, examination.alteration, examination.error_rate
    return {
        "finding": finding.id,
        "conclusion": examination.conclusion.value,
        "propositions": [SAME_EXPOSURE, INDEPENDENT],
        "sentences": list(sentences(finding)),
        "alignment": None if alignment is None else {"inliers": alignment.inliers, "score": alignment.score},
        "alteration": None
        if alteration is None
        else {
            "share_altered": alteration.share_altered,
            "share_surviving": alteration.share_surviving,
            "evidence": alteration.evidence.value,
        },
        "person_region": examination.person_region.value,
        "direction": examination.direction,
        "comparisons": finding.comparisons,
        "confirmed": finding.confirmed_by is not None,
        "error_rate": {
            "value": rate.value,
            "n": rate.n,
            "low": rate.low,
            "high": rate.high,
            "unit": rate.unit,
            "population": rate.population,
        },
        "versions": dict(examination.versions),
    }


def _said(name: str, answers: tuple[Answer, ...]) -> dict[str, Json]:
    answer = next((each for each in answers if each.element == name), None)
    return {} if answer is None else {"by": _text(answer.by), "time": answer.time}


def _text(text: str) -> str:
    """Text that JSON can carry: half of a surrogate pair, which no Unicode text has, is written out."""
    return "".join(f"[U+{ord(each):04X}]" if 0xD800 <= ord(each) <= 0xDFFF else each for each in text)  # noqa: PLR2004  # the surrogates


def _letter(notice: Notice) -> dict[str, Json]:
    regime, said = notice.regime, dict(notice.elements)
    contact = "\n".join(dict.fromkeys(said[name] for name in ("submitter_email", "submitter_contact") if name in said))
    return {
        "id": notice.id,
        "language": regime.language,
        "date": notice.made[:10],
        "sender": said.get("submitter_name", contact),
        "contact": contact if "submitter_name" in said else "",
        "recipient": f"{notice.recipient.name}\n{notice.recipient.address}",
        "way": _CHANNELS.get(notice.recipient.channel, ""),
        "subject": regime.words("subject"),
        "unverified": UNVERIFIED if regime.confidence is Confidence.LOW else "",
        "demand": regime.words("demand"),
        "basis": "Legal basis: " + "; ".join(regime.legal_basis) + ".",
        "items": [_row(number, each) for number, each in enumerate(notice.items, 1)],
        "reasons": said.get("illegality_reasons"),
        "provisions": [said[name] for name in ("legal_provisions", "national_provisions") if name in said],
        "propositions": [SAME_EXPOSURE, INDEPENDENT],
        "comparisons": [_titled(each, notice.items) for each in notice.findings if "nonconsent_facts" in said],
        "statements": _statements(notice),
        "deadline": regime.deadline_text,
        "closing": regime.words("closing"),
        "submitted": _submitted(said, contact),
        "signature": said.get("signature", ""),
        "signed_on": next((each.time[:10] for each in notice.answers if each.element == "signature"), ""),
        "signed": "Electronic signature, as typed" if "signature" in said else "Signature",
    }


def _row(number: int, item: Item) -> dict[str, Json]:
    posted = "date of the post not recorded" if item.posted is None else f"posted {moment(item.posted)}"
    seen = "" if item.observed is None else f" · last seen {moment(item.observed)}"
    return {
        "number": number,
        "locator": item.locator,
        "identity": f"Platform id {item.platform_id} · {posted}{seen}",
        "sha256": item.media_sha256,
    }


def _titled(finding: Finding, items: tuple[Item, ...]) -> dict[str, Json]:
    numbers = [str(number) for number, each in enumerate(items, 1) if each.finding == finding.id]
    form = "an altered form" if finding.examination.conclusion is Conclusion.DERIVATIVE else "a copy"
    return {
        "title": f"{'Items' if len(numbers) > 1 else 'Item'} {', '.join(numbers)}: {form}",
        "paragraphs": list(paragraphs(finding)),
    }


def _statements(notice: Notice) -> list[Json]:
    elements = {each.name: each for each in (*notice.regime.required, *notice.regime.recommended)}
    confirmed: list[Json] = [
        {"text": text, "said": _who(elements[name], notice.answers)}
        for name, text in notice.elements
        if elements[name].given is Given.CONFIRMED
    ]
    depicted: list[Json] = [
        {
            "text": f"{each.shows.strip()}\nHow this is known: {each.how_known.strip()}",
            "said": f"Statement on what the published picture shows, signed by {each.by} on {each.time}",
        }
        for each in notice.statements
    ]
    return [*confirmed, *depicted]


def _who(element: Element, answers: tuple[Answer, ...]) -> str:
    answer = next(each for each in answers if each.element == element.name)
    return f"Confirmed by {answer.by} on {answer.time}"


def _submitted(said: dict[str, str], contact: str) -> list[Json]:
    capacity = said.get("submitter_capacity", "")
    rows = (
        ("Submitted by", said.get("submitter_name", "")),
        ("In the capacity of", _CAPACITIES.get(capacity, capacity)),
        ("Contact", contact),
    )
    return [[label, text] for label, text in rows if text]


def _on_page(value: Json, covered: frozenset[int]) -> Json:
    if isinstance(value, str):
        return "\n".join(
            " ".join(_breakable(word) for word in line.split(" ")) for line in printable(value, covered).split("\n")
        )
    if isinstance(value, dict):
        return {name: _on_page(each, covered) for name, each in value.items()}
    if isinstance(value, list):
        return [_on_page(each, covered) for each in value]
    return value


def _breakable(word: str) -> str:
    if len(word) <= LONGEST_WORD:
        return word
    return "\u200b".join(word[at : at + LONGEST_WORD] for at in range(0, len(word), LONGEST_WORD))
