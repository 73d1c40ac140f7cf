from __future__ import annotations

from typing import Any

import pytest
from PIL import Image

from takeback.simulate.export import write_export
from takeback.simulate.plan import CHANNELS


def rows_with(network: Any, field: str) -> list[dict[str, Any]]:
    return [row for row in network.rows.values() if field in row]


def test_an_unsupported_row_has_a_number_and_nothing_else(network: Any) -> None:
    (row,) = [row for row in network.rows.values() if row["type"] == "unsupported"]
    assert set(row) == {"id", "type"}


def test_times_are_written_as_local_text_and_as_seconds_in_a_string(network: Any) -> None:
    for row in rows_with(network, "date"):
        assert isinstance(row["date_unixtime"], str)
        assert len(row["date"]) == len("2026-03-01T00:00:00")


def test_text_and_entities_say_the_same_words(network: Any) -> None:
    for row in rows_with(network, "text"):
        parts = [row["text"]] if isinstance(row["text"], str) else row["text"]
        seen = "".join(part if isinstance(part, str) else part["text"] for part in parts)
        assert seen == "".join(entity["text"] for entity in row["text_entities"])


def test_a_post_of_a_channel_is_by_the_channel(network: Any) -> None:
    for chat in network.chats[:2]:
        authors = {row.get("from_id") for row in chat["messages"] if row["type"] == "message"}
        assert authors == {f"channel{chat['id']}"}


def test_one_author_has_no_name(network: Any) -> None:
    assert [row["from"] for row in rows_with(network, "from")].count(None) == 1


def test_photos_are_as_large_as_the_export_says_apart_from_the_broken_ones(network: Any) -> None:
    refused = {item.path for item in network.truth.sealed} | {None}
    checked = 0
    for row in rows_with(network, "photo"):
        path = network.folder / row["photo"]
        if row["photo"] in refused or not path.is_file():
            continue
        assert path.stat().st_size == row["photo_file_size"]
        with Image.open(path) as picture:
            assert picture.size == (row["width"], row["height"])
            assert max(picture.size) <= 1000
        checked += 1
    assert checked > 50


def test_the_damaged_file_does_not_open_whole(network: Any) -> None:
    paths = [network.folder / row["photo"] for row in rows_with(network, "photo")]
    unreadable = 0
    for path in (path for path in paths if path.is_file() and path.stat().st_size > 1000):
        with Image.open(path) as picture:
            try:
                picture.load()
            except OSError:
                unreadable += 1
    assert unreadable == len(network.truth.damaged) == 1


def test_a_video_has_a_thumbnail_in_the_export(network: Any) -> None:
    (row,) = rows_with(network, "thumbnail")
    assert (network.folder / row["file"]).is_file()
    assert (network.folder / row["thumbnail"]).is_file()
    assert row["media_type"] == "video_file"


def test_polls_keep_their_votes(network: Any) -> None:
    written = [
        (tuple(answer["voters"] for answer in row["poll"]["answers"]), row["poll"]["total_voters"])
        for row in rows_with(network, "poll")
    ]
    assert written == [(each.voters, each.total_voters) for each in network.truth.polls]


def test_reactions_name_their_emoji_and_count(network: Any) -> None:
    reactions = [each for row in rows_with(network, "reactions") for each in row["reactions"]]
    assert {each["emoji"] for each in reactions} == {"👍", "🔥", "👀"}
    assert all(each["count"] > 0 for each in reactions)


def test_an_answer_points_at_an_earlier_post_of_its_chat(network: Any) -> None:
    for chat in network.chats:
        numbers = [row["id"] for row in chat["messages"]]
        for row in chat["messages"]:
            if "reply_to_message_id" in row:
                assert numbers.index(row["reply_to_message_id"]) < numbers.index(row["id"])


def test_a_plan_without_posts_is_an_export_of_empty_chats(tmp_path: Any) -> None:
    assert write_export(tmp_path, {channel.key: () for channel in CHANNELS}, {}) == ()
    assert (tmp_path / "result.json").is_file()


def test_a_post_with_an_unknown_picture_is_an_error(tmp_path: Any, network: Any) -> None:
    from takeback.simulate.plan import PlannedPost

    plan = {channel.key: () for channel in CHANNELS} | {"talk": (PlannedPost(id=1, picture="nothing"),)}
    with pytest.raises(KeyError, match="nothing"):
        write_export(tmp_path, plan, {})
