"""Preview pages of Telegram (`t.me/s/NAME`, `t.me/NAME`): posts, views, forwards, and subscribers with their date."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import urlsplit

import msgspec
from selectolax.lexbor import LexborHTMLParser, LexborNode

from takeback.model.channel import Audience, Channel, ChannelKind, Forward, Poll, PollAnswer, Post, PostKind, Reaction
from takeback.model.media import MediaKind
from takeback.sources.web_page import (
    NamedPicture,
    PagePost,
    Reading,
    WebPage,
    audience_of,
    background_of,
    count_of,
    line_of,
    links_of,
    time_of,
    tree_of,
    unique,
    whole,
    words_of,
)

HOSTS = frozenset({"t.me", "telegram.me", "telegram.dog"})
COUNTED = "t.me preview"
"""The source of a count that a preview page shows."""

_NAME = re.compile(r"/(?:s/)?([A-Za-z][A-Za-z0-9_]{2,31})(?:/(\d{1,15}))?/?")
_POST = re.compile(r"([A-Za-z][A-Za-z0-9_]{2,31})/(\d{1,15})")
_PEER = re.compile(r"c(\d{3,18})_")
_MESSAGE = ".tgme_widget_message[data-post]"


class _View(msgspec.Struct, frozen=True):
    c: int = 0


def read_preview(page: WebPage) -> Reading:
    """What a preview page says of the channel that its address names, and of no other.

    Channels are ``telegram:@name``; where a page holds Telegram's number, it is in ``numbers``.
    """
    name = channel_of(page.uri)
    tree = tree_of(page.html)
    if name is None or tree is None:
        return Reading(foreign=("the page is nested too deep to be one",) if tree is None else ())
    channel = f"telegram:@{name}"
    messages = tree.css(_MESSAGE)
    own, foreign = [], []
    for node in messages:
        found = _POST.fullmatch(node.attributes.get("data-post") or "")
        if found and found[1].lower() == name:
            own.append((int(found[2]), node))
        else:
            foreign.append("a post on the page names another channel than its address")
    title = line_of(tree.css_first(".tgme_channel_info_header_title, .tgme_header_title, .tgme_page_title"))
    shown = _written(tree, name)
    known = bool(own or title)
    return Reading(
        channels=(Channel(id=channel, name=title, kind=_kind(tree), username=shown),) if known else (),
        audiences=tuple(_audiences(tree, channel, page.time)),
        posts=tuple(_post(node, id, channel, page.uri) for id, node in own),
        numbers=tuple((channel, number) for _, node in own[:1] if (number := _number(node))),
        foreign=tuple(foreign),
    )


def channel_of(uri: str) -> str | None:
    """The channel that an address of a preview page names, in lower case; None where it names none."""
    try:
        found = _NAME.fullmatch(urlsplit(uri).path)
    except ValueError:
        return None
    return found[1].lower() if found and found[1].lower() not in RESERVED else None


RESERVED = frozenset(
    {
        *("share", "proxy", "socks", "addstickers", "addemoji", "addtheme", "addlist", "iv", "login", "confirmphone"),
        *("setlanguage", "bg", "contact", "invoice", "boost", "giftcode", "joinchat", "nft", "stickers", "joinchannel"),
    }
)
"""First parts of addresses at t.me that are no channel."""


def _written(tree: LexborHTMLParser, name: str) -> str:
    """The name of the channel as it writes it, upper case and all."""
    shown = line_of(tree.css_first(".tgme_channel_info_header_username")).removeprefix("@")
    return shown if shown.lower() == name else name


def _kind(tree: LexborHTMLParser) -> ChannelKind:
    said = line_of(tree.css_first(".tgme_page_extra, .tgme_header_counter, .counter_type")).lower()
    return ChannelKind.PUBLIC_SUPERGROUP if "member" in said or "участник" in said else ChannelKind.PUBLIC_CHANNEL


def _audiences(tree: LexborHTMLParser, channel: str, time: datetime | None) -> Iterator[Audience]:
    """The subscribers at the time of the record: the whole number where the page has it, else the rounded one."""
    if time is None:
        return
    nodes = (
        tree.css_first(".tgme_header_counter"),
        tree.css_first(".tgme_channel_info_counter .counter_value"),
        tree.css_first(".tgme_page_extra"),
    )
    counts = [count for node in nodes if node is not None and (count := count_of(line_of(node))) is not None]
    if counts:
        best = min(counts, key=lambda count: count.step)
        yield audience_of(channel, best, time, counted=COUNTED)


def _number(node: LexborNode) -> str | None:
    """Telegram's own id of the channel, as Desktop exports write it."""
    if found := _PEER.match(node.attributes.get("data-peer") or ""):
        return f"telegram:{found[1]}"
    written = (node.attributes.get("data-view") or "").encode("ascii", "replace")
    try:
        view = msgspec.json.decode(base64.urlsafe_b64decode(written + b"=" * (-len(written) % 4)), type=_View)
    except (binascii.Error, ValueError):
        return None
    return f"telegram:{-view.c}" if view.c < 0 else None


