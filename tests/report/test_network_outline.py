from __future__ import annotations

import io
from dataclasses import fields, replace

from pypdf import PdfReader

from report.made_up import case_report
from report.made_up_network import bare, counted, many, network
from takeback.report.blocks import Picture, Table, Text
from takeback.report.content import NetworkReport
from takeback.report.html import render_network_html
from takeback.report.network_outline import network_document
from takeback.report.pdf import render_network_pdf
from takeback.report.words import check_words


def said(report: NetworkReport) -> str:
    return " ".join(render_network_html(report).split())


def test_a_network_is_told_in_the_order_in_which_a_reader_asks() -> None:
    assert [each.title for each in network_document(network()).sections] == [
        "What was measured",
        "How big the network is",
        "How fast it grows",
        "Who spreads it",
        "How it is fed",
        "What it is paid with",
        "What is missing",
        "How to verify this",
    ]


def test_it_has_no_place_for_photographs_persons_or_findings() -> None:
    names = {each.name for each in fields(NetworkReport)}
    assert not names & {"findings", "comparisons", "undecided", "error_rate", "notices", "published", "hash_matches"}


def test_a_case_with_findings_gives_the_same_report_of_its_network_as_one_without() -> None:
    full, none = case_report(), replace(case_report(), findings=(), comparisons=0, undecided=case_report().undecided)
    counts = replace(none.counts, photographs=0, persons=0, searched=0, not_searched=(), refused=())
    assert render_network_html(full) == render_network_html(replace(none, counts=counts))
    assert "photograph-" not in render_network_html(full)


def test_what_the_material_does_not_hold_is_said() -> None:
    page = said(bare())
    for sentence in (
        "No member count is in this material",
        "No poll is in this material.",
        "No post has a time.",
        "No post of this material names another one as its source.",
        "No link, invitation or referral was measured",
        "No price or payment was measured",
    ):
        assert sentence in page
    assert "0 sources with 0 channels and 0 posts." in page
    assert "<dd>0</dd>" in page


def test_one_of_a_kind_is_said_in_the_singular() -> None:
    page = said(many(1))
    assert "<dt>channel</dt><dd>1</dd>" in page
    assert "1 channels" not in page
    assert "1 months" not in page
    assert "1 counts" not in page
    first = network().months[0]
    assert f"posts in {first.year}-{first.month:02d}. Everything" in said(replace(network(), months=(first,)))


def test_what_promotes_the_network_elsewhere_is_no_channel_of_it() -> None:
    kinds = (
        counted("channels.kind.community", 2, unit="channels"),
        counted("channels.kind.web_pages", 1, unit="channels"),
    )
    page = said(replace(many(7), measures=kinds))
    assert "<dt>channels, and 3 hosts and communities elsewhere</dt><dd>4</dd>" in page
    assert "with 4 channels, and 3 hosts and communities elsewhere and" in page


def test_three_hundred_channels_fill_no_hundred_pages() -> None:
    report = many(300)
    assert len(PdfReader(io.BytesIO(render_network_pdf(report))).pages) <= 40
    tables = [
        each for section in network_document(report).sections for each in section.blocks if isinstance(each, Table)
    ]
    assert max(len(each.rows) for each in tables) <= 60
    assert "260 further channels only in measures.json" in said(report)
    assert "28 further polls with fewer voters only in measures.json" in said(report)
    drawn = [each for each in network_document(report).sections[1].blocks if isinstance(each, Picture)]
    assert len(drawn) == 1


def test_every_drawing_has_its_words_and_a_table_with_the_numbers_behind_it() -> None:
    report = many(12)
    drawings = [
        each for section in network_document(report).sections for each in section.blocks if isinstance(each, Picture)
    ]
    assert len(drawings) >= 6
    for each in drawings:
        assert each.alt
        assert each.caption
        assert each.table.head
    hosts = next(each for each in drawings if each.table.caption == "Links by host")
    assert len(hosts.table.rows) == 50
    assert "26 further rows only in the table" in hosts.caption


def test_every_number_of_a_table_stands_with_its_n_its_window_and_its_caveat() -> None:
    section = next(each for each in network_document(many(3)).sections if each.id == "paid")
    words = [each.text for each in section.blocks if isinstance(each, Text)]
    assert "What to keep in mind of prices." in words
    assert "Window: 5 January 2026 to 1 June 2026, unless said otherwise." in words
    (drawing,) = (each for each in section.blocks if isinstance(each, Picture))
    assert drawing.table.rows[0] == ("prices stated rub", "150", "RUB", "41")
    assert drawing.table.rows[1][1] == "not known"


def test_channels_stand_in_one_table_with_all_that_is_known_of_each() -> None:
    section = network_document(many(3)).sections[1]
    table = next(each for each in section.blocks if isinstance(each, Table) and each.caption.startswith("Channels"))
    assert table.head == ("Channel", "Posts", "Members", "Post numbers missing")
    assert table.rows[0] == ("channel-0002", "6", "2", "25 % of 40")
    assert table.rows[1] == ("channel-0001", "3", "1", "not known")


def test_a_measure_that_nobody_knew_of_is_shown_too() -> None:
    page = said(network((counted("novelty.total", 4_711, name="Something new"),)))
    assert "Something new" in page
    assert "4,711" in page


def test_no_sentence_claims_too_much_and_nothing_is_a_share_of_nothing() -> None:
    for report in (bare(), many(1), many(300)):
        assert check_words(said(report)) == ()
        assert " nan" not in said(report)


def test_the_same_network_makes_the_same_bytes() -> None:
    assert render_network_pdf(many(20)) == render_network_pdf(many(20))
    assert render_network_html(many(20)) == render_network_html(many(20))
