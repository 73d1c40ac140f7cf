"""Pages of communities on VK, and posts on their walls: members, posts, links."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

from selectolax.lexbor import LexborNode

from takeback.model.channel import Channel, ChannelKind, Forward, Post, PostKind
from takeback.model.media import MediaKind
from takeback.sources.telegram_posts import believable
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

HOSTS = frozenset({"vk.com", "m.vk.com", "vk.ru", "m.vk.ru"})
COUNTED = "VK page"

_POST = re.compile(r"(-\d{1,15})_(\d{1,15})")
_OWNER = re.compile(r"/(?:club|public|event)(\d{1,15})/?|/wall(-\d{1,15})(?:_\d+)?/?")
_SCREEN = re.compile(r"/([A-Za-z][\w.]{1,63})/?")
_MEMBERS = (
    "#group_followers .header_count, #public_followers .header_count, #group_followers em, #public_followers em, "
    'a[href*="act=members"] .header_count, a[href*="act=members"] em, a[href*="act=members"] .pm_counter, '
    '[data-testid="group_members_count"], .group_friends_count'
)
_TEXT = '.wall_post_text, .pi_text, [data-testid="post_text"], [data-testid^="showmoretext"]'
_TIMES = ("time", "data-ts", "data-post-date", "data-date")


def read_vk(page: WebPage) -> Reading:
    """What a page of a community says: its members, and the posts on its own wall.

    The community is ``vk:-NUMBER`` where the address or its posts tell the number, else ``vk:NAME``.
    """
    tree = tree_of(page.html)
    if tree is None:
        return Reading(foreign=("the page is nested too deep to be one",))
    found = [(match, node) for node in tree.css("[data-post-id]") if (match := _POST.fullmatch(_id(node)))]
    owner = _owner(page.uri, [match[1] for match, _ in found])
    if owner is None:
        return Reading()
    channel = f"vk:{owner}"
    name = line_of(tree.css_first("h1.page_name, .page_name, h1, .op_header")) or line_of(tree.css_first("title"))
    members = next((count for node in tree.css(_MEMBERS) if (count := count_of(line_of(node)))), None)
    audiences = (audience_of(channel, members, page.time, counted=COUNTED),) if members and page.time else ()
    own = [(int(match[2]), node) for match, node in found if match[1] == owner]
    if not own and not audiences:
        return Reading()
    return Reading(
        channels=(Channel(id=channel, name=name, kind=ChannelKind.COMMUNITY),),
        audiences=audiences,
        posts=tuple(_post(node, id, channel, page.uri) for id, node in own),
        foreign=("a post on the page is of another wall than its address",) * (len(found) - len(own)),
    )


def _id(node: LexborNode) -> str:
    return node.attributes.get("data-post-id") or ""


def _owner(uri: str, owners: list[str]) -> str | None:
    """Whose wall the page is: what its address says, else whose posts are on it, else its name."""
    path = urlsplit(uri).path
    if named := _OWNER.fullmatch(path):
        return named[2] or f"-{named[1]}"
    if owners:
        return Counter(owners).most_common(1)[0][0]
    screen = _SCREEN.fullmatch(path)
    return screen[1].lower() if screen else None


def _post(node: LexborNode, id: int, channel: str, uri: str) -> PagePost:
    text = node.css_first(_TEXT)
    shared = line_of(node.css_first(".copy_author, .copy_post_author, .published_by")) or None
    views = count_of(line_of(node.css_first(".like_views, ._views, .item_views, [data-testid=post_views]")))
    post = Post(
        channel=channel,
        id=id,
        kind=PostKind.MESSAGE,
        time=_time(node),
        author=line_of(node.css_first(".post_author .author, .pi_author, [data-testid=post_owner]")) or None,
        text=words_of(text),
        links=unique(_straight(link) for link in links_of([text] if text else [], uri)),
        forward=Forward(name=shared) if shared else None,
        views=None if views is None else views.value,
    )
    return PagePost(post=post, pictures=tuple(_pictures(node, uri)))


def _straight(link: str) -> str:
    """Where a link leads in the end: VK sends links that leave it through a page of its own."""
    parts = urlsplit(link)
    if parts.path == "/away.php" and (leads := parse_qs(parts.query).get("to")):
        return leads[0]
    return link


def _time(node: LexborNode) -> datetime | None:
    """The time of a post where the page has it as a number; what VK writes for people has no zone and no year."""
    for each in (node, *node.css("[time], [data-ts], [data-post-date], [data-date]")):
        for name in _TIMES:
            written = each.attributes.get(name) or ""
            if written.isascii() and written.isdigit() and len(written) < 12:  # noqa: PLR2004  # seconds
                try:
                    return believable(datetime.fromtimestamp(int(written), UTC))
                except ValueError:
                    return None
    return time_of(node.css_first("time[datetime]"))


def _pictures(node: LexborNode, uri: str) -> Iterator[NamedPicture]:
    shown = [background_of(each, uri) for each in node.css("[style*=url]")]
    shown += [whole(each.attributes.get("src"), uri) for each in node.css('a[href*="photo"] img[src]')]
    for found in unique(each for each in shown if each):
        yield NamedPicture(uri=found, kind=MediaKind.PHOTO)
