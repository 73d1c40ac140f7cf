"""The report of a case, in the order in which a reader asks."""

from __future__ import annotations

from takeback.model.finding import Conclusion
from takeback.report.blocks import (
    Block,
    Card,
    Code,
    Document,
    Facts,
    Heading,
    KeyFigure,
    KeyFigures,
    Picture,
    Plain,
    Points,
    Section,
    Table,
    Text,
)
from takeback.report.content import CaseReport, NoticeLine, PollTable, ReportFinding
from takeback.report.drawing import drawing_table, finding_drawing, words_of
from takeback.report.measures import measures_blocks
from takeback.report.plots import (
    growth_plot,
    growth_table,
    growth_words,
    members_bounds_plot,
    members_table,
    members_words,
    poll_plot,
    poll_table,
    poll_words,
)
from takeback.report.words import count, day, finding_words, instant, percent, rate_sentence, recorded, visible


def case_document(report: CaseReport) -> Document:
    """The document of a case; everything in it is plain text or a drawing that we made."""
    return Document(
        title=visible(report.title) or "Report of a case",
        subtitle="Report of a case: ordinary photographs, and what was made from them",
        dated=f"As of {instant(report.made)}, the last entry of the case's ledger",
        made=report.made,
        opening=_opening(report),
        sections=(
            _found(report),
            _sure(report),
            _where(report),
            _big(report),
            _fast(report),
            _missing(report),
            *_next(report),
            _verify(report),
        ),
    )


def _by(report: CaseReport, conclusion: Conclusion) -> int:
    return sum(1 for each in report.findings if each.finding.examination.conclusion is conclusion)


def _opening(report: CaseReport) -> tuple[Plain, ...]:
    return (
        KeyFigures(
            items=(
                KeyFigure(
                    value=f"{_by(report, Conclusion.DERIVATIVE):,}", label="altered versions of an enrolled photograph"
                ),
                KeyFigure(
                    value=f"{_by(report, Conclusion.COPY):,}",
                    label="copies: no more than a crop, marks on top, or other encoding",
                ),
                KeyFigure(value=f"{report.comparisons:,}", label="pairs of photograph and media compared"),
                KeyFigure(value=f"{report.pictures_shown:,}", label="pictures were looked at"),
            )
        ),
        Text(
            text="Confidential. Channels, posts, media, photographs and persons stand under pseudonyms. The key "
            "to them "
            "is in the case, and in bundles that are encrypted to their recipient.",
            note=True,
        ),
    )


def _nothing(report: CaseReport) -> str:
    """Why there is no finding: nobody enrolled, nothing comparable, or nothing that the comparison supports."""
    if not report.counts.photographs:
        return "No photograph is enrolled in this case: this report measures the network alone."
    if not report.comparisons:
        return (
            "No pair was compared, so no finding is possible: photographs enrolled at level hash give close hashes "
            "alone (matches.json). Enrol them at level sealed, then investigate again."
        )
    return (
        f"Nothing that the comparison supports as made from the {count(report.counts.photographs, 'photograph')} "
        "that are enrolled. That is not the same as there being nothing: see what is missing."
    )


def _found(report: CaseReport) -> Section:
    if not report.findings:
        return Section(id="found", title="What was found", blocks=(Text(text=_nothing(report)),))
    posts = {post.post for each in report.findings for post in each.posts}
    blocks: list[Block] = [
        Text(
            text=f"{count(len(report.findings), 'finding')} at {count(len(posts), 'post')}. "
            "Each is one photograph compared with one media. Both ways of explaining it are given, and what it "
            "does not show."
        ),
        _overview(report),
        *(_card(each) for each in report.findings),
    ]
    return Section(id="found", title="What was found", blocks=tuple(blocks))


def _overview(report: CaseReport) -> Table:
    rows = []
    for each in report.findings:
        examination = each.finding.examination
        altered = "not measured" if examination.alteration is None else percent(examination.alteration.share_altered)
        score = "none" if examination.alignment is None else f"{examination.alignment.score:,.1f}"
        name = f"{each.display} ({each.finding.id})"
        rows.append((name, examination.conclusion.value, each.photograph, altered, score, str(len(each.posts))))
    return Table(
        caption="All findings",
        head=("Finding", "Supported", "Photograph", "Area altered", "Score", "Posts"),
        rows=tuple(rows),
        numeric=(3, 4, 5),
    )


