"""Telegram Desktop exports in JSON."""

from __future__ import annotations

import json
import os
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import Raw

from takeback.bench.ingest.export import write_export
from takeback.errors import SourceError
from takeback.model.channel import BEFORE_ALL_POSTS, ChannelKind, Damage, MarkedRow, Post, PostKind
from takeback.model.digest import sha256_of
from takeback.model.media import Absence, MediaKind
from takeback.protocols import Source
from takeback.sources.telegram import TelegramExport, TelegramReader
from takeback.sources.telegram_posts import Files, details_of, post_of
from takeback.sources.telegram_schema import decode_message
from takeback.sources.tree import DirectoryTree

MESSAGE = {"id": 1, "type": "message", "date": "2024-03-01T10:00:00", "text": "hello"}


def export(folder: Path, *messages: Any, **chat: Any) -> TelegramReader:
    """An opened export of one chat that holds these messages."""
    content = {"name": "A chat", "type": "public_channel", "id": 77, "messages": list(messages), **chat}
    (folder / "result.json").write_text(json.dumps(content), encoding="utf-8")
    return TelegramExport().open(folder)


def read(reader: TelegramReader) -> tuple[list[Post], list[Damage]]:
    rows = list(reader.posts())
    return [row for row in rows if isinstance(row, Post)], [row for row in rows if isinstance(row, Damage)]


def only(folder: Path, **fields: Any) -> Post:
    (post,), damage = read(export(folder, {**MESSAGE, **fields}))
    assert not damage
    return post


# --- stored exports: counts as their own page says, nothing lost -----------------------------------------------------

STORED = {
    "roboteam/telegram-test-json/result.json": (8, 4, 0, 0),
    "tkonverter/examples/result.json": (25, 61, 1, 0),
    "tkonverter/examples/result_group.json": (23, 21, 1, 0),
    "telegram-chat-parser/saved.json": (20, 1, 0, 0),
    "telegram-chat-parser/bot.json": (2, 0, 0, 0),
    "telegram-chat-parser/private_channel.json": (5, 2, 0, 0),
    "telegram-chat-parser/public_channel.json": (5, 2, 0, 0),
    "telegram-chat-parser/private_group.json": (1, 1, 0, 0),
    "telegram-chat-parser/public_supergroup.json": (1, 3, 0, 0),
    "telegram-chat-parser/personal.json": (0, 0, 0, 0),
    "telegram-chat-parser/users_test.json": (8, 1, 0, 0),
    "telegram-chat-parser/error-unexpected.json": (12, 1, 1, 2),
    "tg-parser/tests/fixtures/personal_chat.json": (4, 1, 0, 0),
    "tg-parser/tests/fixtures/supergroup_with_topics.json": (4, 3, 0, 0),
}


@pytest.mark.parametrize(("name", "counts"), STORED.items())
def test_a_stored_export_loses_nothing(shared_data: Path, name: str, counts: tuple[int, int, int, int]) -> None:
    path = shared_data / "telegram" / name
    reader = TelegramExport().open(path)
    posts, damage = read(reader)
    kinds = Counter(post.kind for post in posts)
    lost = sum(each.posts_lost for each in damage)
    assert (kinds[PostKind.MESSAGE], kinds[PostKind.SERVICE], kinds[PostKind.UNSUPPORTED], lost) == counts
    assert len(posts) + lost == reader.messages == len(json.loads(path.read_text("utf-8"))["messages"])


def test_the_real_export_finds_its_files(shared_data: Path) -> None:
    folder = shared_data / "telegram" / "roboteam" / "telegram-test-json"
    posts, _ = read(TelegramExport().open(folder))
    media = [media for post in posts for media in post.media]
    assert Counter(each.kind for each in media) == {
        MediaKind.PHOTO: 1,
        MediaKind.AUDIO: 1,
        MediaKind.VIDEO: 2,
        MediaKind.IMAGE_FILE: 1,
        MediaKind.THUMBNAIL: 2,
    }
    for each in media:
        content = (folder / each.place.path).read_bytes()
        assert (each.sha256, each.size) == (sha256_of(content), len(content))
    assert not [missing for post in posts for missing in post.missing]
    assert min(post.time for post in posts if post.time) == datetime(2022, 3, 16, 19, 23, 47, tzinfo=UTC)
    assert not any(post.zone_known for post in posts)


