"""How often findings err, from figures that `takeback bench derivative` measured end to end."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from importlib import resources

import msgspec

from takeback.model.finding import Conclusion, ErrorRate, Evidence

VERSION = 2
"""The version of the packaged figures that this module reads."""
UNIT = "photographs with at least one false finding"
_BITS = 200


class Counted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """So many of so many, and what is counted; ``n`` 0 means that nobody counted."""

    errors: int
    n: int
    unit: str


class Row(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What was counted of findings with at least this score: photographs, and distinct pairs, that err."""

    least: float
    errors: int
    false_pairs: int


class Tail(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A model, not a count: above ``over``, scores of unrelated pairs fall off exponentially with this mean excess."""

    over: float
    n: int
    mean_excess: float


class Rates(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Of one kind of evidence: false findings among unrelated photographs by score, and what is counted apart.

    ``plain_pairs`` and ``attacked_pairs`` are of unrelated photographs, unedited and edited; ``series`` were taken in a
    row; ``synthetic_pairs`` are rendered second exposures.
    """

    rows: tuple[Row, ...]
    plain_pairs: Counted
    attacked_pairs: Counted
    series: Counted
    synthetic_pairs: Counted
    tail: Tail | None = None


class Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The packaged figures: how many distinct photographs and pairs, of what, by which run, and what erred."""

    version: int
    measured_by: str
    seed: int
    population: str
    photographs: int
    pairs: int
    findings: dict[str, Rates]
    hash_match: Counted


def clopper_pearson(errors: int, n: int, level: float = 0.95) -> tuple[float, float]:
    """The exact two-sided interval of a binomial share (Clopper and Pearson 1934).

    Parameters:
        errors: how many of ``n``.
        n: trials, at least 1.
        level: the confidence level.

    Examples:
        >>> low, high = clopper_pearson(0, 100)
        >>> round(low, 4), round(high, 4)
        (0.0, 0.0362)
    """
    if n < 1 or not 0 <= errors <= n:
        raise ValueError(f"{errors} of {n} is not a share")
    tail = (1 - level) / 2
    low = 0.0 if errors == 0 else _root(lambda p: 1 - _at_most(errors - 1, n, p) - tail)
    high = 1.0 if errors == n else _root(lambda p: tail - _at_most(errors, n, p))
    return low, high


def _at_most(errors: int, n: int, share: float) -> float:
    """The chance of at most ``errors`` of ``n``."""
    if share <= 0:
        return 1.0
    if share >= 1:
        return 1.0 if errors >= n else 0.0
    logs = (
        math.lgamma(n + 1)
        - math.lgamma(k + 1)
        - math.lgamma(n - k + 1)
        + k * math.log(share)
        + (n - k) * math.log1p(-share)
        for k in range(errors + 1)
    )
    return math.fsum(math.exp(each) for each in logs)


def _root(rising: Callable[[float], float]) -> float:
    """Where a rising function of a share crosses zero."""
    low, high = 0.0, 1.0
    for _ in range(_BITS):
        middle = (low + high) / 2
        if rising(middle) < 0:
            low = middle
        else:
            high = middle
    return (low + high) / 2


@cache
def shipped() -> Table:
    """The figures that ship with the program."""
    content = resources.files("takeback.matching").joinpath("error_rates.json").read_bytes()
    return msgspec.json.decode(content, type=Table, strict=False)


@cache
def _interval(errors: int, n: int) -> tuple[float, float]:
    return clopper_pearson(errors, n) if n else (0.0, 1.0)


def error_rate(conclusion: Conclusion, evidence: Evidence, score: float) -> ErrorRate:
    """How often a finding of at least the tabulated score below ``score`` is false, as measured end to end.

    The same for every conclusion: only findings are counted, and what is no finding accuses nobody.
    """
    del conclusion
    return rate_at(shipped(), evidence, score)


def rate_at(table: Table, evidence: Evidence, score: float) -> ErrorRate:
    """The rate that ``table`` gives at a score; photographs that were taken in a row are named in its population."""
    rates = table.findings[evidence.value]
    below = [row for row in rates.rows if row.least <= score]
    row = below[-1] if below else rates.rows[0]
    low, high = _interval(row.errors, table.photographs)
    return ErrorRate(
        value=row.errors / table.photographs,
        n=table.photographs,
        low=low,
        high=high,
        unit=UNIT,
        population=table.population + _in_a_row(rates.series),
        score=row.least,
        pairs=table.pairs,
        pairs_high=_interval(row.false_pairs, table.pairs)[1],
    )


def _in_a_row(series: Counted) -> str:
    if not series.n:
        return "; photographs taken in a row were not tested"
    return f"; of {series.n:,} more taken in a row, {series.errors:,} were taken for one another"


def hash_match_rate() -> ErrorRate:
    """How often two distinct photographs have PDQ hashes within 31 bits."""
    table = shipped()
    counted = table.hash_match
    low, high = _interval(counted.errors, counted.n)
    return ErrorRate(
        value=counted.errors / counted.n,
        n=counted.n,
        low=low,
        high=high,
        unit=counted.unit,
        population=table.population,
    )
