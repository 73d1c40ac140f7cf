"""Messages as 4CAT keeps them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from takeback.model.channel import ChannelKind, Forward, Poll, PollAnswer, PostKind, Reaction
from takeback.model.media import Absence, MediaKind
from takeback.sources.fourcat import fourcat_row

RAW: dict[str, Any] = {
    "_type": "Message",
    "id": 55,
    "date": 1596196800.0,
    "edit_date": 1596197800.0,
    "message": "prices at https://pay.example.com/100 or @photo_bot",
    "views": 1234,
    "forwards": 7,
    "peer_id": {"_type": "PeerChannel", "channel_id": 1234567890},
    "_chat": {"_type": "Channel", "id": 1234567890, "title": "Picture Garden", "username": "garden", "broadcast": True},
    "_sender": {"_type": "User", "id": 77, "first_name": "Reader", "last_name": "One", "username": None, "bot": False},
    "fwd_from": {"_type": "MessageFwdHeader", "date": 1596100000.0, "from_id": {"channel_id": 42}, "from_name": None},
    "_forward": {"_chat": {"id": 42, "title": "Other Room", "username": "other_room"}},
    "reply_to": {"_type": "MessageReplyHeader", "reply_to_msg_id": 54},
    "reactions": {"results": [{"reaction": {"emoticon": "🔥"}, "count": 3}, {"reaction": "👍", "count": 2}]},
    "entities": [{"_type": "MessageEntityTextUrl", "offset": 0, "length": 6, "url": "https://hidden.example.org/"}],
    "reply_markup": {"rows": [{"buttons": [{"text": "Go", "url": "https://t.me/photo_bot?start=1"}]}]},
    "media": {"_type": "MessageMediaPhoto", "photo": {"id": 1, "dc_id": 2, "file_reference": "00"}},
    "message_markdown": "unknown to us",
    "a_field_of_a_newer_version": {"x": [1]},
}
MAPPED: dict[str, Any] = {
    "id": "garden-55",
    "thread_id": "Garden",
    "chat": "Garden",
    "author": 77,
    "author_name": "Reader One",
    "body": "see t.me/photo_bot",
    "reply_to": 54,
    "views": "1234",
    "timestamp": "2020-07-31 14:00:00",
    "unix_timestamp": 1596196800,
    "unix_timestamp_edited": "",
    "author_forwarded_from_name": "Other Room",
    "author_forwarded_from_username": "other_room",
    "author_forwarded_from_id": "",
    "link_attached": "https://example.org/",
    "attachment_type": "photo",
    "attachment_data": "{}",
    "attachment_filename": "garden-55.jpeg",
}


def row(message: dict[str, Any], **changes: Any) -> Any:
    return fourcat_row(json.dumps({**message, **changes}).encode())


def test_a_message_as_the_platform_sent_it_keeps_what_the_schema_has() -> None:
    channel, post = row(RAW)
    assert (channel.id, channel.name, channel.kind, channel.username) == (
        "telegram:1234567890",
        "Picture Garden",
        ChannelKind.PUBLIC_CHANNEL,
        "garden",
    )
    assert (post.channel, post.id, post.kind) == (channel.id, 55, PostKind.MESSAGE)
    assert post.time == datetime(2020, 7, 31, 12, tzinfo=UTC)
    assert post.edited == datetime(2020, 7, 31, 12, 16, 40, tzinfo=UTC)
    assert (post.author, post.author_id, post.views, post.forwards, post.reply_to) == (
        "Reader One",
        "user77",
        1234,
        7,
        54,
    )
    assert post.forward == Forward(name="Other Room", origin="telegram:42")
    assert post.links == (
        "https://pay.example.com/100",
        "https://hidden.example.org/",
        "https://t.me/photo_bot?start=1",
    )
    assert post.mentions == ("@photo_bot",)
    assert post.reactions == (Reaction(label="🔥", count=3), Reaction(label="👍", count=2))
    assert [(each.kind, each.absence) for each in post.missing] == [(MediaKind.PHOTO, Absence.NOT_INCLUDED)]


@pytest.mark.parametrize("question", ["Which?", {"_type": "TextWithEntities", "text": "Which?", "entities": []}])
def test_a_poll_has_the_voters_of_its_answers_in_old_and_new_layers(question: object) -> None:
    media = {
        "_type": "MessageMediaPoll",
        "poll": {
            "question": question,
            "closed": True,
            "answers": [{"text": "a", "option": "30"}, {"text": "b", "option": "31"}],
        },
        "results": {"total_voters": 30, "results": [{"option": "31", "voters": 19}, {"option": "30", "voters": 11}]},
    }
    answers = (PollAnswer(text="a", voters=11), PollAnswer(text="b", voters=19))
    assert row(RAW, media=media)[1].poll == Poll(question="Which?", answers=answers, total_voters=30, closed=True)
    media["results"] = {"total_voters": 0, "results": None}
    assert [each.voters for each in row(RAW, media=media)[1].poll.answers] == [0, 0]


@pytest.mark.parametrize(
    ("chat", "kind"),
    [
        ({"id": 5, "megagroup": True, "username": "x"}, ChannelKind.PUBLIC_SUPERGROUP),
        ({"id": 5, "megagroup": True}, ChannelKind.PRIVATE_SUPERGROUP),
        ({"id": 5, "broadcast": True}, ChannelKind.PRIVATE_CHANNEL),
        ({"id": 5}, ChannelKind.OTHER),
    ],
)
def test_kinds_of_chats_are_told_apart(chat: dict[str, object], kind: ChannelKind) -> None:
    assert row(RAW, _chat=chat)[0].kind is kind


def test_a_service_row_and_a_row_without_chat_or_sender_are_read() -> None:
    channel, post = row(
        RAW, _type="MessageService", action={"_type": "MessageActionPinMessage"}, _chat=None, _sender=None
    )
    assert (channel.id, post.kind, post.action, post.author) == (
        "telegram:1234567890",
        PostKind.SERVICE,
        "MessageActionPinMessage",
        None,
    )


def test_an_answer_to_another_chat_is_none() -> None:
    elsewhere = {"reply_to_msg_id": 9, "reply_to_peer_id": {"channel_id": 3}}
    assert row(RAW, reply_to=elsewhere)[1].reply_to is None


def test_a_mapped_message_is_read_by_its_flat_fields() -> None:
    channel, post = row(MAPPED)
    assert (channel.id, channel.username) == ("telegram:@garden", "Garden")
    assert (post.id, post.text, post.author, post.author_id, post.views) == (
        55,
        "see t.me/photo_bot",
        "Reader One",
        "user77",
        1234,
    )
    assert (post.time, post.zone_known, post.edited) == (datetime(2020, 7, 31, 12, tzinfo=UTC), True, None)
    assert post.links == ("t.me/photo_bot", "https://example.org/")
    assert post.forward == Forward(name="Other Room", origin="telegram:@other_room")
    assert [(each.kind, each.named) for each in post.missing] == [(MediaKind.PHOTO, "garden-55.jpeg")]


def test_a_mapped_message_without_a_zone_says_so_and_without_counts_has_none() -> None:
    _, post = row(MAPPED, unix_timestamp=None, views="", thread_id=1234567890)
    assert (post.time, post.zone_known) == (datetime(2020, 7, 31, 14, tzinfo=UTC), False)
    assert (post.views, post.channel) == (None, "telegram:1234567890")


def test_a_mapped_poll_is_read_from_json_in_a_string() -> None:
    data = json.dumps(
        {"question": "Which?", "voters": 9, "answers": [{"answer": "a", "votes": 9}, {"answer": "b", "votes": -1}]}
    )
    _, post = row(MAPPED, attachment_type="poll", attachment_data=data)
    answers = (PollAnswer(text="a", voters=9), PollAnswer(text="b", voters=0))
    assert post.poll == Poll(question="Which?", answers=answers, total_voters=9, closed=False)
    assert row(MAPPED, attachment_type="poll", attachment_data="broken")[1].poll is None


@pytest.mark.parametrize("date", [-5.0, 4102444800.0, 1e30, "nan", None])
def test_a_time_that_cannot_be_is_none(date: object) -> None:
    assert row(RAW, date=date)[1].time is None


@pytest.mark.parametrize(
    "line",
    [b"", b"[]", b'{"x": 1}', b'{"id": "a", "thread_id": "b"}', b'{"id": 1}', b'{"id": 99999999999999999999}', b"\xff"],
)
def test_a_line_that_is_no_message_is_a_value_error(line: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        fourcat_row(line)
