"""Links: where posts lead, by host; of links into Telegram only their number (M12)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from takeback.model.measure import Measure
from takeback.network.network import row_of
from takeback.network.sheet import Sheet

TELEGRAM = "telegram"
OTHER = "other"
_TELEGRAM = ("t.me", "telegram.me", "telegram.dog", "tg.dev")
_HOST = re.compile(r"(?=.{1,253}$)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?\.)+[a-z0-9][a-z0-9-]{0,61}")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_MOST = 50


def host_of(link: str) -> str:
    """The host of a link, in lower case and without ``www.``; `TELEGRAM` for links into it, `OTHER` for what has none.

    A name before ``t.me`` is a handle, so such a host is never told.

    Examples:
        >>> host_of("https://www.Example.org:443/a"), host_of("example.org/a"), host_of("https://name.t.me/")
        ('example.org', 'example.org', 'telegram')
    """
    text = link.strip()
    if text.lower().startswith(("tg:", "ton:")) or text.startswith("@"):
        return TELEGRAM
    if _SCHEME.match(text) and "://" not in text and not re.match(r"[^/]+:\d+(?:/|$)", text):
        return OTHER
    try:
        host = urlsplit(text if "://" in text else f"//{text}").hostname or ""
        host = host.encode("idna").decode("ascii") if not host.isascii() else host
    except (ValueError, UnicodeError):
        return OTHER
    host = host.rstrip(".").lower().removeprefix("www.")
    if host in _TELEGRAM or host.endswith(tuple(f".{each}" for each in _TELEGRAM)):
        return TELEGRAM
    return host if _HOST.fullmatch(host) else OTHER


def measure_links(sheet: Sheet) -> Iterator[Measure]:
    """How many links there are, into Telegram, to each host, and to what has no host."""
    by_host: dict[str, list[str]] = {}
    linking = []
    for post in sheet.network.posts:
        linking.extend([row_of(post)] if post.links else [])
        for number, link in enumerate(post.links):
            by_host.setdefault(host_of(link), []).append(f"{row_of(post)}/{number}")
    total = sum(map(len, by_host.values()))
    into, without = by_host.pop(TELEGRAM, []), by_host.pop(OTHER, [])
    yield sheet.count(
        "links.posts",
        "Posts with a link",
        len(linking),
        of=len(sheet.network.posts),
        unit="posts",
        rows=sheet.rows("posts", linking),
        method="posts with a link in text, behind words or under a button",
        caveat="Links written as words are not seen.",
    )
    ranked = sorted(by_host, key=lambda host: (-len(by_host[host]), host))
    counts = [
        ("links.total", "Links", [row for rows in (*by_host.values(), into, without) for row in rows]),
        ("links.telegram", "Links into Telegram", into),
        ("links.without-host", "Links without a readable host", without),
        *((f"links.host.{host}", f"Links to {host}", by_host[host]) for host in ranked[:_MOST]),
        ("links.host-rest", "Links to all other hosts", [row for host in ranked[_MOST:] for row in by_host[host]]),
    ]
    for id, name, rows in counts:
        yield sheet.count(
            id,
            name,
            len(rows),
            of=total,
            unit="links",
            rows=sheet.rows("links", rows),
            method="links of posts, by host in lower case; the fifty most frequent hosts are named",
            caveat="Links, not pages and not accounts; a shortened link counts for the shortener.",
        )
    yield sheet.count(
        "links.hosts",
        "Hosts that are linked to",
        len(by_host),
        of=total,
        unit="hosts",
        rows=sheet.rows("links", (row for rows in by_host.values() for row in rows)),
        method="distinct hosts outside Telegram",
        caveat="One site may have several hosts.",
    )
