# Russian words are the point
"""Evidence of where a network is: each kind apart, and sampled the same whatever the order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from network.made import CHAT, GALLERY, measured, network, post
from takeback.model.channel import Poll, PollAnswer, Post, PostKind
from takeback.network.geography import codes_in, guess_language
from takeback.network.places import place_of
from takeback.network.tally import Sample

ENGLISH = "The picture of the harbour was taken early in the morning"
RUSSIAN = "Фотография гавани была сделана рано утром на рассвете"


def test_languages_are_shares_of_the_texts_that_are_long_enough() -> None:
    texts = [ENGLISH] * 6 + [RUSSIAN] * 2 + ["ok", "да"]
    found = measured(network(*(post(CHAT, id, text=text) for id, text in enumerate(texts, start=1))))
    assert (found["geography.texts"].value, found["geography.texts"].n) == (8, 10)
    assert (found["geography.language.en"].value, found["geography.language.ru"].value) == (0.75, 0.25)
    assert found["geography.language.en"].model
    assert found["geography.language.en"].low is None, "one week carries no interval"


def test_a_language_over_many_weeks_has_an_interval_that_holds_its_share() -> None:
    posts = [
        post(CHAT, number, day=number // 4, text=ENGLISH if (number * 7) % 11 < 6 else RUSSIAN)
        for number in range(1, 400)
    ]
    measure = measured(network(*posts))["geography.language.en"]
    assert measure.low is not None
    assert measure.high is not None
    assert measure.low < measure.value < measure.high  # type: ignore[operator]  # a share is a number


def test_hours_are_those_of_posts_whose_zone_is_known() -> None:
    start = datetime(2020, 1, 1, tzinfo=UTC)
    posts = [
        Post(channel=CHAT, id=id, kind=PostKind.MESSAGE, time=start + timedelta(hours=hour), zone_known=known)
        for id, (hour, known) in enumerate([(3, True), (3, True), (3, False), (21, True), (27, True)], start=1)
    ]
    found = measured(network(*posts))
    assert (found["geography.hour.03"].value, found["geography.hour.21"].value) == (0.75, 0.25)
    assert found["geography.hour.03"].n == 4
    assert "geography.hour.00" not in measured(network(post(CHAT, 1, zone_known=False)))


def test_of_a_telephone_number_only_the_calling_code_is_kept() -> None:
    made = network(
        post(CHAT, 1, text="call +44 20 7946 0958 or +44 20 7946 0018"), post(CHAT, 2, text="+7 495 123-45-67")
    )
    found = measured(made)
    assert [found[f"geography.phone.{id}"].value for id in ("any", "44", "7")] == [2, 1, 1]
    assert "7946" not in repr(found)
    assert codes_in("order 4420 7946 0958, room +5, +1 1") == []


def test_a_poll_is_of_places_only_where_two_answers_name_different_ones() -> None:
    def poll(*answers: tuple[str, int]) -> Poll:
        voters = sum(count for _, count in answers)
        found = tuple(PollAnswer(text=text, voters=count) for text, count in answers)
        return Poll(question="?", answers=found, total_voters=voters, closed=True)

    found = measured(
        network(
            post(CHAT, 1, poll=poll(("Россия", 6), ("Украина", 3), ("other", 1))),
            post(CHAT, 2, poll=poll(("Spain", 5), ("a friend", 5))),
        )
    )
    assert {id for id in found if id.startswith("geography.poll")} == {"geography.poll.1.ru", "geography.poll.1.ua"}
    assert found["geography.poll.1.ru"].value == 0.6
    assert "select themselves" in found["geography.poll.1.ru"].caveat


@pytest.mark.parametrize(
    ("answer", "place"),
    [
        ("I live in the USA", "us"),
        ("Из СНГ", "cis"),
        ("América Latina", "latin-america"),
        ("Italia", "it"),
        ("Spain or Italy", None),
        ("music", None),
        ("Indiana Jones", None),
        ("", None),
    ],
)
def test_an_answer_names_one_place_or_none(answer: str, place: str | None) -> None:
    assert place_of(answer) == place


@given(
    st.lists(st.tuples(st.sampled_from([CHAT, GALLERY]), st.integers(1, 99), st.integers(0, 2**64 - 1)), unique=True)
)
def test_a_sample_is_the_lowest_draws_in_whatever_order_they_come(drawn: list[tuple[str, int, int]]) -> None:
    def sample(offers: list[tuple[str, int, int]], size: int = 5) -> Sample:
        made = Sample(size)
        for channel, id, draw in offers:
            made.add(channel, np.array([id]), [f"{channel} {id}"], [draw])
        return made

    whole = sample(drawn)
    turned = sample(drawn[: len(drawn) // 2])
    turned.merge(sample(drawn[len(drawn) // 2 :][::-1]))
    assert list(whole) == list(turned)
    lowest = {draw for *_, draw in sorted(drawn, key=lambda each: each[2])[:5]}
    kept = {(channel, id) for channel, id, _ in whole}
    assert kept <= {(channel, id) for channel, id, draw in drawn if draw in lowest}
    assert len(whole) == min(5, len(drawn))


def test_the_guesser_knows_the_sentences_of_the_bench() -> None:
    from takeback.bench.network_columns import SENTENCES

    assert all(guess_language(text) == name for name, texts in SENTENCES.items() for text in texts)
