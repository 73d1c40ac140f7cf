"""What a service is started with: whom it hears, how much it takes, what it may fetch."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from takeback.web.fetch import FetchRules
from takeback.web.uploads import UploadRule

BATCH_ITEMS = 1000
"""Look-ups in one batch."""
RATE = 2000.0
"""Look-ups a second of a token, where nothing else is said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The rules of one service; the same in each of its workers.

    ``rate``: look-ups a second that one token may make, shared out over ``workers``; a token may have its own.
    ``failures``: requests a second without a valid token that are written down, in all; more are refused unwritten.
    ``upload_bytes``: of a picture. ``waiting_uploads``: pictures that wait for the decoder; more are told to come back.
    ``body_seconds``, ``answer_seconds``: how long a client may take to send, and the service to answer.
    """

    banks: Path
    workers: int = 1
    rate: float = RATE
    failures: float = 10.0
    uploads: UploadRule = UploadRule.OFF
    fetch: FetchRules = field(default_factory=FetchRules)
    upload_bytes: int = 16 << 20
    waiting_uploads: int = 16
    body_seconds: float = 20.0
    answer_seconds: float = 60.0
