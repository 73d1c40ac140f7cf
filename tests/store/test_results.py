from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from store.made_up import PASSPHRASE, case_in, everything_in, examination, finding, media, post, random_bytes, sealed
from takeback.errors import HarmRule
from takeback.store.case_store import CaseStore


def test_a_result_is_found_only_under_its_whole_key(tmp_path: Path) -> None:
    with case_in(tmp_path / "case") as case:
        case.keep_result("hash", "1", "size=64", "d1", b"first")
        case.keep_result("hash", "1", "size=64", "d1", b"second")
    with CaseStore.open(tmp_path / "case", PASSPHRASE) as case:
        assert case.result("hash", "1", "size=64", "d1") == b"first"
        others = [("other", "1", "size=64", "d1"), ("hash", "2", "size=64", "d1"), ("hash", "1", "size=65", "d1")]
        assert [case.result(*key) for key in [*others, ("hash", "1", "size=64", "d2")]] == [None] * 4


def blobs_in(folder: Path) -> list[Path]:
    return [each for each in folder.rglob("*") if each.is_file()]


def test_the_parts_that_have_a_result_are_named_under_the_whole_key(tmp_path: Path) -> None:
    with case_in(tmp_path / "case") as case:
        for part in ("d1", "d2"):
            case.keep_result("hash", "1", "size=64", part, b"x")
        case.keep_result("hash", "2", "size=64", "d3", b"x")
        case.keep_result("other", "1", "size=64", "d4", b"x")
        assert case.results("hash", "1", "size=64") == {"d1", "d2"}
        assert case.results("hash", "1", "size=65") == frozenset()


def test_results_are_dropped_by_stage_or_all(tmp_path: Path) -> None:
    with case_in(tmp_path / "case") as case:
        for stage in ("a", "b", "c"):
            case.keep_result(stage, "1", "", "d", b"x")
        case.drop_results(stage="a")
        assert [case.count_results(stage) for stage in ("a", "b", "c")] == [0, 1, 1]
        case.drop_results()
        assert [case.count_results(stage) for stage in ("b", "c")] == [0, 0]


def test_an_unfinished_run_of_the_same_digest_goes_on(tmp_path: Path) -> None:
    with case_in(tmp_path / "case") as case:
        run = case.begin_run("digest")
        run.put("name", b"features")
        key = run.key
    with CaseStore.open(tmp_path / "case", PASSPHRASE) as case:
        again = case.begin_run("digest")
        assert (again.id, again.key, again.get("name"), again.get("other")) == (run.id, key, b"features", None)


def test_an_unfinished_run_of_another_digest_is_ended(tmp_path: Path) -> None:
    with case_in(tmp_path / "case") as case:
        first = case.begin_run("one")
        first.put("name", b"features")
        second = case.begin_run("two")
        assert second.id != first.id
        assert [each.name for each in (tmp_path / "case" / "runs").iterdir()] == []
        assert case.begin_run("one").id != first.id


def test_after_the_end_nothing_in_the_case_opens_what_a_disk_still_holds(tmp_path: Path) -> None:
    features = random_bytes()
    with case_in(tmp_path / "case") as case:
        run = case.begin_run("digest")
        run.put("name", features)
        key, sealed_key = run.key, case._database.blob("SELECT sealed_key FROM run")
        shutil.copytree(tmp_path / "case" / "runs", tmp_path / "old-blocks")
        assert features[:16] not in everything_in(tmp_path / "case")
        run.end()
        assert case._database.blob("SELECT sealed_key FROM run") is None
        shutil.copytree(tmp_path / "old-blocks", tmp_path / "case" / "runs", dirs_exist_ok=True)
        assert case.begin_run("digest").get("name") is None
    assert sealed_key is not None
    found = everything_in(tmp_path / "case")
    assert not [each for each in (features[:16], key, sealed_key) if each in found]


def test_a_torn_blob_is_not_there(tmp_path: Path) -> None:
    with case_in(tmp_path / "case") as case:
        run = case.begin_run("digest")
        run.put("name", b"features")
        (blob,) = blobs_in(tmp_path / "case" / "runs" / run.id)
        blob.write_bytes(blob.read_bytes()[:-3])
        assert run.get("name") is None


