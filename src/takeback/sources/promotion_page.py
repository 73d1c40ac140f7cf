"""Any page that leads into a channel, to a bot or behind an invitation: a page, not an account, under its host."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from urllib.parse import unquote, urldefrag

from takeback.model.channel import Channel, ChannelKind, Post, PostKind
from takeback.model.media import MediaKind
from takeback.sources.preview_page import HOSTS, RESERVED
from takeback.sources.web_page import (
    NamedPicture,
    PagePost,
    Reading,
    WebPage,
    host_of,
    line_of,
    links_of,
    tree_of,
    unique,
    whole,
    words_of,
)

_INTO = re.compile(
    r"(?:https?://)?(?:(?:www\.)?(?:t\.me|telegram\.me|telegram\.dog)/(?P<path>[+\w/-]+)(?P<query>\?[\w=&%.-]+)?"
    r"|(?P<handle>[A-Za-z][A-Za-z0-9_]{3,31})\.t\.me\b/?)"
    r"|tg://(?:resolve\?domain=\w+|join\?invite=[\w-]+)[\w=&%.-]*",
    re.IGNORECASE,
)
_BOT = re.compile(r"(?<![\w@/.])@[A-Za-z][A-Za-z0-9_]{1,28}bot\b", re.IGNORECASE)
_NOT_HANDLES = frozenset({"www", "web", "core", "telegram"})
_DIGITS = 12


def read_promotion(page: WebPage, *, with_text: bool = True) -> Reading:
    """The page as a post of its host, with what it promotes as links and mentions, and the pictures it shows.

    The number of the post comes from the address without its fragment: one page is one post, however often it was
    kept. A page that promotes nothing is still read, because words about a picture may stand on it; who takes it in
    keeps it only with a picture. ``with_text`` is False where the posts on the page are read one by one.
    """
    tree = tree_of(page.html)
    host = page.host
    if tree is None or not host:
        return Reading(foreign=("the page is nested too deep to be one",) if tree is None else ())
    for node in tree.css("script, style, noscript, template"):
        node.decompose()
    text = words_of(tree.body)
    title = line_of(tree.css_first("title"))
    anchors = links_of([tree.body] if tree.body else [], page.uri)
    links = unique((*(found for each in anchors for found in _leading(each)), *_into(text)))
    address = urldefrag(page.uri).url
    post = Post(
        channel=f"web:{host}",
        id=int(hashlib.sha256(address.encode("utf-8", "replace")).hexdigest()[:_DIGITS], 16),
        kind=PostKind.PAGE,
        time=page.time,
        text=f"{title}\n{text}".strip() if with_text else title,
        links=links,
        mentions=unique(_BOT.findall(text)),
    )
    pictures = unique(found for node in tree.css("img[src]") if (found := whole(node.attributes.get("src"), page.uri)))
    named = tuple(NamedPicture(uri=uri, kind=MediaKind.IMAGE_FILE) for uri in pictures)
    channel = Channel(id=f"web:{host}", name=host, kind=ChannelKind.WEB_PAGES)
    return Reading(channels=(channel,), posts=(PagePost(post=post, pictures=named),))


def promotes(post: Post) -> bool:
    """Whether a page leads into Telegram."""
    return bool(post.links or post.mentions)


def _leading(link: str) -> Iterator[str]:
    """The addresses that a link leads to: itself, or where a page that passes visitors on sends them."""
    if host_of(link) in HOSTS or link.lower().startswith("tg:"):
        found = next(_into(link), None)
        if found is not None and link.startswith(found):
            yield found
        return
    yield from _into(unquote(link))


def _into(text: str) -> Iterator[str]:
    """Every address of a channel, a bot or an invitation in a text."""
    for found in _INTO.finditer(text):
        first = (found["path"] or "").strip("/").partition("/")[0].lower()
        handle = (found["handle"] or "").lower()
        invites = first == "joinchat" and "/" in (found["path"] or "").strip("/")
        if (first in RESERVED and not invites) or handle in _NOT_HANDLES or (found["path"] and not first):
            continue
        yield found[0]
