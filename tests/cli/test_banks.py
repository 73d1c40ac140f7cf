from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from exchanges.hash_lists import MD5, OTHER_PDQ, PDQ, SHA256
from made_up_case import MadeUp

if TYPE_CHECKING:
    from cli.conftest import Takeback

BANKS = Path("banks")


@pytest.fixture
def bank(takeback: Takeback) -> Takeback:
    """`takeback`, in a folder with one bank of one entry."""
    assert takeback("bank", "new", BANKS, "reported").code == 0
    added = takeback("bank", "add", BANKS, "reported", "--pdq", PDQ, "--quality", "90", "--md5", MD5, "--by", "M")
    assert added.code == 0
    return takeback


def answers(json_: object) -> list[Any]:
    assert isinstance(json_, dict)
    found: list[Any] = json_["answers"]
    return found


def test_a_hash_is_looked_up_with_everything_that_is_known_of_it(bank: Takeback) -> None:
    ended = bank("bank", "search", BANKS, PDQ, OTHER_PDQ, MD5, "--json")
    assert ended.code == 0
    near, far, known = answers(ended.json)
    assert near["hits"] == [
        {
            "entry": 1,
            "bank": "reported",
            "distance": 0,
            "orientation": 0,
            "state": "active",
            "stands": True,
            "held_back": [],
            "vetoed_by": [],
            "quality": 90,
            "source": "upload",
            "exchange": None,
            "record": None,
        }
    ]
    assert (far["hits"], far["refused"]) == ([], None)
    assert (known["kind"], known["hits"][0]["entry"]) == ("md5", 1)


def test_what_is_no_hash_is_refused_by_itself_and_the_command_ends_with_1(bank: Takeback) -> None:
    ended = bank("bank", "search", BANKS, "zz", PDQ, "--sha256", "g" * 64, "--json")
    assert ended.code == 1
    assert [each["refused"] for each in answers(ended.json)] == ["wrong_length", None, "wrong_alphabet"]


def test_hashes_are_read_from_a_file_too(bank: Takeback, tmp_path: Path) -> None:
    (tmp_path / "hashes").write_text(f"{PDQ}\n\n{OTHER_PDQ}\n", encoding="utf-8")
    assert len(answers(bank("bank", "search", BANKS, "--file", "hashes", "--json").json)) == 2
    (tmp_path / "hashes").write_bytes(b"\xff\xfe")
    assert bank("bank", "search", BANKS, "--file", "hashes").code == 3


def test_entries_are_withdrawn_disabled_enabled_judged_and_reviewed(bank: Takeback) -> None:
    assert (
        bank("bank", "disable", BANKS, 1, "--until", "2999-01-01", "--by", "M").out == "disabled: 1 until 2999-01-01\n"
    )
    assert answers(bank("bank", "search", BANKS, PDQ, "--json").json)[0]["hits"] == []
    assert bank("bank", "enable", BANKS, 1, "--by", "M").code == 0
    assert bank("bank", "opinion", BANKS, 1, "dispute", "--by", "N", "--reason", "a template").code == 0
    assert bank("bank", "review", BANKS).out == "entry 1 in reported: active, 1 dispute\n"
    assert bank("bank", "review", BANKS, 1, "withdraw").code == 2
    assert bank("bank", "review", BANKS, 1, "withdraw", "--by", "M", "--reason", "it is one").code == 0
    assert answers(bank("bank", "search", BANKS, PDQ, "--json").json)[0]["hits"] == []
    again = bank("bank", "add", BANKS, "reported", "--pdq", PDQ, "--md5", MD5, "--by", "M")
    assert again.out == "entry 1: withdrawn here, and stays so\n"
    shown = bank("bank", "show", BANKS, 1)
    assert [
        each for each in ("disabled by M", "enabled by M", "dispute by N", "withdrawn by M") if each not in shown.out
    ] == []
    assert bank("bank", "withdraw", BANKS, 7, "--by", "M", "--reason", "r").code == 2


