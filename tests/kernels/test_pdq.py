"""Our PDQ kernel against a plain reading of the algorithm, and against the reference implementation."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from takeback.kernels import pdq

CLOSE_TO_MEDIAN = 1e-3


def plain_box(values: npt.NDArray[np.float64], window: int) -> npt.NDArray[np.float64]:
    right = (window + 2) // 2 - 1
    left = window - 1 - right
    rows = [values[max(0, at - left) : at + right + 1].mean(axis=0) for at in range(len(values))]
    return np.array(rows)


def plain_samples(rgb: npt.NDArray[np.uint8]) -> npt.NDArray[np.float64]:
    luma = (rgb[..., 0] * 0.299 + rgb[..., 1] * 0.587 + rgb[..., 2] * 0.114).astype(np.float32).astype(np.float64)
    height, width = luma.shape
    for _ in range(2):
        luma = plain_box(luma.T, -(-width // 128)).T
        luma = plain_box(luma, -(-height // 128))
    rows = [int((at + 0.5) * height / 64) for at in range(64)]
    columns = [int((at + 0.5) * width / 64) for at in range(64)]
    return luma[np.ix_(rows, columns)]


def plain_coefficients(samples: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    frequency, sample = np.arange(1, 17)[:, None], np.arange(64)[None, :]
    basis = np.sqrt(2 / 64) * np.cos(np.pi / 128 * frequency * (2 * sample + 1))
    return basis @ samples @ basis.T


def bits_of(words: npt.NDArray[np.uint64]) -> npt.NDArray[np.bool_]:
    number = int("".join(f"{int(word):016x}" for word in words), 16)
    return np.array([(number >> bit) & 1 for bit in range(256)], dtype=bool)


def picture(height: int, width: int, seed: int) -> npt.NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


sides = st.integers(pdq.MINIMUM_SIDE, 300)


@settings(max_examples=40, deadline=None)
@given(height=sides, width=sides, seed=st.integers(0, 2**32 - 1))
def test_kernel_equals_the_plain_reading(height: int, width: int, seed: int) -> None:
    rgb = picture(height, width, seed)
    plain = plain_samples(rgb)
    samples = pdq.downsample(rgb)
    np.testing.assert_allclose(samples, plain, atol=1e-3)
    coefficients = pdq.cosine_transform(samples)
    expected = plain_coefficients(plain)
    np.testing.assert_allclose(coefficients, expected, atol=1e-2)
    median = np.sort(expected.ravel())[127]
    clear = np.abs(expected.ravel() - median) > CLOSE_TO_MEDIAN
    assert (bits_of(pdq.hash_words(coefficients)) == (expected.ravel() > median))[clear].all()


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), contrast=st.integers(1, 255))
def test_quality_equals_the_plain_reading(seed: int, contrast: int) -> None:
    samples = np.random.default_rng(seed).uniform(0, contrast, (64, 64)).astype(np.float32)
    steps = [np.diff(samples, axis=axis) * np.float32(100) / np.float32(255) for axis in (0, 1)]
    total = sum(int(np.abs(np.trunc(each)).sum()) for each in steps)
    assert pdq.gradient_quality(samples) == min(100, total // 90)


@pytest.mark.parametrize("side", [5, 64, 127, 128, 129, 1000, 4032])
def test_each_sample_is_a_mean(side: int) -> None:
    starts, lengths, weights = pdq.tent_bands(side)
    np.testing.assert_allclose(weights.sum(axis=1), 1.0)
    assert (starts >= 0).all()
    assert (starts + lengths <= side).all()


def test_dihedral_forms_are_those_of_the_reference() -> None:
    pdqhash = pytest.importorskip("pdqhash", reason="the reference needs a compiler; its figures are in the data")
    rgb = picture(300, 200, 11)
    expected, quality = pdqhash.compute_dihedral(rgb)
    samples = pdq.downsample(rgb)
    forms = pdq.dihedral_forms(pdq.cosine_transform(samples))
    assert pdq.gradient_quality(samples) == quality
    for form, reference in zip(forms, expected, strict=True):
        assert (bits_of(pdq.hash_words(form))[::-1] != reference.astype(bool)).sum() <= 2


def test_dihedral_forms_are_the_hashes_of_turned_pictures() -> None:
    rgb = np.kron(picture(12, 12, 5), np.ones((25, 25, 1), dtype=np.uint8))
    forms = pdq.dihedral_forms(pdq.cosine_transform(pdq.downsample(rgb)))
    for turned, form in ((rgb[::-1], forms[4]), (rgb[:, ::-1], forms[5]), (rgb[::-1, ::-1], forms[2])):
        own = bits_of(pdq.hash_words(pdq.cosine_transform(pdq.downsample(np.ascontiguousarray(turned)))))
        assert (own != bits_of(pdq.hash_words(form))).sum() <= 20  # an even window is not symmetric


def test_hashes_are_those_of_the_reference_on_its_own_pictures(shared_data: Path) -> None:
    with (shared_data / "pdq" / "expected.tsv").open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t"))
    distances = []
    for row in rows:
        with Image.open(shared_data / "pdq" / "threatexchange" / row["file"]) as image:
            samples = pdq.downsample(np.array(image.convert("RGB")))
        digits = "".join(f"{int(word):016x}" for word in pdq.hash_words(pdq.cosine_transform(samples)))
        distances.append((int(digits, 16) ^ int(row["pdq"], 16)).bit_count())
        assert abs(pdq.gradient_quality(samples) - int(row["quality"])) <= 1, row["file"]
    assert len(distances) == 54
    assert sum(distances) / len(distances) <= 0.1
    assert max(distances) <= 2
