"""What is true of a made-up network, for whoever checks what was found in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import msgspec

from takeback.model.channel import Audience, ChannelKind, PostRef
from takeback.model.consent import Region
from takeback.model.digest import Sha256
from takeback.model.finding import Conclusion
from takeback.model.media import Absence


@dataclass(frozen=True, slots=True, kw_only=True)
class Planted:
    """A picture made from an enrolled photograph, at every place where the export holds the same bytes.

    ``original`` is the file name and ``original_sha256`` the digest of the enrolled photograph. ``altered_region``,
    ``kept_region`` and both shares are of the original. ``paths`` are POSIX paths inside the export; ``posts`` belong
    to them one by one.
    """

    paths: tuple[str, ...]
    posts: tuple[PostRef, ...]
    sha256: Sha256
    original: str
    original_sha256: Sha256
    conclusion: Conclusion
    mirrored: bool
    altered_region: Region | None
    kept_region: Region
    share_altered: float
    share_surviving: float
    steps: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedTruth:
    """A file that the minors' gate must seal; ``poison`` marks bytes that are an error to open."""

    path: str
    sha256: Sha256
    post: PostRef
    poison: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelTruth:
    """One channel and its rows: ``rows`` are all of them, the other counts parts of it."""

    id: str
    name: str
    kind: ChannelKind
    username: str | None
    rows: int
    messages: int
    service: int
    unsupported: int
    undated: int
    media: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthTruth:
    """Dated messages of one channel in one month of UTC, written ``2026-03``."""

    channel: str
    month: str
    messages: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PollTruth:
    """One poll and the voters of its answers."""

    post: PostRef
    question: str
    voters: tuple[int, ...]
    total_voters: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ForwardTruth:
    """One forward: the display name it shows, and the channel's id where the export gives one."""

    post: PostRef
    name: str
    origin: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkTruth:
    """In how many posts a host is linked, each address counted once a post."""

    host: str
    links: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingTruth:
    """A file that a post names and the export does not hold."""

    post: PostRef
    absence: Absence


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """Everything that is true of one made-up network.

    ``image_files`` counts the picture files in the export, the damaged, sealed and thumbnail files among them, and
    ``distinct_images`` their different digests. ``first`` and ``last`` are the times of the first and last dated rows.
    """

    seed: int
    enrolled: tuple[str, ...]
    planted: tuple[Planted, ...]
    unrelated: tuple[Sha256, ...]
    sealed: tuple[SealedTruth, ...]
    damaged: tuple[Sha256, ...]
    channels: tuple[ChannelTruth, ...]
    monthly: tuple[MonthTruth, ...]
    polls: tuple[PollTruth, ...]
    forwards: tuple[ForwardTruth, ...]
    links: tuple[LinkTruth, ...]
    missing: tuple[MissingTruth, ...]
    audiences: tuple[Audience, ...]
    image_files: int
    distinct_images: int
    videos: int
    first: datetime
    last: datetime

    @property
    def posts(self) -> int:
        """All rows of all channels."""
        return sum(channel.rows for channel in self.channels)

    @property
    def sealed_sha256(self) -> frozenset[Sha256]:
        """The digests that must stay sealed."""
        return frozenset(item.sha256 for item in self.sealed)


def write_truth(truth: Truth, path: Path) -> None:
    """Writes the truth as JSON."""
    path.write_bytes(msgspec.json.format(msgspec.json.encode(truth), indent=1) + b"\n")


def read_truth(path: Path) -> Truth:
    """The truth that `write_truth` wrote."""
    return msgspec.json.decode(path.read_bytes(), type=Truth)
