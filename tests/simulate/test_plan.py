from __future__ import annotations

import numpy as np
import pytest

from takeback.model.channel import PostKind
from takeback.simulate.collection import load_photographs
from takeback.simulate.pictures import Part, Picture, make_pictures
from takeback.simulate.plan import MONTHS, Plan, make_plan
from takeback.simulate.texts import load_texts


@pytest.fixture(scope="module")
def pictures() -> dict[str, Picture]:
    return make_pictures(load_photographs(), np.random.default_rng(3))


@pytest.fixture(scope="module")
def plan(pictures: dict[str, Picture]) -> Plan:
    return make_plan(pictures, load_texts(), np.random.default_rng(4))


def test_every_picture_is_posted(plan: Plan, pictures: dict[str, Picture]) -> None:
    assert {post.picture for posts in plan.values() for post in posts if post.picture} == set(pictures)


def test_channels_begin_with_their_creation(plan: Plan) -> None:
    assert {posts[0].action for posts in plan.values()} == {"create_channel", "create_group"}
    assert all(posts[0].kind is PostKind.SERVICE for posts in plan.values())


def test_each_month_of_activity_has_posts_in_each_channel(plan: Plan) -> None:
    for posts in plan.values():
        assert {post.time.month for post in posts if post.time} == set(MONTHS)


def test_a_derivative_is_forwarded_so_that_its_spread_can_be_followed(plan: Plan, pictures: dict[str, Picture]) -> None:
    forwarded = [post.picture for posts in plan.values() for post in posts if post.forward and post.picture]
    assert len(forwarded) == 9
    assert any(pictures[name].part is Part.PLANTED for name in forwarded)
