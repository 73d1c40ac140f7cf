"""Measuring the network of a case."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np

from takeback.jobs.case import Case
from takeback.jobs.documents import write_all
from takeback.jobs.fingerprint import Fingerprinted
from takeback.jobs.letters import PUBLISHED
from takeback.matching.near_duplicates import clusters
from takeback.model.digest import Sha256
from takeback.model.finding import Finding
from takeback.model.measure import Measure
from takeback.model.signal import Signal, SignalBatch
from takeback.network.census import FAMILIES, Network, census, gather, sheet_of
from takeback.network.forwards import edges
from takeback.network.graph import gexf, graphml
from takeback.network.network import batches_of
from takeback.network.part import parts
from takeback.report.pseudonym import Pseudonyms


def pseudonyms(case: Case) -> Pseudonyms:
    """The pseudonyms of the case: the same in every document of it, because they are asked for in one order."""
    names = Pseudonyms(case.store.key("pseudonyms"))
    for channel in case.store.channels():
        names.channel(channel.id)
    return names


def measure_network(
    case: Case, *, fingerprints: Iterable[Fingerprinted] = (), findings: Iterable[Finding] = ()
) -> tuple[Measure, ...]:
    """The census of everything that the case holds, kept in it."""
    measures = census(network_of(case, fingerprints=fingerprints, findings=findings))
    with case.transaction():
        case.store.replace_measures(measures)
    return measures


def network_of(case: Case, *, fingerprints: Iterable[Fingerprinted] = (), findings: Iterable[Finding] = ()) -> Network:
    """What the census measures: posts, audiences, clusters, and which media were found to be made from what."""
    enrolled: dict[Sha256, tuple[str, ...]] = {}
    persons: dict[str, str] = {}
    for finding in findings:
        media, original = finding.examination.media, finding.examination.original
        enrolled[media] = (*enrolled.get(media, ()), original)
        persons[original] = finding.person
    names = pseudonyms(case)
    return Network(
        channels=case.store.channels(),
        batches=case.store.post_batches,
        audiences=case.store.audiences(),
        damage=tuple(damage for _, damage in case.store.damage()),
        clusters=_clusters(fingerprints),
        enrolled={media: tuple(sorted(originals)) for media, originals in enrolled.items()},
        persons=persons,
        marks=_marks(case),
        sealed=len({item.sha256 for item in case.store.sealed_items()}),
        label=names.channel,
        row_key=case.store.key("measure rows"),
    )


def write_graph(case: Case, out: Path) -> None:
    """Write the forward graph of a case into a new folder, for programs that draw it, by pseudonyms alone."""
    network = network_of(case)
    drawn = edges(sheet_of(network, gather(parts(batches_of(network)), [FAMILIES["forwards"]])))
    write_all(out, {"forwards.gexf": gexf(drawn), "forwards.graphml": graphml(drawn)})
    case.record(PUBLISHED, public={"files": 2, "graph": "forwards"})


def _marks(case: Case) -> Mapping[Sha256, tuple[str, ...]]:
    """The overlays seen on each media that was compared with a photograph."""
    found: dict[Sha256, set[str]] = {}
    for each in case.store.examinations():
        if each.overlays:
            found.setdefault(each.media, set()).update(each.overlays)
    return {media: tuple(sorted(marks)) for media, marks in found.items()}


def _clusters(fingerprints: Iterable[Fingerprinted]) -> Mapping[Sha256, str]:
    hashed = sorted((each for each in fingerprints if each.hash), key=lambda each: each.sha256)
    if not hashed:
        return {}
    words = np.array([Signal.from_hex(each.hash, quality=each.quality).words for each in hashed], dtype=np.uint64)
    quality = np.array([each.quality for each in hashed], dtype=np.uint8)
    return clusters(SignalBatch(media=tuple(each.sha256 for each in hashed), words=words, quality=quality))
