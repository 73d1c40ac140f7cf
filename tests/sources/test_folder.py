"""A folder of pictures as a source."""

from __future__ import annotations

from pathlib import Path

import pytest

from takeback.errors import SourceError
from takeback.model.channel import ChannelKind, Damage, Post, PostKind
from takeback.model.digest import sha256_of
from takeback.model.media import MediaKind
from takeback.protocols import Source
from takeback.sources.folder import Folder

PNG = b"\x89PNG\r\n\x1a\n"


def filled(folder: Path) -> Path:
    (folder / "b" / "deep").mkdir(parents=True)
    (folder / "b" / "deep" / "one.JPG").write_bytes(b"one")
    (folder / "a.png").write_bytes(PNG)
    (folder / "clip.mp4").write_bytes(b"clip")
    (folder / "unnamed").write_bytes(PNG + b"x")
    (folder / "notes.txt").write_bytes(b"notes")
    (folder / "channels.csv").write_bytes(b"channel,username\n")
    return folder


def test_each_file_is_a_post_in_the_order_of_its_path(tmp_path: Path) -> None:
    reader = Folder().open(filled(tmp_path))
    posts = [row for row in reader.posts() if isinstance(row, Post)]
    assert [(post.id, post.media[0].place.path, post.media[0].kind) for post in posts] == [
        (1, "a.png", MediaKind.IMAGE_FILE),
        (2, "b/deep/one.JPG", MediaKind.IMAGE_FILE),
        (3, "clip.mp4", MediaKind.VIDEO),
        (4, "notes.txt", MediaKind.DOCUMENT),
        (5, "unnamed", MediaKind.IMAGE_FILE),
    ]
    assert {(post.kind, post.time) for post in posts} == {(PostKind.FILE, None)}
    assert posts[0].media[0].sha256 == sha256_of(PNG)
    (channel,) = reader.channels()
    assert {post.channel for post in posts} == {channel.id}
    assert channel.kind is ChannelKind.FOLDER
    assert reader.read(posts[1].media[0].place) == b"one"


def test_the_same_files_are_the_same_source_wherever_they_lie(tmp_path: Path) -> None:
    for name in ("x", "y", "z"):
        (tmp_path / name).mkdir()
        filled(tmp_path / name)
    (tmp_path / "z" / "a.png").write_bytes(b"other")
    first, second, third = (Folder().open(tmp_path / name) for name in ("x", "y", "z"))
    assert first.id == second.id != third.id
    assert list(first.posts()) == list(second.posts())


def test_a_link_that_leaves_is_damage_and_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "secret.jpg").write_bytes(b"not yours")
    (tmp_path / "elsewhere").mkdir()
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "a.jpg").write_bytes(b"a")
    (folder / "link.jpg").symlink_to("../secret.jpg")
    (folder / "linked").symlink_to("../elsewhere")
    rows = list(Folder().open(folder).posts())
    assert [row.place for row in rows if isinstance(row, Damage)] == ["link.jpg", "linked"]
    assert sum(isinstance(row, Post) for row in rows) == 1


def test_a_folder_without_files_and_no_folder_are_said(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no file in it can be read"):
        Folder().open(tmp_path)
    with pytest.raises(SourceError, match="no such folder"):
        Folder().open(tmp_path / "nowhere")


def test_a_folder_is_recognised_and_an_export_is_left_to_its_own_kind(tmp_path: Path) -> None:
    source = Folder()
    assert isinstance(source, Source)
    assert source.recognises(tmp_path)
    (tmp_path / "result.json").write_text("{}", encoding="utf-8")
    assert not source.recognises(tmp_path)
    assert not source.recognises(tmp_path / "result.json")
