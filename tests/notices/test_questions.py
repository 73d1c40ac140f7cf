"""What only a person can say is asked once, and never answered for them."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notices import made_up
from takeback.errors import UsageError
from takeback.model.notice import Given, RegimeKind
from takeback.notices.questions import parse_answers, questionnaire, questions
from takeback.notices.regimes import load_elements, load_regimes

REGIMES = load_regimes()
LETTERS = [each for each in REGIMES if each.kind is not RegimeKind.MINOR_ROUTE]


def filled(**values: str) -> str:
    text = (
        questionnaire(REGIMES, {})
        .replace('by = ""', 'by = "caseworker 2"')
        .replace('time = ""', f'time = "{made_up.TIME}"')
    )
    for name, value in values.items():
        head, rest = text.split(f"[{name}]\n")
        text = f"{head}[{name}]\n" + rest.replace('answer = ""', f'answer = "{value}"', 1)
    return text


def test_each_question_is_asked_once_across_regimes() -> None:
    names = [each.name for each in questions(REGIMES, {})]
    assert len(names) == len(set(names))
    assert set(names) == {each.name for regime in LETTERS for each in regime.required if not each.automatic}


def test_what_was_answered_is_not_asked_again() -> None:
    assert questions(REGIMES, made_up.answers(), recommended=True) == ()
    left = made_up.answers()
    del left["signature"]
    assert [each.name for each in questions(REGIMES, left)] == ["signature"]


def test_a_statement_that_was_answered_no_is_not_asked_again() -> None:
    said = made_up.answers() | {"bona_fide_accuracy": made_up.answer("bona_fide_accuracy", "no")}
    assert questions(REGIMES, said) == ()


def test_nothing_in_the_questionnaire_is_answered_beforehand() -> None:
    read = tomllib.loads(questionnaire(REGIMES, {}))
    assert (read.pop("by"), read.pop("time")) == ("", "")
    assert {each["answer"] for each in read.values()} == {""}
    assert set(read) == {each.name for each in load_elements() if not each.automatic}
    assert parse_answers(questionnaire(REGIMES, {})) == ()


def test_the_questionnaire_says_which_regimes_need_an_answer() -> None:
    assert "# required by: uk-osa-20a, us-tida-48h" in questionnaire(REGIMES, {})


def test_answers_come_back_with_who_and_when() -> None:
    (said,) = parse_answers(filled(signature="/s/ Made-up Helpline"))
    assert said == made_up.answer("signature", "/s/ Made-up Helpline")


def test_a_filled_questionnaire_gives_every_letter_what_it_needs() -> None:
    confirmed = {each.name: "yes" for each in load_elements() if each.given is Given.CONFIRMED}
    said = {each.element: each for each in parse_answers(filled(**made_up.VALUES, **confirmed))}
    assert questions(REGIMES, said, recommended=True) == ()


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), min_size=1))
def test_an_answer_comes_back_as_it_was_given(value: str) -> None:
    quoted = value.replace("\\", "\\\\").replace('"', '\\"')
    said = parse_answers(f'by = "a"\ntime = "{made_up.TIME}"\n[signature]\nanswer = "{quoted}"\n')
    assert [each.value for each in said] == ([value.strip()] if value.strip() else [])


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (filled(nonconsent_statement="Yes"), "confirmed literally"),
        (filled(nonconsent_statement="yes").replace("I have a good faith belief", "I guess"), "words were changed"),
        (filled(submitter_capacity="a friend"), "one of depicted_person"),
        (filled(signature="x").replace('by = "caseworker 2"', 'by = ""'), "who answers"),
        (filled(signature="x").replace(made_up.TIME, "2026-11-24T10:00:00"), "with offset"),
        (filled(signature="x") + '\n[content_locator]\nanswer = "x"\n', "nothing that a person is asked"),
        (filled(signature="x") + '\n[surprise]\nanswer = "x"\n', "nothing that a person is asked"),
        ('surprise = "x"\n', "unknown entry"),
        ("[signature]\nanswer = 1\n", "cannot be read"),
        ("[signature\n", "cannot be read"),
    ],
)
def test_an_answer_that_cannot_be_taken_says_why(text: str, reason: str) -> None:
    with pytest.raises(UsageError, match=reason):
        parse_answers(text)
