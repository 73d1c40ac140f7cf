from __future__ import annotations

import json
from pathlib import Path

from made_up_case import MadeUp, chat, post
from takeback.jobs.intake import take_in
from takeback.jobs.report_content import report_of


def test_the_words_of_a_poll_stay_out_of_the_report(made_up: MadeUp, tmp_path: Path) -> None:
    answers = [{"text": "Tamarisk of the third floor", "voters": 3}, {"text": "nobody", "voters": 1}]
    poll = {"question": "Who lives on the third floor?", "closed": True, "total_voters": 4, "answers": answers}
    folder = tmp_path / "export"
    folder.mkdir()
    rows = [post(1, poll=poll)]
    (folder / "result.json").write_text(json.dumps(chat("Lantern Quarry", 77, "public_channel", rows)))
    with made_up.case(tmp_path, worked=False) as case:
        take_in(case, [folder])
        (table,) = report_of(case).polls
    assert (table.question, [each.answer for each in table.answers]) == ("", ["Answer 1", "Answer 2"])
    assert [each.voters for each in table.answers] == [3, 1]


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
