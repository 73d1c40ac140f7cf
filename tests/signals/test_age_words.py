"""Which words seal, and which do not."""
# ruff: noqa: RUF001  # Cyrillic and full-width letters are the point

from __future__ import annotations

import doctest

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from takeback.signals import age_words as module
from takeback.signals.age_words import age_words

SEALING = """
1 6 y.o|16yo|16 y/o|16 years|5 years old|sixteen-year-old|fifteen years old|aged 17|Age: 12|she's 15|she is only 14
she turned 15 today|u18|under 18|under-age|underage|UNDERAGE|und*rage|sch00lgirl|sch0ol|s c h o o l g i r l|schoolgirl
sch**lgirl|#SchoolGirl_hot|girl16yo.jpg|photos/16yo/1.jpg|17f|10th grade|born in 2010|teen|kid
16 лет|16-летняя|лет 15|пятнадцать лет|ей 16|ему всего 14|9 класс|9-й класс|девятиклассница|2009 г.р.
школьница|ШКОЛЬНИЦЫ|шkольница|шк*льница|подросток|несовершеннолетние|малолетка|1.6 лет|👧
"""
HARMLESS = """
18+|18 yo|18 лет|18 years old|25 лет|she is 21|ей 25|девушка 20 лет|20-летняя|100 лет|10 000 лет|30 лет назад
16 GB|16:00|16 USD|17%|video 16 min|1080p 16mb|iPhone 16|F16|f/16|старт в 16:00|до 18:00|2016 год|в 2016 году
5 фото за 10 руб|photo_16@12-03-2024_16-00-00.jpg|photos/photo_17.jpg|https://example.org/abc/16|2 years ago
10 years of experience|5 years warranty|через 2 года|за 5 лет работы|old school|minor update|раздеть девушку
ребята, привет|класс!|первый класс!|top 10|page 9|chapter 7 of 12|30 fps
скидка 15%|born in 1990|photo of the sea at 17.30
"""


def each(table: str) -> list[str]:
    return [text for line in table.strip().splitlines() for text in line.split("|")]


@pytest.mark.parametrize("text", each(SEALING))
def test_words_that_may_mean_a_minor_seal(text: str) -> None:
    assert age_words().found_in(text, year=2024)


@pytest.mark.parametrize("text", each(HARMLESS))
def test_ordinary_words_do_not_seal(text: str) -> None:
    assert not age_words().found_in(text, year=2024)


@pytest.mark.parametrize(
    "text", ["1\ufe0f\u20e36\ufe0f\u20e3 лет", "ＵＮＤＥＲＡＧＥ", "под\u00adросток", "un\u200bderage"]
)
def test_invisible_marks_and_other_letter_forms_hide_nothing(text: str) -> None:
    assert age_words().found_in(text)


@given(age=st.integers(0, 17), unit=st.sampled_from(["yo", "y.o.", " years old", " лет", "-летняя"]))
def test_every_age_under_18_seals(age: int, unit: str) -> None:
    assert age_words().found_in(f"here: {age}{unit}")


@given(age=st.integers(18, 99), unit=st.sampled_from(["yo", "y.o.", " years old", " лет", "-летняя"]))
def test_no_age_from_18_seals(age: int, unit: str) -> None:
    assert not age_words().found_in(f"here: {age}{unit}")


def test_example_runs() -> None:
    assert doctest.testmod(module).failed == 0


def test_a_year_of_birth_counts_from_the_year_of_the_post() -> None:
    assert age_words().found_in("born in 2003", year=2020)
    assert not age_words().found_in("born in 2003", year=2024)
    assert age_words().found_in("born in 2003")


@settings(max_examples=60, deadline=None)
@given(text=st.text(max_size=200))
def test_any_text_gets_an_answer(text: str) -> None:
    assert age_words().found_in(text) in {True, False}
