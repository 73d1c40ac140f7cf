"""The main job: from sources and packs to findings.

    take in      each file's SHA-256 and place enter the ledger before anything decodes it
    clear        the minors' gate; what fails is sealed unseen
    fingerprint  sandboxed decode, PDQ with quality, local features under a key of the run
    guard        overlays that recur across unrelated pictures
    compare      retrieval over all originals, alignment, alteration
    find         examinations that conclude `copy` or `derivative`, at their posts
    measure      the census of the network

Every result is kept as soon as it is there: interrupted anywhere and run again, it goes on where it stopped.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import msgspec

from takeback.crypto.canonical import canonical
from takeback.errors import ConsentError
from takeback.jobs.bank import bank_digest, pack_bank, photograph_name
from takeback.jobs.case import NOBODY, Case
from takeback.jobs.census import measure_network
from takeback.jobs.compare import BANK, COMPARE_VERSION, OVERLAYS, RUN_KEY, Compare, Examined, Suspect
from takeback.jobs.find import findings_of, hash_matches
from takeback.jobs.fingerprint import FINGERPRINT_VERSION, PART, Fingerprint, Fingerprinted, in_parts
from takeback.jobs.guard import guard
from takeback.jobs.intake import SideFiles, take_in
from takeback.jobs.outcome import (
    Investigation,
    fingerprints_of,
    keep_outcome,
    matches_of,
    summary_of,
)
from takeback.jobs.persons import take_packs
from takeback.jobs.progress import Progress, silent
from takeback.jobs.sealing import gate_of, seal_items
from takeback.jobs.stage import StageRun
from takeback.matching.overlay import Overlays
from takeback.model.clearing import Cleared
from takeback.model.digest import Sha256, sha256_of
from takeback.model.finding import Examination, Finding, Match
from takeback.model.media import Media
from takeback.model.original import Original, PackLevel
from takeback.protocols import Engine, Outcome, Secrets
from takeback.signals.decode import Decoder
from takeback.signals.gate import Gate
from takeback.store.results import Run

WORKER_FAILED = "worker_failed"
NOT_COMPARED = "not_compared"
_SUSPECTS = 8


def investigate(
    case: Case,
    sources: Sequence[Path],
    packs: Sequence[Path],
    *,
    engine: Engine,
    today: date,
    identities: Sequence[str] = (),
    side: SideFiles | None = None,
    progress: Progress = silent,
) -> Investigation:
    """Find media made from the enrolled photographs, and keep what was found in the case."""
    progress("opening packs", 0, len(packs))
    take_packs(case, packs, identities=identities, today=today)
    progress("opening packs", len(packs), len(packs))
    originals = case.store.originals(photographs=False)
    if not originals:
        raise ConsentError("nobody is enrolled in this case: give a pack (--pack FILE), made by `takeback enrol`")
    intake = take_in(case, sources, side=side, progress=progress)
    gate = pass_gate(case)
    return _Work.begin(case, intake.roots, gate, originals, engine, progress).finish()


def pass_gate(case: Case) -> Gate:
    """Run the minors' gate over every post; what it seals is entered into the ledger, unseen."""
    already = {(item.sha256, item.place) for item in case.store.sealed_items()}
    gate = gate_of(case, flagged={sha256 for sha256, _ in already})
    fresh = [item for item in gate.sealed if (item.sha256, item.place) not in already]
    with case.transaction():
        seal_items(case, fresh)
        for item in fresh:
            case.record(
                "item_sealed",
                public={"reason": item.reason.value},
                private={"item": f"{item.place.source}\n{item.place.path}\n{item.sha256}"},
            )
    return gate


