"""Measures from columns come to what a plain reading of the posts comes to, however they were read."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from network.made import CHAT, FRIENDS, GALLERY, full, measured, media, missing, network
from network.plain import plain
from takeback.model.channel import Forward, Post, PostKind, Reaction
from takeback.model.media import MediaKind
from takeback.network.census import FAMILIES, Network, census, gather, measures_of
from takeback.network.network import batches_of, once
from takeback.network.part import parts
from takeback.tables.posts import batch_of

TEXTS = (
    "",
    "100 RUB for 100 photos",
    "Invite 3 friends",
    "free with a watermark",
    "open @harbour_bot",
    "paypal.me/harbour or +44 20 7946 0958",
    "Пригласи друга и получи 5 USD",
)
LINKS = (
    "https://t.me/+abc",
    "https://t.me/harbour_bot?start=1",
    "https://example.org/a/",
    "http://www.example.org/a?utm_x=1",
    "mailto:a@b.example",
    "https://vk.com/page",
)
POSTS = st.builds(
    Post,
    channel=st.sampled_from([GALLERY, CHAT, FRIENDS]),
    id=st.integers(-5, 40),
    kind=st.sampled_from([PostKind.MESSAGE, PostKind.MESSAGE, PostKind.SERVICE, PostKind.UNSUPPORTED]),
    time=st.none()
    | st.integers(0, 220_000_000).map(lambda seconds: datetime(1985, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)),
    zone_known=st.booleans(),
    author_id=st.none() | st.sampled_from(["user1", "user2", "user3"]),
    text=st.sampled_from(TEXTS),
    links=st.lists(st.sampled_from(LINKS), max_size=3, unique=True).map(tuple),
    mentions=st.lists(st.sampled_from(["@harbour_bot", "@somebody"]), max_size=1).map(tuple),
    forward=st.none()
    | st.builds(
        Forward, name=st.sampled_from([None, "A Name", " A Name"]), origin=st.sampled_from([None, None, GALLERY])
    ),
    reactions=st.lists(st.builds(Reaction, label=st.just("x"), count=st.integers(0, 9)), max_size=2).map(tuple),
    media=st.lists(
        st.builds(media, st.sampled_from("abc"), st.sampled_from([MediaKind.PHOTO, MediaKind.VIDEO])), max_size=3
    ).map(tuple),
    missing=st.lists(st.builds(missing, st.sampled_from([MediaKind.PHOTO, MediaKind.VIDEO])), max_size=2).map(tuple),
    views=st.none() | st.integers(0, 9),
)
MANY = st.lists(POSTS, max_size=25, unique_by=lambda post: (post.channel, post.id)).map(tuple)


@settings(max_examples=60, deadline=None)
@given(MANY)
def test_the_columns_come_to_what_a_plain_reading_comes_to(posts: tuple[Post, ...]) -> None:
    found = measured(network(*posts))
    for id, (value, rows) in plain(posts).items():
        measure = found[id]
        assert measure.value == (value if value is None else pytest.approx(value)), id
        assert measure.rows is not None
        assert measure.rows.count == rows, id


@settings(max_examples=25, deadline=None)
@given(MANY, st.integers(1, 7), st.randoms(use_true_random=False))
def test_neither_the_cut_nor_the_order_of_batches_matters(posts: tuple[Post, ...], size: int, order: object) -> None:
    shuffled = list(posts)
    order.shuffle(shuffled)  # type: ignore[attr-defined]  # hypothesis gives a random.Random
    cut = [batch_of(shuffled[at : at + size], "") for at in range(0, len(shuffled), size)]
    assert census(replace(network(), batches=lambda: iter(cut))) == census(network(*posts))


@settings(max_examples=25, deadline=None)
@given(MANY, MANY)
def test_tallies_of_parts_add_up(first: tuple[Post, ...], second: tuple[Post, ...]) -> None:
    known = {(post.channel, post.id) for post in first}
    rest = tuple(post for post in second if (post.channel, post.id) not in known)
    whole = network(*first, *rest)
    tally = gather(parts(batches_of(network(*rest))))
    tally.merge(gather(parts(batches_of(network(*first)))))
    assert measures_of(whole, tally) == census(whole)


def test_a_version_that_was_edited_later_is_left_out() -> None:
    import pyarrow as pa

    (old,) = full().posts[:1]
    batch = batch_of([old, replace(old, text="edited")], "")
    place = batch.schema.get_field_index("superseded")
    marked = batch.set_column(place, batch.schema.field(place), pa.array([True, False]))
    assert census(replace(network(), batches=lambda: iter([marked]))) == census(network(replace(old, text="edited")))


def test_a_post_that_comes_twice_is_refused_rather_than_counted_twice() -> None:
    batch = batch_of(once(full().posts), "")
    with pytest.raises(ValueError, match="comes twice"):
        census(replace(full(), batches=lambda: iter([batch])))


def test_every_family_of_measures_has_a_name_and_gives_some() -> None:
    assert len(FAMILIES) == len({id(family.measure) for family in FAMILIES.values()})
    whole: Network = full()
    tally = gather(parts(batches_of(whole)))
    assert len(measures_of(whole, tally)) == len(census(whole))
