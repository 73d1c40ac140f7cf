from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from takeback.simulate.phrases import PhraseKind, load_phrases
from takeback.simulate.posting import BLOCK, blocks_of, posts_per_day
from takeback.simulate.shape import ChannelShape, Gap, NetworkShape, Posting


def shape(posts: int, *, pictures: int = 0, **posting: float) -> NetworkShape:
    channel = ChannelShape(name="a", kind="public_supergroup", members=500, posts=posts, pictures=pictures)
    return NetworkShape(
        start=date(2020, 1, 1),
        end=date(2020, 12, 31),
        accounts=500,
        channels=(channel,),
        posting=Posting(**posting),
        gaps=(Gap(start=date(2020, 5, 1), end=date(2020, 5, 31)),),
    )


PHRASES = load_phrases(("en",))


def test_days_are_burstier_than_chance_and_the_burstier_the_smaller_the_dispersion() -> None:
    ratios = []
    for dispersion in (0.5, 5.0):
        made = shape(40_000, dispersion=dispersion)
        days = posts_per_day(made.channels[0], made, np.random.default_rng(1))
        spoken = days[days > 0]
        ratios.append(spoken.var() / spoken.mean())
    assert ratios[0] > 3 * ratios[1] > 3


def test_posts_grow_over_the_time_and_rest_in_the_gap() -> None:
    made = shape(100_000, growth=6.0, dispersion=50.0)
    days = posts_per_day(made.channels[0], made, np.random.default_rng(1))
    assert days.sum() == 100_000
    assert 4.5 < days[-30:].mean() / days[:30].mean() < 6  # six times over the year, less within these months
    assert days[121:152].sum() == 0


@given(posts=st.integers(1, 3_000), share=st.floats(0, 1), block=st.integers(1, 500), seed=st.integers(0, 99))
@settings(max_examples=25, deadline=None)
def test_blocks_add_up_to_the_shape_whatever_their_size(posts: int, share: float, block: int, seed: int) -> None:
    made = shape(posts, pictures=int(posts * share))
    blocks = list(blocks_of(0, made, PHRASES, np.random.default_rng(seed), block=block))
    assert sum(map(len, blocks)) == posts
    assert sum(int(each.picture.sum()) for each in blocks) == int(posts * share)
    ids, times = (np.concatenate([getattr(each, name) for each in blocks]) for name in ("id", "time"))
    assert (np.diff(ids) > 0).all()
    assert (np.diff(times) >= 0).all()


def test_a_block_is_small_however_many_posts_there_are() -> None:
    made = shape(400_000, dispersion=50.0)
    assert max(map(len, blocks_of(0, made, PHRASES, np.random.default_rng(1)))) == BLOCK


def test_deleted_numbers_and_kinds_of_phrases_come_in_their_shares() -> None:
    made = shape(50_000, deleted=0.2, priced=0.1, referring=0.05, edited=0.03)
    blocks = list(blocks_of(0, made, PHRASES, np.random.default_rng(1)))
    last = int(blocks[-1].id[-1])
    assert 1 - 50_000 / last == pytest.approx(0.2, abs=0.01)
    kinds = [PHRASES[int(each)].kind for block in blocks for each in block.phrase]
    assert kinds.count(PhraseKind.PRICED) / 50_000 == pytest.approx(0.1, abs=0.01)
    assert kinds.count(PhraseKind.REFERRING) / 50_000 == pytest.approx(0.05, abs=0.01)
    assert sum(int(each.edited.sum()) for each in blocks) / 50_000 == pytest.approx(0.03, abs=0.005)


def test_few_members_post_much_and_most_never() -> None:
    made = shape(20_000)
    authors = np.concatenate([each.author for each in blocks_of(0, made, PHRASES, np.random.default_rng(1))])
    counts = np.sort(np.bincount(authors))[::-1]
    assert len(counts) <= 60
    assert counts[:6].sum() > 0.4 * counts.sum()
