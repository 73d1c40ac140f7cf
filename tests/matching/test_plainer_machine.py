"""The tolerance between machines that docs/limits.md states."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from matching.plainer_machine import TURNED_OFF, facts
from takeback.bench.attacks import attack

SCORE, SHARE, PIXELS = 0.05, 0.02, 0.5
EDITS = ("region", "composite", "screenshot")


def pairs_of(picture: Callable[..., np.ndarray]) -> list[tuple[np.ndarray, np.ndarray]]:
    pairs = []
    for number, name in enumerate(EDITS):
        original, other = picture(900 + number), picture(950 + number)
        made = attack(name, original, other, strength=0.4, rng=np.random.default_rng(number))
        pairs.append((original, made.pixels))
    return [*pairs, (picture(990), picture(991))]


def corners(matrix: list[list[float]], width: int, height: int) -> np.ndarray:
    seen = np.array(matrix) @ np.array([[0, width, 0, width], [0, 0, height, height], [1, 1, 1, 1]])
    return seen[:2] / seen[2]


def test_a_machine_without_wide_instructions_says_the_same_within_the_stated_tolerance(
    picture: Callable[..., np.ndarray], tmp_path: Path
) -> None:
    pairs = pairs_of(picture)
    arrays = {
        f"{kind}{number}": pair[side]
        for number, pair in enumerate(pairs)
        for side, kind in enumerate(("original", "media"))
    }
    np.savez(tmp_path / "pairs.npz", **arrays)
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "matching.plainer_machine", str(tmp_path / "pairs.npz")],
        env={**os.environ, **TURNED_OFF, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )
    there = json.loads(done.stdout)
    for (original, media), other in zip(pairs, there, strict=True):
        here = json.loads(json.dumps(facts(original, media)))
        assert (here["conclusion"], here["person_region"]) == (other["conclusion"], other["person_region"])
        if here["matrix"] is None:
            continue
        assert other["score"] == pytest.approx(here["score"], rel=SCORE)
        height, width = original.shape[:2]
        apart = corners(here["matrix"], width, height) - corners(other["matrix"], width, height)
        assert np.abs(apart).max() <= PIXELS
        for share in ("altered", "surviving"):
            assert other[share] == pytest.approx(here[share], abs=SHARE)


def test_the_older_machine_is_another_machine(tmp_path: Path) -> None:
    code = "import cv2, numpy; print(cv2.checkHardwareSupport(11), cv2.getBuildInformation() != '')"
    said = [
        subprocess.run(
            [sys.executable, "-W", "ignore", "-c", code],
            env={**os.environ, **more},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.split()[0]
        for more in ({}, TURNED_OFF)
    ]
    if said[0] == "False":
        pytest.skip("this machine lacks AVX2 itself")
    assert said == ["True", "False"]
