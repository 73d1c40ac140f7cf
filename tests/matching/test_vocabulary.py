"""The vocabulary that ships: refused where it is another, closed under mirroring."""

from __future__ import annotations

from collections.abc import Callable
from importlib import resources

import numpy as np
import pytest

from takeback.errors import UnusableInput
from takeback.matching.vocabulary import FILE, SHA256, read, rotated, shipped, written
from takeback.model.signal import Features
from takeback.signals.features import mirrored


def test_another_vocabulary_is_refused_by_its_checksum() -> None:
    content = bytearray(resources.files("takeback.matching").joinpath(FILE).read_bytes())
    content[-1] ^= 1
    with pytest.raises(UnusableInput, match="not the vocabulary of this version"):
        read(bytes(content), expected=SHA256)


def test_what_ships_is_small_and_is_written_as_it_was_read() -> None:
    content = resources.files("takeback.matching").joinpath(FILE).read_bytes()
    vocabulary = shipped()
    assert len(content) < 3_000_000
    assert written(vocabulary.rotation, vocabulary.cells, vocabulary.words) == content


def test_its_licence_lies_beside_it() -> None:
    said = resources.files("takeback.matching").joinpath("vocabulary.licence.md").read_text(encoding="utf-8")
    assert "CC0" in said
    assert "MIT" in said


def test_a_mirrored_descriptor_has_the_mirrored_word_and_signature(
    picture: Callable[..., np.ndarray], features: Callable[..., Features]
) -> None:
    vocabulary, seen = shipped(), features(picture(3))
    predicted = vocabulary.mirrored(vocabulary.assign(seen.descriptors, nearest=3, cells=4))
    found = vocabulary.assign(mirrored(seen).descriptors, nearest=3, cells=4)
    same = predicted.words[:, 0] == found.words[:, 0]
    assert same.mean() > 0.97
    flipped = np.unpackbits((predicted.signatures ^ found.signatures)[same, 0].view(np.uint8), axis=1).sum(axis=1)
    assert flipped.mean() < 1


def test_turning_keeps_angles_and_leaves_no_even_number(
    picture: Callable[..., np.ndarray], features: Callable[..., Features]
) -> None:
    descriptors = features(picture(4)).descriptors
    turned = rotated(descriptors, shipped().rotation)
    before, after = (each / np.linalg.norm(each, axis=1, keepdims=True) for each in (descriptors.astype(float), turned))
    assert np.abs(before @ before.T - after @ after.T).max() < 0.02
    assert (turned % 2 == 1).all()


def test_the_same_descriptor_in_other_company_has_the_same_words(
    picture: Callable[..., np.ndarray], features: Callable[..., Features]
) -> None:
    descriptors = features(picture(5)).descriptors
    every, alone = (shipped().assign(each, nearest=3, cells=6) for each in (descriptors, descriptors[7:8]))
    np.testing.assert_array_equal(every.words[7:8], alone.words)
    np.testing.assert_array_equal(every.signatures[7:8], alone.signatures)
