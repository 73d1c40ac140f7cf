"""Two processes with a shard each answer together as one index does: docs/how-to/shard-an-index.md."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from hamming_codes import flipped, made_up
from takeback.matching.hamming_index import HammingIndex

SERVER = Path(__file__).parents[1] / "hash_index_shard.py"
SHARDS = 2
Row = tuple[int, int, int]


def shard_of(id: int, shards: int) -> int:
    return id % shards


class Shards:
    """Indexes by the ids they hold, and the process that serves each."""

    def __init__(self, folder: Path) -> None:
        self.indexes = [HammingIndex.create(folder / str(number)) for number in range(SHARDS)]
        self.servers = [
            subprocess.Popen(
                [sys.executable, str(SERVER), str(folder / str(number))],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            for number in range(SHARDS)
        ]

    def add(self, ids: np.ndarray, words: np.ndarray) -> None:
        for number, index in enumerate(self.indexes):
            mine = np.array([shard_of(int(id), SHARDS) == number for id in ids])
            index.add(ids[mine], words[mine])

    def withdraw(self, id: int) -> None:
        self.indexes[shard_of(id, SHARDS)].withdraw([id])

    def search(self, words: np.ndarray) -> tuple[list[Row], list[str]]:
        """The hits of all, and what is missing: a shard that does not answer is."""
        rows, missing = [], []
        for number, server in enumerate(self.servers):
            answer = asked(server, words)
            if answer is None:
                missing.append(f"shard {number} does not answer")
            else:
                rows += [(query, distance, id) for query, distance, id in answer["rows"]]
                missing += answer["missing"]
        return sorted(rows), missing


def asked(server: subprocess.Popen[str], words: np.ndarray) -> dict[str, list] | None:
    assert server.stdin is not None
    assert server.stdout is not None
    try:
        server.stdin.write(json.dumps(words.tolist()) + "\n")
        server.stdin.flush()
    except BrokenPipeError:
        return None
    line = server.stdout.readline()
    return json.loads(line) if line else None


@pytest.fixture
def shards(tmp_path: Path) -> Iterator[Shards]:
    made = Shards(tmp_path)
    yield made
    for server in made.servers:
        server.kill()
        server.communicate()


def test_two_shards_answer_as_one_index_does(shards: Shards) -> None:
    rng = np.random.default_rng(6)
    words, ids = made_up(rng, 300, kind="crowded"), rng.integers(0, 100, 300)
    whole = HammingIndex.build(words, ids=ids.tolist())
    shards.add(ids, words)
    queries = flipped(words[:20], 20, rng)

    def wanted() -> list[Row]:
        hits = whole.search(queries)
        return list(zip(hits.query.tolist(), hits.distance.tolist(), hits.id.tolist(), strict=True))

    assert shards.search(queries) == (wanted(), [])
    assert {shard_of(id, SHARDS) for _, _, id in wanted()} == {0, 1}
    withdrawn = wanted()[0][2]
    whole.withdraw([withdrawn])
    shards.withdraw(withdrawn)
    assert shards.search(queries) == (wanted(), [])

    shards.servers[1].kill()
    shards.servers[1].wait()
    rows, missing = shards.search(queries)
    assert rows == [row for row in wanted() if shard_of(row[2], SHARDS) == 0]
    assert missing == ["shard 1 does not answer"]
