"""What every kind of source promises, as tests that a third party can run.

Subclass `SourceContract` in a pytest module; ``source`` returns the kind, ``material`` writes something that it reads
into a folder and returns where.
"""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

from takeback.errors import SourceError
from takeback.model.channel import Audience, Damage, Post
from takeback.model.digest import sha256_of
from takeback.protocols import CountsAudiences, Reader, Source

_LARGEST = 2**63 - 1
_CUTS = (0, 1, 2, 3)
"""Quarters of a file that are left when it is cut."""


class SourceContract:
    """The promises of a kind of source."""

    def source(self) -> Source:
        """The kind of source to be checked."""
        raise NotImplementedError

    def material(self, folder: Path) -> Path:
        """Something that it reads, under ``folder``; at least one post, and a picture where it can hold one."""
        raise NotImplementedError

    def test_it_is_a_source_and_recognises_its_material(self, tmp_path: Path) -> None:
        """It keeps the protocol."""
        source = self.source()
        assert isinstance(source, Source)
        assert source.recognises(self.material(tmp_path))
        assert not source.recognises(tmp_path / "nothing here")

    def test_what_is_not_there_is_a_source_error(self, tmp_path: Path) -> None:
        """Opening nothing says so, with the place and the way out."""
        said = _refusal(self.source(), tmp_path / "nothing here")
        assert "nothing here" in said
        assert "(" in said

    def test_the_same_material_is_the_same_wherever_it_lies(self, tmp_path: Path) -> None:
        """Id, channels, posts and counts come from the content."""
        (tmp_path / "one").mkdir()
        path = self.material(tmp_path / "one")
        moved = tmp_path / "two" / path.relative_to(tmp_path / "one")
        shutil.copytree(tmp_path / "one", tmp_path / "two")
        first, second = self.source().open(path), self.source().open(moved)
        assert first.id == second.id
        assert first.channels() == second.channels()
        assert list(first.posts()) == list(second.posts()) == list(first.posts())
        assert _audiences(first) == _audiences(second)

    def test_posts_are_sound(self, tmp_path: Path) -> None:
        """Each is of a channel that is named, with a number that a database holds and a time that says its zone."""
        reader = self.source().open(self.material(tmp_path))
        channels = {channel.id for channel in reader.channels()}
        assert channels
        assert len(channels) == len(reader.channels())
        posts = [row for row in reader.posts() if isinstance(row, Post)]
        assert posts
        for post in posts:
            assert post.channel in channels
            assert -_LARGEST <= post.id <= _LARGEST
            assert post.time is None or post.time.utcoffset() == timedelta(0)
        for count in _audiences(reader):
            assert count.source
            assert count.time.utcoffset() == timedelta(0)

    def test_every_file_is_read_again_from_its_place(self, tmp_path: Path) -> None:
        """What a post shows is there, of that size and digest, and nothing is opened outside of the material."""
        reader = self.source().open(self.material(tmp_path))
        (tmp_path.parent / "outside.bin").write_bytes(b"not yours")
        for post in (row for row in reader.posts() if isinstance(row, Post)):
            for media in post.media:
                content = reader.read(media.place)
                assert (len(content), sha256_of(content)) == (media.size, media.sha256)
                assert media.place.source == reader.id

    def test_a_cut_file_is_damage_or_a_source_error_and_nothing_else(self, tmp_path: Path) -> None:
        """A file that ends early never ends the run in another way, and what is read of it are posts and damage."""
        for quarters in _CUTS:
            folder = tmp_path / str(quarters)
            folder.mkdir()
            path = self.material(folder)
            for file in [each for each in folder.rglob("*") if each.is_file()]:
                content = file.read_bytes()
                file.write_bytes(content[: len(content) * quarters // 4])
            said = _refusal(self.source(), path)
            if said:
                assert "(" in said
            else:
                rows = list(self.source().open(path).posts())
                assert all(isinstance(row, Post | Damage) for row in rows)


def _refusal(source: Source, path: Path) -> str:
    """What a source says where it cannot read anything at a path; empty where it can."""
    try:
        source.open(path)
    except SourceError as error:
        return str(error)
    return ""


def _audiences(reader: Reader) -> tuple[Audience, ...]:
    return reader.audiences() if isinstance(reader, CountsAudiences) else ()
