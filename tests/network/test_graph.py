"""The forward graph: communities, their stability, and the files that other programs draw."""

from __future__ import annotations

import io

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from network.made import CHAT, GALLERY, NAMES, measured, network, post, sheet
from takeback.model.channel import Forward
from takeback.network.forwards import Edge, edges
from takeback.network.graph import agreement, communities, gexf, graphml, nodes_of


def clique(prefix: str) -> list[Edge]:
    return [
        Edge(source=f"source-{prefix}{a}", channel=f"channel-{prefix}{b}", posts=5, by_name=a == 0)
        for a in range(3)
        for b in range(3)
    ]


DRAWN = (*clique("a"), *clique("b"), Edge(source="source-a0", channel="channel-b0", posts=1, by_name=False))


def test_two_groups_that_hardly_forward_each_other_are_two_communities() -> None:
    for run in communities(DRAWN):
        names = nodes_of(DRAWN)
        assert len(set(run)) == 2
        assert {name[-2] for name, group in zip(names, run, strict=True) if group == run[0]} == {names[0][-2]}
    assert communities(DRAWN) == communities(DRAWN)


@given(st.lists(st.integers(0, 3), min_size=2, max_size=20), st.data())
def test_agreement_is_one_for_the_same_partition_whatever_its_labels(labels: list[int], data: st.DataObject) -> None:
    other = data.draw(st.lists(st.integers(0, 3), min_size=len(labels), max_size=len(labels)))
    assert agreement(labels, [9 - each for each in labels]) == pytest.approx(1.0)
    assert agreement(labels, other) == pytest.approx(agreement(other, labels))
    assert agreement(labels, other) <= 1 + 1e-9


def test_other_programs_read_both_files_and_find_the_same_graph() -> None:
    gephi = nx.read_gexf(io.BytesIO(gexf(DRAWN)))
    assert gephi.is_directed()
    assert {(a, b): d["weight"] for a, b, d in gephi.edges(data=True)} == {
        (each.source, each.channel): each.posts for each in DRAWN
    }
    read = nx.read_graphml(io.BytesIO(graphml(DRAWN)))
    assert read.is_directed()
    assert set(read.nodes) == set(nodes_of(DRAWN))
    assert {(a, b): (d["posts"], d["by_name"]) for a, b, d in read.edges(data=True)} == {
        (each.source, each.channel): (each.posts, each.by_name) for each in DRAWN
    }
    assert gexf(DRAWN).count(b"<edge ") == len(DRAWN)
    assert b'attvalue for="0" value="true"' in gexf(DRAWN)


def test_the_files_name_nobody_and_are_the_same_each_time() -> None:
    made = network(
        post(CHAT, 1, forward=Forward(name='<b>"Some" Name</b>')),
        post(CHAT, 2, forward=Forward(name=None, origin=GALLERY)),
    )
    drawn = edges(sheet(made))
    for written in (gexf(drawn), graphml(drawn)):
        text = written.decode()
        assert [name for name in ("Some", GALLERY, CHAT, *NAMES.values()) if name in text] == []
    assert gexf(drawn) == gexf(edges(sheet(made)))


def test_a_network_without_forwards_has_no_communities_and_says_none() -> None:
    found = measured(network(post(CHAT, 1)))
    assert found["forwards.communities"].value is None
    assert found["forwards.communities.stability"].value is None
    assert graphml(()).startswith(b"<?xml")


def test_one_content_forwarded_into_two_channels_is_one_cascade() -> None:
    forward = Forward(name="A Source")
    found = measured(
        network(
            post(CHAT, 1, text="the same", forward=forward),
            post(GALLERY, 1, text="the same", forward=forward),
            post(CHAT, 2, text="the same", forward=Forward(name="Another")),
            post(CHAT, 3, forward=forward),
        )
    )
    counts = [found[f"forwards.cascades.{id}"].value for id in ("total", "posts", "channels")]
    assert counts == [1, 2, 2]
