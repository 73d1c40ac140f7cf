from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, datetime
from pathlib import Path

from made_up_case import MadeUp
from network.made import CHAT, GALLERY, audience, media, post
from report.made_up import MEASURES
from takeback.jobs.census import network_of
from takeback.jobs.network_report import (
    OF_FINDINGS,
    forwards_of,
    members_of,
    months_of,
    network_report_of,
    without_findings,
)
from takeback.jobs.report_content import report_of
from takeback.report.content import NetworkReport
from takeback.report.pseudonym import Pseudonyms


def test_the_report_of_a_case_says_of_its_network_what_the_report_of_the_network_says(
    made_up: MadeUp, tmp_path: Path
) -> None:
    with made_up.case(tmp_path) as case:
        network, whole = network_report_of(case), report_of(case)
    for each in fields(NetworkReport):
        if each.name not in {"counts", "measures"}:
            assert getattr(network, each.name) == getattr(whole, each.name), each.name
    for each in fields(type(network.counts)):
        assert getattr(network.counts, each.name) == getattr(whole.counts, each.name), each.name
    left_out = {each.id for each in whole.measures} - {each.id for each in network.measures}
    assert left_out
    assert all(each.startswith(OF_FINDINGS) for each in left_out)


def test_measures_of_findings_are_not_of_the_network() -> None:
    ids = ("pictures.posted", "pictures.enrolled", "pictures.persons", "marks.1.files", "posts.total")
    kept = without_findings(replace(MEASURES[0], id=id) for id in ids)
    assert [each.id for each in kept] == ["pictures.posted", "posts.total"]


def test_forwards_go_from_a_source_into_a_channel_by_pseudonym(made_up: MadeUp, tmp_path: Path) -> None:
    with made_up.case(tmp_path) as case:
        (edge,) = forwards_of(network_of(case))
    assert edge.source.startswith("source-")
    assert edge.channel.startswith("channel-")
    assert (edge.posts, edge.by_name) == (1, False)


def test_a_gap_is_a_month_that_says_why_and_a_long_one_how_many_follow() -> None:
    january = datetime(2020, 1, 20, tzinfo=UTC)
    times = (january, january, datetime(2020, 3, 1, tzinfo=UTC), datetime(2023, 3, 1, tzinfo=UTC))
    posts = [replace(post(GALLERY, i, media=(media("a"),)), time=time) for i, time in enumerate(times)]
    posts.append(replace(post(CHAT, 9), time=None))
    months = months_of(posts)
    assert [(each.year, each.month, each.posts, each.media) for each in months] == [
        (2020, 1, 2, 2),
        (2020, 2, 0, 0),
        (2020, 3, 1, 1),
        (2020, 4, 0, 0),
        (2023, 3, 1, 1),
    ]
    assert [each.gap for each in months] == [
        None,
        "no post of this month is in the material",
        None,
        "no post of this month or of the 34 months after it is in the material",
        None,
    ]


def test_no_post_gives_no_month() -> None:
    assert months_of([]) == ()


def test_communities_elsewhere_are_in_no_month_and_their_members_are_not_the_networks() -> None:
    names = Pseudonyms(b"k" * 32)
    counts = (audience(GALLERY, 1_200), audience("vk:-5", 5_000), audience("web:a.example", 9))
    assert [each.members for each in members_of(counts, names)] == [1_200]
    (month,) = months_of([post(GALLERY, 1, media=(media("a"),)), post("vk:-5", 1, media=(media("b"),))])
    assert (month.posts, month.media) == (1, 1)
