"""Locators: what a recipient can open."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

TELEGRAM_HOSTS = frozenset({"t.me", "telegram.me", "telegram.dog"})
USERNAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{3,31}")
_TELEGRAM_POST = re.compile(rf"/(?:s/)?{USERNAME.pattern}(?:/[1-9][0-9]*){{1,2}}")
_NOT_IN_A_URL = re.compile(r"[\s\x00-\x20\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff<>\"\\^`{|}]")


def openable(locator: str) -> bool:
    """Whether a recipient can open this: an exact web address; on Telegram, a post under a public username.

    Examples:
        >>> openable("https://t.me/example_channel/12"), openable("https://t.me/c/1234567890/12"), openable("")
        (True, False, False)
    """
    if not locator or _NOT_IN_A_URL.search(locator):
        return False
    try:
        parts = urlsplit(locator)
        port = parts.port
    except ValueError:
        return False
    host = parts.hostname or ""
    if parts.scheme not in {"http", "https"} or "." not in host.strip(".") or "@" in parts.netloc or port == 0:
        return False
    if host in TELEGRAM_HOSTS:
        return _TELEGRAM_POST.fullmatch(parts.path) is not None
    return len(parts.path) > 1 or bool(parts.query)
