"""Opening the bytes of a media again, from the investigator's own material, as they were at intake."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from takeback.errors import MediaChanged, SourceError
from takeback.model.digest import sha256_of
from takeback.model.media import Media
from takeback.sources.archive import ZipTree, is_zip
from takeback.sources.record_tree import is_web_archive, records_at
from takeback.sources.tree import DirectoryTree, Standing, Tree

_REMEDY = "put the material back as it was, or add it again as a new source"


class MediaReader:
    """Reads media from the places where their sources lie; zips stay open between reads.

    Args:
        roots: from the id of a source (`Place.source`) to the path that the investigator gave for it.
    """

    def __init__(self, roots: Mapping[str, Path]) -> None:
        self._roots = dict(roots)
        self._trees: dict[str, Tree] = {}

    def read(self, media: Media) -> bytes:
        """The bytes of a media, or `MediaChanged` where they are not those of the intake."""
        place = media.place
        tree = self._tree(media)
        where = f"{place.path} in {tree.place}"
        if tree.standing(place.path) is not Standing.INSIDE:
            message = f"file is no longer there: {where} ({_REMEDY})"
            raise MediaChanged(message)
        try:
            with tree.open(place.path) as file:
                content = file.read(media.size + 1)
        except OSError as error:
            message = f"file can no longer be read: {where}: {error.strerror or error} ({_REMEDY})"
            raise MediaChanged(message) from error
        if len(content) != media.size or sha256_of(content) != media.sha256:
            message = f"file changed since intake: {where}: its SHA-256 was {media.sha256} ({_REMEDY})"
            raise MediaChanged(message)
        return content

    def close(self) -> None:
        """Close what is open; reading opens it again."""
        for tree in self._trees.values():
            tree.close()
        self._trees.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _tree(self, media: Media) -> Tree:
        source = media.place.source
        if source not in self._trees:
            root = self._roots.get(source)
            if root is None:
                message = f"nobody says where the source {source} lies now: {media.place.path} (name its path again)"
                raise MediaChanged(message)
            if not root.exists():
                message = f"source is no longer there: {root} ({_REMEDY})"
                raise MediaChanged(message)
            try:
                self._trees[source] = _tree_at(root)
            except SourceError as error:
                message = f"source can no longer be opened: {error}"
                raise MediaChanged(message) from error
        return self._trees[source]


def read_media(roots: Mapping[str, Path], media: Media) -> bytes:
    """The bytes of one media, checked against its SHA-256 and size; `MediaReader` is the one for many."""
    with MediaReader(roots) as reader:
        return reader.read(media)


def _tree_at(root: Path) -> Tree:
    if is_web_archive(root):
        return records_at(root)
    if root.is_dir():
        return DirectoryTree(root)
    return ZipTree(root) if is_zip(root) else DirectoryTree(root.parent)
