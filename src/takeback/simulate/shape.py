"""The shape of a made-up network: how many channels, members, posts and pictures it has, and how it posts."""

from __future__ import annotations

import math
from datetime import date, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Literal

import msgspec

from takeback.errors import UsageError
from takeback.simulate.damage import DamageKind

PRESETS = ("2020",)
"""Shapes that ship with takeback."""

_MOST_POSTS = 10**9


class ChannelShape(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One channel at the end of the time: ``pictures`` of its ``posts`` show one. Without a username it is private."""

    name: str
    kind: Literal["public_channel", "private_channel", "public_supergroup", "private_supergroup"]
    members: int
    posts: int
    pictures: int
    username: str | None = None

    @property
    def is_group(self) -> bool:
        """Whether its members post; in a channel it posts itself."""
        return self.kind.endswith("supergroup")


class Posting(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How posts fall. ``growth`` is the last day's mean over the first's; the smaller ``dispersion``, the burstier the
    days (the shape of a gamma distribution of each day's mean). The others are shares of posts; ``deleted`` of those
    that were ever there.
    """

    dispersion: float = 1.5
    growth: float = 1.0
    deleted: float = 0.06
    edited: float = 0.03
    forwarded: float = 0.08
    priced: float = 0.02
    referring: float = 0.015


class Gap(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Days without a post, both ends among them."""

    start: date
    end: date


class PollShape(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A poll of the channel of that place. Its voters are drawn where ``drawn``; else the shares are met exactly."""

    channel: int
    question: str
    answers: tuple[str, ...]
    shares: tuple[float, ...]
    voters: int
    drawn: bool = False


class NetworkShape(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, rename={"polls": "poll"}):
    """A whole network. ``accounts`` are its unique members; ``promotion`` is pages by host; ``damage`` is shares of
    messages by kind, of which ``cut`` is 0 or 1: whether the file ends within its last message.
    """

    seed: int = 0
    start: date
    end: date
    accounts: int
    channels: tuple[ChannelShape, ...] = msgspec.field(name="channel")
    posting: Posting = Posting()
    languages: dict[str, float] = msgspec.field(default_factory=lambda: {"en": 1.0})
    gaps: tuple[Gap, ...] = ()
    polls: tuple[PollShape, ...] = ()
    promotion: dict[str, int] = {}
    damage: dict[str, float] = {}

    @property
    def days(self) -> int:
        """How many days it lasts."""
        return (self.end - self.start).days + 1

    @property
    def posts(self) -> int:
        """The posts of all channels."""
        return sum(channel.posts for channel in self.channels)

    def silent(self, day: int) -> bool:
        """Whether nobody posts on that day, counted from 0."""
        return any(gap.start <= self.start + timedelta(days=day) <= gap.end for gap in self.gaps)


def load_shape(path: Path) -> NetworkShape:
    """The shape that a TOML file describes, or a `UsageError` that says what is wrong with it."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UsageError(
            f"no shape of a network: {path}: {error.strerror or error} (see docs: simulate a network)"
        ) from error
    return _shape(content, str(path))


def preset(name: str) -> NetworkShape:
    """The shape of that name that ships with takeback."""
    if name not in PRESETS:
        raise UsageError(f"no shape is called {name!r} (there are: {', '.join(PRESETS)})")
    return _shape((files("takeback.simulate") / "presets" / f"{name}.toml").read_bytes(), name)


def _shape(content: bytes, place: str) -> NetworkShape:
    try:
        shape = msgspec.toml.decode(content, type=NetworkShape)
    except ValueError as error:
        raise UsageError(f"not the shape of a network: {place}: {error} (see docs: simulate a network)") from error
    if wrong := _wrong(shape):
        raise UsageError(f"no network has this shape: {place}: {wrong}")
    return shape


def _wrong(shape: NetworkShape) -> str | None:
    """Why there can be no such network, if there cannot."""
    members = [channel.members for channel in shape.channels]
    speaks = len({channel.name for channel in shape.channels}) == len(members)
    checks = (
        (bool(members) and speaks, "it needs channels with different names"),
        (shape.start <= shape.end, "it ends before it starts"),
        (any(not shape.silent(day) for day in range(min(shape.days, 40_000))), "its gaps leave no day"),
        (0 < shape.posts <= _MOST_POSTS, f"it needs between one post and {_MOST_POSTS:,}"),
        (all(0 <= each.pictures <= each.posts for each in shape.channels), "a channel has more pictures than posts"),
        (all(each >= 0 for each in members), "a channel has fewer than no members"),
        (
            max(members, default=0) <= shape.accounts <= sum(members),
            "accounts are at least the largest, at most the sum",
        ),
        (_is_distribution(shape.languages.values()), "shares of languages are above 0 and add up to 1"),
        (shape.posting.dispersion > 0 and shape.posting.growth > 0, "dispersion and growth are above 0"),
        (all(0 <= share < 1 for share in _shares(shape.posting)), "shares are at least 0 and below 1"),
        (
            sum((shape.posting.priced, shape.posting.referring)) < 1,
            "more posts name a price or a friend than there are",
        ),
        (
            all(_fits(poll, len(members)) for poll in shape.polls),
            "a poll names no channel, or its shares do not add up",
        ),
        (set(shape.damage) <= {kind.value for kind in DamageKind}, f"damage is one of: {', '.join(DamageKind)}"),
        (all(0 <= share <= 1 for share in shape.damage.values()), "shares of damage are between 0 and 1"),
    )
    return next((said for holds, said in checks if not holds), None)


def _shares(posting: Posting) -> tuple[float, ...]:
    return (posting.deleted, posting.edited, posting.forwarded, posting.priced, posting.referring)


def _is_distribution(shares: object) -> bool:
    listed = [float(each) for each in shares] if isinstance(shares, (tuple, type({}.values()))) else []
    return bool(listed) and min(listed) > 0 and math.isclose(sum(listed), 1, abs_tol=1e-6)


def _fits(poll: PollShape, channels: int) -> bool:
    same = len(poll.answers) == len(poll.shares) > 0
    return (
        same and 0 <= poll.channel < channels and poll.voters >= 0 and math.isclose(sum(poll.shares), 1, abs_tol=1e-6)
    )
