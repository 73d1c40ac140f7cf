"""What the numbers of a comparison support, in plain words that claim no more."""

from __future__ import annotations

import math
from dataclasses import dataclass

from takeback.matching.alteration import Comparison
from takeback.matching.missing import FeatureComparison
from takeback.matching.motion import CERTAIN, Motion
from takeback.matching.registration import Registration
from takeback.model.finding import Conclusion

FINDING_SCORE = 6.0
"""From this -log10 NFA, over everything tested, a finding is possible."""
FEATURES_SCORE = 250.0
"""Without pixels the agreement must be much stronger: nothing else can tell a second photograph of a flat ground."""
_MATCHED = 8
_CLOSE_LIKENESS, _CLOSE_EXCESS, _WINDOW = 0.995, 1.15, 0.7
_MANY = 50
"""So many features agree in whatever was made from a photograph, where its blocks are not nearly the same."""
_STRONG, _STRONG_CERTAINTY, _STRONG_SEEN, _STRONG_EXCESS = 90.0, 1.6, 0.2, 1.0
"""Fewer are no doubt where they agree so strongly, and not a trace of a common movement shows that would be seen."""
_SAME_ONES, _SOME_ONES, _EXACT, _EXACTLY = 0.8, 0.35, 0.5, 0.04
"""Above what flat grounds that were photographed again, from nearby and from farther off, came to in earlier runs."""
_HARDLY_DIFFERS, _NEARLY_CLOSE, _NEARLY_EXCESS, _MORE, _ALONE_EXCESS = 0.05, 0.99, 0.75, 0.1, 1.1
_MUCH, _GROUND_EXCESS, _GROUND_CERTAINTY = 0.35, 0.95, 3.0
"""Two garments on one floor leave a third of it or more to compare, and each exposure has its own detail."""
_CLEARLY, _MOST, _ASIDE = 0.5, 0.9, 0.05
_COPY_LIKENESS, _COPY_SCATTER, _COPY_EXCESS, _COPY_STRAYS = 0.9975, 0.12, 1.3, 0.02
_STILL, _LOOSE, _LOOSE_TOGETHER, _LOOSE_ERRORS, _FINELY = 0.03, 1.6, 0.02, 2.4, 0.06
"""Up to so many pixels of common movement are a resampling's; and where places are loose, less is told."""
_PARTS_MOVED, _CARRIED = 0.01, 0.05
_SHARP, _SHARP_LIKENESS, _SHARP_EXCESS, _SHARP_STRAYS = 0.15, 0.85, 1.6, 0.05
"""A comparison that would have seen so small a movement needs no more than that none is seen."""
_WHOLE, _HARDLY = 0.97, 0.45
_CLEAR, _CLEAR_EXCESS = 0.996, 1.3
"""Where hardly anything else differs, places that scatter more than that are another exposure's."""
_BENT, _CROSSWISE, _LAID_FLAT, _WARPED_STRAYS, _WARPED_LIKENESS, _WARPED_EXCESS = 0.4, 0.45, 0.1, 0.06, 0.9975, 1.1
"""A sheet that is bent less, or one way mostly, or leaves more than compression does, may be a moved camera's."""
_SHEET_BLOCKS, _SHEET_DIFFERS = 100, 0.3
_BENT_FAR, _FAR_MOVED, _FAR_LAID_FLAT, _FAR_STRAYS = 2.0, 0.08, 0.12, 0.12
"""What is bent so far both ways lies flat less exactly."""
_SCENE_TOGETHER = 0.1
_SCENE_SCATTER, _SCENE_EXCESS, _SCENE_STRAYS = 0.3, 3.0, 0.2
_MOVED, _MOVED_IN_DOUBT, _TOGETHER_FEATURES = 0.20, 0.08, 2.5
_SURVIVING = 0.05
_ALTERED = 0.012
_RATE = 0.30
_OVERALL = 0.18
_CORNERS = 0.5
_CELLS_ALTERED = 0.03
_CELLS_SURVIVING = 0.12

