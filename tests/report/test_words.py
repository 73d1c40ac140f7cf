from __future__ import annotations

from dataclasses import fields, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from report.made_up import RATE, report_finding
from takeback.model.finding import Conclusion, Evidence
from takeback.model.original import PackLevel
from takeback.report.content import ReportFinding
from takeback.report.pseudonym import Pseudonyms
from takeback.report.words import (
    check_words,
    finding_words,
    model_sentence,
    percent,
    rate_sentence,
    rate_words,
    score_sentence,
    typeset,
    unit_of,
    visible,
)

KEY = bytes(range(32))


def made(conclusion: Conclusion = Conclusion.DERIVATIVE) -> ReportFinding:
    return report_finding(Pseudonyms(KEY), 1, conclusion)


@pytest.mark.parametrize(
    "text",
    [
        "This proves it.",
        "It is PROVEN",
        "proof of alteration",
        "certainly the same",
        "a certain match",
        "definitely made from it",
        "beyond reasonable doubt",
        "beyond any doubt",
        "guaranteed",
        "100 % sure",
        "100% accurate",
        "conclusive",
        "the media is intimate",
        "it shows a nude",
        "undoubtedly",
    ],
)
def test_words_that_claim_too_much_are_found(text: str) -> None:
    assert check_words(text)


@pytest.mark.parametrize(
    "text",
    ["uncertain", "uncertainty of 3 %", "waterproof", "improved", "approved", "a provenance", "at 95 %", "100 % of 12"],
)
def test_words_that_only_look_alike_pass(text: str) -> None:
    assert check_words(text) == ()


@pytest.mark.parametrize("conclusion", [Conclusion.DERIVATIVE, Conclusion.COPY])
@pytest.mark.parametrize("level", list(PackLevel))
def test_no_sentence_of_a_finding_claims_too_much(conclusion: Conclusion, level: PackLevel) -> None:
    finding = made(conclusion)
    examination = replace(finding.finding.examination, pack_level=level)
    words = finding_words(replace(finding, finding=replace(finding.finding, examination=examination)))
    for field in fields(words):
        assert check_words(str(getattr(words, field.name))) == ()


def test_both_propositions_are_stated() -> None:
    words = finding_words(made())
    assert "was made from" in words.made_from
    assert "was not made from" in words.not_made_from


def test_a_mirrored_copy_says_so() -> None:
    assert "a mirrored copy of" in finding_words(made(Conclusion.COPY)).summary
    assert "mirrored" not in finding_words(made()).summary


def test_an_area_estimated_from_features_says_that_no_pixels_were_compared() -> None:
    finding = made()
    alteration = finding.finding.examination.alteration
    assert alteration is not None
    examination = replace(finding.finding.examination, alteration=replace(alteration, evidence=Evidence.FEATURES))
    words = finding_words(replace(finding, finding=replace(finding.finding, examination=examination)))
    assert "no pixels were compared" in words.alteration


def test_an_untested_direction_is_not_claimed() -> None:
    assert finding_words(made()).direction == "Which of the two came first was not tested."


def test_a_direction_that_something_supports_says_which_way_and_by_what() -> None:
    finding = made()
    examination = replace(finding.finding.examination, direction="supported by a wider field of view in the original")
    words = finding_words(replace(finding, finding=replace(finding.finding, examination=examination)))
    assert words.direction == (
        "That the media came from the photograph, and not the other way round, "
        "is supported by a wider field of view in the original."
    )


def test_an_error_rate_of_none_is_given_with_its_upper_bound() -> None:
    assert rate_words(RATE) == "0 of 652 photographs; up to 0.56 % at 95 %"


def test_a_rate_that_nobody_measured_is_not_given_as_one() -> None:
    sentence = rate_sentence(replace(RATE, n=1, high=0.975, population="not measured yet"))
    assert sentence.startswith("No error rate has been measured")


def test_the_rate_says_from_which_score_among_how_many_pairs_and_what_happens_to_photographs_taken_in_a_row() -> None:
    sentence = rate_sentence(RATE)
    assert "at a score of 6 or more, among 212,226 distinct pairs" in sentence
    assert "of 200 more taken in a row, 9 were taken for one another" in sentence


def test_what_a_rate_comes_to_in_a_case_is_called_a_model() -> None:
    sentence = model_sentence(RATE, 1_000)
    assert sentence.startswith("Model, not a measurement")
    assert "at most one pair in 57,537" in sentence
    assert "up to 0.017 false findings would be expected among the 1,000 pairs of this case" in sentence
    assert "up to 1,822 among 1,000 photographs and 104,852 pictures" in sentence


def test_there_is_no_model_where_no_pairs_were_counted() -> None:
    assert model_sentence(replace(RATE, pairs=0, pairs_high=1.0), 1_000).startswith("Model: none")


def test_an_error_rate_of_some_is_given_with_both_bounds() -> None:
    rate = replace(RATE, value=3 / 652, low=0.00095, high=0.0134)
    assert rate_words(rate) == "3 of 652 photographs (0.46 %); between 0.095 % and 1.3 % at 95 %"


@pytest.mark.parametrize(
    ("number", "unit", "said"),
    [
        (1, "channels", "channel"),
        (2, "channels", "channels"),
        (1, "clusters of near-duplicates", "cluster of near-duplicates"),
        (1, "enrolled photographs", "enrolled photograph"),
        (1, "files named by posts", "file named by posts"),
        (1, "STARS", "STARS"),
        (1.0, "share of posts", "share of posts"),
        (None, "views", "views"),
    ],
)
def test_one_of_a_kind_is_in_the_singular(number: float | None, unit: str, said: str) -> None:
    assert unit_of(number, unit) == said


@settings(deadline=None)
@given(st.floats(min_value=0, max_value=1, exclude_min=True, exclude_max=True))
def test_a_share_never_rounds_to_nothing_or_to_all(share: float) -> None:
    assert percent(share) not in {"0 %", "100 %", "0.0 %", "0.00 %", "100.0 %"}


def test_shares_are_written_with_about_two_figures() -> None:
    shares = (0.0, 1.0, 0.34, 0.0321, 0.0056, 0.996, 0.9999, 0.0000174)
    assert [percent(each) for each in shares] == [
        "0 %",
        "100 %",
        "34 %",
        "3.2 %",
        "0.56 %",
        "99.6 %",
        "over 99.9 %",
        "0.0017 %",
    ]


def test_a_score_says_what_it_does_not_say() -> None:
    sentence = score_sentence(12.0, 1)
    assert "geometry: 1." in sentence
    assert "10 to the power of minus 12.0" in sentence
    assert "nothing about another picture of the same scene" in sentence


@settings(deadline=None)
@given(st.text(alphabet=st.characters(), max_size=60))
def test_no_control_or_format_character_stays_active(text: str) -> None:
    shown = visible(text)
    assert not any(each in shown for each in "\u202e\u2066\u200f\u0000\x1b\u2028")
    assert visible(shown) == shown


def test_a_right_to_left_override_is_written_out() -> None:
    assert visible("gpj\u202eexe") == "gpjU+202Eexe"


def test_a_per_cent_sign_keeps_to_its_number() -> None:
    assert typeset("21 % isn't all") == "21\u00a0% isn\u2019t all"
