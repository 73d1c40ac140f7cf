from __future__ import annotations

import pytest

from takeback.bench.derivative import figures
from takeback.bench.derivative.bank import Enrolled
from takeback.bench.derivative.trials import Kind, Seen, Trial, Tried
from takeback.model.finding import Conclusion, Evidence


def trial(photograph: str, *, number: int = 0, kind: Kind = Kind.ATTACKED, donor: str = "other/donor.jpg") -> Trial:
    return Trial(number=number, kind=kind, photograph=photograph, donor=donor)


def seen(original: str, conclusion: Conclusion, *, evidence: Evidence = Evidence.PIXELS, score: float = 20) -> Seen:
    return Seen(original=original, evidence=evidence.value, conclusion=conclusion.value, score=score)


def tried(photograph: str = "a/1.jpg", *seen_: Seen, kind: Kind = Kind.ATTACKED, **facts: object) -> Tried:
    given = {"steps": (("blur", 0.5),), "surviving_share": 1.0, "surviving_side": 600.0, **facts}
    return Tried(trial=trial(photograph, kind=kind), seen=seen_, **given)  # type: ignore[arg-type]  # a table of facts


def bank(*names: str) -> list[Enrolled]:
    return [Enrolled(name=name, path=name, width=640, height=480) for name in names]


def test_only_a_finding_of_the_own_photograph_counts_as_found() -> None:
    trials = [
        tried("a/1.jpg", seen("a/1.jpg", Conclusion.COPY)),
        tried("a/2.jpg", seen("a/2.jpg", Conclusion.UNDECIDED)),
        tried("a/3.jpg", seen("a/1.jpg", Conclusion.COPY)),
        tried("a/4.jpg", seen("a/4.jpg", Conclusion.COPY, evidence=Evidence.FEATURES)),
    ]
    recalls = figures.recalls(trials)
    assert recalls["recall_all"].value == 1 / 4
    assert recalls["recall_all_features"].value == 1 / 4
    assert recalls["recall_all"].low < 1 / 4 < recalls["recall_all"].high


def test_what_survives_too_little_is_counted_apart_and_refused_ones_as_missed() -> None:
    hit = seen("a/1.jpg", Conclusion.DERIVATIVE)
    trials = [
        tried("a/1.jpg", hit),
        tried("a/1.jpg", hit, surviving_share=0.2),
        tried("a/1.jpg", hit, surviving_side=120.0),
        tried("a/1.jpg", refused="blank", steps=()),
    ]
    recalls = figures.recalls(trials)
    assert (recalls["recall_all"].value, recalls["recall_all"].n) == (1.0, 1)
    assert (recalls["recall_little_survives"].value, recalls["recall_little_survives"].n) == (1.0, 2)
    assert (recalls["recall_all_with_refused"].value, recalls["recall_all_with_refused"].n) == (0.5, 2)


def test_small_pictures_are_also_counted_apart() -> None:
    trials = [
        tried("a/1.jpg", surviving_side=319.0),
        tried("a/1.jpg", seen("a/1.jpg", Conclusion.COPY), surviving_side=320.0),
        tried("a/1.jpg", surviving_side=100.0),
    ]
    recalls = figures.recalls(trials)
    assert (recalls["recall_all_below_320_px"].value, recalls["recall_all_below_320_px"].n) == (0.0, 1)
    assert (recalls["recall_all_from_320_px"].value, recalls["recall_all_from_320_px"].n) == (1.0, 1)


def test_strengths_and_chains_are_told_apart() -> None:
    hit = seen("a/1.jpg", Conclusion.COPY)
    trials = [
        tried("a/1.jpg", hit, steps=(("blur", 0.1),)),
        tried("a/1.jpg", steps=(("blur", 0.9),)),
        tried("a/1.jpg", hit, steps=(("blur", 0.9), ("crop", 0.1))),
    ]
    recalls = figures.recalls(trials)
    assert recalls["recall_blur_low"].value == 1
    assert recalls["recall_blur_high"].value == 0
    assert recalls["recall_chain"].n == 1


def test_what_was_not_found_is_counted_by_what_it_came_to() -> None:
    trials = [
        tried("a/1.jpg", seen("a/1.jpg", Conclusion.COPY)),
        tried("a/2.jpg", seen("a/2.jpg", Conclusion.UNDECIDED)),
        tried("a/3.jpg", seen("a/3.jpg", Conclusion.SAME_SCENE), seen("a/1.jpg", Conclusion.UNDECIDED)),
        tried("a/4.jpg", seen("a/4.jpg", Conclusion.UNDECIDED, evidence=Evidence.FEATURES)),
        tried("a/5.jpg", seen("a/1.jpg", Conclusion.UNDECIDED)),
        tried("a/6.jpg", surviving_share=0.1),
    ]
    recalls = figures.recalls(trials)
    missed = {name: recalls[f"missed_{name}"] for name in ("not_compared", "undecided", "same_scene")}
    assert {name: each.value for name, each in missed.items()} == {
        "not_compared": 2 / 5,
        "undecided": 1 / 5,
        "same_scene": 1 / 5,
    }
    assert sum(each.value or 0 for each in missed.values()) + (recalls["recall_all"].value or 0) == pytest.approx(1)


