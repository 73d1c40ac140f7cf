"""The made-up case from start to finish: the same jobs that people run, on a network whose truth is known."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import msgspec
import numpy as np

from takeback.crypto.keyfile import HumanKey
from takeback.crypto.passphrase import Cost
from takeback.crypto.signing import SigningKey
from takeback.demo.made_up import HOW_KNOWN, SHOWS, filled_form, filled_questionnaire
from takeback.evidence.consent import countersign, sign, template
from takeback.evidence.verify import verify_path
from takeback.jobs.case import Case, case_facts
from takeback.jobs.enrol import enrol, photograph_digests
from takeback.jobs.investigate import investigate
from takeback.jobs.letters import answer, ask, deadlines, prepare_letters, record_event
from takeback.jobs.outcome import Investigation
from takeback.jobs.people import confirm, release
from takeback.jobs.progress import Progress, saying_when_kernels_compile, silent
from takeback.jobs.publish import publish, publish_public
from takeback.matching.hamming_index import HammingIndex
from takeback.matching.overlay import CorpusPicture, find_overlays
from takeback.matching.photograph_index import PhotographIndex
from takeback.model.digest import sha256_of
from takeback.model.finding import Conclusion
from takeback.model.notice import Notice, NoticeEvent
from takeback.model.original import Original, PackLevel
from takeback.model.signal import Features, Signal
from takeback.protocols import Engine
from takeback.signals.features import extract
from takeback.signals.pdq import PdqHasher
from takeback.simulate.collection import load_photographs
from takeback.simulate.network import SEED, write_network
from takeback.simulate.truth import Truth, write_truth

TODAY = date(2026, 8, 3)
"""The day on which the made-up case is worked."""


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """What the demonstration came to, next to what was planted."""

    planted: int
    found: int
    false_findings: int
    wrong_conclusions: int
    sealed_minor_items: int
    sealed_planted: int
    posts: int
    posts_planted: int
    notices: int
    deadlines: int
    bundle_verified: bool
    seconds: float
    compilation_seconds: float

    @property
    def as_planted(self) -> bool:
        """Whether the outcome is what was planted, throughout."""
        return (
            self.found == self.planted
            and not self.false_findings
            and not self.wrong_conclusions
            and self.sealed_minor_items == self.sealed_planted
            and self.posts == self.posts_planted
            and self.notices > 0
            and self.deadlines > 0
            and self.bundle_verified
        )


@dataclass(slots=True)
class Clock:
    """A clock that starts on the made-up day and moves by a minute an act, so that runs can be compared."""

    now: datetime

    def __call__(self) -> datetime:
        """The next minute."""
        self.now += timedelta(minutes=1)
        return self.now


def demonstrate(
    out: Path, *, engine: Engine, progress: Progress = silent, cost: Cost | None = None, seed: int = SEED
) -> Summary:
    """Make the network, enrol, investigate, release, confirm, publish and write letters under ``out``."""
    start = time.monotonic()
    with saying_when_kernels_compile(progress):
        compile_kernels()
    compiled = time.monotonic() - start
    clock = Clock(datetime(TODAY.year, TODAY.month, TODAY.day, 8, 0, tzinfo=UTC))
    out.mkdir(parents=True, exist_ok=True)
    truth = write_network(out / "export", seed=seed)
    write_truth(truth, out / "truth.json")
    people = _People.new()
    with _new_case(out / "case", clock, cost) as case:
        pack = _enrol(out / "enrolment", case, people, clock, progress)
        result = investigate(case, [out / "export"], [pack], engine=engine, today=TODAY, progress=progress)
        notices = _act(out, case, people, clock)
        published = publish(case, out / "report")
        publish_public(case, out / "public")
        assert published.bundle is not None
        summary = _compare(case, truth, result, notices)
        verified = verify_path(
            published.bundle.path, expect_signer=case.store.ledger_key.public, expect_head=published.bundle.head
        )
    done = msgspec.structs.replace(
        summary,
        bundle_verified=verified.ok,
        seconds=round(time.monotonic() - start, 1),
        compilation_seconds=round(compiled, 1),
    )
    (out / "summary.json").write_bytes(msgspec.json.format(msgspec.json.encode(done), indent=1) + b"\n")
    return done


def compile_kernels() -> None:
    """Have every kernel compiled, or loaded from the cache, before work is handed out: once a machine it takes time."""
    photographs = load_photographs()[:2]
    features = []
    for each in photographs:
        pixels = each.pixels()
        PdqHasher().dihedral(pixels)
        features.append(extract(pixels, full_width=pixels.shape[1], full_height=pixels.shape[0]))
    HammingIndex.build(np.zeros((1, 4), dtype=np.uint64)).search(np.zeros((1, 4), dtype=np.uint64))
    index = PhotographIndex()
    index.enrol([_made_up_original(features[0])])
    index.search(features[1])
    find_overlays(
        CorpusPicture(sha256=photograph.sha256, signal=Signal(words=(0, 0, 0, number), quality=100), features=each)
        for number, (photograph, each) in enumerate(zip(photographs, features, strict=True))
    )


def _made_up_original(features: Features) -> Original:
    return Original(
        id="warm-up",
        person="nobody",
        sha256=sha256_of(b""),
        width=features.width,
        height=features.height,
        level=PackLevel.FEATURES,
        signals=(),
        features=features,
    )


@dataclass(frozen=True, slots=True)
class _People:
    enroller: HumanKey
    countersigner: HumanKey

    @classmethod
    def new(cls) -> _People:
        return cls(
            enroller=HumanKey(name="Caseworker A (made up)", signing=SigningKey.new()),
            countersigner=HumanKey(name="Caseworker B (made up)", signing=SigningKey.new()),
        )


def _new_case(path: Path, clock: Callable[[], datetime], cost: Cost | None) -> Case:
    facts = case_facts(
        "A made-up case",
        role="helpline (made up)",
        legal_basis="consent of the person (made up)",
        jurisdiction="UK",
        clock=clock,
    )
    return Case.create(path, facts, passphrase=secrets.token_hex(16), clock=clock, cost=cost)


def _enrol(folder: Path, case: Case, people: _People, clock: Callable[[], datetime], progress: Progress) -> Path:
    folder.mkdir()
    photographs = [each for each in load_photographs() if each.enrolled]
    paths = []
    for each in photographs:
        path = folder / each.name
        path.write_bytes(each.content)
        paths.append(path)
    form = filled_form(template(photograph_digests(paths)), photographs)
    text = countersign(sign(form, people.enroller, time=clock()), people.countersigner, time=clock())
    (folder / "consent.toml").write_text(text, encoding="utf-8")
    made = enrol(paths, text, level=PackLevel.SEALED, recipients=[case.store.recipient], today=TODAY, progress=progress)
    pack = folder / "made-up.pack"
    pack.write_bytes(made.pack)
    return pack


def _act(out: Path, case: Case, people: _People, clock: Callable[[], datetime]) -> tuple[Notice, ...]:
    """What people do once something was found: release, confirm, answer, send (made up), keep the clock."""
    findings = case.findings
    if not findings:
        return ()
    release(case, [each.id for each in findings], people.countersigner)
    for each in findings:
        if each.examination.conclusion is Conclusion.DERIVATIVE:
            confirm(case, each.id, people.enroller, shows=SHOWS, how_known=HOW_KNOWN)
    answer(case, filled_questionnaire(ask(case), time=f"{clock():%Y-%m-%dT%H:%M:%SZ}"))
    notices = prepare_letters(case, out / "letters")
    for notice in notices:
        record_event(case, notice.id, NoticeEvent.SENT, clock(), note="made up: nothing was sent")
    return notices


def _compare(case: Case, truth: Truth, result: Investigation, notices: tuple[Notice, ...]) -> Summary:
    digests = {each.id: each.sha256 for each in case.store.originals()}
    planted = {(each.sha256, each.original_sha256): each for each in truth.planted}
    found = {(each.examination.media, digests[each.examination.original]): each for each in case.findings}
    return Summary(
        planted=len(planted),
        found=len(planted.keys() & found.keys()),
        false_findings=len(found.keys() - planted.keys()),
        wrong_conclusions=sum(
            found[pair].examination.conclusion is not planted[pair].conclusion for pair in planted.keys() & found.keys()
        ),
        sealed_minor_items=result.sealed,
        sealed_planted=len(truth.sealed_sha256),
        posts=case.store.count_posts(),
        posts_planted=truth.posts,
        notices=len(notices),
        deadlines=len(deadlines(case)),
        bundle_verified=False,
        seconds=0.0,
        compilation_seconds=0.0,
    )
