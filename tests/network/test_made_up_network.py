"""From the files of a made-up network to its census: what its maker planted is what is counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import pytest

from network.made import label
from takeback.model.channel import Damage, Post, PostKind, PostRef
from takeback.model.measure import Measure
from takeback.network.census import Network, census
from takeback.network.links import TELEGRAM, host_of
from takeback.simulate.network import write_network
from takeback.simulate.truth import Truth
from takeback.sources.side_files import applied, read_audience_csv, read_channels_csv
from takeback.sources.telegram import TelegramExport


@dataclass(frozen=True)
class Read:
    truth: Truth
    posts: tuple[Post, ...]
    damage: tuple[Damage, ...]
    measures: Mapping[str, Measure]
    usernames: Mapping[str, str | None]


@pytest.fixture(scope="module")
def read(tmp_path_factory: pytest.TempPathFactory) -> Read:
    folder = tmp_path_factory.mktemp("made") / "export"
    truth = write_network(folder)
    reader = TelegramExport().open(folder)
    rows = tuple(reader.posts())
    posts = tuple(row for row in rows if isinstance(row, Post))
    damage = tuple(row for row in rows if isinstance(row, Damage))
    channels = applied(reader.channels(), read_channels_csv(folder / "channels.csv"))
    measures = census(
        Network(
            channels=channels,
            posts=posts,
            audiences=read_audience_csv(folder / "audience.csv"),
            damage=damage,
            clusters={},
            enrolled={},
            sealed=0,
            label=lambda channel: f"{label(channel)}{channel[-1]}",
            row_key=b"key",
        )
    )
    return Read(
        truth=truth,
        posts=posts,
        damage=damage,
        measures={measure.id: measure for measure in measures},
        usernames={channel.id: channel.username for channel in channels},
    )


def ref(post: Post) -> PostRef:
    return PostRef(channel=post.channel, id=post.id)


def test_every_row_of_every_channel_is_there(read: Read) -> None:
    for channel in read.truth.channels:
        posts = [post for post in read.posts if post.channel == channel.id]
        kinds = Counter(post.kind for post in posts)
        assert (len(posts), kinds[PostKind.MESSAGE], kinds[PostKind.SERVICE]) == (
            channel.rows,
            channel.messages,
            channel.service,
        )
        assert sum(post.time is None for post in posts) == channel.undated
        assert read.usernames[channel.id] == channel.username
    assert sum(each.posts_lost for each in read.damage) == 0


def test_every_planted_and_every_sealed_file_is_known_by_its_digest(read: Read) -> None:
    held = {(ref(post), media.sha256) for post in read.posts for media in post.media}
    planted = {(post, each.sha256) for each in read.truth.planted for post in each.posts}
    assert planted | {(each.post, each.sha256) for each in read.truth.sealed} <= held


def test_polls_forwards_and_missing_files_are_those_of_the_truth(read: Read) -> None:
    polls = {ref(post): tuple(answer.voters for answer in post.poll.answers) for post in read.posts if post.poll}
    assert polls == {poll.post: poll.voters for poll in read.truth.polls}
    forwards = {ref(post): (post.forward.name, post.forward.origin) for post in read.posts if post.forward}
    assert forwards == {each.post: (each.name, each.origin) for each in read.truth.forwards}
    missing = sorted((ref(post), each.absence) for post in read.posts for each in post.missing)
    assert missing == sorted((each.post, each.absence) for each in read.truth.missing)


def test_the_census_recovers_months_and_hosts(read: Read) -> None:
    months: Counter[str] = Counter()
    for month in read.truth.monthly:
        months[month.month] += month.messages
    for name, messages in months.items():
        assert read.measures[f"growth.posts.{name}"].value == messages
    gaps = [id for id, each in read.measures.items() if id.startswith("growth.posts.") and each.value is None]
    assert gaps == ["growth.posts.2026-05"]
    for link in read.truth.links:
        id = "links.telegram" if host_of(link.host) == TELEGRAM else f"links.host.{link.host}"
        assert read.measures[id].value == link.links
