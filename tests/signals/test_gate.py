"""The minors' gate: what it seals, and that what it seals is never opened."""

from __future__ import annotations

import ast
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from takeback.errors import HarmRule, PhotographRefused
from takeback.model.channel import BEFORE_ALL_POSTS, MarkedRow, Poll, PollAnswer, Post, PostKind, PostRef
from takeback.model.clearing import Cleared, SealReason
from takeback.model.consent import Under18
from takeback.model.digest import sha256_of
from takeback.model.media import Media, MediaKind, Place
from takeback.signals.decode import Decoder
from takeback.signals.gate import Gate, clear, clear_photograph, marked_post

START = datetime(2024, 5, 1, 12, tzinfo=UTC)


def media(name: str, *, content: str | None = None, kind: MediaKind = MediaKind.PHOTO) -> Media:
    digest = sha256_of((content or name).encode())
    return Media(sha256=digest, size=10, place=Place(source="made-up", path=f"photos/{name}.jpg"), kind=kind)


def post(number: int, text: str = "", *, channel: str = "one", **more: object) -> Post:
    values: dict[str, object] = {
        "channel": channel,
        "id": number,
        "kind": PostKind.MESSAGE,
        "time": START + timedelta(hours=number),
        "text": text,
        "media": (media(f"{channel}-{number}"),),
    }
    return Post(**(values | more))


def names(gate: Gate) -> list[str]:
    return [each.value.place.path.removeprefix("photos/").removesuffix(".jpg") for each in gate.cleared]


def sealed(gate: Gate) -> dict[str, SealReason]:
    return {each.place.path.removeprefix("photos/").removesuffix(".jpg"): each.reason for each in gate.sealed}


