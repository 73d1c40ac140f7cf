"""Public channels as Telegram shows them now: history, views, forwards, members. There is no way to a file from here.

Needs `takeback[live]`. A person starts it, for a channel that they may lawfully read; it asks three questions of
Telegram and refuses every other one, above all those that fetch files.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol, TypeAlias, TypeVar

import msgspec

from takeback.errors import HarmRule, SourceError
from takeback.model.channel import Channel, Post
from takeback.sources.fourcat import post_of_message
from takeback.sources.fourcat_schema import Entity, Message

PAGE = 100
"""Messages a request, which is the most that Telegram gives."""

ASKED = frozenset({"ResolveUsernameRequest", "GetFullChannelRequest", "GetHistoryRequest"})
"""Every question that is put to Telegram."""

Plain: TypeAlias = "bool | int | float | str | list[Plain] | dict[str, Plain] | None"

_OPTION = 16
"""Bytes of the mark of a poll's answer; what is longer may be a picture."""
_NEEDED = ("api_id", "api_hash", "session")
_Kind = TypeVar("_Kind")


class FloodWait(Exception):  # it is no error: Telegram asks for patience
    """Telegram asks for a wait of so many seconds."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"{seconds} s")
        self.seconds = seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenChannel:
    """A channel, its members now where Telegram says, and what Telegram calls it among its own."""

    channel: Channel
    members: int | None
    access_hash: int


class ReadsChannels(Protocol):
    """All that is asked of Telegram. No method gives bytes: a file cannot be fetched through it."""

    def look(self, username: str) -> SeenChannel:
        """The channel of that name, or a `FloodWait`, or a `SourceError`."""
        ...

    def page(self, seen: SeenChannel, *, after: int) -> tuple[Post, ...]:
        """The next posts after a number, oldest first; none at the end; or a `FloodWait`."""
        ...


class Answer(Protocol):
    """What Telegram answers."""

    def to_dict(self) -> dict[str, object]:
        """The answer as plain values."""
        ...


Ask: TypeAlias = Callable[[object], Answer]


def only_reading(ask: Ask) -> Ask:
    """The same, for the three questions of `ASKED`; a `HarmRule` for any other."""

    def asked(request: object) -> Answer:
        name = type(request).__name__
        if name not in ASKED:
            message = f"takeback does not ask Telegram this: {name} (it reads histories and fetches no file)"
            raise HarmRule(message)
        return ask(request)

    return asked


class LiveTelegram:
    """Reads channels through a client of Telegram that can only be asked what `ASKED` names."""

    __slots__ = ("_ask",)

    def __init__(self, ask: Ask) -> None:
        self._ask = only_reading(ask)

    def look(self, username: str) -> SeenChannel:
        """The channel of that name, with its members."""
        from telethon.tl.functions.channels import GetFullChannelRequest
        from telethon.tl.functions.contacts import ResolveUsernameRequest
        from telethon.tl.types import InputChannel

        found = _of(_Chats, self._ask(ResolveUsernameRequest(username)))
        chat = next((each for each in found.chats if each.type == "Channel"), None)
        if chat is None:
            message = f"no public channel or group is called {username!r} (look at the name; people are not collected)"
            raise SourceError(message)
        full = _of(_Full, self._ask(GetFullChannelRequest(InputChannel(chat.id, chat.access_hash))))
        channel, _ = post_of_message(Message(id=0, chat=chat.entity))
        return SeenChannel(channel=channel, members=full.full_chat.participants_count, access_hash=chat.access_hash)

    def page(self, seen: SeenChannel, *, after: int) -> tuple[Post, ...]:
        """The next posts after a number, oldest first."""
        from telethon.tl.functions.messages import GetHistoryRequest
        from telethon.tl.types import InputPeerChannel

        number = int(seen.channel.id.removeprefix("telegram:"))
        request = GetHistoryRequest(
            peer=InputPeerChannel(number, seen.access_hash),
            offset_id=after + 1,
            offset_date=None,
            add_offset=-PAGE,
            limit=PAGE,
            max_id=0,
            min_id=0,
            hash=0,
        )
        found = _of(_History, self._ask(request))
        posts = (_post(each, seen.channel) for each in found.messages if each.get("_type") != "MessageEmpty")
        return tuple(sorted((each for each in posts if each.id > after), key=lambda each: each.id))


@contextmanager
def connected(session: Path) -> Iterator[LiveTelegram]:
    """A reader over a connection of somebody who is logged in, or a `SourceError` that says what is missing.

    ``session`` is a TOML file with ``api_id``, ``api_hash`` and ``session`` (a string session of Telethon); nobody is
    logged in from here.
    """
    try:
        from telethon.sessions import StringSession
        from telethon.sync import TelegramClient
    except ImportError as error:
        raise SourceError("collecting needs Telethon (pip install takeback[live])") from error
    given = _session(session)
    try:
        kept = StringSession(str(given["session"]))
    except ValueError as error:
        message = f"this is no string session of Telethon: {session} (make a new one)"
        raise SourceError(message) from error
    client = TelegramClient(kept, int(str(given["api_id"])), str(given["api_hash"]), flood_sleep_threshold=0)
    client.connect()
    try:
        if not client.is_user_authorized():
            message = f"this session is not logged in: {session} (make a new string session with Telethon)"
            raise SourceError(message)
        yield LiveTelegram(answering(client))
    finally:
        client.disconnect()


def answering(ask: Ask) -> Ask:
    """The same, where what Telegram refuses is a `FloodWait` or a `SourceError`."""
    from telethon.errors import FloodWaitError, RPCError

    def asked(request: object) -> Answer:
        try:
            return ask(request)
        except FloodWaitError as error:
            raise FloodWait(int(error.seconds)) from error
        except RPCError as error:
            message = f"Telegram does not answer this: {error} (look at the name, and whether the account may read it)"
            raise SourceError(message) from error

    return asked


def _session(path: Path) -> dict[str, object]:
    try:
        given = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        message = f"the session cannot be read: {path}: {error} (a TOML file with {', '.join(_NEEDED)})"
        raise SourceError(message) from error
    missing = [name for name in _NEEDED if not given.get(name)]
    if missing or not str(given["api_id"]).isdigit():
        message = f"the session lacks {', '.join(missing) or 'a number as api_id'}: {path} (see docs: collect lawfully)"
        raise SourceError(message)
    return given


class _Chat(msgspec.Struct, frozen=True, rename={"type": "_type"}):
    id: int
    type: str
    title: str = ""
    username: str | None = None
    megagroup: bool | None = None
    broadcast: bool | None = None
    access_hash: int = 0

    @property
    def entity(self) -> Entity:
        return Entity(
            id=self.id,
            title=self.title,
            username=self.username,
            megagroup=self.megagroup,
            broadcast=self.broadcast,
        )


class _Chats(msgspec.Struct, frozen=True):
    chats: list[_Chat] = []


class _FullChat(msgspec.Struct, frozen=True):
    participants_count: int | None = None


class _Full(msgspec.Struct, frozen=True):
    full_chat: _FullChat


class _History(msgspec.Struct, frozen=True):
    messages: list[dict[str, object]] = []


def _of(kind: type[_Kind], answer: Answer) -> _Kind:
    return msgspec.convert(_plain(answer.to_dict()), kind)


def _post(message: dict[str, object], channel: Channel) -> Post:
    number = int(channel.id.removeprefix("telegram:"))
    chat: dict[str, object] = {"id": number, "title": channel.name, "username": channel.username}
    return post_of_message(msgspec.convert({**message, "_chat": chat}, Message))[1]


def _plain(value: object) -> Plain:
    """Plain values, in the form in which 4CAT keeps them; bytes (small previews among them) are dropped."""
    match value:
        case dict():
            return {"_type" if name == "_" else str(name): _plain(each) for name, each in value.items()}
        case list() | tuple():
            return [_plain(each) for each in value]
        case datetime():
            return value.timestamp()
        case bool() | int() | float() | str():
            return value
        case bytes() if len(value) <= _OPTION:
            return value.hex()
        case _:
            return None
