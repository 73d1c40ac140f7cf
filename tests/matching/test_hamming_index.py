from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hamming_codes import flipped, made_up
from takeback.errors import HashIndexError, IndexBusy, IndexDamaged
from takeback.matching import hamming_index
from takeback.matching.hamming_folder import Folder
from takeback.matching.hamming_index import HammingIndex


@pytest.fixture
def words() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 2**64, (50, 4), dtype=np.uint64)


@pytest.fixture
def bank(tmp_path: Path, words: np.ndarray) -> Path:
    """A folder whose index has two segments, the second smaller than a quarter of the first, and a tail."""
    index = HammingIndex.create(tmp_path / "bank")
    index.add(range(40), words[:40])
    index.merge()
    index.add(range(40, 45), words[40:45])
    index.merge()
    index.add(range(45, 50), words[45:])
    return tmp_path / "bank"


def segments(folder: Path) -> list[Path]:
    return sorted(folder.glob("segment-*.hashes"), key=lambda path: path.stat().st_mtime_ns)


def spoil(path: Path, at: int) -> None:
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    path.write_bytes(content)


def found(index: HammingIndex, words: np.ndarray, **how: bool) -> list[int]:
    return index.search(words, distance=0, **how).id.tolist()


# --- in memory ---


def test_what_is_added_is_found_and_what_is_withdrawn_is_not(words: np.ndarray) -> None:
    index = HammingIndex.build(words[:10], ids=range(100, 110))
    index.add([7, 7], words[10:12])
    assert index.search(words[9:12], distance=0).id.tolist() == [109, 7, 7]
    index.withdraw([7, 12345])
    assert index.search(words[9:12], distance=0).id.tolist() == [109]


def test_hits_are_sorted_by_query_then_distance_then_id(words: np.ndarray) -> None:
    near = words[:1].copy()
    near[0, 3] ^= np.uint64(1)
    index = HammingIndex.build(np.concatenate((near, words[:1], words[:1])), ids=[5, 9, 3])
    hits = index.search(words[:1])
    assert list(zip(hits.query, hits.distance, hits.id, strict=True)) == [(0, 0, 3), (0, 0, 9), (0, 1, 5)]


def test_thousands_of_hits_are_sorted_as_few_are() -> None:
    rng = np.random.default_rng(3)
    words, ids = made_up(rng, 6000, kind="crowded"), rng.permutation(6000)
    hits = HammingIndex.build(words, ids=ids.tolist()).search(words[:3], distance=60)
    rows = list(zip(hits.query.tolist(), hits.distance.tolist(), hits.id.tolist(), strict=True))
    assert len(rows) > 5000
    assert rows == sorted(set(rows))


def test_words_of_another_width_are_an_error() -> None:
    with pytest.raises(ValueError, match="4 words"):
        HammingIndex.build(np.zeros((2, 3), np.uint64))


def test_as_many_ids_as_hashes_are_needed(words: np.ndarray) -> None:
    with pytest.raises(ValueError, match="2 ids for 3 hashes"):
        HammingIndex.build(words[:3], ids=[1, 2])


@pytest.mark.parametrize("distance", [-1, 257])
def test_a_distance_that_there_is_not_is_an_error(words: np.ndarray, distance: int) -> None:
    with pytest.raises(ValueError, match="0 to 256 bits"):
        HammingIndex.build(words).search(words, distance=distance)


def test_an_empty_index_finds_nothing(words: np.ndarray) -> None:
    assert len(HammingIndex.build(words[:0]).search(words)) == 0


def test_every_query_within_256_bits_finds_everything(words: np.ndarray) -> None:
    assert len(HammingIndex.build(words).search(words[:2], distance=256)) == 100


def test_a_large_index_in_memory_finds_what_a_small_one_does(words: np.ndarray) -> None:
    rng = np.random.default_rng(1)
    many = rng.integers(0, 2**64, (hamming_index.FOLD_FROM, 4), dtype=np.uint64)
    large, queries = HammingIndex.build(np.concatenate((words, many))), flipped(words, 31, rng)
    one, other = large.search(queries), HammingIndex.build(words).search(queries)
    assert (one.id.tolist(), one.distance.tolist()) == (other.id.tolist(), other.distance.tolist())
    assert len(one) == 50
    large.withdraw([3])
    assert len(large) == 49 + len(many)
    assert found(large, words[3:5]) == [4]


