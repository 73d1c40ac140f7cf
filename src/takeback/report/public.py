"""From the report of a case to one that anyone may see."""

from __future__ import annotations

from takeback.model.finding import Conclusion
from takeback.model.measure import Measure
from takeback.report.content import CaseReport, PublicMeasure, PublicMonth, PublicReport
from takeback.report.measures import is_bounds, is_count, is_share, public_measure
from takeback.report.suppress import FLOOR, bin_of, bins_of, steady

_CONCLUSIONS = (Conclusion.DERIVATIVE, Conclusion.COPY)
_MEASURES = frozenset(
    {
        "forwards.posts",
        "links.hosts",
        "links.posts",
        "links.telegram",
        "links.total",
        "members.bounds",
        "members.largest",
        "members.sum",
        "pictures.clusters",
        "pictures.files",
        "pictures.posted",
        "polls.total",
        "posters.total",
        "prices.posts",
        "reactions.total",
        "referrals.either",
        "views.total",
    }
)
"""What may be shown to anyone: measures whose names name nobody, and that are not the parts of another one."""

_PARTS = ("searched", "not searched", "refused by the decoder", "sealed, never opened")


def public(report: CaseReport) -> PublicReport:
    """What may be shown to anyone: binned counts, months, and nothing that names, quotes, locates or identifies.

    It rests on `published_counts`: keep them with the case and give them back as ``published`` in its next report. So
    a public report changes only by `takeback.report.suppress.FLOOR` or more, and two of them cannot be subtracted.
    """
    counts = dict(published_counts(report))
    months = _months_shown(report, counts)
    month_bins, posts = bins_of([counts[f"posts {month}"] for month in months], counts["posts"])
    parts, media = bins_of([counts[name] for name in _PARTS], counts["media"])
    conclusions, findings = bins_of([counts[each.value] for each in _CONCLUSIONS], counts["findings"])
    return PublicReport(
        month=f"{report.made:%B %Y}",
        posts=posts,
        channels=bin_of(counts["channels"]),
        media=media,
        media_parts=tuple(zip(_PARTS, parts, strict=True)),
        findings=findings,
        findings_by_conclusion=tuple((each.value, bin) for each, bin in zip(_CONCLUSIONS, conclusions, strict=True)),
        undecided=bin_of(counts["undecided"]),
        photographs=bin_of(counts["photographs"]),
        months=tuple(PublicMonth(month=month, posts=bin) for month, bin in zip(months, month_bins, strict=True)),
        measures=_measures(report, counts),
        error_rate=report.error_rate,
        versions=report.versions,
    )


def published_counts(report: CaseReport) -> tuple[tuple[str, int], ...]:
    """The counts that the public report rests on; secret, to be kept with the case until its next public report."""
    return tuple(sorted(steady(_counts(report), dict(report.published)).items()))


def _counts(report: CaseReport) -> dict[str, int]:
    counts = report.counts
    conclusions = [each.finding.examination.conclusion for each in report.findings]
    values = {
        "posts": counts.posts,
        "channels": counts.channels,
        "media": counts.media,
        "searched": counts.searched,
        "not searched": sum(number for _, number in counts.not_searched),
        "refused by the decoder": sum(number for _, number in counts.refused),
        "sealed, never opened": counts.sealed,
        "findings": len(conclusions),
        "undecided": report.undecided.undecided + report.undecided.same_scene,
        "photographs": counts.photographs,
    }
    values |= {each.value: conclusions.count(each) for each in _CONCLUSIONS}
    values |= {f"posts {_month(each.year, each.month)}": each.posts for each in report.months}
    for measure in report.measures:
        values |= _measured(measure) if measure.id in _MEASURES else {}
    return values


def _measured(measure: Measure) -> dict[str, int]:
    """What a measure counts, and out of how many; for bounds, their two ends."""
    first: float | str | None
    first, second = measure.value, measure.n
    if is_bounds(measure):
        first, second = measure.low, round(measure.high or 0)
    elif is_share(measure) and isinstance(measure.value, float):
        first = measure.value * measure.n
    elif not is_count(measure):
        return {}
    return {f"measure {measure.id}": round(float(first or 0)), f"measure {measure.id} n": second}


def _months_shown(report: CaseReport, counts: dict[str, int]) -> list[str]:
    """From the first month that is not small to the last: a small month at an end would appear with its first post."""
    months = [_month(each.year, each.month) for each in report.months]
    large = [i for i, month in enumerate(months) if counts[f"posts {month}"] >= FLOOR]
    return months[large[0] : large[-1] + 1] if large else []


def _month(year: int, month: int) -> str:
    return f"{year:04d}-{month:02d}"


def _measures(report: CaseReport, counts: dict[str, int]) -> tuple[PublicMeasure, ...]:
    shown = (
        public_measure(each, value=counts[f"measure {each.id}"], n=counts[f"measure {each.id} n"])
        for each in report.measures
        if f"measure {each.id}" in counts
    )
    return tuple(each for each in shown if each is not None)
