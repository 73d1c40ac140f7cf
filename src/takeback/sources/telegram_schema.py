"""The shape of `result.json` as Telegram Desktop has written it since 2020; unknown fields are passed over."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import msgspec
from msgspec import UNSET, Raw, UnsetType

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


_message = msgspec.json.Decoder(Message)


def decode_message(raw: Raw) -> Message:
    """One message; a ValueError where it cannot be read."""
    return _message.decode(raw)


def reason_of(error: ValueError | RecursionError) -> str:
    """What is wrong with a message or chat, without quoting it."""
    if isinstance(error, UnicodeDecodeError):
        return "it holds bytes or escapes that are no text"
    return str(error)