def _post(node: LexborNode, id: int, channel: str, uri: str) -> PagePost:
    text = _text(node)
    anchors = [each for each in (text, *node.css(".tgme_widget_message_inline_row")) if each is not None]
    previews = [node] if node.css_first("a.tgme_widget_message_link_preview") else []
    preview = [
        whole(each.attributes.get("href"), uri)
        for found in previews
        for each in found.css("a.tgme_widget_message_link_preview[href]")
    ]
    mentions = [line_of(each) for each in (text.css("a") if text else ()) if line_of(each).startswith("@")]
    words = words_of(text)
    post = Post(
        channel=channel,
        id=id,
        kind=PostKind.SERVICE if "service_message" in (node.attributes.get("class") or "") else PostKind.MESSAGE,
        time=_time(node),
        author=line_of(node.css_first(".tgme_widget_message_owner_name, .tgme_widget_message_author_name")) or None,
        text=words,
        links=unique((*links_of(anchors, uri), *(each for each in preview if each))),
        mentions=unique(mentions),
        forward=_forward(node),
        reply_to=_reply(node, channel),
        poll=_poll(node),
        reactions=tuple(_reactions(node)),
        views=_views(node),
    )
    return PagePost(post=post, pictures=tuple(_pictures(node, uri)))


def _text(node: LexborNode) -> LexborNode | None:
    found = [each for each in node.css(".tgme_widget_message_text") if "js-message_reply_text" not in _class(each)]
    return found[-1] if found else None


def _class(node: LexborNode) -> str:
    return node.attributes.get("class") or ""


def _time(node: LexborNode) -> datetime | None:
    found = node.css_first(".tgme_widget_message_date time[datetime]") or node.css_first("time[datetime]")
    return time_of(found, zone=UTC)


def _views(node: LexborNode) -> int | None:
    count = count_of(line_of(node.css_first(".tgme_widget_message_views")))
    return None if count is None else count.value


def _forward(node: LexborNode) -> Forward | None:
    found = node.css_first(".tgme_widget_message_forwarded_from_name")
    if found is None:
        return None
    origin = channel_of(found.attributes.get("href") or "")
    return Forward(name=line_of(found) or None, origin=f"telegram:@{origin}" if origin else None)


def _reply(node: LexborNode, channel: str) -> int | None:
    found = node.css_first("a.tgme_widget_message_reply[href]")
    href = (found.attributes.get("href") or "") if found else ""
    if f"telegram:@{channel_of(href)}" != channel:
        return None
    number = _NAME.fullmatch(urlsplit(href).path)
    return int(number[2]) if number and number[2] else None


def _poll(node: LexborNode) -> Poll | None:
    """A poll with the voters of each answer, as far as shares in whole per cent tell them."""
    question = node.css_first(".tgme_widget_message_poll_question")
    total = count_of(line_of(node.css_first(".tgme_widget_message_voters")))
    if question is None or total is None:
        return None
    answers = []
    for option in node.css(".tgme_widget_message_poll_option"):
        share = count_of(line_of(option.css_first(".tgme_widget_message_poll_option_percent")))
        text = line_of(option.css_first(".tgme_widget_message_poll_option_text"))
        voters = round((share.value if share else 0) * total.value / 100)
        answers.append(PollAnswer(text=text, voters=voters))
    closed = "final" in line_of(node.css_first(".tgme_widget_message_poll_type")).lower()
    return Poll(question=line_of(question), answers=tuple(answers), total_voters=total.value, closed=closed)


def _reactions(node: LexborNode) -> Iterator[Reaction]:
    for found in node.css(".tgme_reaction"):
        label = line_of(found.css_first("i.emoji, tg-emoji, img")) or "custom"
        count = count_of(line_of(found).replace(label, " "))
        if count is not None:
            yield Reaction(label=label, count=count.value)


def _pictures(node: LexborNode, uri: str) -> Iterator[NamedPicture]:
    for css, kind in (
        (".tgme_widget_message_photo_wrap", MediaKind.PHOTO),
        (".tgme_widget_message_video_thumb", MediaKind.THUMBNAIL),
        (".tgme_widget_message_sticker", MediaKind.STICKER),
    ):
        for each in node.css(css):
            found = background_of(each, uri) or whole(each.attributes.get("data-webp"), uri)
            yield NamedPicture(uri=found or "", kind=kind)
    for each in node.css("video[src]"):
        yield NamedPicture(uri=whole(each.attributes.get("src"), uri) or "", kind=MediaKind.VIDEO)
    for each in node.css(".tgme_widget_message_document_title"):
        yield NamedPicture(uri=line_of(each), kind=MediaKind.DOCUMENT)
