"""Whether blocks and features agree as only this photograph's own do: what tells it from another exposure."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from takeback.matching.motion import CERTAIN, Motion
from takeback.matching.registration import Registration
from takeback.matching.same_features import SameFeatures

MATCHED = 8
_CLOSE_LIKENESS, _CLOSE_EXCESS, _WINDOW = 0.995, 1.15, 0.7
_MANY = 50
"""So many features agree in whatever was made from a photograph, where its blocks are not nearly the same."""
_SAME_SHARE, _SAME_EXACT, _SAME_EXCESS = 0.6, 0.45, 0.9
"""So many of the features of both views in one frame are the same ones; fewer where each block sits well."""
_STRONG, _STRONG_CERTAINTY, _STRONG_SEEN, _STRONG_EXCESS = 90.0, 1.6, 0.2, 1.0
"""Fewer are no doubt where they agree so strongly, and not a trace of a common movement shows that would be seen."""
_SAME_ONES, _SOME_ONES, _EXACT, _EXACTLY = 0.77, 0.35, 0.5, 0.04
"""Above what flat grounds that were photographed again, from nearby and from farther off, came to in earlier runs."""
_HARDLY_DIFFERS, _MORE, _ALONE_EXCESS = 0.05, 0.1, 1.1
_NEARLY_CLOSE = ((0.99, 0.75), (0.992, 1.0))
"""Likeness from which, and excess up to which, blocks are nearly the same."""
_BESIDES, _BESIDES_AGAIN = 0.2, 0.45
"""In a picture that shows more, so much may differ where so many features are the same ones."""
_MUCH, _LOOSE_MUCH, _GROUND_EXCESS, _GROUND_CERTAINTY = 0.35, 0.25, 0.95, 3.0
"""Two garments on one floor leave a third of it or more to compare, and each exposure has its own detail."""
_ROUGH_MUCH, _ROUGH_LIKENESS, _ROUGH_CERTAINTY = 0.2, 0.98, 2.0
"""Less need differ, and lean, where blocks are rough: no edit that earlier runs found came near."""
_SAVED_LIKENESS, _SAVED_EXCESS = 0.999, 0.75
"""What a file that was saved again comes to; no second exposure came near in earlier runs."""
_CLEARLY, _MOST, _ASIDE = 0.5, 0.9, 0.05
_COPY_LIKENESS, _COPY_SCATTER, _COPY_EXCESS, _COPY_STRAYS = 0.9975, 0.12, 1.3, 0.02
_STILL, _LOOSE, _LOOSE_TOGETHER, _LOOSE_ERRORS, _FINELY = 0.03, 1.6, 0.02, 2.4, 0.06
"""Up to so many pixels of common movement are a resampling's; and where places are loose, less is told."""
_LEANS, _LEANS_ERRORS, _LEANS_EXCESS = 0.02, 3.0, 0.9
"""Blocks that lean together hardly more than a resampling's, and that sit looser than their looks allow."""
_PARTS_MOVED, CARRIED = 0.01, 0.05
_CERTAIN_AGAIN, _STRAYS_AGAIN = 4.0, 0.03
"""A second look chose what agrees better: a common movement counts from fewer errors on, and fewer blocks may stray."""
_CERTAIN_SMALLER, _SEEN_SMALLER, _EXCESS_SMALLER = 3.5, 0.25, 1.2
"""At a smaller size a movement is smaller as well: its errors add to those at the first, and each block sits better."""
_BLUNT, _BLUNT_ERRORS, _BLUNT_BLOCKS = 0.06, 4.0, 20
"""From what movement on a comparison is blunt, and up to how many errors it leaves open that nothing moved."""
_AGAIN_LIKENESS, _AGAIN_EXCESS, _AGAIN_FOUND = 0.985, 0.8, 0.42
"""Blocks so unlike that sit so well, and features so few of which are found again, are a still camera's."""
_HOPE_LIKENESS, _HOPE_EXCESS, _HOPE_SCATTER, _HOPE_STRAYS, _HOPE_MOVED = 0.92, 2.5, 0.4, 0.12, 0.06
_LESS_UNLIKE, _LESS_EXCESS, _LESS_SCATTER = 4.0, 1.6, 2.0
"""How much better a second look at a derivative agrees at most; hardly any other pair would agree then."""
_SHARP, _SHARP_LIKENESS, _SHARP_EXCESS, _SHARP_STRAYS = 0.15, 0.85, 1.6, 0.05
"""A comparison that would have seen so small a movement needs no more than that none is seen."""
_SHARPER, _FEW_BLOCKS = 0.1, 40
_WHOLE, _HARDLY = 0.97, 0.45
_CLEAR, _CLEAR_EXCESS = 0.996, 1.3
"""Where hardly anything else differs, places that scatter more than that are another exposure's."""
_BENT = 0.4
_SHEET_BLOCKS, _SHEET_DIFFERS = 100, 0.3
_SCENE_TOGETHER = 0.1
_SCENE_SCATTER, _SCENE_EXCESS, _SCENE_STRAYS = 0.3, 3.0, 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """How two pictures were aligned.

    ``bend`` and ``crosswise`` say how far a bent sheet had to be laid flat, in pixels along the direction of most and
    of least; ``goes_on`` how strongly the picture goes on beyond the original's frame, from 0 to 1.
    ``covered`` is a share of the original's area, ``beyond`` the share of the picture outside the original's frame.
    ``inliers`` is how many local features agree on the alignment, ``score`` how strongly, as -log10 NFA, ``again`` the
    share of the original's features that is found again of those that the picture could show, ``same`` those of both
    views in one frame, where they were counted because few agree. ``again_looked`` says that it is a second look's.
    ``leaned`` is, of a look at a smaller size, how many errors the common movement was at the first size; else None.
    """

    inliers: int
    again: float
    bend: float
    crosswise: float
    goes_on: float
    covered: float
    beyond: float
    score: float
    same: SameFeatures | None = None
    again_looked: bool = False
    leaned: float | None = None

    @property
    def is_smaller(self) -> bool:
        """Whether this is a look's at a smaller size."""
        return self.leaned is not None

    @property
    def is_first(self) -> bool:
        """Whether this is the look that every pair gets."""
        return not (self.again_looked or self.is_smaller)


