from __future__ import annotations

import contextlib

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from takeback.web.multipart import MAX_PARTS, Form, read_form
from takeback.web.problem import Problem

PART = b'--x\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n'
FILE = (
    b'--x\r\nContent-Disposition: form-data; name="photo"; filename="a.jpg"\r\nContent-Type: image/jpeg\r\n\r\n%s\r\n'
)
TYPE = "multipart/form-data; boundary=x"


def test_a_form_is_read_into_its_fields_and_its_file() -> None:
    form = read_form(TYPE, PART % (b"note", "g\u00fc".encode()) + FILE % b"\r\n--y\r\n" + b"--x--\r\n")
    assert form.values == {"note": "g\u00fc"}
    assert form.file is not None
    assert (form.file.field, form.file.name, form.file.content) == ("photo", "a.jpg", b"\r\n--y\r\n")


@settings(max_examples=80)
@given(st.binary(max_size=300), st.dictionaries(st.sampled_from(["a", "note", "under_18"]), st.text(max_size=30)))
def test_what_an_http_client_writes_is_what_is_read(content: bytes, values: dict[str, str]) -> None:
    request = httpx.Request("POST", "http://x.test", data=values, files={"photo": ("a.jpg", content, "image/jpeg")})
    form = read_form(request.headers["content-type"], request.read())
    assert form.file is not None
    assert form.file.content == content
    assert form.values == values


@settings(max_examples=200)
@given(st.binary(max_size=200), st.sampled_from([TYPE, 'multipart/form-data; boundary="x"', "multipart/form-data", ""]))
def test_any_bytes_are_a_form_or_a_typed_refusal(body: bytes, content_type: str) -> None:
    for each in (body, PART % (b"a", body), b"--x\r\n" + body + b"\r\n--x--"):
        with contextlib.suppress(Problem):
            assert isinstance(read_form(content_type, each), Form)


@pytest.mark.parametrize(
    ("content_type", "body", "why"),
    [
        ("application/json", b"{}", "no multipart"),
        ("multipart/form-data", b"", "no multipart"),
        (TYPE, b"", "ends before"),
        (TYPE, PART % (b"a", b"b"), "ends before"),
        (TYPE, FILE % b"1" + FILE % b"2" + b"--x--\r\n", "one file"),
        (TYPE, PART % (b"a", b"b") * (MAX_PARTS + 1) + b"--x--", "at most 16 parts"),
        (TYPE, b"--x\r\nno headers\r\n--x--", "end of its headers"),
        (TYPE, b"--x\r\nX: y\r\n\r\nz\r\n--x--", "no name"),
        (TYPE, PART % (b"a", b"z" * 9000) + b"--x--", "over 8192"),
        (TYPE, PART % (b"a", b"\xff") + b"--x--", "UTF-8"),
        (TYPE, PART % (b"under_18", b"yes") + PART % (b"under_18", b"no") + b"--x--", "there twice"),
    ],
)
def test_a_form_that_does_not_fit_is_refused_with_why(content_type: str, body: bytes, why: str) -> None:
    with pytest.raises(Problem, match=why):
        read_form(content_type, body)
