"""The signal of the extension: the hashes of theirs, from pictures that are opened in the sandbox."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from signals.pictures import encoded, texture

pytest.importorskip("threatexchange.signal_type", reason="a peer; `pip install threatexchange` brings it")

from threatexchange.extensions.manifest import ThreatExchangeExtensionManifest
from threatexchange.signal_type.pdq.signal import PdqSignal as TheirSignal

from takeback.threatexchange import PdqIndex, PdqSignal


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_hashes_are_theirs(kind: str) -> None:
    content = encoded(Image.fromarray(texture(300, 400)), kind)
    assert PdqSignal.hash_from_bytes(content) == TheirSignal.hash_from_bytes(content)


def test_a_turned_picture_is_hashed_as_it_is_stored_as_theirs_is() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    content = encoded(Image.fromarray(texture(300, 400)), "JPEG", exif=exif)
    assert PdqSignal.hash_from_bytes(content) == TheirSignal.hash_from_bytes(content)


def test_a_file_is_hashed_like_its_bytes(tmp_path: Path) -> None:
    content = encoded(Image.fromarray(texture(300, 400)), "PNG")
    (tmp_path / "a.png").write_bytes(content)
    assert PdqSignal.hash_from_file(tmp_path / "a.png") == PdqSignal.hash_from_bytes(content)


def test_a_blank_picture_has_no_hash_as_with_theirs() -> None:
    content = encoded(Image.fromarray(np.full((80, 80, 3), 200, dtype=np.uint8)), "PNG")
    assert PdqSignal.hash_from_bytes(content) == TheirSignal.hash_from_bytes(content) == ""


def test_what_is_no_picture_has_its_reason() -> None:
    with pytest.raises(ValueError, match="not a picture"):
        PdqSignal.hash_from_bytes(b"words")


def test_it_stands_in_for_theirs_and_beside_it() -> None:
    assert PdqSignal.get_name() == TheirSignal.get_name()
    assert PdqSignal.get_index_cls() is PdqIndex
    assert PdqSignal.validate_signal_str("0" * 64) == "0" * 64
    assert PdqSignal.compare_hash("0" * 64, "0" * 63 + "f").distance.distance == 4
    manifest = ThreatExchangeExtensionManifest.load_from_module_name("takeback.threatexchange")
    assert [each.get_name() for each in manifest.signal_types] == ["takeback_pdq"]


# --- their command line ---


LABEL_IS_BROKEN = "must have exactly one of create/read/write/append mode"
"""Their version 1.2.17 opens the file of a local list in the mode "wta" and ends with this."""


def tx(state: Path, *arguments: str) -> str:
    code = (
        "import pathlib, sys; from threatexchange.cli.main import inner_main; "
        "inner_main(sys.argv[2:], pathlib.Path(sys.argv[1]))"
    )
    command = [sys.executable, "-W", "ignore", "-c", code, str(state), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0 or ("label" in arguments and LABEL_IS_BROKEN in done.stderr), done.stderr
    return done.stdout if done.returncode == 0 else LABEL_IS_BROKEN


def test_their_command_line_fetches_matches_labels_and_lists_through_ours(tmp_path: Path) -> None:
    picture = encoded(Image.fromarray(texture(300, 400)), "JPEG", quality=95)
    again = encoded(Image.fromarray(texture(300, 400)).resize((200, 150)), "JPEG", quality=60)
    (tmp_path / "picture.jpg").write_bytes(picture)
    (tmp_path / "again.jpg").write_bytes(again)
    digits = PdqSignal.hash_from_bytes(picture)
    listed = [f"{name} {each}\n" for name in ("takeback_pdq", "pdq") for each in (digits, "5" * 64)]
    (tmp_path / "hashes.txt").write_text("".join([*listed, f"takeback_pdq {'0' * 32}\n"]))
    state = tmp_path / "state"
    assert "takeback_pdq" in tx(state, "config", "extensions", "add", "takeback.threatexchange")
    tx(state, "config", "collab", "edit", "local_file", "--create", "list", "--filename", str(tmp_path / "hashes.txt"))
    tx(state, "fetch")
    assert sorted(path.read_bytes()[:8] for path in state.rglob("takeback_pdq.index")) == [b"takeback"]
    lines = tx(state, "match", "photo", str(tmp_path / "again.jpg")).splitlines()
    ours = [line for line in lines if line.startswith("takeback_pdq ")]
    theirs = [line for line in lines if line.startswith("pdq ")]
    assert [line.partition(" ")[2] for line in ours] == [line.partition(" ")[2] for line in theirs] != []
    (tmp_path / "new.txt").write_text("f" * 64)
    labelled = tx(state, "label", "-H", "takeback_pdq", "list", "photo", str(tmp_path / "new.txt"))
    if labelled == LABEL_IS_BROKEN:
        with (tmp_path / "hashes.txt").open("a") as file:
            file.write(f"takeback_pdq {'f' * 64}\n")  # what it would have written
    tx(state, "fetch")
    assert f"takeback_pdq {'f' * 64}" in tx(state, "dataset", "-P")
    found = tx(state, "match", "-H", "-S", "takeback_pdq", "photo", str(tmp_path / "new.txt"))
    assert found.startswith("takeback_pdq 0 (list)")