def test_a_stored_file_that_is_not_json_is_one_clear_error(shared_data: Path) -> None:
    with pytest.raises(SourceError, match=r"not valid JSON: error\.json in .*export the chat again"):
        TelegramExport().open(shared_data / "telegram" / "telegram-chat-parser" / "error.json")


def test_negative_ids_of_a_migrated_group_are_kept(shared_data: Path) -> None:
    posts, _ = read(TelegramExport().open(shared_data / "telegram/telegram-chat-parser/public_supergroup.json"))
    assert [post.id for post in posts] == [-999678450, -999678449, -999675685, 1]


def test_the_widest_stored_export_gives_its_fields(shared_data: Path) -> None:
    posts, _ = read(TelegramExport().open(shared_data / "telegram/tkonverter/examples/result.json"))
    by_id = {post.id: post for post in posts}
    assert by_id[1].links == ("https://example.org", "https://t.me")
    assert by_id[1].mentions == ("@alice",)
    assert [(each.label, each.count) for each in by_id[1].reactions] == [
        ("🔥", 2),
        ("custom:1234567890123456789", 1),
        ("paid", 3),
    ]
    assert by_id[2].forward is not None
    assert (by_id[2].forward.name, by_id[2].forward.origin) == ("Channel News", "telegram:500")
    assert by_id[2].edited == datetime.fromtimestamp(1769936580, UTC)
    assert by_id[17].poll is not None
    assert [(answer.text, answer.voters) for answer in by_id[17].poll.answers] == [("C++", 7), ("Rust", 5)]
    assert by_id[87].kind is PostKind.UNSUPPORTED
    assert by_id[87].time is None


# --- fields ---------------------------------------------------------------------------------------------------------


def test_unix_time_is_preferred_and_its_zone_is_known(tmp_path: Path) -> None:
    post = only(tmp_path, date_unixtime="1700000000")
    assert (post.time, post.zone_known) == (datetime.fromtimestamp(1700000000, UTC), True)


def test_local_time_is_taken_as_utc_and_says_so(tmp_path: Path) -> None:
    post = only(tmp_path)
    assert (post.time, post.zone_known) == (datetime(2024, 3, 1, 10, tzinfo=UTC), False)


@pytest.mark.parametrize("unix", ["", "soon", str(10**30), "9" * 5000, "0", "-62135596800", "253402300799"])
def test_a_unix_time_that_cannot_be_read_falls_back_to_the_date(tmp_path: Path, unix: str) -> None:
    (post,), (damage,) = read(export(tmp_path, {**MESSAGE, "date_unixtime": unix}))
    assert post.time == datetime(2024, 3, 1, 10, tzinfo=UTC)
    assert damage.posts_lost == 0


def test_a_message_without_a_date_is_a_post_without_a_time(tmp_path: Path) -> None:
    (post,), damage = read(export(tmp_path, {"id": 1, "type": "unsupported"}))
    assert (post.time, damage) == (None, [])


def test_1970_means_not_edited(tmp_path: Path) -> None:
    assert only(tmp_path, edited="1970-01-01T01:00:00").edited is None


def test_text_as_a_mixed_array_is_joined(tmp_path: Path) -> None:
    text = [
        "see ",
        {"type": "text_link", "text": "here", "href": "https://a.example/x"},
        " or ",
        {"type": "link", "text": "b.example"},
    ]
    post = only(tmp_path, text=text)
    assert (post.text, post.links) == ("see here or b.example", ("https://a.example/x", "b.example"))


def test_a_poll_may_be_written_in_arrays(tmp_path: Path) -> None:
    poll = {"question": ["Which ", {"type": "bold", "text": "one"}], "answers": [{"text": ["a"], "voters": "2"}]}
    found = only(tmp_path, poll=poll).poll
    assert found is not None
    assert (found.question, found.answers[0].text, found.total_voters) == ("Which one", "a", 2)


