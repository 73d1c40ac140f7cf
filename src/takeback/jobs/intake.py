"""Taking sources into a case: each file's digest, size and place enter the ledger before anything decodes it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from takeback.crypto.canonical import canonical
from takeback.jobs.case import Case
from takeback.jobs.progress import Progress, saying_when_kernels_compile, silent
from takeback.model.channel import Channel, Damage, Post
from takeback.model.evidence import Acquisition
from takeback.model.media import Media
from takeback.plugins import open_source
from takeback.protocols import ColumnReader, CountsAudiences, Reader
from takeback.sources.side_files import read_acquisition, read_audience_csv, read_channels_csv
from takeback.store.material import SourceRecord

if TYPE_CHECKING:
    import pyarrow as pa

BATCH = 2_000
"""Posts of a source that gives them one by one that become one batch of columns."""

ROWS = 20_000
"""Posts from which on what was read is kept, and entered into the ledger, in one transaction."""

NOT_RECORDED = Acquisition(
    collected_by=None, collected_from=None, collected_to=None, application=None, settings=None, note=None
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SideFiles:
    """What an investigator adds to a source; each is looked for beside the source when not named."""

    channels: Path | None = None
    audience: Path | None = None
    acquisition: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """Where each source lies on this machine, and what came in."""

    roots: Mapping[str, Path]
    posts: int
    files: int
    damage: int


def take_in(
    case: Case, sources: Sequence[Path], *, side: SideFiles | None = None, progress: Progress = silent
) -> Intake:
    """Read every source into the case; what is there already is not taken twice."""
    roots: dict[str, Path] = {}
    posts = files = damage = 0
    with saying_when_kernels_compile(progress):
        for path in sources:
            reader = open_source(path)
            roots[reader.id] = path.resolve()
            beside = _side_files(path, side or SideFiles())
            _register(case, reader, path, beside)
            counts = _read_posts(case, reader, progress)
            posts, files, damage = posts + counts[0], files + counts[1], damage + counts[2]
    return Intake(roots=roots, posts=posts, files=files, damage=damage)


def _side_files(path: Path, named: SideFiles) -> SideFiles:
    folder = path if path.is_dir() else path.parent

    def beside(name: str) -> Path | None:
        return folder / name if (folder / name).is_file() else None

    return SideFiles(
        channels=named.channels or beside("channels.csv"),
        audience=named.audience or beside("audience.csv"),
        acquisition=named.acquisition or beside("acquisition.toml"),
    )


def _register(case: Case, reader: Reader, path: Path, side: SideFiles) -> None:
    acquisition = read_acquisition(side.acquisition) if side.acquisition else NOT_RECORDED
    usernames = read_channels_csv(side.channels) if side.channels else {}
    audiences = read_audience_csv(side.audience) if side.audience else ()
    audiences += reader.audiences() if isinstance(reader, CountsAudiences) else ()
    known = {each.id: each for each in case.store.sources()}
    record = SourceRecord(
        id=reader.id, kind=type(reader).__name__, name=path.name, digest=reader.id, acquisition=acquisition
    )
    with case.transaction():
        if reader.id not in known:
            case.store.add_source(record)
            case.record("source_added", public={"sources": len(known) + 1}, private={"source": str(path)})
        elif acquisition not in {NOT_RECORDED, known[reader.id].acquisition}:
            case.store.add_source(replace(known[reader.id], acquisition=acquisition))
            case.record("acquisition_recorded", private={"acquisition": repr(acquisition)})
        case.store.add_channels(reader.id, tuple(_named(each, usernames) for each in reader.channels()))
        case.store.add_audiences(audiences)


def _named(channel: Channel, usernames: Mapping[str, str]) -> Channel:
    return replace(channel, username=usernames[channel.id]) if channel.id in usernames else channel


def _read_posts(case: Case, reader: Reader, progress: Progress) -> tuple[int, int, int]:
    from takeback.tables.posts import media_of

    seen = {(media.sha256, media.place) for media in case.store.media()}
    posts = files = damage = 0
    progress("reading posts", 0, None)
    for kept, broken in _gathered(_batches(reader)):
        shown = (media for batch in kept for _, _, media in media_of(batch))
        fresh = dict.fromkeys(media for media in shown if (media.sha256, media.place) not in seen)
        with case.transaction():
            for media in fresh:
                case.record("file_seen", private={"file": describe(media)})
            for batch in kept:
                case.store.add_batch(reader.id, batch)
            for each in broken:
                case.store.add_damage(reader.id, each)
        seen.update((media.sha256, media.place) for media in fresh)
        posts, files, damage = posts + sum(each.num_rows for each in kept), files + len(fresh), damage + len(broken)
        progress("reading posts", posts, None)
    progress("reading posts", posts, posts)
    return posts, files, damage


def _batches(reader: Reader) -> Iterator[pa.RecordBatch | Damage]:
    """The posts of a source as columns, whether it gives them so or one by one."""
    from takeback.tables.posts import batch_of

    if isinstance(reader, ColumnReader):
        yield from reader.batches()
        return
    rows = reader.posts()
    while some := tuple(islice(rows, BATCH)):
        yield from (each for each in some if isinstance(each, Damage))
        yield batch_of((each for each in some if isinstance(each, Post)), reader.id)


def _gathered(
    batches: Iterator[pa.RecordBatch | Damage],
) -> Iterator[tuple[tuple[pa.RecordBatch, ...], tuple[Damage, ...]]]:
    """Batches, joined to larger ones where their channel goes on, and damage: as much as one transaction keeps."""
    kept: list[pa.RecordBatch] = []
    broken: list[Damage] = []
    rows = 0
    for each in batches:
        if isinstance(each, Damage):
            broken.append(each)
        else:
            kept.append(each)
            rows += each.num_rows
        if rows + len(broken) >= ROWS:
            yield _joined(kept), tuple(broken)
            kept, broken, rows = [], [], 0
    if kept or broken:
        yield _joined(kept), tuple(broken)


def _joined(batches: Sequence[pa.RecordBatch]) -> tuple[pa.RecordBatch, ...]:
    import pyarrow as pa

    if not batches:
        return ()
    whole = pa.Table.from_batches(batches).unify_dictionaries().combine_chunks()
    return tuple(whole.to_batches())


def describe(media: Media) -> str:
    """What a ledger entry commits to for a file: its digest, size and place."""
    return canonical(
        {"path": media.place.path, "sha256": media.sha256, "size": media.size, "source": media.place.source}
    ).decode()
