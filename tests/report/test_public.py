from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import fields, replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from report.made_up import CHANNELS, MEASURES, RAW_NAMES, case_report
from takeback.model.measure import Interval, Measure, Window
from takeback.report.content import CaseReport
from takeback.report.documents import public_measures_json
from takeback.report.html import render_public_html
from takeback.report.public import public, published_counts
from takeback.report.public_content import Bin, PublicMeasure, PublicReport
from takeback.report.suppress import FLOOR, SMALL, bin_of
from takeback.report.words import check_words

Ends = tuple[int, int]


def counted(id: str, value: int, n: int = 0) -> Measure:
    return replace(MEASURES[0], id=id, value=value, n=n)


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


def without_findings(report: CaseReport) -> CaseReport:
    return replace(report, findings=(), error_rate=None)


@st.composite
def networks(draw: st.DrawFn) -> CaseReport:
    """A made-up case with any numbers that can stand beside each other, mostly small ones."""
    report = case_report()
    some = st.integers(min_value=0, max_value=60)
    months = tuple(replace(each, posts=draw(some)) for each in report.months[: draw(st.integers(0, 7))])
    posts = sum(each.posts for each in months) + draw(some)
    parts = [draw(st.integers(min_value=0, max_value=25)) for _ in range(5)]
    members = draw(st.lists(st.integers(min_value=0, max_value=3_000), min_size=1, max_size=25))

    def part(whole: int) -> int:
        return draw(st.integers(min_value=0, max_value=whole))

    pictures, links = part(posts), draw(st.integers(min_value=0, max_value=200))
    files = part(pictures)
    bounds = replace(MEASURES[2], low=max(members), high=sum(members), kind=Interval.BOUNDS)
    measures = (
        *(counted(id, part(posts), posts) for id in ("forwards.posts", "prices.posts", "links.posts", "posters.total")),
        counted("pictures.posted", pictures),
        counted("pictures.files", files, pictures),
        counted("pictures.clusters", part(files), files),
        counted("links.total", links),
        counted("links.telegram", part(links), links),
        counted("members.largest", max(members), len(members)),
        bounds,
    )
    counts = replace(
        report.counts,
        posts=posts,
        channels=len(members),
        media=sum(parts),
        searched=parts[0],
        not_searched=(("video", parts[1]),),
        refused=(("truncated", parts[2]),),
        sealed=parts[3],
    )
    return replace(report, months=months, counts=counts, measures=measures, findings=report.findings[: part(2)])


def attacked(report: PublicReport) -> dict[str, Ends]:
    """What a reader works out who knows our rules: every range, narrowed by every sum, order and product."""
    known: dict[str, Ends] = {
        "posts": _ends(report.posts),
        "media": _ends(report.media),
        "channels": _ends(report.channels),
        "findings": _ends(report.findings),
        "elsewhere": _ends(report.elsewhere),
        **{f"month {each.month}": _ends(each.posts) for each in report.months},
        **{f"media {name}": _ends(bin) for name, bin in report.media_parts},
        **{f"finding {name}": _ends(bin) for name, bin in report.findings_by_conclusion},
    }
    measures = {each.id: each for each in report.measures}
    known |= {id: _ends(each.range) for id, each in measures.items() if id != "members.bounds"}
    known |= {f"not {id}": (0, 10**9) for id, each in measures.items() if _whole(each) in known}
    if "members.bounds" in measures:
        known["sum"] = _ends(bin_of(measures["members.bounds"].range.high))
    while (narrowed := _narrowed(known, measures)) != known:
        known = narrowed
    return known


