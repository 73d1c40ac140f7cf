from __future__ import annotations

import re
from dataclasses import fields, replace

from hypothesis import given, settings
from hypothesis import strategies as st

from report.made_up import CHANNELS, MEASURES, RAW_NAMES, case_report
from takeback.report.content import CaseReport, PublicReport
from takeback.report.documents import public_measures_json
from takeback.report.html import render_public_html
from takeback.report.public import public, published_counts
from takeback.report.words import check_words


def with_posts(report: CaseReport, month: int, more: int) -> CaseReport:
    """The case as it is with some more posts, each with an image, in one month."""
    each = report.months[month]
    months = list(report.months)
    months[month] = replace(each, posts=each.posts + more, media=each.media + more)
    counts = replace(
        report.counts,
        posts=report.counts.posts + more,
        media=report.counts.media + more,
        searched=report.counts.searched + more,
    )
    images = replace(MEASURES[0], value=476 + more, n=1_904 + more)
    forwards = replace(MEASURES[1], value=(440 + more) / (1_904 + more), n=1_904 + more)
    return replace(report, months=tuple(months), counts=counts, measures=(images, forwards, MEASURES[2]))


def with_total(total: int) -> CaseReport:
    report = case_report()
    return replace(
        report,
        counts=replace(report.counts, posts=total),
        months=(replace(report.months[0], posts=total),),
    )


@settings(max_examples=30, deadline=None)
@given(st.integers(min_value=0, max_value=6), st.integers(min_value=1, max_value=4))
def test_two_public_reports_that_differ_by_a_few_posts_are_the_same(month: int, more: int) -> None:
    first = case_report()
    second = replace(with_posts(first, month, more), published=published_counts(first))
    assert public(second) == public(first)
    assert render_public_html(public(second)) == render_public_html(public(first))


@settings(max_examples=60, deadline=None)
@given(st.integers(min_value=0, max_value=400))
def test_one_more_post_never_shows_wherever_the_edges_of_the_bins_lie(total: int) -> None:
    first = with_total(total)
    second = replace(with_total(total + 1), published=published_counts(first))
    assert public(second) == public(first)


def test_one_post_in_a_new_month_does_not_add_a_row() -> None:
    first = case_report()
    month = replace(first.months[-1], month=6, posts=1, media=0)
    second = replace(first, months=(*first.months, month), published=published_counts(first))
    assert public(second) == public(first)


def test_one_more_finding_does_not_show() -> None:
    first = case_report()
    second = replace(first, findings=first.findings[:1], published=published_counts(first))
    assert public(second) == public(first)


def test_many_more_posts_do_show() -> None:
    first = case_report()
    second = replace(with_posts(first, 6, 2_000), published=published_counts(first))
    assert public(second).posts != public(first).posts


def test_many_small_steps_show_in_the_end() -> None:
    report = case_report()
    for step in range(1, 400):
        report = replace(with_posts(case_report(), 6, step), published=published_counts(report))
    assert public(report).posts.low == 2_000


def test_the_type_has_no_place_for_what_must_not_be_shown() -> None:
    names = {field.name for field in fields(PublicReport)}
    forbidden = {"title", "case", "made", "role", "legal_basis", "acquisition", "polls", "members", "ledger", "notices"}
    assert not names & (forbidden | {"locators", "published", "comparisons", "jurisdiction"})


def test_nothing_exact_and_nobody_is_in_a_public_report() -> None:
    report = case_report()
    text = render_public_html(public(report)) + public_measures_json(public(report).measures).decode()
    raw = (
        *RAW_NAMES,
        *CHANNELS,
        report.title,
        report.case,
        report.ledger.hash,
        "People I know",
        "Caseworker",
        "Telegram",
    )
    exact = ("1,904", "1904", "531", "476", "5,712", "5712", "45,615", "103,585", "0.231")
    assert [each for each in (*raw, *exact) if each in text] == []
    assert not re.search(r"\b(?:channel|post|media|photograph|person|overlay)-[0-9a-f]{4}", text)
    assert not re.search(r"[0-9a-f]{32}", text)
    assert not re.search(r"\d{1,2} (?:March|May|June) 2026|2026-\d\d-\d\d", text)
    assert check_words(text) == ()


def test_a_caveat_with_a_figure_loses_that_sentence_only() -> None:
    forwards = next(each for each in public(case_report()).measures if each.id == "forwards.posts")
    assert forwards.caveat == "A display name is not an identity."
    assert (forwards.low, forwards.high) == (0.2, 0.25)


def test_bounds_are_widened_to_the_bins_of_their_ends() -> None:
    bounds = next(each for each in public(case_report()).measures if each.id == "members.bounds")
    assert (bounds.low, bounds.high) == (20_000, 199_999)


def test_a_measure_named_after_a_channel_or_a_host_is_left_out() -> None:
    named = (replace(MEASURES[0], id="links.host.vk.com"), replace(MEASURES[0], id="posts.channel.channel-7f3a"))
    assert public(replace(case_report(), measures=named)).measures == ()
