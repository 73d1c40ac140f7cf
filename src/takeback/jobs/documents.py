"""Writing a file or a folder of documents: whole, or not at all."""

from __future__ import annotations

import errno
import os
import secrets
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from takeback.errors import StorageFull, UsageError

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


def write_all(out: Path, files: Mapping[str, bytes]) -> None:
    """Write the files into a new folder; nothing is left of it where one cannot be written."""
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise UsageError(f"there is something here already: {out} (choose another --out, documents are never replaced)")
    out.parent.mkdir(parents=True, exist_ok=True)
    made = _beside(out)
    with whole_or_not(out, undo=lambda: shutil.rmtree(made, ignore_errors=True)):
        made.mkdir()
        for name, content in files.items():
            path = made / name
            path.parent.mkdir(parents=True, exist_ok=True)
            _write(path, content, 0o666)
        if out.exists():
            out.rmdir()
        made.rename(out)


def write_new(out: Path, content: bytes, *, mode: int = 0o666) -> None:
    """Write one new file; nothing is left of it where it cannot be written, and what is there already stays."""
    if out.exists():
        raise UsageError(f"there is a file here already: {out} (choose another name, files are never replaced)")
    made = _beside(out)
    with whole_or_not(out, undo=lambda: made.unlink(missing_ok=True)):
        _write(made, content, mode)
        made.rename(out)


@contextmanager
def whole_or_not(out: Path, *, undo: Callable[[], object]) -> Iterator[None]:
    """Undo what was begun where it cannot be ended; a full disk is said to be one."""
    try:
        yield
    except BaseException as error:
        undo()
        if isinstance(error, OSError) and error.errno in _FULL:
            message = f"no space left on the disk of {out}: nothing was written (free some space and run it again)"
            raise StorageFull(message) from error
        raise


def _beside(out: Path) -> Path:
    return out.with_name(f".{out.name}.partial-{secrets.token_hex(8)}")


def _write(path: Path, content: bytes, mode: int) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
