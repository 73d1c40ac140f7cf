"""The narrow columns of every post: number, time, kind, pictures; what growth and completeness are computed from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from takeback.network.part import UNDATED, Ints, Mask, Part, posted

_FIRST, _LAST = (int(np.datetime64(year, "s").astype(np.int64)) for year in ("1990", "2200"))
DAY = 86_400


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Stretch:
    """Some posts of one channel, (N,) each: some 22 bytes a post."""

    ids: Ints
    seconds: Ints
    kinds: npt.NDArray[np.uint8]
    zone_known: Mask
    pictures: npt.NDArray[np.uint32]


class Timeline:
    """Every post of one channel, by number; each derived column is made once, when it is first asked for."""

    def __init__(self, channel: str, rows: Stretch) -> None:
        self.channel = channel
        self.rows = rows

    def __len__(self) -> int:
        return len(self.rows.ids)

    @property
    def ids(self) -> Ints:
        """The posts' numbers, ascending."""
        return self.rows.ids

    @cached_property
    def posted(self) -> Mask:
        """Whether somebody posted it: service rows are the platform's own."""
        return posted(self.rows.kinds)

    @cached_property
    def timed(self) -> Mask:
        """Whether it has a time."""
        timed: Mask = self.rows.seconds != UNDATED
        return timed

    @cached_property
    def dated(self) -> Mask:
        """Whether somebody posted it at a time that a clock can have shown."""
        return self.posted & (self.rows.seconds >= _FIRST) & (self.rows.seconds < _LAST)

    @cached_property
    def days(self) -> Ints:
        """Days since 1970, UTC; of no meaning where it is not dated."""
        return self.rows.seconds // DAY


def stretch_of(part: Part) -> Stretch:
    """The narrow columns of a part."""
    return Stretch(
        ids=part.ids,
        seconds=part.seconds,
        kinds=part.kinds,
        zone_known=part.zone_known,
        pictures=part.pictures.astype(np.uint32),
    )


def timeline_of(channel: str, stretches: Iterable[Stretch]) -> Timeline:
    """The stretches of a channel as one, by number.

    Raises:
        ValueError: A number comes twice: whoever gave the batches gave a post twice.
    """
    held = list(stretches)
    if len(held) == 1 and (np.diff(held[0].ids) > 0).all():
        return Timeline(channel, held[0])
    ids = np.concatenate([each.ids for each in held])
    order = np.argsort(ids, kind="stable")
    ids = ids[order]
    if len(ids) > 1 and not np.all(np.diff(ids) > 0):
        again = int(ids[1:][np.diff(ids) == 0][0])
        message = f"a post comes twice in the batches: number {again} of one channel (mark older versions superseded)"
        raise ValueError(message)
    rows = Stretch(
        ids=ids,
        seconds=np.concatenate([each.seconds for each in held])[order],
        kinds=np.concatenate([each.kinds for each in held])[order],
        zone_known=np.concatenate([each.zone_known for each in held])[order],
        pictures=np.concatenate([each.pictures for each in held])[order],
    )
    return Timeline(channel, rows)
