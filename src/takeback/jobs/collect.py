"""Collecting one channel that an investigator may lawfully read: its history and counts, never a file."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TypeVar

from takeback.errors import Refused, SourceError, UsageError
from takeback.jobs.progress import Progress, silent
from takeback.model.channel import Audience
from takeback.sources.collected import VERSION, AudienceRow, ChannelRow, PostRow, collected_row, line_of
from takeback.sources.live_telegram import FloodWait, ReadsChannels, SeenChannel

COUNTED = "Telegram, participants of the channel"
PAUSE = 1.0
"""Seconds between two requests."""
LONGEST_WAIT = 900
"""Seconds; where Telegram asks for more, the person is told and runs the command again."""

_Got = TypeVar("_Got")
_NAME = re.compile(r"(?:https?://)?(?:t\.me/(?:s/)?)?@?([A-Za-z][A-Za-z0-9_]{2,31})/?")
_LEAST_WORDS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected:
    """What was collected this time, and what the file holds by now."""

    path: Path
    posts: int
    members: int | None
    waited: float


def collect(
    named: str,
    out: Path,
    *,
    reader: ReadsChannels,
    may_lawfully_read: str,
    clock: Callable[[], datetime],
    wait: Callable[[float], None],
    progress: Progress = silent,
) -> Collected:
    """Append to ``OUT/NAME.ndjson`` what the channel says after the last post that is there.

    Args:
        named: the channel, as ``name``, ``@name`` or an address.
        out: the folder; made where there is none.
        reader: who asks Telegram.
        may_lawfully_read: why whoever runs this may read the channel, in their own words; kept in the file.
        clock: what time it is.
        wait: how a wait is spent.
        progress: where the count goes.

    Raises:
        UsageError: No channel is named, or no reason is given.
        Refused: Telegram asks for a long wait; what was read is kept, and the next run goes on from it.
    """
    name = _NAME.fullmatch(named.strip())
    if name is None:
        raise UsageError(f"not the name of a public channel: {named!r} (write it as @name)")
    if len(may_lawfully_read.split()) < _LEAST_WORDS:
        raise UsageError("say in your own words why you may lawfully read this channel (--may-lawfully-read)")
    out.mkdir(parents=True, exist_ok=True)
    path = out / f"{name[1]}.ndjson"
    patient = _Patience(wait)
    seen = patient(partial(reader.look, name[1]))
    last = _resumed(path, seen)
    started = clock()
    path.touch(mode=0o600)
    with path.open("ab") as file:
        if path.stat().st_size == 0:
            opening = ChannelRow(
                version=VERSION, channel=seen.channel, collected_from=started, may_lawfully_read=may_lawfully_read
            )
            file.write(line_of(opening))
        if seen.members is not None:
            counted = Audience(channel=seen.channel.id, members=seen.members, time=started, source=COUNTED)
            file.write(line_of(AudienceRow(audience=counted)))
        posts = 0
        while page := patient(partial(reader.page, seen, after=last)):
            file.write(b"".join(line_of(PostRow(post=post)) for post in page))
            file.flush()
            os.fsync(file.fileno())
            last, posts = page[-1].id, posts + len(page)
            progress("collecting posts", posts, None)
            wait(PAUSE)
    return Collected(path=path, posts=posts, members=seen.members, waited=patient.waited)


class _Patience:
    """Asks again after the wait that Telegram asks for, unless it is a long one."""

    def __init__(self, wait: Callable[[float], None]) -> None:
        self._wait = wait
        self.waited = 0.0

    def __call__(self, ask: Callable[[], _Got]) -> _Got:
        while True:
            try:
                return ask()
            except FloodWait as flood:
                if flood.seconds > LONGEST_WAIT:
                    message = (
                        f"Telegram asks for a wait of {flood.seconds:,} s (run the same command after it to go on)"
                    )
                    raise Refused(message) from flood
                self._wait(flood.seconds)
                self.waited += flood.seconds


def _resumed(path: Path, seen: SeenChannel) -> int:
    """The number of the last post in the file, 0 where there is none; a line that was not finished is cut off."""
    if not path.exists():
        return 0
    last = end = 0
    with path.open("rb") as file:
        for line in file:
            if not line.endswith(b"\n"):
                break
            end += len(line)
            last = max(last, _number(line, path, seen))
    os.truncate(path, end)
    return last


def _number(line: bytes, path: Path, seen: SeenChannel) -> int:
    try:
        row = collected_row(line)
    except ValueError as error:
        message = f"not what this command wrote: {path}: {error} (choose another --out)"
        raise SourceError(message) from error
    if isinstance(row, ChannelRow) and row.channel.id != seen.channel.id:
        message = f"another channel of this name was collected here before: {path} (choose another --out)"
        raise SourceError(message)
    return row.post.id if isinstance(row, PostRow) else 0
