"""A network of a given shape: what is written is what its truth says."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest

from takeback.errors import UsageError
from takeback.model.channel import Damage, Post, PostKind
from takeback.plugins import open_source
from takeback.protocols import CountsAudiences
from takeback.simulate.damage import REPAIRABLE, DamageKind
from takeback.simulate.shape import ChannelShape, Gap, NetworkShape, PollShape, Posting, preset
from takeback.simulate.shape_truth import ShapeTruth, read_shape_truth
from takeback.simulate.shaped import ShapedNetwork

SMALL = NetworkShape(
    seed=7,
    start=date(2020, 1, 10),
    end=date(2020, 4, 20),
    accounts=1_500,
    channels=(
        ChannelShape(
            name="News, and more", username="sim_news", kind="public_channel", members=900, posts=400, pictures=150
        ),
        ChannelShape(name="Talk", username="sim_talk", kind="public_supergroup", members=700, posts=600, pictures=90),
        ChannelShape(name="Back room", kind="private_channel", members=50, posts=100, pictures=100),
    ),
    posting=Posting(growth=4.0, deleted=0.1, forwarded=0.1, priced=0.05, referring=0.05),
    languages={"en": 0.5, "ru": 0.3, "it": 0.1, "es": 0.1},
    gaps=(Gap(start=date(2020, 2, 10), end=date(2020, 2, 20)),),
    polls=(PollShape(channel=0, question="Which?", answers=("a", "b"), shares=(0.63, 0.37), voters=100),),
    promotion={"vk.com": 9, "blog.example.org": 4},
)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ShapeTruth]:
    folder = tmp_path_factory.mktemp("shaped")
    return folder, ShapedNetwork(SMALL, media=6).write(folder)


def posts_in(path: Path) -> list[Post]:
    found = list(open_source(path).posts())
    assert [each for each in found if isinstance(each, Damage)] == []
    return [each for each in found if isinstance(each, Post)]


def test_the_export_holds_what_the_truth_says(written: tuple[Path, ShapeTruth]) -> None:
    folder, truth = written
    posts = posts_in(folder / "export")
    assert len(posts) == truth.rows == 1_104
    for channel in truth.channels:
        own = [each for each in posts if each.channel == channel.id]
        messages = [each for each in own if each.kind is PostKind.MESSAGE and each.poll is None]
        assert (len(own), len(messages)) == (channel.rows, channel.posts)
        assert sum(bool(each.media or each.missing) for each in own) == channel.pictures
        assert sum(each.forward is not None for each in own) == channel.forwards
        assert sum(each.edited is not None for each in own) == channel.edited
        assert max(each.id for each in own) - len(own) == channel.deleted
        assert [each.id for each in own] == sorted({each.id for each in own})
        times = [each.time for each in own if each.time and each.kind is PostKind.MESSAGE]
        assert times == sorted(times)
        assert Counter(f"{time:%Y-%m}" for time in times) == channel.months
        assert len({each.author_id for each in messages}) == (channel.posters or 1)
        assert sum("ref" in link for each in own for link in each.links) == channel.referring


def test_nobody_posts_in_a_gap_or_outside_of_the_time(written: tuple[Path, ShapeTruth]) -> None:
    days = {each.time.date() for each in posts_in(written[0] / "export") if each.time}
    assert min(days) == SMALL.start
    assert max(days) <= SMALL.end
    assert not [day for day in days if date(2020, 2, 10) <= day <= date(2020, 2, 20)]


def test_polls_counts_and_languages_are_in_the_truth(written: tuple[Path, ShapeTruth]) -> None:
    folder, truth = written
    (poll,) = (each for each in posts_in(folder / "export") if each.poll)
    assert poll.poll is not None
    assert [(each.text, each.voters) for each in poll.poll.answers] == [("a", 63), ("b", 37)]
    assert (truth.polls[0].post, truth.polls[0].voters) == (poll.id, (63, 37))
    assert sum(truth.languages.values()) == sum(each.posts for each in truth.channels)
    assert list(truth.languages) == ["en", "es", "it", "ru"]
    assert (truth.combined_members, truth.unique_accounts, truth.largest_members) == (1_650, 1_500, 900)


def test_the_web_archive_shows_the_same_posts_the_same_counts_and_every_promoting_page(
    written: tuple[Path, ShapeTruth],
) -> None:
    folder, truth = written
    posts = posts_in(folder / "previews.warc.gz")
    exported = {(each.channel, each.id): each for each in posts_in(folder / "export")}
    shown = [each for each in posts if each.channel.startswith("telegram:")]
    assert len(shown) == truth.preview_posts > 50
    for each in shown:
        same = exported[each.channel, each.id]
        assert (each.text, each.time, each.author_id or "") == (
            same.text,
            same.time,
            each.author_id if same.author_id is None or same.author_id.startswith("user") else same.author_id,
        )
        assert bool(each.missing) is bool(same.media or same.missing)
    pages = Counter(each.channel for each in posts if each.kind is PostKind.PAGE and each.links)
    assert pages.pop("web:blog.example.org") == truth.promotion["blog.example.org"]
    assert list(pages.values()) == [1] * truth.promotion["vk.com"]
    assert all(channel.startswith("vk:-") for channel in pages)
    reader = open_source(folder / "previews.warc.gz")
    assert isinstance(reader, CountsAudiences)
    found = {(each.channel, each.members, each.time) for each in reader.audiences() if each.source == "t.me preview"}
    public = {each.id for each in truth.channels if each.username}
    assert found == {(each.channel, each.members, each.time) for each in truth.counts if each.channel in public}


def test_side_files_name_the_usernames_and_the_counts(written: tuple[Path, ShapeTruth]) -> None:
    from takeback.sources.side_files import read_acquisition, read_audience_csv, read_channels_csv

    folder, truth = written
    assert sorted(read_channels_csv(folder / "export" / "channels.csv").values()) == ["sim_news", "sim_talk"]
    counts = read_audience_csv(folder / "export" / "audience.csv")
    assert {(each.channel, each.members, each.time) for each in counts} == {
        (each.channel, each.members, each.time) for each in truth.counts
    }
    assert read_acquisition(folder / "export" / "acquisition.toml").collected_by == "takeback simulate"


def test_some_pictures_are_files_and_no_two_are_the_same(written: tuple[Path, ShapeTruth]) -> None:
    folder, truth = written
    media = [each for post in posts_in(folder / "export") for each in post.media]
    assert len({each.sha256 for each in media}) == len(media) == truth.media_files == 6


def test_the_same_seed_gives_the_same_bytes_and_another_gives_others(tmp_path: Path) -> None:
    for name, seed in (("a", None), ("b", 7), ("c", 8)):
        ShapedNetwork(SMALL, seed=seed, media=2).write(tmp_path / name)
    files = {
        name: {path.relative_to(tmp_path / name): path.read_bytes() for path in (tmp_path / name).rglob("*.*")}
        for name in "abc"
    }
    assert files["a"] == files["b"] != files["c"]


def test_the_truth_is_read_back(written: tuple[Path, ShapeTruth]) -> None:
    assert read_shape_truth(written[0] / "truth.json") == written[1]


@pytest.mark.parametrize("native", [True, False])
def test_damage_is_planted_in_its_share_and_counted(tmp_path: Path, *, native: bool) -> None:
    damage = dict.fromkeys((*REPAIRABLE, DamageKind.BEYOND), 0.05)
    shape = msgspec.structs.replace(SMALL, damage={**damage, DamageKind.CUT: 1.0}, promotion={})
    truth = ShapedNetwork(shape, native=native).write(tmp_path)
    content = (tmp_path / "export" / "result.json").read_bytes()
    assert set(truth.damage) == set(DamageKind)
    assert all(20 < truth.damage[kind] < 100 for kind in damage)
    assert content.count(b"\x80\xa8") + content.count(b"\x80\xa9") >= truth.damage["separator"]
    assert content.count(b'"id": ?') == truth.damage["beyond"]
    assert not content.rstrip().endswith(b"}]}}")
    with pytest.raises(ValueError, match=r"."):
        json.loads(content)


@pytest.mark.parametrize("native", [True, False])
def test_without_damage_the_export_is_json_in_either_layout(tmp_path: Path, *, native: bool) -> None:
    ShapedNetwork(SMALL, native=native).write(tmp_path)
    content = (tmp_path / "export" / "result.json").read_bytes()
    chats: list[dict[str, Any]] = json.loads(content)["chats"]["list"]
    assert [len(each["messages"]) for each in chats] == [402, 601, 101]
    assert (content.count(b"\n") > 10_000) is native


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine").write_bytes(b"")
    with pytest.raises(UsageError, match="empty folder"):
        ShapedNetwork(SMALL).write(tmp_path)


def test_the_shape_of_2020_is_what_was_published(tmp_path: Path) -> None:
    shape = preset("2020")
    members = [each.members for each in shape.channels]
    assert (len(members), sum(members), max(members), shape.accounts) == (7, 103_585, 45_615, 101_080)
    assert sum(each.pictures for each in shape.channels) == 104_852
    assert sum(shape.promotion.values()) == 380
    assert shape.polls[0].shares[0] == 0.63
    little = tuple(msgspec.structs.replace(each, posts=40, pictures=20) for each in shape.channels)
    truth = ShapedNetwork(msgspec.structs.replace(shape, channels=little)).write(tmp_path)
    assert truth.polls[0].voters[0] / sum(truth.polls[0].voters) == 0.63
    assert truth.unique_accounts == 101_080
