"""What was read from the sources: posts, media, damage, audiences, sealed items."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from takeback.model.channel import Audience, Channel, Damage, Post, PostRef
from takeback.model.clearing import SealedItem
from takeback.model.digest import Sha256
from takeback.model.evidence import Acquisition
from takeback.model.media import Media, MediaKind, Place
from takeback.store.coding import decode, decode_all, encode
from takeback.store.partitions import Partitions

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRecord:
    """A source as it entered the case: its kind, its name, the digest of its content, and who collected it."""

    id: str
    kind: str
    name: str
    digest: str
    acquisition: Acquisition


class Material(Partitions):
    """The room of posts and media; adding what is there already changes nothing."""

    def add_source(self, source: SourceRecord) -> None:
        """Records a source, or what is newly said of one that is recorded."""
        with self.transaction():
            self._database.execute(
                "INSERT INTO source (id, content) VALUES (?, ?)"
                " ON CONFLICT (id) DO UPDATE SET content = excluded.content",
                (source.id, encode(source)),
            )

    def sources(self) -> tuple[SourceRecord, ...]:
        """Every source, in the order of intake."""
        return decode_all(self._database.blobs("SELECT content FROM source ORDER BY number"), SourceRecord)

    def add_channels(self, source: str, channels: Iterable[Channel]) -> None:
        """Records the channels of a source; what is newly said of one replaces what was said."""
        with self.transaction():
            for channel in channels:
                self._database.execute(
                    "INSERT INTO channel (source, id, content) VALUES (?, ?, ?)"
                    " ON CONFLICT (id, source) DO UPDATE SET content = excluded.content",
                    (source, channel.id, encode(channel)),
                )

    def channels(self) -> tuple[Channel, ...]:
        """Each channel once, by id; of several sources the first that knows its username, else the first."""
        found: dict[str, Channel] = {}
        query = "SELECT c.content FROM channel c JOIN source s ON s.id = c.source ORDER BY c.id, s.number"
        for channel in decode_all(self._database.blobs(query), Channel):
            known = found.setdefault(channel.id, channel)
            if known.username is None and channel.username is not None:
                found[channel.id] = channel
        return tuple(found.values())

    def add_posts(self, source: str, posts: Iterable[Post]) -> int:
        """Records posts with their media, all or none; returns how many were new to the source.

        A post that comes again is the same post. A different post under the same number is recorded as damage, and
        kept: `posts` yields the first alone, `occurrences` both.
        """
        from takeback.tables.posts import batch_of

        return self.add_batch(source, batch_of(posts, source))

    def add_batch(self, source: str, batch: pa.RecordBatch) -> int:
        """As `add_posts`, of posts in columns (`takeback.tables.posts`)."""
        from takeback.tables.posts import media_of

        with self.transaction():
            new, clashes = self._add_rows(source, batch)
            for post, number in clashes:
                self.add_damage(source, _another_post(post, number))
            for channel, id, media in media_of(batch):
                self._database.execute(
                    "INSERT INTO media VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                    (
                        *(media.sha256, media.place.source, media.place.path, media.kind.value, media.size),
                        *(source, channel, id),
                    ),
                )
        return new

    def posts(self, channel: str | None = None) -> Iterator[Post]:
        """Each post once, by channel and number: a flagged version, else the last edited, else the first source's."""
        import pyarrow.compute as pc

        from takeback.tables.posts import posts_of

        for batch in self.post_batches(channel):
            yield from posts_of(batch.filter(pc.invert(batch.column("superseded"))))

    def occurrences(self, channel: str | None = None) -> Iterator[tuple[str, Post]]:
        """Every version of every post with its source's id, by channel and number; the minors' gate reads these.

        Posts that differ under one number are all there, in the order of the source.
        """
        from takeback.tables.posts import posts_of

        for batch in self.post_batches(channel):
            yield from zip(batch.column("source").to_pylist(), posts_of(batch), strict=True)

    def media(self) -> Iterator[Media]:
        """Every place of every file, once, by digest and place."""
        query = (
            "SELECT DISTINCT sha256, place_source, place_path, kind, size FROM media"
            " WHERE (sha256, place_source, place_path, kind) > (?, ?, ?, ?)"
            " ORDER BY sha256, place_source, place_path, kind LIMIT ?"
        )
        for sha256, source, path, kind, size in self._database.pages(query, ("", "", "", "")):
            yield Media(
                sha256=Sha256(str(sha256)),
                size=int(size or 0),
                place=Place(source=str(source), path=str(path)),
                kind=MediaKind(str(kind)),
            )

    def posts_of(self, sha256: Sha256) -> tuple[PostRef, ...]:
        """The posts that show these bytes, by channel and number."""
        query = "SELECT DISTINCT channel, post FROM media WHERE sha256 = ? ORDER BY channel, post"
        return tuple(PostRef(channel=str(row[0]), id=int(row[1] or 0)) for row in self._database.rows(query, (sha256,)))

    def add_damage(self, source: str, damage: Damage) -> None:
        """Records what could not be read of a source."""
        with self.transaction():
            self._database.execute(
                "INSERT INTO damage (source, content) VALUES (?, ?) ON CONFLICT DO NOTHING", (source, encode(damage))
            )

    def damage(self) -> tuple[tuple[str, Damage], ...]:
        """Each damage with its source, in the order of intake."""
        rows = self._database.rows("SELECT content, source FROM damage ORDER BY number")
        return tuple((str(source), decode(_bytes(content), Damage)) for content, source in rows)

    def add_audiences(self, audiences: Iterable[Audience]) -> None:
        """Records member counts."""
        with self.transaction():
            for audience in audiences:
                self._database.execute(
                    "INSERT INTO audience (content) VALUES (?) ON CONFLICT DO NOTHING", (encode(audience),)
                )

    def audiences(self) -> tuple[Audience, ...]:
        """Every member count, by channel, time and source."""
        found = decode_all(self._database.blobs("SELECT content FROM audience"), Audience)
        return tuple(sorted(found, key=lambda each: (each.channel, each.time, each.source, each.members)))

    def sealed_items(self) -> tuple[SealedItem, ...]:
        """Every item that stays unseen, by digest and place."""
        query = "SELECT content FROM sealed ORDER BY sha256, place_source, place_path"
        return decode_all(self._database.blobs(query), SealedItem)


def _another_post(post: Post, number: int) -> Damage:
    return Damage(
        place=f"{post.channel}/{post.id}, number {number}",
        reason="two different posts have this number; the first is counted, the words and media of both are kept",
        remedy="export the chat again",
    )


def _bytes(value: object) -> bytes:
    return value if isinstance(value, bytes) else b""
