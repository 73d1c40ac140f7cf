from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from store.made_up import CREATED, PASSPHRASE, case_in, channel, media, post, source
from takeback.errors import CaseError
from takeback.model.channel import Audience, Damage, Poll, PollAnswer, Post, PostKind, PostRef, Reaction
from takeback.model.evidence import Acquisition
from takeback.model.media import Absence, MediaKind, MissingMedia
from takeback.store.case_store import CaseStore


def test_posts_come_back_as_they_were_by_channel_and_number(tmp_path: Path) -> None:
    full = Post(
        channel="telegram:2",
        id=-5,
        kind=PostKind.SERVICE,
        time=None,
        zone_known=False,
        edited=CREATED,
        text="naïve 😀 \x00",
        links=("https://host.example/a",),
        poll=Poll(question="?", answers=(PollAnswer(text="a", voters=2),), total_voters=2, closed=True),
        reactions=(Reaction(label="x", count=3),),
        media=(media("a"),),
        missing=(MissingMedia(kind=MediaKind.VIDEO, absence=Absence.TOO_LARGE, named="v"),),
        flagged_minor=True,
    )
    with case_in(tmp_path / "case") as case:
        assert case.add_posts("s1", [full, post(2), post(1)]) == 3
    with CaseStore.open(tmp_path / "case", PASSPHRASE) as case:
        assert list(case.posts()) == [post(1), post(2), full]
        assert list(case.posts("telegram:2")) == [full]
        assert list(case.posts("telegram:9")) == []


def test_a_post_that_comes_again_is_the_same_post(tmp_path: Path) -> None:
    with case_in(tmp_path / "case") as case:
        assert case.add_posts("s1", [post(1, media("a"))]) == 1
        assert case.add_posts("s1", [post(1, media("a")), post(2)]) == 1
        assert [each.id for each in case.posts()] == [1, 2]
        assert case.damage() == ()
        assert len(list(case.media())) == 1


def test_a_different_post_under_the_same_number_is_not_lost_in_silence(tmp_path: Path) -> None:
    with case_in(tmp_path / "case") as case:
        case.add_posts("s1", [post(1, text="first"), post(1, media("b"), text="second")])
        assert [each.text for each in case.posts()] == ["first"]
        ((_, damage),) = case.damage()
        assert "two different posts" in damage.reason
        assert case.posts_of(media("b").sha256) == (PostRef(channel="telegram:1", id=1),)


def test_different_posts_under_one_number_all_reach_the_gate_and_count_as_one_post(tmp_path: Path) -> None:
    said = [post(1, text="first"), post(1, media("b"), text="second"), post(1, text="third"), post(2)]
    with case_in(tmp_path / "case") as case:
        for _ in range(2):
            assert case.add_posts("s1", said) in {2, 0}
        assert [each.text for _, each in case.occurrences()] == ["first", "second", "third", ""]
        assert [each.text for each in case.posts()] == ["first", ""]
        assert case.count_posts() == 2
        assert len(case.damage()) == 2
        assert sum(each.posts_lost for _, each in case.damage()) + case.count_posts() == len(said)


def test_of_two_sources_each_post_counts_once_and_a_flagged_one_wins(tmp_path: Path) -> None:
    with case_in(tmp_path / "case") as case:
        case.add_source(source("s0"))
        case.add_posts("s0", [post(1, text="later"), post(2, text="later", flagged=True)])
        case.add_posts("s1", [post(1, text="earlier"), post(2, text="earlier")])
        assert [(each.text, each.flagged_minor) for each in case.posts()] == [("earlier", False), ("later", True)]
        assert case.count_posts() == 2
        assert [(name, each.id) for name, each in case.occurrences()] == [("s0", 1), ("s1", 1), ("s0", 2), ("s1", 2)]


@settings(max_examples=10, deadline=None)
@given(numbers=st.lists(st.integers(-5000, 5000), max_size=30, unique=True), times=st.integers(1, 3))
def test_paging_yields_each_post_once_whatever_the_numbers(
    tmp_path_factory: pytest.TempPathFactory, numbers: list[int], times: int
) -> None:
    with case_in(tmp_path_factory.mktemp("case") / "case") as case:
        for _ in range(times):
            case.add_posts("s1", [post(number, channel=f"c{number % 3}") for number in numbers])
        found = [(each.channel, each.id) for each in case.posts()]
        assert found == sorted((f"c{number % 3}", number) for number in numbers)


def test_reading_goes_on_while_results_are_written(tmp_path: Path) -> None:
    with case_in(tmp_path / "case") as case:
        case.add_posts("s1", [post(number, media(str(number))) for number in range(1203)])
        seen = 0
        for each in case.media():
            case.keep_result("hash", "1", "", each.sha256, b"x") if seen % 400 == 0 else None
            seen += 1
        assert seen == 1203
        assert case.count_results("hash") == 4


def test_every_place_of_the_same_bytes_is_told_once(tmp_path: Path) -> None:
    with case_in(tmp_path / "case") as case:
        here = media("a")
        there = replace(here, place=replace(here.place, path="photos/again.jpg"))
        case.add_posts("s1", [post(1, here), post(2, here, there)])
        assert list(case.media()) == [here, there] if here.place < there.place else [there, here]
        assert [each.id for each in case.posts_of(here.sha256)] == [1, 2]


def test_sources_keep_what_is_newly_said(tmp_path: Path) -> None:
    with case_in(tmp_path / "case") as case:
        said = Acquisition(
            collected_by="role",
            collected_from=CREATED,
            collected_to=None,
            application="Telegram Desktop 6",
            settings=None,
            note=None,
        )
        case.add_posts("s1", [post(1)])
        case.add_source(replace(source("s1"), acquisition=said))
        assert [each.acquisition for each in case.sources()] == [said]
        assert case.count_posts() == 1


def test_posts_of_a_source_that_never_entered_are_refused(tmp_path: Path) -> None:
    with case_in(tmp_path / "case") as case:
        with pytest.raises(CaseError, match="FOREIGN KEY"):
            case.add_posts("unknown", [post(1)])
        assert case.count_posts() == 0


def test_a_username_from_any_source_is_found(tmp_path: Path) -> None:
    with case_in(tmp_path / "case") as case:
        case.add_source(source("s2"))
        case.add_channels("s1", [channel("b"), channel("a")])
        case.add_channels("s2", [channel("a", username="snowdrop")])
        assert [(each.id, each.username) for each in case.channels()] == [("a", "snowdrop"), ("b", None)]


def test_damage_and_audiences_are_kept_once(tmp_path: Path) -> None:
    damage = Damage(place="result.json:7", reason="cut")
    counts = [
        Audience(channel="c", members=members, time=CREATED + timedelta(days=day), source="seen")
        for members, day in ((5, 1), (3, 0))
    ]
    with case_in(tmp_path / "case") as case:
        for _ in range(2):
            case.add_damage("s1", damage)
            case.add_audiences(counts)
        assert case.damage() == (("s1", damage),)
        assert case.audiences() == (counts[1], counts[0])
