"""A slow, plain census over posts as values: what the columns must come to, and in which rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from takeback.model.channel import Post, PostKind
from takeback.model.media import MediaKind
from takeback.network.forwards import source_of
from takeback.network.links import OTHER, TELEGRAM, host_of, page_of
from takeback.network.part import PICTURES
from takeback.network.payments import payments_in
from takeback.network.prices import prices_in
from takeback.network.referrals import has_referral_wording, is_invite
from takeback.network.tiers import bots_in, names_watermark, offers_free

Value = float | int | None


def plain(posts: Iterable[Post]) -> dict[str, tuple[Value, int]]:
    """Value and number of rows of many measures, by id."""
    held = sorted(posts, key=lambda each: (each.channel, each.id))
    posted = [each for each in held if each.kind is not PostKind.SERVICE]
    return {
        **counts(held, posted),
        **words(held, posted),
        **links(held),
        **forwards(held),
        **months(posted),
        **numbers(held),
    }


def rows(chosen: list[Post]) -> tuple[Value, int]:
    return len(chosen), len(chosen)


def counts(held: list[Post], posted: list[Post]) -> dict[str, tuple[Value, int]]:
    named = [
        [*(m.kind for m in each.media if m.kind in PICTURES), *(m.kind for m in each.missing if m.kind in PICTURES)]
        for each in held
    ]
    pictures = sum(map(len, named))
    files = [media.sha256 for each in held for media in each.media if media.kind in PICTURES]
    signed = Counter(each.author_id for each in posted if each.author_id)
    top = sum(count for _, count in signed.most_common(10))
    reacted = [each for each in held if each.reactions]
    viewed = [each for each in held if each.views is not None]
    return {
        "posts.total": rows(held),
        "posters.total": (len(signed), signed.total()),
        "posters.top-ten": (top / signed.total() if signed else None, signed.total()),
        "pictures.posted": (pictures, pictures),
        "pictures.files": (len(set(files)), len(set(files))),
        "reactions.total": (sum(r.count for each in reacted for r in each.reactions), len(reacted)),
        "views.total": (sum(each.views or 0 for each in viewed) if viewed else None, len(viewed)),
        "polls.total": rows([each for each in held if each.poll]),
        "completeness.undated": rows([each for each in held if each.time is None]),
        "completeness.zone-assumed": rows([each for each in held if each.time and not each.zone_known]),
        "completeness.not-searched.video": (
            n := sum(media.kind is MediaKind.VIDEO for each in held for media in each.media),
            n,
        ),
    }


def words(held: list[Post], posted: list[Post]) -> dict[str, tuple[Value, int]]:
    invites = [each for each in posted if any(map(is_invite, each.links))]
    asking = [each for each in posted if has_referral_wording(each.text)]
    bots = {
        (each.channel, each.id): found
        for each in held
        if (found := {bot for text in _where_bots_are_named(each) for bot in bots_in(text)})
    }
    return {
        "prices.posts": rows([each for each in posted if prices_in(each.text)]),
        "referrals.invite-links": rows(invites),
        "referrals.wording": rows(asking),
        "referrals.either": rows([each for each in posted if each in invites or each in asking]),
        "payments.posts": rows([each for each in held if _pays(each)]),
        "tiers.free": rows([each for each in posted if offers_free(each.text)]),
        "tiers.watermark": rows([each for each in posted if names_watermark(each.text)]),
        "tiers.free-watermark": rows(
            [each for each in posted if offers_free(each.text) and names_watermark(each.text)]
        ),
        "bots.posts": (len(bots), len(bots)),
        "bots.distinct": (len(set().union(*bots.values())), len(bots)),
    }


def _where_bots_are_named(post: Post) -> tuple[str, ...]:
    text = (post.text,) if post.kind is not PostKind.SERVICE else ()
    return (*text, *post.links, *post.mentions)


def _pays(post: Post) -> bool:
    text = post.text if post.kind is not PostKind.SERVICE else ""
    return any(payments_in(each) for each in (text, *post.links))


def links(held: list[Post]) -> dict[str, tuple[Value, int]]:
    hosts = Counter(host_of(link) for each in held for link in each.links)
    outside = {host: count for host, count in hosts.items() if host not in (TELEGRAM, OTHER)}
    pages = {(host_of(link), page_of(link)) for each in held for link in each.links}
    return {
        "links.posts": rows([each for each in held if each.links]),
        "links.total": (hosts.total(), hosts.total()),
        "links.telegram": (hosts[TELEGRAM], hosts[TELEGRAM]),
        "links.without-host": (hosts[OTHER], hosts[OTHER]),
        "links.hosts": (len(outside), sum(outside.values())),
        **{f"links.host.{host}": (count, count) for host, count in outside.items()},
        **{f"links.pages.{host}": (sum(each == host for each, _ in pages), outside[host]) for host in outside},
    }


def forwards(held: list[Post]) -> dict[str, tuple[Value, int]]:
    forwarded = [each for each in held if each.forward]
    sources = [source_of(each.forward.name, each.forward.origin) for each in forwarded if each.forward]
    pairs = {(source, each.channel) for each, source in zip(forwarded, sources, strict=True) if source}
    contents: Counter[tuple[object, ...]] = Counter()
    reached: dict[tuple[object, ...], set[str]] = {}
    for each, source in zip(forwarded, sources, strict=True):
        if source and (each.text or each.media):
            content = (source, each.text, tuple(media.sha256 for media in each.media))
            contents[content] += 1
            reached.setdefault(content, set()).add(each.channel)
    everything = len(forwarded)
    return {
        "forwards.posts": rows(forwarded),
        "forwards.edges": (len(pairs), everything),
        "forwards.nameless": (sources.count(None) / everything if everything else None, sources.count(None)),
        "forwards.cascades.total": (sum(count > 1 for count in contents.values()), everything),
        "forwards.cascades.posts": (max(contents.values(), default=0), everything),
        "forwards.cascades.channels": (max(map(len, reached.values()), default=0), everything),
    }


def months(posted: list[Post]) -> dict[str, tuple[Value, int]]:
    found: dict[str, tuple[Value, int]] = {}
    for each in posted:
        if each.time and 1990 <= each.time.year <= 2199:
            id = f"growth.posts.{each.time:%Y-%m}"
            count = (found[id][1] if id in found else 0) + 1
            found[id] = (count, count)
    return found


def numbers(held: list[Post]) -> dict[str, tuple[Value, int]]:
    """Only of channels whose names say that their numbers speak: those that the tests give."""
    missing = span = seen = 0
    for channel in ("telegram:100", "telegram:200"):
        ids = {each.id for each in held if each.channel == channel and each.id > 0}
        if ids:
            length = max(ids) - min(ids) + 1
            missing, span, seen = missing + length - len(ids), span + length, seen + len(ids)
    return {"completeness.numbers": (missing / span if span else None, seen)}
