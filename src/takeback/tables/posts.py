"""Posts as columns and back: one row is one version of one post from one source."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime

import pyarrow as pa

from takeback.model.channel import Detail, Forward, Poll, PollAnswer, Post, PostKind, Reaction
from takeback.model.digest import Sha256
from takeback.model.media import Absence, Media, MediaKind, MissingMedia, Place

_WORD = pa.dictionary(pa.int32(), pa.string())
_INSTANT = pa.timestamp("s", tz="UTC")
_ANSWER = pa.struct([("text", pa.string()), ("voters", pa.int64())])
_POLL = pa.struct(
    [("question", pa.string()), ("closed", pa.bool_()), ("total_voters", pa.int64()), ("answers", pa.list_(_ANSWER))]
)
_MEDIA = pa.struct(
    [
        ("sha256", pa.string()),
        ("size", pa.int64()),
        ("source", pa.string()),
        ("path", pa.string()),
        ("kind", pa.string()),
    ]
)
_MISSING = pa.struct([("kind", pa.string()), ("absence", pa.string()), ("named", pa.string())])
_REACTION = pa.struct([("label", pa.string()), ("count", pa.int64())])
_DETAIL = pa.struct([("name", pa.string()), ("text", pa.string())])

SCHEMA = pa.schema(
    [
        pa.field("channel", _WORD, nullable=False),
        pa.field("id", pa.int64(), nullable=False),
        pa.field("kind", _WORD, nullable=False),
        pa.field("time", _INSTANT),
        pa.field("zone_known", pa.bool_(), nullable=False),
        pa.field("edited", _INSTANT),
        pa.field("author", pa.string()),
        pa.field("author_id", pa.string()),
        pa.field("text", pa.string(), nullable=False),
        pa.field("links", pa.list_(pa.string())),
        pa.field("mentions", pa.list_(pa.string())),
        pa.field("forwarded", pa.bool_(), nullable=False),
        pa.field("forward_name", pa.string()),
        pa.field("forward_origin", pa.string()),
        pa.field("reply_to", pa.int64()),
        pa.field("action", pa.string()),
        pa.field("views", pa.int64()),
        pa.field("forwards", pa.int64()),
        pa.field("media", pa.list_(_MEDIA)),
        pa.field("missing", pa.list_(_MISSING)),
        pa.field("poll", _POLL),
        pa.field("reactions", pa.list_(_REACTION)),
        pa.field("details", pa.list_(_DETAIL)),
        pa.field("flagged_minor", pa.bool_(), nullable=False),
        pa.field("source", pa.string(), nullable=False),
        pa.field("superseded", pa.bool_(), nullable=False),
    ]
)
"""The columns of a post. A list that is null is an empty one; times are in UTC, to the second.

