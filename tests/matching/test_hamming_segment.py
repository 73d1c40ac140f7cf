from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hamming_codes import flipped, made_up, plain
from takeback.kernels.hamming_bands import permuted
from takeback.matching.hamming_columns import InMemory
from takeback.matching.hamming_file import Unusable, checksums, open_mapped, write
from takeback.matching.hamming_plan import permutation
from takeback.matching.hamming_segment import Segment, build, distinct
from takeback.matching.hamming_sources import Hashes, Living, parts

KINDS = ("random", "copies", "crowded", "sharing")


def built(words: np.ndarray, ids: np.ndarray, bits: int = 2) -> Segment:
    return build(parts([Hashes(words, ids, bits)], bits), len(ids), InMemory())


def pairs(segment: Segment) -> set[tuple[tuple[int, ...], int]]:
    codes, ids = segment.between(0, len(segment.codes))
    assert len(ids) == segment.hashes
    return set(zip(map(tuple, codes.tolist()), ids.tolist(), strict=True))


def codes_of(words: np.ndarray, ids: np.ndarray) -> set[tuple[tuple[int, ...], int]]:
    return set(zip(map(tuple, permuted(words, permutation()).tolist()), ids.tolist(), strict=True))


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), st.integers(0, 60), st.sampled_from(KINDS), st.integers(1, 9))
def test_distinct_codes_are_in_order_and_every_pair_is_kept_once(seed: int, size: int, kind: str, many: int) -> None:
    rng = np.random.default_rng(seed)
    words, ids = made_up(rng, size, kind=kind), rng.integers(0, many, size)
    codes, first, rows, more = distinct(words, ids)
    in_order = list(map(tuple, codes.tolist()))
    assert in_order == sorted(set(map(tuple, words.tolist())))
    assert rows.tolist() == sorted(rows.tolist())
    found = [
        *zip(in_order, first.tolist(), strict=True),
        *((in_order[row], id) for row, id in zip(rows, more, strict=True)),
    ]
    assert len(found) == len(set(found))
    assert set(found) == set(zip(map(tuple, words.tolist()), ids.tolist(), strict=True))


@settings(max_examples=40, deadline=None)
@given(
    st.integers(0, 2**32),
    st.integers(0, 200),
    st.sampled_from(KINDS),
    st.sampled_from([(0, 5), (-(2**62), 2**62), (2**40, 2**40 + 9)]),
    st.integers(0, 52),
)
def test_a_segment_finds_every_id_of_every_hash_within_the_distance(
    seed: int, size: int, kind: str, range_of_ids: tuple[int, int], distance: int
) -> None:
    rng = np.random.default_rng(seed)
    words, ids = made_up(rng, size, kind=kind), rng.integers(*range_of_ids, size)
    segment = built(words, ids)
    assert pairs(segment) == codes_of(words, ids)
    queries = flipped(words[:5], distance, rng)
    query, id, bits = segment.search(permuted(queries, permutation()), distance)
    wanted = {(q, int(ids[row]), d) for q, row, d in plain(words, queries, distance)}
    assert set(zip(query.tolist(), id.tolist(), bits.tolist(), strict=True)) == wanted


def test_identical_hashes_are_stored_once() -> None:
    segment = built(made_up(np.random.default_rng(0), 1000, kind="copies"), np.arange(1000))
    assert (len(segment.codes), segment.hashes) == (3, 1000)


def test_segments_become_one_without_what_was_withdrawn() -> None:
    rng = np.random.default_rng(5)
    words, ids = made_up(rng, 400, kind="crowded"), rng.integers(0, 50, 400)
    bits = 3
    halves = [built(words[:150], ids[:150]), built(words[100:], ids[100:])]
    sources = [Living(each, lambda theirs: theirs != 7, bits) for each in halves]
    merged = build(parts(sources, bits), sum(map(len, sources)), InMemory())
    assert pairs(merged) == codes_of(words[ids != 7], ids[ids != 7])


@pytest.fixture
def file(tmp_path: Path) -> tuple[Path, str]:
    rng = np.random.default_rng(1)
    words = np.concatenate((made_up(rng, 900, kind="random"), made_up(rng, 100, kind="copies")))
    digest, hashes = write(parts([Hashes(words, np.arange(1000), 1)], 1), 1000, tmp_path / "segment")
    assert hashes == 1000
    return tmp_path / "segment", digest


def test_a_written_segment_is_the_one_that_is_built_in_memory(file: tuple[Path, str]) -> None:
    rng = np.random.default_rng(1)
    words = np.concatenate((made_up(rng, 900, kind="random"), made_up(rng, 100, kind="copies")))
    mapped = open_mapped(*file)
    mapped.verify()
    for one, other in zip(mapped.segment.arrays, built(words, np.arange(1000)).arrays, strict=True):
        assert one.dtype == other.dtype
        assert (one == other).all()
    assert not any(each.flags.writeable for each in mapped.segment.arrays)


def test_writing_twice_gives_the_same_bytes(file: tuple[Path, str], tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    words = np.concatenate((made_up(rng, 900, kind="random"), made_up(rng, 100, kind="copies")))
    digest, _ = write(parts([Hashes(words, np.arange(1000), 3)], 3), 1000, tmp_path / "again")
    assert digest == file[1]
    assert (tmp_path / "again").read_bytes() == file[0].read_bytes()


@pytest.mark.parametrize("column", range(6))
def test_a_changed_byte_in_any_column_is_said(file: tuple[Path, str], column: int) -> None:
    path, digest = file
    header = open_mapped(path, digest).header
    at = 4096
    for kind, size in header.layout[:column]:
        at += -(-np.dtype(kind).itemsize * size // 4096) * 4096
    with path.open("r+b") as opened:
        opened.seek(at)
        byte = opened.read(1)
        opened.seek(at)
        opened.write(bytes([byte[0] ^ 4]))
    mapped = open_mapped(path, digest)
    with pytest.raises(Unusable, match="do not match their checksum") as caught:
        mapped.verify()
    assert (caught.value.ids is None) == (column in {1, 3}), "ids are told where theirs is not the column that changed"


def changed_header(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[60] ^= 1
    path.write_bytes(content)


def another_version(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b'"version":1', b'"version":9'))


DAMAGE: dict[str, Callable[[Path], object]] = {
    "header": changed_header,
    "version": another_version,
    "longer": lambda path: path.write_bytes(path.read_bytes() + bytes(4096)),
    "empty": lambda path: path.write_bytes(b""),
    "foreign": lambda path: path.write_bytes(b"nothing of the kind" * 1000),
    "no columns": lambda path: path.write_bytes(path.read_bytes()[:4096]),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_what_is_no_segment_is_refused(file: tuple[Path, str], name: str) -> None:
    path, digest = file
    DAMAGE[name](path)
    with pytest.raises(Unusable, match=r"checksum|version|long|no segment"):
        open_mapped(path, digest)


def test_a_segment_that_was_cut_behind_its_ids_still_tells_them(file: tuple[Path, str]) -> None:
    path, digest = file
    path.write_bytes(path.read_bytes()[:-5000])
    with pytest.raises(Unusable, match="cut short") as caught:
        open_mapped(path, digest)
    assert caught.value.ids is not None
    assert caught.value.ids.tolist() == list(range(1000))


def test_checksums_cover_the_zeros_that_fill_a_page(file: tuple[Path, str]) -> None:
    mapped = open_mapped(*file)
    content = mapped.content.copy()
    content[-1] ^= np.uint64(1)
    assert checksums(content, mapped.header) != mapped.header.sums
