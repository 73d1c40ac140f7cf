from __future__ import annotations

import json
from pathlib import Path

import pytest

from made_up_case import LINKS, USERNAMES, MadeUp, chat, post
from takeback.jobs.case import Case
from takeback.jobs.intake import take_in
from takeback.jobs.report_content import report_of


def asked(case: Case, folder: Path, question: str) -> str:
    """How a report quotes the question of a poll in a channel called Lantern Quarry."""
    folder.mkdir()
    answers = [{"text": "yes", "voters": 3}, {"text": question, "voters": 1}]
    poll = {"question": question, "closed": True, "total_voters": 4, "answers": answers}
    rows = [post(1, poll=poll)]
    (folder / "result.json").write_text(json.dumps(chat("Lantern Quarry", 77, "public_channel", rows)))
    (folder / "channels.csv").write_text(f"channel,username\n77,{USERNAMES[0]}\n")
    take_in(case, [folder])
    (table,) = report_of(case).polls
    assert table.answers[1].answer == table.question
    return table.question


@pytest.mark.parametrize(
    ("question", "hidden"),
    [
        ("Which is better, @tamariskbot or the other?", "tamariskbot"),
        (f"More on https://{LINKS[0]}/{LINKS[1]} today?", LINKS[1]),
        ("Join t.me/lanternquarry today?", "lanternquarry"),
        ("Do you like LanternQuarry as it is?", "lanternquarry"),
        ("Is Lantern quarry worth it?", "quarry"),
        ("See lanternquarry.t.me today?", "lanternquarry"),
    ],
)
def test_a_quoted_poll_names_no_channel_handle_or_link(
    made_up: MadeUp, tmp_path: Path, question: str, hidden: str
) -> None:
    with made_up.case(tmp_path, worked=False) as case:
        said = asked(case, tmp_path / "export", question)
    assert hidden.casefold() not in said.casefold()
    assert said.endswith("?")


def test_a_poll_without_names_is_quoted_as_it_was_asked(made_up: MadeUp, tmp_path: Path) -> None:
    with made_up.case(tmp_path, worked=False) as case:
        words = "Which do you like best, 2.5 or 3? Tell me at 10:00."
        assert asked(case, tmp_path / "export", words) == words


def test_what_nobody_wrote_down_is_not_recorded(made_up: MadeUp, tmp_path: Path) -> None:
    with made_up.case(tmp_path) as case:
        report = report_of(case)
    assert {report.acquisition.collected_by, report.acquisition.application, report.acquisition.note} == {None}


def test_a_report_counts_what_was_searched_sealed_and_found(made_up: MadeUp, tmp_path: Path) -> None:
    with made_up.case(tmp_path) as case:
        report = report_of(case)
    counts = report.counts
    assert (counts.posts, counts.media, counts.searched, counts.sealed) == (14, 6, 5, 1)
    assert (counts.photographs, counts.persons, counts.sources, counts.channels) == (2, 1, 1, 2)
    assert [each.display for each in report.findings] == ["F1", "F2", "F3"]
    assert report.comparisons == made_up.outcome.comparisons == 10
