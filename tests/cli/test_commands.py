"""The commands from a new case to a forgotten one, each with what it prints where."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from cli.conftest import Ended, Takeback
from made_up_case import LINKS, PASSPHRASE, PERSON, RAW_NAMES, USERNAMES, MadeUp
from said import everything_in, without_the_law
from takeback.crypto import age
from takeback.demo.made_up import filled_form, filled_questionnaire
from takeback.jobs.case import Case
from takeback.report.words import check_words
from takeback.simulate.collection import Photograph

QUIET = ("--quiet",)
OPTIONS = ("--role", "helpline", "--legal-basis", "consent", "--jurisdiction", "UK")
HIDDEN = tuple(each for each in RAW_NAMES if each != LINKS[0])
"""What no command prints before release; hosts of links stand in the census."""


@pytest.fixture
def worked(made_up: MadeUp, tmp_path: Path) -> Path:
    return made_up.copy(tmp_path)


def done(ended: Ended, code: int = 0) -> Ended:
    assert ended.code == code, ended
    assert check_words(without_the_law(ended.out + ended.err)) == ()
    return ended


def test_from_a_new_case_to_a_finding(takeback: Takeback, made_up: MadeUp, people_folder: Path, tmp_path: Path) -> None:
    made = done(takeback("case", "new", "one", *OPTIONS, "--json"))
    recipient = made.json["recipient"]
    photograph = made_up.photographs[0]
    done(takeback("consent", "new", photograph, "--out", "consent.toml"))
    form = (tmp_path / "consent.toml").read_text()
    shown = [Photograph(name=photograph.name, content=photograph.read_bytes(), enrolled=True)]
    (tmp_path / "consent.toml").write_text(filled_form(form, shown))
    done(takeback("consent", "sign", "consent.toml", "--key", people_folder / "a.key"))
    done(takeback("consent", "countersign", "consent.toml", "--key", people_folder / "b.key"))
    assert "countersigned by" in done(takeback("consent", "show", "consent.toml")).out
    assert done(takeback("consent", "show", "consent.toml", "--json")).json["countersignature"]["role"] == (
        "countersigner"
    )
    enrolled = takeback(
        "enrol", photograph, "--consent", "consent.toml", "--to", recipient, "--out", "a.pack", "--json", *QUIET
    )
    assert done(enrolled).json == {"pack": "a.pack", "level": "features", "enrolled": 1, "refused": [], "smooth": []}
    found = done(takeback("investigate", made_up.later, "--pack", "a.pack", "--case", "one", "--json"), code=1)
    assert (found.json["findings"], found.json["refused"]) == (2, {"truncated": 1})
    assert "reading posts: 3\n" in found.err
    again = done(takeback("investigate", made_up.later, "--case", "one", *QUIET), code=1)
    assert again.err == ""
    assert "findings: 2 (1 derivative, 1 copy), sealed until released" in again.out


def test_nothing_that_is_printed_before_release_names_anybody(
    takeback: Takeback, made_up: MadeUp, worked: Path, tmp_path: Path
) -> None:
    for arguments in (
        ("case", "show", "--case", worked),
        ("case", "show", "--case", worked, "--json"),
        ("census", made_up.export, "--case", worked),
        ("census", made_up.export, "--case", worked, "--json"),
        ("investigate", made_up.export, "--case", worked),
        ("investigate", made_up.export, "--case", worked, "--json"),
        ("notices", "list", "--case", worked),
        ("notices", "list", "--case", worked, "--json"),
        ("notices", "ask", "--case", worked),
        ("publish", "--case", worked, "--out", "one"),
        ("publish", "--case", worked, "--out", "two", "--json"),
        ("verify", worked),
        ("verify", "one/bundle", "--json"),
    ):
        ended = done(takeback(*arguments))
        if "--json" in arguments:
            json.loads(ended.out)
        said = (ended.out + ended.err).replace(str(made_up.folder), "").replace(str(tmp_path), "")
        assert said
        named = () if arguments[:2] == ("case", "show") else (PERSON,)  # the caseworker's own name for the person
        assert [raw for raw in (*HIDDEN, *named) if raw in said] == [], arguments


def test_enrolling_prints_the_same_whether_or_not_the_photograph_occurs_anywhere(
    takeback: Takeback, made_up: MadeUp, worked: Path, tmp_path: Path
) -> None:
    printed = []
    with Case.open(worked, passphrase=PASSPHRASE) as case:
        recipient = case.store.recipient
    nowhere = tmp_path / "nowhere.jpg"
    nowhere.write_bytes((made_up.export / "photos" / "photo_sorrel.jpg").read_bytes())
    for photograph in (made_up.photographs[0], nowhere):
        (tmp_path / "consent.toml").write_text(made_up.signed(photograph))
        ended = takeback("enrol", photograph, "--consent", "consent.toml", "--to", recipient, "--out", "one.pack")
        printed.append((ended.code, ended.out, ended.err))
        (tmp_path / "one.pack").unlink()
    assert printed[0] == printed[1]
    assert printed[0][:2] == (0, "written: one.pack (level features, 1 photographs)\n")


def test_from_findings_to_letters_with_a_running_clock(
    takeback: Takeback, worked: Path, people_folder: Path, tmp_path: Path
) -> None:
    shown = done(takeback("case", "show", "--case", worked, "--json")).json
    derivatives = [each["id"] for each in shown["findings"] if each["conclusion"] == "derivative"]
    keys = {name: people_folder / f"{name}.key" for name in ("a", "b", "stranger")}
    for wrong in ("a", "stranger"):
        ended = takeback("release", *derivatives, "--case", worked, "--key", keys[wrong])
        assert (ended.code, ended.out, ended.err.count("\n")) == (1, "", 1)
    done(takeback("release", *derivatives, "--case", worked, "--key", keys["b"]))
    for each in derivatives:
        said = ("--shows", "an ordinary picture, altered", "--how-known", "made up")
        done(takeback("confirm", each, "--case", worked, "--key", keys["a"], *said))
    assert done(takeback("notices", "prepare", "--case", worked, "--out", "none"), code=1).out.startswith("no letter")
    done(takeback("notices", "ask", "--case", worked, "--out", "questions.toml"))
    questions = (tmp_path / "questions.toml").read_text()
    (tmp_path / "questions.toml").write_text(filled_questionnaire(questions, time="2026-08-05T09:00:00Z"))
    assert "still open: none" in done(takeback("notices", "answer", "questions.toml", "--case", worked)).out
    prepared = done(takeback("notices", "prepare", "--case", worked, "--out", "letters", "--json")).json
    assert prepared["notices"]
    (id, *_) = (each for each in prepared["notices"] if each.startswith("us-"))
    at = ("--at", "2026-08-05T10:00:00Z")
    assert "due 2026-08-07 10:00 UTC" in done(takeback("notices", "record", "received", id, "--case", worked, *at)).out
    listed = done(takeback("notices", "list", "--case", worked, "--json")).json
    assert {each["id"]: each["state"] for each in listed["prepared"]}[id] == "received"
    done(takeback("publish", "--case", worked, "--out", "out", "--json"))
    calendar = (tmp_path / "out" / "deadlines.ics").read_text()
    assert "20260807T100000Z" in calendar
    assert USERNAMES[0] in (tmp_path / "out" / "report.html").read_text()


def test_what_stands_in_the_way_of_several_letters_is_said_once(takeback: Takeback, worked: Path) -> None:
    listed = done(takeback("notices", "list", "--case", worked, "--json")).json["possible"]
    said = done(takeback("notices", "list", "--case", worked)).out.splitlines()
    findings, regimes = ({each[key] for each in listed} for key in ("finding", "regime"))
    assert len(listed) == len(findings) * len(regimes) > 3
    assert len(said) == 1
    assert said[0].endswith("is confirmed by nobody, and no letter goes out on figures alone (takeback confirm)")
    assert all(said[0].count(each) == 1 for each in (*findings, *regimes))


@pytest.mark.parametrize("at", ["yesterday", "2026-08-05T10:00:00", "2026-13-01T00:00:00Z"])
def test_an_instant_without_an_offset_is_not_guessed(takeback: Takeback, worked: Path, at: str) -> None:
    ended = takeback("notices", "record", "sent", "n-1", "--case", worked, "--at", at)
    assert (ended.code, ended.err.count("\n")) == (2, 1)
    assert "--at" in ended.err


def test_publishing_for_a_recipient_and_for_anyone_exclude_each_other(
    takeback: Takeback, worked: Path, tmp_path: Path
) -> None:
    _, recipient = age.new_identity()
    assert takeback("publish", "--case", worked, "--out", "x", "--public", "--for", recipient).code == 2
    assert takeback("publish", "--case", worked, "--out", "x", "--for", "somebody").code == 2
    assert not (tmp_path / "x").exists()
    done(takeback("publish", "--case", worked, "--out", "handed", "--for", recipient))
    done(takeback("publish", "--case", worked, "--out", "public", "--public", "--json"))
    assert (tmp_path / "handed" / "sealed.age").is_file()
    assert [raw for raw in (*RAW_NAMES, PERSON) if raw.encode() in everything_in(tmp_path / "public")] == []
    again = takeback("publish", "--case", worked, "--out", "public", "--public")
    assert (again.code, again.err.count("\n")) == (2, 1)
    assert "documents are never replaced" in again.err


def test_a_bundle_that_was_changed_ends_with_1_and_says_where(takeback: Takeback, worked: Path, tmp_path: Path) -> None:
    published = done(takeback("publish", "--case", worked, "--out", "out", "--json")).json
    seq, digest = published["head"]
    bundle = tmp_path / "out" / "bundle"
    assert "consistent since intake" in done(takeback("verify", bundle, "--head", f"{seq}:{digest}")).out
    changed = bundle / "data" / "findings.json"
    changed.write_bytes(changed.read_bytes() + b" ")
    ended = done(takeback("verify", bundle), code=1)
    assert re.search(r"WRONG .*findings\.json", ended.out)
    assert done(takeback("verify", bundle, "--json"), code=1).json["ok"] is False
    assert takeback("verify", bundle, "--head", "x").code == 2


def test_two_people_raise_a_cap_and_look_at_an_original(
    takeback: Takeback, made_up: MadeUp, worked: Path, people_folder: Path, tmp_path: Path
) -> None:
    both = ("--key", people_folder / "a.key", "--second-key", people_folder / "b.key")
    one = ("--key", people_folder / "a.key", "--second-key", people_folder / "a.key")
    reason = ("--reason", "the drawing does not settle it")
    original = done(takeback("case", "show", "--case", worked, "--json")).json["originals"][0]
    assert takeback("case", "look", original, "--case", worked, "--out", "seen.jpg", *one, *reason).code == 3
    assert not (tmp_path / "seen.jpg").exists()
    assert (
        "counted" in done(takeback("case", "look", original, "--case", worked, "--out", "seen.jpg", *both, *reason)).out
    )
    assert (tmp_path / "seen.jpg").read_bytes() in {each.read_bytes() for each in made_up.photographs}
    assert takeback("case", "cap", "--case", worked, "--persons", "21", *one, *reason).code == 3
    assert "persons 21" in done(takeback("case", "cap", "--case", worked, "--persons", "21", *both, *reason)).out


def test_sealing_asks_for_a_new_investigation_before_anything_is_published(
    takeback: Takeback, made_up: MadeUp, worked: Path, tmp_path: Path
) -> None:
    reason = ("--reason", "a caseworker doubts")
    assert takeback("seal", "xyz", "--case", worked, *reason).code == 2
    done(takeback("seal", made_up.derivative, "--case", worked, *reason))
    ended = takeback("publish", "--case", worked, "--out", "out")
    assert (ended.code, ended.err.count("\n")) == (1, 1)
    assert "takeback investigate" in ended.err
    assert not (tmp_path / "out").exists()
    assert "not investigated since" in done(takeback("case", "show", "--case", worked)).out
    done(takeback("investigate", made_up.export, "--case", worked, *QUIET))
    done(takeback("publish", "--case", worked, "--out", "out"))


def test_forgetting_asks_first_and_then_forgets(takeback: Takeback, worked: Path) -> None:
    assert takeback("forget", "--case", worked).code == 2
    assert takeback("forget", "--case", worked, "--person", PERSON, "--all").code == 2
    assert takeback("forget", "--case", worked, "--person", "somebody", "--yes").code == 2
    done(takeback("forget", "--case", worked, "--person", PERSON, "--yes"))
    assert done(takeback("case", "show", "--case", worked, "--json")).json["originals"] == []
    done(takeback("forget", "--case", worked, "--all", "--yes"))
    assert "case was forgotten on" in takeback("case", "show", "--case", worked).err
    done(takeback("verify", worked))


def test_a_key_is_made_once_sealed_and_shown(takeback: Takeback, tmp_path: Path) -> None:
    line = done(takeback("key", "new", "c.key", "--name", "Caseworker C")).out
    assert done(takeback("key", "show", "c.key")).out == line
    assert re.fullmatch(r"takeback-key-1 [0-9a-f]{64} Caseworker C\n", line)
    assert (tmp_path / "c.key").stat().st_mode & 0o077 == 0
    assert takeback("key", "new", "c.key", "--name", "another").code == 2
    assert done(takeback("key", "show", "c.key")).out == line


def test_a_census_writes_the_report_of_the_network_and_needs_no_source_twice(
    takeback: Takeback, made_up: MadeUp, tmp_path: Path
) -> None:
    done(takeback("case", "new", "one", *OPTIONS))
    empty = takeback("census", "--case", "one", "--out", "none")
    assert (empty.code, empty.out) == (2, "")
    assert "holds no source yet" in empty.err
    first = done(takeback("census", made_up.export, "--case", "one", "--out", "first", *QUIET))
    assert "written: first: measures.json, report.html, report.pdf" in first.out
    again = done(takeback("census", "--case", "one", "--out", "second", "--json", *QUIET))
    assert {each["id"] for each in json.loads(again.out)} > {"posts.total", "channels.total"}
    assert everything_in(tmp_path / "first") == everything_in(tmp_path / "second")


def test_windows_and_cases_are_compared(takeback: Takeback, made_up: MadeUp, worked: Path, tmp_path: Path) -> None:
    early, late = ("--window", "2026-01-01..2026-03-31"), ("--window", "2026-04-01..2026-06-30")
    made = done(takeback("compare", "--case", worked, *early, *late, "--out", "windows", "--json"))
    assert set(made.json["verdicts"]) <= {
        "differs",
        "cannot be told apart",
        "counted, not inferred",
        "not on both sides",
    }
    assert sorted(each.name for each in (tmp_path / "windows").iterdir()) == [
        "comparison.html",
        "comparison.json",
        "comparison.pdf",
    ]
    done(takeback("case", "new", "two", *OPTIONS))
    done(takeback("census", made_up.later, "--case", "two", *QUIET))
    (tmp_path / "secret").write_text(f"{PASSPHRASE}\n")
    other = ("--against", "two", "--against-secret", "secret")
    assert "written: cases:" in done(takeback("compare", "--case", worked, *other, *early, "--out", "cases")).out


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("--window", "2026-01-01..2026-03-31"), "takes two --window, not 1"),
        (("--window", "spring", "--window", "summer"), "--window is FROM..TO"),
        (("--window", "2026-03-01..2026-01-01", "--window", "2026-04-01..2026-05-01"), "ends before it begins"),
        (("--against", "worked"), "--against names the same folder"),
    ],
)
def test_a_comparison_that_has_not_two_sides_is_refused(
    takeback: Takeback, worked: Path, tmp_path: Path, given: tuple[str, ...], said: str
) -> None:
    arguments = [str(worked) if each == "worked" else each for each in given]
    ended = takeback("compare", "--case", worked, *arguments, "--out", "out")
    assert (ended.code, ended.out) == (2, "")
    assert said in ended.err
    assert not (tmp_path / "out").exists()
