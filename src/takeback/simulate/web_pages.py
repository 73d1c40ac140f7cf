"""Pages of a made-up network as a web archive holds them: previews of channels, and pages that promote them."""

from __future__ import annotations

import html
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from takeback.simulate.texts import Span, spans

_THOUSAND = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewPost:
    """A post as a preview page shows it; ``picture`` is the address of one, ``forward`` a display name."""

    id: int
    time: datetime
    text: str
    views: int
    picture: str | None = None
    forward: str | None = None


def preview_page(
    *, username: str, number: int, title: str, members: int, group: bool, posts: Iterable[PreviewPost]
) -> bytes:
    """The page at ``t.me/s/USERNAME``, newest post last; its member count is whole, its views are rounded."""
    said = "members" if group else "subscribers"
    shown = "".join(_message(post, username, number, title) for post in posts)
    name = html.escape(title)
    whole = f"{members:,}".replace(",", " ")
    return (
        f"<!DOCTYPE html>\n<html><head><title>{name} - Telegram</title></head><body>"
        f'<header class="tgme_header"><div class="tgme_header_title"><span>{name}</span></div>'
        f'<div class="tgme_header_counter">{whole} {said}</div></header>'
        f'<div class="tgme_channel_info"><div class="tgme_channel_info_header_title"><span>{name}</span></div>'
        f'<div class="tgme_channel_info_header_username"><a href="https://t.me/{username}">@{username}</a></div>'
        f'<div class="tgme_channel_info_counter"><span class="counter_value">{rounded(members)}</span> '
        f'<span class="counter_type">{said}</span></div></div>'
        f'<section class="tgme_channel_history">{shown}</section></body></html>\n'
    ).encode()


def _message(post: PreviewPost, username: str, number: int, title: str) -> str:
    forward = (
        '<div class="tgme_widget_message_forwarded_from">Forwarded from <span class='
        f'"tgme_widget_message_forwarded_from_name">{html.escape(post.forward)}</span></div>'
        if post.forward
        else ""
    )
    picture = (
        f'<a class="tgme_widget_message_photo_wrap" href="https://t.me/{username}/{post.id}" '
        f"style=\"width:800px;background-image:url('{post.picture}')\"></a>"
        if post.picture
        else ""
    )
    return (
        '<div class="tgme_widget_message_wrap js-widget_message_wrap">'
        '<div class="tgme_widget_message js-widget_message"'
        f' data-post="{username}/{post.id}" data-peer="c{number}_{post.id}"><div class="tgme_widget_message_author">'
        f'<a class="tgme_widget_message_owner_name" href="https://t.me/{username}"><span>{html.escape(title)}</span></a>'
        f'</div>{forward}{picture}<div class="tgme_widget_message_text js-message_text" dir="auto">{_marked(post.text)}'
        f'</div><span class="tgme_widget_message_views">{rounded(post.views)}</span>'
        f'<a class="tgme_widget_message_date" href="https://t.me/{username}/{post.id}">'
        f'<time datetime="{post.time.astimezone(UTC).isoformat()}">x</time></a></div></div>'
    )


def community_page(*, number: int, title: str, members: int, link: str, time: datetime) -> bytes:
    """A page of a community on VK whose one post leads to ``link``."""
    leads = html.escape(f"/away.php?to={link.replace(':', '%3A').replace('/', '%2F')}&post=-{number}_1")
    return (
        f'<!DOCTYPE html>\n<html><head><title>{html.escape(title)}</title></head><body><h1 class="page_name">'
        f'{html.escape(title)}</h1><div id="public_followers"><span class="header_count">{members}</span></div>'
        f'<div class="post" data-post-id="-{number}_1"><span class="rel_date" time="{int(time.timestamp())}">x</span>'
        f'<div class="wall_post_text">A photo bot is here: <a href="{leads}">t.me</a></div></div></body></html>\n'
    ).encode()


def promoting_page(*, title: str, link: str) -> bytes:
    """A page of any other host that leads to ``link``."""
    return (
        f"<!DOCTYPE html>\n<html><head><title>{html.escape(title)}</title></head><body><p>A photo bot is here: "
        f'<a href="{html.escape(link)}">{html.escape(link)}</a></p></body></html>\n'
    ).encode()


def rounded(count: int) -> str:
    """A count as Telegram shows it: three digits at most from a thousand on.

    Examples:
        >>> rounded(999), rounded(45_615), rounded(101_080), rounded(1_200_000)
        ('999', '45.6K', '101K', '1.2M')
    """
    for unit, sign in ((_THOUSAND**2, "M"), (_THOUSAND, "K")):
        if count >= unit:
            tenths = count * 10 // unit
            whole = tenths >= 1_000 or tenths % 10 == 0  # noqa: PLR2004  # hundreds need no tenths
            return f"{tenths // 10}{sign}" if whole else f"{tenths // 10}.{tenths % 10}{sign}"
    return str(count)


def _marked(text: str) -> str:
    return "".join(_span(each) for each in spans(text)).replace("\n", "<br/>")


def _span(span: Span) -> str:
    said = html.escape(span.text)
    if span.link is not None:
        return f'<a href="{html.escape(span.link)}">{said}</a>'
    if span.type == "mention":
        return f'<a href="https://t.me/{html.escape(span.text[1:])}">{said}</a>'
    return f"<b>{said}</b>" if span.type == "bold" else said
