"""Web archives as a source: posts, counts, pictures, and what cannot be read."""

from __future__ import annotations

import json
import zipfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sources.made_archives import (
    BLOG,
    JPEG,
    PAGE,
    PHOTO,
    PICTURE,
    TIME,
    Kept,
    archive_of,
    message,
    packed_twice,
    packed_whole,
    photo,
    preview,
)
from takeback.errors import MediaChanged, SourceError
from takeback.model.channel import ChannelKind, Damage, Post, PostKind
from takeback.model.digest import sha256_of
from takeback.model.media import Absence, MediaKind
from takeback.plugins import open_source
from takeback.protocols import CountsAudiences, Source
from takeback.sources.archive import Archive
from takeback.sources.reading import MediaReader
from takeback.sources.web_archive import WebArchive

CLUB = b"""<title>Picture club</title><h1 class="page_name">Picture club</h1><p>Rooms: https://t.me/picture_garden</p>
<div class="post" data-post-id="-77_5"><div class="wall_post_text">Come <a href="https://t.me/picture_garden">in</a>
</div></div>"""
ROOM = "https://t.me/s/picture_garden"
SHOP = Kept(uri="https://shop.example.org/", content=b"<title>Shoes</title><p>no rooms here</p>")


def kept(path: Path, content: bytes, name: str = "pages.warc.gz") -> Path:
    path = path / name
    path.write_bytes(content)
    return path


def posts_of(path: Path) -> list[Post]:
    return [each for each in WebArchive().open(path).posts() if isinstance(each, Post)]


def damage_of(path: Path) -> list[Damage]:
    return [each for each in WebArchive().open(path).posts() if isinstance(each, Damage)]


FORMS = {
    "plain": archive_of(PAGE, PICTURE, BLOG, SHOP),
    "packed": archive_of(PAGE, PICTURE, BLOG, SHOP, packed=True),
    "packed as a whole": packed_whole(PAGE, PICTURE, BLOG, SHOP),
    "packed twice": packed_twice(PAGE, PICTURE, BLOG, SHOP),
}


@pytest.mark.parametrize("form", FORMS)
def test_posts_counts_pages_and_pictures_are_read_however_the_file_is_packed(tmp_path: Path, form: str) -> None:
    path = kept(tmp_path, FORMS[form])
    reader = WebArchive().open(path)
    found = list(reader.posts())
    assert [(each.channel, each.id) for each in found[:2] if isinstance(each, Post)] == [
        ("telegram:1234567890", 5),
        ("telegram:1234567890", 7),
    ]
    assert [each.kind for each in found if isinstance(each, Post)] == [
        PostKind.MESSAGE,
        PostKind.MESSAGE,
        PostKind.PAGE,
    ]
    (media,) = found[1].media if isinstance(found[1], Post) else ()
    assert (media.sha256, media.size, media.kind) == (sha256_of(JPEG), len(JPEG), MediaKind.PHOTO)
    assert reader.read(media.place) == JPEG
    with MediaReader({reader.id: path}) as again:
        assert again.read(media) == JPEG
    assert (reader.records, reader.pages) == (4, 3)


def test_a_source_names_its_channels_with_their_usernames_and_counts_its_audiences(tmp_path: Path) -> None:
    reader = WebArchive().open(kept(tmp_path, archive_of(PAGE, BLOG, SHOP)))
    assert isinstance(WebArchive(), Source)
    assert isinstance(reader, CountsAudiences)
    assert [(each.id, each.name, each.kind, each.username) for each in reader.channels()] == [
        ("telegram:1234567890", "Picture Garden", ChannelKind.PUBLIC_CHANNEL, "Picture_Garden"),
        ("web:blog.example.org", "blog.example.org", ChannelKind.WEB_PAGES, None),
    ]
    (audience,) = reader.audiences()
    assert (audience.channel, audience.members, audience.source) == ("telegram:1234567890", 45_615, "t.me preview")
    assert audience.time == datetime(2020, 7, 31, 12, tzinfo=UTC)
    first = next(each for each in reader.posts() if isinstance(each, Post))
    assert (first.author, first.author_id) == ("Picture Garden", "channel1234567890")


def test_the_same_archive_is_the_same_source_wherever_it_lies(tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("x.warc", "y.warc", "z.warc")]
    for path, content in zip(paths, (archive_of(PAGE), archive_of(PAGE), archive_of(BLOG)), strict=True):
        path.write_bytes(content)
    first, second, third = (open_source(path).id for path in paths)
    assert first == second != third


def test_a_wacz_and_a_folder_of_warc_files_are_read_like_the_file_alone(tmp_path: Path) -> None:
    content = archive_of(PAGE, PICTURE, packed=True)
    with zipfile.ZipFile(tmp_path / "x.wacz", "w") as archive:
        archive.writestr("archive/pages.warc.gz", content)
        archive.writestr("datapackage.json", json.dumps({"profile": "data-package"}))
    folder = tmp_path / "folder"
    folder.mkdir()
    kept(folder, content)
    (folder / "audience.csv").write_text("channel,members,time,source\n", encoding="utf-8")
    alone = posts_of(kept(tmp_path, content))
    for path in (tmp_path / "x.wacz", folder):
        reader = open_source(path)
        found = [each for each in reader.posts() if isinstance(each, Post)]
        assert [replace(each, media=()) for each in found] == [replace(each, media=()) for each in alone]
        (media,) = found[1].media
        with MediaReader({reader.id: path}) as again:
            assert again.read(media) == JPEG
    assert not Archive().recognises(tmp_path / "x.wacz")


