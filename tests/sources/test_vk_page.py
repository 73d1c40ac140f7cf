"""Pages of communities on VK."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from takeback.model.channel import ChannelKind
from takeback.sources.vk_page import read_vk
from takeback.sources.web_page import Reading, WebPage

TIME = datetime(2020, 7, 31, 12, tzinfo=UTC)

WALL = """<html><head><title>Picture club</title></head><body><h1 class="page_name">Picture club</h1>
<div id="public_followers"><span class="header_count">12 345</span></div>
<div class="post" data-post-id="-77_5"><a class="author">x</a><span class="rel_date" time="1594557900">12 Jul</span>
<div class="wall_post_text">Pictures here: <a href="/away.php?to=https%3A%2F%2Ft.me%2Fpicture_garden&p=1">t.me</a><br>
and <a href="/other">there</a></div><a href="/photo-77_1"><img src="https://sun9.userapi.com/a.jpg"></a>
<div style="background-image: url(https://sun9.userapi.com/b.jpg)"></div><span class="like_views">1.5K</span></div>
<div class="post" data-post-id="-88_9"><div class="wall_post_text">of another wall</div></div>
</body></html>"""

MOBILE = """<html><body><h1>Picture club</h1><a href="/club77?act=members"><em class="pm_counter">12.3K</em></a>
<div class="wall_item" data-post-id="-77_6"><div class="pi_text">a word</div><time datetime="2020-07-30T10:00:00+03:00">
</time></div></body></html>"""


def reading(html: str, uri: str = "https://vk.com/public77") -> Reading:
    return read_vk(WebPage(uri=uri, time=TIME, html=html))


def test_a_post_has_its_number_time_words_links_pictures_and_views() -> None:
    (found,) = reading(WALL).posts
    assert (found.post.channel, found.post.id) == ("vk:-77", 5)
    assert found.post.time == datetime(2020, 7, 12, 12, 45, tzinfo=UTC)
    assert found.post.text == "Pictures here: t.me\n\nand there"
    assert found.post.links == ("https://t.me/picture_garden", "https://vk.com/other")
    assert found.post.views == 1500
    assert [each.uri for each in found.pictures] == ["https://sun9.userapi.com/b.jpg", "https://sun9.userapi.com/a.jpg"]


@pytest.mark.parametrize(
    ("html", "uri", "members", "source"),
    [
        (WALL, "https://vk.com/public77", 12_345, "VK page"),
        (MOBILE, "https://m.vk.com/club77", 12_300, "VK page, rounded to 100"),
    ],
)
def test_members_are_counted_at_the_time_of_the_record(html: str, uri: str, members: int, source: str) -> None:
    found = reading(html, uri)
    (audience,) = found.audiences
    assert (audience.channel, audience.members, audience.time, audience.source) == ("vk:-77", members, TIME, source)
    assert [(each.id, each.name, each.kind) for each in found.channels] == [
        ("vk:-77", "Picture club", ChannelKind.COMMUNITY)
    ]


def test_a_post_of_another_wall_is_not_taken_for_the_communitys() -> None:
    assert reading(WALL).foreign == ("a post on the page is of another wall than its address",)


@pytest.mark.parametrize(
    ("html", "uri", "channel"),
    [
        (WALL, "https://vk.com/picture.club", "vk:-77"),
        (WALL, "https://vk.com/wall-88_9", "vk:-88"),
        ('<div id="public_followers"><em>5</em></div>', "https://vk.com/Picture.Club", "vk:picture.club"),
    ],
)
def test_whose_wall_it_is_comes_from_the_address_then_from_its_posts(html: str, uri: str, channel: str) -> None:
    (found,) = reading(html, uri).channels
    assert found.id == channel


def test_a_page_without_a_community_gives_nothing() -> None:
    assert reading("<p>Log in</p>", "https://vk.com/") == Reading()
    assert reading("<p>Log in</p>", "https://vk.com/feed") == Reading()
