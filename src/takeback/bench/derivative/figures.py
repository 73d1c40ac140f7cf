"""From trials to figures: recall by attack and strength, false findings by kind of pair, peers, times."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import msgspec
import numpy as np

from takeback.bench.derivative.bank import Enrolled
from takeback.bench.derivative.trials import Kind, Seen, Trial, Tried
from takeback.bench.result import Figure
from takeback.matching.calibration import clopper_pearson
from takeback.model.finding import Conclusion, Evidence

DISTANCE = 31
LEAST_SHARE, LEAST_SIDE = 0.25, 160.0
"""Recall over all attacks counts trials in which so much survives, as share of the area and in pixels."""
_SMALL = 320.0
"""Recall is also given apart for what survives with a shorter side below this, in pixels, and from it on."""
_BANDS = (("low", 0.0, 1 / 3), ("mid", 1 / 3, 2 / 3), ("high", 2 / 3, 1.01))
_EDITS = "share of benign edits found"


def share(errors: int, n: int, unit: str) -> Figure:
    """A share with its exact 95 % interval."""
    low, high = clopper_pearson(errors, n) if n else (None, None)
    return Figure(value=errors / n if n else None, unit=unit, n=n, low=low, high=high)


def milliseconds(seconds: Sequence[float], *, of: str = "") -> Figure:
    """The median of processor seconds, with the 5th and 95th percentile, and what they were spent on."""
    unit = f"ms CPU{of}, median"
    if not seconds:
        return Figure(value=None, unit=unit, n=0)
    low, middle, high = (float(each) * 1e3 for each in np.quantile(seconds, (0.05, 0.5, 0.95)))
    return Figure(value=middle, unit=f"{unit}; 5th and 95th percentile", n=len(seconds), low=low, high=high)


# --- recall ---


def found(tried: Tried, evidence: Evidence = Evidence.PIXELS) -> bool:
    """Whether the photograph that the picture was made from was found."""
    conclusion = _conclusion(tried, evidence)
    return conclusion is not None and conclusion.is_finding


def told_right(tried: Tried) -> bool:
    """Whether it was called what it is: derivative where a part was replaced, copy elsewhere."""
    wanted = Conclusion.DERIVATIVE if tried.alters else Conclusion.COPY
    return _conclusion(tried) == wanted


def enough_survives(tried: Tried) -> bool:
    """Whether so much of the photograph is left that recall is promised."""
    return tried.surviving_share >= LEAST_SHARE and tried.surviving_side >= LEAST_SIDE


def family(tried: Tried) -> str:
    """The attack, or `chain` for several of them in a row."""
    names = [name for name, _ in tried.steps]
    return names[0] if len(names) == 1 else "chain"


def recalls(trials: Iterable[Tried]) -> dict[str, Figure]:
    """Recall over all attacks, by attack, by strength, for what survives too little, and with those refused."""
    attacked = [each for each in trials if each.trial.kind is Kind.ATTACKED]
    enrolled = [each for each in attacked if not each.refused]
    counted = [each for each in enrolled if enough_survives(each)]
    figures = {
        "recall_all": _recall(counted),
        "recall_all_with_refused": _recall([*counted, *(each for each in attacked if each.refused)]),
        **{
            f"recall_all_{words}_{_SMALL:.0f}_px": _recall(
                [each for each in counted if (each.surviving_side < _SMALL) is small]
            )
            for words, small in (("below", True), ("from", False))
        },
        "recall_little_survives": _recall([each for each in enrolled if not enough_survives(each)]),
        "recall_all_features": share(sum(found(each, Evidence.FEATURES) for each in counted), len(counted), _EDITS),
        "named_right": share(
            sum(told_right(each) for each in counted), len(counted), "share of edits, derivative or copy told right"
        ),
        **_missed(counted),
    }
    by_family: dict[str, list[Tried]] = defaultdict(list)
    for each in counted:
        by_family[family(each)].append(each)
    for name in sorted(by_family):
        figures[f"recall_{name}"] = _recall(by_family[name])
        if name != "chain":
            for band, low, high in _BANDS:
                inside = [each for each in by_family[name] if low <= each.steps[0][1] < high]
                figures[f"recall_{name}_{band}"] = _recall(inside)
    return figures


def _missed(counted: Sequence[Tried]) -> dict[str, Figure]:
    """Where the edits went that were not found: compared or not, and what was concluded."""
    came_to = Counter(_conclusion(each) for each in counted)
    return {
        f"missed_{where}": share(came_to[conclusion], len(counted), f"share of benign edits {words}")
        for where, conclusion, words in (
            ("not_compared", None, "of which the photograph was not even compared"),
            ("undecided", Conclusion.UNDECIDED, "listed as undecided, for a person to see to"),
            ("same_scene", Conclusion.SAME_SCENE, "taken for another photograph of the scene"),
        )
    }


def _conclusion(tried: Tried, evidence: Evidence = Evidence.PIXELS) -> Conclusion | None:
    """What comparing with the photograph that it was made from came to; None where that was not done."""
    own = (
        Conclusion(each.conclusion)
        for each in tried.seen
        if each.original == tried.trial.photograph and each.evidence == evidence.value
    )
    return next(own, None)


def _recall(trials: Sequence[Tried]) -> Figure:
    return share(sum(found(each) for each in trials), len(trials), _EDITS)


def peer_recalls(trials: Iterable[Tried]) -> dict[str, dict[str, Figure]]:
    """What PDQ within 31 bits and pairwise ORB find of the same edits; ORB at no false pair in this run."""
    counted = [
        each for each in trials if each.trial.kind is Kind.ATTACKED and not each.refused and enough_survives(each)
    ]
    least = 1 + max((each.orb_other for each in counted), default=0)
    sees: dict[str, Callable[[Tried], bool]] = {
        "pdq": lambda each: each.distance <= DISTANCE,
        "orb_pairwise": lambda each: each.orb >= least,
    }
    peers: dict[str, dict[str, Figure]] = {}
    for peer, hit in sees.items():
        figures = {"recall_all": share(sum(map(hit, counted)), len(counted), _EDITS)}
        for name in sorted({family(each) for each in counted}):
            inside = [each for each in counted if family(each) == name]
            figures[f"recall_{name}"] = share(sum(map(hit, inside)), len(inside), _EDITS)
        peers[peer] = figures
    peers["orb_pairwise"]["least_inliers"] = Figure(
        value=least, unit="inliers, one more than any unrelated pair of this run had", n=len(counted)
    )
    return peers


# --- false findings ---


def apart_from(trials: Iterable[Tried], copies: frozenset[frozenset[str]]) -> tuple[Tried, ...]:
    """The trials without what was seen of pairs that are one photograph, whatever their names."""
    return tuple(msgspec.structs.replace(each, seen=_without(each, copies)) for each in trials)


def _without(tried: Tried, copies: frozenset[frozenset[str]]) -> tuple[Seen, ...]:
    shown = _shown(tried.trial)
    return tuple(each for each in tried.seen if not any(frozenset((name, each.original)) in copies for name in shown))


def _shown(trial: Trial) -> list[str]:
    """The photographs that the picture was made of."""
    return [trial.photograph, trial.donor] if trial.kind is Kind.ATTACKED else [trial.photograph]


@dataclass(frozen=True, slots=True, kw_only=True)
class Accused:
    """One false finding: which picture's photographs, which enrolled photograph, by what, at which score."""

    by: str
    original: str
    evidence: Evidence
    score: float
    kind: Kind
    kin: bool
    """Whether both photographs were taken in a row, or the picture was rendered as a second exposure."""


