"""The made-up network as Telegram Desktop exports an account: `result.json` and the files beside it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path

from takeback.model.channel import PostKind, PostRef
from takeback.model.media import Absence
from takeback.simulate.pictures import Picture
from takeback.simulate.plan import CHANNELS, Plan, PlannedChannel, PlannedPost
from takeback.simulate.texts import Span

JSON = str | int | bool | None | list["JSON"] | dict[str, "JSON"]
Row = dict[str, JSON]

LOCAL = timezone(timedelta(hours=3))
"""The zone of the computer that exported; `date` is written in it, without saying so."""

OUTSIDE = "../../outside/photo_1.jpg"
_PLACEHOLDERS = {
    Absence.NOT_INCLUDED: "(File not included. Change data exporting settings to download.)",
    Absence.TOO_LARGE: "(File exceeds maximum size. Change data exporting settings to download.)",
    Absence.UNAVAILABLE: "(File unavailable, please try again later)",
    Absence.OUTSIDE_SOURCE: OUTSIDE,
}
_VIDEO_STUB = b"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isomiso2\x00\x00\x00\x08free"
_SERVICES: dict[str, Row] = {
    "create_channel": {},
    "create_group": {"title": "Picture Garden Talk", "members": ["Reader 1", "Reader 2"]},
    "join_group_by_link": {"inviter": "Reader 1"},
    "invite_members": {"members": ["Reader 5", None]},
    "pin_message": {},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenFile:
    """One file of the export: its POSIX path, the picture in it, and the post that names it."""

    path: str
    picture: str
    post: PostRef


class _Chat:
    """Writes one chat's files and remembers them; numbers files as Telegram Desktop does."""

    def __init__(self, root: Path, folder: str, channel: PlannedChannel, pictures: Mapping[str, Picture]) -> None:
        self.channel = channel
        self.files: list[WrittenFile] = []
        self._root = root
        self._folder = folder
        self._pictures = pictures

    def row(self, post: PlannedPost) -> Row:
        """One message object, its keys in Telegram Desktop's order."""
        if post.kind is PostKind.UNSUPPORTED:
            return {"id": post.id, "type": "unsupported"}
        row: Row = {"id": post.id, "type": post.kind.value, **_dates(post)}
        by, by_id = ("actor", "actor_id") if post.kind is PostKind.SERVICE else ("from", "from_id")
        row[by] = post.author
        row[by_id] = post.author_id or "user7199999999"
        if post.action is not None:
            return {**row, **self._service(post), "text": "", "text_entities": []}
        if post.forward is not None:
            row["forwarded_from"] = post.forward
            if post.origin is not None:
                row["forwarded_from_id"] = f"channel{post.origin}"
        if post.reply_to is not None:
            row["reply_to_message_id"] = post.reply_to
        row |= self._media(post)
        if post.poll is not None:
            row["poll"] = _poll(post)
        row |= entities_of(post.spans)
        if post.reactions:
            row["reactions"] = [{"type": "emoji", "count": each.count, "emoji": each.label} for each in post.reactions]
        return row

    def _service(self, post: PlannedPost) -> Row:
        action = post.action or ""
        row: Row = {"action": action, **_SERVICES[action]}
        if action == "pin_message":
            row["message_id"] = post.reply_to
        if action == "create_channel":
            row["title"] = self.channel.name
        return row

    def _media(self, post: PlannedPost) -> Row:
        if post.absent is not None:
            return self._absent(post)
        if post.picture is None:
            return {}
        picture = self._pictures[post.picture]
        if post.video:
            return self._video(post, picture)
        if picture.suffix == ".png":
            return self._document(post, picture)
        path = self._write(f"photos/photo_{len(self.files) + 1}@{_stamp(post)}.jpg", picture, post)
        return {
            "photo": path,
            "photo_file_size": len(picture.content),
            "width": picture.width,
            "height": picture.height,
        }

    def _document(self, post: PlannedPost, picture: Picture) -> Row:
        name = f"picture_{len(self.files) + 1}{picture.suffix}"
        return {
            "file": self._write(f"files/{name}", picture, post),
            "file_name": name,
            "file_size": len(picture.content),
            "mime_type": "image/png",
            "width": picture.width,
            "height": picture.height,
        }

    def _video(self, post: PlannedPost, picture: Picture) -> Row:
        name = f"video_{len(self.files) + 1}@{_stamp(post)}.mp4"
        video = f"{self._folder}/video_files/{name}"
        thumbnail = self._write(f"video_files/{name}_thumb.jpg", picture, post)
        (self._root / video).write_bytes(_VIDEO_STUB)
        row = _video_row(video, name, len(_VIDEO_STUB))
        return {"file": row.pop("file"), "thumbnail": thumbnail, "thumbnail_file_size": len(picture.content), **row}

    def _absent(self, post: PlannedPost) -> Row:
        assert post.absent is not None
        gone = f"{self._folder}/photos/photo_{len(self.files) + 1000}@{_stamp(post)}.jpg"
        named = _PLACEHOLDERS.get(post.absent, gone)
        if post.video:
            return _video_row(named, "long.mp4", 2_400_000_000)
        return {"photo": named, "photo_file_size": 81_220, "width": 800, "height": 600}

    def _write(self, path: str, picture: Picture, post: PlannedPost) -> str:
        named = f"{self._folder}/{path}"
        target = self._root / named
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(picture.content)
        place = PostRef(channel=self.channel.id, id=post.id)
        self.files.append(WrittenFile(path=named, picture=picture.name, post=place))
        return named


