"""Which enrolled photographs a picture may have been made from, by local features and their geometry."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from takeback.errors import UnusableInput
from takeback.matching import inverted_file
from takeback.matching.ballot import Ballot, vote
from takeback.matching.candidate import CANDIDATE_SCORE, Candidate, candidate_of
from takeback.matching.consensus import agree_frames
from takeback.matching.index_folder import VERSION as FOLDER_VERSION
from takeback.matching.index_folder import (
    Manifest,
    Stored,
    read_manifest,
    remove_others,
    segment_name,
    write_manifest,
)
from takeback.matching.inverted_file import Enrolled, Segment, id_key
from takeback.matching.postings import coded, decoded, postings_of, working_factor, working_frames
from takeback.matching.vocabulary import Vocabulary, shipped
from takeback.model.original import Original
from takeback.model.signal import Features, Signal
from takeback.signals.features import mirrored

VERSION = "2"
TAIL = 4096
"""A segment in memory grows up to so many photographs before the next one begins."""
_LEAST_CORRESPONDENCES = 5
_SECOND_LOOK = math.log10(2)
"""Who looks twice tests twice."""


@dataclass(slots=True, kw_only=True, eq=False)
class _Part:
    """A segment, which of its photographs were not withdrawn, and its checksum where it lies in the folder."""

    segment: Segment
    alive: npt.NDArray[np.bool_]
    sha256: str = ""


class PhotographIndex:
    """Finds the enrolled photographs from which a picture may have been made, several of them in a collage.

    Quantised features under a vocabulary of visual words, in segments that may lie in a folder. A segment that is
    damaged is left out and named in ``refused``; the rest serves. Pictures without features have no candidates.
    """

    def __init__(self, name: str = "photographs", version: str = VERSION) -> None:
        self.name = name
        self.version = version
        self.refused: tuple[str, ...] = ()
        self._vocabulary: Vocabulary = shipped()
        self._parts: list[_Part] = []
        self._tail: list[Enrolled] = []
        self._folder: Path | None = None

    @classmethod
    def open(cls, folder: Path) -> PhotographIndex:
        """The index saved in this folder, memory-mapped; an UnusableInput where there is none of this version."""
        index = cls()
        manifest = read_manifest(folder, index._vocabulary.digest)
        refused = []
        for each in manifest.segments:
            try:
                index._parts.append(_opened(folder, each, index._vocabulary.digest))
            except UnusableInput as error:
                refused.append(str(error))
        index.refused = tuple(refused)
        index._folder = None if refused else folder
        return index

    def __len__(self) -> int:
        return sum(int(each.alive.sum()) for each in self._parts) + len(self._tail)

    @property
    def digest(self) -> str:
        """The SHA-256 of the version, the vocabulary and the ids enrolled, however they lie in segments."""
        self._settle()
        keys = [each.segment.keys[each.alive] for each in self._parts]
        every = np.sort(np.concatenate([np.empty(0, np.uint64), *keys]))
        stated = f"{self.version}\n{self._vocabulary.digest}\n".encode()
        return hashlib.sha256(stated + every.astype("<u8").tobytes()).hexdigest()

    @property
    def bytes_per_photograph(self) -> float:
        """Bytes of segments, in files and in memory, for each photograph enrolled."""
        self._settle()
        return sum(each.segment.nbytes + each.alive.nbytes for each in self._parts) / max(1, len(self))

    def enrol(self, originals: Iterable[Original]) -> None:
        """Make these originals findable; those of level hash hold no features and are skipped.

        One whose id is enrolled already takes the place of what was there.
        """
        added: dict[str, Enrolled] = {}
        for original in originals:
            if original.features is None:
                continue
            added[original.id] = enrolled(original.id, original.features, self._vocabulary)
        self.add(added.values())

    def add(self, photographs: Iterable[Enrolled]) -> None:
        """As `enrol`, from postings made before."""
        added = list(photographs)
        if len(self):
            self._withdraw(each.id for each in added)
        self._tail += added

    def withdraw(self, ids: Iterable[str]) -> None:
        """Make these photographs unfindable at once, in the folder too; unknown ids are ignored.

        What was kept of them leaves files and memory with the next `merge`.
        """
        self._withdraw(ids)
        if self._folder is not None:
            write_manifest(self._folder, self._manifest())

    def save(self, folder: Path) -> None:
        """Write what is not yet in this folder as segments, then the manifest; the index lives there from now on.

        What was enrolled since is joined to few segments, which are quicker to search.
        """
        self._settle()
        folder.mkdir(parents=True, exist_ok=True)
        stays = [each for each in self._parts if each.sha256 and folder == self._folder]
        comes = _grouped(each for each in self._parts if each not in stays)
        self._parts = [*stays, *comes]
        for part in comes:
            partial = folder / "segment.new"
            part.sha256 = inverted_file.write(part.segment, partial, self._vocabulary.digest)
            partial.replace(folder / segment_name(part.sha256))
        self._folder = folder
        manifest = self._manifest()
        write_manifest(folder, manifest)
        remove_others(folder, manifest)

    def merge(self) -> None:
        """Join small segments and drop what was withdrawn, in the folder too where the index has one."""
        self._settle()
        self._parts = _grouped(self._parts)
        if self._folder is not None:
            self.save(self._folder)

    def search(
        self, features: Features, *, exclude: npt.NDArray[np.bool_] | None = None, floor: float = CANDIDATE_SCORE
    ) -> list[Candidate]:
        """The candidates with at least this score, best first.

        Parameters:
            features: of the picture.
            exclude: (N,) the picture's features that have no vote, for example those of a known overlay.
            floor: the smallest -log10 NFA.
        """
        self._settle()
        keep = np.arange(len(features)) if exclude is None else np.flatnonzero(~exclude)
        if keep.size < _LEAST_CORRESPONDENCES or not self._parts:
            return []
        parts = [(each.segment, each.alive) for each in self._parts]
        views = (features, mirrored(features))
        frames = tuple(working_frames(each) for each in views)
        _, places = np.unique(features.frames[keep, :3], axis=0, return_inverse=True)
        tested = len(self)
        found: dict[tuple[int, int], Candidate] = {}
        codes = np.concatenate([coded(each[keep]) for each in frames])
        ballots = vote(parts, self._vocabulary, features.descriptors[keep], codes, places.astype(np.intp), tested)
        for ballot in ballots:
            key = (ballot.segment, ballot.photograph)
            if ballot.again and key in found:
                continue
            candidate = self._candidate(ballot, views[ballot.side], frames[ballot.side], keep, tested)
            if candidate is None or candidate.score < floor:
                continue
            if key not in found or candidate.score > found[key].score:
                found[key] = candidate
        return sorted(found.values(), key=lambda each: (-each.score, each.original))

    def candidates(self, features: Features, signal: Signal | None) -> tuple[str, ...]:  # noqa: ARG002 - the protocol's
        """The ids of originals worth an examination, best first."""
        return tuple(each.original for each in self.search(features))

    def _candidate(
        self,
        ballot: Ballot,
        view: Features,
        frames: npt.NDArray[np.float64],
        keep: npt.NDArray[np.intp],
        tested: int,
    ) -> Candidate | None:
        """What the correspondences of one photograph agree on."""
        segment = self._parts[ballot.segment].segment
        width, height = (int(side) for side in segment.sizes[ballot.photograph])
        factors = (working_factor(width, height), working_factor(view.width, view.height))
        areas = (width * height * factors[0] ** 2, view.width * view.height * factors[1] ** 2)
        queries = keep[ballot.queries]
        consensus = agree_frames(decoded(segment.frames[ballot.postings]), frames[queries], areas, factors)
        if consensus is None:
            return None
        if ballot.again:
            consensus = replace(consensus, score=consensus.score - _SECOND_LOOK)
        pairs = (segment.features[ballot.postings].astype(np.intp), queries.astype(np.intp))
        return candidate_of(
            segment.id(ballot.photograph),
            consensus,
            pairs,
            reflected=ballot.side == 1,
            width=view.width,
            tested=tested,
        )

    def _settle(self) -> None:
        """Make what was enrolled last searchable: it joins the last segment in memory while that is small."""
        while self._tail:
            some, self._tail = self._tail[:TAIL], self._tail[TAIL:]
            segment = inverted_file.build(some, len(self._vocabulary))
            part = _Part(segment=segment, alive=np.ones(len(segment), bool))
            last = self._parts[-1] if self._parts else None
            if last is not None and not last.sha256 and len(last.segment) + len(segment) <= TAIL:
                part = _joined([self._parts.pop(), part])
            self._parts.append(part)

    def _withdraw(self, ids: Iterable[str]) -> None:
        self._settle()
        wanted = {id_key(each): each for each in ids}
        keys = np.array(list(wanted), np.uint64)
        for part in self._parts:
            part.alive[part.segment.numbers(keys)] = False

    def _manifest(self) -> Manifest:
        """The manifest of the parts that lie in the folder."""
        stored = (
            Stored(
                file=segment_name(each.sha256),
                sha256=each.sha256,
                photographs=len(each.segment),
                withdrawn=tuple(int(number) for number in np.flatnonzero(~each.alive)),
            )
            for each in self._parts
            if each.sha256
        )
        return Manifest(version=FOLDER_VERSION, vocabulary=self._vocabulary.digest, segments=tuple(stored))


def enrolled(id: str, features: Features, vocabulary: Vocabulary | None = None) -> Enrolled:
    """What an index keeps of a photograph with these features; by the vocabulary that ships where none is given."""
    return Enrolled(
        id=id,
        width=features.width,
        height=features.height,
        postings=postings_of(features, vocabulary or shipped()),
    )


def _opened(folder: Path, stored: Stored, vocabulary: str) -> _Part:
    segment = inverted_file.open_segment(folder / stored.file, vocabulary, stored.sha256)
    alive = np.ones(len(segment), bool)
    alive[list(stored.withdrawn)] = False
    return _Part(segment=segment, alive=alive, sha256=stored.sha256)


def _grouped(parts: Iterable[_Part]) -> list[_Part]:
    """What is alive in these parts, in as few as hold it when each is joined to the one before while that has room."""
    found: list[_Part] = []
    group: list[_Part] = []
    for part in parts:
        if sum(int(each.alive.sum()) for each in (*group, part)) > inverted_file.MOST_PHOTOGRAPHS:
            found.append(_joined(group))
            group = []
        group.append(part)
    return [*found, *([_joined(group)] if group else [])]


def _joined(parts: list[_Part]) -> _Part:
    """One part of what is alive; the same where there is one and nothing was withdrawn."""
    if len(parts) == 1 and bool(parts[0].alive.all()):
        return parts[0]
    segment = inverted_file.joined([each.segment for each in parts], [each.alive for each in parts])
    return _Part(segment=segment, alive=np.ones(len(segment), bool))
