"""The harm rules of the architecture, along the whole of the main job: each test can fail."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from made_up_case import (
    CHANNEL_NAMES,
    FILES,
    LINKS,
    PERSON,
    RAW_NAMES,
    TODAY,
    USERNAMES,
    MadeUp,
    run,
)
from opened import opened, openers
from said import everything_in, said_in, without_the_law
from takeback.crypto import age
from takeback.demo.made_up import HOW_KNOWN, SHOWS, filled_questionnaire
from takeback.engines.serial import Serial
from takeback.errors import ConsentError
from takeback.jobs.case import Case
from takeback.jobs.census import measure_network
from takeback.jobs.fingerprint import features_of
from takeback.jobs.investigate import investigate
from takeback.jobs.letters import answer, ask, lines, prepare_letters
from takeback.jobs.people import confirm, release
from takeback.jobs.publish import publish, publish_network, publish_public
from takeback.jobs.side_by_side import Stretch, compare_windows
from takeback.model.consent import Under18
from takeback.model.digest import sha256_of
from takeback.model.finding import Conclusion
from takeback.model.media import Media, MediaKind, Place
from takeback.model.original import PackLevel
from takeback.protocols import Outcome, Secrets
from takeback.report.words import check_words
from takeback.signals.decode import Decoder
from takeback.signals.features import pack
from takeback.signals.gate import clear_photograph

TOLD_IN_THE_CASE = (LINKS[0],)
"""Hosts of links stand in the case's own report, never in a public one."""
WINDOWS = (
    Stretch(first=date(2026, 1, 1), last=date(2026, 3, 31)),
    Stretch(first=date(2026, 4, 1), last=date(2026, 6, 30)),
)
NEVER_TOLD = tuple(each for each in RAW_NAMES if each not in TOLD_IN_THE_CASE)


def worked_to_the_end(case: Case, made_up: MadeUp, out: Path) -> None:
    """Released, confirmed, answered, prepared, published: everything that people do once something was found."""
    release(case, [each.id for each in case.findings], made_up.people.countersigner)
    for each in case.findings:
        if each.examination.conclusion is Conclusion.DERIVATIVE:
            confirm(case, each.id, made_up.people.enroller, shows=SHOWS, how_known=HOW_KNOWN)
    answer(case, filled_questionnaire(ask(case), time="2026-08-04T09:00:00Z"))
    prepare_letters(case, out / "letters")
    publish(case, out / "report")
    publish_public(case, out / "public")


# --- what is sealed stays unopened ----------------------------------------------------------------------------------


def test_a_sealed_file_is_opened_by_the_intake_alone_along_every_path(made_up: MadeUp, tmp_path: Path) -> None:
    engine = Watching()
    with opened() as seen, made_up.case(tmp_path, worked=False) as case:
        run(case, [made_up.export], [made_up.pack], engine=engine)
        run(case, [made_up.export], [made_up.pack], engine=engine)
        measure_network(case)
        worked_to_the_end(case, made_up, tmp_path)
    assert openers(seen, "photo_costmary.jpg") == {"intake"}
    assert openers(seen, "photo_hyssop.jpg") == {"intake", "fingerprint", "compare"}
    assert made_up.sealed not in engine.given
    assert made_up.derivative in engine.given


# --- what lies on the disk ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def feature_bytes(made_up: MadeUp) -> tuple[bytes, ...]:
    """Descriptors of an investigated picture and of an enrolled photograph, in the form in which they are stored."""
    return (
        *descriptors_of(made_up.export / "photos" / "photo_hyssop.jpg", long_side=1280),
        *descriptors_of(made_up.photographs[0], long_side=1600),
    )


def descriptors_of(path: Path, *, long_side: int) -> Iterator[bytes]:
    content = path.read_bytes()
    place = Place(source="s", path=path.name)
    media = Media(sha256=sha256_of(content), size=len(content), place=place, kind=MediaKind.PHOTO)
    with Decoder() as decoder:
        features = features_of(decoder.decode(clear_photograph(media, Under18.NO), content, long_side=long_side))
    assert features.descriptors[3].tobytes() in pack(features)
    yield from (row.tobytes() for row in features.descriptors[:200:7])