def write_export(root: Path, plan: Plan, pictures: Mapping[str, Picture]) -> tuple[WrittenFile, ...]:
    """Writes `result.json` and every file of it under ``root``; returns the picture files with their posts."""
    files: list[WrittenFile] = []
    chats: list[JSON] = []
    for number, channel in enumerate(CHANNELS, start=1):
        chat = _Chat(root, f"chats/chat_{number}", channel, pictures)
        rows: list[JSON] = [chat.row(post) for post in plan[channel.key]]
        chats.append({"name": channel.name, "type": channel.kind.value, "id": channel.number, "messages": rows})
        files += chat.files
    account: Row = {
        "about": "Here is the data you requested. This one is made up by takeback.",
        "chats": {"about": "This page lists all chats from this export.", "list": chats},
    }
    (root / "result.json").write_text(json.dumps(account, ensure_ascii=False, indent=1), encoding="utf-8")
    return tuple(files)


def _dates(post: PlannedPost) -> Row:
    if post.time is None or not post.dated:
        return {}
    row: Row = {"date": _local(post.time), "date_unixtime": _unix(post.time)}
    if post.edited:
        later = post.time + timedelta(minutes=4)
        row |= {"edited": _local(later), "edited_unixtime": _unix(later)}
    return row


def _local(time: datetime) -> str:
    return time.astimezone(LOCAL).strftime("%Y-%m-%dT%H:%M:%S")


def _unix(time: datetime) -> str:
    return str(int(time.timestamp()))


def _stamp(post: PlannedPost) -> str:
    assert post.time is not None
    return post.time.astimezone(LOCAL).strftime("%d-%m-%Y_%H-%M-%S")


def _video_row(named: str, name: str, size: int) -> Row:
    return {
        "file": named,
        "file_name": name,
        "file_size": size,
        "media_type": "video_file",
        "mime_type": "video/mp4",
        "duration_seconds": 9,
        "width": 640,
        "height": 426,
    }


def _poll(post: PlannedPost) -> JSON:
    assert post.poll is not None
    answers: list[JSON] = [
        {"text": text, "voters": voters, "chosen": False}
        for text, voters in zip(post.poll.answers, post.poll.voters, strict=True)
    ]
    return {
        "question": post.poll.question,
        "closed": post.poll.closed,
        "total_voters": post.poll.total,
        "answers": answers,
    }


def entities_of(written: tuple[Span, ...]) -> Row:
    """`text` is a string where all of it is plain, a mixed array otherwise; `text_entities` holds every run."""
    entities: list[JSON] = [_entity(span) for span in written]
    if all(span.type == "plain" for span in written):
        return {"text": "".join(span.text for span in written), "text_entities": entities}
    mixed: list[JSON] = [span.text if span.type == "plain" else _entity(span) for span in written]
    return {"text": [*mixed, ""] if written[-1].type != "plain" else mixed, "text_entities": entities}


def _entity(span: Span) -> JSON:
    entity: Row = {"type": span.type, "text": span.text}
    return entity if span.href is None else {**entity, "href": span.href}
