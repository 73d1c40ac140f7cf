"""What a census measures: everything that is known of one network, and how to call its channels."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from takeback.model.channel import Audience, Channel, Damage, Post
from takeback.model.digest import Sha256
from takeback.network.part import UNPOSTED

if TYPE_CHECKING:
    import pyarrow as pa

Batches = Callable[[], "Iterator[pa.RecordBatch]"]
_ROWS = 50_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """One network as the case holds it.

    ``batches`` streams posts in columns (`takeback.tables.posts`), each post once but for versions marked superseded,
    in any order; ``posts`` are a few more as values. ``clusters`` names the near-duplicate cluster of each
    fingerprinted media; ``enrolled`` the enrolled photographs that were found in a media, ``persons`` the person of
    each photograph; ``marks`` the overlays seen on a media; ``sealed`` counts what the minors' gate holds back.
    ``label`` gives a channel's pseudonym, ``row_key`` keys the digests of rows.
    """

    channels: tuple[Channel, ...]
    posts: tuple[Post, ...] = ()
    batches: Batches | None = None
    audiences: tuple[Audience, ...]
    damage: tuple[Damage, ...]
    clusters: Mapping[Sha256, str]
    enrolled: Mapping[Sha256, tuple[str, ...]]
    persons: Mapping[str, str] = field(default_factory=dict)
    marks: Mapping[Sha256, tuple[str, ...]] = field(default_factory=dict)
    sealed: int
    label: Callable[[str], str]
    row_key: bytes


def batches_of(network: Network) -> Iterator[pa.RecordBatch]:
    """The posts of a network in columns; those that were given as values once each, by channel and number."""
    from takeback.tables.posts import batch_of

    if network.batches is not None:
        yield from network.batches()
    posts = once(network.posts)
    start = 0
    while start < len(posts):
        end = start
        while end < min(len(posts), start + _ROWS) and posts[end].channel == posts[start].channel:
            end += 1
        yield batch_of(posts[start:end], "")
        start = end


def once(posts: tuple[Post, ...]) -> tuple[Post, ...]:
    """Each post once, by channel and number; of two versions (overlapping exports) the one that was edited last."""
    known: dict[tuple[str, int], Post] = {}
    for post in posts:
        other = known.setdefault((post.channel, post.id), post)
        if other != post:
            known[post.channel, post.id] = max(other, post, key=_version)
    return tuple(known[key] for key in sorted(known))


def is_posted(post: Post) -> bool:
    """Whether somebody posted it: service rows ("joined", "pinned") are the platform's own, a page is no post."""
    return post.kind.value not in UNPOSTED


def _version(post: Post) -> tuple[float, str]:
    return (post.edited.timestamp() if post.edited else 0.0), repr(post)
