from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import NoReturn

import numpy as np
import pytest

from evidence.kept_ledger import KEY, a_ledger
from takeback.crypto.signing import SigningKey
from takeback.errors import StorageFull, UnusableInput, UsageError, VerificationFailed
from takeback.evidence.bagit import bag, parse_manifest
from takeback.evidence.bundle import HEAD, HOW_TO, LEDGER, Bundle, write_bundle
from takeback.evidence.ledger import entry_line
from takeback.evidence.verify import verify_bundle, verify_case, verify_path

LEDGER_ENTRIES = a_ledger(3).entries
ALONE = "consistent since intake; no earlier head was given: a cut tail would not be seen"
FILES = {"report.html": b"<p>report</p>\n", "findings.json": b"[]\n", "letters/one.json": b"{}\n", "empty": b""}
INFO = {"Bagging-Date": "2026-03-01", "Source-Organization": "Example"}


def written(target: Path, key: SigningKey = KEY) -> Bundle:
    return write_bundle(target, FILES, ledger=LEDGER_ENTRIES, key=key, info=INFO, ledger_key=KEY.public)


def names(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_a_bundle_as_written_is_consistent_since_intake(tmp_path: Path) -> None:
    made = written(tmp_path / "bundle")
    found = verify_path(tmp_path / "bundle", expect_signer=KEY.public, expect_head=made.head)
    assert found.ok, found.checks
    assert found.words == "consistent since intake"
    assert (found.head, found.signer) == (made.head, made.key)


def test_the_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    written(tmp_path / "one")
    written(tmp_path / "two")
    assert names(tmp_path / "one") == names(tmp_path / "two")
    for name in names(tmp_path / "one"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_nothing_is_ever_overwritten(tmp_path: Path) -> None:
    (tmp_path / "bundle").mkdir()
    with pytest.raises(UsageError, match="never overwritten"):
        written(tmp_path / "bundle")


def test_a_ledger_that_does_not_hold_makes_no_bundle(tmp_path: Path) -> None:
    with pytest.raises(VerificationFailed, match="entry 2"):
        write_bundle(tmp_path / "bundle", FILES, ledger=LEDGER_ENTRIES[1:], key=KEY, info=INFO)
    assert not list(tmp_path.iterdir())


def test_a_full_disk_leaves_nothing_half_written(tmp_path: Path) -> None:
    def full(path: Path, content: bytes) -> NoReturn:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with pytest.raises(StorageFull, match="no space left"):
        write_bundle(tmp_path / "bundle", FILES, ledger=LEDGER_ENTRIES, key=KEY, info=INFO, write_file=full)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("path", ["../out", "/abs", "a//b", "a b", "a\nb", "-rf", "", "..", "a/../b", ".hidden", "é"])
def test_a_path_that_is_not_the_same_everywhere_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match="not a path for a bundle"):
        bag({path: b""}, info={}, tags={})


def test_paths_that_differ_only_in_case_are_refused() -> None:
    with pytest.raises(ValueError, match="only in case"):
        bag({"a": b"", "A": b""}, info={}, tags={})


def test_an_info_line_that_is_not_one_line_is_refused() -> None:
    with pytest.raises(ValueError, match=r"bag-info\.txt"):
        bag({"a": b""}, info={"Note": "one\nPayload-Oxum: 0.0"}, tags={})


@pytest.mark.parametrize("content", [b"00  a\n", b"a" * 64 + b" a\n", b"a" * 64 + b"  a", (b"a" * 64 + b"  a\n") * 2])
def test_a_manifest_that_is_none_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match="line"):
        parse_manifest(content)


def test_any_flipped_byte_of_any_file_is_found(tmp_path: Path) -> None:
    written(tmp_path / "bundle")
    rng, tried = np.random.default_rng(7), 0
    for name in names(tmp_path / "bundle"):
        path = tmp_path / "bundle" / name
        content = path.read_bytes()
        for place in rng.integers(0, len(content), size=12 if content else 0):
            flipped = bytearray(content)
            flipped[place] ^= int(rng.integers(1, 256))
            path.write_bytes(flipped)
            found = verify_bundle(tmp_path / "bundle")
            assert not found.ok, f"{name} at {place}"
            tried += 1
        path.write_bytes(content)
    assert tried == 12 * (len(names(tmp_path / "bundle")) - 1)
    assert verify_bundle(tmp_path / "bundle").ok


def test_a_removed_file_is_found(tmp_path: Path) -> None:
    written(tmp_path / "bundle")
    for name in names(tmp_path / "bundle"):
        content = (tmp_path / "bundle" / name).read_bytes()
        (tmp_path / "bundle" / name).unlink()
        found = verify_bundle(tmp_path / "bundle")
        assert not found.ok, name
        (tmp_path / "bundle" / name).write_bytes(content)


@pytest.mark.parametrize("name", ["extra", "data/extra", ".hidden", "data/letters/a{0}b"])
def test_an_added_file_is_found_and_named(tmp_path: Path, name: str) -> None:
    written(tmp_path / "bundle")
    (tmp_path / "bundle" / name).write_bytes(b"x")
    failed = [check for check in verify_bundle(tmp_path / "bundle").checks if not check.ok]
    assert f"file was added: {name}" in [check.what for check in failed]


