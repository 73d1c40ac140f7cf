"""Reads a made-up export into a case, next to `json.load` doing as much, and counts what is missing afterwards."""

from __future__ import annotations

import hashlib
import json
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import msgspec

from takeback.bench.ingest.export import write_export
from takeback.bench.result import BenchResult, Figure
from takeback.bench.startup import load
from takeback.crypto.passphrase import CHEAP
from takeback.jobs.case import Case, case_facts
from takeback.jobs.intake import NOT_RECORDED, take_in
from takeback.store.material import SourceRecord

MESSAGES = 300_000
PEER_MESSAGES = 60_000
ROUNDS = 3
MANY = 2_000_000
"""An export of more messages is read once: it says what any size takes, and the smaller ones say how fast."""

DAMAGED = 20_000
EVERY = 7
INDENTS = (1, 4, None)
_MEGABYTE = 1 << 20


class Read(msgspec.Struct, frozen=True, kw_only=True):
    """What one child process did: seconds of CPU, posts kept, the most memory it held; and the digest by itself."""

    seconds: float
    posts: int
    peak: int | None
    rejected: int = 0
    digest: float = 0.0


def bench(*, size: int | None, photos: Path | None, seed: int) -> BenchResult:
    """An export of ``size`` messages; every reading is a process of its own, ours and the peer's in turn."""
    del photos
    messages = size or MESSAGES
    rounds = 1 if messages > MANY else ROUNDS
    ours: list[Read] = []
    peer: list[Read] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        whole, part = folder / "whole", folder / "part"
        size_of = {}
        for path, count in ((whole, messages), (part, part_size(messages))):
            path.mkdir()
            size_of[path] = write_export(path / "result.json", messages=count, seed=seed).bytes
        _child("ours", part, folder / "first")  # compiles what is not compiled yet
        for number in range(rounds):
            ours.append(_child("ours", whole, folder / f"ours-{number}"))
            peer.append(_child("peer", part, folder / f"peer-{number}"))
        lost, damaged = _lost(folder, seed)
    rates = [each.posts / each.seconds for each in ours]
    peer_rates = [each.posts / each.seconds for each in peer]
    lost += sum(messages - each.posts for each in ours)
    digests = [each.digest / each.seconds for each in ours]
    peaks = [each.peak / _MEGABYTE for each in ours if each.peak]
    return BenchResult(
        bench="ingest",
        seed=seed,
        n=messages,
        figures={
            "messages_per_s": _figure(rates, "messages/s of CPU", messages),
            "peak_rss_mb": Figure(value=max(peaks, default=None), unit="MB", n=messages),
            "export_mb": Figure(value=round(size_of[whole] / 1e6, 1), unit="MB (1,000,000 bytes)", n=messages),
            "digest_share": _figure(
                digests, "share of that CPU time that SHA-256 alone takes on this machine", messages
            ),
            "lost": Figure(value=lost, unit="messages", n=rounds * messages + damaged),
        },
        peers={"json_load": {"messages_per_s": _figure(peer_rates, "messages/s of CPU", part_size(messages))}},
        ratios={"messages_per_s_vs_json_load": _middle(rates) / _middle(peer_rates)},
        note=(
            "CPU time of one process from opening the export to sealed Parquet in a case, digest and both passes over "
            "the file included; files beside it are not read. json_load reads a smaller part, whole, into the same "
            f"columns and seals the same Parquet. Lost is counted on {damaged:,} more messages with planted damage of "
            f"every kind too, in three indentations. Texts are made up; {load()}."
        ),
    )


def part_size(messages: int) -> int:
    """How many messages the peer reads: it holds all of them in memory."""
    return min(messages, PEER_MESSAGES)


def _child(kind: str, export: Path, case: Path) -> Read:
    code = f"from takeback.bench.ingest.measure import child; child({kind!r}, {str(export)!r}, {str(case)!r})"
    done = subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.PIPE)  # noqa: S603  # our own code
    return msgspec.json.decode(done.stdout.splitlines()[-1], type=Read)


def child(kind: str, export: str, case: str) -> None:
    """What a child process does; it writes a `Read` as JSON."""
    read: Callable[[Path, Path], Read] = {"ours": read_ours, "peer": read_peer}[kind]
    sys.stdout.write(msgspec.json.encode(read(Path(export), Path(case))).decode() + "\n")


