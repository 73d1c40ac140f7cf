"""Posts become columns and posts again, and nothing changes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from takeback.model.channel import Detail, Forward, Poll, PollAnswer, Post, PostKind, Reaction
from takeback.model.digest import sha256_of
from takeback.model.media import Absence, Media, MediaKind, MissingMedia, Place
from takeback.tables.posts import SCHEMA, batch_of, empty, posts_of

WORDS = st.text(max_size=12)
WORD_OR_NONE = st.none() | WORDS
NUMBERS = st.integers(-(2**63), 2**63 - 1)
TIMES = st.none() | st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1)).map(  # noqa: DTZ001  # made aware below
    lambda time: time.replace(microsecond=0, tzinfo=UTC)
)
MEDIA = st.builds(
    Media,
    sha256=WORDS.map(lambda text: sha256_of(text.encode())),
    size=st.integers(0, 2**40),
    place=st.builds(Place, source=WORDS, path=WORDS),
    kind=st.sampled_from(MediaKind),
)
MISSING = st.builds(MissingMedia, kind=st.sampled_from(MediaKind), absence=st.sampled_from(Absence), named=WORDS)
POLLS = st.builds(
    Poll,
    question=WORDS,
    answers=st.lists(st.builds(PollAnswer, text=WORDS, voters=NUMBERS), max_size=3).map(tuple),
    total_voters=NUMBERS,
    closed=st.booleans(),
)
POSTS = st.builds(
    Post,
    channel=WORDS,
    id=NUMBERS,
    kind=st.sampled_from(PostKind),
    time=TIMES,
    zone_known=st.booleans(),
    edited=TIMES,
    author=WORD_OR_NONE,
    author_id=WORD_OR_NONE,
    text=WORDS,
    links=st.lists(WORDS, max_size=2).map(tuple),
    mentions=st.lists(WORDS, max_size=2).map(tuple),
    forward=st.none() | st.builds(Forward, name=WORD_OR_NONE, origin=WORD_OR_NONE),
    reply_to=st.none() | NUMBERS,
    poll=st.none() | POLLS,
    reactions=st.lists(st.builds(Reaction, label=WORDS, count=NUMBERS), max_size=2).map(tuple),
    media=st.lists(MEDIA, max_size=2).map(tuple),
    missing=st.lists(MISSING, max_size=2).map(tuple),
    action=WORD_OR_NONE,
    views=st.none() | NUMBERS,
    forwards=st.none() | NUMBERS,
    details=st.lists(st.builds(Detail, name=WORDS, text=WORDS), max_size=2).map(tuple),
    flagged_minor=st.booleans(),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(POSTS, max_size=4))
def test_posts_become_columns_and_the_same_posts_again(posts: list[Post]) -> None:
    batch = batch_of(posts, "s1")
    batch.validate(full=True)
    assert batch.schema == SCHEMA
    assert list(posts_of(batch)) == posts
    assert set(batch.column("source").to_pylist()) <= {"s1"}
    assert not any(batch.column("superseded").to_pylist())


def test_what_lies_below_a_second_is_dropped() -> None:
    time = datetime(2024, 3, 1, 10, 0, 0, 123456, UTC)
    post = Post(channel="c", id=1, kind=PostKind.MESSAGE, time=time, edited=time)
    whole = time.replace(microsecond=0)
    assert list(posts_of(batch_of([post], "s"))) == [replace(post, time=whole, edited=whole)]


def test_a_text_that_is_no_text_is_refused() -> None:
    with pytest.raises((pa.ArrowInvalid, UnicodeEncodeError)):
        batch_of([Post(channel="c", id=1, kind=PostKind.MESSAGE, time=None, text="\ud800")], "s")


def test_no_post_has_the_same_columns() -> None:
    assert empty().schema == SCHEMA
    assert empty().num_rows == 0
