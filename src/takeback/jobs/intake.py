"""Taking sources into a case: each file's digest, size and place enter the ledger before anything decodes it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import TypeVar

from takeback.crypto.canonical import canonical
from takeback.jobs.case import Case
from takeback.jobs.progress import Progress, silent
from takeback.model.channel import Channel, Damage, Post
from takeback.model.evidence import Acquisition
from takeback.model.media import Media
from takeback.plugins import open_source
from takeback.protocols import CountsAudiences, Reader
from takeback.sources.side_files import read_acquisition, read_audience_csv, read_channels_csv
from takeback.store.material import SourceRecord

T = TypeVar("T")

BATCH = 200
"""Posts that are kept, and entered into the ledger, in one transaction."""

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
    seen = {(media.sha256, media.place) for media in case.store.media()}
    posts = files = damage = 0
    progress("reading posts", 0, None)
    for batch in _batches(reader.posts(), BATCH):
        kept = tuple(each for each in batch if isinstance(each, Post))
        broken = tuple(each for each in batch if isinstance(each, Damage))
        fresh = [media for post in kept for media in post.media if (media.sha256, media.place) not in seen]
        with case.transaction():
            for media in dict.fromkeys(fresh):
                case.record("file_seen", private={"file": describe(media)})
            case.store.add_posts(reader.id, kept)
            for each in broken:
                case.store.add_damage(reader.id, each)
        seen.update((media.sha256, media.place) for media in fresh)
        posts, files, damage = posts + len(kept), files + len(set(fresh)), damage + len(broken)
        progress("reading posts", posts, None)
    progress("reading posts", posts, posts)
    return posts, files, damage


def describe(media: Media) -> str:
    """What a ledger entry commits to for a file: its digest, size and place."""
    return canonical(
        {"path": media.place.path, "sha256": media.sha256, "size": media.size, "source": media.place.source}
    ).decode()


def _batches(items: Iterator[T], size: int) -> Iterator[tuple[T, ...]]:
    while batch := tuple(islice(items, size)):
        yield batch
