from __future__ import annotations

import hashlib
import importlib.util
import io
import subprocess
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from PIL import Image

SCRIPT = Path(__file__).resolve().parents[1] / "scripts" / "bring_photographs.py"
HEAD = "repository\tcommit\tpath\tsha256\tcollection\tlicence\tuse"


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("bring_photographs", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def picture(width: int, height: int, orientation: int = 1) -> bytes:
    pixels = np.random.default_rng(1).integers(0, 256, (height, width, 3), dtype=np.uint8)
    exif = Image.Exif()
    exif[0x0112] = orientation
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "JPEG", quality=60, exif=exif)
    return out.getvalue()


def clone_with(folder: Path, files: dict[str, bytes]) -> str:
    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_bytes(content)
    named = ["-c", "user.name=nobody", "-c", "user.email=nobody@example.org", "-c", "commit.gpgsign=false"]
    for arguments in (["init", "-q"], ["add", "."], [*named, "commit", "-q", "-m", "photographs"]):
        subprocess.run(["git", "-C", str(folder), *arguments], check=True)
    done = subprocess.run(["git", "-C", str(folder), "rev-parse", "HEAD"], check=True, capture_output=True, text=True)
    return done.stdout.strip()


def table(folder: Path, rows: list[tuple[str, str, bytes]]) -> Path:
    lines = [
        f"someone/photographs\t{commit}\t{path}\t{hashlib.sha256(content).hexdigest()}\tthings\tCC0-1.0\tdistinct"
        for commit, path, content in rows
    ]
    listed = folder / "table.tsv"
    listed.write_text("\n".join([HEAD, *lines]) + "\n", encoding="utf-8")
    return listed


def test_a_stranger_gets_the_same_files_from_a_clone(script: ModuleType, tmp_path: Path) -> None:
    small, large = picture(300, 200), picture(1600, 800, orientation=6)
    commit = clone_with(tmp_path / "clone", {"a b.jpg": small, "large.jpg": large})
    listed = table(tmp_path, [(commit, "a b.jpg", small), (commit, "large.jpg", large)])
    assert script.main([str(listed), str(tmp_path / "out"), str(tmp_path / "clone")]) == 0
    brought = {path.name: path.read_bytes() for path in (tmp_path / "out" / "things").iterdir()}
    assert brought[f"{hashlib.sha256(small).hexdigest()[:16]}.jpg"] == small
    with Image.open(io.BytesIO(brought[f"{hashlib.sha256(large).hexdigest()[:16]}.jpg"])) as turned:
        assert turned.size == (640, 1280)


def test_a_photograph_with_another_digest_is_named_and_left_out(
    script: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    commit = clone_with(tmp_path / "clone", {"a.jpg": picture(300, 200)})
    listed = table(tmp_path, [(commit, "a.jpg", b"another"), (commit, "gone.jpg", b"gone")])
    assert script.main([str(listed), str(tmp_path / "out"), str(tmp_path / "clone")]) == 1
    assert not (tmp_path / "out").exists()
    said = capsys.readouterr().err
    assert "a.jpg" in said
    assert "gone.jpg" in said
