"""The lines that `takeback collect` writes: a channel, its member counts, its posts; and their reading."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import msgspec

from takeback.model.channel import Audience, Channel, Post

VERSION = 1
_LARGEST = 2**63 - 1
OPENING = b'{"row":"channel"'
"""How the first line of a collected file begins."""


class ChannelRow(msgspec.Struct, frozen=True, kw_only=True, tag_field="row", tag="channel"):
    """The first line: which channel, and why whoever collected it may read it."""

    version: int
    channel: Channel
    collected_from: datetime
    may_lawfully_read: str


class AudienceRow(msgspec.Struct, frozen=True, kw_only=True, tag_field="row", tag="audience"):
    """A member count."""

    audience: Audience


class PostRow(msgspec.Struct, frozen=True, kw_only=True, tag_field="row", tag="post"):
    """A post; of its files only that there were some."""

    post: Post


CollectedRow = ChannelRow | AudienceRow | PostRow

_rows = msgspec.json.Decoder(CollectedRow)


def line_of(row: CollectedRow) -> bytes:
    """A row as one line."""
    return msgspec.json.encode(row) + b"\n"


def collected_row(line: bytes) -> CollectedRow:
    """The row that a line is; a ValueError where it is none, or of a newer version."""
    row: CollectedRow = _rows.decode(line)
    match row:
        case ChannelRow() if row.version > VERSION:
            message = f"it is of version {row.version}, newer than {VERSION} (update takeback)"
            raise ValueError(message)
        case PostRow() if row.post.media:
            raise ValueError("it names files as held, and no collected channel holds any")
        case PostRow() if not all(-_LARGEST <= each <= _LARGEST for each in _numbers(row.post)):
            raise ValueError("a number in it is too large to be one")
        case AudienceRow() if not 0 <= row.audience.members <= _LARGEST:
            raise ValueError("its member count cannot be one")
        case _:
            return row


def _numbers(post: Post) -> Iterator[int]:
    yield from (post.id, post.reply_to or 0, post.views or 0, post.forwards or 0)
    yield from (each.count for each in post.reactions)
    if post.poll is not None:
        yield from (post.poll.total_voters, *(answer.voters for answer in post.poll.answers))
