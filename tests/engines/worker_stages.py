"""Stages for test_local; a module of its own, because a worker must be able to import them."""

import os
import sys
import threading
from pathlib import Path

from takeback.protocols import Secrets


def pid_or_hang(part: object, secrets: Secrets) -> int:
    if part == "hang":
        threading.Event().wait()
    return os.getpid()


def where_the_key_shows(part: object, secrets: Secrets) -> list[str]:
    key = secrets["run"]
    places = {
        "command line": Path("/proc/self/cmdline").read_bytes(),
        "environment": Path("/proc/self/environ").read_bytes(),
        "arguments": repr(sys.argv).encode(),
    }
    return sorted(name for name, content in places.items() if key in content)


def leave(part: object, secrets: Secrets) -> None:
    sys.exit(3)


def large(part: int, secrets: Secrets) -> bytes:
    return bytes(part)


def threads_of(part: str, secrets: Secrets) -> str:
    """What the worker's environment says of a variable."""
    return os.environ.get(part, "")


def squared(part: tuple[int, ...], secrets: Secrets) -> tuple[int, ...]:
    """The squares of numbers; 7 cannot be squared."""
    del secrets
    if 7 in part:
        raise ValueError("no 7")
    return tuple(each * each for each in part)
