"""The plain engine: one part after the other, in this process."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from takeback.engines.error_text import error_text
from takeback.protocols import In, Out, Outcome, Secrets


class Serial:
    """Runs each part in this process; what the other engines are compared with.

    It cannot survive a part that ends the process itself.
    """

    name = "serial"

    def map(
        self, stage: Callable[[In, Secrets], Out], parts: Iterable[In], *, secrets: Secrets
    ) -> Iterator[Outcome[In, Out]]:
        """One outcome per part, in order; a part is read when its outcome is asked for."""
        for part in parts:
            try:
                value = stage(part, secrets)
            except Exception as error:  # noqa: BLE001  # one bad part must not end the run
                yield Outcome(part=part, value=None, error=error_text(error))
            else:
                yield Outcome(part=part, value=value, error=None)
