"""What a census measures: everything that is known of one network, and how to call its channels."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from takeback.model.channel import Audience, Channel, ChannelKind, Damage, Post, PostKind
from takeback.model.digest import Sha256
from takeback.model.measure import Window


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """One network as the case holds it.

    ``clusters`` names the near-duplicate cluster of each fingerprinted media; ``enrolled`` the enrolled photographs
    that were found in a media; ``sealed`` counts what the minors' gate holds back. ``label`` gives a channel's
    pseudonym, ``row_key`` keys the digests of rows.
    """

    channels: tuple[Channel, ...]
    posts: tuple[Post, ...]
    audiences: tuple[Audience, ...]
    damage: tuple[Damage, ...]
    clusters: Mapping[Sha256, str]
    enrolled: Mapping[Sha256, tuple[str, ...]]
    sealed: int
    label: Callable[[str], str]
    row_key: bytes


def in_order(network: Network) -> Network:
    """The same network with each channel and post once, in an order that does not depend on how it was read.

    Of two posts with one channel and id (overlapping exports), the one that was edited last stays.
    """
    channels: dict[str, Channel] = {}
    for channel in network.channels:
        channels.setdefault(channel.id, channel)
    posts: dict[tuple[str, int], Post] = {}
    for post in network.posts:
        known = posts.setdefault((post.channel, post.id), post)
        if known != post:
            posts[post.channel, post.id] = max(known, post, key=_version)
        channels.setdefault(post.channel, _unlisted(post.channel))
    return Network(
        channels=tuple(channels[id] for id in sorted(channels)),
        posts=tuple(posts[key] for key in sorted(posts)),
        audiences=tuple(sorted(set(network.audiences), key=lambda each: (each.time, each.channel, each.members))),
        damage=network.damage,
        clusters=network.clusters,
        enrolled=network.enrolled,
        sealed=network.sealed,
        label=network.label,
        row_key=network.row_key,
    )


def is_posted(post: Post) -> bool:
    """Whether somebody posted it: service rows ("joined", "pinned") are the platform's own."""
    return post.kind is not PostKind.SERVICE


def row_of(post: Post) -> str:
    """The id of a post's row."""
    return f"{post.channel}#{post.id}"


def window_of(posts: tuple[Post, ...]) -> Window:
    """From the first to the last time of any post."""
    times = [post.time for post in posts if post.time]
    return Window(start=min(times, default=None), end=max(times, default=None))


def _version(post: Post) -> tuple[float, str]:
    return (post.edited.timestamp() if post.edited else 0.0), repr(post)


def _unlisted(id: str) -> Channel:
    return Channel(id=id, name="", kind=ChannelKind.OTHER)
