"""What a public report says: ranges and months alone, in a type that cannot hold more."""

from __future__ import annotations

from dataclasses import dataclass

from takeback.model.finding import ErrorRate


@dataclass(frozen=True, slots=True, kw_only=True)
class Bin:
    """A count that is only said to lie between ``low`` and ``high``."""

    low: int
    high: int

    @property
    def words(self) -> str:
        """The bin as a reader sees it."""
        return f"fewer than {self.high + 1:,}" if self.low == 0 else f"{self.low:,} to {self.high:,}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicMonth:
    """The posts of a month, binned."""

    month: str
    posts: Bin


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicMeasure:
    """A count of the network as a range, in our words, and what it is counted ``among``."""

    id: str
    name: str
    unit: str
    range: Bin
    among: str
    n: Bin
    caveat: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicReport:
    """What may be shown to anyone.

    It has no field for a name, a quote, a digest, an exact size, a share, a locator, a notice or a day: what the type
    cannot hold, no renderer can print. ``posts``, ``media`` and ``findings`` are added up from the ranges of their
    parts, of which ``elsewhere`` are the posts of other months or without a date; so they tell nothing that the parts
    do not.
    """

    month: str
    channels: Bin
    posts: Bin
    months: tuple[PublicMonth, ...]
    elsewhere: Bin
    media: Bin
    media_parts: tuple[tuple[str, Bin], ...]
    findings: Bin
    findings_by_conclusion: tuple[tuple[str, Bin], ...]
    undecided: Bin
    photographs: Bin
    measures: tuple[PublicMeasure, ...]
    error_rate: ErrorRate | None
    versions: tuple[tuple[str, str], ...]