@dataclass(frozen=True, slots=True)
class _Bound:
    """Least likeness, and what it may come with: noise lowers the likeness and leaves the places."""

    likeness: float
    excess: float
    scatter: float
    strays: float
    blocks: int = MATCHED

    def holds(self, exact: Registration) -> bool:
        """Whether blocks agree within this bound."""
        return (
            exact.matched >= self.blocks
            and exact.likeness >= self.likeness
            and exact.excess <= self.excess
            and exact.scatter <= self.scatter
            and exact.strays <= self.strays
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Warp:
    """How far a sheet must have been bent, in pixels and crosswise in shares of that, and how flat it then lies."""

    bend: float
    crosswise: float
    likeness: float
    excess: float
    strays: float
    moved: float
    together: float

    def holds(self, exact: Registration, fit: Fit) -> bool:
        """Whether a sheet is bent so far and lies so flat."""
        motion = exact.motion
        still = motion.moved <= self.moved and motion.together <= self.together
        placed = exact.excess <= self.excess and exact.strays <= self.strays and exact.likeness >= self.likeness
        return fit.bend > self.bend and fit.crosswise > self.crosswise * fit.bend and still and placed


_WARPS = (
    _Warp(bend=0.4, crosswise=0.5, likeness=0.998, excess=0.8, strays=0.01, moved=0.0, together=0.03),
    _Warp(bend=1.0, crosswise=0.45, likeness=0.9975, excess=1.1, strays=0.02, moved=0.01, together=0.05),
    _Warp(bend=1.5, crosswise=0.3, likeness=0.998, excess=1.1, strays=0.01, moved=0.0, together=0.03),
    _Warp(bend=2.0, crosswise=0.7, likeness=0.995, excess=1.0, strays=0.02, moved=0.01, together=0.05),
    _Warp(bend=2.0, crosswise=0.45, likeness=0.9975, excess=2.2, strays=0.1, moved=0.02, together=0.05),
)
"""What no moved camera does: it bends a picture little, or one way mostly, or leaves more than compression does.

A scene whose depths change gently lies flat after a bend of less than a pixel as well: then hardly anything may be
left. Of what is bent far either the likeness or the places may be those that compression leaves. Other exposures that
lay as flat were bent by less than 0.9, or had a likeness below 0.997 where blocks strayed, or went on beyond the frame.
"""
_SHARPER_BOUND = _Bound(0.99, 2.0, 0.25, 0.03, blocks=100)
"""Where hardly anything differs and a still smaller movement would have been seen, rougher places are a screen's."""
_EXPLAINED = (
    _Bound(0.91, 0.9, 0.2, 0.005, blocks=100),
    _Bound(0.94, 0.8, 0.25, 0.03),
    _Bound(0.955, 1.0, 0.2, 0.01, blocks=100),
    _Bound(0.97, 1.3, 0.25, 0.035),
    _Bound(0.985, 1.6, 0.25, 0.03),
    _Bound(0.99, 2.2, 0.15, 0.03),
    _Bound(0.995, 1.2, 0.1, 0.1, blocks=50),
    _Bound(0.995, 2.2, 0.15, 0.06),
)
"""What recompression, noise and blur explain; the fewer blocks and the rougher, the nearer they must keep."""


def went_together(motion: Motion) -> bool:
    """Whether neighbours moved together, beyond a resampling and beyond doubt."""
    return motion.together > _STILL and motion.certainty > CERTAIN


def _moves(exact: Registration) -> bool:
    """Whether parts moved, as in another exposure: neighbours together, or what differs a little way off."""
    return went_together(exact.motion) or exact.motion.moved > _PARTS_MOVED or exact.carried > CARRIED


def _is_steady(exact: Registration) -> bool:
    """Whether nothing moved, and the places are not so loose that less than certain movements count."""
    motion = exact.motion
    hardly_told = motion.seen_from > _FINELY or (motion.together > _LOOSE_TOGETHER and motion.certainty > _LOOSE_ERRORS)
    return not (exact.excess > _LOOSE and hardly_told) and not _moves(exact) and not _leans(exact)


def _leans(exact: Registration) -> bool:
    """Whether neighbours lean together, or against each other, where places are a little loose: a small movement."""
    motion = exact.motion
    leaning = abs(motion.together) > _LEANS and abs(motion.certainty) > _LEANS_ERRORS
    return leaning and exact.excess > _LEANS_EXCESS


def is_scene(exact: Registration) -> bool:
    """Whether parts moved far, or blocks scatter far beyond what their own differences explain."""
    far = exact.motion.together > _SCENE_TOGETHER or exact.motion.moved > _PARTS_MOVED or exact.carried > CARRIED
    loose = exact.strays > _SCENE_STRAYS or (exact.scatter > _SCENE_SCATTER and exact.excess > _SCENE_EXCESS)
    return loose or (far and _moves(exact))


def _is_warped(exact: Registration, fit: Fit, differing: float) -> bool:
    """Whether a sheet that is bent both ways, as no moved camera bends one, lies flat block by block.

    A sheet follows few blocks wherever they are, and what stood on a cloth or a floor differs.
    """
    if exact.matched < _SHEET_BLOCKS or differing > _SHEET_DIFFERS or fit.goes_on or exact.carried > CARRIED:
        return False
    return any(each.holds(exact, fit) for each in _WARPS)


def _is_copied(exact: Registration, fit: Fit) -> bool:
    if exact.strays > _COPY_STRAYS:
        return False
    whole = fit.covered >= _WHOLE and fit.goes_on <= _HARDLY
    if whole and exact.likeness >= _CLOSE_LIKENESS and exact.excess <= _CLOSE_EXCESS:
        return True
    in_place = exact.scatter <= _COPY_SCATTER and exact.excess <= _COPY_EXCESS
    return exact.likeness >= _COPY_LIKENESS and in_place


def _are_features_enough(exact: Registration, fit: Fit, differing: float) -> bool:
    """Whether so many features agree that they are no doubt, or few are none."""
    few = fit.inliers < _MANY
    if (few or fit.same is not None) and _are_few_blocks(exact, fit):
        return False
    return not few or _are_few_enough(exact, fit, differing)


def _are_few_blocks(exact: Registration, fit: Fit) -> bool:
    """Whether blocks are too few to tell from a smooth ground taken again.

    At a first look that would have seen a small movement they are not.
    """
    sharp_at_once = fit.is_first and exact.motion.seen_from <= _SHARPER
    return exact.matched < _FEW_BLOCKS and not sharp_at_once


def _are_few_enough(exact: Registration, fit: Fit, differing: float) -> bool:
    """Whether few agreeing features are no doubt.

    They are one in a picture that shows the whole frame and nothing else, unless its blocks sit exactly. Where blocks
    are not nearly the same they are none only if hardly anything differs in a picture that shows the whole and more,
    or hardly anything but what was replaced, or if they agree strongly round what was replaced and no block so much as
    leans with another: where nothing was replaced a flat ground would do that. Where much differs, as of two things on
    one floor, a small movement would have to be seen. Few are enough where they are nearly all that there are, or where
    hardly anything differs and each block sits as exactly as in a file saved again.
    """
    if fit.again >= _SAME_ONES or (
        differing <= _HARDLY_DIFFERS and exact.excess <= _EXACT and exact.scatter <= _EXACTLY
    ):
        return True
    motion = exact.motion
    if differing > _MUCH and motion.seen_from > _SHARP:
        return False
    untouched = motion.certainty <= _STRONG_CERTAINTY and motion.seen_from <= _STRONG_SEEN
    if differing > _HARDLY_DIFFERS and fit.score >= _STRONG and untouched and exact.excess <= _STRONG_EXCESS:
        return True
    alone = fit.covered >= _MOST and fit.beyond <= _MORE
    if differing <= _HARDLY_DIFFERS and alone and (exact.excess > _ALONE_EXCESS or exact.likeness < _CLOSE_LIKENESS):
        return False
    return _are_nearly_same(exact) or _is_in_more(exact, fit, differing)


def _are_nearly_same(exact: Registration) -> bool:
    """Whether blocks are the same, or nearly and no movement is seen that would be."""
    if exact.likeness >= _CLOSE_LIKENESS:
        return True
    nearly = any(exact.likeness >= likeness and exact.excess <= excess for likeness, excess in _NEARLY_CLOSE)
    return nearly and math.isfinite(exact.motion.error)


def _is_in_more(exact: Registration, fit: Fit, differing: float) -> bool:
    """Whether the picture shows the whole and more, hardly anything else differs, and enough features are the same."""
    hardly = differing <= _HARDLY_DIFFERS and fit.again >= _SOME_ONES
    same = hardly or (differing <= _BESIDES and fit.again >= _BESIDES_AGAIN)
    return same and fit.covered >= _MOST and exact.motion.seen_from <= _SHARP and exact.likeness >= _SHARP_LIKENESS


def is_this_one(exact: Registration, fit: Fit, differing: float) -> bool:
    """Whether blocks agree in place and detail as only this photograph's own do.

    Nothing may have moved. A picture that goes on beyond the frame must agree as a copy does: this is what a camera
    that turned, or moved a little, leaves of another exposure. Where each of the two shows the place beyond the other,
    neither was made from the other. Of a flat ground (a floor, a wall) that was photographed again the blocks keep
    their places; few of its features are the same ones, and what stood on it differs. ``differing`` is a share of what
    is covered.
    """
    if fit.goes_on > _CLEARLY and fit.covered < _MOST:
        return False
    if not _are_features_enough(exact, fit, differing):
        return False
    if not fit.is_first and not _agrees_at_later_look(exact, fit, differing):
        return False
    if fit.bend:
        return _is_warped(exact, fit, differing)
    if not _is_steady(exact) or _may_be_ground_alone(exact, differing) or _may_be_taken_again(exact, fit):
        return False
    return _is_copied(exact, fit) if fit.goes_on else _is_explained(exact, fit, differing)


def _agrees_at_later_look(exact: Registration, fit: Fit, differing: float) -> bool:
    """Whether less than a certain movement, and few strays, are left of what was chosen because it agrees better.

    Where much differs, as when two things lay on one floor, the blocks must be the same as well, and at a smaller size
    even then it may be one floor.
    """
    motion = exact.motion
    errors = motion.certainty
    blunt = exact.excess > _EXCESS_SMALLER or motion.seen_from > _SEEN_SMALLER
    if fit.is_smaller and (blunt or errors > _CERTAIN_SMALLER or differing > _BESIDES):
        return False
    moves = motion.together > _STILL and errors + max(fit.leaned or 0.0, 0.0) > _CERTAIN_AGAIN
    same = differing <= _BESIDES or exact.likeness >= _CLOSE_LIKENESS
    return same and not moves and exact.strays <= _STRAYS_AGAIN


def _may_be_ground_alone(exact: Registration, differing: float) -> bool:
    """Whether so much differs, and the rest sits so loosely, that it may be one ground under two things."""
    rough = exact.likeness < _ROUGH_LIKENESS and exact.motion.certainty > _ROUGH_CERTAINTY
    if differing > _ROUGH_MUCH and rough:
        return True
    if differing > _LOOSE_MUCH and exact.likeness < _CLOSE_LIKENESS and exact.excess > _GROUND_EXCESS:
        return True
    if differing <= _MUCH or (exact.likeness >= _SAVED_LIKENESS and exact.excess <= _SAVED_EXCESS):
        return False
    return exact.motion.certainty > _GROUND_CERTAINTY


def _may_be_taken_again(exact: Registration, fit: Fit) -> bool:
    """Whether blocks keep their places better than their looks, as under a still camera that takes a ground again.

    What compression or noise changed moves blocks as far as it makes them unlike.
    """
    unlike = exact.likeness < _AGAIN_LIKENESS and exact.excess < _AGAIN_EXCESS and fit.again < _AGAIN_FOUND
    return unlike and exact.motion.seen_from <= _FINELY


def _is_explained(exact: Registration, fit: Fit, differing: float) -> bool:
    """Whether what differs is explained by noise and compression, which leave the places."""
    if exact.motion.seen_from <= _SHARP:
        if differing <= _HARDLY_DIFFERS and exact.motion.seen_from <= _SHARPER and _SHARPER_BOUND.holds(exact):
            return True
        return exact.likeness >= _SHARP_LIKENESS and exact.excess <= _SHARP_EXCESS and exact.strays <= _SHARP_STRAYS
    if exact.likeness >= _CLEAR and exact.excess > _CLEAR_EXCESS:
        return False
    window = fit.covered < _WINDOW or (fit.covered < _MOST and fit.beyond > _ASIDE)
    close = exact.likeness >= _CLOSE_LIKENESS or exact.excess <= _CLOSE_EXCESS
    return (close or not window) and any(bound.holds(exact) for bound in _EXPLAINED)


def shows_movement(exact: Registration, differing: float) -> bool:
    """Whether a movement would be seen if there were one, or hardly anything differs."""
    return differing <= _HARDLY_DIFFERS or math.isfinite(exact.motion.error)


def hinges_on_few(exact: Registration, fit: Fit, differing: float) -> bool:
    """Whether this would be the photograph but for how few features agree.

    Where much differs they may be a mark's: its letters are the same ones, however many. After a second look, which
    filtered the original, its features tell only where the blocks are the same.
    """
    if fit.inliers >= _MANY or differing > _BESIDES or is_this_one(exact, fit, differing):
        return False
    if fit.again_looked and exact.likeness < _CLOSE_LIKENESS:
        return False
    return is_this_one(exact, replace(fit, inliers=_MANY), differing)


def is_blunt(exact: Registration, fit: Fit) -> bool:
    """Whether a small movement would not have been seen, and none was: noise, a screen's raster, strong compression."""
    motion = exact.motion
    moved = motion.certainty > _BLUNT_ERRORS or motion.moved > _PARTS_MOVED or exact.carried > CARRIED or fit.bend > 0
    return exact.matched >= _BLUNT_BLOCKS and motion.seen_from > _BLUNT and not moved


def may_agree_better(exact: Registration, fit: Fit, differing: float) -> bool:
    """Whether this would be the photograph if its blocks agreed as much better as a second look can make them."""
    motion = exact.motion
    loose = exact.excess > _HOPE_EXCESS or exact.scatter > _HOPE_SCATTER or exact.strays > _HOPE_STRAYS
    if exact.likeness < _HOPE_LIKENESS or loose or motion.moved > _HOPE_MOVED or exact.carried > CARRIED:
        return False
    hoped = replace(
        exact,
        likeness=1 - (1 - exact.likeness) / _LESS_UNLIKE,
        excess=exact.excess / _LESS_EXCESS,
        scatter=exact.scatter / _LESS_SCATTER,
        strays=0.0,
        motion=replace(motion, together=0.0, moved=0.0),
    )
    fit = fit if fit.bend > _BENT else replace(fit, bend=0.0, crosswise=0.0)
    return is_this_one(hoped, fit, differing) or hinges_on_few(hoped, fit, differing)


def with_same(exact: Registration, fit: Fit, same: SameFeatures) -> Fit:
    """The fit with the features of both views in one frame, which count as agreeing where most of them do."""
    least = _SAME_EXACT if exact.excess <= _SAME_EXCESS else _SAME_SHARE
    inliers = max(fit.inliers, same.found) if same.share >= least else fit.inliers
    return replace(fit, inliers=inliers, same=same)
