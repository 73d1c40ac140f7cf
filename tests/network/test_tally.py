"""Tests for what a census gathers: digests as bytes."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from takeback.network.tally import Counts, binary, digests_in

DIGESTS = st.binary(min_size=32, max_size=32).map(bytes.hex)


@given(st.lists(st.one_of(DIGESTS, st.none()), max_size=20), st.integers(0, 3))
def test_digests_as_bytes_are_those_that_were_written(digests: list[str | None], skipped: int) -> None:
    column = pa.array(digests, pa.string()).slice(skipped)
    assert [each.hex() for each in binary(column).to_pylist()] == [each for each in digests[skipped:] if each]


@given(st.lists(st.lists(DIGESTS, max_size=12), max_size=4))
def test_digests_come_once_and_in_order_whoever_saw_them(seen: list[list[str]]) -> None:
    counts = [Counts() for _ in seen]
    for each, digests in zip(counts, seen, strict=True):
        each.add(binary(pa.array(digests + digests[:3], pa.string())))
    assert list(digests_in(counts)) == sorted({digest for digests in seen for digest in digests})


@pytest.mark.parametrize("wrong", ["", "ab" * 31, "ab" * 33, "AB" * 32, "xy" * 32, "é" * 32])
def test_what_is_no_digest_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match="not a SHA-256"):
        binary(pa.array(["ab" * 32, wrong], pa.string()))


def test_a_digest_that_is_too_long_does_not_make_up_for_one_that_is_too_short() -> None:
    with pytest.raises(ValueError, match="not a SHA-256"):
        binary(pa.array(["ab" * 31, "ab" * 33], pa.string()))
