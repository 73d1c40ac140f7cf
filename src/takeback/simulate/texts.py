"""The words of the made-up network, and how Telegram Desktop splits a text into entities."""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib.resources import files

import msgspec

_MARKUP = re.compile(
    r"\[(?P<label>[^\]]+)\]\((?P<href>https://[^)]+)\)"
    r"|\*\*(?P<bold>[^*]+)\*\*"
    r"|(?P<link>https://\S+)"
    r"|(?P<mention>@\w+)"
    r"|(?P<hashtag>#\w+)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A run of text of one type, in Telegram Desktop's words: plain, link, text_link, mention, hashtag, bold."""

    type: str
    text: str
    href: str | None = None

    @property
    def link(self) -> str | None:
        """The address that the span leads to, if it is a link."""
        return self.text if self.type == "link" else self.href


class PollText(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A poll as it will stand in the export; several answers a voter where ``total_voters`` is given."""

    channel: str
    question: str
    answers: tuple[str, ...]
    voters: tuple[int, ...]
    closed: bool
    total_voters: int | None = None

    @property
    def total(self) -> int:
        """How many accounts voted."""
        return sum(self.voters) if self.total_voters is None else self.total_voters


class Texts(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Everything that anybody says in the made-up network."""

    sealed_note: str
    poison_note: str
    gallery_titles: tuple[str, ...]
    gallery_news: tuple[str, ...]
    offers: tuple[str, ...]
    talk: tuple[str, ...]
    polls: tuple[PollText, ...]


def load_texts() -> Texts:
    """The texts that ship with takeback."""
    return msgspec.toml.decode((files("takeback.simulate") / "texts.toml").read_bytes(), type=Texts)


def spans(written: str) -> tuple[Span, ...]:
    """The runs of a marked-up text, in order; their texts together are what a reader sees.

    Examples:
        >>> [span.type for span in spans("see https://example.org now")]
        ['plain', 'link', 'plain']
    """
    found: list[Span] = []
    end = 0
    for match in _MARKUP.finditer(written):
        if match.start() > end:
            found.append(Span(type="plain", text=written[end : match.start()]))
        found.append(_span(match))
        end = match.end()
    if end < len(written):
        found.append(Span(type="plain", text=written[end:]))
    return tuple(found)


def _span(match: re.Match[str]) -> Span:
    if match["label"]:
        return Span(type="text_link", text=match["label"], href=match["href"])
    kind = match.lastgroup or "plain"
    return Span(type=kind, text=match[kind])
