"""The error rates that findings cite, from what a run left in its work folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

from takeback.bench.derivative.bank import Enrolled
from takeback.bench.derivative.figures import Accused, apart_from, distinct_pairs, false_findings, in_a_row, looked_for
from takeback.bench.derivative.trials import Kind, Tried
from takeback.bench.rates import FalseFinding, Seen, rates
from takeback.matching.calibration import Table
from takeback.model.finding import Evidence


def table_of(
    work: Path,
    *,
    series: frozenset[str],
    population: str,
    seed: int,
    hash_match: tuple[int, int],
    left_out: str = "",
    copies: frozenset[frozenset[str]] = frozenset(),
) -> Table:
    """What `takeback.matching.calibration` reads, counted over the trials in this folder.

    Parameters:
        series: collections of photographs taken in a row.
        population: what the photographs show, in the words that findings cite.
        hash_match: of so many distinct pairs, so many within 31 bits, as (errors, n).
        left_out: which close pairs were no part of the run.
        copies: pairs of names that are one photograph, and no pair.
    """
    enrolled = msgspec.json.decode((work / "enrolled.json").read_bytes(), type=tuple[Enrolled, ...])
    lines = (work / "trials.ndjson").read_bytes().split(b"\n")[:-1]
    tried = apart_from([msgspec.json.decode(line, type=Tried) for line in lines], copies)
    usable = [each for each in enrolled if not each.refused]
    asked = looked_for(tried)
    in_series = sum(name.partition("/")[0] in series for name in asked)
    accused = false_findings(tried, series)
    attacked = sum(each.trial.kind is Kind.ATTACKED and not each.refused for each in tried)
    return rates(
        {evidence: _seen(evidence, accused, tried, series, asked) for evidence in Evidence},
        population=population,
        seed=seed,
        photographs=len(asked) - in_series,
        pairs=distinct_pairs(tried, len(usable)),
        attacked_pairs=attacked * (len(usable) - 1),
        hash_match=hash_match,
        left_out=left_out,
    )


def _seen(
    evidence: Evidence,
    accused: Sequence[Accused],
    tried: Sequence[Tried],
    series: frozenset[str],
    asked: frozenset[str],
) -> Seen:
    mine = [each for each in accused if each.evidence is evidence]
    false = [
        FalseFinding(pair=frozenset((each.by, each.original)), score=each.score, attacked=each.kind is Kind.ATTACKED)
        for each in mine
        if not each.kin
    ]
    kin = {name for each in mine if each.kin and each.by != each.original for name in (each.by, each.original)} & asked
    in_series = sum(name.partition("/")[0] in series for name in asked)
    rendered = [each for each in tried if each.trial.kind in {Kind.SCENE, Kind.BURST} and not each.refused]
    found = sum(each.kin and each.by == each.original for each in mine)
    return Seen(
        false=false,
        series=(len(kin), in_series),
        synthetic=(found, len(rendered)),
        scores=[score for each in tried for score in _unrelated_scores(each, evidence, series)],
    )


def _unrelated_scores(tried: Tried, evidence: Evidence, series: frozenset[str]) -> list[float]:
    """The scores of photographs that the picture has nothing to do with."""
    shown = {tried.trial.photograph, tried.trial.donor}
    return [
        each.score
        for each in tried.seen
        if each.evidence == evidence.value
        and each.original not in shown
        and not any(in_a_row(name, each.original, series) for name in shown)
    ]