def read_ours(export: Path, path: Path) -> Read:
    """The export into a new case, as `takeback census` reads it."""
    from takeback.jobs.intake import take_in

    _warm(path)
    with _case(path) as case:
        start = time.process_time()
        taken = take_in(case, [export])
        seconds = time.process_time() - start
        kept = case.store.count_posts()
        rejected = sum(each.posts_lost for _, each in case.store.damage())
    assert taken.posts >= kept
    return Read(seconds=seconds, posts=kept, peak=_peak(), rejected=rejected, digest=_digest_seconds(export))


def read_peer(export: Path, path: Path) -> Read:
    """The same by `json.load`: the whole file, each message as a post, the same columns, the same sealed files."""
    from takeback.model.digest import sha256_of
    from takeback.sources.telegram_posts import Files, details_of, post_of
    from takeback.sources.telegram_schema import Message
    from takeback.sources.tree import DirectoryTree
    from takeback.tables.posts import batch_of

    _warm(path)
    files = Files(DirectoryTree(export), source="peer", prefix="")
    with _case(path) as case:
        start = time.process_time()
        content = (export / "result.json").read_bytes()
        sha256_of(content)
        chat = json.loads(content)
        channel = f"telegram:{chat['id']}"
        case.store.add_source(_record("peer"))
        rows: list[object] = []
        for row in chat["messages"]:
            details = details_of(msgspec.json.encode(row))
            message = msgspec.convert(row, type=Message)
            rows.extend(post_of(message, channel=channel, place="", files=files, details=details))
        for first in range(0, len(rows), 50_000):
            case.store.add_batch("peer", batch_of(rows[first : first + 50_000], "peer"))  # type: ignore[arg-type]  # all are posts
        seconds = time.process_time() - start
        kept = case.store.count_posts()
    return Read(seconds=seconds, posts=kept, peak=_peak())


def _digest_seconds(export: Path) -> float:
    """How long the SHA-256 of an export takes by itself, from memory: no reader that names its digest is faster."""
    digest, seconds = hashlib.sha256(), 0.0
    with (export / "result.json").open("rb") as file:
        while piece := file.read(_MEGABYTE):
            start = time.process_time()
            digest.update(piece)
            seconds += time.process_time() - start
    return seconds


def _peak() -> int | None:
    """The most resident memory of this process so far, in bytes; None where the platform does not tell."""
    try:
        status = Path("/proc/self/status").read_text(encoding="utf-8")
    except OSError:
        return None
    found = re.search(r"^VmHWM:\s+(\d+) kB", status, re.MULTILINE)
    return int(found[1]) * 1024 if found else None


def _case(path: Path) -> Case:
    facts = case_facts("Ingest", role="bench", legal_basis="consent", jurisdiction="EU")
    return Case.create(path, facts, passphrase="only in a bench", cost=CHEAP)  # noqa: S106  # of a case that is gone at the end


def _record(id: str) -> SourceRecord:
    return SourceRecord(id=id, kind="peer", name="export", digest=id, acquisition=NOT_RECORDED)


def _warm(path: Path) -> None:
    """Have both ways in memory before the clock runs: kernels are compiled once on a machine, and then loaded."""
    folder = path.with_name(f"{path.name}-warm")
    folder.mkdir()
    write_export(folder / "result.json", messages=200, seed=0)
    with _case(folder / "case") as case:
        take_in(case, [folder])


def _lost(folder: Path, seed: int) -> tuple[int, int]:
    """Complete messages that are not in the tables, or in excess, over damage of every kind and three indentations."""
    lost = total = 0
    for number, indent in enumerate(INDENTS):
        export = folder / f"damaged-{number}"
        export.mkdir()
        path = export / "result.json"
        truth = write_export(path, messages=DAMAGED, seed=seed + number, indent=indent, every=EVERY, cut=True)
        with _case(folder / f"case-{number}") as case:
            take_in(case, [export])
            kept = {post.id for post in case.store.posts()}
            rejected = sum(each.posts_lost for _, each in case.store.damage())
        lost += abs(truth.messages - len(kept)) + abs(rejected - truth.beyond - truth.cut)
        total += truth.messages
    return lost, total


def _middle(values: Iterable[float]) -> float:
    return statistics.median(values)


def _figure(rates: list[float], unit: str, n: int) -> Figure:
    return Figure(value=_middle(rates), unit=unit, n=n, low=min(rates), high=max(rates))