CAVEAT = (
    "A second photograph taken at the same moment from the same spot could agree as well, and so could a picture that"
    " only shares a part with this one (half of a collage, an inset, a screen, a backdrop); the comparison cannot rule"
    " that out."
)


@dataclass(frozen=True, slots=True)
class _Bound:
    """Least likeness, and what it may come with: noise lowers the likeness and leaves the places."""

    likeness: float
    excess: float
    scatter: float
    strays: float
    blocks: int = _MATCHED

    def holds(self, exact: Registration) -> bool:
        """Whether blocks agree within this bound."""
        return (
            exact.matched >= self.blocks
            and exact.likeness >= self.likeness
            and exact.excess <= self.excess
            and exact.scatter <= self.scatter
            and exact.strays <= self.strays
        )


_EXPLAINED = (
    _Bound(0.91, 0.9, 0.2, 0.005, blocks=100),
    _Bound(0.94, 0.8, 0.25, 0.03),
    _Bound(0.955, 1.0, 0.2, 0.01, blocks=100),
    _Bound(0.97, 1.3, 0.25, 0.03),
    _Bound(0.985, 1.6, 0.25, 0.03),
    _Bound(0.99, 2.2, 0.15, 0.03),
    _Bound(0.995, 1.2, 0.1, 0.1, blocks=50),
    _Bound(0.995, 2.2, 0.15, 0.06),
)
"""What recompression, noise and blur explain; the fewer blocks and the rougher, the nearer they must keep."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """How two pictures were aligned.

    ``bend`` and ``crosswise`` say how far a bent sheet had to be laid flat, in pixels along the direction of most and
    of least; ``goes_on`` how strongly the picture goes on beyond the original's frame, from 0 to 1.
    ``covered`` is a share of the original's area, ``beyond`` the share of the picture outside the original's frame.
    ``inliers`` is how many local features agree on the alignment, ``score`` how strongly, as -log10 NFA, ``again`` the
    share of the original's features that is found again of those that the picture could show.
    """

    inliers: int
    again: float
    bend: float
    crosswise: float
    goes_on: float
    covered: float
    beyond: float
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """A conclusion and its reasons."""

    conclusion: Conclusion
    reasons: tuple[str, ...]


def percent(share: float) -> str:
    """A share as a whole percentage; small ones as such."""
    return f"{share:.0%}" if share >= 0.01 or share == 0 else "less than 1%"  # noqa: PLR2004 - one percent


def too_weak(score: float, threshold: float) -> Judgement:
    """Undecided: the agreement could be chance."""
    reason = (
        f"The features agree with a score of {score:.1f}, below the {threshold:.0f} from which a finding is possible."
    )
    return Judgement(conclusion=Conclusion.UNDECIDED, reasons=(reason,))


def _went_together(motion: Motion) -> bool:
    """Whether neighbours moved together, beyond a resampling and beyond doubt."""
    return motion.together > _STILL and motion.certainty > CERTAIN


def _moves(exact: Registration) -> bool:
    """Whether parts moved, as in another exposure: neighbours together, or what differs a little way off."""
    return _went_together(exact.motion) or exact.motion.moved > _PARTS_MOVED or exact.carried > _CARRIED


def _is_steady(exact: Registration) -> bool:
    """Whether nothing moved, and the places are not so loose that less than certain movements count."""
    motion = exact.motion
    hardly_told = motion.seen_from > _FINELY or (motion.together > _LOOSE_TOGETHER and motion.certainty > _LOOSE_ERRORS)
    return not (exact.excess > _LOOSE and hardly_told) and not _moves(exact)


def _is_scene(exact: Registration) -> bool:
    """Whether parts moved far, or blocks scatter far beyond what their own differences explain."""
    far = exact.motion.together > _SCENE_TOGETHER or exact.motion.moved > _PARTS_MOVED or exact.carried > _CARRIED
    loose = exact.strays > _SCENE_STRAYS or (exact.scatter > _SCENE_SCATTER and exact.excess > _SCENE_EXCESS)
    return loose or (far and _moves(exact))


def _is_warped(exact: Registration, fit: Fit, differing: float) -> bool:
    """Whether a sheet that is bent both ways, as no moved camera bends one, lies flat block by block.

    A sheet follows few blocks wherever they are, and what stood on a cloth or a floor differs.
    """
    if exact.matched < _SHEET_BLOCKS or differing > _SHEET_DIFFERS:
        return False
    if fit.goes_on or fit.bend <= _BENT or fit.crosswise <= _CROSSWISE * fit.bend or exact.carried > _CARRIED:
        return False
    motion = exact.motion
    if fit.bend > _BENT_FAR:
        flat = motion.together <= _FAR_LAID_FLAT and motion.moved <= _FAR_MOVED and exact.strays <= _FAR_STRAYS
        return flat and exact.likeness >= _WARPED_LIKENESS
    flat = motion.together <= _LAID_FLAT and motion.moved <= _PARTS_MOVED and exact.strays <= _WARPED_STRAYS
    return flat and exact.likeness >= _WARPED_LIKENESS and exact.excess <= _WARPED_EXCESS


def _is_copied(exact: Registration, fit: Fit) -> bool:
    if exact.strays > _COPY_STRAYS:
        return False
    whole = fit.covered >= _WHOLE and fit.goes_on <= _HARDLY
    if whole and exact.likeness >= _CLOSE_LIKENESS and exact.excess <= _CLOSE_EXCESS:
        return True
    in_place = exact.scatter <= _COPY_SCATTER and exact.excess <= _COPY_EXCESS
    return exact.likeness >= _COPY_LIKENESS and in_place


def _are_few_enough(exact: Registration, fit: Fit, differing: float) -> bool:
    """Whether few agreeing features are no doubt.

    They are one in a picture that shows the whole frame and nothing else, unless its blocks sit exactly. Where blocks
    are not nearly the same they are none only if hardly anything differs in a picture that shows the whole and more,
    or hardly anything but what was replaced, or if they agree strongly round what was replaced and no block so much as
    leans with another: where nothing was replaced a flat ground would do that. Few are enough where they are nearly
    all that there are, or where hardly anything differs and each block sits as exactly as in a file saved again.
    """
    if fit.again >= _SAME_ONES or (
        differing <= _HARDLY_DIFFERS and exact.excess <= _EXACT and exact.scatter <= _EXACTLY
    ):
        return True
    motion = exact.motion
    untouched = motion.certainty <= _STRONG_CERTAINTY and motion.seen_from <= _STRONG_SEEN
    if differing > _HARDLY_DIFFERS and fit.score >= _STRONG and untouched and exact.excess <= _STRONG_EXCESS:
        return True
    alone = fit.covered >= _MOST and fit.beyond <= _MORE
    if differing <= _HARDLY_DIFFERS and alone and (exact.excess > _ALONE_EXCESS or exact.likeness < _CLOSE_LIKENESS):
        return False
    if exact.likeness >= _CLOSE_LIKENESS:
        return True
    in_more = fit.covered >= _MOST and differing <= _HARDLY_DIFFERS and fit.again >= _SOME_ONES
    if in_more and exact.motion.seen_from <= _SHARP and exact.likeness >= _SHARP_LIKENESS:
        return True
    return exact.likeness >= _NEARLY_CLOSE and exact.excess <= _NEARLY_EXCESS and math.isfinite(exact.motion.error)


def _is_this_one(exact: Registration, fit: Fit, differing: float) -> bool:
    """Whether blocks agree in place and detail as only this photograph's own do.

    Nothing may have moved. A picture that goes on beyond the frame must agree as a copy does: this is what a camera
    that turned, or moved a little, leaves of another exposure. Where each of the two shows the place beyond the other,
    neither was made from the other. Of a flat ground (a floor, a wall) that was photographed again the blocks keep
    their places; few of its features are the same ones, and what stood on it differs. ``differing`` is a share of what
    is covered.
    """
    if fit.goes_on > _CLEARLY and fit.covered < _MOST:
        return False
    if fit.inliers < _MANY and not _are_few_enough(exact, fit, differing):
        return False
    if fit.bend:
        return _is_warped(exact, fit, differing)
    if not _is_steady(exact) or _may_be_ground_alone(exact, differing):
        return False
    return _is_copied(exact, fit) if fit.goes_on else _is_explained(exact, fit)


def _may_be_ground_alone(exact: Registration, differing: float) -> bool:
    """Whether so much differs, and the rest sits so loosely, that it may be one ground under two things."""
    if differing <= _MUCH:
        return False
    loose = exact.likeness < _CLOSE_LIKENESS and exact.excess > _GROUND_EXCESS
    return loose or exact.motion.certainty > _GROUND_CERTAINTY


def _is_explained(exact: Registration, fit: Fit) -> bool:
    """Whether what differs is explained by noise and compression, which leave the places."""
    if exact.motion.seen_from <= _SHARP:
        return exact.likeness >= _SHARP_LIKENESS and exact.excess <= _SHARP_EXCESS and exact.strays <= _SHARP_STRAYS
    if exact.likeness >= _CLEAR and exact.excess > _CLEAR_EXCESS:
        return False
    window = fit.covered < _WINDOW or (fit.covered < _MOST and fit.beyond > _ASIDE)
    close = exact.likeness >= _CLOSE_LIKENESS or exact.excess <= _CLOSE_EXCESS
    return (close or not window) and any(bound.holds(exact) for bound in _EXPLAINED)


def _movement(exact: Registration) -> str:
    """What moved, or what would have been seen to."""
    motion = exact.motion
    told = ""
    if _went_together(motion):
        told += f" Neighbouring blocks moved together, by {motion.together:.2f} pixels."
    elif math.isfinite(motion.error):
        told += f" No common movement of neighbouring blocks is seen; one of {motion.seen_from:.2f} pixels would be."
    if exact.carried > _CARRIED:
        told += f" {percent(exact.carried)} of what differs is found again a little way off."
    return told


def judge_pixels(comparison: Comparison, fit: Fit, *, altered: float, overlay: float, surviving: float) -> Judgement:
    """The conclusion from pixels.

    Parameters:
        comparison: of the two pictures after alignment.
        fit: how they were aligned.
        altered, overlay, surviving: shares of the original's area.
    """
    covered, beyond = fit.covered, fit.beyond
    exact = comparison.registration
    found = (
        f"{exact.matched} of {exact.blocks} textured blocks are found again"
        f" with a median correlation of {exact.likeness:.3f}."
    )
    if exact.matched < _MATCHED or surviving < _SURVIVING:
        doubt = f"{percent(surviving)} of the original is found again with structure: too little to conclude from."
        return Judgement(conclusion=Conclusion.UNDECIDED, reasons=(found, doubt))
    places = (
        f"Their places scatter by {exact.scatter:.2f} pixels at the size compared, and"
        f" {percent(max(exact.strays, exact.motion.moved))} of them sit a pixel or more elsewhere than one flat"
        " picture allows."
    )
    places += _movement(exact)
    this_one = _is_this_one(exact, fit, altered / max(covered, 1e-9))
    if not this_one and _is_scene(exact):
        scene = "This is what another photograph of the same place or thing looks like."
        return Judgement(conclusion=Conclusion.SAME_SCENE, reasons=(found, places, scene))
    if not this_one:
        doubt = "The agreement is too loose to tell this photograph from another one of the same place or thing."
        more = ("The picture shows more of the place beyond the original's frame.",) if fit.goes_on else ()
        return Judgement(conclusion=Conclusion.UNDECIDED, reasons=(found, places, *more, doubt))
    survives = f"{percent(surviving)} of the original's area is found again with its structure."
    if covered < _CORNERS and beyond > 1 - _CORNERS:
        doubt = (
            f"The frames overlap in {percent(covered)} of the original and {percent(1 - beyond)} of the picture only:"
        )
        thing = f"{doubt} a thing that both of them show would do this."
        return Judgement(conclusion=Conclusion.UNDECIDED, reasons=(found, places, survives, thing))
    reasons = [found, places, survives]
    if covered < 0.97:  # noqa: PLR2004 - the frame's rim may be lost to alignment
        reasons.append(f"The picture covers {percent(covered)} of the original's frame.")
    if overlay:
        reasons.append(f"Marks on top (text, watermark, bar or frame) cover {percent(overlay)} of the original.")
    replaced = altered - overlay
    if replaced >= _ALTERED * covered:
        reasons.append(f"{percent(replaced)} of the original's area shows something else in the picture.")
        return Judgement(conclusion=Conclusion.DERIVATIVE, reasons=(*reasons, CAVEAT))
    if replaced > 0:
        reasons.append(f"Other differences cover {percent(replaced)}, too little to call an alteration.")
    else:
        reasons.append("No other difference was found.")
    return Judgement(conclusion=Conclusion.COPY, reasons=(*reasons, CAVEAT))


def judge_features(comparison: FeatureComparison, *, moved: float, together: float) -> Judgement:
    """The conclusion from features alone.

    Parameters:
        comparison: of the two pictures' features.
        moved: share of near agreements that sit elsewhere.
        together: how many standard errors the common movement of neighbouring features is.
    """
    rate = f"Where the picture agrees, {percent(comparison.rate)} of the original's features are found again,"
    rate += f" {percent(comparison.overall)} over all that the picture covers."
    estimate = "There were no pixels to compare: areas are estimated from where expected features are missing."
    elsewhere = f"{percent(moved)} of what nearly agrees sits elsewhere than one flat picture allows."
    if together > _TOGETHER_FEATURES or moved > _MOVED:
        if moved <= _MOVED:
            elsewhere = f"Neighbouring features moved together, {together:.0f} times what their own errors would do."
        scene = "This is what another photograph of the same place or thing looks like."
        return Judgement(conclusion=Conclusion.SAME_SCENE, reasons=(rate, elsewhere, scene, estimate))
    if moved > _MOVED_IN_DOUBT:
        return Judgement(conclusion=Conclusion.UNDECIDED, reasons=(rate, elsewhere, estimate))
    if comparison.rate < _RATE or comparison.overall < _OVERALL or comparison.surviving < _CELLS_SURVIVING:
        doubt = "That is too few to tell this photograph from another one of the same place or thing."
        return Judgement(conclusion=Conclusion.UNDECIDED, reasons=(rate, doubt, estimate))
    if comparison.altered >= _CELLS_ALTERED and comparison.solid:
        missing = (
            f"Expected features are missing, and others stand there, in about {percent(comparison.altered)} of it."
        )
        return Judgement(conclusion=Conclusion.DERIVATIVE, reasons=(rate, missing, estimate, CAVEAT))
    if comparison.altered > 0:
        marks = (
            f"Expected features are missing in about {percent(comparison.altered)} of it, in no area thick enough to"
            " tell an alteration from marks on top."
        )
        return Judgement(conclusion=Conclusion.COPY, reasons=(rate, marks, estimate, CAVEAT))
    nothing = "No larger area was found where expected features are missing; small alterations would not be seen."
    return Judgement(conclusion=Conclusion.COPY, reasons=(rate, nothing, estimate, CAVEAT))


def direction(*, detail: float, covered: float, beyond: float, blur: float) -> str:
    """Which way round is supported, and by what.

    Parameters:
        detail: pixels of the picture for one of the original, by side.
        covered: share of the original's frame that the picture covers.
        beyond: share of the picture that lies outside the original's frame.
        blur: how much finer detail the original has, in working pixels.
    """
    if beyond > 0.05:  # noqa: PLR2004 - the picture shows what the original does not
        return "not tested"
    supports = []
    if detail < 0.8:  # noqa: PLR2004 - clearly fewer pixels
        supports.append("more resolution")
    elif blur >= 1.1:  # noqa: PLR2004 - beyond what one compression blurs
        supports.append("finer detail")
    if covered < 0.93:  # noqa: PLR2004 - clearly a smaller field
        supports.append("a wider field of view")
    return f"supported by {' and '.join(supports)} in the original" if supports else "not tested"
