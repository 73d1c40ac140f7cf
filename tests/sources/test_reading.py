"""Opening media again, as they were at intake."""

from __future__ import annotations

import json
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from takeback.errors import MediaChanged
from takeback.model.channel import Post
from takeback.model.media import Media, Place
from takeback.protocols import Reader
from takeback.sources.archive import Archive
from takeback.sources.folder import Folder
from takeback.sources.reading import MediaReader, read_media
from takeback.sources.telegram import TelegramExport


def media_of(reader: Reader) -> Media:
    return next(media for row in reader.posts() if isinstance(row, Post) for media in row.media)


def pictures(folder: Path) -> Path:
    folder.mkdir()
    (folder / "a.jpg").write_bytes(b"the bytes")
    return folder


def test_media_are_read_again_from_folder_export_file_and_zip(tmp_path: Path) -> None:
    folder = pictures(tmp_path / "folder")
    export = pictures(tmp_path / "export")
    (export / "chat.json").write_text(
        json.dumps({"id": 1, "messages": [{"id": 1, "type": "message", "photo": "a.jpg"}]}), encoding="utf-8"
    )
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr("deep/a.jpg", b"the bytes")
    opened: list[tuple[Reader, Path]] = [
        (Folder().open(folder), folder),
        (TelegramExport().open(export / "chat.json"), export / "chat.json"),
        (Archive().open(tmp_path / "x.zip"), tmp_path / "x.zip"),
    ]
    with MediaReader({reader.id: path for reader, path in opened}) as media:
        for _ in range(2):
            assert [media.read(media_of(reader)) for reader, _ in opened] == [b"the bytes"] * 3


@pytest.mark.parametrize("now", [b"other one", b"the bytes and more", b""])
def test_changed_bytes_are_refused(tmp_path: Path, now: bytes) -> None:
    folder = pictures(tmp_path / "folder")
    media = media_of(Folder().open(folder))
    (folder / "a.jpg").write_bytes(now)
    with pytest.raises(MediaChanged, match=r"changed since intake: a\.jpg in .*folder: .*\(put the material back"):
        read_media({media.place.source: folder}, media)


def test_what_is_gone_is_refused(tmp_path: Path) -> None:
    folder = pictures(tmp_path / "folder")
    media = media_of(Folder().open(folder))
    with pytest.raises(MediaChanged, match="nobody says where the source"):
        read_media({}, media)
    with pytest.raises(MediaChanged, match="source is no longer there"):
        read_media({media.place.source: tmp_path / "moved"}, media)
    (folder / "a.jpg").unlink()
    with pytest.raises(MediaChanged, match="file is no longer there"):
        read_media({media.place.source: folder}, media)


def test_a_place_outside_its_source_is_never_opened(tmp_path: Path) -> None:
    folder = pictures(tmp_path / "folder")
    (tmp_path / "secret").write_bytes(b"the bytes")
    media = media_of(Folder().open(folder))
    outside = replace(media, place=Place(source=media.place.source, path="../secret"))
    with pytest.raises(MediaChanged, match="no longer there"):
        read_media({media.place.source: folder}, outside)


def test_a_zip_that_was_cut_off_since_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.jpg", b"the bytes")
    media = media_of(Archive().open(path))
    path.write_bytes(path.read_bytes()[:40])
    with pytest.raises(MediaChanged, match="can no longer be opened: zip has no index"):
        read_media({media.place.source: path}, media)
