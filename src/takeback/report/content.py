"""What a report says: everything that it prints, gathered before anything is rendered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from takeback.model.consent import Region
from takeback.model.evidence import Acquisition
from takeback.model.finding import ErrorRate, Finding
from takeback.model.measure import Measure


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected:
    """How much material there was.

    ``missing`` counts by why a file that a post names is not there. ``sealed`` are the items that the minors' gate kept
    shut: one number, never broken down.
    """

    sources: int
    channels: int
    posts: int
    damaged_posts: int
    media: int
    missing: tuple[tuple[str, int], ...]
    sealed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts(Collected):
    """How much material there was, and what became of it when photographs were searched for.

    ``not_searched`` counts by kind of media, ``refused`` by the decoder's reason. ``hash_only`` of the ``photographs``
    are enrolled at level hash, with which no finding is possible.
    """

    searched: int
    not_searched: tuple[tuple[str, int], ...]
    refused: tuple[tuple[str, int], ...]
    photographs: int
    persons: int
    hash_only: int = 0


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
    closed: bool | None = None

    @property
    def unaccounted(self) -> int | None:
        """Voters whom no answer accounts for; None where voters could give several answers."""
        rest = self.voters - sum(each.voters for each in self.answers)
        return rest if rest >= 0 else None


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
class ForwardEdge:
    """Forwards from a source into a channel, both by pseudonym; ``by_name`` where only a display name ties them."""

    source: str
    channel: str
    posts: int
    by_name: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkReport:
    """Everything that the report of a network prints: it has no place for a photograph, a person or a finding.

    ``made`` is the time of the last ledger entry, in UTC. Every name is a pseudonym.
    """

    title: str
    case: str
    made: datetime
    role: str
    legal_basis: str
    jurisdiction: str
    acquisition: Acquisition
    counts: Collected
    measures: tuple[Measure, ...]
    months: tuple[Month, ...]
    members: tuple[MemberCount, ...]
    polls: tuple[PollTable, ...]
    forwards: tuple[ForwardEdge, ...] = ()
    ledger: LedgerHead
    versions: tuple[tuple[str, str], ...]

    def __post_init__(self) -> None:
        if self.made.utcoffset() is None:
            message = f"a report is made at an aware time, not {self.made.isoformat()} (give it a time zone)"
            raise ValueError(message)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseReport(NetworkReport):
    """Everything that the report of a case prints: its network, and what was found in it.

    Every name is a pseudonym unless it was released. ``comparisons`` are the pairs of photograph and media that were
    compared; ``hash_matches`` the pairs whose hashes are close; ``pictures_shown`` counts the pictures that a person
    looked at. ``error_rate`` is the worst among the findings, ``tested`` the one of this version at its lowest score,
    whatever was found. ``published`` are the counts that the last public report rested on, see
    `takeback.report.public.published_counts`.
    """

    counts: Counts
    comparisons: int
    findings: tuple[ReportFinding, ...]
    undecided: Undecided
    error_rate: ErrorRate | None
    tested: ErrorRate | None = None
    hash_matches: int = 0
    notices: tuple[NoticeLine, ...] = ()
    pictures_shown: int = 0
    published: tuple[tuple[str, int], ...] = ()
