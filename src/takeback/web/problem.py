"""What a request is refused with: a status, a reason that programs read, and a sentence for people."""

from __future__ import annotations

from enum import StrEnum

from takeback.errors import Refused


class Reason(StrEnum):
    """Why a request, or one item of a batch, got no answer."""

    AUDIT_FAILED = "audit_failed"
    BAD_BODY = "bad_body"
    BAD_HASH = "bad_hash"
    BAD_QUERY = "bad_query"
    BANK_REFUSED = "bank_refused"
    BUSY = "busy"
    EXISTS = "exists"
    FETCH_OFF = "fetch_off"
    FETCH_REFUSED = "fetch_refused"
    FORBIDDEN = "forbidden"
    HARM_RULE = "harm_rule"
    LOW_QUALITY = "low_quality"
    METHOD = "method"
    NOT_DECODED = "not_decoded"
    NOT_FOUND = "not_found"
    NOT_SUPPORTED = "not_supported"
    OURS = "ours"
    SEALED = "sealed"
    TOKEN = "token"  # noqa: S105  # the name of a reason
    TOO_LARGE = "too_large"
    TOO_MANY = "too_many"
    TOO_SLOW = "too_slow"
    UNAVAILABLE = "unavailable"
    UNDER_18 = "under_18"
    UPLOADS_OFF = "uploads_off"


class Problem(Refused):
    """A request that is not answered; ``status`` is of HTTP, ``headers`` go out with it."""

    def __init__(self, status: int, reason: Reason, message: str, *, headers: tuple[tuple[str, str], ...] = ()) -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason
        self.headers = headers
