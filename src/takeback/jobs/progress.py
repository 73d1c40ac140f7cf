"""How a job says how far it is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

COMPILING = "compiling for this machine, which is done once; seconds, about"
_SECONDS = 30


class Progress(Protocol):
    """Called with a stage's name, how much is done, and of how much (None: not known yet)."""

    def __call__(self, stage: str, done: int, total: int | None, /) -> None:
        """Take note."""
        ...


@contextmanager
def saying_when_kernels_compile(progress: Progress, /) -> Iterator[None]:
    """Within it, whoever waits is told if kernels have to be compiled first; afterwards they come from the cache."""
    from takeback.kernels.compiling import told_of_compiling

    with told_of_compiling(lambda: progress(COMPILING, _SECONDS, _SECONDS)):
        yield


def silent(stage: str, done: int, total: int | None, /) -> None:
    """Say nothing."""
    del stage, done, total