@pytest.mark.parametrize(
    ("fields", "name", "origin"),
    [
        ({"forwarded_from": "A name"}, "A name", None),
        ({"forwarded_from": None}, None, None),
        ({"forwarded_from": "A name", "forwarded_from_id": "channel9"}, "A name", "telegram:9"),
        ({"forwarded_from_id": "user5"}, None, "telegram:5"),
    ],
)
def test_a_forward_is_a_name_and_at_most_a_platform_id(
    tmp_path: Path, fields: dict[str, Any], name: str | None, origin: str | None
) -> None:
    forward = only(tmp_path, **fields).forward
    assert forward is not None
    assert (forward.name, forward.origin) == (name, origin)


def test_an_answer_to_another_chat_is_no_answer_here(tmp_path: Path) -> None:
    assert only(tmp_path, reply_to_message_id=4).reply_to == 4
    assert only(tmp_path, reply_to_message_id=4, reply_to_peer_id="channel77").reply_to == 4
    assert only(tmp_path, reply_to_message_id=4, reply_to_peer_id="channel78").reply_to is None


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"photo": "a"}, MediaKind.PHOTO),
        ({"file": "a.webp", "media_type": "sticker"}, MediaKind.STICKER),
        ({"file": "a.tgs", "media_type": "sticker"}, MediaKind.VIDEO),
        ({"file": "a.gif", "media_type": "animation", "mime_type": "image/gif"}, MediaKind.ANIMATION),
        ({"file": "a.mp4", "media_type": "animation", "mime_type": "video/mp4"}, MediaKind.VIDEO),
        ({"file": "a.mp4", "media_type": "video_message"}, MediaKind.VIDEO),
        ({"file": "a.ogg", "media_type": "voice_message"}, MediaKind.AUDIO),
        ({"file": "a.png"}, MediaKind.IMAGE_FILE),
        ({"file": "a", "mime_type": "image/png"}, MediaKind.IMAGE_FILE),
        ({"file": "a.pdf", "mime_type": "application/pdf"}, MediaKind.DOCUMENT),
        ({"file": "a.bin", "media_type": "something new"}, MediaKind.DOCUMENT),
        ({"thumbnail": "a.jpg"}, MediaKind.THUMBNAIL),
    ],
)
def test_files_have_the_kind_that_their_message_says(tmp_path: Path, fields: dict[str, str], kind: MediaKind) -> None:
    (missing,) = only(tmp_path, **fields).missing
    assert (missing.kind, missing.absence) == (kind, Absence.FILE_MISSING)


def test_a_document_that_begins_as_a_picture_is_searched(tmp_path: Path) -> None:
    (tmp_path / "data.bin").write_bytes(b"\x89PNG\r\n\x1a\n rest")
    (media,) = only(tmp_path, file="data.bin").media
    assert media.kind is MediaKind.IMAGE_FILE


# --- placeholders, and paths that are none ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("named", "absence"),
    [
        ("(File not included. Change data exporting settings to download.)", Absence.NOT_INCLUDED),
        ("(Photo not included. Change data exporting settings to download.)", Absence.NOT_INCLUDED),
        ("(File exceeds maximum size. Change data exporting settings to download.)", Absence.TOO_LARGE),
        ("(File unavailable, please try again later)", Absence.UNAVAILABLE),
        ("(Something new)", Absence.UNAVAILABLE),
        ("", Absence.UNAVAILABLE),
        ("photos/gone.jpg", Absence.FILE_MISSING),
        ("photos/" + "x" * 5000, Absence.FILE_MISSING),
        (".", Absence.FILE_MISSING),
    ],
)
def test_a_placeholder_or_a_missing_file_says_why(tmp_path: Path, named: str, absence: Absence) -> None:
    (missing,) = only(tmp_path, photo=named).missing
    assert (missing.absence, missing.named) == (absence, named)


