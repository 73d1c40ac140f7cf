"""A page of a web archive, and what is common to reading one: texts, links, pictures, rounded counts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from urllib.parse import urljoin, urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

from takeback.model.channel import Audience, Channel, Post
from takeback.model.media import MediaKind
from takeback.sources.telegram_posts import believable

MOST_TEXT = 200_000
"""Characters that are kept of one text."""

_COUNT = re.compile(r"(\d[\d\s., \u2009\u202f]*)(?:([KMkm\u041a\u041c\u043a\u043c])(?![^\W\d_]))?")
_STEPS = {"": 1, "k": 1_000, "\u043a": 1_000, "m": 1_000_000, "\u043c": 1_000_000}
"""In Latin and in Cyrillic letters."""
_URL = re.compile(r"url\(\s*['\"]?([^'\")]+)['\"]?\s*\)")
_OPENED = re.compile(
    r"<(/?)(?!(?:br|hr|img|meta|link|input|source|wbr|col|area|embed|track|base|param|p|li|dt|dd|tr|td|th"
    r"|option)\b)[A-Za-z]",
    re.IGNORECASE,
)
"""Tags that can lie in each other; the others are empty, or end where the next begins."""
_DEEP = 4_000


@dataclass(frozen=True, slots=True, kw_only=True)
class WebPage:
    """The source of a page, under the address and at the time that the record says."""

    uri: str
    time: datetime | None
    html: str

    @property
    def host(self) -> str:
        """The host of the address, in lower case and without ``www.``; empty where there is none."""
        return host_of(self.uri)


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedPicture:
    """A file that a post on a page names, by its whole address."""

    uri: str
    kind: MediaKind


@dataclass(frozen=True, slots=True, kw_only=True)
class PagePost:
    """A post on a page, without its files, and the files that it names."""

    post: Post
    pictures: tuple[NamedPicture, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a page says. ``numbers`` pairs ids by name with the platform's own, where the page has both."""

    channels: tuple[Channel, ...] = ()
    audiences: tuple[Audience, ...] = ()
    posts: tuple[PagePost, ...] = ()
    numbers: tuple[tuple[str, str], ...] = ()
    foreign: tuple[str, ...] = ()

    def __add__(self, other: Reading) -> Reading:
        return Reading(
            channels=self.channels + other.channels,
            audiences=self.audiences + other.audiences,
            posts=self.posts + other.posts,
            numbers=self.numbers + other.numbers,
            foreign=self.foreign + other.foreign,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """A count as a page shows it; ``step`` is what it is rounded to, 1 where it is whole."""

    value: int
    step: int


def tree_of(html: str) -> LexborHTMLParser | None:
    """The parsed page; None where it is nested as no page is. Nothing is rendered, run or fetched."""
    if html.count("<") > _DEEP and _depth(html) > _DEEP:
        return None
    return LexborHTMLParser(html)


def host_of(uri: str) -> str:
    """The host of an address, in lower case and without ``www.``; empty where it has none."""
    try:
        host = urlsplit(uri).hostname or ""
    except ValueError:
        return ""
    return host.rstrip(".").lower().removeprefix("www.")


def words_of(node: LexborNode | None) -> str:
    """The words of a node as a reader sees them, with its line breaks."""
    if node is None:
        return ""
    for line_break in node.css("br"):
        line_break.replace_with("\n")
    return (node.text(deep=True, separator="") or "").strip()[:MOST_TEXT]


def line_of(node: LexborNode | None) -> str:
    """The words of a node on one line."""
    return " ".join(words_of(node).split())


def links_of(nodes: Iterable[LexborNode], uri: str) -> Iterator[str]:
    """Where the links in nodes lead, as whole addresses."""
    for node in nodes:
        for anchor in node.css("a[href]"):
            if (found := whole(anchor.attributes.get("href"), uri)) is not None:
                yield found


def whole(address: str | None, uri: str) -> str | None:
    """An address as a whole one; None where it is none, or leads nowhere."""
    written = (address or "").strip()
    if not written or written.startswith(("#", "javascript:", "data:", "blob:", "about:")):
        return None
    try:
        return urljoin(uri, written)
    except ValueError:
        return None


def background_of(node: LexborNode, uri: str) -> str | None:
    """The picture behind a node, as its style names it."""
    found = _URL.search(node.attributes.get("style") or "")
    return whole(found[1], uri) if found else None


def count_of(written: str) -> Count | None:
    """A count as pages write it.

    Examples:
        >>> count_of("45 615 subscribers")
        Count(value=45615, step=1)
        >>> count_of("12.3K")
        Count(value=12300, step=100)
    """
    found = _COUNT.search(written)
    if found is None:
        return None
    scale = _STEPS[(found[2] or "").lower()]
    digits = found[1].strip()
    if scale == 1:
        plain = re.sub(r"\D", "", digits)
        return Count(value=int(plain), step=1) if len(plain) < 13 else None  # noqa: PLR2004  # more than mankind
    before, _, after = re.sub(r"\s", "", digits).replace(",", ".").partition(".")
    if len(before) > 6 or not (after + "0").isdigit() or len(after) > 3:  # noqa: PLR2004  # no page writes it so
        return None
    return Count(
        value=int(before) * scale + int((after or "0").ljust(3, "0")) * scale // 1000, step=scale // 10 ** len(after)
    )


def audience_of(channel: str, count: Count, time: datetime, *, counted: str) -> Audience:
    """A count of members that a page shows; its source says who counted, and what a rounded one is rounded to."""
    source = counted if count.step == 1 else f"{counted}, rounded to {count.step:,}"
    return Audience(channel=channel, members=count.value, time=time, source=source)


def time_of(node: LexborNode | None, *, zone: tzinfo | None = None) -> datetime | None:
    """The time in the ``datetime`` of a node, in UTC; None where there is none that a post can have.

    ``zone`` is that of a time that says none; without it, such a time is none.
    """
    try:
        time = datetime.fromisoformat((node.attributes.get("datetime") or "") if node else "")
        zoned = time if time.tzinfo else time.replace(tzinfo=zone)
        return believable(zoned.astimezone(UTC)) if zoned.tzinfo else None
    except (ValueError, OverflowError):
        return None


def unique(texts: Iterable[str]) -> tuple[str, ...]:
    """Each text once, in order."""
    return tuple(dict.fromkeys(text for text in texts if text))


def _depth(html: str) -> int:
    """How deep tags lie in each other, at most."""
    depth = deepest = 0
    for found in _OPENED.finditer(html):
        depth = max(0, depth - 1) if found[1] else depth + 1
        deepest = max(deepest, depth)
    return deepest