# --- in a folder ---


def test_what_another_process_wrote_is_seen(words: np.ndarray, tmp_path: Path) -> None:
    index = HammingIndex.create(tmp_path / "bank")
    other = HammingIndex.open(tmp_path / "bank")
    index.add(range(50), words)
    index.withdraw([4, 99])
    assert other.refresh()
    assert len(other) == 49
    assert found(other, words[3:5]) == [3]
    assert other.version == index.version
    assert not other.refresh()


def test_every_change_makes_another_version_and_a_merge_does_not(bank: Path, words: np.ndarray) -> None:
    index = HammingIndex.open(bank, writable=True)
    seen = [index.version]
    index.withdraw([0])
    seen.append(index.version)
    index.add([0], words[:1])
    seen.append(index.version)
    assert len(set(seen)) == 3
    assert index.merge()
    assert index.search(words[:1]).version == index.version == seen[-1]


def test_a_merge_changes_nothing_that_is_found(bank: Path, words: np.ndarray) -> None:
    index = HammingIndex.open(bank, writable=True)
    index.withdraw([2, 42])
    before = index.search(words)
    assert index.merge(everything=True)
    assert not index.merge(everything=True)
    after = index.search(words)
    assert before.id.tolist() == after.id.tolist() == [id for id in range(50) if id not in {2, 42}]
    assert len(segments(bank)) == 1


def test_what_was_withdrawn_is_in_no_file_after_everything_was_merged(bank: Path, words: np.ndarray) -> None:
    from takeback.kernels.hamming_bands import permuted
    from takeback.matching.hamming_plan import permutation

    index = HammingIndex.open(bank, writable=True)
    forms = [words[2].tobytes(), permuted(words[2:3], permutation()).tobytes()]
    assert any(form in path.read_bytes() for path in bank.iterdir() for form in forms)
    index.withdraw([2])
    index.merge(everything=True)
    assert not any(form in path.read_bytes() for path in bank.iterdir() for form in forms)


def test_a_withdrawn_id_can_be_added_again(bank: Path, words: np.ndarray) -> None:
    index = HammingIndex.open(bank, writable=True)
    index.withdraw([1])
    assert index.merge()
    assert found(index, words[1:2]) == []
    index.add([1], words[1:2])
    assert found(index, words[1:2]) == [1]
    assert index.merge(everything=True)
    assert found(HammingIndex.open(bank), words[1:2]) == [1]


