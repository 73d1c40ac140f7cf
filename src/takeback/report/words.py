"""Plain sentences that claim no more than the figures do, and the list of words that no report may use."""

from __future__ import annotations

import math
import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime

from takeback.model.finding import Alteration, Conclusion, ErrorRate, Evidence, Match, PersonRegion
from takeback.model.original import PackLevel
from takeback.report.content import ReportFinding

BANNED = (
    r"prov(?:e|es|ed|en|ing|able|ably)",
    r"proofs?",
    r"certain(?:ly|ty|ties)?",
    r"definit(?:e|ely|ive|ively)",
    r"undoubted(?:ly)?",
    r"(?:without|beyond)(?: any| a| all)?(?: reasonable| shadow of a)? doubt",
    r"guarantee(?:s|d|ing)?",
    r"conclusive(?:ly)?",
    r"(?:un|in)deniabl[ey]",
    r"irrefutabl[ey]",
    r"unquestionabl[ey]",
    r"infallibl[ey]",
    r"100 ?(?:%|per ?cent|percent) (?:sure|accurate|correct|reliable|safe|match)",
    r"(?:is|are|shows?|depicts?|contains?) (?:an? |the )?(?:intimate|nude|naked|sexual|undressed|pornographic)",
)
"""Patterns of what no report says: an error rate takes their place, or a named person's statement."""

_BANNED = re.compile(r"(?<![\w-])(?:" + "|".join(BANNED) + r")(?![\w])", re.IGNORECASE)
_WHOLE = 100.0
_LEAST = 0.0001


def check_words(text: str) -> tuple[str, ...]:
    """The banned words and phrases in a text, in order; empty where there are none."""
    return tuple(match.group(0) for match in _BANNED.finditer(" ".join(text.split())))


def visible(text: str) -> str:
    """The text with every control, format and unassigned character written as U+XXXX, so that none can act."""
    return "".join(each if _is_visible(each) else f"U+{ord(each):04X}" for each in text.replace("\r\n", "\n"))


def _is_visible(character: str) -> bool:
    return character == "\n" or unicodedata.category(character) not in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def percent(share: float) -> str:
    """A share in per cent with about two figures, that never rounds up to all or down to nothing."""
    value = share * _WHOLE
    if value in {0.0, _WHOLE}:
        return f"{value:.0f} %"
    if value < _LEAST:
        return f"under {_LEAST:f} %"
    if value > 99.9:  # noqa: PLR2004  # one digit after the point would round to all
        return "over 99.9 %"
    if value < 1:
        return f"{value:.{1 - math.floor(math.log10(value))}f} %"
    return f"{value:.1f} %" if value < 10 or value > 99 else f"{value:.0f} %"  # noqa: PLR2004  # about two figures


def typeset(text: str) -> str:
    """The text as it is set: nothing in it can act, per cent signs keep to their numbers, apostrophes are curved."""
    return re.sub(r"(?<=\d) %", "\u00a0%", visible(text)).replace("'", "\u2019")


