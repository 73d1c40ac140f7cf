"""One trial: a photograph goes through an edit, is searched for in the bank, and every candidate is examined."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import msgspec
import numpy as np
import numpy.typing as npt

from takeback.bench.attacks import ATTACKS, Attacked, attack, chain
from takeback.bench.attacks.scenes import burst, scene
from takeback.bench.derivative.bank import Bank, open_bank
from takeback.bench.derivative.orb import inliers
from takeback.bench.photographs import pixels_of
from takeback.matching.candidate import Candidate
from takeback.matching.examine import MediaView, examine
from takeback.matching.judgement import FINDING_SCORE
from takeback.model.digest import Sha256, sha256_of
from takeback.model.finding import Conclusion, Evidence
from takeback.protocols import Secrets
from takeback.signals.decode import Decoder
from takeback.signals.features import FEWEST_POSTED, extract, searchable
from takeback.signals.pdq import PdqHasher

LONGEST_CHAIN = 4
_KEPT = 32
_SINGLE, _COMPOSITE = 0.55, 0.15
"""Shares of the attacked trials: one attack of the list, the composite family; the rest are chains of 2 to 4."""

Pixels = npt.NDArray[np.uint8]


class Kind(StrEnum):
    """What the photograph goes through."""

    ITSELF = "itself"
    ATTACKED = "attacked"
    SCENE = "scene"
    BURST = "burst"


class Trial(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be tried: which photograph, which other one lends texture, and a number that seeds it."""

    number: int
    kind: Kind
    photograph: str
    donor: str


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """What comparing with one enrolled photograph came to."""

    original: str
    evidence: str
    conclusion: str
    score: float

    @property
    def is_finding(self) -> bool:
        """Whether it is a finding."""
        return Conclusion(self.conclusion).is_finding


class Tried(msgspec.Struct, frozen=True, kw_only=True):
    """A trial and what came of it; seconds are of the processor."""

    trial: Trial
    steps: tuple[tuple[str, float], ...] = ()
    alters: bool = False
    surviving_share: float = 1.0
    surviving_side: float = 0.0
    refused: str = ""
    seen: tuple[Seen, ...] = ()
    distance: int = 256
    orb: int = 0
    orb_other: int = 0
    extract_s: float = 0.0
    query_s: float = 0.0
    examine_s: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Trials:
    """The stage that carries trials out against the bank in the work folder."""

    work: str
    seed: int
    name: str = "trials"
    version: str = "1"
    parameters: str = ""

    def __call__(self, part: tuple[Trial, ...], secrets: Secrets) -> tuple[Tried, ...]:
        """What came of each trial."""
        del secrets
        bank = open_bank(self.work)
        with Decoder() as decoder:
            album = Opener(decoder)
            return tuple(self._carry_out(each, bank, album) for each in part)

    def _carry_out(self, trial: Trial, bank: Bank, album: Opener) -> Tried:
        enrolled = bank.photographs[trial.photograph]
        if enrolled.refused:
            return Tried(trial=trial, refused=enrolled.refused)
        if trial.kind is Kind.ITSELF:
            return self._itself(trial, bank, album)
        photograph = album.open(enrolled.path)
        rng = np.random.default_rng([self.seed, trial.number])
        edited = _edited(trial, photograph, bank, album, rng)
        pixels = edited.pixels
        start = time.process_time()
        features = extract(pixels, full_width=pixels.shape[1], full_height=pixels.shape[0])
        extracted = time.process_time() - start
        steps = tuple((step.attack, step.strength) for step in edited.steps)
        facts = Tried(
            trial=trial,
            steps=steps,
            alters=any(ATTACKS[name].alters for name, _ in steps if name in ATTACKS),
            surviving_share=edited.surviving_share,
            surviving_side=edited.surviving_side,
            extract_s=extracted,
        )
        if trial.kind is Kind.ATTACKED:
            facts = _with_peers(facts, photograph, pixels, bank, album)
        if searchable(features, pixels, fewest=FEWEST_POSTED) is not None:
            return facts
        view = MediaView(sha256=Sha256(sha256_of(pixels.tobytes())), features=features, pixels=pixels)
        return _searched(facts, view, bank, album)

    @staticmethod
    def _itself(trial: Trial, bank: Bank, album: Opener) -> Tried:
        """The photograph as it is, by the features that it was enrolled with; only the others are examined."""
        own = bank.original(trial.photograph)
        features = own.features
        assert features is not None
        start = time.process_time()
        candidates = bank.index.search(features)
        facts = Tried(trial=trial, query_s=time.process_time() - start)
        strong = [each for each in candidates if each.score >= FINDING_SCORE]
        others = _suspected(strong, bank.forms.close(own.signals[0]))
        others.pop(trial.photograph, None)
        if not others:
            return facts
        pixels = album.open(bank.photographs[trial.photograph].path)
        view = MediaView(sha256=Sha256(sha256_of(pixels.tobytes())), features=features, pixels=pixels)
        return _examined(facts, view, others, bank, album)


