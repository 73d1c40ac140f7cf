"""Writing a folder of documents: whole, or not at all."""

from __future__ import annotations

import errno
import os
import secrets
import shutil
from collections.abc import Mapping
from pathlib import Path

from takeback.errors import StorageFull, UsageError


def write_all(out: Path, files: Mapping[str, bytes]) -> None:
    """Write the files into a new folder; nothing is left of it where one cannot be written."""
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise UsageError(f"there is something here already: {out} (choose another --out, documents are never replaced)")
    out.parent.mkdir(parents=True, exist_ok=True)
    made = out.parent / f".{out.name}.partial-{secrets.token_hex(8)}"
    try:
        made.mkdir()
        for name, content in files.items():
            path = made / name
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("xb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
        if out.exists():
            out.rmdir()
        made.rename(out)
    except OSError as error:
        shutil.rmtree(made, ignore_errors=True)
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            message = f"no space left on the disk of {out}: nothing was written (free some space and run it again)"
            raise StorageFull(message) from error
        raise
    except BaseException:
        shutil.rmtree(made, ignore_errors=True)
        raise
