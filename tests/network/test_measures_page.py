"""The page of measures is complete, and promises nothing that is not there."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from network.labelled_texts import MADE
from network.made import CHAT, audience, full, media, missing, post
from takeback.model.channel import Channel, ChannelKind, Forward, Poll, PollAnswer, Post, PostKind
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
    "<day>": r"\d{4}-\d{2}-\d{2}",
    "<code>": r"[a-z]{2}",
    "<period>": r"(?:\d+-[a-z]+|forever)",
    "<place>": r"[a-z-]+",
}


def patterns(page: str) -> dict[str, re.Pattern[str]]:
    """Each documented id as a pattern."""
    found = {}
    for id in _ROW.findall(page):
        parts = re.split(r"(<\w+>)", id)
        found[id] = re.compile("".join(_PARTS[part] if part in _PARTS else re.escape(part) for part in parts))
    return found


def rich() -> tuple[Post, ...]:
    """Posts with one of everything that is read from words, over a year with a gap and a change of level."""
    places = Poll(
        question="Where from?",
        answers=(PollAnswer(text="Spain", voters=7), PollAnswer(text="Italy", voters=3)),
        total_voters=12,
        closed=True,
    )
    days = [day for day in range(300, 600) if not 480 < day < 495 for _ in range(1 if day < 420 else 9)]
    many = [
        post(
            "telegram:400",
            number,
            day=day,
            author_id=f"user{number % 150}",
            text="A long enough sentence about the harbour",
            forward=Forward(name="A Source") if number % 9 == 0 else None,
            views=3,
            forwards=1,
        )
        for number, day in enumerate(days, start=1)
    ]
    return (
        *many,
        *(post("telegram:401", number, author_id=f"user{number}") for number in range(1, 60)),
        post("telegram:402", 1, text="5 USD per week or call +44 20 7946 0958, bot @harbour_bot"),
        post("telegram:402", 2, text=f"free with a watermark, pay to {MADE['card']}", poll=places),
        post("web:example.org", 3, links=("https://t.me/harbour",)),
        post("vk:-5", 4, links=("https://t.me/harbour",)),
    )


def everything() -> tuple[Measure, ...]:
    """The measures of a network that has one of each kind of channel, post, media and absence."""
    plain = full()
    kinds = [Channel(id=f"telegram:x{kind}", name="", kind=kind) for kind in ChannelKind]
    kinds += [Channel(id=f"telegram:{n}", name="", kind=ChannelKind.PUBLIC_CHANNEL) for n in (400, 401, 402)]
    posts = [post(CHAT, 50 + number, kind=kind) for number, kind in enumerate(PostKind)]
    files = post(CHAT, 70, media=tuple(media("e", kind) for kind in MediaKind))
    gone = post(CHAT, 71, missing=tuple(missing(absence=absence) for absence in Absence))
    counts = [audience(channel, 100) for channel in ("telegram:400", "telegram:401", "vk:-5")]
    names: dict[str, str] = {}
    return census(
        replace(
            plain,
            channels=(*plain.channels, *kinds),
            posts=(*plain.posts, *posts, files, gone, *rich()),
            audiences=(*plain.audiences, *counts),
            label=lambda channel: names.setdefault(channel, f"channel-{'abcdefghijklmnopqrstuvwxyz'[len(names)] * 4}"),
        )
    )


@pytest.fixture(scope="module")
def ids() -> list[str]:
    found = [each.id for each in everything()]
    assert len(set(found)) == len(found)
    return found


def test_every_measure_is_on_the_page(repository: Path, ids: list[str]) -> None:
    documented = patterns((repository / "docs/reference/measures.md").read_text("utf-8")).values()
    assert [id for id in ids if not any(pattern.fullmatch(id) for pattern in documented)] == []


def test_every_measure_on_the_page_is_there(repository: Path, ids: list[str]) -> None:
    documented = patterns((repository / "docs/reference/measures.md").read_text("utf-8"))
    assert len(documented) > 100
    assert [id for id, pattern in documented.items() if not any(map(pattern.fullmatch, ids))] == []
