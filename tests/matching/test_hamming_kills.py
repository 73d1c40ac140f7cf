"""Processes that change an index are killed at random instants; what they were told is kept, and nothing twice."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from hash_index_writer import BATCH, batch, words_of
from takeback.matching.hamming_index import HammingIndex

SCRIPT = Path(__file__).parents[1] / "hash_index_writer.py"
_PATIENCE = 60.0


def started(folder: Path, number: int, what: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-u", str(SCRIPT), str(folder), str(number), what]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def killed(process: subprocess.Popen[str]) -> list[str]:
    """What it said until it was killed."""
    process.kill()
    said, _ = process.communicate()
    return said.splitlines()


class Expected:
    """What must be in the index, what must not, and what may be: the acts that were begun and not told as done."""

    def __init__(self) -> None:
        self.next = 0
        self.there: set[int] = set()
        self.open: set[int] = set()

    def heard(self, lines: list[str]) -> None:
        for line in lines:
            act, _, text = line.partition(" ")
            number = int(text)
            if act == "begin":
                self.open |= set(batch(number).tolist())
            elif act == "added":
                self.there |= set(batch(number).tolist())
                self.open -= set(batch(number).tolist())
                if number % 3 == 2:
                    self.open |= set(batch(number - 1).tolist())
            else:
                self.there -= set(batch(number - 1).tolist())
                self.open -= set(batch(number - 1).tolist())
            self.next = number + 1

    def check(self, index: HammingIndex) -> None:
        ids = np.arange((self.next + 1) * BATCH)
        hits = index.search(words_of(ids), distance=0)
        assert index.missing == ()
        assert (hits.query == hits.id).all()
        found = set(hits.id.tolist())
        assert len(found) == len(hits) == len(index), "nothing is doubled"
        assert found - self.open == self.there - self.open, "nothing is lost, and nothing comes back"
        for number in range(self.next + 1):  # a batch is there whole or not at all
            assert len(found & set(batch(number).tolist())) in {0, BATCH}
        self.there = found
        self.open = set()


def campaign(folder: Path, kills: int, seed: int) -> None:
    HammingIndex.create(folder).close()
    generator, expected = np.random.default_rng(seed), Expected()
    for round in range(kills):
        merger = started(folder, round, "merges")
        writer = started(folder, expected.next, "changes")
        for each in (merger, writer):
            assert each.stdout is not None
            first = each.stdout.readline()
            expected.heard([first.strip()] if each is writer else [])
        time.sleep(float(generator.uniform(0.0, 0.4)))  # the instant of the kill is what is tried
        victims = [(writer, merger), (merger, writer)][round % 2]
        heard = {each: killed(each) for each in victims}
        expected.heard(heard[writer])
        expected.check(HammingIndex.open(folder))
    index = HammingIndex.open(folder, writable=True)
    index.merge(everything=True)
    expected.check(index)
    left = sorted(path.name.partition("-")[0] for path in folder.iterdir() if path.suffix not in {".lock", ".turn"})
    assert left == ["manifest.json", "segment", "tail"]


def test_kills_lose_nothing_and_double_nothing(tmp_path: Path) -> None:
    campaign(tmp_path / "bank", kills=3, seed=1)


@pytest.mark.campaign
def test_many_kills_lose_nothing_and_double_nothing(tmp_path: Path) -> None:
    campaign(tmp_path / "bank", kills=200, seed=2)


def test_a_change_counts_in_another_process(tmp_path: Path) -> None:
    """How soon is what `bench index` measures; the writer never withdraws this batch again."""
    index = HammingIndex.create(tmp_path / "bank")
    index.add([5], words_of(np.array([5])))
    writer = started(tmp_path / "bank", 101, "changes")
    assert writer.stdout is not None
    for line in writer.stdout:
        if line == "added 101\n":
            break
    told = time.monotonic()
    wanted = words_of(np.array([1010]))
    while not len(index.search(wanted, distance=0)):
        assert time.monotonic() - told < _PATIENCE, "the change is not seen"
    killed(writer)
