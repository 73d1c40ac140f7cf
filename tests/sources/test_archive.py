"""Zips, sound and hostile."""

from __future__ import annotations

import json
import stat
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from takeback.errors import SourceError
from takeback.model.channel import Damage, Post
from takeback.model.media import Absence
from takeback.protocols import Source
from takeback.sources.archive import Archive, ArchiveFault, ArchiveRefused, Limits, ZipTree
from takeback.sources.folder import Folder
from takeback.sources.telegram import TelegramExport
from takeback.sources.tree import Standing, leaves

SMALL = Limits(entries=20, total=10_000, entry=5_000, ratio=20, ratio_from=1_000)
NOISE = bytes((i * i * 7 + i // 3) % 251 for i in range(4_000))


def export_bytes(*photos: str) -> bytes:
    messages = [{"id": i, "type": "message", "photo": photo} for i, photo in enumerate(photos, start=1)]
    return json.dumps({"name": "n", "type": "public_channel", "id": 3, "messages": messages}).encode()


def zipped(path: Path, files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def linked(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        member = zipfile.ZipInfo("link.jpg")
        member.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(member, "/etc/hostname")


def locked(path: Path) -> None:
    zipped(path, {"a.jpg": b"a"})
    content = bytearray(path.read_bytes())
    at = content.rfind(b"PK\x01\x02")
    content[at + 8] |= 1
    path.write_bytes(content)


def overlapping(path: Path) -> None:
    zipped(path, {"a.jpg": NOISE, "b.jpg": NOISE}, zipfile.ZIP_STORED)
    content = bytearray(path.read_bytes())
    at = content.rfind(b"PK\x01\x02")
    content[at + 42 : at + 46] = struct.pack("<L", 0)
    path.write_bytes(content)


def twice(path: Path) -> None:
    zipped(path, {"a.jpg": b"a", "b.jpg": b"b"})
    path.write_bytes(path.read_bytes().replace(b"b.jpg", b"a.jpg"))


def claiming(entries: int) -> Callable[[Path], None]:
    def make(path: Path) -> None:
        zipped(path, {"a.jpg": b"a"})
        content = bytearray(path.read_bytes())
        at = content.rfind(b"PK\x05\x06")
        content[at + 8 : at + 12] = struct.pack("<HH", entries, entries)
        path.write_bytes(content)

    return make


def claiming_index(path: Path) -> None:
    zipped(path, {"a.jpg": b"a"})
    content = bytearray(path.read_bytes())
    at = content.rfind(b"PK\x05\x06")
    content[at + 12 : at + 16] = struct.pack("<L", 1 << 30)
    path.write_bytes(content)


def claiming_64(path: Path) -> None:
    """A zip64 end that claims a hundred thousand entries."""
    start = zipped(path, {"a.jpg": b"a"}).read_bytes()
    at = start.rfind(b"PK\x05\x06")
    end_64 = struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, 100_000, 100_000, 50, at)
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, at, 1)
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    path.write_bytes(start[:at] + end_64 + locator + end)


def cut(path: Path) -> None:
    path.write_bytes(zipped(path, {"a.jpg": NOISE}).read_bytes()[:300])


HOSTILE: dict[str, tuple[Callable[[Path], object], ArchiveFault]] = {
    "a bomb": (lambda path: zipped(path, {"a.jpg": bytes(4_900)}), ArchiveFault.RATIO),
    "a file too large": (lambda path: zipped(path, {"a.jpg": NOISE * 2}), ArchiveFault.ENTRY_TOO_LARGE),
    "too large in all": (
        lambda path: zipped(path, {f"{i}.jpg": NOISE for i in range(3)}, zipfile.ZIP_STORED),
        ArchiveFault.TOO_LARGE,
    ),
    "too many entries": (lambda path: zipped(path, {f"{i}": b"" for i in range(21)}), ArchiveFault.TOO_MANY_ENTRIES),
    "a climbing path": (lambda path: zipped(path, {"../a.jpg": b"a"}), ArchiveFault.PATH),
    "a hidden climbing path": (lambda path: zipped(path, {"x/../../a.jpg": b"a"}), ArchiveFault.PATH),
    "a climbing folder": (lambda path: zipped(path, {"../": b""}), ArchiveFault.PATH),
    "an absolute path": (lambda path: zipped(path, {"/a.jpg": b"a"}), ArchiveFault.PATH),
    "a drive": (lambda path: zipped(path, {"C:\\a.jpg": b"a"}), ArchiveFault.PATH),
    "a link": (linked, ArchiveFault.LINK),
    "a password": (locked, ArchiveFault.PASSWORD),
    "shared bytes": (overlapping, ArchiveFault.OVERLAP),
    "one name twice": (twice, ArchiveFault.DUPLICATE),
    "another method": (lambda path: zipped(path, {"a.jpg": b"a"}, zipfile.ZIP_BZIP2), ArchiveFault.METHOD),
    "only archives": (lambda path: zipped(path, {"a.zip": b"a"}), ArchiveFault.ONLY_ARCHIVES),
    "a claim of entries": (claiming(60_000), ArchiveFault.TOO_MANY_ENTRIES),
    "a claim of a large index": (claiming_index, ArchiveFault.TOO_MANY_ENTRIES),
    "a claim of 100,000 entries in zip64": (claiming_64, ArchiveFault.TOO_MANY_ENTRIES),
    "cut off": (cut, ArchiveFault.DAMAGED),
    "no zip behind its first bytes": (lambda path: path.write_bytes(b"PK\x03\x04 hello"), ArchiveFault.DAMAGED),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_zip_is_refused_with_its_fault_and_the_way_out(tmp_path: Path, name: str) -> None:
    make, fault = HOSTILE[name]
    path = tmp_path / "material.zip"
    make(path)
    with pytest.raises(ArchiveRefused, match=r"material\.zip \(.+\)") as caught:
        Archive(SMALL).open(path)
    assert caught.value.fault is fault


def test_the_shipped_limits_refuse_a_hundred_thousand_entries(tmp_path: Path) -> None:
    claiming_64(tmp_path / "a.zip")
    with pytest.raises(ArchiveRefused, match="100,000 entries"):
        Archive().open(tmp_path / "a.zip")


def test_a_zip_of_an_export_gives_what_the_export_gives(tmp_path: Path) -> None:
    files = {
        "result.json": export_bytes("photos/1.jpg", "photos/2.jpg", "../x.jpg"),
        "photos/1.jpg": NOISE,
        "files/inner.zip": b"never opened",
    }
    folder = tmp_path / "ChatExport_x"
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    path = zipped(tmp_path / "x.zip", files)
    plain, packed = TelegramExport().open(folder), Archive().open(path)
    assert packed.id == plain.id
    assert list(packed.posts()) == list(plain.posts())
    posts = [row for row in packed.posts() if isinstance(row, Post)]
    assert [missing.absence for post in posts for missing in post.missing] == [
        Absence.FILE_MISSING,
        Absence.OUTSIDE_SOURCE,
    ]
    assert packed.read(posts[0].media[0].place) == NOISE


def test_a_zip_with_the_export_in_a_folder_is_read(tmp_path: Path) -> None:
    path = zipped(tmp_path / "x.zip", {"Chat/result.json": export_bytes("1.jpg"), "Chat/1.jpg": b"1"})
    (post,) = Archive().open(path).posts()
    assert isinstance(post, Post)
    assert post.media[0].place.path == "Chat/1.jpg"


def test_a_zip_of_pictures_gives_what_the_folder_gives(tmp_path: Path) -> None:
    files = {"b.jpg": b"b", "a/c.png": b"c"}
    folder = tmp_path / "pictures"
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    path = zipped(tmp_path / "pictures.zip", files)
    assert list(Archive().open(path).posts()) == list(Folder().open(folder).posts())


def test_a_damaged_member_is_damage_and_the_rest_goes_on(tmp_path: Path) -> None:
    path = zipped(tmp_path / "x.zip", {"a.jpg": NOISE, "b.jpg": b"b"}, zipfile.ZIP_STORED)
    content = bytearray(path.read_bytes())
    content[100] ^= 0xFF
    path.write_bytes(content)
    damage, post = Archive().open(path).posts()
    assert isinstance(damage, Damage)
    assert isinstance(post, Post)
    assert damage.place == "a.jpg"


def test_what_is_no_zip_is_not_recognised(tmp_path: Path) -> None:
    source = Archive()
    assert isinstance(source, Source)
    (tmp_path / "a.zip").write_bytes(b"text")
    assert not source.recognises(tmp_path / "a.zip")
    assert not source.recognises(tmp_path)
    with pytest.raises(SourceError, match="not a zip"):
        source.open(tmp_path / "a.zip")


def test_an_html_export_in_a_zip_is_read(tmp_path: Path) -> None:
    page = b'<div class="history"><div class="message default" id="message7"><div class="body"></div></div></div>'
    (post,) = Archive().open(zipped(tmp_path / "a.zip", {"messages.html": page})).posts()
    assert isinstance(post, Post)
    assert post.id == 7


def test_a_member_is_inside_and_a_climbing_path_is_outside(tmp_path: Path) -> None:
    tree = ZipTree(zipped(tmp_path / "a.zip", {"a/b.jpg": b"b"}))
    assert [tree.standing(path) for path in ("a/b.jpg", "a", "../a")] == [
        Standing.INSIDE,
        Standing.MISSING,
        Standing.OUTSIDE,
    ]
    assert (tree.folders(), tree.size("a/b.jpg"), tree.left_out()) == (("a",), 1, ())
    tree.close()


@given(st.lists(st.sampled_from(["..", "a", "", ".", "b.jpg", "\\..", "C:"]), min_size=1, max_size=6))
def test_a_path_that_does_not_leave_stays_below_its_root(parts: list[str]) -> None:
    path = "/".join(parts)
    if not leaves(path):
        depth = 0
        for part in path.replace("\\", "/").split("/"):
            depth += {"..": -1, ".": 0, "": 0}.get(part, 1)
            assert depth >= 0
        assert not path.startswith(("/", "C:"))
