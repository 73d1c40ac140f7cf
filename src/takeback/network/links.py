"""Links: where posts lead, by host; of links into Telegram only their number (M12)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from urllib.parse import urlsplit

import numpy as np

from takeback.model.measure import Measure
from takeback.network.part import Listed, Part
from takeback.network.sheet import NO_ROWS, Sheet, size, together
from takeback.network.tally import RowSet, Tally

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


def page_of(link: str) -> str:
    """The page that a link leads to, as far as two links can be told to lead to one: host, path, query.

    Examples:
        >>> page_of("https://www.example.org/a/?x=1#part"), page_of("http://example.org/a?x=1&utm_source=z")
        ('example.org/a?x=1', 'example.org/a?x=1')
    """
    try:
        split = urlsplit(link.strip() if "://" in link else f"//{link.strip()}")
    except ValueError:
        return host_of(link)
    kept = "&".join(each for each in split.query.split("&") if each and not each.startswith("utm_"))
    return f"{host_of(link)}{split.path.rstrip('/')}{'?' if kept else ''}{kept}"


def gather_links(part: Part, tally: Tally) -> None:
    """Where the posts of a part lead; each distinct link is read once."""
    import pyarrow as pa

    links = Listed(part.rows.column("links"))
    if not len(links):
        return
    tally.add_rows(("links", "posts"), part.channel, part.ids[np.unique(links.parents)])
    coded = links.items.dictionary_encode()
    texts = coded.dictionary.to_pylist()
    hosts = [host_of(text) for text in texts]
    names = sorted(set(hosts))
    place = {name: number for number, name in enumerate(names)}
    code = np.array([place[host] for host in hosts])[coded.indices.to_numpy()]
    rows = np.column_stack((part.ids[links.parents], links.places))
    for number, name in enumerate(names):
        tally.add_rows(("links", "host", name), part.channel, rows[code == number])
    pages = [page_of(text) for text, host in zip(texts, hosts, strict=True) if host not in (TELEGRAM, OTHER)]
    tally.counts["links", "pages"].add(pa.array(pages, pa.string()))


def measure_links(sheet: Sheet) -> Iterator[Measure]:
    """How many links there are, into Telegram, to each host and its pages, and to what has no host."""
    by_host = {key[0]: rows for key, rows in sheet.tally.rows_under("links", "host").items()}
    total = sum(map(size, by_host.values()))
    linking = sheet.noted("links", "posts")
    yield sheet.count(
        "links.posts",
        "Posts with a link",
        size(linking),
        of=sheet.posts,
        unit="posts",
        rows=linking,
        method="posts with a link in text, behind words or under a button",
        caveat="Links written as words are not seen.",
    )
    everything = together(by_host.values())
    into, without = by_host.pop(TELEGRAM, NO_ROWS), by_host.pop(OTHER, NO_ROWS)
    ranked = sorted(by_host, key=lambda host: (-size(by_host[host]), host))
    counts: list[tuple[str, str, RowSet]] = [
        ("links.total", "Links", everything),
        ("links.telegram", "Links into Telegram", into),
        ("links.without-host", "Links without a readable host", without),
        *((f"links.host.{host}", f"Links to {host}", by_host[host]) for host in ranked[:_MOST]),
        ("links.host-rest", "Links to all other hosts", together(by_host[host] for host in ranked[_MOST:])),
    ]
    for id, name, rows in counts:
        yield sheet.count(
            id,
            name,
            size(rows),
            of=total,
            unit="links",
            rows=sheet.post_rows(rows, "links"),
            method="links of posts, by host in lower case; the fifty most frequent hosts are named",
            caveat="Links, not pages and not accounts; a shortened link counts for the shortener.",
        )
    yield sheet.count(
        "links.hosts",
        "Hosts that are linked to",
        len(by_host),
        of=total,
        unit="hosts",
        rows=sheet.post_rows(together(by_host.values()), "links"),
        method="distinct hosts outside Telegram",
        caveat="One site may have several hosts.",
    )
    yield from _pages(sheet, by_host, ranked[:_MOST])


def _pages(sheet: Sheet, by_host: dict[str, RowSet], named: list[str]) -> Iterator[Measure]:
    counts = sheet.tally.counts.get(("links", "pages"))
    pages = (
        Counter(re.split(r"[/?]", page, maxsplit=1)[0] for page in counts.table().column("text").to_pylist())
        if counts
        else Counter()
    )
    for host in named:
        yield sheet.count(
            f"links.pages.{host}",
            f"Pages of {host} that are linked to",
            pages[host],
            of=size(by_host[host]),
            unit="pages",
            rows=sheet.post_rows(by_host[host], "links"),
            method="distinct addresses by host, path and query, without marks of campaigns; n is the links",
            caveat="Pages, not accounts: one account may have many pages, and a page many addresses.",
        )
