"""The forward graph as a whole: its communities with their stability, and files that other programs draw."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import combinations
from math import comb
from xml.etree import ElementTree as ET

from takeback.model.measure import Measure
from takeback.network.forwards import NAME_MATCH, Edge, edges
from takeback.network.sheet import Sheet, estimated

SEEDS = 10
_MOST = 5_000
_METHOD = (
    f"Louvain on the undirected graph of sources and channels, weighted by posts, {SEEDS} runs from fixed seeds; "
    "of a larger graph the strongest edges"
)


def communities(drawn: Sequence[Edge], *, seeds: int = SEEDS) -> tuple[tuple[int, ...], ...]:
    """For each seed, the number of the community of each node in the order of `nodes_of`."""
    import networkx as nx

    nodes = {name: number for number, name in enumerate(nodes_of(drawn))}
    graph = nx.Graph()
    graph.add_nodes_from(range(len(nodes)))  # numbers, as the order of sets of texts is another in each process
    for edge in drawn:
        ends = nodes[edge.source], nodes[edge.channel]
        weight = graph.edges[ends]["weight"] if graph.has_edge(*ends) else 0
        graph.add_edge(*ends, weight=weight + edge.posts)
    found = []
    for seed in range(seeds):
        partition = nx.community.louvain_communities(graph, weight="weight", seed=seed)
        label = {node: number for number, part in enumerate(sorted(map(sorted, partition))) for node in part}
        found.append(tuple(label[node] for node in range(len(nodes))))
    return tuple(found)


def nodes_of(drawn: Sequence[Edge]) -> tuple[str, ...]:
    """The pseudonyms in the graph, in order."""
    return tuple(sorted({end for edge in drawn for end in (edge.source, edge.channel)}))


def agreement(one: Sequence[int], other: Sequence[int]) -> float:
    """The adjusted Rand index of two partitions of the same things: 1 where they are the same, about 0 by chance.

    References:
        Hubert, L. and Arabie, P. (1985). Comparing partitions. Journal of Classification 2, 193-218.

    Examples:
        >>> agreement([0, 0, 1, 1], [1, 1, 0, 0]), round(agreement([0, 0, 1, 1], [0, 1, 0, 1]), 3)
        (1.0, -0.5)
    """
    both = sum(comb(count, 2) for count in Counter(zip(one, other, strict=True)).values())
    first, second = (sum(comb(count, 2) for count in Counter(each).values()) for each in (one, other))
    pairs = comb(len(one), 2)
    expected = first * second / pairs if pairs else 0.0
    most = (first + second) / 2
    return 1.0 if most == expected else (both - expected) / (most - expected)


def measure_graph(sheet: Sheet) -> Iterator[Measure]:
    """How many communities the forward graph falls into, and how far that depends on the seed."""
    drawn = edges(sheet)[:_MOST]
    rows = sheet.noted("forwards", "posts")
    runs = communities(drawn) if drawn else ()
    counts = sorted(len(set(run)) for run in runs)
    agreements = [agreement(one, other) for one, other in combinations(runs, 2)]
    measure = sheet.count(
        "forwards.communities",
        "Communities of the forward graph",
        None,
        of=len(nodes_of(drawn)),
        unit="communities",
        rows=rows,
        method=f"{_METHOD}; the median over the runs; n is the sources and channels",
        caveat=f"{NAME_MATCH} A community says who forwards whom, and nothing of an organisation.",
    )
    value = counts[len(counts) // 2] if counts else None
    yield estimated(measure, value, None, model=True)
    yield estimated(
        sheet.count(
            "forwards.communities.stability",
            "Agreement of the communities over seeds",
            None,
            of=len(agreements),
            unit="adjusted Rand index",
            rows=rows,
            method=f"{_METHOD}; mean over all pairs of runs; n is the pairs",
            caveat="Below 0.8, do not read meaning into single communities.",
        ),
        sum(agreements) / len(agreements) if agreements else None,
        None,
        model=True,
    )


def gexf(drawn: Sequence[Edge]) -> bytes:
    """The graph for Gephi, by pseudonyms alone; the same edges give the same bytes."""
    root = ET.Element("gexf", xmlns="http://www.gexf.net/1.2draft", version="1.2")
    graph = ET.SubElement(root, "graph", defaultedgetype="directed", mode="static")
    kinds = ET.SubElement(graph, "attributes", {"class": "edge"})
    ET.SubElement(kinds, "attribute", id="0", title="by_name", type="boolean")
    nodes = ET.SubElement(graph, "nodes")
    for name in nodes_of(drawn):
        ET.SubElement(nodes, "node", id=name, label=name)
    listed = ET.SubElement(graph, "edges")
    for number, edge in enumerate(drawn):
        one = ET.SubElement(
            listed, "edge", id=str(number), source=edge.source, target=edge.channel, weight=str(edge.posts)
        )
        values = ET.SubElement(one, "attvalues")
        ET.SubElement(values, "attvalue", {"for": "0", "value": str(edge.by_name).lower()})
    return _written(root)


def graphml(drawn: Sequence[Edge]) -> bytes:
    """The graph as GraphML, by pseudonyms alone; the same edges give the same bytes."""
    root = ET.Element("graphml", xmlns="http://graphml.graphdrawing.org/xmlns")
    for name, kind in (("posts", "long"), ("by_name", "boolean")):
        ET.SubElement(root, "key", {"id": name, "for": "edge", "attr.name": name, "attr.type": kind})
    graph = ET.SubElement(root, "graph", id="forwards", edgedefault="directed")
    for name in nodes_of(drawn):
        ET.SubElement(graph, "node", id=name)
    for number, edge in enumerate(drawn):
        one = ET.SubElement(graph, "edge", id=f"e{number}", source=edge.source, target=edge.channel)
        for name, value in (("posts", str(edge.posts)), ("by_name", str(edge.by_name).lower())):
            ET.SubElement(one, "data", key=name).text = value
    return _written(root)


def _written(root: ET.Element) -> bytes:
    ET.indent(root)
    written: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return written + b"\n"