def reaches_for_the_token(path: Path) -> bool:
    """Whether a module imports the gate's token, reads it as an attribute, or names it in a string."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module == "takeback.model.clearing":
            if {"_GATE", "*"} & {each.name for each in node.names}:
                return True
        elif (isinstance(node, ast.Attribute) and node.attr == "_GATE") or (
            isinstance(node, ast.Constant) and node.value == "_GATE"
        ):
            return True
    return False


class PoisonReader:
    """Gives bytes for cleared places, and fails the test for any other."""

    def __init__(self, poison: set[str]) -> None:
        self.poison = poison

    def read(self, place: Place) -> bytes:
        assert place.path not in self.poison, f"a sealed file was opened: {place.path}"
        return place.path.encode()


def test_ordinary_posts_are_cleared_in_their_order() -> None:
    gate = clear([post(number, "a sunny day, 25 лет") for number in range(5)])
    assert names(gate) == [f"one-{number}" for number in range(5)]
    assert gate.sealed == ()


def test_words_seal_the_post_and_two_neighbours_on_either_side() -> None:
    posts = [post(number) for number in range(8)]
    posts[4] = post(4, "she is 16 years old")
    gate = clear(posts)
    assert names(gate) == ["one-0", "one-1", "one-7"]
    assert sealed(gate) == {
        "one-2": SealReason.NEIGHBOUR,
        "one-3": SealReason.NEIGHBOUR,
        "one-4": SealReason.AGE_WORDS,
        "one-5": SealReason.NEIGHBOUR,
        "one-6": SealReason.NEIGHBOUR,
    }


def test_neighbours_are_of_the_same_channel() -> None:
    posts = [post(1), post(2, "школьница", channel="two"), post(3)]
    assert names(clear(posts)) == ["one-1", "one-3"]


def test_a_flag_seals() -> None:
    assert sealed(clear([post(1, flagged_minor=True)])) == {"one-1": SealReason.FLAG}


@pytest.mark.parametrize(
    "more",
    [
        {"links": ("https://example.org/schoolgirls",)},
        {"media": (media("girl16yo"),)},
        {"poll": Poll(question="?", answers=(PollAnswer(text="16 лет", voters=1),), total_voters=1, closed=False)},
        {"author": "teen photos"},
    ],
)
def test_words_count_wherever_the_post_says_them(more: dict[str, object]) -> None:
    assert clear([post(1, **more)]).cleared == ()


def test_the_whole_album_is_sealed() -> None:
    posts = [post(number, time=START) for number in range(9)]
    posts[0] = post(0, "underage", time=START)
    assert clear(posts).cleared == ()


def test_an_answer_far_below_seals_what_it_answers() -> None:
    posts = [*(post(number) for number in range(9)), post(9, "she is 15", reply_to=1)]
    assert "one-1" in sealed(clear(posts))
    assert "one-2" in names(clear(posts))


def test_one_sealed_occurrence_seals_all_of_the_same_bytes() -> None:
    again = media("again", content="one-0")
    posts = [post(0, "underage"), *(post(number, channel="two") for number in range(3)), post(7, channel="two")]
    posts[-1] = replace(posts[-1], media=(again,))
    gate = clear(posts)
    assert sealed(gate) == {"one-0": SealReason.AGE_WORDS, "again": SealReason.SAME_BYTES}


def test_every_place_of_a_sealed_content_is_listed() -> None:
    copies = tuple(media(f"copy-{number}", content="same") for number in range(3))
    gate = clear([post(number, channel=f"c{number}", media=(each,)) for number, each in enumerate(copies)],
                 known=frozenset({copies[0].sha256}))  # fmt: skip
    assert list(sealed(gate)) == ["copy-0", "copy-1", "copy-2"]
    assert {each.reason for each in gate.sealed} == {SealReason.KNOWN_LIST}


def test_a_caseworker_can_seal() -> None:
    gate = clear([post(1), post(2)], flagged=frozenset({media("one-1").sha256}))
    assert sealed(gate) == {"one-1": SealReason.CASEWORKER}
    assert names(gate) == ["one-2"]


def test_each_content_is_cleared_once_at_its_first_place() -> None:
    gate = clear([post(1), post(2, media=(media("later", content="one-1"),))])
    assert names(gate) == ["one-1"]


def test_videos_are_not_searched_but_sealed_where_words_say_so() -> None:
    video = media("clip", kind=MediaKind.VIDEO)
    assert clear([post(1, media=(video,))]).not_searched == (video,)
    gate = clear([post(1, "underage", media=(video,))])
    assert gate.not_searched == ()
    assert sealed(gate) == {"clip": SealReason.AGE_WORDS}


def test_a_sealed_file_is_never_opened() -> None:
    posts = [post(number) for number in range(12)]
    posts[3] = post(3, "she is 1 6 y.o")
    posts[11] = post(11, media=(media("poisoned-copy", content="one-3"),))
    gate = clear(posts)
    reader = PoisonReader({item.place.path for item in gate.sealed})
    assert len(reader.poison) == 6
    for each in gate.cleared:
        reader.read(each.value.place)
    with Decoder() as decoder:
        for item in gate.sealed:
            with pytest.raises(HarmRule, match="minors' gate"):
                decoder.decode(item, b"never looked at")


@given(words=st.lists(st.sampled_from(["", "hello", "underage", "25 лет", "16 лет"]), max_size=12))
def test_nothing_is_lost_and_nothing_is_both(words: list[str]) -> None:
    posts = [post(number, text) for number, text in enumerate(words)]
    gate = clear(posts)
    opened = {each.value.sha256 for each in gate.cleared}
    shut = {item.sha256 for item in gate.sealed}
    assert not opened & shut
    assert opened | shut == {each.sha256 for one in posts for each in one.media}
    assert clear(posts).sealed == gate.sealed


@pytest.mark.parametrize("under_18", [Under18.YES, Under18.UNKNOWN])
def test_a_photograph_of_a_minor_is_refused_with_the_routes_for_minors(under_18: Under18) -> None:
    with pytest.raises(PhotographRefused) as refused:
        clear_photograph(media("portrait"), under_18)
    for route in ("Take It Down", "CyberTipline", "IWF", "INHOPE", "police"):
        assert route in str(refused.value)


def test_a_photograph_of_an_adult_is_cleared() -> None:
    assert clear_photograph(media("portrait"), Under18.NO).value == media("portrait")


def test_nobody_else_can_clear() -> None:
    with pytest.raises(HarmRule):
        Cleared(media("portrait"), token=object())


def test_only_the_gate_knows_the_token(repository: Path) -> None:
    source = repository / "src" / "takeback"
    users = {path.relative_to(source).as_posix() for path in source.rglob("*.py") if reaches_for_the_token(path)}
    assert users == {"signals/gate.py"}


def test_posts_of_one_number_are_neighbours_and_do_not_shield_the_next_ones() -> None:
    between = [post(4, "quiet", media=(media(f"between-{number}"),)) for number in range(3)]
    posts = [post(3), post(4, "she is 16 years old"), *between, post(5), post(6), post(7)]
    assert names(clear(posts)) == ["one-7"]


def test_a_row_that_cannot_be_read_and_may_be_about_a_minor_seals_its_neighbours_their_album_and_its_answer() -> None:
    posts = [post(number) for number in range(20)]
    for number in (9, 10, 11, 12):
        posts[number] = post(number, time=START)
    row = marked_post(MarkedRow(channel="one", after=8, reply_to=2))
    gate = clear([*posts[:9], row, *posts[9:]])
    assert names(gate) == [f"one-{number}" for number in (0, 1, 3, 4, 5, *range(13, 20))]
    assert PostRef(channel="one", id=2) in gate.posts


def test_a_marked_row_before_all_posts_seals_the_first_two() -> None:
    row = marked_post(MarkedRow(channel="one", after=BEFORE_ALL_POSTS))
    assert names(clear([row, post(1), post(2), post(3)])) == ["one-3"]


def test_the_gate_names_the_posts_that_it_shuts() -> None:
    posts = [post(1, "she is 16 years old", media=()), post(9, channel="two", media=(media("x"),)), post(5)]
    gate = clear(posts, flagged=frozenset({media("x").sha256}))
    assert gate.posts == {PostRef(channel="one", id=1), PostRef(channel="one", id=5), PostRef(channel="two", id=9)}