@dataclass(frozen=True, slots=True, kw_only=True)
class _Work:
    """One run over cleared media and enrolled photographs."""

    case: Case
    run: Run
    roots: tuple[tuple[str, str], ...]
    gate: Gate
    cleared: Mapping[Sha256, Cleared[Media]]
    originals: tuple[Original, ...]
    bank: bytes
    engine: Engine
    progress: Progress

    @classmethod
    def begin(
        cls,
        case: Case,
        roots: Mapping[str, Path],
        gate: Gate,
        originals: tuple[Original, ...],
        engine: Engine,
        progress: Progress,
    ) -> _Work:
        cleared = {each.value.sha256: each for each in gate.cleared}
        bank = pack_bank(originals)
        digest = _run_digest(cleared, bank)
        return cls(
            case=case,
            run=case.store.begin_run(digest),
            roots=tuple(sorted((source, str(path)) for source, path in _all_roots(case, roots).items())),
            gate=gate,
            cleared=dict(sorted(cleared.items())),
            originals=originals,
            bank=bank,
            engine=engine,
            progress=progress,
        )

    def finish(self) -> Investigation:
        """Run every stage, keep what they found, and destroy the run's key."""
        done = self._done_before()
        if done is not None:
            return self._refresh(done)
        self._put_bank()
        fingerprints = self._fingerprint()
        overlays = self._guard(fingerprints)
        matches = hash_matches(self.originals, fingerprints)
        examinations, lost, comparisons = self._compare(fingerprints, matches, overlays_digest=overlays.digest)
        fingerprints = tuple(
            replace(each, refused=NOT_COMPARED) if each.sha256 in lost else each for each in fingerprints
        )
        findings = findings_of(self.case, examinations, matches, comparisons=comparisons)
        result = self._count(
            fingerprints, examinations, findings, matches, comparisons, overlays=len(overlays.overlays)
        )
        self._keep(result, fingerprints, examinations, findings, matches)
        self.progress("measure", 0, 1)
        measure_network(self.case, fingerprints=fingerprints, findings=findings)
        self.run.end()
        self.case.store.drop_results()
        self.progress("measure", 1, 1)
        return result

    def _put_bank(self) -> None:
        """Lay out what workers need of the enrolled side; photographs that lie there whole stay."""
        self.run.put(BANK, self.bank)
        for each in self.originals:
            if each.level is PackLevel.SEALED and self.run.get(photograph_name(each.id)) is None:
                content = self.case.store.photograph(each.id)
                assert content is not None
                self.run.put(photograph_name(each.id), content)

    def _guard(self, fingerprints: Sequence[Fingerprinted]) -> Overlays:
        self.progress("guard", 0, len(fingerprints))
        overlays = guard(self.run, fingerprints, name=OVERLAYS, originals=self.originals)
        self.progress("guard", len(fingerprints), len(fingerprints))
        return overlays

    def _refresh(self, done: Investigation) -> Investigation:
        """The same media and photographs again: nothing is compared anew, but posts and counts may have grown."""
        findings = findings_of(
            self.case, self.case.store.examinations(), matches_of(self.case), comparisons=done.comparisons
        )
        with self.case.transaction():
            self.case.store.replace_findings(findings)
        measure_network(self.case, fingerprints=fingerprints_of(self.case), findings=findings)
        self.run.end()
        self.case.store.drop_results()
        return done

    def _done_before(self) -> Investigation | None:
        result = summary_of(self.case)
        return result if result is not None and result.digest == self.run.digest else None

    # --- fingerprint ---

    def _fingerprint(self) -> tuple[Fingerprinted, ...]:
        with Decoder() as decoder:
            return self._run_fingerprint(Fingerprint(roots=self.roots, run=self.run.id, decoder=decoder))

    def _run_fingerprint(self, stage: Fingerprint) -> tuple[Fingerprinted, ...]:
        running = StageRun(
            case=self.case,
            engine=self.engine,
            secrets=Secrets(),
            progress=self.progress,
            stage=stage,
            keep=lambda outcome: self._keep_fingerprints(stage, outcome),
            size=len,
        )
        total = len(self.cleared)
        for size in (PART, 1):  # a part whose worker died is taken apart, so that one file costs one file
            missing = running.missing(tuple(self.cleared))
            if missing:
                parts = in_parts([self.cleared[each] for each in missing], size)
                running.over(parts, done=total - len(missing), total=total)
        lost = running.missing(tuple(self.cleared))
        with self.case.transaction():
            for sha256 in lost:
                self._keep_fingerprint(stage, Fingerprinted(sha256=sha256, refused=WORKER_FAILED))
        return tuple(self._read_fingerprint(stage, sha256) for sha256 in self.cleared)

    def _keep_fingerprints(
        self, stage: Fingerprint, outcome: Outcome[tuple[Cleared[Media], ...], tuple[Fingerprinted, ...]]
    ) -> None:
        for each in outcome.value or ():
            if each.features:
                self.run.put(each.sha256, each.features)
            self._keep_fingerprint(stage, each)

    def _keep_fingerprint(self, stage: Fingerprint, each: Fingerprinted) -> None:
        payload = msgspec.json.encode(replace(each, features=b""))
        self.case.store.keep_result(stage.name, stage.version, stage.parameters, each.sha256, payload)

    def _read_fingerprint(self, stage: Fingerprint, sha256: Sha256) -> Fingerprinted:
        payload = self.case.store.result(stage.name, stage.version, stage.parameters, sha256)
        assert payload is not None
        return msgspec.json.decode(payload, type=Fingerprinted)

    # --- compare ---

    def _compare(
        self, fingerprints: Sequence[Fingerprinted], matches: Iterable[Match], *, overlays_digest: str
    ) -> tuple[tuple[Examination, ...], frozenset[Sha256], int]:
        """The examinations, the media whose comparison failed, and how many comparisons were made."""
        searchable = [each.sha256 for each in fingerprints if each.hash and not each.not_searchable]
        photographs = sum(each.features is not None for each in self.originals)
        close: dict[str, tuple[str, ...]] = {}
        for match in matches:
            close[match.media] = (*close.get(match.media, ()), match.original)
        with Decoder() as decoder:
            stage = Compare(
                roots=self.roots,
                run=str(self.run.folder),
                bank_digest=bank_digest(self.bank),
                overlays_digest=overlays_digest,
                comparisons=max(len(searchable) * photographs, 1),
                decoder=decoder,
            )
            lost = self._run_compare(stage, searchable, close)
        return self._examinations(stage, searchable), lost, (len(searchable) - len(lost)) * photographs

    def _run_compare(
        self, stage: Compare, searchable: Sequence[Sha256], close: Mapping[str, tuple[str, ...]]
    ) -> frozenset[Sha256]:
        """Keep a result for each media; those that have none at the end, because a worker failed over them twice."""
        running = StageRun(
            case=self.case,
            engine=self.engine,
            secrets=Secrets({RUN_KEY: self.run.key}),
            progress=self.progress,
            stage=stage,
            keep=lambda outcome: self._keep_examined(stage, outcome),
            size=len,
        )
        for size in (_SUSPECTS, 1):
            missing = running.missing(searchable)
            suspects = [Suspect(media=self.cleared[each], close=close.get(each, ())) for each in missing]
            if suspects:
                running.over(in_parts(suspects, size), done=len(searchable) - len(missing), total=len(searchable))
        return frozenset(running.missing(searchable))

    def _keep_examined(self, stage: Compare, outcome: Outcome[tuple[Suspect, ...], tuple[Examined, ...]]) -> None:
        if outcome.value is None:
            return
        persons = {each.id: each.person for each in self.originals}
        kept: dict[str, list[Examination]] = {each.media.value.sha256: [] for each in outcome.part}
        for examined in outcome.value:
            kept[examined.examination.media].append(self._with_mask(examined, persons))
        for sha256, examinations in kept.items():
            payload = msgspec.json.encode(examinations)
            self.case.store.keep_result(stage.name, stage.version, stage.parameters, sha256, payload)

    def _with_mask(self, examined: Examined, persons: Mapping[str, str]) -> Examination:
        examination = examined.examination
        if not examined.mask or examination.alteration is None:
            return examination
        digest = self.case.store.keep_blob(examined.mask, person=persons[examination.original], media=examination.media)
        return replace(examination, alteration=replace(examination.alteration, mask=digest))

    def _examinations(self, stage: Compare, searchable: Iterable[Sha256]) -> tuple[Examination, ...]:
        found: list[Examination] = []
        for sha256 in searchable:
            payload = self.case.store.result(stage.name, stage.version, stage.parameters, sha256)
            if payload is not None:
                found.extend(msgspec.json.decode(payload, type=list[Examination]))
        return tuple(sorted(found, key=lambda each: (each.original, each.media)))

    # --- keep ---

    def _count(
        self,
        fingerprints: Sequence[Fingerprinted],
        examinations: Sequence[Examination],
        findings: Sequence[Finding],
        matches: Sequence[Match],
        comparisons: int,
        *,
        overlays: int,
    ) -> Investigation:
        conclusions = Counter(each.conclusion.value for each in examinations)
        refused = Counter(each.refused for each in fingerprints if each.refused)
        kinds = Counter(
            {
                media.sha256: media.kind.value for media in self.gate.not_searched if media.sha256 not in self.cleared
            }.values()
        )
        return Investigation(
            digest=self.run.digest,
            media=len(self.cleared),
            searched=sum(bool(each.hash) and not each.not_searchable and not each.refused for each in fingerprints),
            not_searched=dict(sorted(kinds.items())),
            refused=dict(sorted(refused.items())),
            not_searchable=sum(bool(each.not_searchable) for each in fingerprints),
            sealed=len({item.sha256 for item in self.case.store.sealed_items()}),
            originals=len(self.originals),
            comparisons=comparisons,
            findings=len(findings),
            derivatives=conclusions["derivative"],
            copies=conclusions["copy"],
            same_scene=conclusions["same scene"],
            undecided=conclusions["undecided"],
            hash_matches=len(matches),
            overlays=overlays,
        )

    def _keep(
        self,
        result: Investigation,
        fingerprints: Sequence[Fingerprinted],
        examinations: Sequence[Examination],
        findings: Sequence[Finding],
        matches: Sequence[Match],
    ) -> None:
        store = self.case.store
        with self.case.transaction():
            store.replace_examinations(examinations)
            store.replace_findings(findings)
            keep_outcome(self.case, result, fingerprints, matches)
            self.case.record(
                "investigated",
                public={"media": result.media, "originals": result.originals, "comparisons": result.comparisons},
                private={"outcome": msgspec.json.encode(result).decode()},
            )


def _all_roots(case: Case, named: Mapping[str, Path]) -> Mapping[str, Path]:
    """Where every source of the case lies: as named now, else as named at an earlier run."""
    kept = case.store.note("roots")
    roots = {} if kept is None else msgspec.json.decode(kept, type=dict[str, str])
    roots.update({source: str(path) for source, path in named.items()})
    case.store.keep_note("roots", msgspec.json.encode(dict(sorted(roots.items()))), person=NOBODY)
    return {source: Path(path) for source, path in roots.items()}


def _run_digest(cleared: Iterable[Sha256], bank: bytes) -> Sha256:
    versions = {"fingerprint": FINGERPRINT_VERSION, "compare": COMPARE_VERSION}
    return sha256_of(canonical({"media": sorted(cleared), "bank": bank_digest(bank), "versions": versions}))
