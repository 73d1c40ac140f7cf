"""What holds a finding back: a part that other pictures may share, and a thing that moved instead of being replaced."""

from __future__ import annotations

from takeback.matching.elsewhere import Elsewhere
from takeback.matching.judgement import CAVEAT, Judgement
from takeback.matching.part import Shared
from takeback.model.finding import Conclusion

AWAY = "Only a part away from the person's region is shared: a mark, a frame, a screen or a collage would do this."
ONE_SIDE = (
    "What is shared is one part at one side or alone in what differs: a mark, a frame, a screen or a collage would do"
    " this."
)
LITTLE = (
    "Too little of it is found again to tell, without pixels, an alteration from a shared mark, frame, screen or"
    " collage."
)
TILED = (
    "What agrees repeats itself at one distance while the rest differs: a mark in tiles over the whole picture would do"
    " this."
)
FEW_BLOCKS = "So few blocks are found again that a movement would not be seen: the letters of a mark would do this."


def judge_part(judged: Judgement, part: Shared, *, told: bool = True, tiled: bool = False) -> Judgement:
    """A finding stays one only where the original is shared, and not merely a part that other pictures may share.

    Parameters:
        judged: the conclusion so far.
        part: how what is shared lies.
        told: whether a movement would be seen if there were one.
        tiled: whether what agrees may be a mark that repeats itself.
    """
    if not judged.conclusion.is_finding:
        return judged
    held_against = (
        (AWAY, part.in_place is False),
        (ONE_SIDE, part.is_part_alone),
        (LITTLE, part.is_too_little_to_estimate),
        (TILED, tiled),
        (FEW_BLOCKS, not told),
    )
    doubts = tuple(doubt for doubt, holds in held_against if holds)
    return _held_back(judged, Conclusion.UNDECIDED, *doubts) if doubts else judged


def judge_elsewhere(judged: Judgement, moved: Elsewhere | None) -> Judgement:
    """A derivative stays one only where what was replaced is gone."""
    if judged.conclusion is not Conclusion.DERIVATIVE or moved is None or not moved.is_certain:
        return judged
    found = (
        f"{moved.features} features of what differs are found again elsewhere and agree on a place of their own (score"
        f" {moved.score:.0f}): a thing that moved, or a camera that did."
    )
    return _held_back(judged, Conclusion.SAME_SCENE, found)


def _held_back(judged: Judgement, conclusion: Conclusion, *doubts: str) -> Judgement:
    kept = tuple(each for each in judged.reasons if each != CAVEAT)
    return Judgement(conclusion=conclusion, reasons=(*kept, *doubts))
