from __future__ import annotations

from pathlib import Path

import pytest

from takeback.errors import UsageError
from takeback.simulate.phrases import load_phrases
from takeback.simulate.shape import load_shape, preset

SOUND = """
start = 2020-01-01
end = 2020-02-01
accounts = 12
[[channel]]
name = "a"
kind = "public_channel"
members = 10
posts = 5
pictures = 2
[[channel]]
name = "b"
kind = "private_supergroup"
members = 5
posts = 5
pictures = 0
[[poll]]
channel = 1
question = "Which?"
answers = ["x", "y"]
shares = [0.5, 0.5]
voters = 3
"""


def shape_of(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "network.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_sound_shape_is_read(tmp_path: Path) -> None:
    shape = load_shape(shape_of(tmp_path, SOUND))
    assert (shape.days, shape.posts, len(shape.channels), shape.polls[0].voters) == (32, 10, 2, 3)
    assert (shape.channels[0].is_group, shape.channels[1].is_group) == (False, True)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("accounts = 12", "accounts = 9", "accounts are at least the largest"),
        ("accounts = 12", "accounts = 16", "accounts are at least the largest"),
        ("accounts = 12", "accounts = 12\nsurprise = 1", "surprise"),
        ("end = 2020-02-01", "end = 2019-02-01", "ends before it starts"),
        ('name = "b"', 'name = "a"', "different names"),
        ("pictures = 2", "pictures = 6", "more pictures than posts"),
        ("posts = 5\npictures = 0", "posts = 1_000_000_000\npictures = 0", "between one post and"),
        ("shares = [0.5, 0.5]", "shares = [0.5, 0.4]", "its shares do not add up"),
        ("channel = 1", "channel = 2", "a poll names no channel"),
        ("accounts = 12", "accounts = 12\nlanguages = { en = 0.5 }", "add up to 1"),
        ("accounts = 12", "accounts = 12\ndamage = { rust = 0.5 }", "damage is one of"),
        ("accounts = 12", "accounts = 12\nposting = { deleted = 1.0 }", "below 1"),
        ("accounts = 12", "accounts = 12\nposting = { dispersion = 0.0 }", "above 0"),
        ("accounts = 12", "accounts = 12\ngaps = [{ start = 2020-01-01, end = 2020-02-01 }]", "leave no day"),
        ('kind = "public_channel"', 'kind = "website"', "website"),
        ("accounts = 12", "accounts = ", "not the shape of a network"),
    ],
)
def test_a_shape_that_cannot_be_says_why(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert SOUND.count(old) >= 1
    with pytest.raises(UsageError, match=said):
        load_shape(shape_of(tmp_path, SOUND.replace(old, new, 1)))


def test_what_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no shape of a network"):
        load_shape(tmp_path / "nothing.toml")
    with pytest.raises(UsageError, match=r"no shape is called '1999' \(there are: 2020\)"):
        preset("1999")
    with pytest.raises(UsageError, match="nothing is said in 'xx'"):
        load_phrases(("xx",))
