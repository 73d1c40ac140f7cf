"""A process that serves one shard: `python hash_index_shard.py FOLDER`; a line of JSON in, a line of JSON out.

In: the words of the queries. Out: rows of query, distance and id, the version, and what is missing.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np

from takeback.matching.hamming_index import HammingIndex

if __name__ == "__main__":
    index = HammingIndex.open(Path(sys.argv[1]))
    for line in sys.stdin:
        index.refresh()
        hits = index.search(np.array(json.loads(line), np.uint64).reshape(-1, 4), partial=True)
        rows = list(zip(hits.query.tolist(), hits.distance.tolist(), hits.id.tolist(), strict=True))
        answer = {"rows": rows, "version": hits.version, "missing": [str(each) for each in hits.missing]}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()
