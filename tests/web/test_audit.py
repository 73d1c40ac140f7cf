from __future__ import annotations

import asyncio
import errno
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from takeback.errors import StorageFull, UnusableInput
from takeback.store.disk import Disk
from takeback.web import audit
from takeback.web.audit import AuditTrail, Entry, audit_key, breaks, digest_of, newest

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)


def entry(number: int) -> Entry:
    return Entry(time=NOON + timedelta(seconds=number), by="token", act="GET /m/raw_lookup", status=200, hits=(number,))


def kept(folder: Path) -> list[int]:
    return [each.hits[0] for each in newest(folder, lambda _: True, limit=1000)]


class Watched(Disk):
    """Counts writes; from ``full_after`` on the disk is full."""

    def __init__(self, full_after: int = 1 << 30) -> None:
        self.writes = 0
        self.full_after = full_after

    def put(self, descriptor: int, content: bytes) -> None:
        self.writes += 1
        if self.writes > self.full_after:
            super().put(descriptor, content[: len(content) // 2])
            raise OSError(errno.ENOSPC, "No space left on device")
        super().put(descriptor, content)


def test_an_entry_is_in_the_file_when_keep_returns(tmp_path: Path) -> None:
    async def work() -> None:
        trail = AuditTrail(tmp_path)
        for number in range(3):
            await trail.keep(entry(number))
            assert kept(tmp_path)[0] == number
        await trail.close()

    asyncio.run(work())
    assert kept(tmp_path) == [2, 1, 0]
    assert breaks(tmp_path) == []


def test_entries_that_wait_together_share_a_flush(tmp_path: Path) -> None:
    disk = Watched()

    async def work() -> None:
        trail = AuditTrail(tmp_path, disk=disk)
        before = disk.writes
        await asyncio.gather(*(trail.keep(entry(number)) for number in range(200)))
        assert disk.writes - before < 10
        await trail.close()

    asyncio.run(work())
    assert sorted(kept(tmp_path)) == list(range(200))


def test_a_full_disk_fails_the_request_leaves_no_torn_line_and_ends_with_space(tmp_path: Path) -> None:
    disk = Watched()

    async def work() -> None:
        trail = AuditTrail(tmp_path, disk=disk)
        await trail.keep(entry(1))
        disk.full_after = disk.writes
        with pytest.raises(StorageFull, match="no space left"):
            await trail.keep(entry(2))
        disk.full_after = 1 << 30
        await trail.keep(entry(3))
        await trail.close()

    asyncio.run(work())
    assert kept(tmp_path) == [3, 1]
    assert breaks(tmp_path) == []


def test_a_file_ends_when_it_is_large_or_old_and_the_next_goes_on_from_it(tmp_path: Path) -> None:
    times = iter([NOON, *(NOON + timedelta(hours=hour) for hour in range(0, 60, 6))])

    async def work() -> None:
        trail = AuditTrail(tmp_path, rotate_bytes=1 << 20, now=lambda: next(times))
        for number in range(9):
            await trail.keep(entry(number))
        await trail.close()
        small = AuditTrail(tmp_path, rotate_bytes=300)
        for number in range(9, 15):
            await small.keep(entry(number))
        await small.close()

    asyncio.run(work())
    files = sorted((tmp_path / audit.FOLDER_NAME).iterdir())
    assert len(files) > 4
    assert sorted(kept(tmp_path)) == list(range(15))
    assert breaks(tmp_path) == []
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


@pytest.mark.parametrize("change", ["changed", "cut", "swapped"])
def test_a_line_that_was_changed_cut_or_swapped_in_the_middle_is_found(tmp_path: Path, change: str) -> None:
    async def work() -> None:
        trail = AuditTrail(tmp_path)
        for number in range(5):
            await trail.keep(entry(number))
        await trail.close()

    asyncio.run(work())
    (file,) = (tmp_path / audit.FOLDER_NAME).iterdir()
    lines = file.read_bytes().splitlines(keepends=True)
    if change == "changed":
        lines[2] = lines[2].replace(b'"hits":[2]', b'"hits":[7]')
    elif change == "cut":
        del lines[2]
    else:
        lines[1], lines[2] = lines[2], lines[1]
    file.write_bytes(b"".join(lines))
    assert len(breaks(tmp_path)) == 1


def test_a_torn_last_line_hides_none_of_the_others(tmp_path: Path) -> None:
    async def work() -> None:
        trail = AuditTrail(tmp_path)
        await trail.keep(entry(1))
        await trail.close()

    asyncio.run(work())
    (file,) = (tmp_path / audit.FOLDER_NAME).iterdir()
    with file.open("ab") as torn:
        torn.write(b'{"before":"\xff","entry":{}}\n{"before":"00","entry":{"ti')
    assert kept(tmp_path) == [1]
    assert breaks(tmp_path) == [f"{file.name}:2"]


def test_a_hash_is_known_by_a_keyed_digest_that_only_the_key_can_make(tmp_path: Path) -> None:
    async def work() -> str:
        trail = AuditTrail(tmp_path)
        try:
            return trail.digest("AB" * 32)
        finally:
            await trail.close()

    digest = asyncio.run(work())
    assert digest == digest_of("ab" * 32, audit_key(tmp_path))
    assert digest != digest_of("ab" * 32, bytes(32))
    assert audit_key(tmp_path) == audit_key(tmp_path)
    assert stat.S_IMODE((tmp_path / audit.KEY_NAME).stat().st_mode) == 0o600


def test_a_damaged_key_is_said_and_not_replaced(tmp_path: Path) -> None:
    (tmp_path / audit.KEY_NAME).write_bytes(b"short")
    with pytest.raises(UnusableInput, match="audit trail is damaged"):
        audit_key(tmp_path)
    assert (tmp_path / audit.KEY_NAME).read_bytes() == b"short"