def test_a_self_destructed_photo_is_counted(tmp_path: Path) -> None:
    (missing,) = only(tmp_path, self_destruct_period_seconds=60).missing
    assert (missing.absence, missing.kind) == (Absence.SELF_DESTRUCTED, MediaKind.PHOTO)


@pytest.mark.parametrize(
    "named",
    [
        "../secret.jpg",
        "photos/../../secret.jpg",
        "/etc/hostname",
        "C:\\secret.jpg",
        "..\\secret.jpg",
        "a\0b",
        "link.jpg",
    ],
)
def test_a_path_outside_the_export_is_damage_and_never_opened(tmp_path: Path, named: str) -> None:
    (tmp_path / "secret.jpg").write_bytes(b"not yours")
    folder = tmp_path / "export"
    folder.mkdir()
    (folder / "link.jpg").symlink_to(tmp_path / "secret.jpg")
    (post,), (damage,) = read(export(folder, {**MESSAGE, "photo": named}))
    assert [missing.absence for missing in post.missing] == [Absence.OUTSIDE_SOURCE]
    assert post.media == ()
    assert (damage.posts_lost, "outside the export" in damage.reason) == (0, True)


def test_a_pipe_in_the_place_of_a_photo_does_not_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")
    (missing,) = only(tmp_path, photo="pipe.jpg").missing
    assert missing.absence is Absence.FILE_MISSING


def test_a_link_that_stays_inside_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(b"bytes")
    (tmp_path / "b.jpg").symlink_to("a.jpg")
    (media,) = only(tmp_path, photo="b.jpg").media
    assert media.sha256 == sha256_of(b"bytes")


# --- damage -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "bad",
    [
        '{"type": "message"}',
        '{"id": "one", "type": "message"}',
        '{"id": 2, "type": "message", "text": {"no": "text"}}',
        '{"id": 99999999999999999999999, "type": "message"}',
        '{"id": 2, "type": "message", "text": ' + "[" * 5000 + "]" * 5000 + "}",
        "17",
        "null",
        '"text"',
    ],
)
def test_one_message_beyond_repair_costs_one_message(tmp_path: Path, bad: str) -> None:
    good = json.dumps({**MESSAGE, "text": '\U0001f512 \\x41 "\\\\'})
    (tmp_path / "result.json").write_text(f'{{"id": 1, "messages": [{good}, {bad}, {good}]}}', encoding="utf-8")
    reader = TelegramExport().open(tmp_path)
    posts, damage = read(reader)
    assert [post.text for post in posts] == ['\U0001f512 \\x41 "\\\\'] * 2
    assert [each.posts_lost for each in damage] == [1]
    assert damage[0].place == "result.json: chat 1, message 2"
    assert reader.messages == 3


@pytest.mark.parametrize(
    ("bad", "text", "said"),
    [
        (rb'"text": "a \x41 b"', "a A b", "escapes"),
        (rb'"text": "a \q b"', "a \\q b", "escapes"),
        (b'"text": "a \\u2028\x80\xa8 b"', "a \u2028 b", "U+2028"),
        (b'"text": "a \x01 b"', "a \x01 b", "control"),
        (b'"text": "a \x80\xa8 b"', "a \ufffd\ufffd b", "U+FFFD"),
        (rb'"text": "a \ud800 b"', "a \ufffd b", "U+FFFD"),
        (
            b'"text": [{"type": "custom_emoji", "text": "x", "document_id": video_files/sticker (2).webm}, " b"]',
            "x b",
            "document_id",
        ),
    ],
)
@pytest.mark.parametrize("before", [b"", b'"name": 1, '])
def test_damage_that_is_known_is_mended_and_said(
    tmp_path: Path, bad: bytes, text: str, said: str, before: bytes
) -> None:
    good = json.dumps(MESSAGE).encode()
    mended = b'{"id": 2, "type": "message", ' + before + bad + b"}"
    (tmp_path / "result.json").write_bytes(b'{"id": 1, "messages": [' + b", ".join((good, mended, mended)) + b"]}")
    reader = TelegramExport().open(tmp_path)
    posts, damage = read(reader)
    assert [post.text for post in posts] == ["hello", text, text]
    (note,) = (each for each in damage if each.repaired)
    assert (note.repaired, note.posts_lost, said in note.reason) == (2, 0, True)
    assert "message 2 (id 2)" in note.reason
    assert reader.messages == 3