def count(number: int, noun: str, plural: str | None = None) -> str:
    """A number with its noun: ``1 post``, ``1,200 posts``."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def noun(number: int, singular: str) -> str:
    """The noun that goes with a number which stands elsewhere."""
    return singular if number == 1 else f"{singular}s"


def unit_of(number: object, unit: str) -> str:
    """The unit that goes with a number: of one, its noun in the singular."""
    noun, of, rest = unit.partition(" named " if " named " in unit else " of ")
    single = number == 1 and noun.islower() and noun.endswith("s")
    return f"{noun[:-1] if single else noun}{of}{rest}"


def day(time: datetime | None) -> str:
    """A day as readers write it, or that none is recorded."""
    return "not recorded" if time is None else f"{time.day} {time:%B %Y}"


def instant(time: datetime | None) -> str:
    """A day and minute in UTC, or that none is recorded."""
    return "not recorded" if time is None else f"{time.day} {time:%B %Y, %H:%M} UTC"


def recorded(value: str | None) -> str:
    """What was written down, or "not recorded"."""
    return visible(value) if value and value.strip() else "not recorded"


def rate_words(rate: ErrorRate) -> str:
    """An error rate as it was counted: ``0 of 652 photographs; up to 0.56 % at 95 %``."""
    noun = rate.unit.split(" with ")[0].strip() or "trials"
    errors = round(rate.value * rate.n)
    upper = f"up to {percent(rate.high)} at 95 %"
    if errors == 0:
        return f"0 of {rate.n:,} {noun}; {upper}"
    between = f"between {percent(rate.low)} and {percent(rate.high)} at 95 %"
    return f"{errors:,} of {rate.n:,} {noun} ({percent(rate.value)}); {between}"


def rate_sentence(rate: ErrorRate) -> str:
    """How often it errs, counted in what, and on what kind of pictures."""
    if rate.n <= 1:
        return "No error rate has been measured for this version: nothing is known of how often it errs."
    reach = f" at a score of {rate.score:g} or more" if rate.score else ""
    compared = f", among {rate.pairs:,} distinct pairs" if rate.pairs else ""
    return (
        f"In tests it erred on {rate_words(rate)}. Counted were {visible(rate.unit)}{reach}{compared}. "
        f"Measured on: {visible(rate.population)}. Other kinds of pictures may behave differently."
    )


def _short_rate(rate: ErrorRate) -> str:
    """The rate with its n beside a finding; what was counted, and on which pictures, is said once for all of them."""
    if rate.n <= 1:
        return rate_sentence(rate)
    reach = f" at a score of {rate.score:g} or more" if rate.score else ""
    return (
        f"In tests{reach} it erred on {rate_words(rate)}. On which kind of pictures, and what that comes to among many "
        "pairs: see how sure that is."
    )


LARGE_CASE = (1_000, 104_852)
"""Photographs and pictures of the network of 2020, for which the model says what the rate would come to."""


def model_sentence(rate: ErrorRate, comparisons: int) -> str:
    """What the rate would come to among many pairs, if pairs erred independently: said to be a model."""
    if not rate.pairs:
        return "Model: none, because no number of distinct pairs was measured."
    photographs, pictures = LARGE_CASE
    return (
        "Model, not a measurement: if every pair erred alone and as often as the tests leave possible "
        f"(at most one pair in {1 / rate.pairs_high:,.0f}), up to {expected(rate, comparisons)} false findings "
        f"would be expected among the {count(comparisons, 'pair')} of this case, and up to "
        f"{expected(rate, photographs * pictures)} among {photographs:,} photographs and {pictures:,} pictures. "
        "It says nothing about any one finding."
    )


def expected(rate: ErrorRate, comparisons: int) -> str:
    """The number that the model expects at most, with two figures."""
    number = rate.pairs_high * comparisons
    return f"{number:,.0f}" if number >= 10 else f"{number:.2g}"  # noqa: PLR2004  # two figures


def score_sentence(score: float, inliers: int) -> str:
    """What the score of an alignment means."""
    power = f"{-score:,.1f}".replace("-", "minus ")
    return (
        f"Points that agree in one geometry: {inliers:,}. If points agreed at random, about 10 to the power of {power} "
        f"such agreements would be expected among all enrolled photographs (score {score:,.1f}). "
        "The figure says nothing about another picture of the same scene."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingWords:
    """A finding in sentences, one idea each."""

    heading: str
    summary: str
    made_from: str
    not_made_from: str
    weighing: str
    comparisons: str
    error_rate: str
    alteration: str
    person_region: str
    hash_match: str
    direction: str
    overlays: str
    confirmed: str
    not_shown: tuple[str, ...]


def finding_words(finding: ReportFinding) -> FindingWords:
    """The sentences of one finding; both propositions stand in them, whichever is supported."""
    examination = finding.finding.examination
    alignment = examination.alignment
    copy = examination.conclusion is Conclusion.COPY
    return FindingWords(
        heading=f"{finding.display}: {finding.media} and {finding.photograph}",
        summary=_summary(finding, copy=copy),
        made_from=f"{finding.media} was made from {finding.photograph}.",
        not_made_from=(
            f"{finding.media} was not made from {finding.photograph}: they agree by coincidence, "
            "show the same scene from two cameras or moments, or both come from a third picture."
        ),
        weighing=(
            "No alignment is recorded; the comparison does not say which of the two is better supported."
            if alignment is None
            else score_sentence(alignment.score, alignment.inliers)
        ),
        comparisons=(
            f"It is one of {count(finding.finding.comparisons, 'pair')} of photograph and media compared in this case; "
            "the more pairs are compared, the more chance agreements are to be expected."
        ),
        error_rate=_short_rate(examination.error_rate),
        alteration=_alteration(examination.alteration),
        person_region=_person_region(examination.person_region),
        hash_match=_hash_match(finding.finding.hash_match),
        direction=_direction(examination.direction),
        overlays=_overlays(finding),
        confirmed=_confirmed(finding),
        not_shown=_not_shown(finding),
    )


def _summary(finding: ReportFinding, *, copy: bool) -> str:
    examination = finding.finding.examination
    mirrored = examination.alignment is not None and examination.alignment.reflected
    if copy:
        return (
            f"The comparison supports that {finding.media} is a {'mirrored ' if mirrored else ''}copy of "
            f"{finding.photograph}, "
            "with no more than marks on top, a crop, or other encoding."
        )
    share = "" if examination.alteration is None else f" in {percent(examination.alteration.share_altered)} of its area"
    return (
        f"The comparison supports that {finding.media} is {'a mirrored and' if mirrored else 'an'} altered version of "
        f"{finding.photograph} that differs from it{share}."
    )


def _alteration(alteration: Alteration | None) -> str:
    if alteration is None:
        return "Which part was altered was not measured."
    how = (
        "seen by comparing pixels after alignment"
        if alteration.evidence is Evidence.PIXELS
        else "estimated from where agreeing points are missing; no pixels were compared"
    )
    marks = (
        f" ({percent(alteration.overlay_share)} of the area by thin marks on top: text, watermark, frame)"
        if alteration.overlay_share
        else ""
    )
    return (
        f"Of the photograph's area {percent(alteration.share_altered)} is altered{marks}, and "
        f"{percent(alteration.share_surviving)} survives; "
        f"the rest is not in the media or cannot be told. This was {how}."
    )


_REGION_WORDS = {
    PersonRegion.ALTERED: "The region that was marked by hand as the person is altered.",
    PersonRegion.SURVIVES: "The region that was marked by hand as the person survives; something around it is altered.",
    PersonRegion.UNTOUCHED: "Nothing is altered in the region that was marked by hand as the person.",
    PersonRegion.NOT_MARKED: "No region was marked by hand as the person.",
}


def _person_region(region: PersonRegion) -> str:
    return _REGION_WORDS[region]


def _hash_match(match: Match | None) -> str:
    if match is None:
        return (
            "The hash of the whole picture (PDQ) is not within its threshold, or was not compared; "
            "the finding does not rest on it."
        )
    return (
        f"The hash of the whole picture (PDQ) differs in {match.distance} of 256 bits, "
        f"with a threshold of {match.threshold}; "
        f"false matches at that threshold: {rate_words(match.false_match_rate)}. The finding does not rest on it."
    )


def _direction(direction: str) -> str:
    if direction == "not tested":
        return "Which of the two came first was not tested."
    return f"That the media came from the photograph, and not the other way round, is {visible(direction)}."


def _overlays(finding: ReportFinding) -> str:
    if not finding.overlays:
        return "No mark that recurs on other media was noted."
    parts = (f"{each.signature} with {count(each.others, 'other media', 'other media')}" for each in finding.overlays)
    return f"It shares {', '.join(parts)}. Recurring marks were left out of the alignment."


def _confirmed(finding: ReportFinding) -> str:
    if finding.finding.confirmed_by is None:
        return "No person has confirmed this finding yet."
    return f"Confirmed by {visible(finding.finding.confirmed_by)}, from the numbers and the drawing."


def _not_shown(finding: ReportFinding) -> tuple[str, ...]:
    lines = [
        "What the media depicts. Only a named person's statement can say that.",
        "Who made it, with what, or who posted it first.",
        "Who is in either picture. Photographs were compared, never faces.",
    ]
    if finding.finding.examination.pack_level is not PackLevel.SEALED:
        lines.append("The exact border of what was altered: the enrolled side held no photograph, only its features.")
    return tuple(lines)
