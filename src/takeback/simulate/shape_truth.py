"""What is true of a network of a given shape, for whoever measures it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import msgspec

from takeback.simulate.shape import Gap, Posting


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelFacts:
    """One channel: ``rows`` are all of its messages, the one that made it and its polls among them. ``deleted`` counts
    numbers that are missing between them, ``posters`` the members of a group who posted, ``months`` posts
    and polls.
    """

    id: str
    name: str
    username: str | None
    kind: str
    members: int
    rows: int
    posts: int
    pictures: int
    deleted: int
    edited: int
    forwards: int
    priced: int
    referring: int
    posters: int
    months: dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class PollFacts:
    """One poll and its voters."""

    channel: str
    post: int
    question: str
    answers: tuple[str, ...]
    voters: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberCount:
    """The members of a channel at an instant; they stand in `audience.csv`, and where it is public on a page."""

    channel: str
    members: int
    time: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ShapeTruth:
    """Everything that is true of the network. ``posting`` is what it was drawn from; ``damage`` counts what was planted
    into messages, of which `cut` and `beyond` cannot be repaired.
    """

    seed: int
    channels: tuple[ChannelFacts, ...]
    combined_members: int
    unique_accounts: int
    largest_members: int
    pictures: int
    media_files: int
    languages: dict[str, int]
    polls: tuple[PollFacts, ...]
    counts: tuple[MemberCount, ...]
    promotion: dict[str, int]
    preview_posts: int
    posting: Posting
    gaps: tuple[Gap, ...]
    damage: dict[str, int]

    @property
    def rows(self) -> int:
        """All messages of all channels."""
        return sum(channel.rows for channel in self.channels)


def write_shape_truth(truth: ShapeTruth, path: Path) -> None:
    """Writes the truth as JSON."""
    path.write_bytes(msgspec.json.format(msgspec.json.encode(truth), indent=1) + b"\n")


def read_shape_truth(path: Path) -> ShapeTruth:
    """The truth that `write_shape_truth` wrote."""
    return msgspec.json.decode(path.read_bytes(), type=ShapeTruth)
