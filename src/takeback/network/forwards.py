"""Forwards: who is named as a source, how far that name carries, and what travelled furthest (M9)."""

from __future__ import annotations

import hashlib
import hmac
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from takeback.model.measure import Measure
from takeback.network.part import Ints, Mask, Part
from takeback.network.sheet import Sheet, size, together
from takeback.network.tally import Tally

_TOP = 5
_DIGITS = 8
_NAME = "name:"
NAME_MATCH = "A display name is a name match, never an identity. Who posts is not who makes."


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """Forwards from a source into a channel, both by pseudonym; ``by_name`` where only a display name ties them."""

    source: str
    channel: str
    posts: int
    by_name: bool


def gather_forwards(part: Part, tally: Tally) -> None:
    """Which posts are forwards, of which source, and of what content."""
    import pyarrow as pa

    forwarded = part.rows.column("forwarded").to_numpy(zero_copy_only=False)
    if not forwarded.any():
        return
    tally.choose(("forwards", "posts"), part, forwarded)
    where = np.flatnonzero(forwarded)
    rows = pa.array(where)
    names, origins = (part.texts(each).take(rows).to_pylist() for each in ("forward_name", "forward_origin"))
    known: dict[tuple[str | None, str | None], str | None] = {}
    by_source: dict[str, list[int]] = {}
    for row, pair in zip(where.tolist(), zip(names, origins, strict=True), strict=True):
        source = known[pair] if pair in known else known.setdefault(pair, source_of(*pair))
        if source:
            by_source.setdefault(source, []).append(row)
    ids = part.ids
    for source, chosen in by_source.items():
        tally.add_rows(("forwards", "source", source), part.channel, ids[chosen])
    nameless = np.array([known[pair] is None for pair in zip(names, origins, strict=True)])
    tally.add_rows(("forwards", "nameless"), part.channel, ids[where[nameless]])
    _gather_cascades(part, tally, by_source)


def _gather_cascades(part: Part, tally: Tally, by_source: dict[str, list[int]]) -> None:
    """Each forwarded content, by source, text and files: known by a digest, counted in each channel."""
    import pyarrow as pa

    files: dict[int, list[str]] = {}
    for parent, sha256 in zip(part.media.parents.tolist(), part.media.field("sha256").to_pylist(), strict=True):
        files.setdefault(parent, []).append(sha256)
    digests = []
    for source, chosen in by_source.items():
        texts = part.texts("text").take(pa.array(chosen)).to_pylist()
        for row, text in zip(chosen, texts, strict=True):
            if text or row in files:
                content = "\0".join((source, text or "", *files.get(row, ())))
                digests.append(hashlib.blake2b(content.encode("utf-8", "surrogatepass"), digest_size=12).digest())
    tally.counts["forwards", "content", part.channel].add(pa.array(digests, pa.binary(12)))


def source_of(name: str | None, origin: str | None) -> str | None:
    """A platform id where there is one, else the display name as people see it, marked as a name."""
    if origin:
        return origin
    plain = unicodedata.normalize("NFKC", name or "").strip()
    return f"{_NAME}{plain}" if plain else None


def edges(sheet: Sheet) -> tuple[Edge, ...]:
    """The forward graph, strongest edge first; forwards that name no source are not in it."""
    drawn = (
        Edge(source=called(sheet, source), channel=sheet.network.label(channel), posts=posts, by_name=is_name(source))
        for (source,), rows in sheet.tally.rows_under("forwards", "source").items()
        for channel, posts in ((channel, sum(map(len, ids))) for channel, ids in rows.items())
    )
    return tuple(sorted(drawn, key=lambda edge: (-edge.posts, edge.source, edge.channel, edge.by_name)))


def is_name(source: str) -> bool:
    """Whether a source is known by its display name alone."""
    return source.startswith(_NAME)


def called(sheet: Sheet, source: str) -> str:
    """The pseudonym of a source: that of the channel, if it is one of the network by its id."""
    if any(channel.id == source for channel in sheet.channels):
        return sheet.network.label(source)
    content = b"source\0" + source.encode("utf-8", "surrogatepass")
    return f"source-{hmac.new(sheet.network.row_key, content, hashlib.sha256).hexdigest()[:_DIGITS]}"


def measure_forwards(sheet: Sheet) -> Iterator[Measure]:
    """How many posts are forwards, from where, how many rest on a name, and how far contents travelled."""
    rows = sheet.noted("forwards", "posts")
    sources = {key[0]: found for key, found in sheet.tally.rows_under("forwards", "source").items()}
    known = {channel.id for channel in sheet.channels}
    yield sheet.count(
        "forwards.posts",
        "Forwarded posts",
        size(rows),
        of=sheet.posts,
        unit="posts",
        rows=rows,
        method="posts that name another source",
        caveat="Copies made by hand name no source and are not in it.",
    )
    yield sheet.count(
        "forwards.edges",
        "Forward edges",
        sum(len(found) for found in sources.values()),
        of=size(rows),
        unit="pairs of source and channel",
        rows=rows,
        method="distinct pairs of source (platform id, else display name) and receiving channel",
        caveat=NAME_MATCH,
    )
    named = together(found for source, found in sources.items() if is_name(source))
    outside = together(found for source, found in sources.items() if not is_name(source) and source not in known)
    for id, name, part, method in (
        ("by-name", "known by a display name only", named, "a display name and no id"),
        ("nameless", "without a source", sheet.noted("forwards", "nameless"), "neither a name nor an id"),
        ("outside", "of channels that were not collected", outside, "the id of a source that is not in the network"),
    ):
        yield sheet.share(
            f"forwards.{id}",
            f"Share of forwards {name}",
            size(part),
            of=size(rows),
            unit="forwarded posts",
            rows=part,
            method=f"forwards with {method}, over all forwards",
            caveat=NAME_MATCH,
        )
    ranked = sorted(sources, key=lambda source: (-size(sources[source]), source))
    for rank, source in enumerate(ranked[:_TOP], start=1):
        yield sheet.count(
            f"forwards.source.{rank}",
            f"Forwards that name {called(sheet, source)}",
            size(sources[source]),
            of=size(rows),
            unit="posts",
            rows=sources[source],
            method=f"forwards of the source that is number {rank} by forwards",
            caveat=NAME_MATCH,
        )
    yield from _cascades(sheet, size(rows))


def _cascades(sheet: Sheet, forwards: int) -> Iterator[Measure]:
    posts, channels = _spread(sheet)
    several: Mask = posts > 1
    for id, name, value, unit in (
        ("total", "Contents that were forwarded more than once", int(several.sum()), "contents"),
        ("posts", "Forwards of the content that was forwarded most", int(posts.max(initial=0)), "posts"),
        ("channels", "Channels of the content that reached most channels", int(channels.max(initial=0)), "channels"),
    ):
        yield sheet.count(
            f"forwards.cascades.{id}",
            name,
            value,
            of=forwards,
            unit=unit,
            rows=sheet.noted("forwards", "posts"),
            method="forwards of one source with one text and the same files are one content; empty ones are left out",
            caveat=f"{NAME_MATCH} A content that was edited before it was forwarded is another one.",
        )


def _spread(sheet: Sheet) -> tuple[Ints, Ints]:
    """Of each content, how many posts and how many channels."""
    import pyarrow as pa

    tables = [counts.table() for key, counts in sheet.tally.counts.items() if key[:2] == ("forwards", "content")]
    if not tables:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    joined = pa.concat_tables(tables).group_by("text").aggregate([("count", "sum"), ("count", "count")])
    return joined.column("count_sum").to_numpy(), joined.column("count_count").to_numpy()
