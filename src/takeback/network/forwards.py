"""Forwards: who is named as a source, and how far that name carries (M9)."""

from __future__ import annotations

import hashlib
import hmac
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from takeback.model.channel import Forward, Post
from takeback.model.measure import Measure
from takeback.network.network import Network, row_of
from takeback.network.sheet import Sheet

_TOP = 5
_DIGITS = 8
_NAME_MATCH = "A display name is a name match, never an identity. Who posts is not who makes."


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """Forwards from a source into a channel, both by pseudonym; ``by_name`` where only a display name ties them."""

    source: str
    channel: str
    posts: int
    by_name: bool


def edges(network: Network) -> tuple[Edge, ...]:
    """The forward graph, strongest edge first; forwards that name no source are not in it."""
    counts = Counter(
        (source, post.channel, post.forward.origin is None)
        for post in network.posts
        if post.forward and (source := _source(post.forward))
    )
    known = {channel.id for channel in network.channels}
    drawn = (
        Edge(source=_pseudonym(network, source, known), channel=network.label(channel), posts=posts, by_name=by_name)
        for (source, channel, by_name), posts in counts.items()
    )
    return tuple(sorted(drawn, key=lambda edge: (-edge.posts, edge.source, edge.channel, edge.by_name)))


def measure_forwards(sheet: Sheet) -> Iterator[Measure]:
    """How many posts are forwards, how many edges they make, how many rest on a name, and the most named sources."""
    posts = sheet.network.posts
    forwards = [post for post in posts if post.forward]
    rows = sheet.rows("posts", map(row_of, forwards))
    drawn = edges(sheet.network)
    named = [post for post in forwards if post.forward and not post.forward.origin and post.forward.name]
    nameless = [post for post in forwards if post.forward and not _source(post.forward)]
    yield sheet.count(
        "forwards.posts",
        "Forwarded posts",
        len(forwards),
        of=len(posts),
        unit="posts",
        rows=rows,
        method="posts that name another source",
        caveat="Copies made by hand name no source and are not in it.",
    )
    yield sheet.count(
        "forwards.edges",
        "Forward edges",
        len(drawn),
        of=len(forwards),
        unit="pairs of source and channel",
        rows=rows,
        method="distinct pairs of source (platform id, else display name) and receiving channel",
        caveat=_NAME_MATCH,
    )
    for id, name, part, method in (
        ("forwards.by-name", "Share of forwards known by a display name only", named, "a display name and no id"),
        ("forwards.nameless", "Share of forwards without a source", nameless, "neither a name nor an id"),
    ):
        yield sheet.share(
            id,
            name,
            len(part),
            of=len(forwards),
            unit="forwarded posts",
            rows=sheet.rows("posts", map(row_of, part)),
            method=f"forwards with {method}, over all forwards",
            caveat=_NAME_MATCH,
        )
    yield from _sources(sheet, forwards)


def _sources(sheet: Sheet, forwards: list[Post]) -> Iterator[Measure]:
    known = {channel.id for channel in sheet.network.channels}
    by_source: dict[str, list[str]] = {}
    for post in forwards:
        if post.forward and (source := _source(post.forward)):
            by_source.setdefault(source, []).append(row_of(post))
    ranked = sorted(by_source, key=lambda source: (-len(by_source[source]), source))
    for rank, source in enumerate(ranked[:_TOP], start=1):
        pseudonym = _pseudonym(sheet.network, source, known)
        yield sheet.count(
            f"forwards.source.{rank}",
            f"Forwards that name {pseudonym}",
            len(by_source[source]),
            of=len(forwards),
            unit="posts",
            rows=sheet.rows("posts", by_source[source]),
            method=f"forwards of the source that is number {rank} by forwards",
            caveat=_NAME_MATCH,
        )


def _source(forward: Forward) -> str | None:
    """A platform id where there is one, else the display name as people see it."""
    if forward.origin:
        return forward.origin
    name = unicodedata.normalize("NFKC", forward.name or "").strip()
    return f"name:{name}" if name else None


def _pseudonym(network: Network, source: str, known: set[str]) -> str:
    if source in known:
        return network.label(source)
    content = b"source\0" + source.encode("utf-8", "surrogatepass")
    return f"source-{hmac.new(network.row_key, content, hashlib.sha256).hexdigest()[:_DIGITS]}"
