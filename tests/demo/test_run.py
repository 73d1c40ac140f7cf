from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path

import pytest

from said import said_in, without_the_law
from takeback.crypto.passphrase import CHEAP
from takeback.demo.run import Clock, Summary, demonstrate
from takeback.engines.serial import Serial
from takeback.report.words import check_words


@dataclass(frozen=True, slots=True)
class Demonstrated:
    out: Path
    summary: Summary


@pytest.fixture(scope="module")
def demonstrated(tmp_path_factory: pytest.TempPathFactory) -> Demonstrated:
    out = tmp_path_factory.mktemp("demo") / "out"
    return Demonstrated(out, demonstrate(out, engine=Serial(), cost=CHEAP))


def test_everything_planted_is_found_and_nothing_else(demonstrated: Demonstrated) -> None:
    summary = demonstrated.summary
    assert summary.as_planted, summary
    assert (summary.planted, summary.false_findings, summary.wrong_conclusions) == (summary.found, 0, 0)
    assert summary.sealed_minor_items == summary.sealed_planted > 0


def test_the_summary_says_what_was_planted_and_what_came_of_it(demonstrated: Demonstrated) -> None:
    written = json.loads((demonstrated.out / "summary.json").read_bytes())
    promised = {"planted", "found", "false_findings", "sealed_minor_items", "posts", "notices", "deadlines"}
    assert promised | {"bundle_verified", "seconds"} <= written.keys()
    assert written["bundle_verified"] is True
    assert written["notices"] == len(list((demonstrated.out / "letters").glob("*.pdf"))) > 0


def test_each_letter_is_there_as_pdf_json_and_text(demonstrated: Demonstrated) -> None:
    letters = {each.stem for each in (demonstrated.out / "letters").glob("*.pdf")}
    for kind in ("json", "txt"):
        assert letters == {each.stem for each in (demonstrated.out / "letters").glob(f"*.{kind}")}
    assert all(each.read_bytes().startswith(b"%PDF-") for each in (demonstrated.out / "letters").glob("*.pdf"))


@pytest.mark.parametrize("page", ["report/report.html", "public/report.html"])
def test_a_report_opens_without_a_network(demonstrated: Demonstrated, page: str) -> None:
    links = Links()
    links.feed((demonstrated.out / page).read_text(encoding="utf-8"))
    assert links.tags > 100
    assert links.loaded == []


def test_no_document_of_the_demonstration_uses_a_word_that_reports_never_use(demonstrated: Demonstrated) -> None:
    for part in ("report", "public", "letters"):
        for name, said in said_in(demonstrated.out / part):
            assert check_words(without_the_law(said)) == (), name


@pytest.mark.parametrize("change", [{"found": 17}, {"false_findings": 1}, {"posts": 9}, {"bundle_verified": False}])
def test_an_outcome_that_is_not_as_planted_is_said_to_be_none(change: dict[str, int]) -> None:
    as_planted = {"planted": 18, "found": 18, "false_findings": 0, "wrong_conclusions": 0, "sealed_minor_items": 2}
    as_planted |= {"sealed_planted": 2, "posts": 10, "posts_planted": 10, "notices": 3, "deadlines": 3}
    times = {"bundle_verified": True, "seconds": 1.0, "compilation_seconds": 0.0}
    assert Summary(**as_planted, **times).as_planted
    assert not Summary(**{**as_planted, **times, **change}).as_planted


def test_the_clock_of_the_demonstration_moves_by_a_minute_an_act() -> None:
    clock = Clock(datetime(2026, 8, 3, 8, tzinfo=UTC))
    assert [clock().minute for _ in range(3)] == [1, 2, 3]


class Links(HTMLParser):
    """What a page would load from elsewhere."""

    def __init__(self) -> None:
        super().__init__()
        self.tags = 0
        self.loaded: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags += 1
        wanted = {"src", "srcset", "data", "poster"} | ({"href"} if tag in {"link", "use", "image"} else set())
        self.loaded += [value for name, value in attrs if name in wanted and value and not value.startswith("#")]
        if tag in {"script", "iframe", "object", "embed"}:
            self.loaded.append(tag)
