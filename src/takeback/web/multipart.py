"""Reads a multipart form with one file, strictly and in one pass over bytes that are already bounded."""

from __future__ import annotations

import re
from dataclasses import dataclass

from takeback.web.problem import Problem, Reason

MAX_PARTS = 16
_MAX_HEADER_BYTES = 4096
_MAX_VALUE_BYTES = 8192
_BOUNDARY = re.compile(r'(?i)^multipart/form-data\s*;.*?\bboundary=(?:"([^"]{1,70})"|([^\s;"]{1,70}))')
_DISPOSITION = re.compile(r"(?im)^content-disposition:\s*form-data\s*;(.*)$")
_PARAMETER = re.compile(r';?\s*([A-Za-z*]+)="((?:[^"\\]|\\.)*)"')


@dataclass(frozen=True, slots=True, kw_only=True)
class FilePart:
    """An uploaded file: the field that it came in, the name that the client gave it, its bytes."""

    field: str
    name: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """The fields of a form, and its file, if it has one."""

    values: dict[str, str]
    file: FilePart | None


def read_form(content_type: str, body: bytes) -> Form:
    r"""The form in the body, or a `Problem`: more than one file, too many parts, anything that does not fit.

    Examples:
        >>> body = b'--x\r\nContent-Disposition: form-data; name="note"\r\n\r\nhello\r\n--x--\r\n'
        >>> read_form("multipart/form-data; boundary=x", body).values
        {'note': 'hello'}
    """
    found = _BOUNDARY.match(content_type)
    if found is None:
        raise _bad("Content-Type is no multipart/form-data with a boundary")
    delimiter = b"\r\n--" + (found[1] or found[2]).encode("latin-1", "replace")
    pieces = (b"\r\n" + body).split(delimiter)
    if len(pieces) - 2 > MAX_PARTS:
        raise _bad(f"a form has at most {MAX_PARTS} parts")
    if len(pieces) < 3 or not pieces[-1].startswith(b"--"):  # noqa: PLR2004  # before, a part, after
        raise _bad("the form ends before its last boundary")
    values: dict[str, str] = {}
    file: FilePart | None = None
    for piece in pieces[1:-1]:
        part = _part(piece)
        if isinstance(part, FilePart):
            if file is not None:
                raise _bad("one file a request")
            file = part
        elif part[0] in values:
            raise _bad("a field is there twice")
        else:
            values[part[0]] = part[1]
    return Form(values=values, file=file)


def _part(piece: bytes) -> FilePart | tuple[str, str]:
    """A file, or a field with its value."""
    head, parted, content = piece.partition(b"\r\n\r\n")
    if not parted or len(head) > _MAX_HEADER_BYTES:
        raise _bad("a part has no end of its headers")
    found = _DISPOSITION.search(head.decode("utf-8", "replace"))
    given = {name.lower(): text for name, text in _PARAMETER.findall(found[1])} if found else {}
    if "name" not in given:
        raise _bad("a part has no name")
    if "filename" in given:
        return FilePart(field=given["name"], name=given["filename"], content=content)
    if len(content) > _MAX_VALUE_BYTES:
        raise _bad(f"a field is over {_MAX_VALUE_BYTES} bytes")
    try:
        return given["name"], content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _bad("a field is no UTF-8") from error


def _bad(why: str) -> Problem:
    return Problem(400, Reason.BAD_BODY, f"the form cannot be read: {why}")