def test_where_the_end_of_a_message_is_missing_the_next_one_is_found(tmp_path: Path) -> None:
    messages = [json.dumps({**MESSAGE, "id": number}) for number in range(1, 7)]
    messages[2] = messages[2][: messages[2].index("hello")]
    (tmp_path / "result.json").write_text('{"id": 1, "messages": [' + ", ".join(messages) + "]}", encoding="utf-8")
    reader = TelegramExport().open(tmp_path)
    posts, damage = read(reader)
    assert [post.id for post in posts] == [1, 2, 4, 5, 6]
    assert sum(each.posts_lost for each in damage) == 1
    assert reader.messages == 6


@pytest.mark.parametrize(
    ("bad", "marked"),
    [
        ('{"id": "x", "text": "she is 15 years old", "reply_to_message_id": 3}', True),
        ('{"id": "x", "text": ["she is ", {"type": "bold", "text": "15"}, " years old"]}', True),
        ('{"id": "x", "text": "\\u0448\\u043a\\u043e\\u043b\\u044c\\u043d\\u0438\\u0446\\u0430"}', True),
        ('{"id": "x", "photo": "photos/girl16yo.jpg"}', True),
        ('{"id": 2, "type": "message", "text": "a" "b"}', True),
        ('{"id": "x", "text": "a sunny day", "date": "2026-05-15T10:15:16", "width": 15}', False),
        ("17", False),
    ],
)
def test_a_damaged_message_with_age_words_or_one_that_cannot_be_told_is_marked(
    tmp_path: Path, bad: str, *, marked: bool
) -> None:
    good = json.dumps(MESSAGE)
    (tmp_path / "result.json").write_text(f'{{"id": 1, "messages": [{good}, {bad}, {good}]}}', encoding="utf-8")
    _, (damage,) = read(TelegramExport().open(tmp_path))
    assert (damage.marked is not None) == marked
    if damage.marked is not None:
        assert (damage.marked.channel, damage.marked.after) == ("telegram:1", MESSAGE["id"])
        assert damage.marked.reply_to == (3 if "reply_to" in bad else None)


def test_a_marked_message_before_all_others_is_before_all(tmp_path: Path) -> None:
    (tmp_path / "result.json").write_text('{"id": 1, "messages": [{"text": "she is 15 years old"}]}', encoding="utf-8")
    _, (damage,) = read(TelegramExport().open(tmp_path))
    assert damage.marked == MarkedRow(channel="telegram:1", after=BEFORE_ALL_POSTS)


FIELDS = [
    "id",
    "type",
    "date",
    "date_unixtime",
    "from_id",
    "text",
    "text_entities",
    "photo",
    "poll",
    "reactions",
    "edited",
]
ANY = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=8)
    | st.sampled_from(["message", "../a", "(File not included.)"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*FIELDS, "answers", "count"]), inner, max_size=3)
    ),
    max_leaves=6,
)


WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=6) | st.sampled_from(
    ["", "\n", 'a"b\\\\', "\u2028😀"]
)
WORDS_OR_NONE = st.none() | WORDS
ENTITY = st.fixed_dictionaries(
    {"type": st.sampled_from(["link", "text_link", "mention", "mention_name", "bold", "plain"]), "text": WORDS},
    optional={"href": WORDS_OR_NONE, "document_id": WORDS, "collapsed": st.booleans()},
)
PEER = (
    st.none() | st.integers(-(10**12), 10**12) | st.sampled_from(["user1", "channel77", "chat-5", "user", "x9", "-0"])
)
REACTION = st.fixed_dictionaries(
    {"type": st.sampled_from(["emoji", "custom_emoji", "paid"]), "count": st.integers(0, 9) | st.just("12")},
    optional={
        "emoji": WORDS_OR_NONE,
        "document_id": WORDS_OR_NONE | st.integers(0, 3),
        "recent": st.just([{"from": "a"}]),
    },
)
DATE = st.sampled_from(
    ["2024-02-29T23:59:59", "1970-01-01T03:00:00", "2024-02-30T00:00:00", "2024-01-01", "x", "", None]
)
UNIX = st.sampled_from(["1700000000", 1700000000, "0", "x", "99999999999999", None, "-5", "+5"])
FILE = st.sampled_from(["(File not included. Change data exporting settings to download.)", "a.mp4", "", "../x", None])
POLL = st.fixed_dictionaries(
    {
        "question": WORDS,
        "answers": st.lists(st.fixed_dictionaries({"text": WORDS, "voters": st.integers(0, 9)}), max_size=2),
    },
    optional={"closed": st.booleans(), "total_voters": st.integers(0, 9) | st.just("7")},
)
OPTIONAL: dict[str, Any] = {
    **dict.fromkeys(("from", "actor", "author", "action", "forwarded_from", "game_link", "media_type"), WORDS_OR_NONE),
    **dict.fromkeys(("from_id", "actor_id", "forwarded_from_id", "reply_to_peer_id"), PEER),
    **dict.fromkeys(("date", "edited"), DATE),
    **dict.fromkeys(("date_unixtime", "edited_unixtime"), UNIX),
    **dict.fromkeys(("photo", "file", "thumbnail"), FILE),
    "text": WORDS_OR_NONE | st.lists(WORDS | ENTITY, max_size=3),
    "text_entities": st.none() | st.lists(ENTITY, max_size=3),
    "inline_bot_buttons": st.none() | st.just([[{"type": "url", "data": "https://a.example"}]]),
    "reactions": st.none() | st.lists(REACTION, max_size=2),
    "poll": st.none() | POLL,
    "reply_to_message_id": st.none() | st.integers(-(2**63), 2**63 - 1),
    "self_destruct_period_seconds": st.none() | st.integers(0, 60),
    "new field": WORDS_OR_NONE
    | st.lists(WORDS)
    | st.dictionaries(WORDS, WORDS, max_size=2)
    | st.integers()
    | st.booleans(),
}


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(messages=st.lists(st.dictionaries(st.sampled_from(FIELDS), ANY) | ANY, max_size=5))
def test_posts_and_lost_posts_add_up_to_the_messages_whatever_they_hold(tmp_path: Path, messages: list[Any]) -> None:
    reader = export(tmp_path, *messages, MESSAGE)
    posts, damage = read(reader)
    assert len(posts) + sum(each.posts_lost for each in damage) == reader.messages == len(messages) + 1
    assert posts[-1].text == "hello"


@pytest.mark.parametrize("cut", [2000, 1999, 1400, 60])
def test_a_file_that_is_cut_off_is_read_up_to_the_cut(tmp_path: Path, cut: int) -> None:
    whole = json.dumps({"id": 1, "messages": [{**MESSAGE, "id": number} for number in range(50)]})
    (tmp_path / "result.json").write_text(whole[:cut], encoding="utf-8")
    reader = TelegramExport().open(tmp_path)
    posts, damage = read(reader)
    assert [post.id for post in posts] == list(range(whole[:cut].count("}")))
    assert len(posts) + sum(each.posts_lost for each in damage) == reader.messages
    assert any("cut off" in each.reason and each.marked is not None for each in damage) == (
        reader.messages > len(posts)
    )
    assert any("what stands before was read" in each.reason for each in damage)


@pytest.mark.parametrize("indent", [None, 0, 1, 4, "\t"])
@pytest.mark.parametrize("size", [64, 4096, 1 << 20])
def test_indentation_and_the_size_of_the_window_change_nothing(
    tmp_path: Path, indent: int | str | None, size: int
) -> None:
    path = tmp_path / "result.json"
    write_export(path, messages=120, seed=5)
    plain = list(TelegramExport().open(tmp_path).posts())
    chat = json.loads(path.read_text("utf-8"))
    separators = (",", ":") if indent is None else None
    path.write_text(json.dumps(chat, indent=indent, separators=separators), encoding="utf-8")
    reader = TelegramReader(DirectoryTree(tmp_path), result="result.json", size=size)
    assert list(reader.posts()) == plain
    assert (len(plain), reader.messages) == (120, 120)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32), every=st.integers(2, 9), indent=st.sampled_from([None, 1, 4]), cut=st.booleans())
