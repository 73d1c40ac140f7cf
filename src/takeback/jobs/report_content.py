"""Gathering everything that the report prints: every name a pseudonym, unless a second person released it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from importlib.metadata import version

import msgspec

from takeback.jobs.case import Case
from takeback.jobs.census import pseudonyms
from takeback.jobs.fingerprint import Fingerprinted
from takeback.jobs.intake import NOT_RECORDED
from takeback.jobs.letters import NoticeState, acts, last_act, posts_seen, states
from takeback.jobs.outcome import Investigation, fingerprints_of, summary_of
from takeback.jobs.people import looks
from takeback.model.channel import Poll, Post, PostRef
from takeback.model.evidence import Acquisition
from takeback.model.finding import Conclusion, ErrorRate, Finding
from takeback.model.original import Original
from takeback.network.growth import monthly
from takeback.network.intervals import wilson
from takeback.notices.regimes import load_regimes
from takeback.notices.telegram import Telegram
from takeback.report.content import (
    CaseReport,
    Counts,
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

PUBLIC_COUNTS = "public counts"
NO_ADDRESS = "released; it has no public address"


def report_of(case: Case) -> CaseReport:
    """The report of a case as it stands."""
    names = pseudonyms(case)
    summary = summary_of(case)
    facts = case.store.facts
    findings = _findings(case, names)
    return CaseReport(
        title=facts.title,
        case=case.store.header.id,
        made=last_act(case),
        role=facts.role,
        legal_basis=facts.legal_basis,
        jurisdiction=facts.jurisdiction,
        acquisition=acquisition_of(case),
        counts=_counts(case, summary, fingerprints_of(case)),
        comparisons=summary.comparisons if summary else 0,
        findings=findings,
        undecided=_undecided(case),
        error_rate=_error_rate(case),
        measures=case.measures,
        months=_months(case),
        members=_members(case, names),
        polls=_polls(case, names),
        ledger=published_head(case),
        versions=versions(),
        notices=tuple(_notice_line(each, {one.finding.id: one.display for one in findings}) for each in states(case)),
        pictures_shown=looks(case),
        published=_published(case),
    )


def versions() -> tuple[tuple[str, str], ...]:
    """What made the results: takeback and the libraries that they rest on."""
    return tuple((name, version(name)) for name in ("takeback", "numpy", "opencv-python-headless", "pillow"))


def acquisition_of(case: Case) -> Acquisition:
    """Who collected the material, by the first source that says so."""
    return next((each.acquisition for each in case.store.sources() if each.acquisition != NOT_RECORDED), NOT_RECORDED)


def published_head(case: Case) -> LedgerHead:
    """The last entry that a bundle made now holds."""
    entries = acts(case)
    return LedgerHead(entries=len(entries), hash=entries[-1].hash, key=case.store.ledger_key.public)


def _findings(case: Case, names: Pseudonyms) -> tuple[ReportFinding, ...]:
    originals = {each.id: each for each in case.store.originals()}
    shared = Counter(overlay for finding in case.findings for overlay in finding.examination.overlays)
    ordered = sorted(case.findings, key=lambda each: (each.examination.conclusion is Conclusion.COPY, each.id))
    return tuple(
        _finding(case, names, f"F{number}", finding, originals[finding.examination.original], shared)
        for number, finding in enumerate(ordered, start=1)
    )


def _finding(
    case: Case, names: Pseudonyms, display: str, finding: Finding, original: Original, shared: Mapping[str, int]
) -> ReportFinding:
    return ReportFinding(
        display=display,
        finding=finding,
        photograph=names.photograph(original.id),
        person=names.person(finding.person),
        media=names.media(finding.examination.media),
        posts=_posts(case, names, finding),
        width=original.width,
        height=original.height,
        person_box=original.person_region,
        overlays=_overlays(names, finding, shared),
    )


def _overlays(names: Pseudonyms, finding: Finding, shared: Mapping[str, int]) -> tuple[Overlay, ...]:
    """The marks on a media with how many others carry them; where the guard did not count, other findings do."""
    examination = finding.examination
    counted = examination.overlay_others or tuple(shared[each] - 1 for each in examination.overlays)
    return tuple(
        Overlay(signature=names.overlay(each), others=others)
        for each, others in zip(examination.overlays, counted, strict=True)
    )


def _posts(case: Case, names: Pseudonyms, finding: Finding) -> tuple[ReportPost, ...]:
    seen = posts_seen(case, finding.posts)
    released = finding.id in case.store.released()
    usernames = {channel.id: channel.username for channel in case.store.channels()}
    return tuple(
        ReportPost(
            post=names.post(post),
            channel=names.channel(post.channel),
            time=seen[post].time if post in seen else None,
            zone_known=seen[post].zone_known if post in seen else True,
            locator=_locator(usernames.get(post.channel), post) if released else None,
        )
        for post in finding.posts
    )


def _locator(username: str | None, post: PostRef) -> str:
    return Telegram().locator(username, post.id) if username else NO_ADDRESS


def _counts(case: Case, summary: Investigation | None, fingerprints: tuple[Fingerprinted, ...]) -> Counts:
    posts = list(case.store.posts())
    missing = Counter(each.absence.value for post in posts for each in post.missing)
    refused = Counter(each.refused for each in fingerprints if each.refused)
    return Counts(
        sources=len(case.store.sources()),
        channels=len(case.store.channels()),
        posts=len(posts),
        damaged_posts=len(case.store.damage()),
        media=len({media.sha256 for media in case.store.media()}),
        searched=summary.searched if summary else 0,
        not_searched=_not_searched(summary) if summary else (),
        refused=tuple(sorted(refused.items())),
        missing=tuple(sorted(missing.items())),
        sealed=len({item.sha256 for item in case.store.sealed_items()}),
        photographs=len(case.store.originals()),
        persons=len(case.store.persons()),
    )


def _not_searched(summary: Investigation) -> tuple[tuple[str, int], ...]:
    plain = {"too plain to search": summary.not_searchable} if summary.not_searchable else {}
    return tuple(sorted({**summary.not_searched, **plain}.items()))


def _undecided(case: Case) -> Undecided:
    open_pairs = [each for each in case.store.examinations() if not each.conclusion.is_finding]
    reasons = Counter(each.reasons[0] for each in open_pairs if each.reasons)
    return Undecided(
        same_scene=sum(each.conclusion is Conclusion.SAME_SCENE for each in open_pairs),
        undecided=sum(each.conclusion is Conclusion.UNDECIDED for each in open_pairs),
        reasons=tuple(sorted(reasons.items())),
    )


def _error_rate(case: Case) -> ErrorRate | None:
    rates = [finding.examination.error_rate for finding in case.findings]
    return max(rates, key=lambda each: each.high, default=None)


def _months(case: Case) -> tuple[Month, ...]:
    posts = tuple(case.store.posts())
    media: Counter[tuple[int, int]] = Counter()
    for post in posts:
        if post.time is not None:
            media[post.time.year, post.time.month] += len(post.media)
    return tuple(
        Month(
            year=each.year,
            month=each.month,
            posts=each.posts or 0,
            media=media[each.year, each.month],
            gap=None if each.posts is not None else "no post of this month is in the material",
        )
        for each in monthly(posts)
    )


def _members(case: Case, names: Pseudonyms) -> tuple[MemberCount, ...]:
    return tuple(
        MemberCount(channel=names.channel(each.channel), members=each.members, time=each.time, source=each.source)
        for each in case.store.audiences()
    )


def _polls(case: Case, names: Pseudonyms) -> tuple[PollTable, ...]:
    """The polls by number: their words may name a person, and stand in the sealed part of a bundle alone."""
    found = [(post, post.poll) for post in case.store.posts() if post.poll is not None]
    return tuple(_poll(names, f"Poll {number}", post, poll) for number, (post, poll) in enumerate(found, start=1))


def _poll(names: Pseudonyms, name: str, post: Post, poll: Poll) -> PollTable:
    shares = []
    for number, answer in enumerate(poll.answers, start=1):
        low, high = wilson(answer.voters, poll.total_voters) if poll.total_voters else (0.0, 1.0)
        shares.append(
            PollShare(
                answer=f"Answer {number}",
                voters=answer.voters,
                share=answer.voters / poll.total_voters if poll.total_voters else 0.0,
                low=low,
                high=high,
            )
        )
    return PollTable(
        name=name,
        channel=names.channel(post.channel),
        question="",
        voters=poll.total_voters,
        answers=tuple(shares),
    )


def _notice_line(state: NoticeState, displays: Mapping[str, str]) -> NoticeLine:
    regime = next(each for each in load_regimes() if each.id == state.regime)
    clock = state.deadline.text if state.deadline else f"not started: {regime.deadline_text}"
    return NoticeLine(
        regime=regime.title,
        recipient=state.recipient,
        findings=tuple(displays.get(each, each) for each in state.findings),
        state=state.state,
        missing=(),
        due=state.deadline.due if state.deadline else None,
        clock=clock,
    )


def _published(case: Case) -> tuple[tuple[str, int], ...]:
    kept = case.store.note(PUBLIC_COUNTS)
    return () if not kept else msgspec.json.decode(kept, type=tuple[tuple[str, int], ...])
