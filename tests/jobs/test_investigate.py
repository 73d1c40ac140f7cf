from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

import cv2
import pytest

from made_up_case import RAW_NAMES, MadeUp, repost_export, run, shipped, write_later_export
from takeback.engines.serial import Serial
from takeback.errors import ConsentError
from takeback.jobs.case import Case
from takeback.jobs.census import measure_network, write_graph
from takeback.jobs.compare import Suspect
from takeback.jobs.outcome import fingerprints_of, summary_of
from takeback.jobs.publish import documents_of
from takeback.jobs.report_content import report_of
from takeback.matching.judgement import FINDING_SCORE
from takeback.model.clearing import Cleared
from takeback.model.digest import sha256_of
from takeback.model.finding import Conclusion, Finding
from takeback.protocols import Outcome, Secrets
from takeback.signals.features import FEWEST, FEWEST_POSTED, extract
from takeback.simulate.edits import encode_jpeg


def documents(case: Case) -> Mapping[str, bytes]:
    return documents_of(case, report_of(case))


def by_id(case: Case) -> dict[str, Finding]:
    return {each.id: each for each in case.findings}


def test_what_was_planted_is_found_at_its_posts_and_nothing_else(made_up: MadeUp, tmp_path: Path) -> None:
    with made_up.case(tmp_path) as case:
        found = {
            each.examination.media: (each.examination.conclusion, [post.id for post in each.posts])
            for each in case.findings
        }
    assert found == {
        made_up.pictures["photo_hyssop"]: (Conclusion.DERIVATIVE, [1, 6]),
        made_up.pictures["photo_borage"]: (Conclusion.DERIVATIVE, [1]),
        made_up.pictures["photo_comfrey"]: (Conclusion.COPY, [3]),
    }
    assert (made_up.outcome.media, made_up.outcome.sealed, made_up.outcome.originals) == (5, 1, 2)


def test_every_file_is_in_the_ledger_once_and_before_anything_was_investigated(made_up: MadeUp, tmp_path: Path) -> None:
    with made_up.case(tmp_path) as case:
        actions = [entry.action for entry in case.store.ledger_entries()]
    assert actions.count("file_seen") == 6
    assert actions.index("investigated") > max(at for at, action in enumerate(actions) if action == "file_seen")


def test_running_it_again_changes_neither_documents_nor_ledger(made_up: MadeUp, tmp_path: Path) -> None:
    with made_up.case(tmp_path) as case:
        before, entries = documents(case), list(case.store.ledger_entries())
        again = run(case, [made_up.export], [made_up.pack])
        assert again == made_up.outcome
        assert documents(case) == before
        assert list(case.store.ledger_entries()) == entries


def test_a_second_source_finds_more_and_keeps_the_ids_of_the_first_findings(made_up: MadeUp, tmp_path: Path) -> None:
    with made_up.case(tmp_path) as case:
        before = by_id(case)
        outcome = run(case, [made_up.later], [])
        after = by_id(case)
    assert before.keys() < after.keys()
    assert outcome.refused == {"truncated": 1}
    (fresh,) = after.keys() - before.keys()
    assert after[fresh].examination.conclusion is Conclusion.COPY
    grown = [id for id in before if len(after[id].posts) > len(before[id].posts)]
    assert [after[id].examination.media for id in grown] == [made_up.derivative]


def test_a_blurred_copy_with_few_features_is_compared(made_up: MadeUp, tmp_path: Path) -> None:
    write_later_export(tmp_path / "blurred")
    blurred = cv2.GaussianBlur(shipped("barn").pixels, (0, 0), 12)
    features = extract(blurred, full_width=blurred.shape[1], full_height=blurred.shape[0])
    assert FEWEST_POSTED < len(features) < FEWEST
    content = encode_jpeg(blurred, 90)
    (tmp_path / "blurred" / "photos" / "photo_fresh.jpg").write_bytes(content)
    with made_up.case(tmp_path) as case:
        outcome = run(case, [tmp_path / "blurred"], [])
        (examined,) = (each for each in case.store.examinations() if each.media == sha256_of(content))
    assert outcome.not_searchable == 0
    assert examined.alignment is not None
    assert examined.alignment.score > FINDING_SCORE


