"""What the numbers of a comparison support, in plain words that claim no more."""

from __future__ import annotations

import math
from dataclasses import dataclass

from takeback.matching.exposure import CARRIED, MATCHED, Fit, is_scene, is_this_one, went_together
from takeback.matching.missing import FeatureComparison
from takeback.matching.registration import Registration
from takeback.model.finding import Conclusion

FINDING_SCORE = 6.0
"""From this -log10 NFA, over everything tested, a finding is possible."""
FEATURES_SCORE = 250.0
"""Without pixels the agreement must be much stronger: nothing else can tell a second photograph of a flat ground."""
_MOVED, _MOVED_IN_DOUBT, _TOGETHER_FEATURES = 0.20, 0.08, 2.5
_SURVIVING = 0.05
_ALTERED, _ALTERED_ROUGHLY = 0.012, 0.05
"""The least share that is called altered; more where a sheet was laid flat or both were compared at a smaller size."""
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
_AS_SHOWN = (
    " For this the original was brought into the picture's tones by one table a channel, and to its sharpness by one"
    " filter, both the same everywhere."
)
_SMALLER = (
    " For this both were compared at a smaller size, in which what single pixels have of their own is averaged away."
)


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


def _movement(exact: Registration) -> str:
    """What moved, or what would have been seen to."""
    motion = exact.motion
    told = ""
    if went_together(motion):
        told += f" Neighbouring blocks moved together, by {motion.together:.2f} pixels."
    elif math.isfinite(motion.error):
        told += f" No common movement of neighbouring blocks is seen; one of {motion.seen_from:.2f} pixels would be."
    if exact.carried > CARRIED:
        told += f" {percent(exact.carried)} of what differs is found again a little way off."
    return told


def _same(fit: Fit) -> str:
    """How many features are the same ones, where that was counted."""
    if fit.same is None:
        return ""
    return f" Both in one frame, {fit.same.found} of {fit.same.of} features are the same ones."


def _how(fit: Fit) -> str:
    """By which look, where it was not the first."""
    return (_SMALLER if fit.is_smaller else "") + (_AS_SHOWN if fit.again_looked else "")


def judge_pixels(exact: Registration, fit: Fit, *, altered: float, overlay: float, surviving: float) -> Judgement:
    """The conclusion from pixels.

    Parameters:
        exact: how exactly the two pictures register after alignment.
        fit: how they were aligned.
        altered, overlay, surviving: shares of the original's area.
    """
    covered, beyond = fit.covered, fit.beyond
    found = (
        f"{exact.matched} of {exact.blocks} textured blocks are found again"
        f" with a median correlation of {exact.likeness:.3f}."
    )
    if exact.matched < MATCHED or surviving < _SURVIVING:
        doubt = f"{percent(surviving)} of the original is found again with structure: too little to conclude from."
        return Judgement(conclusion=Conclusion.UNDECIDED, reasons=(found, doubt))
    places = (
        f"Their places scatter by {exact.scatter:.2f} pixels at the size compared, and"
        f" {percent(max(exact.strays, exact.motion.moved))} of them sit a pixel or more elsewhere than one flat"
        " picture allows."
    )
    places += _movement(exact) + _same(fit) + _how(fit)
    this_one = is_this_one(exact, fit, altered / max(covered, 1e-9))
    if not this_one and is_scene(exact):
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
    roughly = fit.is_smaller or fit.bend > 0
    if replaced >= (_ALTERED_ROUGHLY if roughly else _ALTERED) * covered:
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
