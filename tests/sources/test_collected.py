from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from takeback.model.channel import Audience, Channel, ChannelKind, Post, PostKind
from takeback.model.digest import sha256_of
from takeback.model.media import Media, MediaKind, Place
from takeback.sources.collected import OPENING, AudienceRow, ChannelRow, CollectedRow, PostRow, collected_row, line_of

TIME = datetime(2026, 8, 3, tzinfo=UTC)
CHANNEL = Channel(id="telegram:1", name="Garden", kind=ChannelKind.PUBLIC_CHANNEL)
POST = Post(channel="telegram:1", id=4, kind=PostKind.MESSAGE, time=TIME, text="a word", views=3)
OPENED = ChannelRow(version=1, channel=CHANNEL, collected_from=TIME, may_lawfully_read="it is public")
FILE = Media(sha256=sha256_of(b""), size=0, place=Place(source="other", path="x"), kind=MediaKind.PHOTO)


@pytest.mark.parametrize(
    "row",
    [
        OPENED,
        AudienceRow(audience=Audience(channel="telegram:1", members=5, time=TIME, source="x")),
        PostRow(post=POST),
    ],
    ids=["channel", "audience", "post"],
)
def test_each_row_is_one_line_and_comes_back(row: CollectedRow) -> None:
    line = line_of(row)
    assert line.count(b"\n") == 1
    assert collected_row(line) == row
    assert line.startswith(OPENING) is isinstance(row, ChannelRow)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (line_of(ChannelRow(version=2, channel=CHANNEL, collected_from=TIME, may_lawfully_read="x")), "newer than 1"),
        (line_of(PostRow(post=replace(POST, media=(FILE,)))), "names files as held"),
        (line_of(PostRow(post=POST)).replace(b'"id":4', b'"id":' + b"9" * 30), "too large"),
        (
            b'{"row":"audience","audience":{"channel":"c","members":-1,"time":"2026-08-03T00:00:00Z","source":"x"}}',
            "cannot",
        ),
        (b'{"row":"other"}', "other"),
    ],
)
def test_a_row_that_this_program_does_not_write_is_refused(line: bytes, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        collected_row(line)
