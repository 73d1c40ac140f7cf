"""What a report says: everything that it prints, gathered before anything is rendered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from takeback.model.consent import Region
from takeback.model.evidence import Acquisition
from takeback.model.finding import ErrorRate, Finding
from takeback.model.measure import Measure


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How much material there was, and what became of it.

    ``not_searched`` counts by kind of media, ``refused`` by the decoder's reason, ``missing`` by why a file that a post
    names is not there. ``sealed`` are the items that the minors' gate kept shut: one number, never broken down.
    """

    sources: int
    channels: int
    posts: int
    damaged_posts: int
    media: int
    searched: int
    not_searched: tuple[tuple[str, int], ...]
    refused: tuple[tuple[str, int], ...]
    missing: tuple[tuple[str, int], ...]
    sealed: int
    photographs: int
    persons: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportPost:
    """A post by its pseudonyms; ``locator`` is None until a second person has released it."""

    post: str
    channel: str
    time: datetime | None
    zone_known: bool = True
    locator: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlay:
    """A mark on top of a picture, by pseudonym, and how many other media carry it."""

    signature: str
    others: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportFinding:
    """A finding with the names that it goes by in the report.

    ``finding`` holds raw ids that no renderer prints. ``width`` and ``height`` are the original's, in pixels;
    ``person_box`` is the region marked by hand, drawn only as a box snapped to the coarse grid.
    """

    display: str
    finding: Finding
    photograph: str
    person: str
    media: str
    posts: tuple[ReportPost, ...]
    width: int
    height: int
    person_box: Region | None = None
    overlays: tuple[Overlay, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Undecided:
    """Pairs that are no findings: how many ended as "same scene", how many as "undecided", and for which reasons."""

    same_scene: int
    undecided: int
    reasons: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """Posts and media of one calendar month (UTC); ``gap`` says why the month may be incomplete, or is None."""

    year: int
    month: int
    posts: int
    media: int
    gap: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberCount:
    """Members of one channel, by pseudonym, at one time, with the source of the count."""

    channel: str
    members: int
    time: datetime
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PollShare:
    """One answer: its voters and their share, with a 95 % Wilson interval."""

    answer: str
    voters: int
    share: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PollTable:
    """A poll as the channel worded it; its voters selected themselves."""

    name: str
    channel: str
    question: str
    voters: int
    answers: tuple[PollShare, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerHead:
    """The last entry of the ledger: how many entries, its hash, and the public key that signed it."""

    entries: int
    hash: str
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeLine:
    """A prepared notice in one line; ``due`` is None where no clock runs, and ``clock`` then says why."""

    regime: str
    recipient: str
    findings: tuple[str, ...]
    state: str
    missing: tuple[str, ...]
    due: datetime | None
    clock: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseReport:
    """Everything that the report of a case prints.

    ``made`` is the time of the last ledger entry, in UTC. Every name is a pseudonym unless it was released.
    ``comparisons`` are the pairs of photograph and media that were compared; ``pictures_shown`` counts the pictures
    that a person looked at. ``published`` are the counts that the last public report rested on, see
    `takeback.report.public.published_counts`.
    """

    title: str
    case: str
    made: datetime
    role: str
    legal_basis: str
    jurisdiction: str
    acquisition: Acquisition
    counts: Counts
    comparisons: int
    findings: tuple[ReportFinding, ...]
    undecided: Undecided
    error_rate: ErrorRate | None
    measures: tuple[Measure, ...]
    months: tuple[Month, ...]
    members: tuple[MemberCount, ...]
    polls: tuple[PollTable, ...]
    ledger: LedgerHead
    versions: tuple[tuple[str, str], ...]
    notices: tuple[NoticeLine, ...] = ()
    pictures_shown: int = 0
    published: tuple[tuple[str, int], ...] = ()

    def __post_init__(self) -> None:
        if self.made.utcoffset() is None:
            message = f"a report is made at an aware time, not {self.made.isoformat()} (give it a time zone)"
            raise ValueError(message)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bin:
    """A count that is only said to lie between ``low`` and ``high``; ``high`` is None where there is no upper end."""

    low: int
    high: int | None

    @property
    def words(self) -> str:
        """The bin as a reader sees it."""
        if self.high is None:
            return "not shown" if self.low == 0 else f"{self.low:,} or more"
        return f"fewer than {self.high + 1:,}" if self.low == 0 else f"{self.low:,} to {self.high:,}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicMonth:
    """The posts of a month, binned."""

    month: str
    posts: Bin


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicMeasure:
    """A measure without rows and without its exact figures: bounds only, and a window no finer than a month."""

    id: str
    name: str
    unit: str
    low: float
    high: float | None
    n: Bin
    method: str
    start: str | None
    end: str | None
    caveat: str
    model: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicReport:
    """What may be shown to anyone.

    It has no field for a name, a quote, a digest, an exact size, a locator, a notice or a day: what the type cannot
    hold, no renderer can print.
    """

    month: str
    posts: Bin
    channels: Bin
    media: Bin
    media_parts: tuple[tuple[str, Bin], ...]
    findings: Bin
    findings_by_conclusion: tuple[tuple[str, Bin], ...]
    undecided: Bin
    photographs: Bin
    months: tuple[PublicMonth, ...]
    measures: tuple[PublicMeasure, ...]
    error_rate: ErrorRate | None
    versions: tuple[tuple[str, str], ...]
