"""What a case holds, in counts and ids: no names, no locators."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from takeback.jobs.case import Case
from takeback.jobs.outcome import summary_of
from takeback.model.channel import Damage


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingLine:
    """A finding by its id, with what it concludes and whether it is released and confirmed."""

    id: str
    conclusion: str
    score: float
    posts: int
    released: bool
    confirmed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """What a case holds."""

    case: str
    recipient: str
    sources: int
    posts: int
    files: int
    sealed: int
    persons: tuple[str, ...]
    originals: tuple[str, ...]
    findings: tuple[FindingLine, ...]
    investigated: bool
    damage: tuple[Damage, ...] = ()
    """Where a source could not be read; filled in only when asked for, because places may hold names."""

    def lines(self) -> Iterator[str]:
        """The overview for people."""
        yield f"case {self.case}; packs are encrypted to {self.recipient}"
        yield f"{self.sources} sources, {self.posts} posts, {self.files} files, {self.sealed} sealed unseen"
        yield f"{len(self.persons)} persons, by the name chosen for the case: {', '.join(self.persons) or 'none'}"
        yield f"{len(self.originals)} photographs: {', '.join(self.originals) or 'none'}"
        if not self.investigated:
            yield "not investigated since the last change: run `takeback investigate`"
        for each in self.findings:
            state = "released" if each.released else "sealed"
            confirmed = "confirmed" if each.confirmed else "not confirmed"
            yield f"{each.id}  {each.conclusion}  score {each.score:.1f}  posts {each.posts}  {state}, {confirmed}"
        for place in self.damage:
            yield f"damage: {place.place}: {place.reason}" + (f" ({place.remedy})" if place.remedy else "")


def overview(folder: Path, *, passphrase: str, damage: bool = False) -> Overview:
    """The overview of the case in a folder; with ``damage``, also where its sources could not be read."""
    with Case.open(folder, passphrase=passphrase) as case:
        found = _overview(case)
        return replace(found, damage=tuple(each for _, each in case.store.damage())) if damage else found


def _overview(case: Case) -> Overview:
    released = case.store.released()
    return Overview(
        case=case.store.header.id,
        recipient=case.store.recipient,
        sources=len(case.store.sources()),
        posts=case.store.count_posts(),
        files=len({media.sha256 for media in case.store.media()}),
        sealed=len({item.sha256 for item in case.store.sealed_items()}),
        persons=case.store.persons(),
        originals=tuple(each.id for each in case.store.originals()),
        findings=tuple(
            FindingLine(
                id=each.id,
                conclusion=each.examination.conclusion.value,
                score=each.examination.alignment.score if each.examination.alignment else 0.0,
                posts=len(each.posts),
                released=each.id in released,
                confirmed=each.confirmed_by is not None,
            )
            for each in case.findings
        ),
        investigated=summary_of(case) is not None,
    )