def _narrowed(known: dict[str, Ends], measures: dict[str, PublicMeasure]) -> dict[str, Ends]:
    now = dict(known)
    _sum(now, "posts", [name for name in now if name.startswith("month ")] + ["elsewhere"])
    _sum(now, "media", [name for name in now if name.startswith("media ")])
    _sum(now, "findings", [name for name in now if name.startswith("finding ")])
    for id, each in measures.items():
        if f"not {id}" in now:
            _sum(now, _whole(each), [id, f"not {id}"])
    if "sum" in now:
        (fewest, most), (low, high), (least, all) = now["channels"], now["members.largest"], now["sum"]
        now["channels"] = (max(fewest, -(-least // max(high, 1))), most)
        now["sum"] = (max(least, low), min(all, most * high))
        now["members.largest"] = (max(low, -(-least // most)), min(high, all))
    return now


def _sum(now: dict[str, Ends], total: str, parts: list[str]) -> None:
    low, high = now[total]
    now[total] = (max(low, sum(now[each][0] for each in parts)), min(high, sum(now[each][1] for each in parts)))
    for each in parts:
        others = [now[other] for other in parts if other != each]
        least, most = now[each]
        least = max(least, now[total][0] - sum(end for _, end in others))
        now[each] = (least, min(most, now[total][1] - sum(end for end, _ in others)))


def _whole(measure: PublicMeasure) -> str:
    """What a measure is a part of by its meaning; links and members are counted of something else."""
    parts = {
        "posts": "posts",
        "postings of pictures": "pictures.posted",
        "files": "pictures.files",
        "links": "links.total",
    }
    return "" if measure.id == "links.total" else parts.get(measure.among, "")


def _ends(bin: Bin) -> Ends:
    return bin.low, bin.high


@settings(max_examples=150, deadline=None)
@given(networks())
def test_no_count_can_be_worked_out_below_the_threshold_from_all_that_is_printed(report: CaseReport) -> None:
    shown = public(report)
    for name, (low, high) in attacked(shown).items():
        assert high - low + 1 >= FLOOR, name
        assert high >= FLOOR or (low, high) == _ends(SMALL), name
    for each in shown.months:
        assert attacked(shown)[f"month {each.month}"] == _ends(each.posts)
    assert attacked(shown)["elsewhere"] == _ends(shown.elsewhere)


@settings(max_examples=80, deadline=None)
@given(networks())
def test_every_printed_range_holds_the_true_count(report: CaseReport) -> None:
    shown = public(report)
    values = {each.id: each.value for each in report.measures if isinstance(each.value, int)}
    true = {"posts": report.counts.posts, "media": report.counts.media, "findings": len(report.findings), **values}
    ranges = {"posts": shown.posts, "media": shown.media, "findings": shown.findings}
    ranges |= {each.id: each.range for each in shown.measures if each.id in values}
    for name, bin in ranges.items():
        assert bin.low <= true[name] <= bin.high, name


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


def one_post_in_a_new_month(report: CaseReport) -> CaseReport:
    month = replace(report.months[-1], month=6, posts=1, media=0)
    later = Window(start=MEASURES[0].window.start, end=datetime(2026, 6, 1, tzinfo=UTC))
    measures = tuple(replace(each, window=later) for each in report.measures)
    counts = replace(report.counts, posts=report.counts.posts + 1)
    return replace(report, months=(*report.months, month), measures=measures, counts=counts)


def one_person_less(report: CaseReport) -> CaseReport:
    counts = replace(report.counts, persons=0, photographs=report.counts.photographs - 4)
    return replace(without_findings(report), counts=counts)


def other_words(report: CaseReport) -> CaseReport:
    return replace(
        report, measures=tuple(replace(each, caveat="3 of 7 have one.", name="X") for each in report.measures)
    )


@pytest.mark.parametrize(
    "change", [one_post_in_a_new_month, one_person_less, without_findings, other_words], ids=lambda each: each.__name__
)
def test_subtracting_two_reports_of_one_case_leaves_nothing(change: Callable[[CaseReport], CaseReport]) -> None:
    first = case_report()
    second = replace(change(first), published=published_counts(first))
    assert public(second) == public(first)
    assert public_measures_json(public(second)) == public_measures_json(public(first))


@settings(max_examples=60, deadline=None)
@given(networks(), st.integers(min_value=5, max_value=40))
def test_without_one_channel_no_difference_is_known_to_within_five(report: CaseReport, posts: int) -> None:
    """A channel with ``posts`` posts in each month is there before and gone afterwards."""
    with_it = replace(
        report,
        months=tuple(replace(each, posts=each.posts + posts) for each in report.months),
        counts=replace(
            report.counts,
            posts=report.counts.posts + posts * len(report.months),
            channels=report.counts.channels + 1,
        ),
    )
    before, after = public(with_it), public(replace(report, published=published_counts(with_it)))
    for name, (low, high) in attacked(before).items():
        least, most = attacked(after).get(name, (0, 10**9))
        assert (high - least) - (low - most) + 1 >= FLOOR, name


def test_many_more_posts_do_show() -> None:
    first = case_report()
    second = replace(with_posts(first, 6, 2_000), published=published_counts(first))
    assert public(second).posts != public(first).posts


def test_many_small_steps_show_in_the_end() -> None:
    report = case_report()
    for step in range(1, 400):
        report = replace(with_posts(case_report(), 6, step), published=published_counts(report))
    assert public(report).months[-1].posts == Bin(low=1_000, high=1_999)


def test_the_type_has_no_place_for_what_must_not_be_shown() -> None:
    names = {field.name for kind in (PublicReport, PublicMeasure) for field in fields(kind)}
    forbidden = {"title", "case", "made", "role", "legal_basis", "acquisition", "polls", "members", "ledger", "notices"}
    forbidden |= {
        "locators",
        "published",
        "comparisons",
        "jurisdiction",
        "rows",
        "value",
        "window",
        "share",
        "forwards",
    }
    assert not names & forbidden


def test_nothing_exact_and_nobody_is_in_a_public_report() -> None:
    report = case_report()
    text = render_public_html(public(report)) + public_measures_json(public(report)).decode()
    raw = (
        *RAW_NAMES,
        *CHANNELS,
        report.title,
        report.case,
        report.ledger.hash,
        "People I know",
        "Caseworker",
    )
    exact = ("1,904", "1904", "531", "476", "5,712", "5712", "45,615", "103,585", "0.231")
    assert [each for each in (*raw, *exact) if each in text] == []
    assert not re.search(r"\b(?:channel|post|media|photograph|person|overlay|source)-[0-9a-f]{4}", text)
    assert not re.search(r"[0-9a-f]{32}", text)
    assert not re.search(r"\d{1,2} (?:March|May|June) 2026|2026-\d\d-\d\d", text)
    assert check_words(text) == ()


def test_bounds_are_widened_to_the_bins_of_their_ends() -> None:
    report = case_report()
    measures = tuple(replace(each, n=7) if each.id == "members.bounds" else each for each in MEASURES)
    many = replace(report, counts=replace(report.counts, channels=7), measures=measures)
    bounds = next(each for each in public(many).measures if each.id == "members.bounds")
    assert _ends(bounds.range) == (20_000, 199_999)


def test_of_few_channels_nothing_is_said_of_their_members() -> None:
    report = case_report()
    few = replace(
        report, counts=replace(report.counts, channels=4), measures=(*MEASURES, counted("members.largest", 9))
    )
    assert [each.id for each in public(few).measures if each.id.startswith("members.")] == []


def test_channels_without_a_count_of_members_do_not_make_few_channels_many() -> None:
    report = case_report()
    many = replace(
        report, counts=replace(report.counts, channels=34), measures=(*MEASURES, counted("members.largest", 9, 3))
    )
    assert [each.id for each in public(many).measures if each.id.startswith("members.")] == []


def test_a_measure_named_after_a_channel_or_a_host_is_left_out() -> None:
    named = (replace(MEASURES[0], id="links.host.vk.com"), replace(MEASURES[0], id="posts.channel.channel-7f3a"))
    assert public(replace(case_report(), measures=named)).measures == ()


def test_what_was_not_measured_is_not_shown() -> None:
    unknown = (replace(MEASURES[0], id="views.total", value=None), replace(MEASURES[0], id="links.telegram", value=4))
    assert public(replace(case_report(), measures=unknown)).measures == ()
