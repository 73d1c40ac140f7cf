"""Small files that an investigator writes beside an export: usernames, member counts, how it was collected."""

from __future__ import annotations

import csv
import dataclasses
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, time
from pathlib import Path

from takeback.errors import SourceError
from takeback.model.channel import Audience, Channel
from takeback.model.evidence import Acquisition

_USERNAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{2,31}")
_BEFORE_NAME = re.compile(r"^(?:https?://)?(?:t\.me/|telegram\.me/)?@?", re.IGNORECASE)
_BARE_ID = re.compile(r"-?\d+")
_CHANNEL = re.compile(r"[a-z]+:\S+")
_ACQUISITION = ("collected_by", "collected_from", "collected_to", "application", "settings", "note")


def read_channels_csv(path: Path) -> Mapping[str, str]:
    """The usernames that exports lack, by channel id.

    Columns, named in the first line: ``channel`` (``telegram:1234567890``, or the bare number) and ``username``
    (``name``, ``@name`` or ``https://t.me/name``). A line without a username is passed over.
    """
    usernames: dict[str, str] = {}
    for line, row in _rows(path, ("channel", "username")):
        channel = _channel(path, line, row["channel"])
        username = _BEFORE_NAME.sub("", row["username"]).rstrip("/")
        if not username:
            continue
        if not _USERNAME.fullmatch(username):
            wanted = "3 to 32 letters, digits or underscores, beginning with a letter"
            raise _wrong(path, line, f"not a username: {row['username']!r}", wanted)
        if usernames.setdefault(channel, username) != username:
            raise _wrong(path, line, f"a second username for {channel}", "keep the one that is in use")
    return usernames


def read_audience_csv(path: Path) -> tuple[Audience, ...]:
    """Member counts, each with its instant and its source, by time and channel.

    Columns, named in the first line: ``channel``, ``members``, ``time`` (ISO 8601; without a zone UTC is meant; a date
    alone is its first instant) and ``source`` (who or what counted).
    """
    return tuple(sorted(_audiences(path), key=lambda each: (each.time, each.channel, each.members, each.source)))


def read_acquisition(path: Path) -> Acquisition:
    """How the material was collected, from ``acquisition.toml``; what the file does not say is None."""
    try:
        content = tomllib.loads(_text(path))
    except tomllib.TOMLDecodeError as error:
        message = f'not valid TOML: {path}: {error} (write each line as: key = "words")'
        raise SourceError(message) from error
    if unknown := sorted(set(content) - set(_ACQUISITION)):
        message = f"unknown keys: {path}: {', '.join(unknown)} (known are {', '.join(_ACQUISITION)})"
        raise SourceError(message)
    return Acquisition(
        collected_by=_words(path, content, "collected_by"),
        collected_from=_instant(path, content, "collected_from"),
        collected_to=_instant(path, content, "collected_to"),
        application=_words(path, content, "application"),
        settings=_words(path, content, "settings"),
        note=_words(path, content, "note"),
    )


def applied(channels: Iterable[Channel], usernames: Mapping[str, str]) -> tuple[Channel, ...]:
    """The channels with the usernames that are known for them."""
    return tuple(
        dataclasses.replace(channel, username=usernames.get(channel.id, channel.username)) for channel in channels
    )


def _audiences(path: Path) -> Iterator[Audience]:
    for line, row in _rows(path, ("channel", "members", "time", "source")):
        if not row["members"].isascii() or not row["members"].isdigit():
            wanted = "a whole number without separators"
            raise _wrong(path, line, f"not a member count: {row['members']!r}", wanted)
        if not row["source"]:
            raise _wrong(path, line, "no source for the count", "say who or what counted")
        channel = _channel(path, line, row["channel"])
        instant = _parsed(row["time"])
        if instant is None:
            raise _wrong(path, line, f"not a time: {row['time']!r}", "write it as 2020-07-31 or 2020-07-31T12:00:00Z")
        yield Audience(channel=channel, members=int(row["members"]), time=instant, source=row["source"])


def _rows(path: Path, columns: tuple[str, ...]) -> Iterator[tuple[int, dict[str, str]]]:
    """Each row with the number of its line, its cells stripped; empty lines and lines that begin with # are none."""
    reader = csv.reader(_text(path).splitlines(), strict=True)
    header: list[str] = []
    try:
        for cells in reader:
            stripped = [cell.strip() for cell in cells]
            if not any(stripped) or stripped[0].startswith("#"):
                continue
            if not header:
                header = [cell.lower() for cell in stripped]
                if missing := [column for column in columns if column not in header]:
                    raise _wrong(path, reader.line_num, f"no column {missing[0]!r}", f"begin with: {','.join(columns)}")
                continue
            if len(stripped) != len(header):
                what = f"{len(stripped)} cells where the first line names {len(header)}"
                raise _wrong(path, reader.line_num, what, "put cells that hold a comma in quotes")
            yield reader.line_num, dict(zip(header, stripped, strict=True))
    except csv.Error as error:
        raise _wrong(path, reader.line_num, f"not valid CSV: {error}", "look at its quotes") from error
    if not header:
        raise _wrong(path, 1, "is empty", f"begin with: {','.join(columns)}")


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        message = f"not UTF-8: {path}: byte {error.start} (save it as UTF-8)"
        raise SourceError(message) from error
    except OSError as error:
        message = f"cannot be read: {path}: {error.strerror or error} (check the path)"
        raise SourceError(message) from error


def _channel(path: Path, line: int, written: str) -> str:
    if _BARE_ID.fullmatch(written):
        return f"telegram:{written}"
    if not _CHANNEL.fullmatch(written):
        raise _wrong(path, line, f"not a channel id: {written!r}", "write it as telegram:1234567890")
    return written


def _words(path: Path, content: Mapping[str, object], key: str) -> str | None:
    value = content.get(key)
    if value is None or isinstance(value, str):
        return value or None
    message = f"not words: {path}: {key} (write it in quotes)"
    raise SourceError(message)


def _instant(path: Path, content: Mapping[str, object], key: str) -> datetime | None:
    value = content.get(key)
    if value is None or value == "":
        return None
    instant = _parsed(value.isoformat() if isinstance(value, date) else str(value))
    if instant is None:
        message = f"not a time: {path}: {key} (write it as 2020-07-31 or 2020-07-31T12:00:00Z)"
        raise SourceError(message)
    return instant


def _parsed(written: str) -> datetime | None:
    try:
        instant = datetime.fromisoformat(written)
        if len(written) <= len("2020-07-31"):
            instant = datetime.combine(instant.date(), time(), UTC)
        return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _wrong(path: Path, line: int, what: str, remedy: str) -> SourceError:
    return SourceError(f"{path.name}, line {line}: {what}: {path} ({remedy})")
