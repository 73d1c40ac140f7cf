"""How far each exchange was read, and what was sent to it: small files beside the banks."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import msgspec

from takeback.errors import BankError
from takeback.model.exchange import Intent, Message
from takeback.store.disk import Disk, disk_errors_are_said


class _Sent(msgspec.Struct, frozen=True, kw_only=True):
    """A message that was sent: when, by whom, where to, and of which entries it spoke."""

    time: datetime
    by: str
    target: str
    entries: tuple[tuple[int, Intent], ...]


class ExchangeState:
    """The files of one folder: ``NAME.checkpoint`` is replaced at once, ``NAME.sent`` grows by a line a message."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._disk = Disk()

    def of(self, exchange: str) -> str | None:
        """The last checkpoint that was kept, if any."""
        try:
            return self._file(exchange, "checkpoint").read_text(encoding="utf-8")
        except FileNotFoundError:
            return None

    def keep(self, exchange: str, checkpoint: str) -> None:
        """Keep a checkpoint; it is on the disk when this returns."""
        self._make_folder()
        self._disk.write(self._file(exchange, "checkpoint"), checkpoint.encode())

    def sent(self, exchange: str) -> dict[int, Intent]:
        """What was sent last of which entries; a line that a crash cut off was not."""
        try:
            lines = self._file(exchange, "sent").read_bytes().split(b"\n")
        except FileNotFoundError:
            return {}
        found: dict[int, Intent] = {}
        for number, line in enumerate(lines[:-1], start=1):
            try:
                found.update(msgspec.json.decode(line, type=_Sent).entries)
            except msgspec.DecodeError as error:
                where = f"{self._file(exchange, 'sent')}, line {number}"
                raise BankError(
                    f"the record of what was sent is damaged: {where}: {error} (mend or move it)"
                ) from error
        return found

    def note(self, exchange: str, message: Message, *, by: str, time: datetime) -> None:
        """Note a message that was sent; it is on the disk when this returns."""
        self._make_folder()
        line = msgspec.json.encode(_Sent(time=time, by=by, target=message.target, entries=message.entries))
        self._disk.append_line(self._file(exchange, "sent"), line)

    def _file(self, exchange: str, kind: str) -> Path:
        return self.folder / f"{exchange}.{kind}"

    def _make_folder(self) -> None:
        with disk_errors_are_said(self.folder):
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
