"""Whether this machine can do the work: libraries, optional parts, fonts, clock, disk, sandbox."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import resources
from importlib.metadata import PackageNotFoundError, version

from takeback.plugins import GROUPS, installed
from takeback.signals.decode import Decoder

LIBRARIES = (
    "argon2-cffi",
    "cryptography",
    "icalendar",
    "jinja2",
    "msgspec",
    "numba",
    "numpy",
    "opencv-python-headless",
    "pillow",
    "pyrage",
    "rfc8785",
    "sqlcipher3",
    "typst",
)
OPTIONAL = {
    "pillow-heif": "HEIC photographs from phones (pip install takeback[heic])",
    "starlette": "the service of a hash bank (pip install takeback[serve])",
    "telethon": "channels that you may lawfully read (pip install takeback[live])",
    "keyring": "passphrases from the system's key ring (pip install takeback[keyring])",
}
_FIRST_SANE_YEAR = 2026
_ROOM = 1 << 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that was looked at."""

    name: str
    ok: bool
    what: str
    optional: bool = False


def health() -> tuple[Check, ...]:
    """Every check, in the order in which a person would look."""
    return tuple(_checks())


def _checks() -> Iterator[Check]:
    yield Check(name="python", ok=sys.version_info >= (3, 11), what=sys.version.split()[0])
    yield from (_library(name, optional=False, what="") for name in LIBRARIES)
    yield from (_library(name, optional=True, what=what) for name, what in OPTIONAL.items())
    for group in GROUPS:
        names = ", ".join(each.name for each in installed(group))
        yield Check(name=f"takeback.{group}", ok=bool(names), what=names or "none", optional=True)
    fonts = [each.name for each in (resources.files("takeback") / "fonts").iterdir() if each.name.endswith(".ttf")]
    yield Check(name="fonts", ok=bool(fonts), what=", ".join(sorted(fonts)) or "the package's fonts are gone")
    now = datetime.now(tz=UTC)
    yield Check(name="clock", ok=now.year >= _FIRST_SANE_YEAR, what=f"{now:%Y-%m-%d %H:%M} UTC")
    free = shutil.disk_usage(tempfile.gettempdir()).free
    yield Check(name="disk", ok=free > _ROOM, what=f"{free / (1 << 30):.1f} GiB free in {tempfile.gettempdir()}")
    with Decoder() as decoder:
        yield Check(name="sandbox", ok=True, what=str(decoder.sandbox))


def _library(name: str, *, optional: bool, what: str) -> Check:
    try:
        return Check(name=name, ok=True, what=version(name), optional=optional)
    except PackageNotFoundError:
        return Check(name=name, ok=False, what=what or "not installed", optional=optional)