def test_nothing_is_lost_whatever_is_damaged(
    tmp_path: Path, seed: int, every: int, indent: int | None, *, cut: bool
) -> None:
    truth = write_export(tmp_path / "result.json", messages=60, seed=seed, indent=indent, every=every, cut=cut)
    reader = TelegramReader(DirectoryTree(tmp_path), result="result.json", size=4096)
    posts, damage = read(reader)
    assert len(posts) == truth.messages
    assert sum(each.posts_lost for each in damage) == truth.beyond + truth.cut
    assert sum(each.repaired for each in damage) == truth.damaged
    assert reader.messages == truth.messages + truth.beyond + truth.cut


@pytest.mark.parametrize("size", [4096, 1 << 20])
def test_messages_of_one_chat_are_never_taken_for_those_of_another(tmp_path: Path, size: int) -> None:
    chats = [
        {"name": f"Chat {number}", "type": "private_channel", "id": number,
         "messages": [{**MESSAGE, "id": 100 * number + place, "text": "x" * 300} for place in range(20)]}
        for number in (1, 2)
    ]  # fmt: skip
    whole = json.dumps({"chats": {"list": chats}})
    start = whole.index('"id": 119')
    (tmp_path / "result.json").write_text(
        whole[: whole.index("xxx", start)] + whole[whole.index("]", start) :], "utf-8"
    )
    reader = TelegramReader(DirectoryTree(tmp_path), result="result.json", size=size)
    posts, damage = read(reader)
    assert all(post.channel == f"telegram:{post.id // 100}" for post in posts)
    assert {post.id for post in posts} >= set(range(100, 119))
    assert any("another chat begins" in each.reason for each in damage)
    assert any("cannot be counted surely" in each.reason for each in damage)


def test_fields_that_nobody_knows_are_kept_counted_and_said(tmp_path: Path) -> None:
    news = {"rich": {"a": [1, "two"]}, "plain_news": "words", "none_news": None}
    posts, damage = read(export(tmp_path, {**MESSAGE, **news}, {**MESSAGE, "id": 2, "rich": True}))
    assert [(each.name, each.text) for each in posts[0].details] == [
        ("rich", '{"a":[1,"two"]}'),
        ("plain_news", "words"),
    ]
    said = sorted(each.reason for each in damage)
    assert [each.partition(" with a field")[0] for each in said] == ["1 message", "2 messages"]
    assert not sum(each.posts_lost for each in damage)


def test_fields_without_a_place_of_their_own_are_details(tmp_path: Path) -> None:
    post = only(
        tmp_path,
        via_bot="@photo_bot",
        invoice_information='{"title": "Pack", "amount": 300, "currency": "RUB"}',
        location_information={"latitude": 1.5, "longitude": 2},
        members=["Reader 1", None],
        width=640,
    )
    assert {each.name: each.text for each in post.details} == {
        "via_bot": "@photo_bot",
        "invoice_information": '{"title": "Pack", "amount": 300, "currency": "RUB"}',
        "location_information": '{"latitude":1.5,"longitude":2}',
        "members": '["Reader 1",null]',
    }


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    messages=st.lists(st.fixed_dictionaries({"id": st.integers(1, 9), "type": st.just("message")}, optional=OPTIONAL))
)
def test_many_at_once_are_read_as_each_by_itself(tmp_path: Path, messages: list[Any]) -> None:
    reader = export(tmp_path, *messages)
    posts, _ = read(reader)
    files = Files(DirectoryTree(tmp_path), source=reader.id, prefix="")
    expected = []
    for message in messages:
        raw = json.dumps(message).encode()
        found = post_of(decode_message(Raw(raw)), channel="telegram:77", place="", files=files, details=details_of(raw))
        expected += [each for each in found if isinstance(each, Post)]
    assert posts == expected


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("result.json", "", "is empty"),
        ("result.json", "[]", "not a telegram export"),
        ("result.json", "{}", "not a telegram export"),
        ("result.json", '{"messages": 4}', "not a telegram export"),
        ("result.json", "hello", "not valid JSON"),
        ("messages.html", "<html>", 'has no result.json.*choose "Machine-readable JSON"'),
        ("notes.txt", "", 'has no result.json.*choose "Machine-readable JSON"'),
    ],
)
def test_what_is_no_export_is_one_message_with_the_way_out(tmp_path: Path, name: str, content: str, said: str) -> None:
    (tmp_path / name).write_text(content, encoding="utf-8")
    with pytest.raises(SourceError, match=said):
        TelegramExport().open(tmp_path)


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no such folder"):
        TelegramExport().open(tmp_path / "nowhere")


