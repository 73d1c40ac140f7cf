# ruff: noqa: RUF001  # Russian words are the point
"""Made-up networks in columns, with the parameters that they are drawn from: bursts, overdispersion, gaps, deletion."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from takeback.model.channel import Channel, ChannelKind, Poll, PollAnswer
from takeback.network.network import Network

if TYPE_CHECKING:
    import pyarrow as pa

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

DAYS = 182
_WARM = 21
_FIRST_DAY = 18_300
_DAY = 86_400
SENTENCES = {
    "en": ("The picture of the harbour was taken early in the morning", "We will show more of the garden next week"),
    "ru": ("Фотография гавани была сделана рано утром на рассвете", "На следующей неделе покажем больше снимков сада"),
    "es": (
        "La fotografía del puerto se hizo muy temprano por la mañana",
        "La próxima semana enseñaremos más del jardín",
    ),
    "ko": ("항구 사진은 이른 아침에 찍었습니다 감사합니다 여러분", "다음 주에 정원 사진을 더 보여 드리겠습니다 여러분"),
}
"""Sentences that the guesser of languages knows, so that what is measured is the interval and not the guesser."""
LANGUAGES = tuple(SENTENCES)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Drawn:
    """One network, what it was drawn from, and what was posted before anything was deleted or missed."""

    network: Network
    growth: float
    posts_per_day: float
    pictures_per_post: float
    forwarded: float
    languages: dict[str, float]
    hours: Floats
    poll: tuple[float, ...]
    posted_growth: float


def draw_network(rng: np.random.Generator) -> Drawn:
    """A network of three to five channels over 26 weeks.

    Daily intensities follow a trend, a weekly cycle and an autocorrelated lognormal level that channels share in part;
    to that come bursts that fade within days. Pictures, forwards and hours vary from day to day too. In half of the
    networks eight to twenty days were not collected; some posts were deleted, older ones more often.
    """
    channels = int(rng.integers(3, 6))
    growth = float(rng.uniform(-0.3, 2.0))
    trend = np.exp(np.log1p(growth) / (DAYS // 2) * (np.arange(DAYS) - DAYS / 2))
    trend *= 1 + rng.uniform(0, 0.4) * np.sin(2 * np.pi * (np.arange(DAYS) + rng.integers(7)) / 7)
    bases = np.exp(rng.uniform(np.log(2), np.log(40), channels))
    shared, spread, rho = _level(rng, rng.uniform(0, 0.6)), rng.uniform(0.2, 0.7), rng.uniform(0, 0.6)
    burst, size = rng.uniform(0, 0.4), rng.uniform(5, 30)
    counts = []
    for base in bases:
        level = np.sqrt(0.5) * (shared + _level(rng, rho))
        counts.append(_counts(rng, base * trend, np.exp(spread * level - spread**2 / 2), burst, size))
    texts = rng.dirichlet(np.full(len(LANGUAGES), 1.0), size=channels)
    daily = _Daily.draw(rng)
    gap = _gap(rng)
    age = np.linspace(rng.uniform(0, 0.15), 0, DAYS)
    batches = [
        _batch(rng, f"telegram:{number}", count, texts[number], daily, kept=(1 - age) * gap)
        for number, count in enumerate(counts)
    ]
    half, left = DAYS // 2, trend * (1 - age)
    total = np.sum(counts, axis=0)
    poll, shares = _poll(rng)
    weights = bases / bases.sum()
    return Drawn(
        network=_network(batches, poll, channels),
        growth=float(left[half:].mean() / left[:half].mean() - 1),
        posts_per_day=float(bases.sum() * left[half:].mean()),
        pictures_per_post=daily.pictures,
        forwarded=daily.forwarded,
        languages={name: float(weights @ texts[:, place]) for place, name in enumerate(LANGUAGES)},
        hours=daily.hours,
        poll=shares,
        posted_growth=float(total[half:].sum() / total[:half].sum() - 1),
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Daily:
    """What varies from day to day around a mean: pictures to a post, the share forwarded, the hours."""

    pictures: float
    forwarded: float
    hours: Floats
    pictures_on: Floats
    forwarded_on: Floats
    hours_on: Floats

    @classmethod
    def draw(cls, rng: np.random.Generator) -> _Daily:
        pictures, forwarded = float(rng.uniform(0.2, 1.5)), float(rng.uniform(0.05, 0.6))
        hours = rng.dirichlet(2 + 2 * np.sin(np.pi * np.arange(24) / 12 + rng.uniform(0, 6)) + 0.2)
        shape = rng.uniform(2, 20)
        return cls(
            pictures=pictures,
            forwarded=forwarded,
            hours=hours,
            pictures_on=pictures * rng.gamma(shape, 1 / shape, DAYS),
            forwarded_on=rng.beta(10 * forwarded, 10 * (1 - forwarded), DAYS),
            hours_on=rng.dirichlet(60 * hours, DAYS),
        )


def _level(rng: np.random.Generator, rho: float) -> Floats:
    """A standard normal level of each day, autocorrelated."""
    noise = rng.normal(size=DAYS)
    level = np.empty(DAYS)
    level[0] = noise[0]
    for day in range(1, DAYS):
        level[day] = rho * level[day - 1] + np.sqrt(1 - rho**2) * noise[day]
    return level


def _counts(rng: np.random.Generator, mean: Floats, level: Floats, burst: float, size: float) -> Ints:
    """Posts of each day: a part that follows the level, and bursts that fade within days."""
    counts = rng.poisson(mean * level * (1 - burst))
    begun = rng.poisson(np.concatenate((np.full(_WARM, mean[0]), mean)) * burst / size)
    sizes = rng.geometric(1 / size, size=int(begun.sum()))
    days = np.repeat(np.repeat(np.arange(DAYS + _WARM), begun), sizes)
    days = (days + rng.exponential(1.0, size=len(days))).astype(np.int64) - _WARM
    days = days[(days >= 0) & (days < DAYS)]
    found: Ints = counts + np.bincount(days, minlength=DAYS)
    return found


def _gap(rng: np.random.Generator) -> Floats:
    """1 where a day was collected; in half of the networks eight to twenty days in a row were not."""
    collected = np.ones(DAYS)
    if rng.random() < 0.5:  # noqa: PLR2004  # half of the networks
        length = int(rng.integers(8, 21))
        start = int(rng.integers(1, DAYS - length - 1))
        collected[start : start + length] = 0
    return collected


def _poll(rng: np.random.Generator) -> tuple[Poll, tuple[float, ...]]:
    shares = tuple(rng.dirichlet(np.full(3, 3.0)).tolist())
    total = int(np.exp(rng.uniform(np.log(10), np.log(5000))))
    voters = rng.multinomial(total, shares).tolist()
    answers = tuple(PollAnswer(text=f"answer {place}", voters=each) for place, each in enumerate(voters))
    return Poll(question="Which?", answers=answers, total_voters=total, closed=True), shares


def _network(batches: list[pa.RecordBatch], poll: Poll, channels: int) -> Network:
    from takeback.model.channel import Post, PostKind

    return Network(
        channels=tuple(
            Channel(id=f"telegram:{number}", name="", kind=ChannelKind.PUBLIC_CHANNEL) for number in range(channels)
        ),
        posts=(Post(channel="telegram:polls", id=1, kind=PostKind.MESSAGE, time=None, poll=poll),),
        batches=lambda: iter(batches),
        audiences=(),
        damage=(),
        clusters={},
        enrolled={},
        sealed=0,
        label=lambda channel: f"channel-{channel.rpartition(':')[2]}",
        row_key=b"bench",
    )


def _batch(  # one network's parameters, one by one
    rng: np.random.Generator, channel: str, counts: Ints, texts: Floats, daily: _Daily, *, kept: Floats
) -> pa.RecordBatch:
    """The posts of one channel that are left: numbers go on over what was deleted or not collected."""
    days = np.repeat(np.arange(DAYS), counts)
    hours = _drawn_hours(rng, daily.hours_on, counts)
    seconds = days * _DAY + hours * 3600 + rng.integers(0, 3600, len(days))
    order = np.argsort(seconds, kind="stable")
    days, seconds = days[order], seconds[order]
    left = rng.random(len(days)) < kept[days]
    days, seconds, ids = days[left], seconds[left], np.flatnonzero(left) + 1
    language = rng.choice(len(LANGUAGES), size=len(days), p=texts)
    sentence = rng.integers(0, 2, len(days))
    written = [each for name in LANGUAGES for each in SENTENCES[name]]
    return columns(
        channel,
        ids,
        seconds + _FIRST_DAY * _DAY,
        [written[place] for place in (language * 2 + sentence).tolist()],
        pictures=rng.poisson(daily.pictures_on[days]),
        forwarded=rng.random(len(days)) < daily.forwarded_on[days],
    )


def _drawn_hours(rng: np.random.Generator, shares: Floats, counts: Ints) -> Ints:
    """The hour of each post, by the shares of its day."""
    bounds = np.cumsum(shares, axis=1)
    days = np.repeat(np.arange(DAYS), counts)
    hours: Ints = (rng.random(len(days))[:, None] > bounds[days]).sum(axis=1)
    return np.minimum(hours, 23)


def columns(  # the columns, one by one
    channel: str,
    ids: Ints,
    seconds: Ints,
    texts: list[str],
    *,
    pictures: Ints,
    forwarded: npt.NDArray[np.bool_],
    given: dict[str, pa.Array] | None = None,
) -> pa.RecordBatch:
    """A batch of posts of one channel; pictures are named without their files. ``given`` replaces whole columns."""
    import pyarrow as pa

    from takeback.tables.posts import SCHEMA

    size = len(ids)
    yes, no = pa.array(np.ones(size, np.bool_)), pa.array(np.zeros(size, np.bool_))
    offsets = pa.array(np.concatenate(([0], np.cumsum(pictures))), pa.int32())
    many = int(pictures.sum())
    fields = {"kind": ["photo"] * many, "absence": ["not_included"] * many, "named": [""] * many}
    missing = pa.ListArray.from_arrays(
        offsets, pa.StructArray.from_arrays(list(map(pa.array, fields.values())), list(fields))
    )
    held: dict[str, pa.Array] = {
        "channel": pa.array([channel] * size, pa.string()),
        "id": pa.array(ids),
        "kind": pa.array(["message"] * size, pa.string()),
        "time": pa.array(seconds).cast(pa.timestamp("s", tz="UTC")),
        "zone_known": yes,
        "text": pa.array(texts, pa.string()),
        "forwarded": pa.array(forwarded),
        "flagged_minor": no,
        "source": pa.array([""] * size, pa.string()),
        "superseded": no,
        "missing": missing,
        **(given or {}),
    }
    arrays = [_cast(held[each.name], each.type) if each.name in held else pa.nulls(size, each.type) for each in SCHEMA]
    return pa.RecordBatch.from_arrays(arrays, schema=SCHEMA)


def _cast(values: pa.Array, kind: pa.DataType) -> pa.Array:
    import pyarrow as pa

    return values.dictionary_encode().cast(kind) if pa.types.is_dictionary(kind) else values.cast(kind)
