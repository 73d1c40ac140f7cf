"""The bench of the decoder, small."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from takeback.bench.decode import HostileFile, Tally, attempt, bench, figures_of, mutate
from takeback.signals.decode import Decoder, Limits


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    picture = np.random.default_rng(3).integers(0, 256, (60, 80, 3), dtype=np.uint8)
    Image.fromarray(picture).save(tmp_path / "a.png")
    return tmp_path


def test_every_file_has_a_typed_outcome(photos: Path, shared_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TAKEBACK_DATA", str(shared_data))
    result = bench(size=60, photos=photos, seed=1)
    figures = result.figures
    assert figures["files_stored"].value == 60
    assert figures["files_mutated"].value == 60
    assert figures["files"].value == result.n == 120
    assert (figures["killed"].value, figures["hung"].value, figures["untyped"].value) == (0, 0, 0)
    assert figures["killed"].high is not None
    assert figures["killed"].high > 0
    assert figures["decoded"].value
    assert figures["peak_rss_mb"].value


def test_without_stored_files_it_says_how_to_get_them(
    photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TAKEBACK_DATA", str(tmp_path))
    result = bench(size=12, photos=photos, seed=1)
    assert result.figures["files_stored"].value == 0
    assert "TAKEBACK_DATA" in result.absent["stored hostile files"]


KILLED = """
import json, os, signal, struct
def read(): os.read(0, sum(struct.unpack("<IQ", os.read(0, 12))))
read()
header = json.dumps({"limits": [], "no_new_privileges": False, "syscall_filter": False, "formats": []}).encode()
os.write(1, struct.pack("<IQ", len(header), 0) + header)
read()
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_worker_that_dies_is_counted() -> None:
    """The bench can fail: a control whose worker dies at every file."""
    tally, limits = Tally(), Limits()
    with Decoder(limits, command=(sys.executable, "-I", "-c", KILLED)) as decoder:
        for content in (b"one", b"two"):
            attempt(HostileFile(origin="stored", content=content), decoder, limits, tally)
    assert tally.outcomes == {"worker_killed": 2}
    assert figures_of(tally, 0)["killed"].value == 2


@given(content=st.binary(min_size=1, max_size=900), other=st.binary(max_size=900), seed=st.integers(0, 10_000))
def test_mutations_are_seeded_and_never_empty(content: bytes, other: bytes, seed: int) -> None:
    once = mutate(content, other, np.random.default_rng(seed))
    assert once
    assert once == mutate(content, other, np.random.default_rng(seed))
