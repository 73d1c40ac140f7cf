"""The container inside a protection pack: a stored zip that is the same bytes for the same entries."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Mapping

from takeback.errors import PackError

ENTRIES = 4096
ENTRY_BYTES = 128 << 20
TOTAL_BYTES = 1 << 30
NAME_BYTES = 120
_END = struct.Struct("<4s4H2LH")
_EPOCH = (1980, 1, 1, 0, 0, 0)
_UNIX = 3
_DAMAGED = "the pack is damaged (ask whoever enrolled for another copy)"


def write_container(entries: Mapping[str, bytes]) -> bytes:
    """The entries in a zip without compression, times or permissions, in the order of their names."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(entries):
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.create_system = _UNIX
            entry.external_attr = 0
            archive.writestr(entry, entries[name])
    return buffer.getvalue()


def read_container(content: bytes) -> dict[str, bytes]:
    """The entries of a container; PackError where it is not, byte for byte, what `write_container` makes."""
    _check_end(content)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = {entry.filename: _read_entry(archive, entry) for entry in archive.infolist()}
        again = write_container(entries)
    except (zipfile.BadZipFile, RuntimeError, EOFError, OSError, ValueError, LookupError, struct.error) as error:
        raise PackError(_DAMAGED) from error
    if again != content:
        raise PackError(_DAMAGED)
    return entries


def _check_end(content: bytes) -> None:
    """Bound what the zip reader will be asked to do, from the record at the end."""
    if not content.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        raise PackError("not a takeback pack: what is encrypted in it is no container (check which file this is)")
    if len(content) < _END.size or len(content) > TOTAL_BYTES:
        raise PackError(_DAMAGED)
    magic, disk, start_disk, here, entries, size, _, comment = _END.unpack_from(content, len(content) - _END.size)
    whole = magic == b"PK\x05\x06" and (disk, start_disk, comment) == (0, 0, 0) and here == entries
    if not whole:
        raise PackError(_DAMAGED)
    if entries > ENTRIES or size > entries * (46 + NAME_BYTES):
        raise PackError(f"the pack holds too many entries ({entries}; at most {ENTRIES})")


def _read_entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    stored = entry.compress_type == zipfile.ZIP_STORED and entry.file_size == entry.compress_size
    if not stored or entry.flag_bits:
        raise PackError(_DAMAGED)
    if entry.file_size > ENTRY_BYTES:
        raise PackError(f"an entry of the pack is too large ({entry.file_size} bytes; at most {ENTRY_BYTES})")
    return archive.read(entry)
