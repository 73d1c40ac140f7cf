"""Files of one message a line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sources.test_fourcat import MAPPED, RAW
from takeback.errors import SourceError
from takeback.model.channel import Damage, Post
from takeback.model.media import Place
from takeback.plugins import open_source
from takeback.protocols import CountsAudiences, Source
from takeback.sources import ndjson
from takeback.sources.ndjson import Ndjson


def written(path: Path, *lines: object) -> Path:
    path = path / "dataset.ndjson"
    path.write_bytes(b"\n".join(each if isinstance(each, bytes) else json.dumps(each).encode() for each in lines))
    return path


def test_every_line_is_a_post_or_damage_in_its_place(tmp_path: Path) -> None:
    path = written(tmp_path, RAW, b"", b'{"broken', {**RAW, "id": 56}, MAPPED, b"")
    reader = open_source(path)
    found = list(reader.posts())
    assert [each.id for each in found if isinstance(each, Post)] == [55, 56, 55]
    assert [each.place for each in found if isinstance(each, Damage)] == ["dataset.ndjson: line 3"]
    assert getattr(reader, "lines", None) == len(found) == 4
    assert [each.id for each in reader.channels()] == ["telegram:1234567890", "telegram:@garden"]
    assert isinstance(Ndjson(), Source)
    assert isinstance(reader, CountsAudiences)


def test_the_same_lines_are_the_same_source_wherever_they_lie(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    one, other = (open_source(written(tmp_path / name, RAW)) for name in ("a", "b"))
    assert one.id == other.id
    assert list(one.posts()) == list(other.posts())


def test_a_folder_of_nothing_but_such_files_is_one_source_and_no_folder_of_pictures(tmp_path: Path) -> None:
    (tmp_path / "a.ndjson").write_bytes(json.dumps(RAW).encode())
    (tmp_path / "b.jsonl").write_bytes(b"{broken\n" + json.dumps({**RAW, "id": 56}).encode())
    (tmp_path / "audience.csv").write_text("", encoding="utf-8")
    found = list(open_source(tmp_path).posts())
    assert [each.id for each in found if isinstance(each, Post)] == [55, 56]
    assert [each.place for each in found if isinstance(each, Damage)] == ["b.jsonl: line 1"]
    (tmp_path / "picture.jpg").write_bytes(b"x")
    assert open_source(tmp_path).id.startswith("folder-")


@pytest.mark.parametrize(
    ("line", "marked"),
    [
        (b'{"id": "x", "message": "she is 15 y.o.", "reply_to_message_id": 4}', True),
        (b'{"id": "x", "message": "a word"}', False),
        (b'{"id": cut', True),
    ],
)
def test_a_line_that_cannot_be_read_and_may_be_about_a_minor_marks_its_neighbours(
    tmp_path: Path, line: bytes, *, marked: bool
) -> None:
    damage = next(each for each in open_source(written(tmp_path, RAW, line)).posts() if isinstance(each, Damage))
    assert (damage.marked is not None) is marked
    if damage.marked:
        assert (damage.marked.channel, damage.marked.after) == ("telegram:1234567890", 55)


def test_a_line_without_end_is_passed_over_in_bounded_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ndjson, "MOST_LINE", 5_000)
    monkeypatch.setattr(ndjson, "_CHUNK", 1_000)
    giant = b'{"id": 1, "message": "' + b"x" * 40_000 + b'"}'
    found = list(open_source(written(tmp_path, RAW, giant, {**RAW, "id": 56}, giant)).posts())
    assert [type(each).__name__ for each in found] == ["Post", "Damage", "Post", "Damage"]
    assert all("longer than" in each.reason for each in found if isinstance(each, Damage))


def test_control_and_right_to_left_characters_stay(tmp_path: Path) -> None:
    (post,) = open_source(written(tmp_path, {**RAW, "message": "a\u202eb\u0007"})).posts()
    assert isinstance(post, Post)
    assert post.text == "a\u202eb\u0007"


def test_a_nested_line_costs_itself(tmp_path: Path) -> None:
    damage, _ = open_source(written(tmp_path, b'{"id":' + b"[" * 100_000, RAW)).posts()
    assert isinstance(damage, Damage)


@pytest.mark.parametrize("lines", [(), (b"hello",), ({"tweet": 1},)])
def test_a_file_of_something_else_is_said(tmp_path: Path, lines: tuple[object, ...]) -> None:
    with pytest.raises(SourceError, match="no message of 4CAT and no collected channel"):
        open_source(written(tmp_path, *lines))
    with pytest.raises(SourceError, match="no such file"):
        Ndjson().open(tmp_path / "nowhere.ndjson")


def test_there_is_no_file_to_read_behind_a_line(tmp_path: Path) -> None:
    reader = open_source(written(tmp_path, RAW))
    with pytest.raises(OSError, match=r"\.\./x"):
        reader.read(Place(source=reader.id, path="../x"))
