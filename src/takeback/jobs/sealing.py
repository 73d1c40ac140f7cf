"""Sealing: what the minors' gate and caseworkers seal goes the same way, with everything that rests on it."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from takeback.jobs.case import Case
from takeback.jobs.find import HASH_DISTANCE, pair_id
from takeback.jobs.outcome import drop_signals, fingerprints_of
from takeback.model.clearing import SealedItem
from takeback.model.digest import Sha256
from takeback.model.notice import NoticeEvent
from takeback.model.signal import Signal
from takeback.notices.letter_pdf import read_letter
from takeback.signals.gate import Gate, clear, marked_post

WITHDRAWN_BECAUSE = "an item of it was sealed"


def gate_of(case: Case, *, flagged: Collection[Sha256]) -> Gate:
    """What the minors' gate decides over every post of every source, and over rows that could not be read."""
    posts = [(source, post) for source, post in case.store.occurrences()]
    posts += [(source, marked_post(each.marked)) for source, each in case.store.damage() if each.marked is not None]
    posts.sort(key=lambda each: (each[0], each[1].channel, each[1].id))  # so that neighbours are of one export
    return clear(tuple(post for _, post in posts), flagged=frozenset(flagged))


def seal_items(case: Case, items: Sequence[SealedItem]) -> None:
    """Seal items unseen: signals, findings and what people said of them go, and notices that rest on them end."""
    if not items:
        return
    digests = {item.sha256 for item in items}
    with case.transaction():
        _withdraw_notices(case, finding_ids(case, digests))
        for item in items:
            case.store.seal_item(item)
        drop_signals(case, digests)


def near_copies(case: Case, sha256: Sha256) -> tuple[Sha256, ...]:
    """Other bytes of the last investigation whose hash lies within 31 bits of that of these: the same picture again.

    Nothing is known of bytes that were never fingerprinted, and of copies that were cropped, turned or mirrored.
    """
    kept = {
        each.sha256: Signal.from_hex(each.hash, quality=each.quality) for each in fingerprints_of(case) if each.hash
    }
    own = kept.pop(sha256, None)
    if own is None:
        return ()
    return tuple(sorted(other for other, signal in kept.items() if own.distance(signal) <= HASH_DISTANCE))


def finding_ids(case: Case, media: Collection[Sha256]) -> frozenset[str]:
    """The ids that findings of these bytes have, or had: of every photograph that is enrolled."""
    key = case.store.key("finding ids")
    originals = case.store.originals(photographs=False)
    return frozenset(pair_id(key, original.id, sha256) for original in originals for sha256 in media)


def _withdraw_notices(case: Case, findings: Collection[str]) -> None:
    """A notice that rests on a sealed item is withdrawn: no letter speaks of it any longer, no clock runs."""
    last = {each.notice: each.event for each in case.store.events()}
    for id, content in case.store.notices().items():
        if last.get(id) is not NoticeEvent.WITHDRAWN and not set(findings).isdisjoint(read_letter(content).findings):
            case.store.add_event(id, NoticeEvent.WITHDRAWN, case.clock(), WITHDRAWN_BECAUSE)
