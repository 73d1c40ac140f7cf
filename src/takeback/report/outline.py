"""The report of a case, in the order in which a reader asks."""

from __future__ import annotations

from takeback.model.finding import Conclusion
from takeback.report.blocks import (
    Block,
    Card,
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
from takeback.report.content import CaseReport, NoticeLine, ReportFinding
from takeback.report.drawing import drawing_table, finding_drawing, words_of
from takeback.report.families import part_blocks
from takeback.report.network_outline import CONFIDENTIAL, acquisition_facts, network_sections, verify_section
from takeback.report.words import count, finding_words, instant, model_sentence, noun, percent, rate_sentence, visible


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
            *network_sections(report),
            _missing(report),
            *_next(report),
            verify_section(report, _VERIFY, "takeback verify BUNDLE", "sha256sum -c sha256sums"),
        ),
    )


def _by(report: CaseReport, conclusion: Conclusion) -> int:
    return sum(1 for each in report.findings if each.finding.examination.conclusion is conclusion)


def _opening(report: CaseReport) -> tuple[Plain, ...]:
    altered, copies = _by(report, Conclusion.DERIVATIVE), _by(report, Conclusion.COPY)
    looks = report.pictures_shown
    figures = (
        (altered, f"{noun(altered, 'altered version')} of an enrolled photograph"),
        (copies, f"{'copy' if copies == 1 else 'copies'}: no more than a crop, marks on top, or other encoding"),
        (report.comparisons, f"{noun(report.comparisons, 'pair')} of photograph and media compared"),
        (looks, f"{noun(looks, 'enrolled photograph')} shown to a person"),
    )
    return (
        KeyFigures(items=tuple(KeyFigure(value=f"{number:,}", label=label) for number, label in figures)),
        Text(text=CONFIDENTIAL, note=True),
    )


_VERIFY = (
    "The bundle that came with this report holds the ledger, the figures and the digests of all files. What is "
    "verified is that nothing changed since the intake, not what happened before it."
)


def _nothing(report: CaseReport) -> str:
    """Why there is no finding: nobody enrolled, nothing comparable, or nothing that the comparison supports."""
    counts = report.counts
    if not counts.photographs:
        return "No photograph is enrolled in this case: this report measures the network alone."
    if counts.hash_only == counts.photographs:
        return (
            f"No finding is possible: {_hash_only(counts.photographs, counts.photographs)}. "
            f"{count(report.hash_matches, 'pair')} of photograph and media have close hashes (matches.json), which by "
            "itself shows nothing. Enrol the photographs at level features or sealed, then investigate again."
        )
    if not report.comparisons:
        return (
            "No pair was compared, so no finding is possible: no picture of the material could be searched. See what "
            "is missing."
        )
    return (
        f"Nothing that the comparison supports as made from the {count(counts.photographs, 'photograph')} "
        "that are enrolled. That is not the same as there being nothing: see what is missing."
    )


def _hash_only(hash_only: int, photographs: int) -> str:
    which = f"{hash_only:,} of {count(photographs, 'photograph')}"
    if hash_only == photographs:
        which = "the one photograph" if photographs == 1 else f"all {photographs:,} photographs"
    verb = "is" if hash_only == 1 else "are"
    return f"{which} {verb} enrolled at level hash, which gives close hashes and no comparison"


def _some_hash_only(report: CaseReport) -> tuple[Text, ...]:
    """What a reader must know where a part of the photographs cannot lead to a finding."""
    counts = report.counts
    if not 0 < counts.hash_only < counts.photographs:
        return ()
    said = _hash_only(counts.hash_only, counts.photographs)
    return (Text(text=f"{said[0].upper()}{said[1:]}: of these no finding is possible."),)


def _found(report: CaseReport) -> Section:
    if not report.findings:
        nothing = Text(text=_nothing(report))
        return Section(id="found", title="What was found", blocks=(nothing, *_some_hash_only(report)))
    posts = {post.post for each in report.findings for post in each.posts}
    blocks: list[Block] = [
        Text(
            text=f"{count(len(report.findings), 'finding')} at {count(len(posts), 'post')}, among "
            f"{count(report.counts.photographs, 'photograph')} of {count(report.counts.persons, 'person', 'persons')}. "
            "Each is one photograph compared with one media. Both ways of explaining it are given, and what it "
            "does not show."
        ),
        *_some_hash_only(report),
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
        rows.append((each.display, examination.conclusion.value, each.photograph, altered, score, str(len(each.posts))))
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
        printed=False,
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
    rate = report.error_rate or report.tested
    blocks: list[Block] = []
    if rate is None:
        blocks.append(Text(text="No error rate was measured for this version; read every finding with that in mind."))
    else:
        blocks.append(Text(text=rate_sentence(rate)))
        blocks.append(Text(text=model_sentence(rate, report.comparisons)))
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
        *part_blocks(report.measures, "missing"),
        Heading(text="How the material was acquired"),
        acquisition_facts(report),
    ]
    return Section(id="missing", title="What is missing", blocks=tuple(blocks))


def _next(report: CaseReport) -> tuple[Section, ...]:
    if not report.notices:
        return ()
    grouped: dict[tuple[str, ...], list[str]] = {}
    for each in report.notices:
        grouped.setdefault(_notice(each), []).extend(each.findings)
    table = Table(
        caption="Notices and their clocks",
        head=("Regime", "Recipient", "Findings", "State", "Still missing", "Due"),
        rows=tuple((*key[:2], ", ".join(dict.fromkeys(found)), *key[2:]) for key, found in grouped.items()),
    )
    text = "takeback prepares notices; a person sends them. A clock runs from the event that the law names."
    clocks = dict.fromkeys(f"{visible(each.regime)}: {visible(each.clock)}" for each in report.notices if not each.due)
    notes = tuple(Text(text=each, note=True) for each in clocks)
    return (Section(id="next", title="Who has been asked to act", blocks=(Text(text=text), table, *notes)),)


def _notice(each: NoticeLine) -> tuple[str, ...]:
    due = "no clock runs" if each.due is None else instant(each.due)
    missing = ", ".join(visible(name).replace("_", " ") for name in each.missing) or "nothing"
    return (visible(each.regime), visible(each.recipient), visible(each.state), missing, due)
