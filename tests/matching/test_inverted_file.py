"""A segment comes back from its file as it was, or is refused with the reason."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from takeback.errors import UnusableInput
from takeback.matching.inverted_file import Enrolled, Segment, build, joined, open_segment, write
from takeback.matching.postings import Postings, coded, decoded

WORDS = 32
VOCABULARY = "ab" * 32


def made_up(name: str, count: int, seed: int) -> Enrolled:
    rng = np.random.default_rng(seed)
    return Enrolled(
        id=name,
        width=640,
        height=480,
        postings=Postings(
            words=rng.integers(0, WORDS, count).astype(np.int32),
            signatures=rng.integers(0, 2**64, (count, 2), dtype=np.uint64),
            frames=rng.integers(0, 2**32, count, dtype=np.uint32),
            features=np.arange(count, dtype=np.uint16),
        ),
    )


def rows(segment: Segment) -> set[tuple[object, ...]]:
    word = np.repeat(np.arange(WORDS), np.diff(segment.offsets.astype(int)))
    columns = (word, segment.low, segment.high, segment.frames, segment.features)
    names = (segment.id(int(each)) for each in segment.holders)
    return set(zip(names, *(each.tolist() for each in columns), strict=True))


def expected(photographs: list[Enrolled]) -> set[tuple[object, ...]]:
    return {
        (each.id, int(word), int(low), int(high), int(frame), int(feature))
        for each in photographs
        for word, (low, high), frame, feature in zip(
            each.postings.words, each.postings.signatures, each.postings.frames, each.postings.features, strict=True
        )
    }


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 30), min_size=1, max_size=8), st.integers(0, 2**32))
def test_a_segment_holds_every_posting_under_its_word(sizes: list[int], seed: int) -> None:
    photographs = [made_up(f"photograph-{number}", size, seed + number) for number, size in enumerate(sizes)]
    assert rows(build(photographs, WORDS)) == expected(photographs)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32), st.lists(st.booleans(), min_size=6, max_size=6))
def test_joined_segments_hold_what_is_alive(seed: int, living: list[bool]) -> None:
    photographs = [made_up(f"photograph-{number}", 9, seed + number) for number in range(6)]
    parts = [build(photographs[:2], WORDS), build(photographs[2:], WORDS)]
    merged = joined(parts, [np.array(living[:2]), np.array(living[2:])])
    stays = [each for each, lives in zip(photographs, living, strict=True) if lives]
    for left, right in zip(merged.arrays, build(stays, WORDS).arrays, strict=True):
        np.testing.assert_array_equal(left, right, strict=True)


def test_a_segment_comes_back_from_its_file(tmp_path: Path) -> None:
    photographs = [made_up(f"photograph-{number}", 20, number) for number in range(5)]
    digest = write(build(photographs, WORDS), tmp_path / "segment", VOCABULARY)
    again = open_segment(tmp_path / "segment", VOCABULARY, digest)
    assert rows(again) == expected(photographs)
    assert again.nbytes == (tmp_path / "segment").stat().st_size


@settings(max_examples=60, deadline=None)
@given(at=st.integers(0, 10**6), flip=st.integers(1, 255))
def test_any_changed_byte_is_found(tmp_path_factory: pytest.TempPathFactory, at: int, flip: int) -> None:
    path = tmp_path_factory.mktemp("damaged") / "segment"
    digest = write(build([made_up("one", 10, 1)], WORDS), path, VOCABULARY)
    content = bytearray(path.read_bytes())
    place = at % len(content)
    content[place] ^= flip
    path.write_bytes(content)
    with pytest.raises(UnusableInput, match="enrol its packs again"):
        open_segment(path, VOCABULARY, digest)


@pytest.mark.parametrize("keep", [0, 5, 100, 128, 300, -1])
def test_a_segment_cut_short_is_refused(tmp_path: Path, keep: int) -> None:
    path = tmp_path / "segment"
    digest = write(build([made_up("one", 10, 1)], WORDS), path, VOCABULARY)
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(UnusableInput, match="enrol its packs again"):
        open_segment(path, VOCABULARY, digest)


def test_a_segment_of_another_vocabulary_is_refused(tmp_path: Path) -> None:
    digest = write(build([made_up("one", 10, 1)], WORDS), tmp_path / "segment", VOCABULARY)
    with pytest.raises(UnusableInput, match="another version or vocabulary"):
        open_segment(tmp_path / "segment", "cd" * 32, digest)


@given(
    st.floats(0, 639),
    st.floats(0, 639),
    st.floats(1.2, 70),
    st.floats(0, 6.28),
)
def test_a_frame_in_32_bits_is_nearly_what_it_was(x: float, y: float, scale: float, angle: float) -> None:
    (again,) = decoded(coded(np.array([[x, y, scale, angle]])))
    assert abs(again[0] - x) < 0.33
    assert abs(again[1] - y) < 0.33
    assert abs(np.log2(again[2] / scale)) < 0.051
    assert abs(np.angle(np.exp(1j * (again[3] - angle)))) < 0.05
