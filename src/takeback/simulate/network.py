"""A made-up network in the form in which investigators hold a real one, with its truth."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np

from takeback.errors import UsageError
from takeback.model.channel import Audience, PostKind, PostRef
from takeback.model.digest import Sha256
from takeback.simulate.collection import Photograph, load_photographs
from takeback.simulate.export import WrittenFile, write_export
from takeback.simulate.pictures import Part, Picture, make_pictures
from takeback.simulate.plan import CHANNELS, Plan, PlannedPost, make_plan
from takeback.simulate.texts import load_texts
from takeback.simulate.truth import (
    ChannelTruth,
    ForwardTruth,
    LinkTruth,
    MissingTruth,
    MonthTruth,
    Planted,
    PollTruth,
    SealedTruth,
    Truth,
)

SEED = 2020

_AUDIENCES = tuple(
    Audience(channel=f"telegram:{number}", members=members, time=time, source=source)
    for time, source, counts in (
        (datetime(2026, 4, 15, 12, tzinfo=UTC), "page header, made up", (2410, 1985, 312)),
        (datetime(2026, 7, 28, 12, tzinfo=UTC), "page header, made up", (3104, 2677, 398)),
    )
    for number, members in zip((channel.number for channel in CHANNELS), counts, strict=True)
)

_ACQUISITION = """\
# How this material was collected. It is made up by takeback from a fixed seed; nobody posted it.
collected_by = "takeback simulate"
collected_from = 2026-07-29T08:00:00Z
collected_to = 2026-07-29T08:20:00Z
application = "takeback simulate, in the form of Telegram Desktop"
settings = "Machine-readable JSON, photos, videos and files, no size limit for pictures"
note = "made-up network of the demonstration"
"""


def write_network(target: Path, *, seed: int = SEED) -> Truth:
    """Writes a made-up account export with `channels.csv`, `audience.csv` and `acquisition.toml`; returns its truth.

    The same seed gives the same bytes.

    Args:
        target: a folder that does not exist yet, or is empty.
        seed: of every choice that is made: times, textures, boxes, qualities, order.

    Raises:
        UsageError: The folder holds something already.
    """
    if target.exists() and any(target.iterdir()):
        message = f"the made-up network needs an empty folder: {target} (choose another, or empty it)"
        raise UsageError(message)
    target.mkdir(parents=True, exist_ok=True)
    photographs = load_photographs()
    rng = np.random.default_rng(seed)
    pictures = make_pictures(photographs, rng)
    plan = make_plan(pictures, load_texts(), rng)
    files = write_export(target, plan, pictures)
    (target / "channels.csv").write_text(_channels(), encoding="utf-8", newline="")
    (target / "audience.csv").write_text(_audience(), encoding="utf-8", newline="")
    (target / "acquisition.toml").write_text(_ACQUISITION, encoding="utf-8")
    return _truth(seed, photographs, pictures, plan, files)


def _channels() -> str:
    """The usernames that exports lack; one channel has none."""
    rows: list[tuple[str, ...]] = [("channel", "username")]
    rows += [(channel.id, channel.username) for channel in CHANNELS if channel.username is not None]
    return _csv(rows)


def _audience() -> str:
    rows: list[tuple[str, ...]] = [("channel", "members", "time", "source")]
    rows += [(each.channel, str(each.members), f"{each.time:%Y-%m-%dT%H:%M:%SZ}", each.source) for each in _AUDIENCES]
    return _csv(rows)


def _csv(rows: list[tuple[str, ...]]) -> str:
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerows(rows)
    return stream.getvalue()


def _truth(
    seed: int,
    photographs: tuple[Photograph, ...],
    pictures: Mapping[str, Picture],
    plan: Plan,
    files: tuple[WrittenFile, ...],
) -> Truth:
    rows = tuple(_rows(plan))
    times = [post.time for _, post in rows if post.time is not None and _dated(post)]
    return Truth(
        seed=seed,
        enrolled=tuple(each.name for each in photographs if each.enrolled),
        planted=_planted(photographs, pictures, files),
        unrelated=_digests(pictures, files, Part.UNRELATED),
        sealed=_sealed(pictures, files),
        damaged=_digests(pictures, files, Part.DAMAGED),
        channels=tuple(_channel_truths(plan)),
        monthly=_monthly(rows),
        polls=tuple(_poll_truths(rows)),
        forwards=tuple(_forward_truths(rows)),
        links=_links(rows),
        missing=tuple(MissingTruth(post=ref, absence=post.absent) for ref, post in rows if post.absent is not None),
        audiences=_AUDIENCES,
        image_files=len(files),
        distinct_images=len({pictures[file.picture].sha256 for file in files}),
        videos=sum(post.video and post.absent is None for _, post in rows),
        first=min(times),
        last=max(times),
    )


def _rows(plan: Plan) -> Iterator[tuple[PostRef, PlannedPost]]:
    for channel in CHANNELS:
        for post in plan[channel.key]:
            yield PostRef(channel=channel.id, id=post.id), post


def _dated(post: PlannedPost) -> bool:
    return post.dated and post.kind is not PostKind.UNSUPPORTED


def _planted(
    photographs: tuple[Photograph, ...], pictures: Mapping[str, Picture], files: tuple[WrittenFile, ...]
) -> tuple[Planted, ...]:
    digests = {each.name: each.sha256 for each in photographs}
    found = []
    for picture in pictures.values():
        if picture.part is not Part.PLANTED or picture.conclusion is None:
            continue
        held = [file for file in files if file.picture == picture.name]
        found.append(
            Planted(
                paths=tuple(file.path for file in held),
                posts=tuple(file.post for file in held),
                sha256=picture.sha256,
                original=picture.photograph,
                original_sha256=digests[picture.photograph],
                conclusion=picture.conclusion,
                mirrored=picture.mirrored,
                altered_region=picture.altered,
                kept_region=picture.kept,
                share_altered=picture.share_altered,
                share_surviving=picture.share_surviving,
                steps=picture.steps,
            )
        )
    return tuple(found)


def _digests(pictures: Mapping[str, Picture], files: tuple[WrittenFile, ...], part: Part) -> tuple[Sha256, ...]:
    held = dict.fromkeys(pictures[file.picture].sha256 for file in files if pictures[file.picture].part is part)
    return tuple(held)


def _sealed(pictures: Mapping[str, Picture], files: tuple[WrittenFile, ...]) -> tuple[SealedTruth, ...]:
    return tuple(
        SealedTruth(
            path=file.path,
            sha256=pictures[file.picture].sha256,
            post=file.post,
            poison=pictures[file.picture].part is Part.POISON,
        )
        for file in files
        if pictures[file.picture].part in {Part.SEALED, Part.POISON}
    )


def _channel_truths(plan: Plan) -> Iterator[ChannelTruth]:
    for channel in CHANNELS:
        posts = plan[channel.key]
        kinds = Counter(post.kind for post in posts)
        yield ChannelTruth(
            id=channel.id,
            name=channel.name,
            kind=channel.kind,
            username=channel.username,
            rows=len(posts),
            messages=kinds[PostKind.MESSAGE],
            service=kinds[PostKind.SERVICE],
            unsupported=kinds[PostKind.UNSUPPORTED],
            undated=sum(not _dated(post) for post in posts),
            media=sum(post.picture is not None for post in posts),
        )


def _monthly(rows: tuple[tuple[PostRef, PlannedPost], ...]) -> tuple[MonthTruth, ...]:
    counts = Counter(
        (ref.channel, f"{post.time:%Y-%m}")
        for ref, post in rows
        if post.kind is PostKind.MESSAGE and post.dated and post.time is not None
    )
    return tuple(MonthTruth(channel=key[0], month=key[1], messages=counts[key]) for key in sorted(counts))


def _poll_truths(rows: tuple[tuple[PostRef, PlannedPost], ...]) -> Iterator[PollTruth]:
    for ref, post in rows:
        if post.poll is not None:
            yield PollTruth(
                post=ref, question=post.poll.question, voters=post.poll.voters, total_voters=post.poll.total
            )


def _forward_truths(rows: tuple[tuple[PostRef, PlannedPost], ...]) -> Iterator[ForwardTruth]:
    for ref, post in rows:
        if post.forward is not None:
            origin = None if post.origin is None else f"telegram:{post.origin}"
            yield ForwardTruth(post=ref, name=post.forward, origin=origin)


def _links(rows: tuple[tuple[PostRef, PlannedPost], ...]) -> tuple[LinkTruth, ...]:
    counts: Counter[str] = Counter()
    for _, post in rows:
        addresses = {span.link for span in post.spans if span.link is not None}
        counts.update(urlsplit(address).hostname or "" for address in addresses)
    return tuple(LinkTruth(host=host, links=counts[host]) for host in sorted(counts))