def test_the_newest_capture_of_a_post_stands_and_older_words_follow_for_the_gate(tmp_path: Path) -> None:
    early, late = "2020-07-01T00:00:00Z", "2020-07-31T00:00:00Z"
    content = archive_of(
        Kept(uri=ROOM, date=late, content=preview(message(5, "same", views="90"), message(6, "changed", views="9"))),
        Kept(uri=ROOM, date=early, content=preview(message(5, "same", views="10"), message(6, "as it was", views="1"))),
    )
    found = posts_of(kept(tmp_path, content))
    assert [(each.id, each.text, each.views) for each in found] == [
        (5, "same", 90),
        (6, "changed", 9),
        (6, "as it was", 1),
    ]
    reader = WebArchive().open(kept(tmp_path, content))
    assert [each.time.day for each in reader.audiences()] == [1, 31]


def test_pictures_of_a_post_are_gathered_over_its_captures(tmp_path: Path) -> None:
    other = "https://cdn5.telesco.pe/file/moved.jpg"
    content = archive_of(
        Kept(uri=ROOM, date="2020-07-01T00:00:00Z", content=preview(message(7, more=photo()))),
        Kept(uri=ROOM, date="2020-07-31T00:00:00Z", content=preview(message(7, more=photo(other)))),
        PICTURE,
    )
    (post,) = posts_of(kept(tmp_path, content))
    assert [each.sha256 for each in post.media] == [sha256_of(JPEG)]
    assert post.missing == ()


def test_a_picture_that_the_archive_does_not_hold_is_missing_and_one_that_no_page_names_stands_alone(
    tmp_path: Path,
) -> None:
    loose = Kept(
        uri="https://cdn.example.org/loose.png", content=b"\x89PNG\r\n\x1a\nx", mime="application/octet-stream"
    )
    reader = WebArchive().open(kept(tmp_path, archive_of(PAGE, loose)))
    found = [each for each in reader.posts() if isinstance(each, Post)]
    assert [(each.absence, each.named) for each in found[1].missing] == [(Absence.NOT_INCLUDED, PHOTO)]
    assert (found[2].kind, found[2].channel, found[2].text) == (PostKind.FILE, "web:cdn.example.org", loose.uri)
    assert found[2].channel in {each.id for each in reader.channels()}
    assert reader.read(found[2].media[0].place) == loose.content


def test_the_rest_of_a_preview_page_that_came_as_json_is_read_too(tmp_path: Path) -> None:
    more = Kept(
        uri=f"{ROOM}?before=5",
        content=json.dumps(message(3, "earlier")).encode(),
        mime="application/json",
    )
    assert [each.id for each in posts_of(kept(tmp_path, archive_of(PAGE, more)))] == [5, 7, 3]


def test_the_host_of_the_record_decides_and_not_what_a_page_pretends_to_be(tmp_path: Path) -> None:
    fake = replace(PAGE, uri="https://fake.example.org/s/picture_garden")
    reader = WebArchive().open(kept(tmp_path, archive_of(fake)))
    (post,) = [each for each in reader.posts() if isinstance(each, Post)]
    assert (post.channel, post.kind) == ("web:fake.example.org", PostKind.PAGE)
    assert reader.audiences() == ()


def test_a_post_under_a_foreign_name_is_damage(tmp_path: Path) -> None:
    both = Kept(uri=ROOM, content=preview(message(5), message(6, name="another_room")))
    (damage,) = damage_of(kept(tmp_path, archive_of(both)))
    assert "names another channel" in damage.reason
    assert damage.place == "pages.warc.gz#0"


def test_a_name_with_two_numbers_keeps_its_name(tmp_path: Path) -> None:
    other = Kept(uri=ROOM, content=preview(message(9, peer="c999_1")), date="2021-01-01T00:00:00Z")
    assert {each.channel for each in posts_of(kept(tmp_path, archive_of(PAGE, other)))} == {"telegram:@picture_garden"}


@pytest.mark.parametrize("status", ["404 Not Found", "302 Found", "500 Oops"])
def test_what_a_server_refused_is_no_page(tmp_path: Path, status: str) -> None:
    assert posts_of(kept(tmp_path, archive_of(replace(PAGE, status=status)))) == []


def test_a_cut_archive_is_read_up_to_the_cut_and_the_cut_is_said(tmp_path: Path) -> None:
    content = archive_of(BLOG, PAGE)
    cut = content[: content.index(b"with a picture")]
    path = kept(tmp_path, cut)
    assert [each.id for each in posts_of(path) if each.kind is PostKind.MESSAGE] == [5, 7]
    (damage,) = damage_of(path)
    assert "cut short" in damage.reason


