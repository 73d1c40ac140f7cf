"""A made-up case for the tests of the report, and for the picture in the README."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256

from takeback.model.channel import PostRef
from takeback.model.consent import Region
from takeback.model.digest import Sha256
from takeback.model.evidence import Acquisition
from takeback.model.finding import (
    Alignment,
    Alteration,
    CoarseBox,
    CoarseGrid,
    Conclusion,
    ErrorRate,
    Evidence,
    Examination,
    Finding,
    Match,
    PersonRegion,
)
from takeback.model.measure import Interval, Measure, Rows, Window
from takeback.model.original import PackLevel
from takeback.report.content import (
    CaseReport,
    Counts,
    ForwardEdge,
    LedgerHead,
    MemberCount,
    Month,
    NoticeLine,
    Overlay,
    PollShare,
    PollTable,
    ReportFinding,
    ReportPost,
    Undecided,
)
from takeback.report.pseudonym import Pseudonyms

CHANNELS = ("telegram:1402337551", "telegram:1399027746", "telegram:1288119053")
RAW_NAMES = (*CHANNELS, "1402337551", "Gallery of Somebody", "somebodys_gallery", "Jane Roe")

RATE = ErrorRate(
    value=0.0,
    n=652,
    low=0.0,
    high=0.00564,
    unit="photographs with at least one false finding",
    population=(
        "ordinary photographs of places and things, with benign edits; "
        "of 200 more taken in a row, 9 were taken for one another"
    ),
    score=6.0,
    pairs=212_226,
    pairs_high=1.738e-5,
)

_GRID = "........" + ".ssssss." + ".ssaass." + ".ssaaas." + ".s?aaas." + ".sssass."


def digest(name: str) -> Sha256:
    return Sha256(sha256(name.encode()).hexdigest())


def examination(conclusion: Conclusion = Conclusion.DERIVATIVE, *, media: str = "media 1") -> Examination:
    spread = tuple(((i * 37 % 61) / 61 * 0.7 + 0.14, (i * 23 % 47) / 47 * 0.75 + 0.2) for i in range(220))
    points = tuple((x, y) for x, y in spread if _GRID[int(y * 6) * 8 + int(x * 8)] == "s")
    return Examination(
        original="person-1/photograph-3",
        media=digest(media),
        pack_level=PackLevel.SEALED,
        alignment=Alignment(
            matrix=((0.8123456789, 0.01, 12.5), (-0.01, 0.81, 3.25), (0.0, 0.0, 1.0)),
            reflected=conclusion is Conclusion.COPY,
            inliers=len(points),
            score=87.25,
            points=points,
        ),
        alteration=Alteration(
            share_altered=0.214 if conclusion is Conclusion.DERIVATIVE else 0.0321,
            share_surviving=0.523,
            overlay_share=0.0 if conclusion is Conclusion.DERIVATIVE else 0.0321,
            regions=(CoarseBox(left=0.375, top=0.333, right=0.75, bottom=1.0, share=0.214),),
            grid=CoarseGrid(
                columns=8, rows=6, cells=_GRID if conclusion is Conclusion.DERIVATIVE else _GRID.replace("a", "s")
            ),
            evidence=Evidence.PIXELS,
        ),
        conclusion=conclusion,
        reasons=("altered area above the threshold",),
        person_region=PersonRegion.ALTERED if conclusion is Conclusion.DERIVATIVE else PersonRegion.UNTOUCHED,
        direction="not tested",
        overlays=("0f" * 8,) if conclusion is Conclusion.COPY else (),
        error_rate=RATE,
        versions=(("takeback", "0.1.0"), ("examine", "1")),
    )


def finding(conclusion: Conclusion = Conclusion.DERIVATIVE, *, id: str = "f1", media: str = "media 1") -> Finding:
    match = Match(
        original="person-1/photograph-3",
        media=digest(media),
        distance=18,
        threshold=31,
        false_match_rate=replace(RATE, n=212_000, high=0.0000174, unit="pairs with a false match"),
        form=0,
    )
    return Finding(
        id=id,
        person="person-1",
        examination=examination(conclusion, media=media),
        hash_match=match if conclusion is Conclusion.COPY else None,
        posts=(PostRef(channel=CHANNELS[0], id=4711), PostRef(channel=CHANNELS[1], id=12)),
        comparisons=5_712,
        confirmed_by="Confirmer 2" if conclusion is Conclusion.DERIVATIVE else None,
    )


def report_finding(
    names: Pseudonyms, number: int, conclusion: Conclusion, *, locator: str | None = None
) -> ReportFinding:
    found = finding(conclusion, id=f"f{number}", media=f"media {number}")
    times = (datetime(2026, 3, 4, 20, 15, tzinfo=UTC), None)
    return ReportFinding(
        display=f"finding-{number}",
        finding=found,
        photograph=names.photograph(found.examination.original),
        person=names.person(found.person),
        media=names.media(found.examination.media),
        posts=tuple(
            ReportPost(post=names.post(ref), channel=names.channel(ref.channel), time=time, locator=locator)
            for ref, time in zip(found.posts, times, strict=True)
        ),
        width=4000,
        height=3000,
        person_box=Region(left=0.41, top=0.36, right=0.7, bottom=0.98),
        overlays=(Overlay(signature=names.overlay("0f" * 8), others=41),) if conclusion is Conclusion.COPY else (),
    )


MEASURES = (
    Measure(
        id="pictures.posted",
        name="Images posted",
        value=476,
        unit="images",
        n=1_904,
        low=None,
        high=None,
        kind=Interval.EXACT,
        level=None,
        method="posts that hold an image, counted",
        window=Window(start=datetime(2025, 11, 1, tzinfo=UTC), end=datetime(2026, 5, 30, tzinfo=UTC)),
        rows=Rows(table="posts", count=476, digest="ab" * 32),
        caveat="The same image posted twice counts twice.",
    ),
    Measure(
        id="forwards.posts",
        name="Posts that are forwards",
        value=0.231,
        unit="share of posts",
        n=1_904,
        low=0.2126,
        high=0.2505,
        kind=Interval.INTERVAL,
        level=0.95,
        method="Wilson interval",
        window=Window(start=None, end=None),
        rows=Rows(table="posts", count=440, digest="cd" * 32),
        caveat="12 origins have the same display name. A display name is not an identity.",
    ),
    Measure(
        id="members.bounds",
        name="Unique accounts",
        value=None,
        unit="accounts",
        n=3,
        low=45_615,
        high=103_585,
        kind=Interval.BOUNDS,
        level=None,
        method="largest channel and sum of channels",
        window=Window(start=None, end=None),
        rows=Rows(table="audiences", count=3, digest="ef" * 32),
        caveat="Counts of different days.",
        model=True,
    ),
)

_POSTS = (61, 118, 203, 0, 377, 522, 623)


def case_report() -> CaseReport:
    """A small case: a derivative, a copy, three channels, one poll, seven months with a gap."""
    names = Pseudonyms(bytes(range(32)))
    months = [(2025, 11), (2025, 12), *((2026, month) for month in range(1, 6))]
    a, b, c = (names.channel(each) for each in CHANNELS)
    counted = datetime(2026, 5, 29, tzinfo=UTC)
    return CaseReport(
        title="Photographs of one person, spring 2026",
        case="case-5e1f",
        made=datetime(2026, 6, 2, 9, 41, 7, tzinfo=UTC),
        role="helpline caseworker",
        legal_basis="consent of the person",
        jurisdiction="Ireland",
        acquisition=Acquisition(
            collected_by="Caseworker 1",
            collected_from=datetime(2026, 5, 28, tzinfo=UTC),
            collected_to=datetime(2026, 5, 30, tzinfo=UTC),
            application="Telegram Desktop",
            settings=None,
            note=None,
        ),
        counts=Counts(
            sources=3,
            channels=3,
            posts=1_904,
            damaged_posts=2,
            media=531,
            searched=476,
            not_searched=(("video", 38), ("document", 9)),
            refused=(("truncated", 1),),
            missing=(("not_included", 4),),
            sealed=7,
            photographs=12,
            persons=1,
        ),
        comparisons=5_712,
        findings=(
            report_finding(names, 1, Conclusion.DERIVATIVE),
            report_finding(names, 2, Conclusion.COPY),
        ),
        undecided=Undecided(same_scene=1, undecided=2, reasons=(("too few points agree", 2), ("parallax", 1))),
        error_rate=RATE,
        tested=RATE,
        measures=MEASURES,
        months=tuple(
            Month(
                year=year,
                month=month,
                posts=posts,
                media=posts // 4,
                gap="18 days without a post id" if not posts else None,
            )
            for (year, month), posts in zip(months, _POSTS, strict=True)
        ),
        members=(
            MemberCount(channel=a, members=45_615, time=counted, source="audience.csv"),
            MemberCount(channel=b, members=35_102, time=counted, source="audience.csv"),
            MemberCount(channel=c, members=22_868, time=counted, source="audience.csv"),
        ),
        polls=(
            PollTable(
                name="Poll 1",
                channel=a,
                question="Whose pictures do you send?",
                voters=300,
                answers=(
                    PollShare(answer="People I know", voters=189, share=0.63, low=0.574, high=0.683),
                    PollShare(answer="Celebrities", voters=48, share=0.16, low=0.123, high=0.206),
                    PollShare(answer="From the web", voters=63, share=0.21, low=0.168, high=0.260),
                ),
            ),
        ),
        forwards=(
            ForwardEdge(source=a, channel=b, posts=311, by_name=False),
            ForwardEdge(source="source-0c4f81d2", channel=c, posts=96, by_name=True),
            ForwardEdge(source="source-77b0e195", channel=b, posts=33, by_name=True),
        ),
        ledger=LedgerHead(entries=624, hash="9c" * 32, key="4e" * 32),
        versions=(("takeback", "0.1.0"), ("examine", "1"), ("pdq", "1")),
        notices=(
            NoticeLine(
                regime="EU Digital Services Act, Article 16",
                recipient="Telegram",
                findings=("finding-1",),
                state="prepared, not sent",
                missing=("submitter_contact",),
                due=None,
                clock="no hours in the law: timely, diligent, non-arbitrary",
            ),
        ),
    )
