"""Publishing: report, documents and evidence bundle; nothing is sent, and documents carry the last act's time."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from takeback.crypto import age
from takeback.crypto.canonical import Json, canonical
from takeback.errors import Refused, UsageError
from takeback.evidence.bundle import Bundle, write_bundle
from takeback.jobs.case import Case
from takeback.jobs.census import pseudonyms
from takeback.jobs.consents import check_allowed
from takeback.jobs.documents import whole_or_not, write_all
from takeback.jobs.letters import PUBLISHED, acts, calendar_of, last_act
from takeback.jobs.network_report import network_report_of
from takeback.jobs.outcome import matches_of, outdated, summary_of
from takeback.jobs.report_content import NO_ADDRESS, PUBLIC_COUNTS, report_of
from takeback.jobs.withheld import Withheld, withheld
from takeback.model.consent import Purpose
from takeback.model.finding import Finding
from takeback.report.content import CaseReport
from takeback.report.documents import findings_json, measures_json, public_measures_json, undecided_json
from takeback.report.html import render_html, render_network_html, render_public_html
from takeback.report.pdf import render_network_pdf, render_pdf, render_public_pdf
from takeback.report.public import public, published_counts

SEALED = "sealed.age"


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """What was written, and where."""

    out: Path
    files: tuple[str, ...]
    bundle: Bundle | None


def publish(case: Case, out: Path, *, recipient: str | None = None) -> Published:
    """Write report, documents and a bundle into a new folder.

    With an age ``recipient``, the bundle also holds what stays sealed otherwise, encrypted to that recipient alone:
    names, locators, openings of the ledger's commitments, exact masks.
    """
    _check_current(case)
    report = report_of(case)
    files = documents_of(case, report)
    if recipient is not None:
        files[SEALED] = sealed_part(case, recipient)
    write_all(out, files)
    with whole_or_not(out, undo=lambda: shutil.rmtree(out, ignore_errors=True)):
        bundle = write_bundle(
            out / "bundle",
            files,
            ledger=acts(case),
            key=case.store.ledger_key,
            info={
                "Bagging-Date": f"{report.made:%Y-%m-%d}",
                "External-Identifier": report.case,
                "Bag-Software-Agent": f"takeback {dict(report.versions)['takeback']}",
            },
        )
    case.record(PUBLISHED, public={"files": len(files), "entries": bundle.head[0]})
    return Published(out=out, files=tuple(sorted(files)), bundle=bundle)


def publish_public(case: Case, out: Path) -> Published:
    """Write what may be shown to anyone: a report and measures without names, digests, exact counts or days."""
    _check_current(case)
    check_allowed(case, case.store.originals(), Purpose.STATISTICS, today=case.clock().date())
    report = report_of(case)
    shown = public(report)
    files = {
        "report.html": render_public_html(shown).encode(),
        "report.pdf": render_public_pdf(shown),
        "measures.json": public_measures_json(shown),
    }
    write_all(out, files)
    with case.transaction():
        case.store.keep_note(PUBLIC_COUNTS, msgspec.json.encode(published_counts(report)))
        case.record(PUBLISHED, public={"files": len(files), "public": "yes"})
    return Published(out=out, files=tuple(sorted(files)), bundle=None)


def publish_network(case: Case, out: Path) -> Published:
    """Write the report of the network alone: nothing in it says whether anybody is enrolled, or anything was found."""
    files = network_documents_of(case)
    write_all(out, files)
    case.record(PUBLISHED, public={"files": len(files), "network": "yes"})
    return Published(out=out, files=tuple(sorted(files)), bundle=None)


def network_documents_of(case: Case) -> dict[str, bytes]:
    """The documents of a network by file name: the same case gives the same bytes."""
    report = network_report_of(case)
    return {
        "report.html": render_network_html(report).encode(),
        "report.pdf": render_network_pdf(report),
        "measures.json": measures_json(report.measures),
    }


def _check_current(case: Case) -> None:
    if case.store.persons() and summary_of(case) is None and not outdated(case):
        raise Refused(
            "photographs are enrolled and nothing was investigated yet: a report would read as if nothing was found "
            "(run `takeback investigate`, then publish)"
        )
    if outdated(case):
        raise Refused(
            "an item was sealed since the last investigation, and figures may still count it "
            "(run `takeback investigate` again, then publish)"
        )


def documents_of(case: Case, report: CaseReport) -> dict[str, bytes]:
    """The documents of a case by file name: the same case gives the same bytes."""
    names = pseudonyms(case)
    open_pairs = tuple(each for each in case.store.examinations() if not each.conclusion.is_finding)
    return {
        "report.html": render_html(report).encode(),
        "report.pdf": render_pdf(report),
        "measures.json": measures_json(report.measures),
        "findings.json": findings_json(case.findings, released=_released(report), pseudonyms=names),
        "undecided.json": undecided_json(open_pairs, comparisons=report.comparisons),
        "matches.json": _matches(case),
        "deadlines.ics": calendar_of(case),
    }


def _released(report: CaseReport) -> Mapping[str, tuple[str, ...]]:
    found = {
        each.finding.id: tuple(post.locator for post in each.posts if post.locator not in {None, NO_ADDRESS})
        for each in report.findings
    }
    return {id: locators for id, locators in found.items() if locators}


def _matches(case: Case) -> bytes:
    """Pairs whose hashes are close; no finding rests on one of them alone."""
    rows = [
        {
            "original": each.original,
            "media_sha256": each.media,
            "distance": each.distance,
            "threshold": each.threshold,
            "form": each.form,
            "false_match_rate": each.false_match_rate,
        }
        for each in matches_of(case)
    ]
    return msgspec.json.format(msgspec.json.encode(rows), indent=1) + b"\n"


def sealed_part(case: Case, recipient: str) -> bytes:
    """What only the recipient may read, encrypted to their age key; nothing in it is about a sealed item."""
    if not recipient.startswith("age1"):
        raise UsageError(f"--for takes an age recipient (age1...), not {recipient[:40]!r}")
    check_allowed(case, case.store.originals(), Purpose.DISCLOSE, today=case.clock().date())
    names, shut = pseudonyms(case), withheld(case)
    content: dict[str, Json] = {
        "channels": {
            names.channel(each.id): {"id": each.id, "name": each.name, "username": each.username}
            for each in case.store.channels()
        },
        "findings": {each.id: _disclosed(case, each, shut) for each in shut.findings(case.findings)},
        "openings": [
            {"content": each.content, "field": each.field, "salt": each.salt, "seq": each.seq}
            for each in shut.openings(case.store.openings())
        ],
        "made": last_act(case).isoformat(),
        "polls": [
            {
                "post": f"{post.channel}/{post.id}",
                "question": post.poll.question,
                "answers": [each.text for each in post.poll.answers],
            }
            for post in case.store.posts()
            if post.poll is not None and not shut.covers(post)
        ],
    }
    return age.encrypt(canonical(content), [recipient])


def _disclosed(case: Case, finding: Finding, shut: Withheld) -> dict[str, Json]:
    alteration = finding.examination.alteration
    mask = alteration.mask if alteration else None
    return {
        "media_sha256": finding.examination.media,
        "original": finding.examination.original,
        "places": sorted(
            f"{media.place.source}:{media.place.path}"
            for media in case.store.media()
            if media.sha256 == finding.examination.media and media.place not in shut.places
        ),
        "posts": [f"{post.channel}/{post.id}" for post in finding.posts if not shut.covers(post)],
        "mask": case.store.blob(mask, person=finding.person).hex() if mask else None,
    }
