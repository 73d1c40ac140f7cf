"""When who posts what in a network of a given shape: bursty days, evenings, gaps, deletions; block by block."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt

from takeback.simulate.phrases import PhraseKind, Phrases
from takeback.simulate.shape import ChannelShape, NetworkShape

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

BLOCK = 20_000
"""Posts that are handed on at a time; whole days are drawn."""

_DAY = 86_400
_HOURS = np.array([1, 1, 1, 1, 1, 1, 2, 3, 4, 5, 5, 5, 6, 6, 6, 6, 7, 8, 10, 12, 12, 10, 6, 2], np.float64)
"""How often each hour of UTC is posted in, to each other."""
_POSTERS = 0.12
"""The share of a group's members who ever post."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Posts that follow each other: (N,) each. ``phrase`` counts the phrases, ``forward`` the channels (-1: none),
    ``author`` the members of a group (-1: the channel itself).
    """

    id: Ints
    time: Ints
    phrase: Ints
    author: Ints
    forward: Ints
    picture: Flags
    edited: Flags

    def __len__(self) -> int:
        return len(self.id)

    def __getitem__(self, rows: slice) -> Block:
        return Block(**{name: getattr(self, name)[rows] for name in Block.__slots__})


def posts_per_day(channel: ChannelShape, shape: NetworkShape, rng: np.random.Generator) -> Ints:
    """How many posts fall on each day: overdispersed, growing, none in the gaps; they add up to the channel's."""
    days = np.arange(shape.days)
    mean = shape.posting.growth ** (days / max(1, shape.days - 1))
    weight = mean * rng.gamma(shape.posting.dispersion, 1 / shape.posting.dispersion, len(days))
    weight[[shape.silent(int(day)) for day in days]] = 0.0
    if not weight.sum() > 0:
        weight = np.array([0.0 if shape.silent(int(day)) else 1.0 for day in days])
    return rng.multinomial(channel.posts, weight / weight.sum()).astype(np.int64)


def blocks_of(
    place: int, shape: NetworkShape, phrases: Phrases, rng: np.random.Generator, *, block: int = BLOCK
) -> Iterator[Block]:
    """The posts of the channel at that place, in order, in bounded memory.

    Args:
        place: which channel of the shape.
        shape: the network.
        phrases: what is said.
        rng: of every choice.
        block: posts at a time, at most.
    """
    channel = shape.channels[place]
    counts = posts_per_day(channel, shape, rng)
    begin = int(datetime(shape.start.year, shape.start.month, shape.start.day, tzinfo=UTC).timestamp())
    pictures, left, last = channel.pictures, channel.posts, 0
    at = 0
    while at < len(counts):
        stop = at + 1
        while stop < len(counts) and counts[at:stop].sum() < block:
            stop += 1
        size = int(counts[at:stop].sum())
        if size:
            days = np.repeat(np.arange(at, stop), counts[at:stop])
            shown = int(rng.hypergeometric(pictures, left - pictures, size)) if left > size else pictures
            made = _block(place, shape, phrases, begin + days * _DAY, last, shown, rng)
            yield from (made[first : first + block] for first in range(0, size, block))
            pictures, left, last = pictures - shown, left - size, int(made.id[-1])
        at = stop


def _block(
    place: int, shape: NetworkShape, phrases: Phrases, day: Ints, last: int, shown: int, rng: np.random.Generator
) -> Block:
    size = len(day)
    posting = shape.posting
    hours = rng.choice(24, size, p=_HOURS / _HOURS.sum())
    time = np.sort(day + hours * 3600 + rng.integers(0, 3600, size))
    picture = np.zeros(size, np.bool_)
    picture[rng.choice(size, shown, replace=False)] = True
    others = [each for each in range(len(shape.channels)) if each != place]
    forward = np.full(size, -1, np.int64)
    if others:
        chosen = rng.random(size) < posting.forwarded
        forward[chosen] = rng.choice(others, int(chosen.sum()))
    return Block(
        id=last + np.cumsum(1 + _deleted(size, posting.deleted, rng)),
        time=time,
        phrase=_said(size, shape, phrases, rng),
        author=_authors(size, shape.channels[place], rng),
        forward=forward,
        picture=picture,
        edited=rng.random(size) < posting.edited,
    )


def _deleted(size: int, share: float, rng: np.random.Generator) -> Ints:
    """How many numbers were deleted before each post, so that the share of all that ever were is the given one."""
    return rng.geometric(1 - share, size).astype(np.int64) - 1


def _said(size: int, shape: NetworkShape, phrases: Phrases, rng: np.random.Generator) -> Ints:
    """Which phrase each post says: first its language, then whether it names a price, a friend, or neither."""
    found = np.empty(size, np.int64)
    languages = list(shape.languages)
    language = rng.choice(
        len(languages), size, p=np.array(list(shape.languages.values())) / sum(shape.languages.values())
    )
    drawn = rng.random(size)
    priced, referring = shape.posting.priced, shape.posting.priced + shape.posting.referring
    kinds = np.where(drawn < priced, 1, np.where(drawn < referring, 2, 0))
    for number, name in enumerate(languages):
        for value, kind in enumerate((PhraseKind.PLAIN, PhraseKind.PRICED, PhraseKind.REFERRING)):
            chosen = (language == number) & (kinds == value)
            found[chosen] = rng.choice(phrases.places(name, kind), int(chosen.sum()))
    return found


def _authors(size: int, channel: ChannelShape, rng: np.random.Generator) -> Ints:
    """Who posts: in a group few members post much, and most never."""
    if not channel.is_group:
        return np.full(size, -1, np.int64)
    posters = max(1, int(channel.members * _POSTERS))
    return np.minimum((posters * rng.random(size) ** 3).astype(np.int64), posters - 1)
