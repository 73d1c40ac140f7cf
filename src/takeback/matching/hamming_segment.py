"""One immutable segment of an index of hashes."""

from __future__ import annotations

from takeback.matching.hamming_log import Ids, Words


class Segment:
    """Hashes with their ids; searched exactly."""

    hashes: int

    def search(self, words: Words, distance: int) -> tuple[Ids, Ids, Ids]:
        """Every (query, id, bits) with at most ``distance`` differing bits, in no order."""
        raise NotImplementedError

    def all_ids(self) -> Ids:
        """The id of every hash."""
        raise NotImplementedError