def test_one_broken_record_costs_itself_and_is_listed_with_its_place(tmp_path: Path) -> None:
    first, second = archive_of(PAGE, packed=True), archive_of(BLOG, packed=True)
    broken = bytearray(first)
    broken[len(first) // 2] ^= 0xFF
    path = kept(tmp_path, bytes(broken) + second)
    assert [each.kind for each in posts_of(path)][-1] is PostKind.PAGE
    assert [each.place.partition("#")[0] for each in damage_of(path)] == ["pages.warc.gz"]


def test_changed_bytes_are_refused_when_a_picture_is_read_again(tmp_path: Path) -> None:
    path = kept(tmp_path, archive_of(PAGE, PICTURE))
    reader = WebArchive().open(path)
    media = next(media for each in reader.posts() if isinstance(each, Post) for media in each.media)
    path.write_bytes(path.read_bytes().replace(b"opened by nobody", b"changed since.."))
    with MediaReader({reader.id: path}) as again, pytest.raises(MediaChanged, match=r"pages\.warc\.gz#\d+"):
        again.read(media)
    path.write_bytes(archive_of(PAGE))
    with MediaReader({reader.id: path}) as again, pytest.raises(MediaChanged, match="can no longer be read"):
        again.read(media)


def test_a_place_outside_of_the_archive_is_never_opened(tmp_path: Path) -> None:
    path = kept(tmp_path, archive_of(PAGE, PICTURE))
    reader = WebArchive().open(path)
    media = next(media for each in reader.posts() if isinstance(each, Post) for media in each.media)
    for wrong in ("../secret.warc#0", "pages.warc.gz", "pages.warc.gz#5", "pages.warc.gz#0.99", "pages.warc.gz#0"):
        moved = replace(media, place=replace(media.place, path=wrong))
        with MediaReader({reader.id: path}) as again, pytest.raises(MediaChanged):
            again.read(moved)


@pytest.mark.parametrize(("name", "content"), [("x.warc.gz", b"hello"), ("y.warc", b"\0" * 4096)])
def test_an_archive_of_something_else_has_a_clear_outcome(tmp_path: Path, name: str, content: bytes) -> None:
    reader = open_source(kept(tmp_path, content, name))
    assert all(isinstance(each, Damage) for each in reader.posts())
    assert reader.channels() == ()


def test_a_wacz_without_an_archive_is_said(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.wacz", "w") as archive:
        archive.writestr("datapackage.json", "{}")
    with pytest.raises(SourceError, match="no web archive in it"):
        open_source(tmp_path / "x.wacz")
    with pytest.raises(SourceError, match="no web archive: "):
        WebArchive().open(tmp_path / "nowhere.warc")


def test_dates_that_no_record_has_are_none_and_count_nothing(tmp_path: Path) -> None:
    content = archive_of(PAGE).replace(TIME.encode(), b"20200731 nonsense!!!")
    reader = WebArchive().open(kept(tmp_path, content))
    assert reader.audiences() == ()
    assert len(list(reader.posts())) == 2


def test_a_film_is_neither_read_as_a_page_nor_taken_for_a_picture(tmp_path: Path) -> None:
    film = Kept(uri="https://cdn.example.org/a.mp4", content=b"\0\0\0\x18ftypisom", mime="video/mp4")
    drawing = Kept(uri="https://cdn.example.org/a.svg", content=b"<svg/>", mime="image/svg+xml")
    assert posts_of(kept(tmp_path, archive_of(film, drawing))) == []


def test_what_a_page_of_a_community_says_beside_its_posts_is_a_row_of_the_community(tmp_path: Path) -> None:
    read = open_source(kept(tmp_path, archive_of(Kept(uri="https://vk.com/public77", content=CLUB))))
    assert [(each.id, each.kind) for each in read.channels()] == [("vk:-77", ChannelKind.COMMUNITY)]
    posts = [each for each in read.posts() if isinstance(each, Post)]
    assert {(each.channel, each.kind) for each in posts} == {
        ("vk:-77", PostKind.MESSAGE),
        ("vk:-77", PostKind.PAGE),
    }
    assert all("https://t.me/picture_garden" in " ".join(each.links) for each in posts)


def test_a_page_of_vk_without_a_community_is_a_page_of_its_host(tmp_path: Path) -> None:
    page = Kept(uri="https://vk.com/@-77/text", content=b"<p>Rooms: https://t.me/picture_garden</p>")
    read = open_source(kept(tmp_path, archive_of(page)))
    assert [each.channel for each in read.posts() if isinstance(each, Post)] == ["web:vk.com"]


def test_an_archive_without_a_record_is_refused_and_beside_others_set_aside(tmp_path: Path) -> None:
    path = kept(tmp_path, b"", "empty.warc")
    with pytest.raises(SourceError, match=r"web archive is empty: .*empty\.warc holds no record"):
        WebArchive().open(path)
    kept(tmp_path, archive_of(PAGE))
    (damage,) = damage_of(tmp_path)
    assert (damage.place, damage.reason, damage.posts_lost) == ("empty.warc", "the file holds no record", 0)
    assert WebArchive().open(tmp_path).records == 1
