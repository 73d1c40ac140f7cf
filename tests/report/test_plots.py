from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from xml.etree import ElementTree as ET

import pytest

from report.made_up import case_report
from takeback.report.content import MemberCount, Month, PollShare, PollTable
from takeback.report.plots import (
    growth_plot,
    growth_table,
    growth_words,
    members_bounds_plot,
    members_table,
    members_words,
    poll_plot,
    poll_table,
)

SVG = "{http://www.w3.org/2000/svg}"
REPORT = case_report()


def texts(svg: str) -> list[str]:
    return [each.text or "" for each in ET.fromstring(svg).iter(f"{SVG}text")]


def test_every_plot_is_an_image_with_words_in_its_place() -> None:
    for svg in (growth_plot(REPORT.months), members_bounds_plot(REPORT.members), poll_plot(REPORT.polls[0])):
        root = ET.fromstring(svg)
        assert root.get("role") == "img"
        assert root.find(f"{SVG}title") is not None
        assert root.find(f"{SVG}desc") is not None


def test_a_month_that_may_be_incomplete_is_marked_and_not_left_out() -> None:
    svg = growth_plot(REPORT.months)
    outlined = [each for each in ET.fromstring(svg).iter(f"{SVG}rect") if each.get("stroke-dasharray")]
    assert len(outlined) == 1
    assert growth_table(REPORT.months).rows[3] == ("Feb 2026", "0", "0", "18 days without a post id")
    assert "1 may be incomplete" in growth_words(REPORT.months)


@pytest.mark.parametrize("length", [0, 1, 2, 12, 130])
def test_any_number_of_months_can_be_drawn_with_labels_that_fit(length: int) -> None:
    months = tuple(Month(year=2016 + i // 12, month=i % 12 + 1, posts=i % 5, media=0) for i in range(length))
    assert len(texts(growth_plot(months))) <= 3 + 2 * 10


def test_unique_accounts_lie_between_the_largest_and_the_sum() -> None:
    assert "unique accounts: between 45,615 and 103,585" in texts(members_bounds_plot(REPORT.members))
    assert "103,585" in members_words(REPORT.members)
    assert len(members_table(REPORT.members).rows) == 3


def test_only_the_latest_count_of_a_channel_is_added_up() -> None:
    older = replace(REPORT.members[0], members=60_000, time=datetime(2025, 1, 1, tzinfo=UTC))
    assert "unique accounts: between 45,615 and 103,585" in texts(members_bounds_plot((*REPORT.members, older)))
    assert len(members_table((*REPORT.members, older)).rows) == 4


def test_no_members_can_be_drawn_too() -> None:
    ET.fromstring(members_bounds_plot(()))
    nobody = MemberCount(channel="channel-0000", members=0, time=REPORT.made, source="")
    ET.fromstring(members_bounds_plot((nobody,)))


def test_a_poll_shows_its_shares_and_intervals() -> None:
    assert poll_table(REPORT.polls[0]).rows[0] == ("People I know", "189", "63 %", "57 % to 68 %")


@pytest.mark.parametrize("hostile", ["</text><script>alert(1)</script>", "a\u202eb\u0000c", "&lt;&amp;", "x" * 400])
def test_a_hostile_answer_stays_text(hostile: str) -> None:
    answer = PollShare(answer=hostile, voters=1, share=1.0, low=0.2, high=1.0)
    poll = PollTable(name="Poll 1", channel="channel-0000", question=hostile, voters=1, answers=(answer,))
    root = ET.fromstring(poll_plot(poll))
    assert root.find(f".//{SVG}script") is None
    assert all(len(each) < 70 for each in texts(poll_plot(poll)))
    assert "\u202e" not in poll_plot(replace(poll, answers=(answer,)))
