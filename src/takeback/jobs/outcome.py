"""What the last investigation of a case came to, as the case keeps it: counts, hashes, close pairs; no features."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import msgspec

from takeback.jobs.case import Case
from takeback.jobs.fingerprint import Fingerprinted
from takeback.model.digest import Sha256
from takeback.model.finding import Match

_SUMMARY = "investigation"
_FINGERPRINTS = "fingerprints"
_MATCHES = "matches"


@dataclass(frozen=True, slots=True, kw_only=True)
class Investigation:
    """What an investigation came to, in counts; where something was found stays sealed."""

    digest: str
    media: int
    searched: int
    not_searched: Mapping[str, int]
    refused: Mapping[str, int]
    not_searchable: int
    sealed: int
    originals: int
    comparisons: int
    findings: int
    derivatives: int
    copies: int
    same_scene: int
    undecided: int
    hash_matches: int
    overlays: int


def keep_outcome(
    case: Case, outcome: Investigation, fingerprints: Sequence[Fingerprinted], matches: Sequence[Match]
) -> None:
    """Keep what an investigation came to, in place of what the one before came to."""
    case.store.keep_note(_FINGERPRINTS, msgspec.json.encode(fingerprints))
    case.store.keep_note(_MATCHES, msgspec.json.encode(matches))
    case.store.keep_note(_SUMMARY, msgspec.json.encode(outcome))


def drop_signals(case: Case, sealed: Collection[Sha256]) -> None:
    """Drop hashes and matches of bytes that were sealed; an investigation that searched them no longer stands."""
    fingerprints, matches = fingerprints_of(case), matches_of(case)
    if not any(each.sha256 in sealed for each in fingerprints):
        return
    case.store.keep_note(
        _FINGERPRINTS, msgspec.json.encode([each for each in fingerprints if each.sha256 not in sealed])
    )
    case.store.keep_note(_MATCHES, msgspec.json.encode([each for each in matches if each.media not in sealed]))
    case.store.keep_note(_SUMMARY, b"")


def fingerprints_of(case: Case) -> tuple[Fingerprinted, ...]:
    """The hashes and refusals of the last investigation; no features."""
    kept = case.store.note(_FINGERPRINTS)
    return () if kept is None else msgspec.json.decode(kept, type=tuple[Fingerprinted, ...])


def matches_of(case: Case) -> tuple[Match, ...]:
    """The hash matches of the last investigation: close, and no finding by themselves."""
    kept = case.store.note(_MATCHES)
    return () if kept is None else msgspec.json.decode(kept, type=tuple[Match, ...])


def summary_of(case: Case) -> Investigation | None:
    """The counts of the last investigation, if there was one and nothing was sealed since."""
    kept = case.store.note(_SUMMARY)
    return None if not kept else msgspec.json.decode(kept, type=Investigation)


def outdated(case: Case) -> bool:
    """Whether something that the last investigation searched was sealed since."""
    return case.store.note(_SUMMARY) == b""
