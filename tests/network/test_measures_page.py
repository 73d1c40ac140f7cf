"""The page of measures is complete, and promises nothing that is not there."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from network.made import CHAT, full, media, missing, post
from takeback.model.channel import Channel, ChannelKind, PostKind
from takeback.model.measure import Measure
from takeback.model.media import Absence, MediaKind
from takeback.network.census import census

_ROW = re.compile(r"^\| `([^`]+)` \|", re.MULTILINE)
_PARTS = {
    "<channel>": r"channel-[a-z]{4}",
    "<month>": r"\d{4}-\d{2}",
    "<host>": r"[a-z0-9.-]+",
    "<n>": r"\d+",
    "<k>": r"\d+",
    "<kind>": r"[a-z_]+",
    "<reason>": r"[a-z_]+",
    "<currency>": r"[a-z]+",
}


def patterns(page: str) -> dict[str, re.Pattern[str]]:
    """Each documented id as a pattern."""
    found = {}
    for id in _ROW.findall(page):
        parts = re.split(r"(<\w+>)", id)
        found[id] = re.compile("".join(_PARTS[part] if part in _PARTS else re.escape(part) for part in parts))
    return found


def everything() -> tuple[Measure, ...]:
    """The measures of a network that has one of each kind of channel, post, media and absence."""
    plain = full()
    kinds = [Channel(id=f"telegram:x{kind}", name="", kind=kind) for kind in ChannelKind]
    posts = [post(CHAT, 50 + number, kind=kind) for number, kind in enumerate(PostKind)]
    files = post(CHAT, 70, media=tuple(media("e", kind) for kind in MediaKind))
    gone = post(CHAT, 71, missing=tuple(missing(absence=absence) for absence in Absence))
    return census(replace(plain, channels=(*plain.channels, *kinds), posts=(*plain.posts, *posts, files, gone)))


def test_every_measure_is_on_the_page(repository: Path) -> None:
    documented = patterns((repository / "docs/reference/measures.md").read_text("utf-8")).values()
    missing = [each.id for each in everything() if not any(pattern.fullmatch(each.id) for pattern in documented)]
    assert missing == []


def test_every_measure_on_the_page_is_there(repository: Path) -> None:
    ids = [each.id for each in everything()]
    documented = patterns((repository / "docs/reference/measures.md").read_text("utf-8"))
    assert len(documented) > 40
    assert [id for id, pattern in documented.items() if not any(map(pattern.fullmatch, ids))] == []


def test_the_page_repeats_the_measured_figures_of_the_extractors(repository: Path) -> None:
    page = (repository / "docs/reference/measures.md").read_text("utf-8")
    assert "| prices | 33 | 18 of 19 | 18 of 20 |" in page
    assert "| referral wording | 24 | 13 of 13 | 13 of 14 |" in page
