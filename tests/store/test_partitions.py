"""Posts in sealed Parquet files: merged by number, each counted once, every version kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from store.made_up import CREATED, PASSPHRASE, case_in, everything_in, media, post, source
from takeback.errors import CaseError
from takeback.model.channel import Post
from takeback.model.media import MediaKind
from takeback.store.case_store import CaseStore
from takeback.tables.posts import SCHEMA, batch_of


def rows(batches: Iterator[pa.RecordBatch]) -> list[tuple[str, int, str, str, bool]]:
    names = ("channel", "id", "source", "text", "superseded")
    return [row for batch in batches for row in zip(*(batch.column(name).to_pylist() for name in names), strict=True)]


def test_a_newer_export_merges_by_number_and_keeps_both_versions_of_an_edited_post(tmp_path: Path) -> None:
    edited = replace(post(2, text="new words"), edited=CREATED + timedelta(hours=1))
    with case_in(tmp_path / "case") as case:
        case.add_source(source("s2"))
        assert case.add_posts("s1", [post(1), post(2, text="old words"), post(3)]) == 3
        case.add_posts("s2", [edited, post(3), post(4)])
        assert case.count_posts() == 4
        assert [(each.id, each.text) for each in case.posts()] == [(1, ""), (2, "new words"), (3, ""), (4, "")]
        assert rows(case.post_batches()) == [
            ("telegram:1", 1, "s1", "", False),
            ("telegram:1", 2, "s1", "old words", True),
            ("telegram:1", 2, "s2", "new words", False),
            ("telegram:1", 3, "s1", "", False),
            ("telegram:1", 3, "s2", "", True),
            ("telegram:1", 4, "s2", "", False),
        ]


def test_an_older_export_that_comes_later_does_not_take_the_place_of_an_edit(tmp_path: Path) -> None:
    edited = replace(post(2, text="new words"), edited=CREATED)
    with case_in(tmp_path / "case") as case:
        case.add_source(source("s2"))
        case.add_posts("s1", [edited])
        case.add_posts("s2", [post(2, text="old words")])
        assert [each.text for each in case.posts()] == ["new words"]
        assert case.count_posts() == 1


def test_a_batch_is_of_one_channel_and_has_the_columns_of_posts(tmp_path: Path) -> None:
    with case_in(tmp_path / "case") as case:
        case.add_batch("s1", batch_of([post(2, channel="b"), post(1, channel="a"), post(1, channel="b")], "s1"))
        batches = list(case.post_batches())
        assert [set(batch.column("channel").to_pylist()) for batch in batches] == [{"a"}, {"b"}]
        assert all(batch.schema.equals(SCHEMA) for batch in batches)
        assert [batch.column("id").to_pylist() for batch in batches] == [[1], [1, 2]]
        assert list(case.post_batches("c")) == []


@settings(max_examples=25, deadline=None)
@given(parts=st.lists(st.tuples(st.sampled_from(["s1", "s2"]), st.lists(st.integers(0, 12), max_size=6)), max_size=5))
def test_overlapping_parts_never_count_twice(
    tmp_path_factory: pytest.TempPathFactory, parts: list[tuple[str, list[int]]]
) -> None:
    with case_in(tmp_path_factory.mktemp("case") / "case") as case:
        case.add_source(source("s2"))
        for name, numbers in parts:
            case.add_posts(name, [post(number) for number in numbers])
        wanted = {number for _, numbers in parts for number in numbers}
        assert [each.id for each in case.posts()] == sorted(wanted)
        assert case.count_posts() == len(wanted)
        held = {(name, number) for name, numbers in parts for number in numbers}
        assert [(each.id, name) for name, each in case.occurrences()] == sorted((number, name) for name, number in held)
        assert case.damage() == ()


def test_nothing_of_a_post_is_readable_on_the_disk(tmp_path: Path) -> None:
    path = tmp_path / "case"
    with case_in(path) as case:
        case.add_posts("s1", [post(1, media("Dahlia"), text="words of Hellebore") for _ in range(2)])
        open_bytes = everything_in(path)
    for content in (open_bytes, everything_in(path)):
        assert b"Hellebore" not in content
        assert b"Dahlia" not in content
        assert b"PAR1" not in content


def test_a_file_that_was_changed_is_said(tmp_path: Path) -> None:
    path = tmp_path / "case"
    with case_in(path) as case:
        case.add_posts("s1", [post(1)])
    (file,) = (each for each in (path / "vault").rglob("*") if each.is_file())
    file.write_bytes(file.read_bytes()[:-1] + b"\0")
    with CaseStore.open(path, PASSPHRASE) as case, pytest.raises(CaseError, match="missing or changed"):
        list(case.posts())


def test_a_file_whose_act_was_taken_back_is_swept_away(tmp_path: Path) -> None:
    path = tmp_path / "case"
    with case_in(path) as case:
        with pytest.raises(RuntimeError), case.transaction():  # noqa: PT012  # what was written before the error goes
            case.add_posts("s1", [post(1)])
            raise RuntimeError
        assert case.add_posts("s1", [post(2)]) == 1
    with CaseStore.open(path, PASSPHRASE) as case:
        assert [each.id for each in case.posts()] == [2]
        assert len([each for each in (path / "vault").rglob("*") if each.is_file()]) == 1


def test_many_posts_come_back_one_by_one_as_they_were(tmp_path: Path) -> None:
    shown: list[Post] = [post(number, *([media(str(number))] if number % 7 == 0 else [])) for number in range(5000)]
    with case_in(tmp_path / "case") as case:
        case.add_posts("s1", shown)
        assert list(case.posts()) == shown
        assert len([each for each in case.media() if each.kind is MediaKind.PHOTO]) == 715
