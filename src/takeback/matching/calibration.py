"""How often findings err, from figures that `takeback bench derivative` measured."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from importlib import resources

import msgspec

from takeback.model.finding import Conclusion, ErrorRate, Evidence

_BITS = 200


class _Counted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """So many of so many, what is counted, and on what pictures."""

    errors: int
    n: int
    unit: str
    population: str


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The packaged figures: findings per evidence, ascending in score; and the hash match."""

    version: int
    measured_by: str
    seed: int
    findings: dict[str, list[tuple[float, _Counted]]]
    hash_match: _Counted


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
def _table() -> _Table:
    content = resources.files("takeback.matching").joinpath("error_rates.json").read_bytes()
    return msgspec.json.decode(content, type=_Table, strict=False)


def _rate(counted: _Counted) -> ErrorRate:
    low, high = clopper_pearson(counted.errors, counted.n)
    return ErrorRate(
        value=counted.errors / counted.n,
        n=counted.n,
        low=low,
        high=high,
        unit=counted.unit,
        population=counted.population,
    )


def error_rate(conclusion: Conclusion, evidence: Evidence, score: float) -> ErrorRate:
    """How often a finding of at least the tabulated score below ``score`` is false, as measured end to end.

    The same for every conclusion: only findings are counted, and what is no finding accuses nobody.
    """
    del conclusion
    rows = _table().findings[evidence.value]
    below = [counted for least, counted in rows if least <= score]
    return _rate(below[-1] if below else rows[0][1])


def hash_match_rate() -> ErrorRate:
    """How often two distinct photographs have PDQ hashes within 31 bits."""
    return _rate(_table().hash_match)
