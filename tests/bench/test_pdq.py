"""The bench of PDQ: every mode and the peer on the same JPEGs, decoded as production does."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from signals.pictures import encoded, texture
from takeback.bench import pdq
from takeback.bench.run import run
from takeback.model.signal import PdqMode


@pytest.fixture
def photographs(tmp_path: Path) -> Path:
    for seed in (1, 2):
        content = encoded(Image.fromarray(texture(90, 120, seed=seed)), "JPEG", quality=90)
        (tmp_path / f"{seed}.jpg").write_bytes(content)
    return tmp_path


def test_every_mode_has_its_rate_its_guard_and_its_bits(photographs: Path) -> None:
    result = run("pdq", size=2, photos=photographs, seed=3)
    assert result.n == 2
    assert "0 JPEGs as they are, 2 made" in result.note
    for mode in PdqMode:
        for figure in (f"images_per_s_{mode}", f"unguarded_images_per_s_{mode}"):
            assert result.figures[figure].n == 2
            assert (result.figures[figure].value or 0) > 0
        assert f"guard_ms_{mode}" in result.figures
    assert result.figures["worker_start_ms"].n == 5
    assert (result.figures["worker_start_ms"].value or 0) > 0
    if "pdqhash" in result.absent:
        assert result.figures["bits_mean_exact"].value is None
        return
    assert result.figures["bits_max_exact"].value == 0
    assert (result.figures["bits_max_bulk"].value or 0) <= 4
    assert result.peers["pdqhash"]["images_per_s"].n == 2
    assert result.ratios["images_per_s_bulk_vs_pdqhash"] > result.ratios["images_per_s_exact_vs_pdqhash"] > 1


def test_without_the_peer_bits_are_not_measured_and_the_way_to_it_is_said(photographs: Path) -> None:
    rng = np.random.default_rng(1)
    pictures = tuple(pdq.material(sorted(photographs.iterdir()), 1, rng))
    trials = pdq.measure(pictures, None)
    assert trials.keys() == {*PdqMode, *(f"unguarded_{mode}" for mode in PdqMode)}
    assert dict(pdq.figures_of(trials, pictures, rng))["bits_mean_exact"].value is None


def test_material_is_found_before_it_is_made(tmp_path: Path) -> None:
    content = encoded(Image.fromarray(texture(1400, 1500)), "JPEG", quality=50)
    (tmp_path / "large.jpg").write_bytes(content)
    (tmp_path / "small.png").write_bytes(encoded(Image.fromarray(texture(90, 120)), "PNG"))
    made, found = sorted(
        pdq.material(sorted(tmp_path.iterdir()), 2, np.random.default_rng(1)), key=lambda each: each.found
    )
    assert found.content == content
    with Image.open(io.BytesIO(made.content)) as image:
        assert image.format == "JPEG"
        assert abs(image.width * image.height - 3_000_000) < 10_000
