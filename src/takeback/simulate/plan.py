"""Who posts what, when, in the made-up network."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import cycle, islice

import numpy as np

from takeback.model.channel import ChannelKind, PostKind, Reaction
from takeback.model.media import Absence
from takeback.simulate.pictures import Part, Picture
from takeback.simulate.texts import PollText, Span, Texts, spans

YEAR = 2026
MONTHS = (3, 4, 6, 7)
"""The months with posts; May is the gap."""

STRANGER = "Distant Meadow Pictures"
"""A display name that no channel of the network has."""

_DELETED_SHARE = 0.08
"""How often a number is skipped, as deleted posts leave gaps."""

_APART = 6
"""How many rows without pictures stand before and after one that the minors' gate must seal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedChannel:
    """One channel of the network; ``number`` is Telegram's."""

    key: str
    number: int
    name: str
    kind: ChannelKind
    username: str | None

    @property
    def id(self) -> str:
        """The id that a reader of the export gives it."""
        return f"telegram:{self.number}"


CHANNELS = (
    PlannedChannel(
        key="gallery",
        number=1900000101,
        name="Picture Garden",
        kind=ChannelKind.PUBLIC_CHANNEL,
        username="takeback_demo_picture_garden",
    ),
    PlannedChannel(
        key="offers",
        number=1900000102,
        name="Picture Remake Offers",
        kind=ChannelKind.PUBLIC_CHANNEL,
        username="takeback_demo_remake_offers",
    ),
    PlannedChannel(
        key="talk",
        number=1900000103,
        name="Picture Garden Talk",
        kind=ChannelKind.PRIVATE_SUPERGROUP,
        username=None,
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedPost:
    """One row of a channel before it is written.

    ``picture`` names a picture; ``video`` makes it the thumbnail of a video. ``reply_back`` counts rows. ``forward`` is
    a display name, and ``origin`` the channel number where the export gives one.
    """

    kind: PostKind = PostKind.MESSAGE
    id: int = 0
    time: datetime | None = None
    dated: bool = True
    author: str | None = None
    author_id: str | None = None
    spans: tuple[Span, ...] = ()
    picture: str | None = None
    video: bool = False
    absent: Absence | None = None
    forward: str | None = None
    origin: int | None = None
    reply_back: int = 0
    reply_to: int | None = None
    poll: PollText | None = None
    reactions: tuple[Reaction, ...] = ()
    action: str | None = None
    edited: bool = False


Plan = dict[str, tuple[PlannedPost, ...]]


def make_plan(pictures: Mapping[str, Picture], texts: Texts, rng: np.random.Generator) -> Plan:
    """Every row of the three channels, by the channel's key; the same rows for the same generator state."""
    planted = _shuffled((p.name for p in pictures.values() if p.part is Part.PLANTED), rng)
    unrelated = _shuffled(
        (p.name for p in pictures.values() if p.part is Part.UNRELATED and p.name != "clip thumbnail"), rng
    )
    gallery = _gallery(planted[:12], unrelated[:20], texts, rng)
    reposts = [post for post in gallery[: len(gallery) * 2 // 5] if post.picture and not post.absent][:9]
    offers = _offers(planted[12:14], unrelated[20:26], reposts[:5], texts, rng)
    talk = _talk(planted[14:], unrelated[26:], reposts[5:], texts, rng)
    rows = {"gallery": gallery, "offers": offers, "talk": talk}
    return {channel.key: _finished(rows[channel.key], channel, rng) for channel in CHANNELS}


def _gallery(planted: list[str], unrelated: list[str], texts: Texts, rng: np.random.Generator) -> list[PlannedPost]:
    news = cycle(texts.gallery_news)
    titles = cycle(texts.gallery_titles)
    start = [_service("create_channel"), *_said(islice(news, 2)), _service("pin_message", reply_back=1)]
    body = [PlannedPost(picture=name, spans=spans(next(titles))) for name in _shuffled((*planted, *unrelated), rng)]
    half = len(body) // 2
    sealed = [
        *_said(islice(news, _APART)),
        PlannedPost(picture="sealed landscape", spans=spans(texts.sealed_note)),
        *_said(islice(news, _APART)),
        PlannedPost(picture="poison", spans=spans(texts.poison_note)),
        *_said(islice(news, _APART)),
    ]
    later = [
        _polled(texts, "gallery")[0],
        PlannedPost(spans=spans(texts.offers[0]), forward=CHANNELS[1].name, origin=CHANNELS[1].number),
        PlannedPost(spans=spans(texts.offers[3]), forward=CHANNELS[1].name),
        PlannedPost(picture="damaged", spans=spans("This one arrived broken")),
        PlannedPost(picture="clip thumbnail", video=True, spans=spans("A short clip")),
        PlannedPost(absent=Absence.NOT_INCLUDED, spans=spans("Not in this export")),
        PlannedPost(absent=Absence.OUTSIDE_SOURCE),
        PlannedPost(spans=spans("A row whose date was lost"), dated=False),
        PlannedPost(kind=PostKind.UNSUPPORTED),
        replace(body[0], spans=spans("The same file once more")),
    ]
    return [*start, *body[:half], *sealed, *_merged(body[half:], later)]


def _offers(
    planted: list[str], unrelated: list[str], reposts: list[PlannedPost], texts: Texts, rng: np.random.Generator
) -> list[PlannedPost]:
    said = _said(islice(cycle(texts.offers), 22))
    pictured = [PlannedPost(picture=name, spans=spans("A sample")) for name in _shuffled((*planted, *unrelated), rng)]
    forwarded = [_forwarded(post, CHANNELS[0], with_id=index % 2 == 0) for index, post in enumerate(reposts)]
    late = [*forwarded, *_polled(texts, "offers"), PlannedPost(absent=Absence.TOO_LARGE, video=True)]
    start = [_service("create_channel"), *_merged(said[:11], pictured)]
    return [*start, *_merged(said[11:], late)]


def _talk(
    planted: list[str], unrelated: list[str], reposts: list[PlannedPost], texts: Texts, rng: np.random.Generator
) -> list[PlannedPost]:
    talk = cycle(texts.talk)
    said = _said(islice(talk, 20))
    said[4] = replace(said[4], reply_back=1)
    said[9] = replace(said[9], edited=True)
    pictured = [PlannedPost(picture=name) for name in _shuffled((*planted, *unrelated), rng)]
    forwarded = [_forwarded(post, CHANNELS[0], with_id=index % 2 == 1) for index, post in enumerate(reposts)]
    late = [
        *forwarded,
        PlannedPost(spans=spans(texts.offers[4]), forward=CHANNELS[1].name, origin=CHANNELS[1].number),
        PlannedPost(spans=spans("Look at their meadow"), forward=STRANGER),
        *_polled(texts, "talk"),
        PlannedPost(absent=Absence.FILE_MISSING),
        PlannedPost(absent=Absence.UNAVAILABLE),
        PlannedPost(spans=spans("This account is gone"), author=""),
    ]
    sealed = [*_said(islice(talk, _APART)), PlannedPost(picture="sealed landscape"), *_said(islice(talk, _APART))]
    start = [_service("create_group"), _service("join_group_by_link"), _service("invite_members")]
    return [*start, *_merged(said[:10], pictured), *_merged(said[10:], late), *sealed]


def _finished(rows: list[PlannedPost], channel: PlannedChannel, rng: np.random.Generator) -> tuple[PlannedPost, ...]:
    """The rows with their numbers, times, authors and reactions."""
    numbers = np.cumsum(1 + (rng.random(len(rows)) < _DELETED_SHARE).astype(np.int64)).tolist()
    times = _times(len(rows), rng)
    author = _author_of_talk(rng) if channel.key == "talk" else _author_of_channel(channel)
    finished = []
    for index, row in enumerate(rows):
        name, number = (None, None) if row.author == "" else author()
        finished.append(
            replace(
                row,
                id=numbers[index],
                time=times[index],
                author=name,
                author_id=number,
                reply_to=numbers[index - row.reply_back] if row.reply_back else None,
                reactions=_reactions(rng) if row.kind is PostKind.MESSAGE else (),
            )
        )
    return tuple(finished)


def _times(count: int, rng: np.random.Generator) -> list[datetime]:
    """Rising times over the four months; the last of April falls on 30 April in UTC and in May by local time."""
    found: list[datetime] = []
    for place, month in enumerate(MONTHS):
        rows = [index for index in range(count) if index * len(MONTHS) // count == place]
        jitter = rng.uniform(0.05, 0.95, size=len(rows))
        for position, moved in enumerate(jitter):
            days = 26.0 * (position + float(moved)) / len(rows)
            found.append(datetime(YEAR, month, 2, tzinfo=UTC) + timedelta(seconds=round(days * 86400)))
        if month == MONTHS[1]:
            found[-1] = datetime(YEAR, month, 30, 22, 30, tzinfo=UTC)
    return found


def _reactions(rng: np.random.Generator) -> tuple[Reaction, ...]:
    """Some reactions of each kind, where enough people gave one to leave a trace."""
    drawn = [(label, int(rng.integers(0, most)), most // 3) for label, most in (("👍", 60), ("🔥", 25), ("👀", 12))]
    return tuple(Reaction(label=label, count=count) for label, count, least in drawn if count > least)


def _author_of_channel(channel: PlannedChannel) -> Callable[[], tuple[str, str]]:
    return lambda: (channel.name, f"channel{channel.number}")


def _author_of_talk(rng: np.random.Generator) -> Callable[[], tuple[str, str]]:
    def author() -> tuple[str, str]:
        number = int(rng.integers(1, 13))
        return f"Reader {number}", f"user{7100000000 + number}"

    return author


def _service(action: str, *, reply_back: int = 0) -> PlannedPost:
    return PlannedPost(kind=PostKind.SERVICE, action=action, reply_back=reply_back)


def _said(written: Iterable[str]) -> list[PlannedPost]:
    return [PlannedPost(spans=spans(text)) for text in written]


def _polled(texts: Texts, channel: str) -> list[PlannedPost]:
    return [PlannedPost(poll=poll) for poll in texts.polls if poll.channel == channel]


def _forwarded(post: PlannedPost, source: PlannedChannel, *, with_id: bool) -> PlannedPost:
    return replace(post, forward=source.name, origin=source.number if with_id else None)


def _merged(one: list[PlannedPost], other: list[PlannedPost]) -> list[PlannedPost]:
    """Both lists spread evenly over each other, each in its order."""
    placed = [((index + 0.5) / len(one), 0, post) for index, post in enumerate(one)]
    placed += [((index + 0.5) / len(other), 1, post) for index, post in enumerate(other)]
    return [post for _, _, post in sorted(placed, key=lambda each: each[:2])]


def _shuffled(names: Iterable[str], rng: np.random.Generator) -> list[str]:
    listed = list(names)
    return [listed[int(index)] for index in rng.permutation(len(listed))]
