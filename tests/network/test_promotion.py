"""What other platforms say of a network: pages that promote it, kept out of what the network itself posts."""

from __future__ import annotations

from dataclasses import replace

from network.made import CHAT, audience, full, measured, media, network, post
from takeback.model.channel import Post
from takeback.model.digest import Sha256
from takeback.network.sheet import is_abroad

PAGE = "https://t.me/harbour"


def promoting() -> tuple[Post, ...]:
    return (
        post("web:example.org", 11, links=(PAGE,)),
        post("web:example.org", 12, mentions=("@harbour_bot",)),
        post("web:example.org", 13, links=("https://elsewhere.example",)),
        post("vk:-5", 1, links=(PAGE,)),
        post("vk:-5", 2, links=(PAGE,)),
        post("vk:-6", 1),
    )


def test_a_page_counts_once_and_so_does_a_community() -> None:
    made = network(*promoting(), audiences=(audience("vk:-5", 700), audience("vk:-6", 9)), label=str)
    found = measured(made)
    values = {id: each.value for id, each in found.items() if id.startswith("promotion")}
    assert values == {
        "promotion.pages": 3,
        "promotion.host.example.org": 2,
        "promotion.host.vk.com": 1,
        "promotion.members": 700,
    }
    assert found["promotion.pages"].n == 4


def test_without_a_web_archive_nothing_is_known_and_that_is_said() -> None:
    measure = measured(network(post(CHAT, 1, links=(PAGE,))))["promotion.pages"]
    assert measure.value is None
    assert "no web archive" in measure.caveat


def test_pages_elsewhere_change_no_growth_no_pace_and_no_members_of_the_network() -> None:
    plain = replace(full(), label=str)
    abroad = [
        *promoting(),
        *(post("vk:-5", number, day=number, media=(media("e"),)) for number in range(10, 90)),
    ]
    more = replace(plain, posts=(*plain.posts, *abroad), audiences=(*plain.audiences, audience("vk:-5", 10_000, day=1)))
    before, after = measured(plain), measured(more)
    for id, measure in before.items():
        if id.startswith(("growth", "pace", "members.sum", "members.largest", "members.bounds", "members.model")):
            assert after[id].value == measure.value, id
            assert (after[id].low, after[id].high) == (measure.low, measure.high), id
    assert [is_abroad(each) for each in ("telegram:1", "folder:x", "web:a.example", "vk:-1")] == [
        False,
        False,
        True,
        True,
    ]


def test_a_mark_is_counted_by_files_and_by_the_channels_that_post_them() -> None:
    a, b = Sha256("a" * 64), Sha256("b" * 64)
    made = network(
        post(CHAT, 1, media=(media("a"), media("b"))),
        post("telegram:5", 1, media=(media("a"),)),
        clusters={a: "1", b: "2"},
        marks={a: ("secret mark",), b: ("secret mark", "other")},
    )
    found = measured(made)
    assert [found[f"marks.{id}"].value for id in ("total", "1.files", "1.channels", "2.files", "2.channels")] == [
        2,
        2,
        2,
        1,
        1,
    ]
    assert "secret mark" not in repr(found)
    assert measured(network())["marks.total"].value is None
