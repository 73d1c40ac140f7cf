"""What a comparison supports, in plain sentences that claim no more than its figures do."""

from __future__ import annotations

from takeback.model.finding import Alignment, Alteration, Conclusion, ErrorRate, Finding, Match, PersonRegion

SAME_EXPOSURE = (
    "Proposition 1: the published picture and the ordinary photograph go back to the same exposure (one was made from "
    "the other, or both from a common source)."
)
INDEPENDENT = (
    "Proposition 2: the published picture was made independently of that photograph, and what agrees between them "
    "agrees by chance."
)
_PERSON = {
    PersonRegion.ALTERED: "The region marked by hand as showing the person is among the altered areas.",
    PersonRegion.SURVIVES: "The region marked by hand as showing the person survives in the published picture.",
    PersonRegion.UNTOUCHED: "Neither the altered nor the surviving area touches the region marked by hand as showing "
    "the person.",
    PersonRegion.NOT_MARKED: "No region was marked by hand as showing the person.",
}


def sentences(finding: Finding) -> tuple[str, ...]:
    """What supports a finding: both propositions, the figures, how often they err, and what was not tested."""
    return (SAME_EXPOSURE, INDEPENDENT, *paragraphs(finding))


def paragraphs(finding: Finding) -> tuple[str, ...]:
    """What is said of one finding below both propositions, in paragraphs."""
    examination = finding.examination
    measured = []
    if examination.alignment is not None:
        measured.append(_alignment(examination.alignment))
    if finding.hash_match is not None:
        measured.append(_hash_match(finding.hash_match))
    seen = [] if examination.alteration is None else [_alteration(examination.alteration)]
    seen.append(_PERSON[examination.person_region])
    seen.append(f"The figures support Proposition 1 over Proposition 2; the conclusion is {_conclusion(finding)}.")
    errs = (
        f"In the whole case {finding.comparisons:,} pairs of pictures were compared. How often such a comparison errs: "
        f"{error_rate(examination.error_rate)}"
    )
    left = f"Which of the two pictures came first: {examination.direction.rstrip('.')}. {_confirmed(finding)}"
    return tuple(each for each in (" ".join(measured), " ".join(seen), errs, left) if each)


def error_rate(rate: ErrorRate) -> str:
    """An error rate with its n, interval and population."""
    return (
        f"{rate.unit}, {percent(rate.value)} (n = {rate.n:,}, 95 % interval {percent(rate.low)} to "
        f"{percent(rate.high)}), measured on {rate.population.rstrip('.')}. On other kinds of pictures it may differ."
    )


def percent(share: float) -> str:
    """A share in per cent with two significant digits, never rounded up to all or down to nothing.

    Examples:
        >>> percent(0.3712), percent(0.0), percent(0.00012), percent(0.9999)
        ('37 %', '0 %', '0.012 %', '99.99 %')
    """
    hundredths = 100 * share
    if 99 < hundredths < 100:  # noqa: PLR2004  # the last per cent keeps its digits, so that almost all is not all
        return f"{hundredths:.4g} %"
    digits = f"{hundredths:.2g}"
    return f"{float(digits):f}".rstrip("0").rstrip(".") + " %"


def _alignment(alignment: Alignment) -> str:
    mirrored = ", once mirrored," if alignment.reflected else ""
    return (
        f"{alignment.inliers:,} distinctive points of the photograph are found again in the published picture at "
        f"places that one geometric transformation explains{mirrored}. If points agreed by chance alone, the expected "
        f"number of alignments as good as this one would be about 10 to the power {-alignment.score:.0f}."
    )


def _hash_match(match: Match) -> str:
    return (
        f"The perceptual hashes (PDQ) of the two pictures differ in {match.distance} of 256 bits (threshold "
        f"{match.threshold}). How often others match at it: {error_rate(match.false_match_rate)}"
    )


def _alteration(alteration: Alteration) -> str:
    marks = f", of which {percent(alteration.overlay_share)} are thin marks on top" if alteration.overlay_share else ""
    return (
        f"After alignment, {percent(alteration.share_altered)} of the photograph's area differs{marks}, and "
        f"{percent(alteration.share_surviving)} survives (compared in {alteration.evidence.value})."
    )


def _conclusion(finding: Finding) -> str:
    if finding.examination.conclusion is Conclusion.DERIVATIVE:
        return "'derivative': an altered form of the photograph"
    return "'copy': the photograph itself, perhaps cropped, re-compressed or marked on top"


def _confirmed(finding: Finding) -> str:
    if finding.confirmed_by is None:
        return "No person has confirmed this comparison yet."
    return "A person has looked at the figures and the drawing of this comparison and agrees with the conclusion."
