"""The whole measurement: enrol, try, count."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np

from takeback.bench.derivative import figures as count
from takeback.bench.derivative.bank import PART, Enrolled, build_index, enrol_all
from takeback.bench.derivative.cost import PHOTOGRAPHS, costs
from takeback.bench.derivative.extraction import extraction
from takeback.bench.derivative.marked import marked_figures
from takeback.bench.derivative.resumed import kept_in, whole_lines
from takeback.bench.derivative.trials import Kind, Trial, Trials, Tried
from takeback.bench.overlays import EACH
from takeback.bench.photographs import album, shuffled
from takeback.bench.result import BenchResult, Figure
from takeback.matching.near_duplicates import close_pairs
from takeback.model.finding import Evidence
from takeback.model.signal import LOW_QUALITY

SIZE = 300
_SKIPPED = frozenset({"orientation"})
"""One picture in 8 orientations: exempt from being distinct."""
RENDERED = 500
"""Second exposures with parallax that are rendered, at most."""
_EACH = 3
_BURSTS = 5
_ONE_IN = 3
_NAMED = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """How much is measured.

    ``photographs`` to enrol, ``attacked`` edits to try (0 is three for each photograph), ``rendered`` second exposures
    and a fifth as many bursts, ``marked`` photographs on each side for each kind of mark, and how many are enrolled
    where a query is timed (``large``). ``itself`` photographs are looked for as they are (0 is all).
    """

    photographs: int = SIZE
    attacked: int = 0
    itself: int = 0
    rendered: int = RENDERED
    marked: int = EACH
    large: int = PHOTOGRAPHS


def plan(
    enrolled: Sequence[Enrolled], seed: int, extent: Extent, *, series: frozenset[str] = frozenset()
) -> tuple[Trial, ...]:
    """Rendered second exposures, a fifth as many bursts, attacked photographs, and photographs as they are.

    Of those taken in a row one in three is looked for as it is: each of them has many to be compared with. The last
    kind comes last and in a drawn order, so that a run with fewer of them begins like one with more.
    """
    usable = [each.name for each in enrolled if not each.refused]
    eligible = [each.name for each in enrolled if not each.refused or each.large]
    trials: list[tuple[Kind, str]] = []
    for kind, most in ((Kind.SCENE, extent.rendered), (Kind.BURST, -(-extent.rendered // _BURSTS))):
        trials += [(kind, name) for name in _drawn(usable, seed)[:most]]
    order = _drawn(eligible, seed)
    attacked = extent.attacked or _EACH * len(usable)
    trials += [(Kind.ATTACKED, order[number % len(order)]) for number in range(attacked)]
    alone = [each for each in reversed(_drawn(usable, seed)) if each.partition("/")[0] not in series]
    in_a_row = [each for each in reversed(_drawn(usable, seed)) if each.partition("/")[0] in series]
    itself = _mixed(alone, in_a_row[:: _ONE_IN if len(in_a_row) > _ONE_IN else 1])
    trials += [(Kind.ITSELF, name) for name in itself[: extent.itself or len(itself)]]
    return tuple(
        Trial(number=number, kind=kind, photograph=name, donor=_donor(name, usable, [seed, number]))
        for number, (kind, name) in enumerate(trials)
    )


def _mixed(first: Sequence[str], second: Sequence[str]) -> list[str]:
    """Both lists, each in its order, the shorter one spread over the other."""
    places = [(number / max(1, len(each)), name) for each in (first, second) for number, name in enumerate(each)]
    return [name for _, name in sorted(places)]


def _drawn(names: Sequence[str], seed: int) -> list[str]:
    return [names[int(each)] for each in np.random.default_rng(seed).permutation(len(names))]


def _donor(name: str, usable: Sequence[str], seed: Sequence[int]) -> str:
    """Another photograph, whose texture replaces parts of this one."""
    place = int(np.random.default_rng(seed).integers(len(usable)))
    return usable[place] if usable[place] != name else usable[(place + 1) % len(usable)]


def carry_out(trials: Sequence[Trial], work: Path, seed: int) -> tuple[Tried, ...]:
    """What came of the trials; those that the work folder already knows are not carried out again."""
    kept = work / "trials.ndjson"
    done = {each.trial: each for each in whole_lines(kept, Tried)}
    left = [each for each in trials if each not in done]
    parts = [tuple(left[start : start + PART]) for start in range(0, len(left), PART)]
    stage = Trials(work=str(work), seed=seed)
    for number, lines in enumerate(kept_in(kept, stage, parts, lambda part: f"trials {part[0].number} and on")):
        done.update((each.trial, each) for each in lines)
        _tell(f"trials: {min((number + 1) * PART, len(left))} of {len(left)}")
    return tuple(done[each] for each in trials)


def _tell(line: str) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"\r{line} ")
        sys.stderr.flush()


def measure(
    extent: Extent,
    *,
    photos: Path | None,
    seed: int,
    series: frozenset[str] = frozenset(),
    copies: frozenset[frozenset[str]] = frozenset(),
    note: str = "",
    work: Path | None = None,
) -> BenchResult:
    """The figures over the enrolled photographs; attacks, donors and order follow from the seed.

    Photographs in a folder named in ``series`` were taken in a row; findings among them are counted apart, and the
    shares of falsely accused photographs are of the others. Pairs of names in ``copies`` are one photograph, as someone
    saw by eye, and no pair. With ``work``, a folder, an interrupted run resumes.
    """
    with tempfile.TemporaryDirectory(prefix="takeback-bench-") as spare:
        folder = Path(spare) if work is None else work
        folder.mkdir(parents=True, exist_ok=True)
        rng = np.random.default_rng(seed)
        source = album(photos, Path(spare) / "photographs")
        files = shuffled([path for path in source.files if path.parent.name not in _SKIPPED], rng)
        enrolled = enrol_all(files, folder, size=extent.photographs)
        usable = [each for each in enrolled if not each.refused]
        build_index(enrolled, folder)
        trials = plan(enrolled, seed, extent, series=series)
        tried = count.apart_from(carry_out(trials, folder, seed), copies)
        marked = marked_figures(usable, seed, folder, each=extent.marked)
        cost = costs(usable, folder, rng, photographs=extent.large)
        speed, speed_there = extraction(usable, rng)
    result = _result(enrolled, tried, {**marked, **cost, **speed}, seed=seed, series=series, note=note or source.origin)
    return _with_peer(result, "opencv_sift", speed_there, "extract_1mp_ms")


def _result(
    enrolled: Sequence[Enrolled],
    tried: Sequence[Tried],
    more: dict[str, Figure],
    *,
    seed: int,
    series: frozenset[str],
    note: str,
) -> BenchResult:
    usable = [each for each in enrolled if not each.refused]
    accused = count.false_findings(tried, series)
    peers = count.peer_recalls(tried)
    recalls = count.recalls(tried)
    return BenchResult(
        bench="derivative",
        seed=seed,
        n=len(usable),
        figures={
            **recalls,
            **count.falsehoods(accused, usable, tried, series),
            **_facts(enrolled, usable, tried),
            **_times(tried),
            **more,
        },
        peers=peers,
        ratios=_ratios(recalls, peers),
        note=f"{note}; recall is on benign edits, not on real fakes; {_named(accused)}",
    )


def _with_peer(result: BenchResult, peer: str, figures: dict[str, Figure], key: str) -> BenchResult:
    """The result with one more peer, and the ratio of ours to theirs for the key of both."""
    ours, theirs = result.figures[key].value, figures[key].value
    ratios = {f"{key}_vs_{peer}": ours / theirs} if ours is not None and theirs else {}
    return msgspec.structs.replace(result, peers={**result.peers, peer: figures}, ratios={**result.ratios, **ratios})


def _facts(enrolled: Sequence[Enrolled], usable: Sequence[Enrolled], tried: Sequence[Tried]) -> dict[str, Figure]:
    pairs = count.distinct_pairs(tried, len(usable))
    large = [each for each in enrolled if each.large]
    refused = sum(1 for each in large if each.refused)
    attacked = {
        frozenset((each.trial.photograph, seen.original))
        for each in tried
        if each.trial.kind is Kind.ATTACKED
        for seen in each.seen
        if seen.original != each.trial.photograph
    }
    compared = sum(1 for each in tried if each.trial.kind is Kind.ATTACKED and not each.refused) * (len(usable) - 1)
    return {
        "photographs": Figure(value=len(usable), unit="enrolled photographs", n=len(usable)),
        "refused_share": count.share(refused, len(large), "share of photographs of 480 pixels or more refused"),
        "distinct_pairs": Figure(value=pairs, unit="pairs of distinct photographs", n=pairs),
        "attacked_pairs": Figure(value=compared, unit="pairs of an edited photograph and another one", n=compared),
        "attacked_pairs_examined": Figure(value=len(attacked), unit="of them, distinct ones examined", n=compared),
        "not_findings": Figure(
            value=sum(
                1
                for each in tried
                for seen in each.seen
                if seen.original != each.trial.photograph
                and seen.evidence == Evidence.PIXELS.value
                and not seen.is_finding
            ),
            unit="candidates that came to no finding",
            n=len(tried),
        ),
        "hash_close_pairs": _close_pairs(usable),
    }


def _close_pairs(usable: Sequence[Enrolled]) -> Figure:
    """Pairs of distinct photographs whose hashes are within the distance."""
    words = np.array(
        [each.signals[0].words for each in usable if each.quality >= LOW_QUALITY], dtype=np.uint64
    ).reshape(-1, 4)
    close = sum(1 for _ in close_pairs(words, distance=count.DISTANCE))
    pairs = len(words) * (len(words) - 1) // 2
    return count.share(close, pairs, "pairs of distinct photographs within 31 bits")


def _times(tried: Sequence[Tried]) -> dict[str, Figure]:
    searched = [each for each in tried if each.query_s]
    return {
        "extract_ms": count.milliseconds(
            [each.extract_s for each in tried if each.extract_s], of=" a picture as tried"
        ),
        "query_ms_here": count.milliseconds([each.query_s for each in searched]),
        "examine_ms": count.milliseconds([seconds for each in searched for seconds in each.examine_s]),
    }


def _ratios(recalls: dict[str, Figure], peers: dict[str, dict[str, Figure]]) -> dict[str, float]:
    ours = recalls["recall_all"].value
    ratios = {}
    for peer, figures in peers.items():
        theirs = figures["recall_all"].value
        if ours is not None and theirs:
            ratios[f"recall_all_vs_{peer}"] = ours / theirs
    return ratios


def _named(accused: Sequence[count.Accused]) -> str:
    return "; ".join(_lists(accused))


def _lists(accused: Sequence[count.Accused]) -> Iterator[str]:
    pixels = [each for each in accused if each.evidence is Evidence.PIXELS]
    for words, kin in (("false pairs by pixels", False), ("pairs of one scene by pixels", True)):
        pairs = sorted({" ".join(sorted((each.by, each.original))) for each in pixels if each.kin is kin})
        more = f" and {len(pairs) - _NAMED} more" if len(pairs) > _NAMED else ""
        yield f"{words}: {pairs[:_NAMED]}{more}"