def secrets_of(made_up: MadeUp, feature_bytes: tuple[bytes, ...]) -> Iterator[bytes]:
    """What no file of a case may hold in the open."""
    yield from feature_bytes
    yield from (each.encode() for each in (*RAW_NAMES, PERSON, "write to the helpline", "Bluebell"))
    for digest in (*made_up.pictures.values(), *(sha256_of(each.read_bytes()) for each in made_up.photographs)):
        yield digest.encode()
        yield bytes.fromhex(digest)
    yield made_up.photographs[0].read_bytes()[2000:2064]


def test_a_search_of_a_worked_case_finds_no_features_names_texts_or_digests(
    made_up: MadeUp, feature_bytes: tuple[bytes, ...], tmp_path: Path
) -> None:
    with made_up.case(tmp_path) as case:
        worked_to_the_end(case, made_up, tmp_path / "out")
        while_open = everything_in(tmp_path / "case")
    closed = everything_in(tmp_path / "case")
    assert len(closed) > 100_000
    for secret in secrets_of(made_up, feature_bytes):
        assert secret not in while_open
        assert secret not in closed
    assert CHANNEL_NAMES[0].encode() in everything_in(made_up.export)


def test_a_search_amid_a_run_finds_no_features_and_its_end_leaves_no_file_of_it(
    made_up: MadeUp, feature_bytes: tuple[bytes, ...], tmp_path: Path
) -> None:
    amid: list[bytes] = []

    def look(stage: str, done: int, _total: int | None) -> None:
        if stage == "compare" and not done:
            amid.append(everything_in(tmp_path / "case"))
            assert len(list((tmp_path / "case" / "runs").rglob("*"))) > len(FILES)

    with made_up.case(tmp_path, worked=False) as case:
        investigate(case, [made_up.export], [made_up.pack], engine=Serial(), today=TODAY, progress=look)
    assert amid
    assert not [secret for secret in secrets_of(made_up, feature_bytes) if secret in amid[0]]
    assert list((tmp_path / "case" / "runs").rglob("*")) == []


# --- names and words in what is written -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def written(made_up: MadeUp, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Everything that a case writes: before release in ``sealed``, for one recipient in ``handed``, then the rest."""
    folder = tmp_path_factory.mktemp("written")
    with made_up.case(folder) as case:
        publish(case, folder / "sealed")
        publish_network(case, folder / "network")
        compare_windows(case, *WINDOWS, folder / "compared")
        prepare_letters(case, folder / "too-early")
        worked_to_the_end(case, made_up, folder)
        (folder / "questions.toml").write_text(ask(case), encoding="utf-8")
        listed = [each.reason for each in lines(case)]
        (folder / "lines.txt").write_text("\n".join(listed), encoding="utf-8")
    return folder


@pytest.mark.parametrize("part", ["sealed", "network", "compared", "too-early"])
def test_no_raw_name_is_in_anything_that_is_written_before_release(written: Path, part: str) -> None:
    documents = dict(said_in(written / part))
    assert documents
    for name, said in documents.items():
        assert [raw for raw in (*NEVER_TOLD, PERSON) if raw in said or raw in name] == [], name


def test_release_lets_out_the_addresses_of_the_findings_and_no_other_name(written: Path) -> None:
    locators = {f"https://t.me/{USERNAMES[0]}/{post}" for post in (1, 3, 6)}
    for name, said in said_in(written / "report"):
        rest = said
        for locator in locators:
            rest = rest.replace(locator, "")
        assert [raw for raw in (*NEVER_TOLD, PERSON) if raw in rest] == [], name
    sealed = dict(said_in(written / "sealed"))
    released = dict(said_in(written / "report"))
    for name in ("report.html", "report.pdf", "findings.json", "bundle/data/findings.json"):
        assert USERNAMES[0] not in sealed[name]
        assert f"t.me/{USERNAMES[0]}/1" in released[name]


def test_a_public_report_holds_no_name_quote_host_digest_or_id(made_up: MadeUp, written: Path) -> None:
    findings = json.loads((written / "sealed" / "findings.json").read_bytes())
    ids = [value for each in findings for value in (each["id"], each["original"], each["media_sha256"])]
    documents = dict(said_in(written / "public"))
    assert sorted(documents) == ["measures.json", "report.html", "report.pdf"]
    for name, said in documents.items():
        hidden = (*RAW_NAMES, PERSON, "channel-", "Bluebell", "Caseworker", *ids, *made_up.pictures.values())
        assert [each for each in hidden if each in said] == [], name