def test_a_link_in_place_of_a_file_is_found(tmp_path: Path) -> None:
    written(tmp_path / "bundle")
    path = tmp_path / "bundle" / "data" / "report.html"
    shutil.copy(path, tmp_path / "elsewhere")
    path.unlink()
    path.symlink_to(tmp_path / "elsewhere")
    assert not verify_bundle(tmp_path / "bundle").ok


def test_a_bundle_made_anew_by_somebody_else_needs_the_expected_key_to_be_found(tmp_path: Path) -> None:
    written(tmp_path / "bundle", key=SigningKey.new())
    assert verify_bundle(tmp_path / "bundle").ok
    found = verify_bundle(tmp_path / "bundle", expect_signer=KEY.public)
    assert "not by the expected key" in found.words


def test_a_cut_ledger_is_found_by_the_head_of_an_earlier_bundle(tmp_path: Path) -> None:
    earlier = written(tmp_path / "earlier")
    write_bundle(tmp_path / "later", FILES, ledger=LEDGER_ENTRIES[:-1], key=KEY, info=INFO)
    alone = verify_bundle(tmp_path / "later")
    assert (alone.ok, alone.words) == (True, ALONE)
    assert "tail was cut" in verify_bundle(tmp_path / "later", expect_head=earlier.head).words


@pytest.mark.parametrize(
    ("kept", "said"),
    [(slice(0, 0), "the ledger is empty"), (slice(1, 2), "begins with 'file.intake', not with the making of the case")],
)
def test_an_emptied_ledger_and_one_that_another_act_begins_are_found(tmp_path: Path, kept: slice, said: str) -> None:
    (tmp_path / "case.json").write_text(json.dumps({"format": "takeback-case", "ledger_key": KEY.public}))
    (tmp_path / "ledger.jsonl").write_bytes(b"".join(entry_line(entry) for entry in LEDGER_ENTRIES))
    assert verify_path(tmp_path).words == ALONE
    (tmp_path / "ledger.jsonl").write_bytes(b"".join(entry_line(entry) for entry in LEDGER_ENTRIES[kept]))
    found = verify_path(tmp_path)
    assert not found.ok
    assert said in found.words


def test_a_folder_that_is_neither_bundle_nor_case_is_said(tmp_path: Path) -> None:
    with pytest.raises(UnusableInput, match="neither an evidence bundle nor a case"):
        verify_path(tmp_path)
    (tmp_path / "case.json").write_bytes(b"{}")
    with pytest.raises(UnusableInput, match="not a takeback case"):
        verify_case(tmp_path)


def test_the_bagit_library_accepts_the_bag(tmp_path: Path) -> None:
    bagit = pytest.importorskip("bagit")
    written(tmp_path / "bundle")
    assert bagit.Bag(str(tmp_path / "bundle")).validate()
    (tmp_path / "bundle" / "data" / "report.html").write_bytes(b"changed")
    with pytest.raises(bagit.BagValidationError):
        bagit.Bag(str(tmp_path / "bundle")).validate()


def by_hand(folder: Path, how_to: str) -> bool:
    """The outcome of the commands of HOW-TO-VERIFY.txt, as a stranger types them."""
    sums, signature, added = [line.strip() for line in how_to.splitlines() if line.startswith("     ")][:3]
    outcomes = [
        subprocess.run(["sh", "-c", each], cwd=folder, capture_output=True, check=False)
        for each in (sums, signature, added)
    ]
    return not outcomes[0].returncode and not outcomes[1].returncode and not outcomes[2].stdout


@pytest.mark.skipif(not shutil.which("openssl") or not shutil.which("sha256sum"), reason="no openssl or coreutils")
def test_a_stranger_finds_flips_with_coreutils_and_openssl_alone(tmp_path: Path) -> None:
    folder = tmp_path / "bundle"
    written(folder)
    how_to = (folder / HOW_TO).read_text(encoding="utf-8")
    assert by_hand(folder, how_to)
    rng = np.random.default_rng(11)
    for name in names(folder):
        content = (folder / name).read_bytes()
        if content:
            flipped = bytearray(content)
            flipped[int(rng.integers(0, len(content)))] ^= 1
            (folder / name).write_bytes(flipped)
            assert not by_hand(folder, how_to), name
            (folder / name).write_bytes(content)
    (folder / "data" / "extra").write_bytes(b"x")
    assert not by_hand(folder, how_to)


def test_how_to_verify_shows_the_key_the_head_and_the_commands_that_were_tested(tmp_path: Path) -> None:
    made = written(tmp_path / "bundle")
    text = (tmp_path / "bundle" / HOW_TO).read_text(encoding="utf-8")
    for needed in (made.key, made.head[1], "sha256sum --check --strict --quiet sha256sums", "openssl pkeyutl -verify"):
        assert needed in text
    assert {HEAD, LEDGER} <= {exhibit.path for exhibit in made.exhibits}
