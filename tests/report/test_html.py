from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise

import pytest

from report.made_up import CHANNELS, RAW_NAMES, case_report
from report.made_up_network import bare, hostile_network, many, side
from takeback.model.evidence import Acquisition
from takeback.report.comparison import compare
from takeback.report.content import CaseReport, NoticeLine, PollShare, PollTable, ReportPost
from takeback.report.html import render_comparison_html, render_html, render_network_html, render_public_html
from takeback.report.public import public
from takeback.report.words import check_words

VOID = {"meta", "br", "hr", "img", "input", "link"}
HOSTILE = '<script>alert(1)</script><img src=x onerror=alert(1)> {{ 7 * 7 }} \u202egnp.exe\u0000 #eval("1") & \u2067'


class Outline(HTMLParser):
    """The elements and attributes of a page, and whether each is closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.unbalanced: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.unbalanced.append(tag)


def hostile_report() -> CaseReport:
    report = case_report()
    answer = PollShare(answer=HOSTILE, voters=1, share=1.0, low=0.2, high=1.0)
    finding = report.findings[0]
    return replace(
        report,
        title=HOSTILE,
        case=HOSTILE,
        role=HOSTILE,
        legal_basis=HOSTILE,
        acquisition=Acquisition(
            collected_by=HOSTILE,
            collected_from=None,
            collected_to=None,
            application=HOSTILE,
            settings=None,
            note=HOSTILE,
        ),
        polls=(PollTable(name=HOSTILE, channel="channel-1234", question=HOSTILE, voters=1, answers=(answer,)),),
        findings=(
            replace(
                finding,
                finding=replace(finding.finding, confirmed_by=HOSTILE),
                posts=(ReportPost(post="channel-1/post-1", channel="channel-1", time=None, locator=HOSTILE),),
            ),
        ),
        notices=(
            NoticeLine(
                regime=HOSTILE,
                recipient=HOSTILE,
                findings=("finding-1",),
                state=HOSTILE,
                missing=(HOSTILE,),
                due=None,
                clock=HOSTILE,
            ),
        ),
        versions=((HOSTILE, HOSTILE),),
    )


PAGES = {
    "case": render_html(case_report()),
    "network": render_network_html(case_report()),
    "many": render_network_html(many(300)),
    "one": render_network_html(many(1)),
    "bare": render_network_html(bare()),
    "hostile network": render_network_html(hostile_network(HOSTILE)),
    "two windows": render_comparison_html(compare(side("March"), side("April", posts=900))),
    "two cases": render_comparison_html(compare(side(HOSTILE), side("Second", case="case-2"))),
    "public": render_public_html(public(case_report())),
    "hostile": render_html(hostile_report()),
    "empty": render_html(
        replace(
            case_report(),
            findings=(),
            measures=(),
            months=(),
            members=(),
            polls=(),
            notices=(),
            error_rate=None,
            tested=None,
        )
    ),
}
every_page = pytest.mark.parametrize("page", list(PAGES))


@every_page
def test_the_page_is_well_formed_and_every_id_is_unique(page: str) -> None:
    outline = Outline(PAGES[page])
    assert outline.unbalanced == []
    assert outline.open == []
    ids = [attributes["id"] for _, attributes in outline.tags if "id" in attributes]
    assert len(set(ids)) == len(ids)
    links = [attributes["href"] for tag, attributes in outline.tags if tag == "a"]
    assert {str(link).removeprefix("#") for link in links} <= {str(each) for each in ids}


@every_page
def test_the_page_needs_no_network_and_no_script(page: str) -> None:
    outline = Outline(PAGES[page])
    assert {tag for tag, _ in outline.tags} & {"script", "img", "link", "iframe", "object", "image", "form"} == set()
    for _, attributes in outline.tags:
        assert not [name for name in attributes if name.startswith("on") or name in {"src", "style", "srcset"}]
    assert set(re.findall(r"https?://[^\s\"<]+", PAGES[page])) <= {"http://www.w3.org/2000/svg"}
    assert "@import" not in PAGES[page]


@every_page
def test_the_policy_admits_our_own_style_sheet_only(page: str) -> None:
    policy = next(
        str(a["content"]) for t, a in Outline(PAGES[page]).tags if a.get("http-equiv") == "Content-Security-Policy"
    )
    style = re.search(r"<style>(.*?)</style>", PAGES[page], re.DOTALL)
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style.group(1).encode()).digest()).decode()
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


@every_page
def test_the_page_can_be_read_without_seeing_it(page: str) -> None:
    outline = Outline(PAGES[page])
    tags = [tag for tag, _ in outline.tags]
    assert ("html", {"lang": "en"}) in outline.tags
    assert {"header", "main", "nav", "footer"} <= set(tags)
    assert tags.count("h1") == 1
    levels = [int(tag[1]) for tag in tags if re.fullmatch(r"h[1-6]", tag)]
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert all("scope" in attributes for tag, attributes in outline.tags if tag == "th")
    assert tags.count("table") == tags.count("caption")
    drawings = [attributes for tag, attributes in outline.tags if tag == "svg"]
    assert all(each.get("role") == "img" and each.get("aria-labelledby") for each in drawings)


@every_page
def test_the_page_claims_no_more_than_the_figures(page: str) -> None:
    assert check_words(re.sub(r"<style>.*?</style>|<[^>]+>", " ", PAGES[page], flags=re.DOTALL)) == ()


@every_page
def test_no_raw_name_is_on_the_page(page: str) -> None:
    report = case_report()
    raw = (
        *RAW_NAMES,
        *CHANNELS,
        *(each.finding.examination.media for each in report.findings),
        "person-1/photograph-3",
    )
    assert [each for each in raw if each in PAGES[page]] == []


def test_hostile_text_is_shown_and_does_nothing() -> None:
    page = PAGES["hostile"]
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "{{ 7 * 7 }}" in page
    assert "U+202Egnp.exeU+0000" in page
    assert not any(each in page for each in "\u202e\u2067\u0000")


def test_the_same_case_makes_the_same_page() -> None:
    assert render_html(case_report()) == PAGES["case"]


def test_the_order_is_the_one_in_which_a_reader_asks() -> None:
    titles = re.findall(r'<h2 id="[^"]+">([^<]+)</h2>', PAGES["case"])
    assert titles == [
        "What was found",
        "How sure that is, and how often it errs",
        "Where",
        "How big the network is",
        "How fast it grows",
        "Who spreads it",
        "How it is fed",
        "What it is paid with",
        "What is missing",
        "Who has been asked to act",
        "How to verify this",
    ]


def test_what_was_not_recorded_is_printed_as_such() -> None:
    assert PAGES["case"].count("not recorded") >= 2
    assert "Nothing that the comparison supports" in PAGES["empty"]
    assert "No error rate was measured" in PAGES["empty"]


def test_locators_are_sealed_until_they_are_released() -> None:
    assert PAGES["case"].count(">sealed<") == 4
    report = case_report()
    post = replace(report.findings[0].posts[0], locator="https://t.me/released/1")
    shown = render_html(replace(report, findings=(replace(report.findings[0], posts=(post,)),)))
    assert "https://t.me/released/1" in shown
    assert 'href="https' not in shown


def test_it_says_how_many_photographs_were_shown_to_a_person() -> None:
    assert re.search(r"<dt>enrolled photographs\s+shown to\s+a person</dt><dd>0</dd>", PAGES["case"])


def _channel(value: int) -> float:
    share = value / 255
    return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4


def _contrast(first: str, second: str) -> float:
    def light(colour: str) -> float:
        digits = colour.lstrip("#")
        red, green, blue = (int(digits[i : i + 2], 16) for i in (0, 2, 4))
        return 0.2126 * _channel(red) + 0.7152 * _channel(green) + 0.0722 * _channel(blue)

    high, low = sorted((light(first), light(second)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", [0, 1])
def test_text_has_the_contrast_that_wcag_asks_for(scheme: int) -> None:
    found = re.findall(r"--([a-z]+): (#[0-9a-f]{6});", PAGES["case"])
    colours = dict(found[scheme * 8 : scheme * 8 + 8])
    for text in ("ink", "quiet", "accent"):
        for ground in ("paper", "panel"):
            assert _contrast(colours[text], colours[ground]) >= 4.5
    assert _contrast(colours["mid"], colours["paper"]) >= 2
    assert _contrast(colours["ink"], colours["mid"]) >= 3
