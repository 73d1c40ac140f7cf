"""Being told when kernels are compiled: that takes its time, once on a machine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from numba.core.event import Event, Listener, install_listener


class _First(Listener):  # type: ignore[misc]  # Numba has no types
    """Says so once, when the first compilation begins."""

    def __init__(self, say: Callable[[], None]) -> None:
        self._say = say
        self._said = False

    def on_start(self, _event: Event) -> None:
        if not self._said:
            self._said = True
            self._say()

    def on_end(self, _event: Event) -> None:
        """Nothing is said."""


@contextmanager
def told_of_compiling(say: Callable[[], None]) -> Iterator[None]:
    """Within it, ``say`` is called once if a kernel has to be compiled; never where all come from the cache."""
    with install_listener("numba:compile", _First(say)):
        yield
