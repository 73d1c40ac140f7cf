"""An exchange that is a file: a hash list that others put somewhere, and one that is written for them."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from pathlib import Path

from takeback.errors import ExchangeError, UsageError
from takeback.exchanges.account import Account
from takeback.exchanges.hash_formats import FORMATS, HEAD_BYTES, HashFormat, format_of
from takeback.exchanges.hash_records import HarmRecord, SetAside
from takeback.model.digest import sha256_of
from takeback.model.exchange import Intent, Kept, Message, Outgoing, Prepared
from takeback.protocols import Page

_AT_ONCE = 5000


class HashFile:
    """A hash list at ``read``, and one at ``write``, either of which may be left out."""

    name = "file"
    whole = True

    def __init__(self, account: Account) -> None:
        self._account = account

    def pull(self, checkpoint: str | None) -> Iterator[Page[HarmRecord | SetAside]]:
        """Every record of the list, if its bytes are others than at the checkpoint."""
        path = self._path("read")
        try:
            content = path.read_bytes()
        except OSError as error:
            raise ExchangeError(f"cannot be read: {path}: {error.strerror} (is the folder there?)") from error
        digest = str(sha256_of(content))
        if digest == checkpoint:
            return
        found = format_of(content[:HEAD_BYTES])
        if found is None:
            raise ExchangeError(f"in no format that is known: {path} (formats: {', '.join(FORMATS)})")
        waiting: list[HarmRecord | SetAside] = []
        for item in FORMATS[found].read(io.BytesIO(content)):
            waiting.append(item)
            if len(waiting) == _AT_ONCE:
                yield Page(items=tuple(waiting), checkpoint=None)
                waiting = []
        yield Page(items=tuple(waiting), checkpoint=digest)

    def prepare(self, outgoing: Sequence[Outgoing]) -> Prepared:
        """The list as one file in the ``format`` of the account; feedback has no place in it."""
        submitted = [each for each in outgoing if each.intent is Intent.SUBMIT]
        kept = [
            Kept(entry=each.entry, reason="a file takes no feedback")
            for each in outgoing
            if each.intent is not Intent.SUBMIT
        ]
        format = self._format()
        records = []
        for each in submitted:
            if each.hash.signal is None and not FORMATS[format].cryptographic:
                kept.append(Kept(entry=each.entry, reason=f"the format {format} takes perceptual hashes alone"))
            else:
                records.append(HarmRecord(number=each.entry, hash=each.hash, record=each.record))
        if not records:
            return Prepared(kept=tuple(kept))
        writer = FORMATS[format].write
        assert writer is not None  # `_format` has refused it otherwise
        written = io.BytesIO()
        writer(records, written)
        message = Message(
            method="WRITE",
            target=str(self._path("write")),
            content_type=str(format),
            body=written.getvalue(),
            entries=tuple((each.number, Intent.SUBMIT) for each in records),
        )
        return Prepared(messages=(message,), kept=tuple(kept))

    def send(self, message: Message) -> None:
        """Put the file in its place, whole or not at all."""
        path = Path(message.target)
        partial = path.with_name(f"{path.name}.partial")
        try:
            partial.write_bytes(message.body)
            partial.replace(path)
        except OSError as error:
            raise ExchangeError(f"cannot write {path}: {error.strerror} (is the folder there, and free?)") from error
        finally:
            partial.unlink(missing_ok=True)

    def _path(self, option: str) -> Path:
        return self._account.folder / self._account.text(option)

    def _format(self) -> HashFormat:
        named = self._account.options.get("format", HashFormat.CSV.value)
        able = [each.value for each, how in FORMATS.items() if how.write is not None]
        if named not in able:
            raise UsageError(f"`format` of the exchange {self._account.name!r} is one of: {', '.join(able)}")
        return HashFormat(str(named))