def test_no_output_uses_a_word_that_reports_never_use(written: Path) -> None:
    documents = {name: without_the_law(said) for name, said in said_in(written) if not name.startswith("case/")}
    assert {Path(name).suffix for name in documents} >= {".html", ".pdf", ".json", ".ics", ".txt"}
    assert {name: check_words(said) for name, said in documents.items() if check_words(said)} == {}


def test_the_full_map_is_only_in_what_is_encrypted_to_its_recipient(made_up: MadeUp, tmp_path: Path) -> None:
    identity, recipient = age.new_identity()
    with made_up.case(tmp_path) as case:
        publish(case, tmp_path / "handed", recipient=recipient)
    content = age.decrypt((tmp_path / "handed" / "sealed.age").read_bytes(), [identity])
    for raw in (*CHANNEL_NAMES, *USERNAMES, FILES[0]):
        assert raw in content.decode()
    everything = everything_in(tmp_path / "handed")
    assert not [raw for raw in (*NEVER_TOLD, PERSON) if raw.encode() in everything]


def test_nothing_is_disclosed_of_a_person_who_did_not_agree_to_it(made_up: MadeUp, tmp_path: Path) -> None:
    _, recipient = age.new_identity()
    with made_up.case(tmp_path, worked=False) as case:
        quiet = made_up.make_pack(
            case, tmp_path / "quiet.pack", level=PackLevel.HASH, changes={"disclose = true": "disclose = false"}
        )
        run(case, [made_up.later], [quiet])
        with pytest.raises(ConsentError, match="did not agree to 'disclose'"):
            publish(case, tmp_path / "handed", recipient=recipient)
    assert not (tmp_path / "handed").exists()


# --- hashes, persons ------------------------------------------------------------------------------------------------


def test_a_pack_of_hashes_gives_matches_and_never_a_finding(made_up: MadeUp, tmp_path: Path) -> None:
    with made_up.case(tmp_path, worked=False) as case:
        hashes = made_up.make_pack(case, tmp_path / "hashes.pack", level=PackLevel.HASH)
        outcome = run(case, [made_up.later], [hashes])
        publish(case, tmp_path / "out")
    assert (outcome.hash_matches, outcome.findings) == (1, 0)
    assert json.loads((tmp_path / "out" / "findings.json").read_bytes()) == []
    (match,) = json.loads((tmp_path / "out" / "matches.json").read_bytes())
    assert match["distance"] <= match["threshold"] == 31
    assert match["false_match_rate"]["n"] > 0


def test_two_persons_with_one_photograph_stay_two_and_neither_learns_of_the_other(
    made_up: MadeUp, tmp_path: Path
) -> None:
    one = made_up.photographs[0]
    with made_up.case(tmp_path) as case:
        changes = {PERSON: "person-aster"}
        aster = made_up.make_pack(case, tmp_path / "aster.pack", one, level=PackLevel.SEALED, changes=changes)
        run(case, [made_up.export], [aster])
        both = [each for each in case.findings if each.examination.media == made_up.derivative]
        assert sorted(each.person for each in both) == ["person-aster", PERSON]
        assert len({each.id for each in both} | {each.examination.original for each in both}) == 4
        worked_to_the_end(case, made_up, tmp_path)
        letters = {id: content.decode() for id, content in case.store.notices().items()}
    assert len(letters) > len(both)
    for said in letters.values():
        named = [each for each in both if each.id in said]
        assert len(named) <= 1
        others = {value for each in both if each not in named for value in (each.id, each.examination.original)}
        assert [each for each in (*others, "person-aster", PERSON) if each in said] == []
    for name, said in said_in(tmp_path / "report"):
        assert "person-aster" not in said, name


class Watching:
    """The plain engine, which notes every media that it is given."""

    name = "watching"

    def __init__(self) -> None:
        self.given: set[str] = set()

    def map(
        self, stage: Callable[..., object], parts: Iterable[tuple[Any, ...]], *, secrets: Secrets
    ) -> Iterator[Outcome[Any, object]]:
        for part in parts:
            self.given |= {getattr(each, "media", each).value.sha256 for each in part}
            yield from Serial().map(stage, [part], secrets=secrets)
