"""Channels as Telegram shows them now, through a made-up Telegram that answers in its own types."""

from __future__ import annotations

import inspect
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_type_hints

import pytest

from takeback.errors import HarmRule, SourceError
from takeback.model.channel import ChannelKind, Forward, Poll, PollAnswer, Post, Reaction
from takeback.model.media import Absence, MediaKind
from takeback.sources import live_telegram
from takeback.sources.live_telegram import (
    ASKED,
    PAGE,
    FloodWait,
    LiveTelegram,
    ReadsChannels,
    answering,
    connected,
    only_reading,
)

telethon = pytest.importorskip("telethon")
from telethon.tl import functions, types  # noqa: E402  # after the check that it is there

TIME = datetime(2020, 7, 31, 12, tzinfo=UTC)


def channel(**changes: Any) -> Any:
    given = {"id": 1234567890, "title": "Picture Garden", "username": "garden", "broadcast": True, "access_hash": 9}
    return types.Channel(photo=types.ChatPhotoEmpty(), date=TIME, **{**given, **changes})


def message(id: int, text: str = "a word", **more: Any) -> Any:
    return types.Message(id=id, peer_id=types.PeerChannel(1234567890), date=TIME, message=text, **more)


class MadeUpTelegram:
    """Answers the three questions from a list of messages, newest first, as Telegram does."""

    def __init__(self, messages: list[Any], members: int | None = 45_615, chats: list[Any] | None = None) -> None:
        self.messages = messages
        self.members = members
        self.chats = [channel()] if chats is None else chats
        self.asked: list[Any] = []

    def __call__(self, request: Any) -> Any:
        self.asked.append(request)
        match request:
            case functions.contacts.ResolveUsernameRequest():
                return types.contacts.ResolvedPeer(peer=types.PeerChannel(1), chats=self.chats, users=[])
            case functions.channels.GetFullChannelRequest():
                return types.messages.ChatFull(full_chat=self._full(), chats=self.chats, users=[])
            case functions.messages.GetHistoryRequest():
                newer = [each for each in self.messages if each.id >= request.offset_id]
                return types.messages.ChannelMessages(
                    pts=1, count=len(self.messages), messages=newer[:PAGE][::-1], topics=[], chats=[], users=[]
                )
            case _:
                raise AssertionError(request)

    def _full(self) -> Any:
        needed = {name: None for name in inspect.signature(types.ChannelFull.__init__).parameters if name != "self"}
        given = {"id": 1, "about": "", "participants_count": self.members, "bot_info": [], "pts": 1}
        empty = {"chat_photo": types.PhotoEmpty(1), "notify_settings": types.PeerNotifySettings()}
        return types.ChannelFull(**{**needed, **given, **empty})


def test_a_channel_is_read_with_its_members() -> None:
    seen = LiveTelegram(MadeUpTelegram([])).look("garden")
    assert (seen.channel.id, seen.channel.name, seen.channel.kind, seen.channel.username) == (
        "telegram:1234567890",
        "Picture Garden",
        ChannelKind.PUBLIC_CHANNEL,
        "garden",
    )
    assert (seen.members, seen.access_hash) == (45_615, 9)


def test_a_person_is_never_collected() -> None:
    with pytest.raises(SourceError, match="people are not collected"):
        LiveTelegram(MadeUpTelegram([], chats=[])).look("somebody")


def test_pages_go_on_after_the_last_post_and_end() -> None:
    telegram = MadeUpTelegram([message(number) for number in range(1, 2 * PAGE + 31)])
    live = LiveTelegram(telegram)
    seen = live.look("garden")
    after, numbers = 0, []
    while page := live.page(seen, after=after):
        numbers += [each.id for each in page]
        after = page[-1].id
    assert numbers == list(range(1, 2 * PAGE + 31))


def only(**more: Any) -> Post:
    live = LiveTelegram(MadeUpTelegram([message(5, **more)]))
    (post,) = live.page(live.look("garden"), after=0)
    return post


def test_a_post_has_words_counts_forward_links_and_reactions() -> None:
    post = only(
        text="prices at https://pay.example.com/100",
        views=1234,
        forwards=7,
        edit_date=TIME,
        fwd_from=types.MessageFwdHeader(date=TIME, from_id=types.PeerChannel(42), from_name="Other Room"),
        reply_to=types.MessageReplyHeader(reply_to_msg_id=4),
        entities=[types.MessageEntityTextUrl(offset=0, length=6, url="https://hidden.example.org/")],
        reactions=types.MessageReactions(
            results=[types.ReactionCount(reaction=types.ReactionEmoji(emoticon="🔥"), count=3)]
        ),
    )
    assert (post.channel, post.id, post.time, post.views, post.forwards, post.reply_to, post.edited) == (
        "telegram:1234567890",
        5,
        TIME,
        1234,
        7,
        4,
        TIME,
    )
    assert post.forward == Forward(name="Other Room", origin="telegram:42")
    assert post.links == ("https://pay.example.com/100", "https://hidden.example.org/")
    assert post.reactions == (Reaction(label="🔥", count=3),)


