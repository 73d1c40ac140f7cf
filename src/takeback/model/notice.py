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


@dataclass(frozen=True, slots=True, kw_only=True)
class Element:
    """Something that a regime requires in a notice.

    ``automatic`` elements are filled from the finding; the others only a person can give, and none has a default.
    """

    name: str
    automatic: bool
    what: str


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
    """One version of one lever of the law, with its dates, elements, clock and sources."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """Who must act: a platform's name, the channel to reach it, and where that was seen."""

    name: str
    channel: str
    address: str
    seen: str


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
    """

    id: str
    regime: Regime
    recipient: Recipient
    findings: tuple[Finding, ...]
    statements: tuple[DepictionStatement, ...]
    items: tuple[Item, ...]
    elements: tuple[tuple[str, str], ...]
    made: str


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