# --- whole accounts, identity, determinism ---------------------------------------------------------------------------


def test_a_whole_account_gives_every_chat(tmp_path: Path) -> None:
    chat = {"name": "A", "type": "private_channel", "id": 5, "messages": [MESSAGE]}
    left = {"name": None, "type": "something new", "id": 6, "messages": [MESSAGE, MESSAGE]}
    account = {"about": "", "chats": {"list": [chat, "no chat"]}, "left_chats": {"list": [left, {"id": 8}]}}
    (tmp_path / "result.json").write_text(json.dumps(account), encoding="utf-8")
    reader = TelegramExport().open(tmp_path)
    posts, damage = read(reader)
    assert [(each.id, each.kind) for each in reader.channels()] == [
        ("telegram:5", ChannelKind.PRIVATE_CHANNEL),
        ("telegram:6", ChannelKind.OTHER),
        ("telegram:8", ChannelKind.OTHER),
    ]
    assert [post.channel for post in posts] == ["telegram:5", "telegram:6", "telegram:6"]
    assert [each.posts_lost for each in damage] == [0, 0]
    assert reader.messages == 3


def test_an_export_is_the_same_wherever_it_lies_and_another_when_it_changed(tmp_path: Path) -> None:
    folders = [tmp_path / "a", tmp_path / "b", tmp_path / "c"]
    for folder in folders:
        folder.mkdir()
    first, second = export(folders[0], MESSAGE), export(folders[1], MESSAGE)
    third = export(folders[2], {**MESSAGE, "text": "other"})
    assert first.id == second.id != third.id
    assert list(first.posts()) == list(first.posts()) == list(second.posts())


def test_an_export_in_a_folder_is_found_and_two_are_refused(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.jpg").write_bytes(b"x")
        export(tmp_path / name, {**MESSAGE, "photo": "a.jpg"})
        if name == "one":
            (post,), _ = read(TelegramExport().open(tmp_path))
            assert post.media[0].place.path == "one/a.jpg"
    with pytest.raises(SourceError, match=r"several telegram exports.*one by one"):
        TelegramExport().open(tmp_path)


def test_a_file_named_twice_is_read_once(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(b"first")
    reader = export(tmp_path, {**MESSAGE, "photo": "a.jpg"}, {**MESSAGE, "id": 2, "photo": "a.jpg"})
    rows = reader.posts()
    next(rows)
    (tmp_path / "a.jpg").write_bytes(b"second")
    post = next(rows)
    assert isinstance(post, Post)
    assert post.media[0].sha256 == sha256_of(b"first")
    assert reader.read(post.media[0].place) == b"second"


@pytest.mark.parametrize(
    ("path", "recognised"),
    [("", True), ("result.json", True), ("pictures", False), ("ChatExport_2024-01-01", True), ("nowhere", False)],
)
def test_an_export_is_recognised_by_its_names(tmp_path: Path, path: str, *, recognised: bool) -> None:
    export(tmp_path, MESSAGE)
    (tmp_path / "pictures").mkdir()
    (tmp_path / "ChatExport_2024-01-01").mkdir()
    source = TelegramExport()
    assert isinstance(source, Source)
    assert source.recognises(tmp_path / path) is recognised