def _card(each: ReportFinding) -> Card:
    words = finding_words(each)
    picture = Picture(
        svg=finding_drawing(
            each.finding, width_px=each.width, height_px=each.height, name=each.display, person_box=each.person_box
        ),
        alt=words_of(each.finding),
        caption="Frame of the photograph with a coarse grid. No picture is shown.",
        table=drawing_table(each.finding),
    )
    confirmed = "confirmed by a person" if each.finding.confirmed_by else "not yet confirmed by a person"
    return Card(
        id=each.display,
        title=words.heading,
        label=f"{each.finding.examination.conclusion.value}, {confirmed}; commands call it {each.finding.id}",
        blocks=(
            Text(text=words.summary),
            picture,
            Facts(
                items=(
                    ("One explanation", words.made_from),
                    ("The other", words.not_made_from),
                    ("What speaks for the first", words.weighing),
                    ("Out of how many", words.comparisons),
                    ("How often this errs", words.error_rate),
                    ("Among so many pairs", words.error_model),
                    ("What was altered", words.alteration),
                    ("The person's region", words.person_region),
                    ("Which came first", words.direction),
                    ("Whole-picture hash", words.hash_match),
                    ("Recurring marks", words.overlays),
                    ("Confirmed", words.confirmed),
                )
            ),
            Heading(text="What it does not show"),
            Points(items=words.not_shown),
        ),
    )


def _sure(report: CaseReport) -> Section:
    blocks: list[Block] = []
    if report.error_rate is None:
        blocks.append(Text(text="No error rate was measured for this version; read every finding with that in mind."))
    else:
        blocks.append(Text(text=rate_sentence(report.error_rate)))
    blocks.append(
        Text(
            text=f"{count(report.comparisons, 'pair')} of photograph and media were compared in this case. "
            f"{count(report.undecided.same_scene, 'pair')} ended as the same scene and "
            f"{count(report.undecided.undecided, 'pair')} as "
            "undecided; they are listed in undecided.json and are not findings."
        )
    )
    if report.undecided.reasons:
        rows = tuple((visible(reason), f"{number:,}") for reason, number in report.undecided.reasons)
        blocks.append(Table(caption="Why pairs are no findings", head=("Reason", "Pairs"), rows=rows, numeric=(1,)))
    return Section(id="sure", title="How sure that is, and how often it errs", blocks=tuple(blocks))


def _where(report: CaseReport) -> Section:
    rows = []
    for each in report.findings:
        for post in each.posts:
            zone = "" if post.zone_known or post.time is None else " (zone assumed)"
            where = "sealed" if post.locator is None else visible(post.locator)
            rows.append((post.post, each.display, instant(post.time) + zone, where))
    if not rows:
        return Section(id="where", title="Where", blocks=(Text(text="No post holds a finding."),))
    text = (
        "Posts are named by pseudonyms that are the same in every report of this case. A locator stays sealed "
        "until a second "
        "person releases it."
    )
    table = Table(caption="Posts that hold a finding", head=("Post", "Finding", "Posted", "Locator"), rows=tuple(rows))
    return Section(id="where", title="Where", blocks=(Text(text=text), table))


def _big(report: CaseReport) -> Section:
    counts = report.counts
    blocks: list[Block] = [
        KeyFigures(
            items=(
                KeyFigure(value=f"{counts.channels:,}", label="channels"),
                KeyFigure(value=f"{counts.posts:,}", label="posts"),
                KeyFigure(value=f"{counts.media:,}", label="different files"),
                KeyFigure(
                    value=f"{counts.photographs:,}",
                    label=f"photographs enrolled, of {count(counts.persons, 'person', 'persons')}",
                ),
            )
        )
    ]
    if report.members:
        blocks.append(
            Picture(
                svg=members_bounds_plot(report.members),
                alt=members_words(report.members),
                caption="Members by channel. One account may be in several channels: unique accounts lie "
                "between the largest count and the sum.",
                table=members_table(report.members),
            )
        )
    if report.measures:
        blocks.append(Heading(text="Measures"))
        blocks.extend(measures_blocks(report.measures, missing=False))
        blocks.append(Text(text="All measures, with method, window and rows, are in measures.json.", note=True))
    for number, poll in enumerate(report.polls, start=1):
        blocks.extend(_poll(poll, number))
    return Section(id="big", title="How big the network is", blocks=tuple(blocks))


