"""Texts that may hold something: found in columns, so that only few are read one by one."""

from __future__ import annotations

from collections.abc import Iterator

from takeback.network.part import Part, bools_of


def candidates(part: Part, pattern: str) -> Iterator[tuple[int, str]]:
    """The numbers and texts of what was posted and matches a pattern of RE2, whatever its case.

    The pattern is there to be quick: it must match every text in which something is to be found, and may match more.
    """
    import pyarrow.compute as pc

    matched = bools_of(pc.match_substring_regex(part.texts("text"), pattern, ignore_case=True))
    return part.some("text", matched & part.posted)