def test_a_list_is_imported_and_what_was_set_aside_ends_the_command_with_1(bank: Takeback, tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text(f"pdq\n{OTHER_PDQ}\n{'0' * 32}\n", encoding="utf-8")
    ended = bank("bank", "import", BANKS, "reported", "list.csv", "--by", "M")
    assert ended.code == 1
    assert "read 2 records (csv): 1 added, 0 known already, 0 withdrawn, 1 set aside" in ended.out
    assert "record 3: a PDQ hash has 64 hexadecimal digits, not 32" in ended.out
    assert "import: 2" in ended.err
    quiet = bank("bank", "import", BANKS, "reported", "list.csv", "--by", "M", "--quiet", "--json")
    assert (quiet.err, json.loads(quiet.out)["known"]) == ("", 1)


def test_a_bank_is_exported_only_where_somebody_answers_for_the_enrolled_photographs(
    bank: Takeback, made_up: MadeUp, tmp_path: Path
) -> None:
    with made_up.case(tmp_path, worked=False):
        pass
    refused = bank("bank", "export", BANKS, "reported", "--out", "a")
    assert (refused.code, (tmp_path / "a").exists()) == (2, False)
    assert "--no-enrolled" in refused.err
    assert bank("bank", "export", BANKS, "reported", "--out", "b", "--no-enrolled").code == 0
    assert json.loads((tmp_path / "b").read_bytes()) == {"pdq": PDQ, "quality": 90, "md5": MD5}
    assert json.loads((tmp_path / BANKS / "exports.ndjson").read_bytes())["cases"] == 0
    held = bank("bank", "export", BANKS, "reported", "--out", "c", "--case", "case", "--format", "signals")
    assert (held.code, (tmp_path / "c").read_text(encoding="utf-8")) == (0, f"pdq {PDQ}\n")
    assert bank("bank", "export", BANKS, "reported", "--out", "d", "--case", "case", "--no-enrolled").code == 2


def test_a_bank_is_changed_counted_repaired_and_removed(bank: Takeback) -> None:
    assert bank("bank", "change", BANKS, "reported").code == 2
    assert bank("bank", "change", BANKS, "reported", "--distance", "20", "--flood-least", "7").code == 0
    info = bank("bank", "info", BANKS, "--json").json
    assert isinstance(info, dict)
    [only] = info["banks"]
    assert (only["bank"]["distance"], only["bank"]["flood_least"], only["entries"]["active"]) == (20, 7, 1)
    assert bank("bank", "repair", BANKS).code == 0
    assert answers(bank("bank", "search", BANKS, PDQ, "--json").json)[0]["hits"] != []
    assert bank("bank", "remove", BANKS, "reported").code == 2
    assert bank("bank", "remove", BANKS, "reported", "--yes").out == "removed: reported with 1 entries\n"
    assert bank("bank", "search", BANKS, PDQ, "--bank", "reported").code == 2


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (["info", "nowhere"], 3),
        (["new", "banks", "reported"], 2),
        (["new", "banks", "a name"], 2),
        (["search", "banks"], 2),
        (["search", "banks", SHA256, "--distance", "32"], 2),
        (["add", "banks", "reported", "--by", "M"], 1),
        (["add", "banks", "reported", "--pdq", PDQ, "--quality", "101", "--by", "M"], 1),
        (["add", "banks", "other", "--pdq", PDQ, "--by", "M"], 2),
        (["import", "banks", "reported", "empty", "--by", "M"], 3),
        (["import", "banks", "reported", "missing", "--by", "M"], 2),
    ],
)
def test_what_cannot_be_done_says_why_in_one_line(
    bank: Takeback, tmp_path: Path, command: list[str], code: int
) -> None:
    (tmp_path / "empty").write_text("")
    ended = bank("bank", *command)
    assert ended.code == code
    assert ended.out == ""
    assert "Traceback" not in ended.err
    assert ended.err.strip()


def test_the_folder_and_what_is_in_it_are_their_owners_alone(bank: Takeback, tmp_path: Path) -> None:
    assert bank("bank", "info", BANKS).code == 0
    assert (tmp_path / BANKS).stat().st_mode & 0o077 == 0


def test_entries_are_erased_only_where_somebody_says_so_twice(bank: Takeback) -> None:
    assert bank("bank", "erase", BANKS, "--yes").code == 2
    assert bank("bank", "erase", BANKS, 1, "--withdrawn", "reported", "--yes").code == 2
    assert bank("bank", "erase", BANKS, 1).code == 2
    assert bank("bank", "erase", BANKS, "--withdrawn", "reported", "--yes").out == "erased: 0 entries\n"
    assert bank("bank", "erase", BANKS, 1, "--yes").out == "erased: 1 entries\n"
    assert bank("bank", "show", BANKS, 1).code == 2


@pytest.mark.parametrize(
    "arguments",
    [
        ("show", BANKS, "9" * 30),
        ("withdraw", BANKS, "9" * 30, "--by", "M", "--reason", "r"),
        ("opinion", BANKS, "9" * 30, "confirm", "--by", "M"),
        ("change", BANKS, "reported", "--flood-least", "9" * 30),
        ("change", BANKS, "reported", "--enabled-share", "nan"),
        ("add", BANKS, "reported", "--md5", MD5, "--by", "a\udcff"),
        ("trail", BANKS, "--hash", "\udcff"),
        ("token", "new", BANKS, "--name", "n", "--scope", "lookup", "--rate", "nan"),
        ("serve", BANKS, "--rate", "nan"),
    ],
)
def test_numbers_and_texts_that_nothing_can_hold_are_errors_of_usage(
    bank: Takeback, arguments: tuple[object, ...]
) -> None:
    assert bank("bank", *arguments).code == 2


def test_what_others_wrote_acts_on_no_terminal_and_passes_for_no_line_of_ours(bank: Takeback) -> None:
    note = "a\x1b]0;title\x07\u202e\nentry 9 in other: withdrawn"
    assert bank("bank", "add", BANKS, "reported", "--md5", "0" * 32, "--note", note, "--by", "b\x1b[2J").code == 0
    shown = bank("bank", "show", BANKS, "2").out
    assert not {"\x1b", "\x07", "\u202e"} & set(shown)
    assert "U+001B[2J" in shown
    assert [line for line in shown.splitlines() if line.startswith("entry")] == ["entry 2 in reported: active"]
