from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from takeback.model.channel import PostRef
from takeback.report.pseudonym import Pseudonyms

KEY = bytes(range(32))


def test_the_same_key_gives_the_same_names_in_every_report() -> None:
    first, second = Pseudonyms(KEY), Pseudonyms(KEY)
    assert first.channel("telegram:1") == second.channel("telegram:1")
    assert first.post(PostRef(channel="telegram:1", id=5)) == second.post(PostRef(channel="telegram:1", id=5))


def test_another_key_gives_other_names() -> None:
    ours, theirs = Pseudonyms(KEY), Pseudonyms(bytes(32))
    assert [ours.channel(str(i)) for i in range(50)] != [theirs.channel(str(i)) for i in range(50)]


def test_no_two_channels_share_a_name_even_where_four_digits_collide() -> None:
    names = Pseudonyms(KEY)
    made = [names.channel(f"telegram:{i}") for i in range(3_000)]
    assert len(set(made)) == len(made)
    assert max(map(len, made)) > len("channel-0000")
    assert [names.channel(f"telegram:{i}") for i in range(3_000)] == made


@settings(max_examples=60, deadline=None)
@given(st.text(min_size=9, max_size=40))
def test_a_name_never_reveals_what_it_stands_for(raw: str) -> None:
    name = Pseudonyms(KEY).channel(raw)
    assert raw not in name
    assert name.startswith("channel-")
    assert set(name.removeprefix("channel-")) <= set("0123456789abcdef")


def test_a_post_carries_the_name_of_its_channel_and_not_its_number() -> None:
    names = Pseudonyms(KEY)
    name = names.post(PostRef(channel="telegram:1", id=471_123))
    assert name.startswith(names.channel("telegram:1") + "/post-")
    assert "471123" not in name


def test_what_is_alike_in_different_kinds_is_named_differently() -> None:
    names = Pseudonyms(KEY)
    made = [names.channel("x"), names.media("x"), names.person("x"), names.photograph("x"), names.overlay("x")]
    assert len({each.split("-")[1] for each in made}) == len(made)


def test_a_short_key_is_refused_and_a_repr_shows_no_name() -> None:
    with pytest.raises(ValueError, match="at least 16 bytes"):
        Pseudonyms(b"short")
    names = Pseudonyms(KEY)
    names.channel("secret")
    assert "secret" not in repr(names)
