"""The law as dated data, a filled demand, its clock, and who must act."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from takeback.model.finding import DepictionStatement, Finding


class RegimeKind(StrEnum):
    """What sort of lever a regime is."""

    PLATFORM_DUTY = "platform_duty"
    REGULATOR_COMPLAINT = "regulator_complaint"
    AUTHORITY_ORDER = "authority_order"
    TRIBUNAL = "tribunal"
    DATA_RIGHT = "data_right"
    COPYRIGHT = "copyright"
    LEGAL_GROUND = "legal_ground"
    VOLUNTARY_POLICY = "voluntary_policy"
    HASH_EXCHANGE = "hash_exchange"
    INFRASTRUCTURE = "infrastructure"
    MINOR_ROUTE = "minor_route"


class Clock(StrEnum):
    """Which event starts the clock."""

    RECEIPT_VALID_REQUEST = "receipt_valid_request"
    RECEIPT_REPORT = "receipt_report"
    RECEIPT_COMPLAINT = "receipt_complaint"
    NOTICE_GIVEN = "notice_given"
    NONE = "none"


class Confidence(StrEnum):
    """How sure we are of the law as written down; low prints "unverified"."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Given(StrEnum):
    """Where an element's words come from."""

    FINDINGS = "findings"
    """Filled from findings, items and the regime's own wording."""
    DEPICTION = "depiction"
    """Filled from the depiction statements that named humans signed."""
    ANSWER = "answer"
    """Only a person can give it."""
    CONFIRMED = "confirmed"
    """A statement that a person makes by answering literally yes; never pre-ticked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Element:
    """Something that a regime requires in a notice; none has a default.

    ``statement`` is the exact text that a person confirms and that the letter then carries. Where ``choices`` are
    named, an answer is one of them.
    """

    name: str
    given: Given
    what: str
    statement: str = ""
    choices: tuple[str, ...] = ()

    @property
    def automatic(self) -> bool:
        """Whether the machine fills it from what others have signed or measured."""
        return self.given in {Given.FINDINGS, Given.DEPICTION}


@dataclass(frozen=True, slots=True, kw_only=True)
class LawSource:
    """Where the words of a regime were read, and how."""

    url: str
    evidence: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkedExample:
    """A worked deadline: an event at one instant, due at another (None where the law names no hours)."""

    event: datetime
    due: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Regime:
    """One version of one lever of the law, with its dates, elements, clock and sources.

    ``effective_to`` is the last day in force, or None. ``wording`` holds the letter's paragraphs by name.
    """

    id: str
    jurisdiction: str
    kind: RegimeKind
    title: str
    legal_basis: tuple[str, ...]
    applies_to: str
    who_may_submit: tuple[str, ...]
    required: tuple[Element, ...]
    recommended: tuple[Element, ...]
    hours: int | None
    clock: Clock
    deadline_text: str
    effective_from: date
    effective_to: date | None
    recipients: tuple[str, ...]
    escalation: tuple[str, ...]
    warnings: tuple[str, ...]
    sources: tuple[LawSource, ...]
    confidence: Confidence
    intimate_image_law: bool
    wording: tuple[tuple[str, str], ...]
    example: WorkedExample
    language: str = "en"

    def in_force(self, on: date) -> bool:
        """Whether this version is the law on that day."""
        return self.effective_from <= on and (self.effective_to is None or on <= self.effective_to)

    def words(self, name: str) -> str:
        """The letter's paragraph of this name, or nothing."""
        return dict(self.wording).get(name, "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """Who must act: a platform's name, the channel to reach it, and where that was seen."""

    name: str
    channel: str
    address: str
    seen: str
    confidence: Confidence = Confidence.LOW


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a person said for one element: never pre-filled, never defaulted."""

    element: str
    value: str
    by: str
    time: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One post that a notice asks to remove: a locator that the recipient can open."""

    finding: str
    locator: str
    platform_id: str
    posted: datetime | None
    observed: datetime | None
    media_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A complete demand to one recipient under one regime.

    It rests on findings, never on a hash. Under an intimate-image law it also needs a depiction statement per finding.
    ``elements`` are names and words, required ones first; ``answers`` are those of a person, with who and when. The
    ``id`` depends on what is demanded from whom, not on the time: the same demand twice is the same notice.
    """

    id: str
    regime: Regime
    recipient: Recipient
    findings: tuple[Finding, ...]
    statements: tuple[DepictionStatement, ...]
    items: tuple[Item, ...]
    elements: tuple[tuple[str, str], ...]
    made: str
    answers: tuple[Answer, ...] = ()


class NoticeEvent(StrEnum):
    """What happened to a notice; a person records it."""

    SENT = "sent"
    RECEIVED = "received"
    ACKNOWLEDGED = "acknowledged"
    REFUSED = "refused"
    REMOVED = "removed"
    REAPPEARED = "reappeared"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """When a recipient must have acted, or None with the law's own words where it names no hours."""

    notice: str
    regime: str
    started_by: NoticeEvent
    started: datetime
    due: datetime | None
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MinorRoute:
    """Where an item that may show a minor is reported, and all that may be said: where, when seen, how found.

    There is no place here for bytes, a digest, a preview or an attachment. ``locator`` is None where the young person
    acts on their own device and nothing is handed over.
    """

    regime: str
    title: str
    recipients: tuple[Recipient, ...]
    locator: str | None
    observed: datetime | None
    how_found: str
    warnings: tuple[str, ...]
