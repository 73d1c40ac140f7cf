"""From the report of a case to one that anyone may see."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from takeback.model.finding import Conclusion
from takeback.model.measure import Interval, Measure
from takeback.report.content import CaseReport
from takeback.report.public_content import Bin, PublicMeasure, PublicMonth, PublicReport
from takeback.report.suppress import FLOOR, SMALL, added, bin_of, few_bin_of, steady, within

_CONCLUSIONS = (Conclusion.DERIVATIVE, Conclusion.COPY)
_PARTS = ("searched", "not searched", "refused by the decoder", "sealed, never opened")
_REST_OF_MEDIA = "not looked into"
_ELSEWHERE = "posts elsewhere"
_BOUNDS = "members.bounds"
_COUNTED = "channels with a count of members"
_POSTS = "posts"
_ACCOUNTS = "Accounts are not people."


@dataclass(frozen=True, slots=True)
class _Shown:
    """How a measure is called in public, what it counts, and what it is a part of."""

    name: str
    unit: str
    among: str
    caveat: str


_MEASURES = {
    "pictures.posted": _Shown(
        "Pictures posted", "postings of pictures", _POSTS, "The same picture again counts again."
    ),
    "pictures.files": _Shown("Distinct files", "files", "pictures.posted", "Saved again is another file."),
    "pictures.clusters": _Shown(
        "Distinct pictures", "clusters of near-duplicates", "pictures.files", "Crops may stand apart."
    ),
    "posters.total": _Shown("Accounts that posted", "accounts", _POSTS, f"{_ACCOUNTS} A poster is not a maker."),
    "reactions.total": _Shown("Reactions", "reactions", _POSTS, "One account may give several."),
    "views.total": _Shown("Views", "views", _POSTS, "One account may look several times."),
    "members.largest": _Shown("Members of the largest channel", "accounts", "channels", _ACCOUNTS),
    _BOUNDS: _Shown(
        "Unique accounts: at least the largest channel, at most the sum", "accounts", "channels", _ACCOUNTS
    ),
    "forwards.posts": _Shown("Forwarded posts", "posts", _POSTS, "Copies made by hand name no source."),
    "polls.total": _Shown("Polls", "polls", _POSTS, "A poll counts in each channel that it was forwarded to."),
    "prices.posts": _Shown("Posts that state a price", "posts", _POSTS, "A stated price is not a payment."),
    "referrals.either": _Shown(
        "Posts that ask to bring others", "posts", _POSTS, "A text may only talk about such a scheme."
    ),
    "links.posts": _Shown("Posts with a link", "posts", _POSTS, "Links written as words are not seen."),
    "links.total": _Shown("Links", "links", _POSTS, "Links are not pages and not accounts."),
    "links.telegram": _Shown("Links into Telegram", "links", "links.total", "Where they lead is not told."),
    "links.hosts": _Shown("Hosts that are linked to", "hosts", "links.total", "One site may have several hosts."),
}
"""What may be shown to anyone, in words of our own: counts of the whole network, none of which names anybody."""


def public(report: CaseReport) -> PublicReport:
    """What may be shown to anyone: binned counts, months, and nothing that names, quotes, locates or identifies.

    It rests on `published_counts`: keep them with the case and give them back as ``published`` in its next report. So
    a public report changes only by `takeback.report.suppress.FLOOR` or more, and two of them cannot be subtracted.
    What is printed is a function of the bins of the parts alone: a total is the sum of its parts' bins, and a count
    that could narrow what it is part of is given the range of that.
    """
    counts = dict(published_counts(report))
    months = tuple(
        PublicMonth(month=month, posts=bin_of(counts[f"posts {month}"])) for month in _months_shown(report, counts)
    )
    elsewhere = bin_of(counts[_ELSEWHERE])
    parts = tuple((name, bin_of(counts[name])) for name in (*_PARTS, _REST_OF_MEDIA))
    conclusions = tuple((each.value, bin_of(counts[each.value])) for each in _CONCLUSIONS)
    channels = few_bin_of(counts["channels"])
    posts = added([*(each.posts for each in months), elsewhere])
    return PublicReport(
        month=f"{report.made:%B %Y}",
        channels=channels,
        posts=posts,
        months=months,
        elsewhere=elsewhere,
        media=added(bin for _, bin in parts),
        media_parts=parts,
        findings=added(bin for _, bin in conclusions),
        findings_by_conclusion=conclusions,
        undecided=bin_of(counts["undecided"]),
        photographs=bin_of(counts["photographs"]),
        measures=tuple(_measures(counts, {_POSTS: posts, "channels": within(few_bin_of(counts[_COUNTED]), channels)})),
        error_rate=report.tested,
        versions=report.versions,
    )


def published_counts(report: CaseReport) -> tuple[tuple[str, int], ...]:
    """The counts that the public report rests on; secret, to be kept with the case until its next public report."""
    counts = steady(_counts(report), dict(report.published))
    months = _months_shown(report, counts)
    shown = sum(each.posts for each in report.months if _month(each.year, each.month) in months)
    counts |= steady({_ELSEWHERE: max(0, report.counts.posts - shown)}, dict(report.published))
    return tuple(sorted(counts.items()))


def _counts(report: CaseReport) -> dict[str, int]:
    counts = report.counts
    conclusions = [each.finding.examination.conclusion for each in report.findings]
    values = {
        "channels": counts.channels,
        "searched": counts.searched,
        "not searched": sum(number for _, number in counts.not_searched),
        "refused by the decoder": sum(number for _, number in counts.refused),
        "sealed, never opened": counts.sealed,
        "undecided": report.undecided.undecided + report.undecided.same_scene,
        "photographs": counts.photographs,
    }
    values[_REST_OF_MEDIA] = max(0, counts.media - sum(values[name] for name in _PARTS))
    values |= {each.value: conclusions.count(each) for each in _CONCLUSIONS}
    values |= {f"posts {_month(each.year, each.month)}": each.posts for each in report.months}
    with_members = (
        each.n for each in report.measures if each.id in _MEASURES and _MEASURES[each.id].among == "channels"
    )
    values[_COUNTED] = min(counts.channels, max(with_members, default=0))
    for measure in report.measures:
        values |= _measured(measure) if measure.id in _MEASURES else {}
    return values


def _measured(measure: Measure) -> dict[str, int]:
    """What a measure counts; for bounds, their two ends."""
    if measure.kind is Interval.BOUNDS:
        ends = {"": measure.low, " at most": measure.high}
        return {f"{measure.id}{end}": round(value) for end, value in ends.items() if value is not None}
    if measure.value is None or isinstance(measure.value, str):
        return {}
    share = measure.unit.startswith("share")
    return {measure.id: round(measure.value * measure.n if share else measure.value)}


def _months_shown(report: CaseReport, counts: Mapping[str, int]) -> list[str]:
    """From the first month that is not small to the last: a small month at an end would appear with its first post."""
    months = [_month(each.year, each.month) for each in report.months]
    large = [i for i, month in enumerate(months) if counts[f"posts {month}"] >= FLOOR]
    return months[large[0] : large[-1] + 1] if large else []


def _month(year: int, month: int) -> str:
    return f"{year:04d}-{month:02d}"


def _measures(counts: Mapping[str, int], known: Mapping[str, Bin]) -> Iterator[PublicMeasure]:
    """The measures, each no finer than what it is a part of; of few channels nothing is said of their members."""
    ranges = dict(known)
    for id, shown in _MEASURES.items():
        whole = ranges.get(shown.among)
        if id not in counts or whole is None or (shown.among == "channels" and whole == SMALL):
            continue
        if shown.among == "channels":
            ranges[id] = Bin(low=bin_of(counts[id]).low, high=bin_of(counts.get(f"{id} at most", counts[id])).high)
        else:
            ranges[id] = within(bin_of(counts[id]), whole)
        yield PublicMeasure(
            id=id,
            name=shown.name,
            unit=shown.unit,
            range=ranges[id],
            among=_called(shown.among),
            n=whole,
            caveat=shown.caveat,
        )


def _called(among: str) -> str:
    return _MEASURES[among].unit if among in _MEASURES else among