def test_the_names_of_blobs_say_nothing(tmp_path: Path) -> None:
    item = media("a")
    with case_in(tmp_path / "case") as case:
        case.begin_run("digest").put(f"{item.sha256}/features", b"x")
        assert item.sha256.encode() not in everything_in(tmp_path / "case")


def test_a_folder_of_a_run_that_ended_in_a_crash_goes_at_the_next_opening(tmp_path: Path) -> None:
    with case_in(tmp_path / "case"):
        pass
    (tmp_path / "case" / "runs" / "left").mkdir()
    (tmp_path / "case" / "runs" / "left" / "blob").write_bytes(b"x")
    (tmp_path / "case" / "vault" / "ab").mkdir()
    (tmp_path / "case" / "vault" / "ab" / "abcd").write_bytes(b"x")
    with CaseStore.open(tmp_path / "case", PASSPHRASE):
        assert not list((tmp_path / "case" / "runs").iterdir())
        assert not (tmp_path / "case" / "vault" / "ab" / "abcd").exists()


def test_sealing_an_item_drops_everything_that_was_made_from_it(tmp_path: Path) -> None:
    item, other = media("a"), media("b")
    with case_in(tmp_path / "case") as case:
        case.add_posts("s1", [post(1, item), post(2, other)])
        run = case.begin_run("digest")
        for each in (item, other):
            case.keep_result("hash", "1", "", each.sha256, b"x")
            case.keep_result("examine", "1", "", f"pair of {each.sha256}", b"x", media=each.sha256)
            run.put(each.sha256, b"x")
            run.put(f"{each.sha256}/features", b"x")
        masks = [case.keep_blob(each.sha256.encode(), media=each.sha256) for each in (item, other)]
        case.replace_examinations([examination("o", item), examination("o", other)])
        case.replace_findings([finding("f1", "p", "o", item), finding("f2", "p", "o", other)])

        case.seal_item(sealed(item))

        assert case.sealed_items() == (sealed(item),)
        assert (case.is_sealed(item.sha256), case.is_sealed(other.sha256)) == (True, False)
        assert (case.count_results("hash"), case.count_results("examine")) == (1, 1)
        assert (run.get(item.sha256), run.get(f"{item.sha256}/features")) == (None, None)
        assert (run.get(other.sha256), run.get(f"{other.sha256}/features")) == (b"x", b"x")
        assert [each.media for each in case.examinations()] == [other.sha256]
        assert [each.id for each in case.findings()] == ["f2"]
        assert (
            len([each for each in (tmp_path / "case" / "vault").rglob("*") if each.is_file()]) == 2
        )  # the mask of the other, and the posts
        assert case.blob(masks[1]) == other.sha256.encode()


def test_nothing_that_is_made_from_a_sealed_item_is_kept_afterwards(tmp_path: Path) -> None:
    item = media("a")
    with case_in(tmp_path / "case") as case:
        case.seal_item(sealed(item))
        case.keep_result("hash", "1", "", item.sha256, b"x")
        case.keep_result("examine", "1", "", "pair", b"x", media=item.sha256)
        run = case.begin_run("digest")
        run.put(f"{item.sha256}/features", b"x")
        assert (case.count_results("hash"), case.count_results("examine")) == (0, 0)
        assert run.get(f"{item.sha256}/features") is None
        for keep in (
            lambda: case.keep_blob(b"x", media=item.sha256),
            lambda: case.replace_examinations([examination("o", item)]),
            lambda: case.replace_findings([finding("f", "p", "o", item)]),
        ):
            with pytest.raises(HarmRule, match="sealed unseen"):
                keep()


def test_a_crash_between_sealing_and_dropping_is_made_good_at_the_next_opening(tmp_path: Path) -> None:
    item = media("a")
    with case_in(tmp_path / "case") as case:
        run = case.begin_run("digest")
        run.put(f"{item.sha256}/features", b"x")
        shutil.copytree(tmp_path / "case" / "runs", tmp_path / "copy")
        case.seal_item(sealed(item))
    shutil.copytree(tmp_path / "copy", tmp_path / "case" / "runs", dirs_exist_ok=True)
    with CaseStore.open(tmp_path / "case", PASSPHRASE) as case:
        assert not blobs_in(tmp_path / "case" / "runs" / run.id)
