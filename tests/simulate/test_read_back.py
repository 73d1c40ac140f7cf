"""The truth of the made-up network, against what the real readers find in it."""

from __future__ import annotations

from collections import Counter
from typing import Any
from urllib.parse import urlsplit

import pytest

from takeback.model.channel import Damage, Post, PostRef
from takeback.sources.side_files import read_acquisition, read_audience_csv, read_channels_csv
from takeback.sources.telegram import TelegramExport, TelegramReader


@pytest.fixture(scope="module")
def reader(network: Any) -> TelegramReader:
    return TelegramExport().open(network.folder)


@pytest.fixture(scope="module")
def posts(reader: TelegramReader) -> list[Post]:
    return [each for each in reader.posts() if isinstance(each, Post)]


def ref(post: Post) -> PostRef:
    return PostRef(channel=post.channel, id=post.id)


def test_every_row_is_read_and_only_the_path_outside_is_damage(
    network: Any, reader: TelegramReader, posts: list[Post]
) -> None:
    assert len(posts) == reader.messages == network.truth.posts
    damage = [each for each in reader.posts() if isinstance(each, Damage)]
    assert [each.reason for each in damage] == ["names a file outside the export: '../../outside/photo_1.jpg'"]


def test_channels_are_those_of_the_truth(network: Any, reader: TelegramReader) -> None:
    read = {each.id: (each.name, each.kind) for each in reader.channels()}
    assert read == {each.id: (each.name, each.kind) for each in network.truth.channels}


def test_months_in_utc_are_those_of_the_truth(network: Any, posts: list[Post]) -> None:
    read = Counter((post.channel, f"{post.time:%Y-%m}") for post in posts if post.time and post.kind == "message")
    assert read == {(each.channel, each.month): each.messages for each in network.truth.monthly}


def test_links_forwards_polls_and_missing_files_are_those_of_the_truth(network: Any, posts: list[Post]) -> None:
    truth = network.truth
    hosts = Counter(urlsplit(link).hostname for post in posts for link in post.links)
    assert hosts == {each.host: each.links for each in truth.links}
    forwards = [(ref(post), post.forward.name, post.forward.origin) for post in posts if post.forward]
    assert forwards == [(each.post, each.name, each.origin) for each in truth.forwards]
    polls = [(ref(post), tuple(answer.voters for answer in post.poll.answers)) for post in posts if post.poll]
    assert polls == [(each.post, each.voters) for each in truth.polls]
    missing = [(ref(post), absent.absence) for post in posts for absent in post.missing]
    assert missing == [(each.post, each.absence) for each in truth.missing]


def test_media_of_the_planted_posts_are_the_planted_bytes(network: Any, posts: list[Post]) -> None:
    read = {(ref(post), media.place.path): media.sha256 for post in posts for media in post.media}
    for each in network.truth.planted:
        for path, post in zip(each.paths, each.posts, strict=True):
            assert read[post, path] == each.sha256


def test_the_small_files_beside_the_export_are_read(network: Any) -> None:
    usernames = {each.id: each.username for each in network.truth.channels if each.username}
    assert read_channels_csv(network.folder / "channels.csv") == usernames
    assert read_audience_csv(network.folder / "audience.csv") == network.truth.audiences
    acquisition = read_acquisition(network.folder / "acquisition.toml")
    assert None not in (acquisition.collected_by, acquisition.collected_from, acquisition.application)