def false_findings(trials: Iterable[Tried], series: frozenset[str]) -> tuple[Accused, ...]:
    """Every finding of a photograph that the picture was not made from."""
    return tuple(accused for tried in trials for accused in _accused(tried, series))


def _accused(tried: Tried, series: frozenset[str]) -> Iterable[Accused]:
    trial = tried.trial
    rendered = trial.kind in {Kind.SCENE, Kind.BURST}
    shown = _shown(trial)
    for seen in tried.seen:
        if not seen.is_finding or (seen.original in shown and not rendered):
            continue
        kin = next((each for each in shown if in_a_row(each, seen.original, series)), None)
        yield Accused(
            by=kin or trial.photograph,
            original=seen.original,
            evidence=Evidence(seen.evidence),
            score=seen.score,
            kind=trial.kind,
            kin=kin is not None or (rendered and seen.original == trial.photograph),
        )


def in_a_row(first: str, second: str, series: frozenset[str]) -> bool:
    """Whether both photographs are of one series: views of one place, frames of one drive."""
    folder = first.partition("/")[0]
    return folder in series and folder == second.partition("/")[0]


def looked_for(trials: Iterable[Tried]) -> frozenset[str]:
    """The photographs that were compared with the whole bank, edited or as they are."""
    return frozenset(
        each.trial.photograph for each in trials if each.trial.kind in {Kind.ATTACKED, Kind.ITSELF} and not each.refused
    )


