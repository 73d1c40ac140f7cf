"""The peers of the index: a flat scan by faiss, and the index of the `threatexchange` package."""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from takeback.bench.hashes import Collection, Planted, Words, big_endian

MOST = 20_000_000
"""Above this a peer would need more memory than a bench may take: about 700 bytes a hash."""
_BATCH = 500_000
_NEEDS = {
    "faiss_flat": (("faiss",), "pip install faiss-cpu"),
    "threatexchange_pdqindex": (("faiss", "threatexchange"), "pip install faiss-cpu threatexchange"),
}


class Peer(Protocol):
    """An index that answers one query at a time."""

    def add(self, words: Words) -> None:
        """Enrol hashes; their ids count on."""

    def search(self, query: Words) -> set[int]:
        """Which rows are within 31 bits of this hash (4,)."""


class FaissFlat:
    """`faiss.IndexBinaryFlat`, one thread."""

    def __init__(self) -> None:
        import faiss

        faiss.omp_set_num_threads(1)
        self._index = faiss.IndexBinaryFlat(256)

    def add(self, words: Words) -> None:
        """Enrol hashes; their ids count on."""
        self._index.add(big_endian(words))

    def search(self, query: Words) -> set[int]:
        """Which rows are within 31 bits of this hash (4,)."""
        _, _, rows = self._index.range_search(big_endian(query[None]), 32)
        return set(rows.tolist())


class PdqIndex:
    """`threatexchange.signal_type.pdq.pdq_index.PDQIndex`, one thread."""

    def __init__(self) -> None:
        import faiss
        from threatexchange.signal_type.pdq.pdq_index import PDQIndex

        faiss.omp_set_num_threads(1)
        self._index = PDQIndex()
        self._size = 0

    def add(self, words: Words) -> None:
        """Enrol hashes; their ids count on."""
        for begin in range(0, len(words), _BATCH):
            digits = [row.tobytes().hex() for row in big_endian(words[begin : begin + _BATCH])]
            self._index.add_all((each, self._size + number) for number, each in enumerate(digits))
            self._size += len(digits)

    def search(self, query: Words) -> set[int]:
        """Which rows are within 31 bits of this hash (4,)."""
        return {match.metadata for match in self._index.query(big_endian(query[None]).tobytes().hex())}


_PEERS: dict[str, Callable[[], Peer]] = {"faiss_flat": FaissFlat, "threatexchange_pdqindex": PdqIndex}


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """A peer with its hashes, and the processor seconds that it took to enrol them."""

    name: str
    peer: Peer
    seconds: float


def _is_installed(module: str) -> bool:
    """Whether a module can be imported; a mere folder of that name on the path is none."""
    found = importlib.util.find_spec(module)
    return found is not None and found.origin is not None


def peers(collection: Collection) -> tuple[list[Built], dict[str, str]]:
    """The peers that are installed, built from the collection; and how to get those that are absent."""
    built, absent = [], {}
    for name, (modules, how) in _NEEDS.items():
        if not all(map(_is_installed, modules)):
            absent[name] = how
        elif collection.size > MOST:
            absent[name] = f"not measured above {MOST:,} hashes, for its memory (give a smaller --size)"
        else:
            peer, seconds = _PEERS[name](), 0.0
            for _, words in collection.chunks():
                begin = time.process_time()
                peer.add(words)
                seconds += time.process_time() - begin
            built.append(Built(name=name, peer=peer, seconds=seconds))
    return built, absent


def timed(peer: Peer, queries: Planted, rows: range) -> float:
    """Look-ups a second of processor time, over these queries one by one."""
    begin = time.process_time()
    for row in rows:
        peer.search(queries.words[row])
    return len(rows) / (time.process_time() - begin)
