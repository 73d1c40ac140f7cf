"""Pages that lead into Telegram."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from takeback.model.channel import ChannelKind, PostKind
from takeback.sources.promotion_page import promotes, read_promotion
from takeback.sources.web_page import Reading, WebPage

TIME = datetime(2020, 7, 31, 12, tzinfo=UTC)


def reading(html: str, uri: str = "https://blog.example.org/list?p=2#top") -> Reading:
    return read_promotion(WebPage(uri=uri, time=TIME, html=html))


@pytest.mark.parametrize(
    ("html", "links", "mentions"),
    [
        ('<a href="https://t.me/picture_garden">x</a>', ("https://t.me/picture_garden",), ()),
        ('<a href="https://t.me/+AbCdEf123456">x</a>', ("https://t.me/+AbCdEf123456",), ()),
        ('<a href="https://telegram.me/joinchat/AbC-1">x</a>', ("https://telegram.me/joinchat/AbC-1",), ()),
        ('<a href="tg://resolve?domain=photo_bot&start=1">x</a>', ("tg://resolve?domain=photo_bot&start=1",), ()),
        ("<p>see t.me/picture_garden?start=7 soon</p>", ("t.me/picture_garden?start=7",), ()),
        ('<a href="https://garden.t.me/">x</a>', ("https://garden.t.me/",), ()),
        ("<p>write to @photo_bot now</p>", (), ("@photo_bot",)),
        ('<a href="https://t.me/share/url?url=https://t.me/picture_garden">Share</a>', (), ()),
        ('<a href="/away.php?to=https%3A%2F%2Ft.me%2Fphoto_bot&p=1">x</a>', ("https://t.me/photo_bot",), ()),
        ('<a href="https://t.me/">x</a> <a href="https://example.org/t.me.html">y</a>', (), ()),
        ("<p>mail me at a@photo_bot.example</p>", (), ()),
        ("<script>var x = 'https://t.me/hidden_room'</script>", (), ()),
    ],
)
def test_channels_bots_and_invitations_are_found_and_shares_are_not(
    html: str, links: tuple[str, ...], mentions: tuple[str, ...]
) -> None:
    (found,) = reading(html).posts
    assert (found.post.links, found.post.mentions) == (links, mentions)
    assert promotes(found.post) is bool(links or mentions)


def test_a_page_is_a_post_of_its_host_and_no_account() -> None:
    found = reading("<title>A list</title><body>of <b>rooms</b><img src='/a.jpg'></body>")
    (post,) = found.posts
    (channel,) = found.channels
    assert (channel.id, channel.name, channel.kind) == (
        "web:blog.example.org",
        "blog.example.org",
        ChannelKind.WEB_PAGES,
    )
    assert (post.post.channel, post.post.kind, post.post.time) == (channel.id, PostKind.PAGE, TIME)
    assert post.post.text == "A list\nof rooms"
    assert [each.uri for each in post.pictures] == ["https://blog.example.org/a.jpg"]


def test_one_address_is_one_page_whatever_its_fragment() -> None:
    first, second, third = (
        reading("<p>x</p>", uri).posts[0].post.id
        for uri in ("https://example.org/a#b", "https://example.org/a", "https://example.org/a?b")
    )
    assert first == second != third


def test_a_page_without_a_host_gives_nothing() -> None:
    assert reading("<p>t.me/room_one</p>", "urn:x") == Reading()
