"""The shape of `result.json` as Telegram Desktop has written it since 2020; unknown fields are passed over."""

from __future__ import annotations

import re
from typing import Annotated, TypeAlias

import msgspec
from msgspec import UNSET, Raw, UnsetType

from takeback.errors import SourceError

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_LAST_ID = re.compile(rb'"id"\s*:\s*(-?\d+)')
_TAIL = 65_536
_NO_TEXT = b"\x80"
_ESCAPES = re.compile(
    rb"""(\\["\\/bfnrt]|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u(?![dD][89a-fA-F])[0-9a-fA-F]{4})"""
    rb"""|\\|[\x00-\x08\x0b\x0c\x0e-\x1f]"""
)
"""Escapes: sound ones in the group; then a backslash that begins none, and control bytes that JSON forbids."""
AGAIN = 'export the chat again in Telegram Desktop, format "Machine-readable JSON", and let it finish'

Number: TypeAlias = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]

Count: TypeAlias = Number | Annotated[str, msgspec.Meta(pattern=r"^\d{1,18}$")]
"""A count, which some versions write as a string."""


class Entity(msgspec.Struct, frozen=True):
    """A piece of text with a meaning: link, mention, bold."""

    type: str = "plain"
    text: str = ""
    href: str | None = None


Text: TypeAlias = str | list[str | Entity] | None


class Answer(msgspec.Struct, frozen=True):
    """One answer of a poll."""

    text: Text = None
    voters: Count = 0


class ExportedPoll(msgspec.Struct, frozen=True):
    """A poll."""

    question: Text = None
    closed: bool = False
    total_voters: Count | None = None
    answers: list[Answer] = []


class ExportedReaction(msgspec.Struct, frozen=True):
    """One kind of reaction and its count."""

    type: str = ""
    count: Count = 0
    emoji: str | None = None
    document_id: str | int | None = None


class Button(msgspec.Struct, frozen=True):
    """A button under a message of a bot."""

    type: str = ""
    data: str | None = None


class Message(msgspec.Struct, frozen=True, kw_only=True, rename={"from_": "from"}):
    """One row of a chat: message, service or unsupported."""

    id: Number
    type: str
    date: str | None = None
    date_unixtime: str | int | None = None
    edited: str | None = None
    edited_unixtime: str | int | None = None
    from_: str | None = None
    from_id: str | int | None = None
    actor: str | None = None
    actor_id: str | int | None = None
    author: str | None = None
    action: str | None = None
    text: Text = None
    text_entities: list[Entity] | None = None
    inline_bot_buttons: list[list[Button]] | None = None
    game_link: str | None = None
    forwarded_from: str | UnsetType | None = UNSET
    forwarded_from_id: str | int | None = None
    reply_to_message_id: Number | None = None
    reply_to_peer_id: str | int | None = None
    reactions: list[ExportedReaction] | None = None
    poll: ExportedPoll | None = None
    photo: str | None = None
    file: str | None = None
    thumbnail: str | None = None
    media_type: str | None = None
    mime_type: str | None = None
    contact_vcard: str | None = None
    self_destruct_period_seconds: Number | None = None


class Chat(msgspec.Struct, frozen=True, kw_only=True):
    """One chat; its messages stay undecoded, so that one damaged message costs one message."""

    name: str | None = None
    type: str | None = None
    id: Number | None = None
    messages: list[Raw] | UnsetType = UNSET


class ChatList(msgspec.Struct, frozen=True, rename={"items": "list"}):
    """The chats of an account; each stays undecoded."""

    items: list[Raw] | UnsetType = UNSET


class Root(msgspec.Struct, frozen=True, kw_only=True):
    """The top of `result.json`: one chat, or a whole account."""

    messages: Raw | UnsetType = UNSET
    chats: ChatList | UnsetType = UNSET
    left_chats: ChatList | UnsetType = UNSET


_root = msgspec.json.Decoder(Root)
_chat = msgspec.json.Decoder(Chat)
_message = msgspec.json.Decoder(Message)


def decode_chats(content: bytes, place: str) -> tuple[Chat | str, ...]:
    """The chats of an export; a chat that cannot be read is the reason why, in its place."""
    content = content.removeprefix(_BYTE_ORDER_MARK)
    if not content.strip():
        message = f"telegram export is empty: {place} ({AGAIN})"
        raise SourceError(message)
    try:
        return _decode_chats(content, place)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        if "truncated" in str(error):
            raise _cut_off(content, place) from error
    except RecursionError as error:
        raise _too_deep(place) from error
    try:
        return _decode_chats(_ESCAPES.sub(_marked, content), place)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        message = f"telegram export is not valid JSON: {place}: {error} ({AGAIN})"
        raise SourceError(message) from error
    except RecursionError as error:
        raise _too_deep(place) from error


def decode_message(raw: Raw) -> Message:
    """One message; a ValueError where it cannot be read."""
    return _message.decode(raw)


def reason_of(error: ValueError | RecursionError) -> str:
    """What is wrong with a message or chat, without quoting it."""
    if isinstance(error, UnicodeDecodeError):
        return "it holds bytes or escapes that are no text"
    return str(error)


def _decode_chats(content: bytes, place: str) -> tuple[Chat | str, ...]:
    try:
        root = _root.decode(content)
        if not isinstance(root.messages, UnsetType):
            return (_chat.decode(content),)
    except msgspec.ValidationError as error:
        raise _foreign(place) from error
    lists = [part.items for part in (root.chats, root.left_chats) if not isinstance(part, UnsetType)]
    if not lists:
        raise _foreign(place)
    return tuple(_chat_or_reason(raw) for chats in lists if not isinstance(chats, UnsetType) for raw in chats)


def _chat_or_reason(raw: Raw) -> Chat | str:
    try:
        return _chat.decode(raw)
    except (ValueError, RecursionError) as error:
        return reason_of(error)


def _marked(match: re.Match[bytes]) -> bytes:
    """A sound escape as it is; an unsound one with a byte that fails its own message, and no other."""
    found = match[0]
    return found if match[1] else _NO_TEXT + found[1:]


def _too_deep(place: str) -> SourceError:
    return SourceError(f"telegram export is nested too deep to be one: {place} (look at who made it; {AGAIN})")


def _foreign(place: str) -> SourceError:
    return SourceError(f"not a telegram export: {place} has neither messages nor chats ({AGAIN})")


def _cut_off(content: bytes, place: str) -> SourceError:
    ids = _LAST_ID.findall(content[-_TAIL:])
    last = f"; the last id in it is {ids[-1].decode()}" if ids else ""
    return SourceError(f"telegram export is cut off: {place} ends after {len(content):,} bytes{last} ({AGAIN})")
