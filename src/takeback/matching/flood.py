"""When an entry of a bank matches far more than its history."""

from __future__ import annotations

from collections.abc import Iterable


def is_flood(today: int, history: Iterable[int], *, least: int, times: int) -> bool:
    """Whether a day's hits are at least ``least``, and more than ``times`` the busiest day of the history.

    An entry without history floods at ``least``: a hash that is new and hits that often may be a template or a blank
    picture or may be spreading, and only a person can tell.

    Examples:
        >>> is_flood(500, [3, 40], least=100, times=10), is_flood(500, [3, 60], least=100, times=10)
        (True, False)
    """
    return today >= least and today > times * max(history, default=0)
