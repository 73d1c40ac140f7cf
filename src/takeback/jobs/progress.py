"""How a job says how far it is."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Called with a stage's name, how much is done, and of how much (None: not known yet)."""

    def __call__(self, stage: str, done: int, total: int | None, /) -> None:
        """Take note."""
        ...


def silent(stage: str, done: int, total: int | None, /) -> None:
    """Say nothing."""
    del stage, done, total
