"""A stage that an interrupted run takes up where it left off: what came of each part is kept, line by line."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

import msgspec

from takeback.engines.local import Local
from takeback.protocols import Secrets

Line = TypeVar("Line")
Part = TypeVar("Part")


def whole_lines(path: Path, kind: type[Line]) -> list[Line]:
    """The lines of a file that is written line by line, without one that an interruption tore, which is cut off."""
    lines = path.read_bytes().split(b"\n")[:-1] if path.exists() else []
    path.write_bytes(b"".join(line + b"\n" for line in lines))
    return [msgspec.json.decode(line, type=kind) for line in lines]


def kept_in(
    path: Path,
    stage: Callable[[Part, Secrets], Sequence[Line]],
    parts: Iterable[Part],
    named: Callable[[Part], str],
) -> Iterator[Sequence[Line]]:
    """What a stage makes of parts, in order, each line appended to a file before it is handed on.

    Parameters:
        path: of the file; `whole_lines` reads it.
        stage: makes lines of a part, in processes of its own.
        parts: what is left to do.
        named: how an error names a part.

    Raises:
        RuntimeError: a part failed; what came before it is kept.
    """
    with path.open("ab") as file:
        for outcome in Local(os.cpu_count() or 1).map(stage, parts, secrets=Secrets()):
            if outcome.value is None:
                raise RuntimeError(f"{named(outcome.part)} failed: {outcome.error}")
            file.write(b"".join(msgspec.json.encode(each) + b"\n" for each in outcome.value))
            file.flush()
            yield outcome.value
