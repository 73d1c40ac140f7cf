"""What the index costs at the size of a platform: time of a query and bytes for each photograph."""

from __future__ import annotations

import time
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

import numpy as np

from takeback.bench.derivative.bank import Enrolled, original_of
from takeback.bench.derivative.figures import milliseconds
from takeback.bench.result import Figure
from takeback.bench.synthetic import synthetic_photographs
from takeback.matching.inverted_file import Enrolled as Indexed
from takeback.matching.photograph_index import PhotographIndex
from takeback.matching.postings import postings_of
from takeback.matching.vocabulary import shipped

PHOTOGRAPHS = 100_000
_REAL = 300
_QUERIES = 60
_BATCH = 4096


def costs(
    usable: Sequence[Enrolled], work: Path, rng: np.random.Generator, *, photographs: int = PHOTOGRAPHS
) -> dict[str, Figure]:
    """Seconds and bytes with so many photographs enrolled: real ones, and synthetic ones with their words."""
    vocabulary = shipped()
    chosen = [usable[int(each)] for each in rng.permutation(len(usable))[:_REAL]]
    originals = [original_of(each, work) for each in chosen]
    real = [
        Indexed(id=each.id, width=each.width, height=each.height, postings=postings_of(each.features, vocabulary))
        for each in originals
        if each.features is not None
    ]
    index = PhotographIndex()
    index.add(real)
    synthetic = synthetic_photographs(real, photographs - len(real), rng)
    while batch := list(islice(synthetic, _BATCH)):
        index.add(batch)
    index.save(work / "large")
    index = PhotographIndex.open(work / "large")
    seconds, found = [], 0
    queries = [each for each in originals if each.features is not None][: _QUERIES + 1]
    for number, each in enumerate(queries):
        assert each.features is not None
        start = time.process_time()
        candidates = index.search(each.features)
        if number:  # the first query maps the pages and loads the kernels
            seconds.append(time.process_time() - start)
            found += any(candidate.original == each.id for candidate in candidates)
    return {
        "query_ms": milliseconds(seconds),
        "query_enrolled": Figure(value=len(index), unit="photographs enrolled for query_ms", n=len(index)),
        "query_found": Figure(value=found, unit="of the queries found themselves", n=len(seconds)),
        "bytes_per_photograph": Figure(value=index.bytes_per_photograph, unit="bytes, files and memory", n=len(index)),
    }
