"""What a server answered, as a record of a web archive keeps it: status, kind, and the bytes of the page or picture."""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass

from takeback.sources.warc_records import GZIP, Record

MOST_PAYLOAD = 64 << 20
"""Bytes of one page or picture."""

_STATUS = re.compile(rb"HTTP/\d(?:\.\d)?\s+(\d{3})")
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]{1,40})", re.IGNORECASE)
_META = re.compile(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?([\w.:-]{1,40})", re.IGNORECASE)
_HEAD = 1 << 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answer; ``trouble`` says why there is no payload, where there should be one."""

    status: int
    mime: str
    charset: str | None
    payload: bytes
    trouble: str = ""


def answer_of(record: Record) -> Answer | None:
    """The answer that a record keeps; None where it keeps something else (a request, metadata, a redirect's target)."""
    trouble = f"it is larger than {MOST_PAYLOAD:,} bytes" if record.whole and record.length > len(record.block) else ""
    if record.kind == "resource":
        return _answer(200, record.content_type, record.block, trouble)
    if record.kind != "response" or "http" not in record.content_type:
        return None
    head, _, body = record.block.partition(b"\r\n\r\n")
    status = _STATUS.match(head[:64])
    if status is None or len(head) > _HEAD:
        return Answer(status=0, mime="", charset=None, payload=b"", trouble="it holds no answer of a web server")
    headers = _headers(head)
    payload, broken = _decoded(body, headers)
    return _answer(int(status[1]), headers.get("content-type", ""), payload, trouble or broken)


def page_text(answer: Answer) -> str:
    """The source of a page as text; bytes that are none become U+FFFD."""
    named = answer.charset
    if named is None and (meta := _META.search(answer.payload[:4096])):
        named = meta[1].decode("ascii", "replace")
    try:
        return answer.payload.decode(named or "utf-8", "replace")
    except LookupError:
        return answer.payload.decode("utf-8", "replace")


def _answer(status: int, content_type: str, payload: bytes, trouble: str) -> Answer:
    charset = _CHARSET.search(content_type)
    return Answer(
        status=status,
        mime=content_type.partition(";")[0].strip().lower(),
        charset=charset[1] if charset else None,
        payload=b"" if trouble else payload,
        trouble=trouble,
    )


def _headers(head: bytes) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.decode("latin-1").partition(":")
        found.setdefault(name.strip().lower(), value.strip())
    return found


def _decoded(body: bytes, headers: dict[str, str]) -> tuple[bytes, str]:
    """The body without its packing for the way; what an archiver unpacked already stays as it is."""
    if "chunked" in headers.get("transfer-encoding", "").lower():
        body = _joined(body)
    packing = headers.get("content-encoding", "").lower()
    if packing in {"", "identity"} or (packing in {"gzip", "x-gzip"} and not body.startswith(GZIP)):
        return body, ""
    if packing in {"gzip", "x-gzip", "deflate"}:
        return _inflated(body, raw=packing == "deflate")
    return (body, "") if body.lstrip()[:1] == b"<" else (b"", f"it is packed as {packing[:20]!r}, which is not read")


def _joined(body: bytes) -> bytes:
    """The chunks of a body put together; a body that is not in chunks stays as it is."""
    parts: list[bytes] = []
    at = 0
    while (end := body.find(b"\r\n", at, at + 64)) >= 0:
        size = body[at:end].partition(b";")[0].strip()
        if not re.fullmatch(rb"[0-9a-fA-F]{1,8}", size):
            return body if not parts else b"".join(parts)
        at = end + 2
        parts.append(body[at : at + int(size, 16)])
        at += int(size, 16) + 2
        if not int(size, 16):
            return b"".join(parts)
    return b"".join(parts) if parts else body


def _inflated(body: bytes, *, raw: bool) -> tuple[bytes, str]:
    for bits in (15, -15) if raw else (31,):
        inflater = zlib.decompressobj(wbits=bits)
        try:
            found = inflater.decompress(body, MOST_PAYLOAD + 1)
        except zlib.error:
            continue
        if len(found) > MOST_PAYLOAD:
            return b"", f"it unpacks to more than {MOST_PAYLOAD:,} bytes"
        return found, ""
    return b"", "its packed bytes are damaged"
