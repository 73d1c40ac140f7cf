"""The public report, in the order in which a reader asks."""

from __future__ import annotations

from datetime import UTC, datetime

from takeback.report.blocks import Block, Document, Facts, Picture, Section, Table, Text
from takeback.report.public_content import PublicReport
from takeback.report.ranges import range_plot, range_words
from takeback.report.words import rate_sentence, visible


def public_document(report: PublicReport) -> Document:
    """The public report as a document."""
    return Document(
        title="Public report: ordinary photographs, and what was made from them",
        subtitle="Without names, quotes, links or exact figures",
        dated=f"As of {report.month}",
        made=datetime.strptime(report.month, "%B %Y").replace(tzinfo=UTC),
        opening=(
            Text(
                text="Counts are given as ranges, and counts below five are never told apart. A total is added up from "
                "the ranges of its parts, and a count that could narrow what it is part of is given the same range. "
                "That is meant to keep anybody from singling out a post, also by comparing two reports of one case. "
                "Counts are of what was collected; ranges rest on counts that may be up to four off."
            ),
        ),
        sections=(_found(report), _sure(report), _big(report), _fast(report), _verify(report)),
    )


def _found(report: PublicReport) -> Section:
    rows = (
        ("Findings", report.findings.words),
        *((f"of these, {conclusion}", bin.words) for conclusion, bin in report.findings_by_conclusion),
        ("Pairs left undecided, or of the same scene", report.undecided.words),
        ("Photographs enrolled", report.photographs.words),
    )
    text = "A finding is an enrolled photograph and a posted media that agree in one geometry: altered, or a copy."
    return Section(id="found", title="What was found", blocks=(Text(text=text), Facts(items=rows)))


def _sure(report: PublicReport) -> Section:
    text = (
        "No error rate was measured for this version."
        if report.error_rate is None
        else rate_sentence(report.error_rate)
    )
    return Section(id="sure", title="How sure that is, and how often it errs", blocks=(Text(text=text),))


def _big(report: PublicReport) -> Section:
    facts = (
        ("Channels", report.channels.words),
        ("Posts", report.posts.words),
        ("Different files", report.media.words),
        *((f"of these, {name}", bin.words) for name, bin in report.media_parts),
    )
    blocks: list[Block] = [Facts(items=facts)]
    if report.measures:
        rows = tuple(
            (each.name, each.range.words, each.unit, f"{each.n.words} {each.among}", each.caveat)
            for each in report.measures
        )
        head = ("Measure", "Range", "Unit", "n", "What to keep in mind")
        blocks += [Table(caption="Measures as ranges", head=head, rows=rows)]
    return Section(id="big", title="How big the network is", blocks=tuple(blocks))


def _fast(report: PublicReport) -> Section:
    text = Text(
        text=f"Posts of other months, of other platforms, or without a date: {report.elsewhere.words}. Any month may "
        "be incomplete: what was not collected is not counted."
    )
    if not report.months:
        nothing = Text(text="No month holds as many posts as can be shown.")
        return Section(id="fast", title="How fast it grows", blocks=(nothing, text))
    rows = tuple((each.month, each.posts.words) for each in report.months)
    picture = Picture(
        svg=range_plot(report.months),
        alt=range_words(report.months),
        caption="Posts a month (UTC), as ranges: solid up to the lower end, hatched up to the upper end.",
        table=Table(caption="Posts a month (UTC)", head=("Month", "Posts"), rows=rows),
    )
    return Section(id="fast", title="How fast it grows", blocks=(picture, text))


def _verify(report: PublicReport) -> Section:
    facts = tuple((f"Version of {visible(name)}", visible(version)) for name, version in report.versions)
    text = (
        "The figures come from a case with a signed ledger. Courts and authorities can be given the bundle that "
        "verifies them; it "
        "is encrypted to its recipient and is not public."
    )
    return Section(id="verify", title="How this can be verified", blocks=(Text(text=text), Facts(items=facts)))
