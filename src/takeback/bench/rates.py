"""The error rates that findings cite, built from what a run of `takeback bench derivative` counted."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from takeback.matching.calibration import VERSION, Counted, Rates, Row, Table, Tail
from takeback.model.finding import Evidence

THRESHOLDS: Mapping[Evidence, tuple[float, ...]] = {
    Evidence.PIXELS: (6.0, 8.0, 10.0, 15.0, 20.0, 30.0),
    Evidence.FEATURES: (100.0, 150.0, 200.0),
}
"""Scores from which false findings are counted; below the first of its kind of evidence there is no finding."""
_PAIRS = "distinct pairs of unrelated photographs with a false finding"
_ATTACKED = "pairs of an edited photograph and an unrelated one with a false finding; edits of one pair count apart"
_HASHES = "pairs of distinct photographs within 31 bits"
_SERIES = "photographs taken in a row with at least one finding between them"
_SYNTHETIC = "rendered second exposures with a finding"
_LEAST_EXCESSES = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class FalseFinding:
    """One false finding: the two unrelated photographs, the score, and whether one of them was edited."""

    pair: frozenset[str]
    score: float
    attacked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What one kind of evidence came to in a run.

    ``false`` holds every false finding between unrelated photographs; the others are (errors, n), n 0 where nobody
    counted. ``scores`` are those of unrelated pairs that were examined, whatever the examination concluded.
    """

    false: Sequence[FalseFinding] = ()
    series: tuple[int, int] = (0, 0)
    synthetic: tuple[int, int] = (0, 0)
    scores: Sequence[float] = ()


def rates(
    seen: Mapping[Evidence, Seen],
    *,
    population: str,
    seed: int,
    photographs: int,
    pairs: int,
    attacked_pairs: int,
    hash_match: tuple[int, int],
    left_out: str = "",
) -> Table:
    """What `takeback.matching.calibration` reads.

    Parameters:
        population: what the photographs show, in the words that findings cite.
        photographs: distinct ones that were enrolled, without those taken in a row.
        pairs: distinct pairs of unrelated photographs; an edit of one of them makes no new pair.
        attacked_pairs: how often an edited photograph was compared with an unrelated one.
        hash_match: of so many distinct pairs, so many within 31 bits, as (errors, n).
        left_out: which close pairs were no part of the run; the rate of hash matches is only as good as this says.
    """
    return Table(
        version=VERSION,
        measured_by="takeback bench derivative",
        seed=seed,
        population=population,
        photographs=photographs,
        pairs=pairs,
        findings={
            evidence.value: _rates(seen[evidence], THRESHOLDS[evidence], pairs, attacked_pairs) for evidence in Evidence
        },
        hash_match=_counted(hash_match, "; ".join(filter(None, (_HASHES, left_out)))),
    )


def _rates(seen: Seen, thresholds: Sequence[float], pairs: int, attacked_pairs: int) -> Rates:
    attacked = [each for each in seen.false if each.attacked]
    plain = {each.pair for each in seen.false if not each.attacked}
    return Rates(
        rows=tuple(_row(least, seen.false) for least in thresholds),
        plain_pairs=Counted(errors=len(plain), n=pairs, unit=_PAIRS),
        attacked_pairs=Counted(errors=len(attacked), n=attacked_pairs, unit=_ATTACKED),
        series=_counted(seen.series, _SERIES),
        synthetic_pairs=_counted(seen.synthetic, _SYNTHETIC),
        tail=tail(seen.scores, over=thresholds[0]),
    )


def _row(least: float, false: Iterable[FalseFinding]) -> Row:
    named = {each.pair for each in false if each.score >= least}
    return Row(least=least, errors=len(frozenset().union(*named)), false_pairs=len(named))


def _counted(share: tuple[int, int], unit: str) -> Counted:
    return Counted(errors=share[0], n=share[1], unit=unit)


def tail(scores: Iterable[float], *, over: float) -> Tail | None:
    """An exponential fit to the scores above ``over``, or None where fewer than 30 are.

    The mean excess is the maximum-likelihood estimate of the scale. It is a model of what was not seen: that scores go
    on falling off as they did where there were enough to count.
    """
    excesses = [score - over for score in scores if score > over]
    if len(excesses) < _LEAST_EXCESSES:
        return None
    return Tail(over=over, n=len(excesses), mean_excess=fmean(excesses))


def expected_above(fit: Tail, score: float, *, pairs: int) -> float:
    """How many unrelated pairs in each compared pair the model expects to score above ``score``: a model, no count."""
    return fit.n / pairs * math.exp(-max(0.0, score - fit.over) / fit.mean_excess)
