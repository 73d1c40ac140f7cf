"""The minors' gate: what may show a minor is sealed before anything decodes it. Doubt counts as yes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from takeback.errors import PhotographRefused
from takeback.model.channel import MarkedRow, Post, PostKind, PostRef
from takeback.model.clearing import _GATE, Cleared, SealedItem, SealReason
from takeback.model.consent import Under18
from takeback.model.digest import Sha256
from takeback.model.media import Media
from takeback.signals.age_words import AgeWords, age_words

NEIGHBOURS = 2
"""How many posts before and after a post in its channel count as its neighbours."""

_ALBUM = timedelta(seconds=2)
_ROUTES = (
    "a photograph of somebody who was under 18, or may have been, is never searched for here; these routes are for "
    "minors: NCMEC Take It Down (takeitdown.ncmec.org), NCMEC CyberTipline (report.cybertip.org), the IWF or the "
    "INHOPE hotline of the country (report.iwf.org.uk, inhope.org), the police. Do not send the picture to us"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """What the gate decided: media that may be decoded, items that stay sealed, and media that nothing here searches.

    ``cleared`` holds each content once, at its first place; ``sealed`` lists every place of a sealed content, and
    ``posts`` the posts that are marked, or near a marked one, or show a sealed content.
    """

    cleared: tuple[Cleared[Media], ...]
    sealed: tuple[SealedItem, ...]
    not_searched: tuple[Media, ...]
    posts: frozenset[PostRef] = frozenset()


def clear(
    posts: Sequence[Post], *, known: frozenset[Sha256] = frozenset(), flagged: frozenset[Sha256] = frozenset()
) -> Gate:
    """Sort the media of these posts; reads words, flags and digests, never a picture.

    A post's media is sealed if the post is flagged, if its words, its file names or those of its neighbours say or may
    say that somebody is a minor, if its digest is on a ``known`` list, or if a caseworker ``flagged`` it. Neighbours
    are the posts of the two numbers before and after in the channel, the rest of an album, and the posts that it
    answers or that answer it. Posts that share a number are neighbours. One sealed occurrence seals all of the same
    bytes.
    """
    own = _own_reasons(posts, age_words())
    near = _neighbours_of(posts, {index for index in range(len(posts)) if own[index] is not None})
    reasons: dict[Sha256, SealReason] = {}
    occurrences: list[tuple[Media, SealReason | None]] = []
    for index, post in enumerate(posts):
        around = own[index] or (SealReason.NEIGHBOUR if index in near else None)
        for media in post.media:
            reason = around or _listed(media.sha256, known, flagged)
            occurrences.append((media, reason))
            if reason is not None:
                reasons[media.sha256] = reason
    gate = _sorted_out(occurrences, reasons)
    shut = {index for index, post in enumerate(posts) if any(media.sha256 in reasons for media in post.media)}
    shut.update(near, (index for index in range(len(posts)) if own[index] is not None))
    return replace(gate, posts=frozenset(PostRef(channel=posts[at].channel, id=posts[at].id) for at in shut))


def marked_post(row: MarkedRow) -> Post:
    """What stands for a row that cannot be read and may be about a minor: a flagged post that shows nothing."""
    return Post(
        channel=row.channel,
        id=row.after,
        kind=PostKind.UNSUPPORTED,
        time=None,
        reply_to=row.reply_to,
        flagged_minor=True,
    )


def clear_photograph(media: Media, under_18: Under18) -> Cleared[Media]:
    """A photograph that its enroller answers for, or `PhotographRefused` with the routes for minors."""
    if under_18 is not Under18.NO:
        raise PhotographRefused(f"not taken: {media.place.path}: {_ROUTES}")
    return Cleared(media, token=_GATE)


def _sorted_out(occurrences: Sequence[tuple[Media, SealReason | None]], sealed_bytes: dict[Sha256, SealReason]) -> Gate:
    """The decision for each occurrence, once it is known which contents are sealed."""
    cleared: dict[Sha256, Media] = {}
    sealed: dict[tuple[str, object], SealedItem] = {}
    left: dict[Sha256, Media] = {}
    for media, reason in occurrences:
        if media.sha256 in sealed_bytes:
            item = SealedItem(sha256=media.sha256, place=media.place, reason=reason or SealReason.SAME_BYTES)
            sealed.setdefault((media.sha256, media.place), item)
        elif media.kind.searchable:
            cleared.setdefault(media.sha256, media)
        else:
            left.setdefault(media.sha256, media)
    return Gate(
        cleared=tuple(Cleared(media, token=_GATE) for media in cleared.values()),
        sealed=tuple(sealed.values()),
        not_searched=tuple(media for digest, media in left.items() if digest not in cleared),
    )


def _listed(digest: Sha256, known: frozenset[Sha256], flagged: frozenset[Sha256]) -> SealReason | None:
    """Why these bytes are sealed wherever they are, if they are."""
    if digest in known:
        return SealReason.KNOWN_LIST
    return SealReason.CASEWORKER if digest in flagged else None


def _own_reasons(posts: Sequence[Post], words: AgeWords) -> list[SealReason | None]:
    """For each post: the reason that it carries itself, if any."""
    return [_own_reason(post, words) for post in posts]


def _own_reason(post: Post, words: AgeWords) -> SealReason | None:
    """A flag, or age words in anything that the post says."""
    if post.flagged_minor:
        return SealReason.FLAG
    year = None if post.time is None else post.time.year
    found = any(words.found_in(text, year=year) for text in _texts_of(post))
    return SealReason.AGE_WORDS if found else None


def _texts_of(post: Post) -> Iterator[str]:
    """Everything that a post says in words, its file names among them."""
    yield post.text
    yield from post.links
    yield from post.mentions
    yield from (text for text in (post.author, post.action) if text)
    if post.forward is not None and post.forward.name:
        yield post.forward.name
    if post.poll is not None:
        yield post.poll.question
        yield from (answer.text for answer in post.poll.answers)
    yield from (detail.text for detail in post.details)
    yield from (media.place.path for media in post.media)
    yield from (absent.named for absent in post.missing)


def _neighbours_of(posts: Sequence[Post], marked: set[int]) -> set[int]:
    """The places of all posts near a marked one."""
    near: set[int] = set()
    if not marked:
        return near
    channels: dict[str, list[int]] = {}
    by_number: dict[tuple[str, int], list[int]] = {}
    for index, post in enumerate(posts):
        channels.setdefault(post.channel, []).append(index)
        by_number.setdefault((post.channel, post.id), []).append(index)
    for places in channels.values():
        near.update(_near_in_channel(posts, places, marked))
    for index, post in enumerate(posts):
        for answered in by_number.get((post.channel, post.reply_to), ()) if post.reply_to is not None else ():
            if index in marked or answered in marked:
                near.update((index, answered))
    return near


def _near_in_channel(posts: Sequence[Post], places: Sequence[int], marked: set[int]) -> set[int]:
    """The places, of those of one channel, that are near a marked one; posts of one number stand and fall together."""
    starts = [at for at, index in enumerate(places) if at == 0 or posts[places[at - 1]].id != posts[index].id]
    bounds = [*starts, len(places)]
    near: set[int] = set()
    for number, start in enumerate(starts):
        of_this = [at for at in range(start, bounds[number + 1]) if places[at] in marked]
        if of_this:
            near.update(places[starts[max(0, number - NEIGHBOURS)] : bounds[min(len(starts), number + NEIGHBOURS + 1)]])
        for at in of_this:
            first, last = _album(posts, places, at)
            near.update(places[first : last + 1])
    return near


def _album(posts: Sequence[Post], places: Sequence[int], at: int) -> tuple[int, int]:
    """The first and last position of the run of posts that were made together with the one at this position."""
    first = last = at
    while first > 0 and _together(posts[places[first - 1]], posts[places[first]]):
        first -= 1
    while last + 1 < len(places) and _together(posts[places[last]], posts[places[last + 1]]):
        last += 1
    return first, last


def _together(before: Post, after: Post) -> bool:
    """Whether two posts carry media of one album: same author, at nearly the same time; an unread row may be of any."""
    if _unread(before) or _unread(after):
        return True
    if before.time is None or after.time is None or not (before.media and after.media):
        return False
    return before.author == after.author and abs(after.time - before.time) <= _ALBUM


def _unread(post: Post) -> bool:
    """Whether this stands for a row that could not be read (`marked_post`)."""
    return post.kind is PostKind.UNSUPPORTED and post.time is None and post.flagged_minor