def distinct_pairs(trials: Iterable[Tried], enrolled: int) -> int:
    """How many pairs of distinct photographs were compared; edits of one photograph make no new pair."""
    asked = len(looked_for(trials))
    return asked * (enrolled - 1) - asked * (asked - 1) // 2


def falsehoods(
    accused: Sequence[Accused], bank: Sequence[Enrolled], trials: Sequence[Tried], series: frozenset[str]
) -> dict[str, Figure]:
    """False findings: of unrelated photographs, of photographs taken in a row, of rendered second exposures."""
    asked = looked_for(trials)
    distinct = frozenset(each.name for each in bank if each.folder not in series and each.name in asked)
    in_series = sum(each.folder in series and each.name in asked for each in bank)
    pairs = distinct_pairs(trials, len(bank))
    figures: dict[str, Figure] = {}
    for evidence, suffix in ((Evidence.PIXELS, ""), (Evidence.FEATURES, "_features")):
        mine = [each for each in accused if each.evidence is evidence]
        unrelated = {frozenset((each.by, each.original)) for each in mine if not each.kin}
        named = distinct.intersection(name for pair in unrelated for name in pair)
        figures |= _unrelated(len(unrelated), len(named), pairs, len(distinct), suffix)
        figures |= _in_a_row(mine, asked, in_series, suffix)
        figures |= _rendered(mine, trials, suffix)
    return figures


def _unrelated(false: int, named: int, pairs: int, distinct: int, suffix: str) -> dict[str, Figure]:
    if not distinct:
        return {}
    low, high = clopper_pearson(named, distinct)
    unit = "share of photographs, upper end of the exact 95 % interval"
    return {
        f"false_findings{suffix}": Figure(value=false, unit="distinct pairs, attacked or not", n=pairs),
        f"false_photographs{suffix}": Figure(
            value=named,
            unit="photographs with at least one false finding",
            n=distinct,
            low=low * distinct,
            high=high * distinct,
        ),
        f"false_upper_bound{suffix}": Figure(value=high, unit=unit, n=distinct),
    }


def _in_a_row(mine: Sequence[Accused], asked: frozenset[str], photographs: int, suffix: str) -> dict[str, Figure]:
    """Another exposure of the place is no edit of the first."""
    if not photographs:
        return {}
    pairs = {frozenset((each.by, each.original)) for each in mine if each.kin and each.by != each.original}
    named = asked.intersection(name for pair in pairs for name in pair)
    low, high = clopper_pearson(len(named), photographs)
    return {
        f"false_series_pairs{suffix}": Figure(
            value=len(pairs),
            unit="distinct pairs of one series: views of one place, frames of one drive",
            n=photographs,
        ),
        f"false_scene_photographs{suffix}": Figure(
            value=len(named),
            unit="photographs of a series with at least one such finding",
            n=photographs,
            low=low * photographs,
            high=high * photographs,
        ),
    }


def _rendered(mine: Sequence[Accused], trials: Sequence[Tried], suffix: str) -> dict[str, Figure]:
    figures = {}
    for kind, name in ((Kind.SCENE, "scene"), (Kind.BURST, "burst")):
        n = sum(1 for each in trials if each.trial.kind is kind and not each.refused)
        errors = len({each.original for each in mine if each.kind is kind and each.by == each.original})
        unit = f"findings among simulated second exposures ({name})"
        low, high = clopper_pearson(errors, n) if n else (0.0, 1.0)
        figures[f"false_{name}_pairs{suffix}"] = Figure(value=errors, unit=unit, n=n, low=low * n, high=high * n)
    return figures
