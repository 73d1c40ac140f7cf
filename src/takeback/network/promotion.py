"""Promotion elsewhere: pages and communities outside of Telegram that lead into it, by host (M12)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import numpy as np

from takeback.model.measure import Measure
from takeback.network.links import TELEGRAM, host_of
from takeback.network.part import Listed, Part
from takeback.network.sheet import COMMUNITIES, Sheet, is_abroad, size, together
from takeback.network.tally import RowSet, Tally

_MOST = 50
_METHOD = (
    "pages of web archives, and communities with a post, that link into Telegram or name a bot; a page counts once by "
    "its address, a community once"
)
_CAVEAT = (
    "Pages, not accounts and not people: one account may run many. Only what was archived is in it, and a page may "
    "warn of what it links to."
)


def gather_promotion(part: Part, tally: Tally) -> None:
    """Which rows of other platforms lead into Telegram."""
    if not is_abroad(part.channel):
        return
    links, mentions = (Listed(part.rows.column(each)) for each in ("links", "mentions"))
    into = np.array([host_of(link) == TELEGRAM for link in links.items.to_pylist()], np.bool_)
    rows = np.unique(np.concatenate((links.parents[into], mentions.parents)))
    tally.add_rows(("promotion",), part.channel, part.ids[rows])


def measure_promotion(sheet: Sheet) -> Iterator[Measure]:
    """How many pages lead into Telegram, in all and on each host; how many members their communities have."""
    rows = sheet.noted("promotion")
    by_host: dict[str, list[RowSet]] = {}
    pages: Counter[str] = Counter()
    for channel, ids in rows.items():
        scheme, _, name = channel.partition(":")
        host = COMMUNITIES.get(scheme, name)
        by_host.setdefault(host, []).append({channel: ids})
        pages[host] += 1 if scheme in COMMUNITIES else sum(map(len, ids))
    collected = any(is_abroad(channel.id) for channel in sheet.channels)
    where = "" if collected else " None: no web archive is in this case."
    ranked = sorted(pages, key=lambda host: (-pages[host], host))
    listed = [
        (f"host.{host}", f"Pages of {host} that promote", pages[host], together(by_host[host]))
        for host in ranked[:_MOST]
    ]
    for id, name, value, found in [
        ("pages", "Pages that promote", pages.total() if collected else None, rows),
        *listed,
    ]:
        yield sheet.count(
            f"promotion.{id}",
            name,
            value,
            of=size(rows),
            unit="pages",
            rows=found,
            method=f"{_METHOD}; n is the pages and posts that do",
            caveat=f"{_CAVEAT}{where}",
        )
    yield _members(sheet, rows, collected=collected)


def _members(sheet: Sheet, rows: RowSet, *, collected: bool) -> Measure:
    latest = {
        each.channel: each for each in sorted(sheet.network.audiences, key=lambda each: (each.time, each.members))
    }
    counted = [latest[channel] for channel in sorted(rows) if channel in latest]
    return sheet.count(
        "promotion.members",
        "Members of the communities that promote, added up",
        sum(each.members for each in counted) if counted else None,
        of=len(counted),
        unit="memberships",
        rows=sheet.rows("audiences", (f"{each.channel}@{each.time.isoformat()}={each.members}" for each in counted)),
        method="sum of the latest count of each community that promotes; n is the communities with a count",
        caveat="Memberships, not accounts, and not readers."
        + ("" if collected else " No web archive is in this case."),
    )
