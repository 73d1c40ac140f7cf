"""What a network is made of: channels, posts, forwards, polls, audiences."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from takeback.model.media import Media, MissingMedia


class ChannelKind(StrEnum):
    """What kind of conversation a channel is, in the words of the export."""

    PUBLIC_CHANNEL = "public_channel"
    PRIVATE_CHANNEL = "private_channel"
    PUBLIC_SUPERGROUP = "public_supergroup"
    PRIVATE_SUPERGROUP = "private_supergroup"
    PRIVATE_GROUP = "private_group"
    PERSONAL_CHAT = "personal_chat"
    BOT_CHAT = "bot_chat"
    SAVED_MESSAGES = "saved_messages"
    FOLDER = "folder"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """One conversation of a source.

    ``id`` is stable over exports, for example ``telegram:1234567890`` or ``folder:<digest>``.
    ``username`` comes only from `channels.csv`: exports lack it, and without it no recipient can open a locator.
    """

    id: str
    name: str
    kind: ChannelKind
    username: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Forward:
    """Where a post says it came from.

    A display ``name`` is a name match, never an identity; ``origin`` is a platform id where the export has one.
    """

    name: str | None
    origin: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PollAnswer:
    """One answer of a poll and its voters."""

    text: str
    voters: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Poll:
    """A poll as the export shows it; its voters select themselves."""

    question: str
    answers: tuple[PollAnswer, ...]
    total_voters: int
    closed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Reaction:
    """How often one reaction was given to a post."""

    label: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Detail:
    """Something else that a post says, under the name of its field: a place, a contact, an invoice, a bot."""

    name: str
    text: str


class PostKind(StrEnum):
    """What kind of row a post is."""

    MESSAGE = "message"
    SERVICE = "service"
    UNSUPPORTED = "unsupported"
    FILE = "file"


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """One message, service row or loose file of a channel.

    ``time`` is aware UTC, or None where the source has none; ``zone_known`` is False where the source gave local time
    without a zone and UTC was assumed. ``author`` is a display name. ``action`` is the service action. ``views`` and
    ``forwards`` are counts of the platform; exports lack them. ``details`` are the fields that have no name here.
    """

    channel: str
    id: int
    kind: PostKind
    time: datetime | None
    zone_known: bool = True
    edited: datetime | None = None
    author: str | None = None
    author_id: str | None = None
    text: str = ""
    links: tuple[str, ...] = ()
    mentions: tuple[str, ...] = ()
    forward: Forward | None = None
    reply_to: int | None = None
    poll: Poll | None = None
    reactions: tuple[Reaction, ...] = ()
    media: tuple[Media, ...] = ()
    missing: tuple[MissingMedia, ...] = ()
    action: str | None = None
    views: int | None = None
    forwards: int | None = None
    details: tuple[Detail, ...] = ()
    flagged_minor: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """A member count at an instant, with the source of the count."""

    channel: str
    members: int
    time: datetime
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkedRow:
    """Where a row stood that cannot be read and may be about a minor: its neighbours are sealed.

    ``after`` is the number of the last post that was read before it in its channel, or one that is before all.
    """

    channel: str
    after: int
    reply_to: int | None = None


BEFORE_ALL_POSTS = -(1 << 63)
"""What `MarkedRow.after` is where no post was read before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Damage:
    """Something of a source that could not be read: where, why, and the way out.

    ``posts_lost`` is how many rows of the source it stands for: 0 where the post is there and lacks only a part.
    ``marked`` says where it stood, if what is left of it says, or may say, that somebody is a minor.
    """

    place: str
    reason: str
    remedy: str = ""
    posts_lost: int = 1
    marked: MarkedRow | None = None


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class PostRef:
    """Which post: its channel and its number in it."""

    channel: str
    id: int
