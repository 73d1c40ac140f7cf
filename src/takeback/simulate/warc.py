"""Records of a web archive, as an archiver would have written them; the same page gives the same bytes."""

from __future__ import annotations

import base64
import gzip
import hashlib
import uuid
from collections.abc import Iterable
from datetime import datetime

_LINE = "\r\n"


def warc_record(
    uri: str,
    content: bytes,
    *,
    time: datetime,
    mime: str = "text/html; charset=utf-8",
    status: str = "200 OK",
    headers: Iterable[tuple[str, str]] = (),
    packed: bool = True,
) -> bytes:
    """One answer of a server as a WARC record, packed on its own as WARC files are.

    Args:
        uri: the address that was asked for.
        content: what came back.
        time: when, aware.
        mime: of which kind.
        status: how the server answered.
        headers: what else it said.
        packed: by gzip, as a member of its own.
    """
    lines = [f"HTTP/1.1 {status}", f"Content-Type: {mime}", *(f"{name}: {value}" for name, value in headers)]
    block = (_LINE.join(lines) + 2 * _LINE).encode() + content
    return _written("response", "application/http; msgtype=response", uri, block, time, packed=packed)


def warc_resource(uri: str, content: bytes, *, time: datetime, mime: str, packed: bool = True) -> bytes:
    """A file as it is, as a WARC record."""
    return _written("resource", mime, uri, content, time, packed=packed)


def _written(kind: str, content_type: str, uri: str, block: bytes, time: datetime, *, packed: bool) -> bytes:
    digest = base64.b32encode(hashlib.sha1(block, usedforsecurity=False).digest()).decode()
    head = [
        "WARC/1.0",
        f"WARC-Type: {kind}",
        f"WARC-Record-ID: <urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, f'{uri} {time.isoformat()}')}>",
        f"WARC-Target-URI: {uri}",
        f"WARC-Date: {time:%Y-%m-%dT%H:%M:%SZ}",
        f"WARC-Block-Digest: sha1:{digest}",
        f"Content-Type: {content_type}",
        f"Content-Length: {len(block)}",
    ]
    whole = (_LINE.join(head) + 2 * _LINE).encode() + block + 2 * _LINE.encode()
    return gzip.compress(whole, compresslevel=6, mtime=0) if packed else whole
