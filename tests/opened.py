"""Which files this process opens, and which job asked for them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import PurePath

_SEEN: list[tuple[str, str]] = []
_STATE = {"watching": False, "hooked": False}


@contextmanager
def opened() -> Iterator[list[tuple[str, str]]]:
    """Every file that is opened meanwhile: its name, and the module of `takeback.jobs` that asked for it, or ""."""
    if not _STATE["hooked"]:
        sys.addaudithook(_note)
        _STATE["hooked"] = True
    _SEEN.clear()
    _STATE["watching"] = True
    try:
        yield _SEEN
    finally:
        _STATE["watching"] = False


def openers(seen: list[tuple[str, str]], name: str) -> set[str]:
    """Which jobs opened the file of this name."""
    return {job for file, job in seen if file == name}


def _note(event: str, arguments: tuple[object, ...]) -> None:
    if _STATE["watching"] and event == "open" and isinstance(arguments[0], str):
        _SEEN.append((PurePath(arguments[0]).name, _job()))


def _job() -> str:
    frame = sys._getframe(2)
    while frame is not None:
        path = PurePath(frame.f_code.co_filename)
        if path.parent.name == "jobs" and path.parent.parent.name == "takeback":
            return path.stem
        if frame.f_back is None:
            break
        frame = frame.f_back
    return ""