def test_known_bytes_that_are_posted_again_add_posts_and_are_not_compared_again(
    made_up: MadeUp, tmp_path: Path
) -> None:
    repost_export(tmp_path / "reposts")
    with made_up.case(tmp_path) as case:
        before = by_id(case)
        outcome = run(case, [tmp_path / "reposts"], [], engine=NeverUsed())
        after = by_id(case)
    assert outcome == made_up.outcome
    assert before.keys() == after.keys()
    (grown,) = (id for id in before if before[id].posts != after[id].posts)
    assert [post.channel for post in after[grown].posts] == ["telegram:9100000001"] * 2 + ["telegram:9100000004"]


def test_a_part_whose_worker_fails_costs_its_own_media_alone(made_up: MadeUp, tmp_path: Path) -> None:
    with made_up.case(tmp_path, worked=False) as case:
        outcome = run(case, [made_up.export], [made_up.pack], engine=Failing(made_up.derivative))
        refused = [each.sha256 for each in fingerprints_of(case) if each.refused]
    assert outcome.refused == {"worker_failed": 1}
    assert refused == [made_up.derivative]
    assert (outcome.media, outcome.findings) == (5, 2)


def test_a_media_whose_comparison_fails_is_counted_as_refused_and_not_as_searched(
    made_up: MadeUp, tmp_path: Path
) -> None:
    with made_up.case(tmp_path, worked=False) as case:
        outcome = run(case, [made_up.export], [made_up.pack], engine=FailingComparison(made_up.derivative))
        refused = {each.sha256: each.refused for each in fingerprints_of(case) if each.refused}
    assert outcome.refused == {"not_compared": 1}
    assert refused == {made_up.derivative: "not_compared"}
    assert (outcome.media, outcome.searched, outcome.comparisons) == (5, 4, 4 * outcome.originals)
    assert outcome.findings == 2


def test_nothing_is_investigated_where_nobody_is_enrolled(made_up: MadeUp, tmp_path: Path) -> None:
    with made_up.case(tmp_path, worked=False) as case:
        with pytest.raises(ConsentError, match=r"nobody is enrolled in this case: give a pack"):
            run(case, [made_up.export], [])
        assert case.store.sources() == ()
        assert summary_of(case) is None


def test_a_census_takes_no_pack_and_decodes_nothing(made_up: MadeUp, tmp_path: Path) -> None:
    with made_up.case(tmp_path) as case:
        measures = {each.id: each for each in measure_network(case)}
    assert measures["links.telegram"].value == 0
    assert all(each.n >= 0 and each.method for each in measures.values())


def test_the_forward_graph_is_written_by_pseudonyms_and_as_an_act_of_the_case(made_up: MadeUp, tmp_path: Path) -> None:
    with made_up.case(tmp_path) as case:
        write_graph(case, tmp_path / "graph")
        assert list(case.store.ledger_entries())[-1].action == "published"
    for name in ("forwards.gexf", "forwards.graphml"):
        text = (tmp_path / "graph" / name).read_text("utf-8")
        assert [raw for raw in RAW_NAMES if raw in text] == []
        assert text.startswith("<?xml")


class NeverUsed:
    """An engine that nobody may ask for work."""

    name = "never"

    def map(self, stage: object, parts: Iterable[object], *, secrets: Secrets) -> Iterator[Outcome[object, object]]:
        raise AssertionError(stage)


class Failing:
    """The plain engine, but every part that holds one media kills its worker."""

    name = "failing"

    def __init__(self, culprit: str) -> None:
        self.culprit = culprit

    def map(
        self, stage: Callable[..., object], parts: Iterable[tuple[object, ...]], *, secrets: Secrets
    ) -> Iterator[Outcome[object, object]]:
        for part in parts:
            if self.culprit in {self.media(each) for each in part}:
                yield Outcome(part=part, value=None, error="WorkerKilled: the worker ended twice over this part")
            else:
                yield from Serial().map(stage, [part], secrets=secrets)

    def media(self, each: object) -> str | None:
        return each.value.sha256 if isinstance(each, Cleared) else None


class FailingComparison(Failing):
    """The plain engine, but every comparison of one media kills its worker."""

    def media(self, each: object) -> str | None:
        return each.media.value.sha256 if isinstance(each, Suspect) else None