``forwarded`` tells a forward without a name from none; ``source`` is the id of the source that the row came from, and
``superseded`` says that another version of the post is the one that counts: an edited post is kept in both versions.
"""

_READ: dict[str, Callable[[Post], object]] = {
    "channel": lambda post: post.channel,
    "id": lambda post: post.id,
    "kind": lambda post: post.kind.value,
    "time": lambda post: _whole(post.time),
    "zone_known": lambda post: post.zone_known,
    "edited": lambda post: _whole(post.edited),
    "author": lambda post: post.author,
    "author_id": lambda post: post.author_id,
    "text": lambda post: post.text,
    "links": lambda post: post.links or None,
    "mentions": lambda post: post.mentions or None,
    "forwarded": lambda post: post.forward is not None,
    "forward_name": lambda post: post.forward and post.forward.name,
    "forward_origin": lambda post: post.forward and post.forward.origin,
    "reply_to": lambda post: post.reply_to,
    "action": lambda post: post.action,
    "views": lambda post: post.views,
    "forwards": lambda post: post.forwards,
    "media": lambda post: [media_row(each) for each in post.media] or None,
    "missing": lambda post: [missing_row(each) for each in post.missing] or None,
    "poll": lambda post: None if post.poll is None else poll_row(post.poll),
    "reactions": lambda post: [{"label": each.label, "count": each.count} for each in post.reactions] or None,
    "details": lambda post: [{"name": each.name, "text": each.text} for each in post.details] or None,
    "flagged_minor": lambda post: post.flagged_minor,
}


_AT_ONCE = 2048


def batch_of(posts: Iterable[Post], source: str) -> pa.RecordBatch:
    """These posts as columns, in their order; what lies below a second of their times is dropped."""
    rows = list(posts)
    columns = {name: [read(post) for post in rows] for name, read in _READ.items()}
    columns["source"] = [source] * len(rows)
    columns["superseded"] = [False] * len(rows)
    arrays = [_array(columns[field.name], field.type) for field in SCHEMA]
    return pa.RecordBatch.from_arrays(arrays, schema=SCHEMA)


def posts_of(batch: pa.RecordBatch) -> Iterator[Post]:
    """The posts of a batch again, in its order; only some of them are values at a time."""
    for start in range(0, batch.num_rows, _AT_ONCE):
        part = batch.slice(start, _AT_ONCE)
        columns = {name: part.column(name).to_pylist() for name in _READ}
        for row in zip(*columns.values(), strict=True):
            yield _post(dict(zip(columns, row, strict=True)))


def media_of(batch: pa.RecordBatch) -> Iterator[tuple[str, int, Media]]:
    """Each file that the posts of a batch show, with the channel and number of its post, in order."""
    shows = batch.filter(batch.column("media").is_valid())
    channels, ids = shows.column("channel").to_pylist(), shows.column("id").to_pylist()
    for channel, id, files in zip(channels, ids, shows.column("media").to_pylist(), strict=True):
        for file in files:
            yield channel, id, _media(_Row(file))


def empty() -> pa.RecordBatch:
    """No post, in the columns of posts."""
    return batch_of((), "")


def _array(values: list[object], kind: pa.DataType) -> pa.Array:
    if isinstance(kind, pa.DictionaryType):
        return pa.array(values, kind.value_type).dictionary_encode().cast(kind)
    return pa.array(values, kind)


def _whole(time: datetime | None) -> datetime | None:
    return None if time is None else time.replace(microsecond=0)


def media_row(media: Media) -> dict[str, object]:
    """A file that is there, as the column holds it."""
    return {
        "sha256": media.sha256,
        "size": media.size,
        "source": media.place.source,
        "path": media.place.path,
        "kind": media.kind.value,
    }


def missing_row(missing: MissingMedia) -> dict[str, object]:
    """A file that is not there, as the column holds it."""
    return {"kind": missing.kind.value, "absence": missing.absence.value, "named": missing.named}


def poll_row(poll: Poll) -> dict[str, object]:
    """A poll, as the column holds it."""
    return {
        "question": poll.question,
        "closed": poll.closed,
        "total_voters": poll.total_voters,
        "answers": [{"text": each.text, "voters": each.voters} for each in poll.answers],
    }


def _post(row: dict[str, object]) -> Post:
    read = _Row(row)
    return Post(
        channel=read.word("channel") or "",
        id=read.number("id") or 0,
        kind=PostKind(read.word("kind") or ""),
        time=read.time("time"),
        zone_known=bool(row["zone_known"]),
        edited=read.time("edited"),
        author=read.word("author"),
        author_id=read.word("author_id"),
        text=read.word("text") or "",
        links=tuple(str(each) for each in read.items("links")),
        mentions=tuple(str(each) for each in read.items("mentions")),
        forward=_forward(read) if row["forwarded"] else None,
        reply_to=read.number("reply_to"),
        poll=_poll(row["poll"]),
        reactions=tuple(
            Reaction(label=each.word("label") or "", count=each.number("count") or 0) for each in read.rows("reactions")
        ),
        media=tuple(_media(each) for each in read.rows("media")),
        missing=tuple(_missing(each) for each in read.rows("missing")),
        action=read.word("action"),
        views=read.number("views"),
        forwards=read.number("forwards"),
        details=tuple(
            Detail(name=each.word("name") or "", text=each.word("text") or "") for each in read.rows("details")
        ),
        flagged_minor=bool(row["flagged_minor"]),
    )


class _Row:
    """One row, its values taken by type."""

    __slots__ = ("_values",)

    def __init__(self, values: dict[str, object]) -> None:
        self._values = values

    def word(self, name: str) -> str | None:
        value = self._values[name]
        return value if isinstance(value, str) else None

    def number(self, name: str) -> int | None:
        value = self._values[name]
        return value if isinstance(value, int) else None

    def time(self, name: str) -> datetime | None:
        value = self._values[name]
        return value if isinstance(value, datetime) else None

    def items(self, name: str) -> list[object]:
        value = self._values[name]
        return value if isinstance(value, list) else []

    def rows(self, name: str) -> Iterator[_Row]:
        return (_Row(each) for each in self.items(name) if isinstance(each, dict))


def _forward(read: _Row) -> Forward:
    return Forward(name=read.word("forward_name"), origin=read.word("forward_origin"))


def _poll(value: object) -> Poll | None:
    if not isinstance(value, dict):
        return None
    read = _Row(value)
    return Poll(
        question=read.word("question") or "",
        closed=bool(value["closed"]),
        total_voters=read.number("total_voters") or 0,
        answers=tuple(
            PollAnswer(text=each.word("text") or "", voters=each.number("voters") or 0) for each in read.rows("answers")
        ),
    )


def _media(row: _Row) -> Media:
    return Media(
        sha256=Sha256(row.word("sha256") or ""),
        size=row.number("size") or 0,
        place=Place(source=row.word("source") or "", path=row.word("path") or ""),
        kind=MediaKind(row.word("kind") or ""),
    )


def _missing(row: _Row) -> MissingMedia:
    return MissingMedia(
        kind=MediaKind(row.word("kind") or ""),
        absence=Absence(row.word("absence") or ""),
        named=row.word("named") or "",
    )
