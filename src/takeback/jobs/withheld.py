"""What nothing leaves a case about, not even to a recipient: sealed items, and what was said of them.

They go out by the routes for minors alone.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import msgspec

from takeback.jobs.case import Case
from takeback.jobs.sealing import finding_ids, gate_of
from takeback.model.channel import Post, PostRef
from takeback.model.digest import Sha256
from takeback.model.evidence import Opening
from takeback.model.finding import Finding
from takeback.model.media import Place
from takeback.notices.letter_pdf import read_letter

_SEALING = "item_sealed"
_FILE = "file_seen"


@dataclass(frozen=True, slots=True, kw_only=True)
class Withheld:
    """Sealed bytes and their places, the posts that the gate shuts, and all texts that would name one of them."""

    media: frozenset[Sha256]
    places: frozenset[Place]
    posts: frozenset[PostRef]
    named: frozenset[str]
    actions: tuple[str, ...]
    """The action of each ledger entry, in order."""

    def openings(self, openings: Collection[Opening]) -> tuple[Opening, ...]:
        """The openings that say nothing of what is withheld; of a sealing none does, whatever its words."""
        return tuple(each for each in openings if not self._tells(self.actions[each.seq - 1], each.content))

    def findings(self, findings: Collection[Finding]) -> tuple[Finding, ...]:
        """The findings of bytes that are not sealed."""
        return tuple(each for each in findings if each.examination.media not in self.media)

    def covers(self, post: Post | PostRef) -> bool:
        """Whether the gate shuts a post, or it shows sealed bytes."""
        return PostRef(channel=post.channel, id=post.id) in self.posts

    def _tells(self, action: str, content: str) -> bool:
        if action == _SEALING:
            return True
        if action != _FILE:
            return any(name in content for name in self.named)
        file = msgspec.json.decode(content, type=_File)
        return file.sha256 in self.media or Place(source=file.source, path=file.path) in self.places


class _File(msgspec.Struct, frozen=True):
    path: str
    sha256: str
    source: str


def withheld(case: Case) -> Withheld:
    """What is sealed, and what the minors' gate would seal now: material may have come in since it last ran."""
    kept = case.store.sealed_items()
    gate = gate_of(case, flagged={item.sha256 for item in kept})
    items = (*kept, *gate.sealed)
    media = frozenset(item.sha256 for item in items)
    findings = finding_ids(case, media)
    notices = {
        id for id, letter in case.store.notices().items() if not findings.isdisjoint(read_letter(letter).findings)
    }
    return Withheld(
        media=media,
        places=frozenset(item.place for item in items),
        posts=gate.posts,
        named=frozenset({*media, *(item.place.path for item in items), *findings, *notices}),
        actions=tuple(entry.action for entry in case.store.ledger_entries()),
    )
