"""Gathering everything that the report prints: every name a pseudonym, unless a second person released it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import msgspec

from takeback.jobs.case import Case
from takeback.jobs.census import pseudonyms
from takeback.jobs.fingerprint import Fingerprinted
from takeback.jobs.letters import NoticeState, posts_seen, states
from takeback.jobs.network_report import network_report_of
from takeback.jobs.outcome import Investigation, fingerprints_of, matches_of, summary_of
from takeback.jobs.people import looks
from takeback.matching.calibration import error_rate
from takeback.model.channel import PostRef
from takeback.model.finding import Conclusion, ErrorRate, Evidence, Finding
from takeback.model.original import Original, PackLevel
from takeback.notices.regimes import load_regimes
from takeback.notices.telegram import Telegram
from takeback.report.content import (
    CaseReport,
    Collected,
    Counts,
    NoticeLine,
    Overlay,
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
    network = network_report_of(case)
    findings = _findings(case, names)
    return CaseReport(
        title=network.title,
        case=network.case,
        made=network.made,
        role=network.role,
        legal_basis=network.legal_basis,
        jurisdiction=network.jurisdiction,
        acquisition=network.acquisition,
        counts=_counts(case, network.counts, summary, fingerprints_of(case)),
        measures=case.measures,
        months=network.months,
        members=network.members,
        polls=network.polls,
        forwards=network.forwards,
        ledger=network.ledger,
        versions=network.versions,
        comparisons=summary.comparisons if summary else 0,
        findings=findings,
        undecided=_undecided(case),
        error_rate=_error_rate(case),
        tested=error_rate(Conclusion.DERIVATIVE, Evidence.PIXELS, 0.0),
        hash_matches=len(matches_of(case)),
        notices=tuple(_notice_line(each, {one.finding.id: one.display for one in findings}) for each in states(case)),
        pictures_shown=looks(case),
        published=_published(case),
    )


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


def _counts(
    case: Case, collected: Collected, summary: Investigation | None, fingerprints: tuple[Fingerprinted, ...]
) -> Counts:
    refused = Counter(each.refused for each in fingerprints if each.refused)
    originals = case.store.originals()
    return Counts(
        sources=collected.sources,
        channels=collected.channels,
        posts=collected.posts,
        damaged_posts=collected.damaged_posts,
        media=collected.media,
        missing=collected.missing,
        sealed=collected.sealed,
        searched=summary.searched if summary else 0,
        not_searched=_not_searched(summary) if summary else (),
        refused=tuple(sorted(refused.items())),
        photographs=len(originals),
        persons=len(case.store.persons()),
        hash_only=sum(each.level is PackLevel.HASH for each in originals),
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
