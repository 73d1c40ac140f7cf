from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from takeback.bench.attacks import ATTACKS
from takeback.bench.derivative.bank import Enrolled
from takeback.bench.derivative.measure import Extent, measure, plan
from takeback.bench.derivative.trials import Kind


@pytest.fixture
def photographs(tmp_path: Path) -> Path:
    rng = np.random.default_rng(8)
    folder = tmp_path / "drawn"
    folder.mkdir()
    for number in range(3):
        ground = np.full((300, 400, 3), 128, np.uint8)
        for _ in range(120):
            colour = tuple(int(each) for each in rng.integers(0, 256, 3))
            middle = (int(rng.integers(400)), int(rng.integers(300)))
            cv2.ellipse(ground, middle, (int(rng.integers(4, 30)), 9), float(rng.uniform(0, 180)), 0, 300, colour, -1)
        cv2.imwrite(str(folder / f"{number}.png"), ground)
    cv2.imwrite(str(folder / "blank.png"), np.full((600, 800, 3), 90, np.uint8))
    return folder


def test_a_run_says_what_its_figures_rest_on_and_resumes(photographs: Path, tmp_path: Path) -> None:
    work = tmp_path / "work"
    extent = Extent(photographs=4, attacked=3, rendered=1, marked=0, large=8)
    first = measure(extent, photos=photographs, seed=1, work=work)
    figures = first.figures
    assert figures["photographs"].value == 3
    assert figures["distinct_pairs"].value == 3
    assert figures["refused_share"].value == figures["refused_share"].n == 1, "the blank one is the only large one"
    assert figures["recall_all"].n + figures["recall_little_survives"].n <= 3
    assert figures["false_findings"].n == 3
    assert figures["query_enrolled"].value == 8
    assert {"pdq", "orb_pairwise", "opencv_sift"} <= set(first.peers)
    lines = (work / "trials.ndjson").read_bytes().splitlines(keepends=True)
    (work / "trials.ndjson").write_bytes(b"".join(lines[:4]) + lines[4][:20])
    enrolled = (work / "enrolled.ndjson").read_bytes().splitlines(keepends=True)
    (work / "enrolled.ndjson").write_bytes(enrolled[0] + enrolled[1][:20])
    (work / "enrolled.json").unlink()
    again = measure(extent, photos=photographs, seed=1, work=work)
    assert again.figures["recall_all"] == figures["recall_all"]
    assert again.figures["refused_share"] == figures["refused_share"]
    assert again.note == first.note


def test_the_plan_tries_every_photograph_and_counts_the_refused_ones() -> None:
    enrolled = [
        Enrolled(name="a/1.jpg", path="1", width=640, height=480),
        Enrolled(name="a/2.jpg", path="2", width=640, height=480, refused="blank"),
        Enrolled(name="a/3.jpg", path="3", width=200, height=180, refused="too small"),
        Enrolled(name="a/4.jpg", path="4", width=200, height=180),
    ]
    trials = plan(enrolled, 1, Extent(attacked=9, rendered=1))
    assert {each.photograph for each in trials if each.kind is Kind.ITSELF} == {"a/1.jpg", "a/4.jpg"}
    attacked = [each.photograph for each in trials if each.kind is Kind.ATTACKED]
    assert {name: attacked.count(name) for name in set(attacked)} == {"a/1.jpg": 3, "a/2.jpg": 3, "a/4.jpg": 3}
    assert all(each.donor != each.photograph for each in trials)
    assert len({each.number for each in trials}) == len(trials)
    fewer = plan(enrolled, 1, Extent(attacked=9, rendered=1, itself=1))
    assert fewer == trials[: len(fewer)], "a run with fewer photographs begins alike"


def test_there_are_as_many_attacks_as_the_list_promises() -> None:
    assert len(ATTACKS) >= 28
