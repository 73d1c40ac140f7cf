"""From two signals that are close to a finding: matches, alignments, alterations, examinations."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from takeback.model.channel import PostRef
from takeback.model.digest import Sha256
from takeback.model.original import PackLevel

Matrix = tuple[tuple[float, float, float], tuple[float, float, float], tuple[float, float, float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorRate:
    """How often something errs: ``value`` of ``n``, with a 95 % interval, and on what kind of pictures.

    ``unit`` says what is counted, for example "photographs with at least one false finding"; counted were findings with
    at least ``score``, among so many distinct ``pairs``. ``pairs_high`` is the upper end of the interval for one pair:
    pairs share photographs, so it serves models only.
    """

    value: float
    n: int
    low: float
    high: float
    unit: str
    population: str
    score: float = 0.0
    pairs: int = 0
    pairs_high: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """Two signals are this close; never a finding by itself."""

    original: str
    media: Sha256
    distance: int
    threshold: int
    false_match_rate: ErrorRate
    form: int
    """Which of the 8 dihedral forms of the original matched; 0 is the original's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alignment:
    """A transform that takes pixels of the original to pixels of the media, with its inliers.

    ``score`` is -log10 of the expected number of false alarms. ``points`` are the inliers in the original, as shares of
    its width and height. ``reflected`` says that the media is mirrored; the matrix includes the mirroring.
    """

    matrix: Matrix
    reflected: bool
    inliers: int
    score: float
    points: tuple[tuple[float, float], ...]


class Evidence(StrEnum):
    """What an alteration was seen in."""

    PIXELS = "pixels"
    FEATURES = "features"


@dataclass(frozen=True, slots=True, kw_only=True)
class CoarseBox:
    """An altered region on the coarse grid, in shares of the original's width and height."""

    left: float
    top: float
    right: float
    bottom: float
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CoarseGrid:
    """What may be drawn in anything shared: per cell of a coarse grid, row by row, what became of it.

    Characters of ``cells``: ``.`` not in the media, ``s`` survives, ``a`` altered, ``?`` cannot be told.
    """

    columns: int
    rows: int
    cells: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Alteration:
    """What differs after alignment, as shares of the original's area.

    ``overlay_share`` is the part of the altered share that is thin marks on top (text, watermark, frame).
    ``mask`` is the digest of the exact mask in the case's vault; it is only ever in a sealed bundle.
    """

    share_altered: float
    share_surviving: float
    overlay_share: float
    regions: tuple[CoarseBox, ...]
    grid: CoarseGrid
    evidence: Evidence
    mask: Sha256 | None = None


class Conclusion(StrEnum):
    """What a comparison supports, in order of caution."""

    UNDECIDED = "undecided"
    SAME_SCENE = "same scene"
    COPY = "copy"
    DERIVATIVE = "derivative"

    @property
    def is_finding(self) -> bool:
        """Only `copy` and `derivative` are findings."""
        return self in {Conclusion.COPY, Conclusion.DERIVATIVE}


class PersonRegion(StrEnum):
    """What became of the region that was marked by hand."""

    ALTERED = "altered"
    SURVIVES = "survives"
    UNTOUCHED = "untouched"
    NOT_MARKED = "not marked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Examination:
    """One original against one media: what the comparison supports, how strongly, how often it errs."""

    original: str
    media: Sha256
    pack_level: PackLevel
    alignment: Alignment | None
    alteration: Alteration | None
    conclusion: Conclusion
    reasons: tuple[str, ...]
    person_region: PersonRegion
    direction: str
    """``not tested``, or ``supported by ...`` with what supports it."""
    overlays: tuple[str, ...]
    error_rate: ErrorRate
    versions: tuple[tuple[str, str], ...]
    overlays_digest: Sha256 | None = None
    """What the overlays in force are known by."""
    overlay_others: tuple[int, ...] = ()
    """How many other pictures share each of ``overlays``; empty where nobody counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """That a named human looked at the numbers and the drawing, and agrees."""

    finding: str
    by: str
    key: str
    time: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """An examination that concludes `derivative` or `copy`, at its posts."""

    id: str
    person: str
    examination: Examination
    hash_match: Match | None
    posts: tuple[PostRef, ...]
    comparisons: int
    """How many pairs were compared in the case."""
    confirmed_by: str | None = None

    def __post_init__(self) -> None:
        if not self.examination.conclusion.is_finding:
            message = f"not a finding: {self.examination.conclusion.value!r}"
            raise ValueError(message)


@dataclass(frozen=True, slots=True, kw_only=True)
class DepictionStatement:
    """A named human's statement of what a media shows and how they know; geometry never says that."""

    finding: str
    by: str
    key: str
    shows: str
    how_known: str
    time: str
    signature: str
