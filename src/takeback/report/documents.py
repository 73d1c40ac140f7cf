"""measures.json, findings.json and undecided.json: the same bytes for the same case, whenever they are written."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping

from takeback.model.finding import Alignment, Alteration, ErrorRate, Examination, Finding, Match
from takeback.model.measure import Measure
from takeback.report.comparison import Comparison
from takeback.report.pseudonym import Pseudonyms
from takeback.report.public_content import PublicMeasure, PublicReport
from takeback.report.words import LARGE_CASE

Value = None | bool | int | float | str | list["Value"] | dict[str, "Value"]

DIGITS = 9
"""Significant digits of every float: enough for any reader, few enough to be the same on every machine."""


def rounded(number: float) -> float | None:
    """The number at the stated precision; None for what is not finite, which JSON cannot say."""
    if not math.isfinite(number):
        return None
    return float(f"{number:.{DIGITS}g}") + 0.0


def measures_json(measures: Iterable[Measure]) -> bytes:
    """The measures in the stable shape of measures.json; for anyone at all, write `public_measures_json`."""
    return _encoded([_measure(each) for each in measures])


def public_measures_json(report: PublicReport) -> bytes:
    """The measures of a public report in the same shape: bounds in place of values, ranges in place of n, no rows."""
    return _encoded([_public_measure(each, report) for each in report.measures])


def comparison_json(comparison: Comparison) -> bytes:
    """A comparison: its two sides, and for each measure both numbers, their difference and what the rule says."""
    sides: dict[str, Value] = {
        name: {
            "name": side.name,
            "case": side.case,
            "window": side.window,
            "channels": side.channels,
            "posts": side.posts,
            "made": side.made.isoformat(),
            "ledger": {"entries": side.ledger.entries, "hash": side.ledger.hash, "key": side.ledger.key},
        }
        for name, side in (("first", comparison.first), ("second", comparison.second))
    }
    rows: list[Value] = [
        {
            "id": each.id,
            "first": None if each.first is None else _measure(each.first),
            "second": None if each.second is None else _measure(each.second),
            "difference": _number(each.difference),
            "low": _number(each.low),
            "high": _number(each.high),
            "verdict": each.verdict.value,
        }
        for each in comparison.rows
    ]
    return _encoded({**sides, "tests": comparison.tests, "measures": rows})


def findings_json(
    findings: Iterable[Finding], *, released: Mapping[str, tuple[str, ...]], pseudonyms: Pseudonyms
) -> bytes:
    """The findings in the stable shape of findings.json; posts are pseudonyms, or locators where released.

    ``released`` maps a finding's id to the locators that a second person let out of the seal.
    """
    return _encoded([_finding(each, released.get(each.id), pseudonyms) for each in findings])


def undecided_json(examinations: Iterable[Examination], *, comparisons: int) -> bytes:
    """The pairs that ended as "same scene" or "undecided", with their reasons; none of them is a finding."""
    return _encoded([_examination(each, comparisons) | {"reasons": list(each.reasons)} for each in examinations])


def _encoded(rows: list[Value] | dict[str, Value]) -> bytes:
    text = json.dumps(rows, ensure_ascii=False, allow_nan=False, indent=1)
    return (text + "\n").encode("utf-8", "backslashreplace")


def _number(number: float | str | None) -> Value:
    return rounded(number) if isinstance(number, float) else number


def _measure(measure: Measure) -> dict[str, Value]:
    rows, window = measure.rows, measure.window
    return {
        "id": measure.id,
        "name": measure.name,
        "value": _number(measure.value),
        "unit": measure.unit,
        "n": measure.n,
        "low": _number(measure.low),
        "high": _number(measure.high),
        "kind": measure.kind.value,
        "level": measure.level,
        "method": measure.method,
        "window": {
            "from": window.start.isoformat() if window.start else None,
            "to": window.end.isoformat() if window.end else None,
        },
        "rows": None if rows is None else {"table": rows.table, "count": rows.count, "digest": rows.digest},
        "caveat": measure.caveat,
        "model": measure.model,
    }


def _public_measure(measure: PublicMeasure, report: PublicReport) -> Value:
    months = [each.month for each in report.months]
    return {
        "id": measure.id,
        "name": measure.name,
        "value": None,
        "unit": measure.unit,
        "n": None,
        "n_range": [measure.n.low, measure.n.high],
        "low": measure.range.low,
        "high": measure.range.high,
        "kind": "bounds",
        "level": None,
        "method": f"a range that holds the count; n is {measure.among}",
        "window": {"from": months[0] if months else None, "to": months[-1] if months else None},
        "caveat": measure.caveat,
        "model": False,
    }


def _finding(finding: Finding, released: tuple[str, ...] | None, pseudonyms: Pseudonyms) -> Value:
    posts: list[Value] = list(released or ())
    if len(posts) < len(finding.posts):  # a released post may have no locator that anyone can open; none is lost
        posts = [*(pseudonyms.post(each) for each in finding.posts), *posts]
    examined = _examination(finding.examination, finding.comparisons)
    return {
        "id": finding.id,
        "original": examined["original"],
        "media_sha256": examined["media_sha256"],
        "posts": posts,
        "reflected": examined["reflected"],
        "alignment": examined["alignment"],
        "hash_match": _hash_match(finding.hash_match),
        "alteration": examined["alteration"],
        "conclusion": examined["conclusion"],
        "confirmed_by": finding.confirmed_by,
        **{
            name: examined[name]
            for name in (
                "direction",
                "person_region",
                "comparisons",
                "error_rate",
                "error_model",
                "overlays",
                "pack_level",
                "versions",
            )
        },
    }


def _examination(examination: Examination, comparisons: int) -> dict[str, Value]:
    return {
        "original": examination.original,
        "media_sha256": examination.media,
        "reflected": None if examination.alignment is None else examination.alignment.reflected,
        "alignment": _alignment(examination.alignment),
        "alteration": _alteration(examination.alteration),
        "conclusion": examination.conclusion.value,
        "direction": examination.direction,
        "person_region": examination.person_region.value,
        "comparisons": comparisons,
        "error_rate": _error_rate(examination.error_rate),
        "error_model": _error_model(examination.error_rate, comparisons),
        "overlays": list(examination.overlays),
        "pack_level": examination.pack_level.value,
        "versions": dict(examination.versions),
    }


def _alignment(alignment: Alignment | None) -> Value:
    if alignment is None:
        return None
    matrix: list[Value] = [[rounded(number) for number in row] for row in alignment.matrix]
    return {"matrix": matrix, "inliers": alignment.inliers, "score": rounded(alignment.score)}


def _alteration(alteration: Alteration | None) -> Value:
    if alteration is None:
        return None
    return {
        "share_altered": rounded(alteration.share_altered),
        "share_surviving": rounded(alteration.share_surviving),
        "share_overlay": rounded(alteration.overlay_share),
        "regions": [
            {
                "left": rounded(box.left),
                "top": rounded(box.top),
                "right": rounded(box.right),
                "bottom": rounded(box.bottom),
                "share": rounded(box.share),
            }
            for box in alteration.regions
        ],
        "evidence": alteration.evidence.value,
    }


def _hash_match(match: Match | None) -> Value:
    if match is None:
        return None
    return {
        "distance": match.distance,
        "threshold": match.threshold,
        "false_match_rate": _error_rate(match.false_match_rate),
    }


def _error_model(rate: ErrorRate, comparisons: int) -> Value:
    """What the rate would come to in this case and in a large one; null where no pairs were counted."""
    if not rate.pairs:
        return None
    photographs, pictures = LARGE_CASE
    return {
        "model": True,
        "assumes": "every pair errs alone, as often as the upper end for pairs allows",
        "score_from": rate.score,
        "pairs_measured": rate.pairs,
        "pair_rate_at_most": rounded(rate.pairs_high),
        "false_findings_at_most": rounded(rate.pairs_high * comparisons),
        "in_the_case_of_2020_at_most": rounded(rate.pairs_high * photographs * pictures),
    }


def _error_rate(rate: ErrorRate) -> Value:
    return {
        "value": rounded(rate.value),
        "n": rate.n,
        "low": rounded(rate.low),
        "high": rounded(rate.high),
        "population": f"{rate.unit}; {rate.population}",
    }