@pytest.mark.parametrize(
    ("alters", "conclusion", "right"),
    [
        (True, Conclusion.DERIVATIVE, 1),
        (True, Conclusion.COPY, 0),
        (False, Conclusion.COPY, 1),
        (False, Conclusion.DERIVATIVE, 0),
    ],
)
def test_a_conclusion_is_right_where_it_names_what_was_done(
    *, alters: bool, conclusion: Conclusion, right: int
) -> None:
    trials = [tried("a/1.jpg", seen("a/1.jpg", conclusion), alters=alters)]
    assert figures.recalls(trials)["named_right"].value == right


def test_a_pair_under_two_attacks_is_one_pair_and_two_photographs() -> None:
    wrong = seen("b/2.jpg", Conclusion.COPY)
    trials = [tried("a/1.jpg", wrong), tried("a/1.jpg", wrong), tried("b/2.jpg", seen("a/1.jpg", Conclusion.COPY))]
    trials.append(tried("b/3.jpg", kind=Kind.ITSELF, steps=()))
    photographs = bank("a/1.jpg", "b/2.jpg", "b/3.jpg", "b/4.jpg")
    counted = figures.falsehoods(figures.false_findings(trials, frozenset()), photographs, trials, frozenset())
    assert (counted["false_findings"].value, counted["false_findings"].n) == (1, 3 * 3 - 3)
    assert (counted["false_photographs"].value, counted["false_photographs"].n) == (2, 3), "of those looked for"


def test_the_donor_is_no_false_finding_and_its_series_is_counted_apart() -> None:
    series = frozenset({"drive"})
    trials = [
        tried("a/1.jpg", seen("other/donor.jpg", Conclusion.COPY)),
        tried("drive/1.jpg", seen("drive/2.jpg", Conclusion.COPY)),
    ]
    photographs = bank("a/1.jpg", "drive/1.jpg", "drive/2.jpg")
    counted = figures.falsehoods(figures.false_findings(trials, series), photographs, trials, series)
    assert counted["false_findings"].value == 0
    assert counted["false_photographs"].n == 1
    assert (counted["false_series_pairs"].value, counted["false_scene_photographs"].value) == (1, 1)


def test_two_names_of_one_photograph_are_no_pair_whichever_of_them_is_asked_for() -> None:
    copies = frozenset({frozenset(("a/1.jpg", "a/2.jpg"))})
    trials = [
        tried("a/1.jpg", seen("a/2.jpg", Conclusion.COPY), kind=Kind.ITSELF),
        tried("a/2.jpg", seen("a/1.jpg", Conclusion.COPY), seen("a/3.jpg", Conclusion.COPY), kind=Kind.ITSELF),
    ]
    assert len(figures.false_findings(trials, frozenset())) == 3
    (left,) = figures.false_findings(figures.apart_from(trials, copies), frozenset())
    assert (left.by, left.original) == ("a/2.jpg", "a/3.jpg")


def test_a_rendered_second_exposure_that_is_found_is_false() -> None:
    trials = [
        tried("a/1.jpg", seen("a/1.jpg", Conclusion.COPY), kind=Kind.SCENE, steps=()),
        tried("a/2.jpg", seen("a/2.jpg", Conclusion.SAME_SCENE), kind=Kind.SCENE, steps=()),
        tried("a/3.jpg", kind=Kind.ITSELF, steps=()),
    ]
    photographs = bank("a/1.jpg", "a/2.jpg", "a/3.jpg")
    counted = figures.falsehoods(figures.false_findings(trials, frozenset()), photographs, trials, frozenset())
    assert (counted["false_scene_pairs"].value, counted["false_scene_pairs"].n) == (1, 2)
    assert counted["false_findings"].value == 0
    assert counted["false_burst_pairs"].n == 0


def test_the_pairwise_peer_counts_only_above_every_unrelated_pair() -> None:
    trials = [tried("a/1.jpg", orb=30, orb_other=12, distance=20), tried("a/2.jpg", orb=12, orb_other=5, distance=90)]
    peers = figures.peer_recalls(trials)
    assert peers["orb_pairwise"]["least_inliers"].value == 13
    assert peers["orb_pairwise"]["recall_all"].value == 0.5
    assert peers["pdq"]["recall_all"].value == 0.5
