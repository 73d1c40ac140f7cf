"""What an outcome says when there is no value."""

from __future__ import annotations

_LONGEST = 500


def error_text(error: BaseException) -> str:
    """The error as one bounded line, ``Type: message``, without a traceback."""
    try:
        message = " ".join(str(error).split())
    except Exception:  # noqa: BLE001  # an error whose own words fail must not end the run
        message = ""
    text = f"{type(error).__name__}: {message}" if message else type(error).__name__
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."