def test_a_poll_has_the_voters_of_its_answers() -> None:
    def words(text: str) -> Any:
        return types.TextWithEntities(text=text, entities=[])

    needed = inspect.signature(types.Poll.__init__).parameters
    poll = types.Poll(
        id=1,
        question=words("Which?"),
        answers=[types.PollAnswer(words("a"), b"0"), types.PollAnswer(words("b"), b"1")],
        **({"hash": 0} if "hash" in needed else {}),
    )
    results = types.PollResults(
        total_voters=30, results=[types.PollAnswerVoters(b"1", voters=19), types.PollAnswerVoters(b"0", voters=11)]
    )
    answers = (PollAnswer(text="a", voters=11), PollAnswer(text="b", voters=19))
    expected = Poll(question="Which?", answers=answers, total_voters=30, closed=False)
    assert only(media=types.MessageMediaPoll(poll=poll, results=results)).poll == expected


PIXELS = b"\x01\x28\x28" + bytes(range(200))


def test_of_a_photo_it_keeps_that_there_is_one_and_no_byte_of_it() -> None:
    small = types.PhotoStrippedSize(type="i", bytes=PIXELS)
    photo = types.Photo(id=1, access_hash=2, file_reference=b"\0" * 30, date=TIME, sizes=[small], dc_id=2)
    post = only(media=types.MessageMediaPhoto(photo=photo))
    assert post.media == ()
    assert [(each.kind, each.absence) for each in post.missing] == [(MediaKind.PHOTO, Absence.NOT_INCLUDED)]
    assert PIXELS.hex() not in repr(post)
    assert repr(PIXELS)[2:40] not in repr(post)


@pytest.mark.parametrize(
    "request_of",
    [
        lambda: functions.upload.GetFileRequest(
            location=types.InputPhotoFileLocation(1, 2, b"", "x"), offset=0, limit=1024
        ),
        lambda: functions.upload.GetWebFileRequest(location=types.InputWebFileLocation("x", 1), offset=0, limit=1),
        lambda: functions.upload.GetCdnFileRequest(file_token=b"", offset=0, limit=1),
        lambda: functions.messages.SendMessageRequest(peer=types.InputPeerSelf(), message="x"),
        lambda: functions.channels.JoinChannelRequest(channel=types.InputChannel(1, 2)),
        lambda: functions.channels.GetParticipantsRequest(
            types.InputChannel(1, 2), types.ChannelParticipantsRecent(), 0, 1, 0
        ),
    ],
)
def test_files_people_and_sending_cannot_be_asked_for(request_of: Any) -> None:
    telegram = MadeUpTelegram([])
    with pytest.raises(HarmRule, match="does not ask Telegram this"):
        only_reading(telegram)(request_of())
    assert telegram.asked == []


def test_nothing_that_reads_channels_has_a_way_to_a_file() -> None:
    names = {name for kind in (ReadsChannels, LiveTelegram) for name in dir(kind) if not name.startswith("_")}
    assert names == {"look", "page"}
    for kind in (ReadsChannels, LiveTelegram):
        for method in (kind.look, kind.page):
            assert get_type_hints(method)["return"] in {live_telegram.SeenChannel, tuple[Post, ...]}
    assert LiveTelegram.__slots__ == ("_ask",)
    said = inspect.getsource(live_telegram).lower()
    assert [word for word in ("download", "getfile", "iter_", "get_messages") if word in said] == []
    assert len(ASKED) == 3


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "cannot be read"),
        ("not toml", "cannot be read"),
        ("api_id = 5\n", "lacks api_hash, session"),
        ('api_id = 5\napi_hash = "x"\nsession = "no session"\n', "no string session"),
        ('api_id = "five"\napi_hash = "x"\nsession = "y"\n', "a number as api_id"),
    ],
)
def test_a_session_that_lacks_something_is_said_before_anybody_is_asked(
    tmp_path: Path, content: str | None, said: str
) -> None:
    path = tmp_path / "session.toml"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    with pytest.raises(SourceError, match=said), connected(path):
        pass


def test_what_telegram_refuses_is_a_wait_or_says_what_to_look_at() -> None:
    def refusing(error: Exception) -> Any:
        def ask(_request: object) -> Any:
            raise error

        return LiveTelegram(answering(ask))

    with pytest.raises(FloodWait) as caught:
        refusing(telethon.errors.FloodWaitError(None, capture=31)).look("garden")
    assert caught.value.seconds == 31
    with pytest.raises(SourceError, match="whether the account may read it"):
        refusing(telethon.errors.ChannelPrivateError(None)).look("garden")
