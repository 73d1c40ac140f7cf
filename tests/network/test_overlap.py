"""Unique accounts: bounds first, and a model beside them that says it is one."""

from __future__ import annotations

import pytest

from network.made import CHAT, FRIENDS, GALLERY, audience, measured, network, post
from takeback.model.channel import Post
from takeback.model.measure import Interval

COUNTS = (audience(CHAT, 1000), audience(GALLERY, 800))


def posters(channel: str, accounts: range, *, each: int = 1) -> list[Post]:
    return [
        post(channel, number, author_id=f"user{account}")
        for number, account in enumerate((account for account in accounts for _ in range(each)), start=1)
    ]


def test_shared_posters_scale_the_sum_and_never_leave_the_bounds() -> None:
    found = measured(network(*posters(CHAT, range(100)), *posters(GALLERY, range(50, 150)), audiences=COUNTS))
    model, bounds = found["members.model.unique"], found["members.bounds"]
    assert model.value == pytest.approx(1800 * 150 / 200)
    assert model.low is not None
    assert model.high is not None
    assert bounds.low is not None
    assert bounds.high is not None
    assert bounds.low <= model.low <= model.value <= model.high <= bounds.high  # type: ignore[operator]  # a number
    assert model.model
    assert bounds.kind is Interval.BOUNDS
    assert "never in their place" in model.caveat
    everybody = measured(network(*posters(CHAT, range(200)), *posters(GALLERY, range(200)), audiences=COUNTS))
    assert everybody["members.model.unique"].value == 1000


def test_without_evidence_of_overlap_there_is_no_estimate() -> None:
    apart = network(*posters(CHAT, range(100)), *posters(GALLERY, range(100, 200)), audiences=COUNTS)
    few = network(*posters(CHAT, range(20)), *posters(GALLERY, range(20)), audiences=COUNTS)
    for made in (apart, few):
        measure = measured(made)["members.model.unique"]
        assert (measure.value, measure.low) == (None, None)
        assert "Not computed" in measure.caveat


def test_other_posters_give_another_estimate_and_both_are_shown() -> None:
    often = posters(CHAT, range(100), each=2)
    also = [post(GALLERY, 500 + n, author_id=f"user{n}") for n in (*range(60), *range(300, 400))]
    found = measured(network(*often, *also, audiences=COUNTS))
    all_of_them, active = found["members.model.unique"], found["members.model.unique.active"]
    assert active.n < all_of_them.n
    assert active.value != all_of_them.value
    assert found["members.model.unique.chao"].value is not None


def test_channels_that_post_in_their_own_name_are_no_accounts() -> None:
    own = [post(channel, 1, author_id=f"channel{n}") for n in range(300) for channel in (CHAT, GALLERY)]
    made = network(*{(each.channel, each.author_id): each for each in own}.values(), audiences=COUNTS)
    assert measured(made)["members.model.unique"].n == 0


def test_every_day_with_a_count_is_a_snapshot_and_the_last_of_a_day_counts() -> None:
    counts = (audience(CHAT, 10), audience(CHAT, 12), audience(CHAT, 30, day=2), audience(FRIENDS, 5))
    found = {id: each.value for id, each in measured(network(audiences=counts)).items() if "members.channel" in id}
    assert found == {
        "members.channel.channel-bbbb": 30,
        "members.channel.channel-bbbb.2020-01-15": 12,
        "members.channel.channel-bbbb.2020-01-17": 30,
        "members.channel.channel-cccc": 5,
    }
