"""Synthetic photographs have the words of real ones, and agree with none of them."""

from __future__ import annotations

import numpy as np

from takeback.bench.synthetic import synthetic_photographs
from takeback.matching.photograph_index import PhotographIndex, enrolled
from takeback.signals.features import extract
from takeback.simulate.collection import load_photographs


def test_they_fill_an_index_and_are_never_candidates() -> None:
    seen = []
    for photograph in load_photographs()[:6]:
        pixels = photograph.pixels()
        seen.append(extract(pixels, full_width=pixels.shape[1], full_height=pixels.shape[0]))
    real = [enrolled(f"real-{number}", features) for number, features in enumerate(seen)]
    index = PhotographIndex()
    index.add(real)
    index.add(synthetic_photographs(real, 300, np.random.default_rng(1)))
    assert len(index) == 306
    found = [[each.original for each in index.search(features)] for features in seen]
    assert found == [[f"real-{number}"] for number in range(6)]


def test_their_words_are_those_of_the_real_ones_repeats_included() -> None:
    pixels = load_photographs()[0].pixels()
    real = enrolled("real", extract(pixels, full_width=pixels.shape[1], full_height=pixels.shape[0]))
    (made,) = synthetic_photographs([real], 1, np.random.default_rng(1))
    assert set(made.postings.words) <= set(real.postings.words)
    assert len(made.postings) == len(real.postings)
    again = next(synthetic_photographs([real], 1, np.random.default_rng(1)))
    np.testing.assert_array_equal(again.postings.signatures, made.postings.signatures)
