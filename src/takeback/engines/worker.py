"""The other end of the pipe: what runs inside a worker process.

The parent sends the secrets, then the stage, then one part at a time; the worker answers with one message each. Both
ends of the pipe belong to this program and nobody else can write to it, which is why pickled values may travel there.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from collections.abc import Callable
from enum import Enum
from multiprocessing import parent_process
from multiprocessing.connection import Connection
from multiprocessing.reduction import ForkingPickler

from takeback.engines.error_text import error_text
from takeback.protocols import Secrets

_PR_SET_PDEATHSIG = 1


class Word(bytes, Enum):
    """The first byte of a worker's message: what it says."""

    READY = b"R"
    UNUSABLE = b"U"
    VALUE = b"V"
    ERROR = b"E"


def serve(connection: Connection) -> None:
    """Answer parts until the pipe closes."""
    _follow_parent()
    try:
        secrets: Secrets = ForkingPickler.loads(connection.recv_bytes())
        stage = _receive_stage(connection)
        while stage is not None:
            connection.send_bytes(_answer(stage, connection.recv_bytes(), secrets))
    except (EOFError, OSError):
        return  # the parent has closed the pipe, or is gone
    finally:
        connection.close()


def _receive_stage(connection: Connection) -> Callable[[object, Secrets], object] | None:
    try:
        stage: Callable[[object, Secrets], object] = ForkingPickler.loads(connection.recv_bytes())
    except EOFError:
        raise
    except Exception as error:  # noqa: BLE001  # whatever keeps the stage from arriving, the parent must hear of it
        connection.send_bytes(Word.UNUSABLE.value + error_text(error).encode(errors="replace"))
        return None
    connection.send_bytes(Word.READY.value)
    return stage


def _answer(stage: Callable[[object, Secrets], object], part: bytes, secrets: Secrets) -> bytes:
    try:
        value = stage(ForkingPickler.loads(part), secrets)
        return b"".join((Word.VALUE.value, ForkingPickler.dumps(value)))
    except Exception as error:  # noqa: BLE001  # one bad part must not end the run
        return Word.ERROR.value + error_text(error).encode(errors="replace")


def _follow_parent() -> None:
    """Leave Ctrl-C to the parent, and end when the parent ends, however it ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        parent = parent_process()
        if parent is not None and os.getppid() != parent.pid:
            os._exit(1)  # the parent ended before the line above took effect