def _poll(poll: PollTable, number: int) -> tuple[Plain, ...]:
    return (
        Heading(text=f"{visible(poll.name)} in {poll.channel}"),
        Text(text=_asked(poll)),
        Picture(
            svg=poll_plot(poll, name=f"poll-{number}"),
            alt=poll_words(poll),
            caption=f"{count(poll.voters, 'voter')}, who selected themselves: the shares speak of them and of "
            f"nobody else.",
            table=poll_table(poll),
        ),
    )


def _fast(report: CaseReport) -> Section:
    if not report.months:
        return Section(id="fast", title="How fast it grows", blocks=(Text(text="No post has a time."),))
    picture = Picture(
        svg=growth_plot(report.months),
        alt=growth_words(report.months),
        caption="Posts a month. Hatched months may be incomplete: what they lack was not collected, or not posted.",
        table=growth_table(report.months),
    )
    return Section(id="fast", title="How fast it grows", blocks=(picture,))


def _missing(report: CaseReport) -> Section:
    counts = report.counts
    rows = [("Searched", "", f"{counts.searched:,}")]
    rows += [("Not searched", visible(kind).replace("_", " "), f"{number:,}") for kind, number in counts.not_searched]
    rows += [
        ("Refused by the decoder", visible(reason).replace("_", " "), f"{number:,}")
        for reason, number in counts.refused
    ]
    rows += [
        ("Named, not there", visible(reason).replace("_", " "), f"{number:,}") for reason, number in counts.missing
    ]
    rows.append(("Sealed, never opened", "may show a minor", f"{counts.sealed:,}"))
    blocks: list[Block] = [
        Table(
            caption="What became of the media",
            head=("Media", "Kind or reason", "Number"),
            rows=tuple(rows),
            numeric=(2,),
        ),
        Text(
            text=f"{count(counts.damaged_posts, 'place')} of the sources could not be read as they should be; "
            "`takeback case show --damage` lists each with its reason. Videos are not searched; their thumbnails are, "
            "and the first frame of GIF and WebP animations. Conversations that nobody exported are not here at all."
        ),
        *measures_blocks(report.measures, missing=True),
        Heading(text="How the material was acquired"),
        Facts(items=_acquisition(report)),
    ]
    return Section(id="missing", title="What is missing", blocks=tuple(blocks))


def _acquisition(report: CaseReport) -> tuple[tuple[str, str], ...]:
    acquired = report.acquisition
    return (
        ("Collected by", recorded(acquired.collected_by)),
        ("Collected from", day(acquired.collected_from)),
        ("Collected until", day(acquired.collected_to)),
        ("Application", recorded(acquired.application)),
        ("Settings", recorded(acquired.settings)),
        ("Note", recorded(acquired.note)),
        ("Role of the investigator", recorded(report.role)),
        ("Legal basis", recorded(report.legal_basis)),
        ("Jurisdiction", recorded(report.jurisdiction)),
    )


def _next(report: CaseReport) -> tuple[Section, ...]:
    if not report.notices:
        return ()
    table = Table(
        caption="Notices and their clocks",
        head=("Regime", "Recipient", "Findings", "State", "Still missing", "Due"),
        rows=tuple(_notice(each) for each in report.notices),
    )
    text = "takeback prepares notices; a person sends them. A clock runs from the event that the law names."
    return (Section(id="next", title="Who has been asked to act", blocks=(Text(text=text), table)),)


def _notice(each: NoticeLine) -> tuple[str, ...]:
    due = visible(each.clock) if each.due is None else instant(each.due)
    missing = ", ".join(visible(name).replace("_", " ") for name in each.missing) or "nothing"
    return (visible(each.regime), visible(each.recipient), ", ".join(each.findings), visible(each.state), missing, due)


def _verify(report: CaseReport) -> Section:
    facts = (
        ("Case", visible(report.case)),
        ("Entries in the ledger", f"{report.ledger.entries:,}"),
        ("Hash of the last entry", report.ledger.hash),
        ("Key that signed it", report.ledger.key),
        *((f"Version of {visible(name)}", visible(version)) for name, version in report.versions),
    )
    return Section(
        id="verify",
        title="How to verify this",
        blocks=(
            Text(
                text="The bundle that came with this report holds the ledger, the figures and the digests of "
                "all files. What is "
                "verified is that nothing changed since the intake, not what happened before it."
            ),
            Code(lines=("takeback verify BUNDLE", "sha256sum -c sha256sums")),
            Facts(items=facts),
        ),
    )


def _asked(poll: PollTable) -> str:
    if not poll.question:
        return "The words of the poll may name a person: they stand only in a bundle that is sealed to its recipient."
    return f"Asked, in the channel's words: “{visible(poll.question)}”"