def _edited(trial: Trial, photograph: Pixels, bank: Bank, album: Opener, rng: np.random.Generator) -> Attacked:
    if trial.kind is Kind.SCENE:
        return plain(scene(photograph, rng, strength=float(rng.random())))
    if trial.kind is Kind.BURST:
        return plain(burst(photograph, rng))
    donor = album.open(bank.photographs[trial.donor].path)
    kind = rng.random()
    if kind < _SINGLE:
        name = sorted(ATTACKS)[int(rng.integers(len(ATTACKS)))]
        return attack(name, photograph, donor, strength=float(rng.random()), rng=rng)
    if kind < _SINGLE + _COMPOSITE:
        return attack("composite", photograph, donor, strength=float(rng.random()), rng=rng)
    return chain(photograph, donor, rng, steps=int(rng.integers(2, LONGEST_CHAIN + 1)))


def plain(pixels: Pixels) -> Attacked:
    """A picture as it is, without provenance."""
    height, width = pixels.shape[:2]
    nowhere = np.full((height, width, 2), np.nan, np.float32)
    return Attacked(pixels=pixels, source=nowhere, altered=np.zeros((height, width), bool), steps=())


def _with_peers(facts: Tried, photograph: Pixels, pixels: Pixels, bank: Bank, album: Opener) -> Tried:
    """The same with what PDQ and pairwise ORB see in the pair, and ORB in an unrelated pair."""
    signal = PdqHasher().hash_pixels(pixels)
    names = sorted(bank.photographs)
    other = names[(names.index(facts.trial.donor) + 1) % len(names)]
    while other in {facts.trial.photograph, facts.trial.donor}:
        other = names[(names.index(other) + 1) % len(names)]
    unrelated = album.open(bank.photographs[other].path)
    return msgspec.structs.replace(
        facts,
        distance=min(signal.distance(form) for form in bank.photographs[facts.trial.photograph].signals),
        orb=inliers(photograph, pixels),
        orb_other=inliers(unrelated, pixels),
    )


def _searched(facts: Tried, view: MediaView, bank: Bank, album: Opener) -> Tried:
    start = time.process_time()
    candidates = bank.index.search(view.features)
    facts = msgspec.structs.replace(facts, query_s=time.process_time() - start)
    assert view.pixels is not None
    suspected = _suspected(candidates, bank.forms.close(PdqHasher().hash_pixels(view.pixels)))
    return _examined(facts, view, suspected, bank, album)


def _suspected(candidates: Sequence[Candidate], close: Sequence[str]) -> dict[str, Candidate | None]:
    """What a job examines: the candidates, and without one the photographs that the hash alone is close to."""
    found = {each.original: each for each in candidates}
    return {**found, **{name: None for name in close if name not in found}}


def _examined(
    facts: Tried, view: MediaView, suspected: Mapping[str, Candidate | None], bank: Bank, album: Opener
) -> Tried:
    """The examination of each photograph that is suspected, by pixels and by features alone."""
    seen: list[Seen] = []
    seconds: list[float] = []
    for name, candidate in suspected.items():
        original = bank.original(name)
        pixels = album.open(bank.photographs[name].path)
        for evidence in Evidence:
            given = pixels if evidence is Evidence.PIXELS else None
            start = time.process_time()
            examination = examine(original, view, original_pixels=given, candidate=candidate, tested=len(bank.index))
            if evidence is Evidence.PIXELS:
                seconds.append(time.process_time() - start)
            score = 0.0 if candidate is None else candidate.score
            if examination.alignment is not None:
                score = examination.alignment.score
            seen.append(
                Seen(
                    original=name,
                    evidence=evidence.value,
                    conclusion=examination.conclusion.value,
                    score=score,
                )
            )
    return msgspec.structs.replace(facts, seen=tuple(seen), examine_s=tuple(seconds))


class Opener:
    """Opens photographs of the album in the sandbox, and keeps the last few."""

    def __init__(self, decoder: Decoder) -> None:
        self._decoder = decoder
        self._kept: dict[str, Pixels] = {}

    def open(self, path: str) -> Pixels:
        """The pixels of a photograph that could be decoded before."""
        if path not in self._kept:
            pixels = pixels_of(Path(path), self._decoder)
            if pixels is None:
                raise ValueError(f"no longer a photograph: {path}")
            if len(self._kept) == _KEPT:
                del self._kept[next(iter(self._kept))]
            self._kept[path] = pixels
        return self._kept[path]
