"""Every built-in kind of source keeps the contract, and one that breaks a promise is caught."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sources.made_archives import BLOG, PAGE, PICTURE, archive_of
from sources.test_fourcat import MAPPED, RAW
from takeback.model.channel import Channel, ChannelKind, Post, PostKind
from takeback.protocols import Reader, Source
from takeback.sources.archive import Archive
from takeback.sources.contract import SourceContract
from takeback.sources.folder import Folder
from takeback.sources.ndjson import Ndjson
from takeback.sources.telegram import TelegramExport
from takeback.sources.web_archive import WebArchive


def written(path: Path, content: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def export(folder: Path) -> Path:
    rows = [{"id": 1, "type": "message", "date_unixtime": "1596196800", "text": "a", "photo": "photos/a.jpg"}]
    rows += [{"id": number, "type": "message", "text": "a word"} for number in range(2, 40)]
    chat = {"name": "n", "type": "public_channel", "id": 3, "messages": rows}
    written(folder / "ChatExport" / "result.json", json.dumps(chat, indent=1).encode())
    written(folder / "ChatExport" / "photos" / "a.jpg", b"picture")
    return folder / "ChatExport"


class TestTelegram(SourceContract):
    def source(self) -> Source:
        return TelegramExport()

    def material(self, folder: Path) -> Path:
        return export(folder)


class TestFolder(SourceContract):
    def source(self) -> Source:
        return Folder()

    def material(self, folder: Path) -> Path:
        written(folder / "pictures" / "deep" / "a.jpg", b"picture")
        return written(folder / "pictures" / "b.png", b"another picture").parent


class TestArchive(SourceContract):
    def source(self) -> Source:
        return Archive()

    def material(self, folder: Path) -> Path:
        inside = export(folder / "before")
        with zipfile.ZipFile(folder / "x.zip", "w") as archive:
            for file in sorted(each for each in inside.rglob("*") if each.is_file()):
                archive.writestr(zipfile.ZipInfo(file.relative_to(inside).as_posix()), file.read_bytes())
        return folder / "x.zip"


class TestNdjson(SourceContract):
    def source(self) -> Source:
        return Ndjson()

    def material(self, folder: Path) -> Path:
        rows = [{**each, "id": number} for number, each in enumerate([RAW, RAW, MAPPED], start=1)]
        return written(folder / "dataset.ndjson", b"\n".join(json.dumps(each).encode() for each in rows))


class TestWarc(SourceContract):
    def source(self) -> Source:
        return WebArchive()

    def material(self, folder: Path) -> Path:
        return written(folder / "pages.warc.gz", archive_of(PAGE, PICTURE, BLOG, packed=True))


class TestWacz(SourceContract):
    def source(self) -> Source:
        return WebArchive()

    def material(self, folder: Path) -> Path:
        with zipfile.ZipFile(folder / "pages.wacz", "w") as archive:
            archive.writestr(zipfile.ZipInfo("archive/a.warc"), archive_of(PAGE, PICTURE, BLOG))
        return folder / "pages.wacz"


class Broken:
    """A kind that breaks promises: an id that is never the same, a post of nowhere, any error at all."""

    name = "broken"

    def recognises(self, path: Path) -> bool:
        return path.is_file()

    def open(self, path: Path) -> Reader:
        return BrokenReader(path.read_bytes())


class BrokenReader:
    def __init__(self, content: bytes) -> None:
        self._content = content

    @property
    def id(self) -> str:
        return str(id(self))

    def channels(self) -> tuple[Channel, ...]:
        return (Channel(id="a", name="a", kind=ChannelKind.OTHER),)

    def posts(self) -> Iterator[Post]:
        yield Post(channel="b", id=len(json.loads(self._content)), kind=PostKind.FILE, time=None)

    def read(self, place: Any) -> bytes:
        return self._content


class OfBroken(SourceContract):
    def source(self) -> Source:
        return Broken()

    def material(self, folder: Path) -> Path:
        return written(folder / "x.json", b"[1, 2, 3]")


@pytest.mark.parametrize(
    "promise",
    [
        "test_what_is_not_there_is_a_source_error",
        "test_the_same_material_is_the_same_wherever_it_lies",
        "test_posts_are_sound",
        "test_a_cut_file_is_damage_or_a_source_error_and_nothing_else",
    ],
)
def test_a_broken_promise_is_caught(tmp_path: Path, promise: str) -> None:
    with pytest.raises((AssertionError, OSError, ValueError)):
        getattr(OfBroken(), promise)(tmp_path)
