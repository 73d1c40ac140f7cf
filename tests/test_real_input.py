"""Copies of real exports with planted pictures go through the whole job: everything is found, nothing is lost."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from takeback.bench.material import composite, signed_consent
from takeback.crypto.passphrase import CHEAP
from takeback.engines.serial import Serial
from takeback.jobs.case import Case, case_facts
from takeback.jobs.enrol import enrol
from takeback.jobs.investigate import investigate
from takeback.jobs.outcome import Investigation
from takeback.model.channel import Post
from takeback.model.clearing import SealReason
from takeback.model.digest import Sha256, sha256_of
from takeback.model.finding import Conclusion
from takeback.model.media import Absence, Place
from takeback.model.original import PackLevel
from takeback.plugins import open_source
from takeback.simulate import edits
from takeback.simulate.collection import Pixels, decode

ROBOTEAM = "telegram/roboteam/telegram-test-json"
OLDER = "telegram/telegram-chat-parser"
ENROLLED = ("kodak/01.jpg", "kodak/13.jpg", "kodak/19.jpg")
UNRELATED = ("kodak/05.jpg", "kodak/08.jpg", "kodak/22.jpg", "elementary/Morskie_Oko.jpg")
SEALED = "kodak/21.jpg"
FIRST_NEW_ID = 428_800
TODAY = date(2026, 8, 3)


@dataclass(frozen=True, kw_only=True)
class Planted:
    """A copy of a real export with pictures added, and the truth of what was added."""

    export: Path
    messages: int
    planted: frozenset[tuple[Sha256, Sha256]]
    sealed: frozenset[Sha256]


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """A finished investigation of it, with what the case holds."""

    made: Planted
    result: Investigation
    found: dict[tuple[Sha256, Sha256], Conclusion]
    posts: tuple[Post, ...]
    sealed: dict[Sha256, SealReason]
    damage: int
    places: dict[Sha256, tuple[int, ...]]


@pytest.fixture(scope="module")
def photographs(shared_data: Path) -> dict[str, bytes]:
    return {name: (shared_data / "photos" / name).read_bytes() for name in (*ENROLLED, *UNRELATED, SEALED)}


@pytest.fixture(scope="module")
def outcome(
    shared_data: Path, photographs: dict[str, bytes], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Outcome]:
    folder = tmp_path_factory.mktemp("real")
    made = planted_export(shared_data / ROBOTEAM, folder / "export", photographs)
    before = tree_digest(made.export)
    with new_case(folder / "case") as case:
        result = run(case, folder, [made.export], photographs)
        digests = {each.id: each.sha256 for each in case.store.originals()}
        yield Outcome(
            made=made,
            result=result,
            found={
                (each.examination.media, digests[each.examination.original]): each.examination.conclusion
                for each in case.findings
            },
            posts=tuple(case.store.posts()),
            sealed={each.sha256: each.reason for each in case.store.sealed_items()},
            damage=len(case.store.damage()),
            places={each.examination.media: tuple(post.id for post in each.posts) for each in case.findings},
        )
    assert tree_digest(made.export) == before, "the investigator's material was changed"


def planted_export(real: Path, target: Path, photographs: dict[str, bytes]) -> Planted:
    """A copy of the real export with edited, unrelated and age-marked pictures in messages of its own style."""
    shutil.copytree(real, target)
    chat = json.loads((target / "result.json").read_text(encoding="utf-8"))
    rng = np.random.default_rng(7)
    texture = decode(photographs["kodak/05.jpg"])
    writer = Writer(target, chat["messages"])
    pairs = []
    for name in ENROLLED:
        pixels = decode(photographs[name])
        original = sha256_of(photographs[name])
        for made in (composite(pixels, texture, rng).pixels, copied(pixels)):
            content = edits.encode_jpeg(made, 80)
            writer.photo(content)
            pairs.append((sha256_of(content), original))
    writer.photo(edits.encode_jpeg(copied(decode(photographs[ENROLLED[0]])), 80))  # the same bytes, posted again
    for name in UNRELATED:
        writer.photo(photographs[name])
    for _ in range(3):
        writer.text("nothing to see")
    marked = edits.encode_jpeg(composite(decode(photographs[SEALED]), texture, rng).pixels, 80)
    writer.photo(marked, text="she is 15 here")
    (target / "result.json").write_text(json.dumps(chat, ensure_ascii=False, indent=1), encoding="utf-8")
    return Planted(
        export=target,
        messages=len(chat["messages"]),
        planted=frozenset(pairs),
        sealed=frozenset({sha256_of(marked)}),
    )


def copied(pixels: Pixels) -> Pixels:
    """A smaller, recompressed copy in which nothing was altered."""
    return edits.recompress(edits.scale(edits.untouched(pixels), 700), 60).pixels


class Writer:
    """Adds messages to a chat of the older style: a local date, no Unix time, no entities."""

    def __init__(self, folder: Path, messages: list[object]) -> None:
        self._folder = folder
        self._messages = messages
        self._count = 0

    def photo(self, content: bytes, *, text: str = "") -> None:
        number = self._count + 2
        name = f"photos/photo_{number}@24-03-2022_10-{number:02}-00.jpg"
        (self._folder / name).write_bytes(content)
        height, width = decode(content).shape[:2]
        self._add({"photo": name, "width": width, "height": height, "text": text})

    def text(self, text: str) -> None:
        self._add({"text": text})

    def _add(self, rest: dict[str, object]) -> None:
        self._messages.append(
            {
                "id": FIRST_NEW_ID + self._count,
                "type": "message",
                "date": f"2022-03-24T10:{self._count + 2:02}:00",
                "from": "User 2",
                "from_id": "user123456780",
                **rest,
            }
        )
        self._count += 1


def new_case(path: Path) -> Case:
    facts = case_facts("Real input", role="tester", legal_basis="consent", jurisdiction="EU")
    return Case.create(path, facts, passphrase="only in a test", cost=CHEAP)


def run(case: Case, folder: Path, sources: list[Path], photographs: dict[str, bytes]) -> Investigation:
    """Enrol the originals as a person would, and investigate."""
    paths = []
    for name in ENROLLED:
        path = folder / f"original-{Path(name).name}"
        path.write_bytes(photographs[name])
        paths.append(path)
    made = enrol(paths, signed_consent(paths), level=PackLevel.SEALED, recipients=[case.store.recipient], today=TODAY)
    pack = folder / "made.pack"
    pack.write_bytes(made.pack)
    return investigate(case, sources, [pack], engine=Serial(), today=TODAY)


def tree_digest(folder: Path) -> str:
    lines = (
        f"{path.relative_to(folder)} {hashlib.sha256(path.read_bytes()).hexdigest()}"
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    )
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def without_source(post: Post) -> Post:
    """The post with its media at a place that names no source: another copy of the export is another source."""
    media = tuple(replace(each, place=Place(source="", path=each.place.path)) for each in post.media)
    return replace(post, media=media)


def test_every_planted_picture_is_found(outcome: Outcome) -> None:
    assert outcome.made.planted <= outcome.found.keys()


def test_nothing_else_is_found(outcome: Outcome) -> None:
    assert outcome.found.keys() <= outcome.made.planted
    assert outcome.result.findings == len(outcome.made.planted)


def test_an_altered_picture_is_told_from_a_copy(outcome: Outcome) -> None:
    assert sorted(each.value for each in outcome.found.values()) == ["copy"] * 3 + ["derivative"] * 3


def test_the_same_bytes_posted_twice_are_one_finding_at_two_posts(outcome: Outcome) -> None:
    assert sorted(len(posts) for posts in outcome.places.values()) == [1, 1, 1, 1, 1, 2]


def test_no_message_is_lost(outcome: Outcome) -> None:
    assert len(outcome.posts) == outcome.made.messages
    assert outcome.damage == 0


def test_only_what_stands_by_the_word_is_sealed(outcome: Outcome) -> None:
    assert set(outcome.sealed) == outcome.made.sealed
    assert outcome.result.sealed == 1


def test_the_original_messages_are_read_as_without_the_planted_ones(outcome: Outcome, shared_data: Path) -> None:
    alone = {
        each.id: without_source(each) for each in open_source(shared_data / ROBOTEAM).posts() if isinstance(each, Post)
    }
    assert len(alone) == 12
    assert {post.id: without_source(post) for post in outcome.posts if post.id in alone} == alone


def test_older_exports_without_their_files_lose_no_message(
    shared_data: Path, photographs: dict[str, bytes], tmp_path: Path
) -> None:
    sources, messages = [], 0
    for name in ("saved", "public_channel", "private_channel", "public_supergroup", "bot"):
        folder = tmp_path / name
        folder.mkdir()
        shutil.copy(shared_data / OLDER / f"{name}.json", folder / "result.json")
        messages += len(json.loads((folder / "result.json").read_text(encoding="utf-8"))["messages"])
        sources.append(folder)
    with new_case(tmp_path / "case") as case:
        result = run(case, tmp_path, sources, photographs)
        posts = tuple(case.store.posts())
        assert len(posts) == messages
        assert case.store.damage() == ()
        assert (result.media, result.findings, result.sealed) == (0, 0, 0)
        absent = {each.absence for post in posts for each in post.missing}
        assert Absence.TOO_LARGE in absent
