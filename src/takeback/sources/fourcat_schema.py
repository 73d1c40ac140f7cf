"""The shapes in which 4CAT keeps messages of Telegram: as the platform sent them, or mapped to flat fields."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import msgspec

Number: TypeAlias = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]
Id: TypeAlias = Number | str | None
Stamp: TypeAlias = float | int | str | None


class Words(msgspec.Struct, frozen=True):
    """A text with its meanings, as newer layers send questions and answers."""

    text: str = ""


class Peer(msgspec.Struct, frozen=True):
    """Who or what an id belongs to; resolved where 4CAT was asked to."""

    channel_id: Number | None = None
    user_id: Number | None = None
    chat_id: Number | None = None


class Entity(msgspec.Struct, frozen=True):
    """A channel, a group or a person."""

    id: Number | None = None
    title: str | None = None
    username: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    megagroup: bool | None = None
    broadcast: bool | None = None


class Header(msgspec.Struct, frozen=True):
    """Where a message was forwarded from."""

    from_id: Peer | Number | None = None
    from_name: str | None = None


class Origin(msgspec.Struct, frozen=True, rename={"chat": "_chat"}):
    """The same, with the channel that 4CAT found for it."""

    chat: Entity | None = None


class Reply(msgspec.Struct, frozen=True):
    """Which message is answered; ``reply_to_peer_id`` where it is in another chat."""

    reply_to_msg_id: Number | None = None
    reply_to_peer_id: Peer | None = None


class Answer(msgspec.Struct, frozen=True):
    """One answer of a poll."""

    text: str | Words = ""
    option: str = ""


class Question(msgspec.Struct, frozen=True):
    """A poll."""

    question: str | Words = ""
    answers: list[Answer] = []
    closed: bool | None = None


class Votes(msgspec.Struct, frozen=True):
    """The voters of one answer."""

    option: str = ""
    voters: Number | None = None


class Results(msgspec.Struct, frozen=True):
    """The voters of a poll."""

    total_voters: Number | None = None
    results: list[Votes] | None = None


class WebPagePreview(msgspec.Struct, frozen=True):
    """The page that a link leads to."""

    url: str | None = None


class File(msgspec.Struct, frozen=True):
    """A file; only its kind is told."""

    mime_type: str | None = None


class Attached(msgspec.Struct, frozen=True, rename={"type": "_type"}):
    """What hangs on a message."""

    type: str = ""
    webpage: WebPagePreview | None = None
    document: File | None = None
    poll: Question | None = None
    results: Results | None = None


class Emoji(msgspec.Struct, frozen=True):
    """One kind of reaction."""

    emoticon: str | None = None
    document_id: Number | None = None


class Reacted(msgspec.Struct, frozen=True):
    """How often it was given."""

    reaction: Emoji | str = ""
    count: Number = 0


class Reacting(msgspec.Struct, frozen=True):
    """All reactions."""

    results: list[Reacted] | None = None


class Mark(msgspec.Struct, frozen=True, rename={"type": "_type"}):
    """A piece of text with a meaning; only links behind words say something that the text does not."""

    type: str = ""
    url: str | None = None


class Button(msgspec.Struct, frozen=True):
    """A button."""

    url: str | None = None


class ButtonRow(msgspec.Struct, frozen=True):
    """A row of buttons."""

    buttons: list[Button] | None = None


class Markup(msgspec.Struct, frozen=True):
    """The buttons under a message."""

    rows: list[ButtonRow] | None = None


class Action(msgspec.Struct, frozen=True, rename={"type": "_type"}):
    """What a service row says."""

    type: str = ""


_HIDDEN = {"type": "_type", "chat": "_chat", "chat_peer": "_chat_peer", "sender": "_sender", "forward": "_forward"}


class Message(msgspec.Struct, frozen=True, kw_only=True, rename=_HIDDEN):
    """A message as the platform sent it to 4CAT."""

    id: Number
    type: str = "Message"
    date: Stamp = None
    edit_date: Stamp = None
    message: str | None = None
    post_author: str | None = None
    views: Number | None = None
    forwards: Number | None = None
    peer_id: Peer | None = None
    chat: Entity | None = None
    chat_peer: Peer | None = None
    sender: Entity | None = None
    fwd_from: Header | None = None
    forward: Origin | None = None
    reply_to: Reply | None = None
    media: Attached | None = None
    reactions: Reacting | None = None
    entities: list[Mark] | None = None
    reply_markup: Markup | None = None
    action: Action | None = None


class Mapped(msgspec.Struct, frozen=True, kw_only=True):
    """A message in the flat fields that 4CAT maps it to."""

    id: Id
    thread_id: Id
    body: str | None = None
    author: Id = None
    author_username: str | None = None
    author_name: str | None = None
    timestamp: str | None = None
    unix_timestamp: Stamp = None
    unix_timestamp_edited: Stamp = None
    views: Id = None
    forwards: Id = None
    reply_to: Id = None
    author_forwarded_from_name: str | None = None
    author_forwarded_from_username: str | None = None
    author_forwarded_from_id: Id = None
    link_attached: str | None = None
    attachment_type: str | None = None
    attachment_data: str | None = None
    attachment_filename: str | None = None


class MappedAnswer(msgspec.Struct, frozen=True):
    """One answer of a mapped poll; -1 where nobody knows."""

    answer: str | Words = ""
    votes: Number = -1


class MappedPoll(msgspec.Struct, frozen=True):
    """A mapped poll."""

    question: str | Words = ""
    voters: Number | None = None
    answers: list[MappedAnswer] = []
