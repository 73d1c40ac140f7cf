"""Posts: how many, where, by how many posters; reactions and views where the source has them (M1, M4, M13)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from takeback.model.channel import PostKind
from takeback.model.measure import Measure
from takeback.network.network import is_posted, row_of
from takeback.network.sheet import Sheet

_TOP = 10


def measure_posts(sheet: Sheet) -> Iterator[Measure]:
    """Posts in all, by kind and by channel; posters; reactions; views."""
    posts = sheet.network.posts
    rows = sheet.rows("posts", map(row_of, posts))
    once = "rows of the sources, counted once by channel and number"
    deleted = "What was deleted before the collection is not in it."
    yield sheet.count(
        "posts.total", "Posts", len(posts), of=len(posts), unit="posts", rows=rows, method=once, caveat=deleted
    )
    for kind in PostKind:
        ids = [row_of(post) for post in posts if post.kind is kind]
        if ids:
            yield sheet.count(
                f"posts.kind.{kind.value}",
                f"Posts of kind {kind.value}",
                len(ids),
                of=len(posts),
                unit="posts",
                rows=sheet.rows("posts", ids),
                method=f"{once}, by the kind that the source names",
                caveat="Service rows are written by the platform.",
            )
    by_channel: dict[str, list[str]] = {channel.id: [] for channel in sheet.network.channels}
    for post in posts:
        by_channel.setdefault(post.channel, []).append(row_of(post))
    for channel in sheet.network.channels:
        ids = by_channel[channel.id]
        label = sheet.network.label(channel.id)
        yield sheet.count(
            f"posts.channel.{label}",
            f"Posts in {label}",
            len(ids),
            of=len(posts),
            unit="posts",
            rows=sheet.rows("posts", ids),
            method=once,
            caveat=deleted,
        )
    yield from _posters(sheet)
    yield from _responses(sheet)


def _posters(sheet: Sheet) -> Iterator[Measure]:
    signed = [post for post in sheet.network.posts if is_posted(post) and post.author_id]
    posters = Counter(post.author_id for post in signed)
    rows = sheet.rows("posts", map(row_of, signed))
    top = sum(count for _, count in posters.most_common(_TOP))
    caveat = "A poster is an account, not a person and not a maker; a channel that posts in its own name is one poster."
    yield sheet.count(
        "posters.total",
        "Posters",
        len(posters),
        of=len(signed),
        unit="accounts",
        rows=rows,
        method="distinct account ids among posts that name one",
        caveat=caveat,
    )
    yield sheet.share(
        "posters.top-ten",
        "Share of posts by the ten most active posters",
        top,
        of=len(signed),
        unit="posts that name an account",
        rows=rows,
        method="posts of the ten accounts with the most posts, over all posts that name an account",
        caveat=caveat,
    )


def _responses(sheet: Sheet) -> Iterator[Measure]:
    posts = sheet.network.posts
    reacted = [post for post in posts if post.reactions]
    yield sheet.count(
        "reactions.total",
        "Reactions",
        sum(reaction.count for post in reacted for reaction in post.reactions),
        of=len(reacted),
        unit="reactions",
        rows=sheet.rows("posts", map(row_of, reacted)),
        method="sum of the counts that the source shows; n is the posts with any",
        caveat="One account may give several; a source without reactions counts as none.",
    )
    yield sheet.count(
        "views.total",
        "Views",
        None,
        of=0,
        unit="views",
        rows=sheet.rows("posts", ()),
        method="none: not in this source",
        caveat="Exports of Telegram Desktop, folders and zips hold no views.",
    )
