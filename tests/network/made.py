"""Networks made by hand, with known truth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from takeback.model.channel import (
    Audience,
    Channel,
    ChannelKind,
    Damage,
    Forward,
    Poll,
    PollAnswer,
    Post,
    PostKind,
    Reaction,
)
from takeback.model.digest import Sha256
from takeback.model.measure import Measure
from takeback.model.media import Absence, Media, MediaKind, MissingMedia, Place
from takeback.network.census import Network, census, gather, sheet_of
from takeback.network.network import batches_of
from takeback.network.part import parts
from takeback.network.sheet import Sheet

START = datetime(2020, 1, 15, tzinfo=UTC)
GALLERY, CHAT, FRIENDS = "telegram:100", "telegram:200", "telegram:300"
NAMES = {GALLERY: "Gallery of Names", CHAT: "Chatty Place", FRIENDS: "Old Friends"}
LABELS = {GALLERY: "channel-aaaa", CHAT: "channel-bbbb", FRIENDS: "channel-cccc"}


def label(id: str) -> str:
    return LABELS.get(id, "channel-zzzz")


def post(channel: str, id: int, *, day: int | None = 0, kind: PostKind = PostKind.MESSAGE, **fields: Any) -> Post:
    time = None if day is None else START + timedelta(days=day)
    return Post(channel=channel, id=id, kind=kind, time=time, **fields)


def media(digit: str, kind: MediaKind = MediaKind.PHOTO) -> Media:
    place = Place(source="s", path=f"{digit}.jpg")
    return Media(sha256=Sha256(digit * 64), size=1, place=place, kind=kind)


def missing(kind: MediaKind = MediaKind.PHOTO, absence: Absence = Absence.NOT_INCLUDED) -> MissingMedia:
    return MissingMedia(kind=kind, absence=absence, named="(File not included.)")


def audience(channel: str, members: int, *, day: int = 0) -> Audience:
    return Audience(channel=channel, members=members, time=START + timedelta(days=day), source="own count")


def network(*posts: Post, **fields: Any) -> Network:
    """A network of these posts; the three channels above are in it."""
    kinds = {
        GALLERY: ChannelKind.PUBLIC_CHANNEL,
        CHAT: ChannelKind.PRIVATE_SUPERGROUP,
        FRIENDS: ChannelKind.PRIVATE_GROUP,
    }
    plain = Network(
        channels=tuple(
            Channel(id=id, name=NAMES[id], kind=kind, username="gallery_handle") for id, kind in kinds.items()
        ),
        posts=posts,
        audiences=(),
        damage=(),
        clusters={},
        enrolled={},
        sealed=0,
        label=label,
        row_key=b"key of the rows",
    )
    return replace(plain, **fields)


def measured(network: Network) -> Mapping[str, Measure]:
    """The census, by id; an id that comes twice fails."""
    measures = census(network)
    assert len({measure.id for measure in measures}) == len(measures)
    return {measure.id: measure for measure in measures}


def sheet(network: Network) -> Sheet:
    """The sheet of a network with everything that was gathered of it."""
    return sheet_of(network, gather(parts(batches_of(network))))


def full() -> Network:
    """A network with something of everything."""
    poll = Poll(
        question="Whom do you know from @Chatty Place?",
        answers=(PollAnswer(text="A friend", voters=63), PollAnswer(text="Nobody", voters=23)),
        total_voters=100,
        closed=True,
    )
    several = Poll(
        question="Which?",
        answers=(PollAnswer(text="x", voters=4), PollAnswer(text="y", voters=3)),
        total_voters=5,
        closed=False,
    )
    return network(
        post(GALLERY, 1, kind=PostKind.SERVICE, action="create_channel"),
        post(GALLERY, 2, author_id="channel100", media=(media("a"), media("b")), text="100 RUB for 100 photos"),
        post(GALLERY, 3, author_id="channel100", media=(media("a"),), missing=(missing(),), text="US$5 a month"),
        post(GALLERY, 6, day=40, poll=poll, reactions=(Reaction(label="x", count=7),)),
        post(GALLERY, 7, day=None, kind=PostKind.UNSUPPORTED),
        post(
            CHAT,
            10,
            day=80,
            author_id="user1",
            text="Invite 3 friends and get a week for free",
            links=(
                "https://t.me/joinchat/SecretPart",
                "https://VK.com/secret_page",
                "http://www.vk.com:80/x",
                "mailto:a@b.example",
            ),
            forward=Forward(name="Gallery of Names", origin=GALLERY),
        ),
        post(
            CHAT,
            11,
            day=80,
            author_id="user2",
            forward=Forward(name="Some Display Name"),
            links=("https://handle.t.me",),
        ),
        post(CHAT, 12, day=81, author_id="user2", forward=Forward(name=None), poll=several, zone_known=False),
        post(FRIENDS, 5, day=81, media=(media("c", MediaKind.VIDEO), media("d", MediaKind.THUMBNAIL))),
        post(FRIENDS, 900, day=81, missing=(missing(MediaKind.VIDEO, Absence.TOO_LARGE),)),
        audiences=(audience(GALLERY, 500), audience(GALLERY, 600, day=1), audience(CHAT, 250, day=1)),
        damage=(Damage(place="message 4", reason="bad"), Damage(place="message 5", reason="half", posts_lost=0)),
        clusters={Sha256("a" * 64): "1", Sha256("b" * 64): "1", Sha256("d" * 64): "2"},
        enrolled={Sha256("a" * 64): ("o1",), Sha256("b" * 64): ("o1", "o2")},
        persons={"o1": "p1", "o2": "p1"},
        marks={Sha256("a" * 64): ("m1",), Sha256("b" * 64): ("m1", "m2")},
        sealed=2,
    )
