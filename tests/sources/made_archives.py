"""Web archives made in tests, sound; damage is added by hand."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from datetime import datetime

from takeback.simulate.warc import warc_record, warc_resource

JPEG = b"\xff\xd8\xff\xe0 made up, opened by nobody"
PHOTO = "https://cdn4.telesco.pe/file/one.jpg"
TIME = "2020-07-31T12:00:00Z"


@dataclass(frozen=True, kw_only=True)
class Kept:
    """One answer to be archived."""

    uri: str
    content: bytes
    mime: str = "text/html; charset=utf-8"
    date: str = TIME
    status: str = "200 OK"
    headers: tuple[tuple[str, str], ...] = ()
    kind: str = "response"


def records_of(*kept: Kept, packed: bool = False) -> list[bytes]:
    """Each record as its own bytes."""
    return [_record(each, packed=packed) for each in kept]


def archive_of(*kept: Kept, packed: bool = False) -> bytes:
    return b"".join(records_of(*kept, packed=packed))


def packed_whole(*kept: Kept) -> bytes:
    """All records in one gzip member, which no archiver should write and some do."""
    return gzip.compress(archive_of(*kept))


def packed_twice(*kept: Kept) -> bytes:
    return gzip.compress(archive_of(*kept, packed=True))


def _record(kept: Kept, *, packed: bool) -> bytes:
    time = datetime.fromisoformat(kept.date)
    if kept.kind == "resource":
        return warc_resource(kept.uri, kept.content, time=time, mime=kept.mime, packed=packed)
    record = warc_record(
        kept.uri,
        kept.content,
        time=time,
        mime=kept.mime,
        status=kept.status,
        headers=kept.headers,
        packed=packed,
    )
    assert packed or kept.kind == "response" or kept.kind in {"metadata", "revisit"}
    return (
        record
        if kept.kind == "response"
        else record.replace(b"WARC-Type: response", f"WARC-Type: {kept.kind}".encode())
    )


def preview(*posts: str, name: str = "picture_garden", counter: str = "45 615 subscribers") -> bytes:
    """A page of `t.me/s/`, with its posts."""
    return f"""<!DOCTYPE html><html><head><title>Picture Garden - Telegram</title></head><body>
<header class="tgme_header"><div class="tgme_header_title">Picture Garden</div>
<div class="tgme_header_counter">{counter}</div></header>
<div class="tgme_channel_info"><div class="tgme_channel_info_header_title"><span>Picture Garden</span></div>
<div class="tgme_channel_info_header_username"><a href="https://t.me/{name}">@{name.title()}</a></div>
<div class="tgme_channel_info_counter"><span class="counter_value">45.6K</span>
<span class="counter_type">subscribers</span></div></div>
{"".join(posts)}</body></html>""".encode()


def message(
    id: int,
    text: str = "a word",
    *,
    name: str = "picture_garden",
    views: str = "1.2K",
    time: str = "2020-07-30T10:00:00+03:00",
    more: str = "",
    peer: str = "c1234567890_77",
) -> str:
    return f"""<div class="tgme_widget_message_wrap js-widget_message_wrap">
<div class="tgme_widget_message text_not_supported_wrap js-widget_message" data-post="{name}/{id}" data-peer="{peer}">
<div class="tgme_widget_message_author"><a class="tgme_widget_message_owner_name" href="https://t.me/{name}">
<span>Picture Garden</span></a></div>{more}
<div class="tgme_widget_message_text js-message_text" dir="auto">{text}</div>
<span class="tgme_widget_message_views">{views}</span>
<a class="tgme_widget_message_date" href="https://t.me/{name}/{id}"><time datetime="{time}">10:00</time></a>
</div></div>"""


def photo(uri: str = PHOTO) -> str:
    return f"""<a class="tgme_widget_message_photo_wrap" style="width:800px;background-image:url('{uri}')"></a>"""


PAGE = Kept(
    uri="https://t.me/s/picture_garden", content=preview(message(5), message(7, "with a picture", more=photo()))
)
PICTURE = Kept(uri=PHOTO, content=JPEG, mime="image/jpeg")
BLOG = Kept(
    uri="https://blog.example.org/", content=b"<title>A list</title><a href='https://t.me/picture_garden'>x</a>"
)