def test_many_at_once_become_a_segment_and_each_change_is_a_version(tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    words = rng.integers(0, 2**64, (hamming_index.TAIL_MOST + 1, 4), dtype=np.uint64)
    index = HammingIndex.create(tmp_path / "bank")
    reader = HammingIndex.open(tmp_path / "bank")
    version = index.version
    index.add(range(len(words)), words)
    assert len(segments(tmp_path / "bank")) == 1
    assert index.version != version
    assert reader.refresh()
    assert reader.version == index.version
    assert found(reader, words[::1000]) == list(range(0, len(words), 1000))


def test_a_tail_that_grew_long_is_folded(tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    words = rng.integers(0, 2**64, (hamming_index.TAIL_MOST + 2, 4), dtype=np.uint64)
    index = HammingIndex.create(tmp_path / "bank")
    index.add(range(hamming_index.TAIL_MOST), words[:-2])
    assert segments(tmp_path / "bank") == []
    index.add([-1, -2], words[-2:])
    assert len(segments(tmp_path / "bank")) == 1
    assert found(index, words[-3:]) == [hamming_index.TAIL_MOST - 1, -1, -2]


def test_many_withdrawals_are_folded_too(bank: Path, words: np.ndarray) -> None:
    index = HammingIndex.open(bank, writable=True)
    index.withdraw(range(20, 21 + hamming_index.TAIL_MOST))
    assert len(list(bank.glob("withdrawn-*.ids"))) + len(segments(bank)) <= 2
    assert found(HammingIndex.open(bank), words) == list(range(20))


def test_a_reader_goes_on_with_files_that_were_merged_away(bank: Path, words: np.ndarray) -> None:
    reader = HammingIndex.open(bank)
    assert len(found(reader, words)) == 50
    view = reader._view
    HammingIndex.open(bank, writable=True).merge(everything=True)
    assert view.search(words, 0).id.tolist() == list(range(50))
    assert reader.refresh()
    assert found(reader, words) == list(range(50))


def test_searches_and_changes_go_on_while_a_merge_does(bank: Path, words: np.ndarray) -> None:
    index = HammingIndex.open(bank, writable=True)
    stop, wrong = threading.Event(), []

    def search() -> None:
        while not stop.is_set():
            ids = found(index, words[:40])
            if ids != list(range(40)):
                wrong.append(ids)

    thread = threading.Thread(target=search)
    thread.start()
    rng = np.random.default_rng(9)
    more = rng.integers(0, 2**64, (60, 4), dtype=np.uint64)
    for number in range(20):
        merged = index.merge_in_background(everything=True)
        index.add(range(100 + 3 * number, 103 + 3 * number), more[3 * number : 3 * number + 3])
        assert merged.result(timeout=60) in {True, False}
    stop.set()
    thread.join()
    assert wrong == []
    assert found(index, more) == list(range(100, 160))
    assert len(index) == 110


ACTS = st.lists(
    st.tuples(
        st.sampled_from(["add", "add", "withdraw", "merge", "merge everything", "reopen"]),
        st.lists(st.integers(0, 30), min_size=1, max_size=6),
    ),
    max_size=14,
)


@settings(max_examples=25, deadline=None)
@given(acts=ACTS, seed=st.integers(0, 1000))
def test_an_index_is_what_a_plain_set_of_pairs_is(
    acts: list[tuple[str, list[int]]], seed: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    rng = np.random.default_rng(seed)
    pool = made_up(rng, 12, kind="crowded")
    folder = tmp_path_factory.mktemp("index") / "bank"
    index, pairs = HammingIndex.create(folder), set[tuple[int, int]]()
    reader = HammingIndex.open(folder)
    for act, ids in acts:
        if act == "add":
            rows = rng.integers(0, 12, len(ids))
            index.add(ids, pool[rows])
            pairs |= set(zip(ids, rows.tolist(), strict=True))
        elif act == "withdraw":
            index.withdraw(ids)
            pairs = {pair for pair in pairs if pair[0] not in ids}
        elif act == "reopen":
            index = HammingIndex.open(folder, writable=True)
        else:
            index.merge(everything=act.endswith("everything"))
        reader.refresh()
    distances = np.bitwise_count(pool[:, None] ^ pool[None]).sum(axis=2).astype(int)
    wanted = {(q, id, int(distances[q, row])) for q in range(12) for id, row in pairs if distances[q, row] <= 31}
    for each in (index, reader):
        hits = each.search(pool)
        rows = list(zip(hits.query.tolist(), hits.distance.tolist(), hits.id.tolist(), strict=True))
        assert rows == sorted((q, d, id) for q, id, d in wanted)
    index.merge(everything=True)
    assert len({(id, pool[row].tobytes()) for id, row in pairs}) == len(index)


# --- what is wrong is said ---


def test_a_folder_without_an_index_is_refused(tmp_path: Path) -> None:
    with pytest.raises(HashIndexError, match="no index of hashes here"):
        HammingIndex.open(tmp_path)


def test_an_index_is_not_created_over_another(bank: Path) -> None:
    with pytest.raises(HashIndexError, match="already"):
        HammingIndex.create(bank)


def test_a_manifest_that_was_changed_is_refused(bank: Path) -> None:
    spoil(bank / "manifest.json", 80)
    with pytest.raises(HashIndexError, match="manifest is damaged"):
        HammingIndex.open(bank)


def test_a_manifest_of_another_version_is_refused_with_both_versions(bank: Path) -> None:
    import hashlib

    body = b'{"format":"takeback-hash-index","version":9,"shards":[]}'
    (bank / "manifest.json").write_bytes(hashlib.sha256(body).hexdigest().encode() + b"\n" + body)
    with pytest.raises(HashIndexError, match=r"takeback-hash-index 9, this reads 1 \(use the takeback that wrote it"):
        HammingIndex.open(bank)


def test_an_open_index_whose_manifest_is_damaged_does_not_go_on_in_silence(bank: Path, words: np.ndarray) -> None:
    index = HammingIndex.open(bank)
    spoil(bank / "manifest.json", 80)
    with pytest.raises(HashIndexError, match="manifest is damaged"):
        index.refresh()


def test_who_opened_it_for_reading_cannot_write(bank: Path, words: np.ndarray) -> None:
    index = HammingIndex.open(bank)
    for change in (lambda: index.add([1], words[:1]), lambda: index.withdraw([1]), index.merge):
        with pytest.raises(HashIndexError, match="open for reading alone"):
            change()


def test_a_closed_index_says_so(bank: Path, words: np.ndarray) -> None:
    index = HammingIndex.open(bank, writable=True)
    index.close()
    with pytest.raises(IndexDamaged, match="the index is closed"):
        index.search(words)
    with pytest.raises(HashIndexError, match="closed"):
        index.add([1], words[:1])


DAMAGE: dict[str, Callable[[Path], object]] = {
    "changed": lambda path: spoil(path, 4100),
    "cut short": lambda path: path.write_bytes(path.read_bytes()[:-4096]),
    "gone": lambda path: path.unlink(),
    "foreign": lambda path: path.write_bytes(b"something else" * 1000),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_a_damaged_segment_is_said_and_the_rest_stays_usable(bank: Path, words: np.ndarray, name: str) -> None:
    damaged = segments(bank)[1]
    DAMAGE[name](damaged)
    index = HammingIndex.open(bank, writable=True)
    with pytest.raises(IndexDamaged, match=rf"{damaged.name} with 5 hashes: .*"):
        index.search(words)
    hits = index.search(words, partial=True)
    assert hits.id.tolist() == [*range(40), *range(45, 50)]
    assert [each.file for each in hits.missing] == [damaged.name]
    assert hits.version.endswith("-without-1")
    known = index.missing[0].ids
    assert known is None if name in {"gone", "foreign"} else known is not None and known.tolist() == list(range(40, 45))


def test_a_merge_neither_uses_nor_hides_a_damaged_segment(bank: Path, words: np.ndarray) -> None:
    damaged = segments(bank)[1]
    spoil(damaged, 4100)
    index = HammingIndex.open(bank, writable=True)
    index.withdraw([41])
    assert index.merge(everything=True)
    with pytest.raises(IndexDamaged, match=damaged.name):
        index.search(words)
    assert [each.file for each in index.accept_missing()] == [damaged.name]
    assert found(index, words) == [*range(40), *range(45, 50)]
    assert not damaged.exists()
    index.add(range(40, 45), words[40:45])
    assert found(HammingIndex.open(bank), words) == list(range(50))


def test_what_was_withdrawn_stays_withdrawn_when_a_damaged_segment_is_restored(bank: Path, words: np.ndarray) -> None:
    damaged = segments(bank)[1]
    whole = damaged.read_bytes()
    spoil(damaged, 4100)
    index = HammingIndex.open(bank, writable=True)
    index.withdraw([41])
    index.merge()
    damaged.write_bytes(whole)
    assert found(HammingIndex.open(bank), words) == [id for id in range(50) if id != 41]


def test_a_segment_that_was_restored_counts_again_once_the_manifest_changes(bank: Path, words: np.ndarray) -> None:
    damaged = segments(bank)[1]
    whole = damaged.read_bytes()
    spoil(damaged, 4100)
    index = HammingIndex.open(bank, writable=True)
    assert len(index.search(words, partial=True).missing) == 1
    damaged.write_bytes(whole)
    index.merge()
    assert found(index, words) == list(range(50))


def test_a_list_of_withdrawn_ids_that_was_changed_makes_its_segment_unusable(bank: Path, words: np.ndarray) -> None:
    index = HammingIndex.open(bank, writable=True)
    index.withdraw([3])
    index.merge()
    (names,) = bank.glob("withdrawn-*.ids")
    spoil(names, 0)
    with pytest.raises(IndexDamaged, match="withdrawn"):
        HammingIndex.open(bank).search(words)


def test_a_spoilt_log_is_said_and_writing_goes_on_in_another(bank: Path, words: np.ndarray) -> None:
    (log,) = bank.glob("tail-*.log")
    spoil(log, log.stat().st_size - 1)
    index = HammingIndex.open(bank, writable=True)
    with pytest.raises(IndexDamaged, match=r"tail-\d+\.log with 5 hashes: \d+ bytes from 16 on"):
        index.search(words)
    index.add([99], words[49:])
    assert index.merge()
    with pytest.raises(IndexDamaged, match=log.name):
        HammingIndex.open(bank).search(words)
    assert len(index.accept_missing()) == 1
    assert found(HammingIndex.open(bank), words) == [*range(45), 99]


def test_a_record_that_a_killed_writer_left_half_is_written_over(bank: Path, words: np.ndarray) -> None:
    (log,) = bank.glob("tail-*.log")
    log.write_bytes(log.read_bytes()[:-7])
    index = HammingIndex.open(bank, writable=True)
    assert found(index, words) == list(range(45))
    index.add(range(45, 50), words[45:])
    assert found(HammingIndex.open(bank), words) == list(range(50))


def test_two_writers_take_turns_and_none_is_lost(bank: Path, words: np.ndarray) -> None:
    one, other = (HammingIndex.open(bank, writable=True) for _ in range(2))
    for number in range(10):
        one.add([1000 + number], words[number : number + 1])
        other.add([2000 + number], words[number : number + 1])
    one.refresh()
    assert sorted(found(one, words[:10]))[10:] == [*range(1000, 1010), *range(2000, 2010)]
    assert len(one) == len(other) == 70


def test_a_lock_that_is_not_given_back_is_said(bank: Path) -> None:
    with Folder(bank).locked("merge"):
        with pytest.raises(IndexBusy, match="another merge of the index goes on"):
            HammingIndex.open(bank, writable=True).merge()
        outcome = HammingIndex.open(bank, writable=True).merge_in_background()
        with pytest.raises(IndexBusy):
            outcome.result(timeout=60)


FULL = """
import resource, sys
from pathlib import Path
import numpy as np
from takeback.errors import StorageFull
from takeback.matching.hamming_index import HammingIndex
folder, act = Path(sys.argv[1]), sys.argv[2]
index = HammingIndex.open(folder, writable=True)
words = np.random.default_rng(4).integers(0, 2**64, (3000, 4), dtype=np.uint64)
index.search(words[:1])
if act == "merge":
    index.add(range(1000, 4000), words)
resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))
try:
    index.merge(everything=True) if act == "merge" else index.add(range(1000, 4000), words)
except StorageFull as error:
    sys.stdout.write(str(error))
resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))
index.add([77], words[:1])
assert 77 in index.search(words[:1], distance=0).id
"""


@pytest.mark.parametrize("act", ["merge", "add"])
def test_a_disk_that_fills_leaves_the_index_as_it_was(bank: Path, words: np.ndarray, act: str) -> None:
    """The limit on the size of a file stands for the disk: the kernel refuses the very same calls."""
    done = subprocess.run([sys.executable, "-c", FULL, str(bank), act], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("no space left for the index")
    index = HammingIndex.open(bank, writable=True)
    assert index.missing == ()
    assert set(range(50)) < set(index.search(words, distance=0).id.tolist()) | {77}
    assert len(index) == (3051 if act == "merge" else 51)
    assert index.merge(everything=True)
    assert not list(bank.glob("*.partial"))
