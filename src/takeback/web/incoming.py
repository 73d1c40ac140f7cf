"""A picture that a request brings: in a form, as a bare body, or behind a URL, with what was said of it."""

from __future__ import annotations

import msgspec

from takeback.model.consent import Under18
from takeback.model.digest import sha256_of
from takeback.web.multipart import FilePart, Form, read_form
from takeback.web.problem import Problem, Reason
from takeback.web.route import Call
from takeback.web.uploads import Hashes, Upload

PHOTO = "photo"
FIELDS = (PHOTO, "file")
"""The form fields that hold a picture; HMA names the field after the content type."""


class FormQuery(msgspec.Struct, frozen=True, kw_only=True):
    """What may be said beside a picture: whether somebody in it may be under 18, and what it is taken for."""

    under_18: Under18 | None = None
    content_type: str | None = None
    types: str | None = None


def question(call: Call, query: FormQuery) -> Upload:
    """The picture that the body of this request holds; a `Problem` where there is none."""
    call.desk.allow_uploads()
    if call.content_type.lower().startswith("image/"):
        return Upload(content=call.body, name="", words="", under_18=query.under_18)
    form = read_form(call.content_type, call.body)
    if form.file is None:
        raise Problem(400, Reason.BAD_BODY, "the form holds no file")
    return _from_form(form, form.file, query)


async def picture_of(call: Call, url: str, query: FormQuery) -> Upload:
    """The picture behind a URL."""
    call.desk.allow_uploads()
    _photo(query.content_type or PHOTO)
    fetched = await call.desk.fetch(url)
    call.note = "fetched"
    return Upload(content=fetched.content, name=fetched.name, words=url, under_18=query.under_18)


async def uploaded(call: Call, upload: Upload) -> Hashes:
    """The hashes of the picture; the trail is told its digest, also where it is refused."""
    call.about(sha256_of(upload.content))
    return await call.desk.hash(upload)


def _from_form(form: Form, file: FilePart, query: FormQuery) -> Upload:
    _photo(file.field)
    said = form.values.get("under_18")
    try:
        stated = [each for each in (query.under_18, None if said is None else Under18(said)) if each is not None]
    except ValueError as error:
        raise Problem(400, Reason.BAD_BODY, "under_18 is no, yes or unknown") from error
    under_18 = next((each for each in stated if each is not Under18.NO), stated[0] if stated else None)
    words = " ".join((*(value for name, value in form.values.items() if name != "under_18"), file.name))
    return Upload(content=file.content, name=file.name, words=words, under_18=under_18)


def _photo(kind: str) -> None:
    if kind not in FIELDS:
        raise Problem(400, Reason.NOT_SUPPORTED, f"no such content type: {kind[:80]!r} (there is: {PHOTO})")
