"""Posts: how many, where, by how many posters; views and reactions where the source has them (M1, M4, M13)."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from takeback.model.measure import Measure
from takeback.network.part import KINDS, Part
from takeback.network.sheet import Sheet, size
from takeback.network.tally import Tally, union

_TOP = 10
_RESPONSES = ("views", "forwards")


def gather_posts(part: Part, tally: Tally) -> None:
    """Who posted, and how it was received."""
    signed = part.posted & part.given("author_id")
    tally.choose(("posts", "signed"), part, signed)
    if signed.any():
        import pyarrow as pa

        authors = part.texts("author_id").filter(pa.array(signed))
        tally.counts["posters", part.channel].add(authors)
    for column in _RESPONSES:
        given = part.given(column)
        tally.choose(("posts", column), part, given)
        if given.any():
            import pyarrow.compute as pc

            tally.numbers["posts", column] += pc.sum(part.rows.column(column)).as_py() or 0
    _gather_reactions(part, tally)


def _gather_reactions(part: Part, tally: Tally) -> None:
    import pyarrow.compute as pc

    column = part.rows.column("reactions")
    reacted = np.zeros(len(part), np.bool_)
    items = column.flatten()
    if len(items):
        reacted[np.unique(pc.list_parent_indices(column).to_numpy(zero_copy_only=False))] = True
        tally.numbers["posts", "reactions"] += pc.sum(pc.struct_field(items, "count")).as_py() or 0
    tally.choose(("posts", "reacted"), part, reacted)


def measure_posts(sheet: Sheet) -> Iterator[Measure]:
    """Posts in all, by kind and by channel; posters; views, forwards counted by the platform, reactions."""
    once = "rows of the sources, counted once by channel and number"
    deleted = "What was deleted before the collection is not in it."
    yield sheet.count(
        "posts.total",
        "Posts",
        sheet.posts,
        of=sheet.posts,
        unit="posts",
        rows=sheet.chosen(lambda timeline: np.ones(len(timeline), np.bool_)),
        method=once,
        caveat=deleted,
    )
    for place, kind in enumerate(KINDS):
        rows = sheet.chosen(lambda timeline, place=place: timeline.rows.kinds == place)  # type: ignore[misc]  # a default binds the loop's value
        if rows:
            yield sheet.count(
                f"posts.kind.{kind.value}",
                f"Posts of kind {kind.value}",
                size(rows),
                of=sheet.posts,
                unit="posts",
                rows=rows,
                method=f"{once}, by the kind that the source names",
                caveat="Service rows are written by the platform.",
            )
    for channel in sheet.channels:
        timeline = sheet.timelines.get(channel.id)
        label = sheet.network.label(channel.id)
        yield sheet.count(
            f"posts.channel.{label}",
            f"Posts in {label}",
            len(timeline) if timeline else 0,
            of=sheet.posts,
            unit="posts",
            rows={channel.id: [timeline.ids]} if timeline else {},
            method=once,
            caveat=deleted,
        )
    yield from _posters(sheet)
    yield from _responses(sheet)


def _posters(sheet: Sheet) -> Iterator[Measure]:
    posters = union(counts for key, counts in sheet.tally.counts.items() if key[0] == "posters")
    counted = posters.table().column("count").to_numpy()
    signed = sheet.noted("posts", "signed")
    caveat = "A poster is an account, not a person and not a maker; a channel that posts in its own name is one poster."
    yield sheet.count(
        "posters.total",
        "Posters",
        len(counted),
        of=size(signed),
        unit="accounts",
        rows=signed,
        method="distinct account ids among posts that name one",
        caveat=caveat,
    )
    yield sheet.share(
        "posters.top-ten",
        "Share of posts by the ten most active posters",
        int(np.sort(counted)[-_TOP:].sum()),
        of=size(signed),
        unit="posts that name an account",
        rows=signed,
        method="posts of the ten accounts with the most posts, over all posts that name an account",
        caveat=caveat,
    )


def _responses(sheet: Sheet) -> Iterator[Measure]:
    reacted = sheet.noted("posts", "reacted")
    yield sheet.count(
        "reactions.total",
        "Reactions",
        sheet.number("posts", "reactions"),
        of=size(reacted),
        unit="reactions",
        rows=reacted,
        method="sum of the counts that the source shows; n is the posts with any",
        caveat="One account may give several; a source without reactions counts as none.",
    )
    for id, name, column in (
        ("views.total", "Views", "views"),
        ("views.forwards", "Times that posts were forwarded", "forwards"),
    ):
        rows = sheet.noted("posts", column)
        there = bool(rows)
        yield sheet.count(
            id,
            name,
            sheet.number("posts", column) if there else None,
            of=size(rows),
            unit="views" if column == "views" else "forwards",
            rows=rows,
            method="sum of the counts that the source shows; n is the posts with one"
            if there
            else "none: not in this source",
            caveat="Counted by the platform when the source was made; often rounded, and views are not accounts."
            if there
            else "Exports of Telegram Desktop, folders and zips hold no views and no counts of forwards.",
        )
