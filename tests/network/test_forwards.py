"""Forwards, by name and by number."""

from __future__ import annotations

from network.made import CHAT, GALLERY, label, measured, network, post, sheet
from takeback.model.channel import Forward
from takeback.network.forwards import edges


def test_an_edge_rests_on_a_number_or_on_a_name_and_says_which() -> None:
    found = edges(
        sheet(
            network(
                post(CHAT, 1, forward=Forward(name="x", origin=GALLERY)),
                post(CHAT, 2, forward=Forward(name="another name", origin=GALLERY)),
                post(CHAT, 3, forward=Forward(name="A Name")),
                post(CHAT, 4, forward=Forward(name=None)),
            )
        )
    )
    assert [(edge.posts, edge.by_name) for edge in found] == [(2, False), (1, True)]
    assert (found[0].source, found[0].channel) == (label(GALLERY), label(CHAT))
    assert found[1].source.startswith("source-")


def test_one_name_written_in_two_ways_is_one_name_match() -> None:
    names = ["Ｆｕｌｌ width", "Full width ", "full width"]  # noqa: RUF001  # the letters are the point
    posts = [post(CHAT, number, forward=Forward(name=name)) for number, name in enumerate(names, start=1)]
    assert [edge.posts for edge in edges(sheet(network(*posts)))] == [2, 1]


def test_a_name_that_is_also_a_channel_of_the_case_is_not_taken_for_it() -> None:
    (edge,) = edges(sheet(network(post(CHAT, 1, forward=Forward(name=GALLERY)))))
    assert edge.source != label(GALLERY)
    assert (
        "never an identity" in measured(network(post(CHAT, 1, forward=Forward(name="n"))))["forwards.source.1"].caveat
    )


def test_only_the_five_most_named_sources_are_measured() -> None:
    posts = [post(CHAT, number, forward=Forward(name=str(number % 7))) for number in range(1, 30)]
    ids = [id for id in measured(network(*posts)) if id.startswith("forwards.source.")]
    assert len(ids) == 5
