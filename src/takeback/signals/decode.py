"""Decodes pictures that may be hostile, each in a sandboxed worker process with a deadline."""

from __future__ import annotations

import contextlib
import os
import re
import selectors
import signal
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

import msgspec
import numpy as np
import numpy.typing as npt

from takeback.errors import DecodeRefused, HarmRule, MediaChanged, UnusableInput
from takeback.model.clearing import Cleared
from takeback.model.digest import sha256_of
from takeback.model.media import DecodeReason, Media
from takeback.signals.decode_pipe import Incoming, send, widen
from takeback.signals.decode_room import ROOM_BYTES, Room
from takeback.signals.decode_shown import CHANNELS, CannotBe, Luma, Pixels, Shown
from takeback.signals.decode_wire import FRAME, Limits, Ready, Reply, Request, Start

__all__ = ["Decoder", "Limits", "Luma", "Pixels", "Sandbox"]

_START_SECONDS = 30.0
_SLICE_SECONDS = 0.25
_LASTS = 100
"""After so many pictures a worker is replaced, so that none of them reaches far if it took the worker over."""
_ROOM_SHARE = 4
"""A room counts as memory of its worker, so there is none where it would be more than this part of the limit."""
_PEAK = re.compile(rb"VmHWM:\s+(\d+) kB")
_STATUS_BYTES = 1 << 14
T = TypeVar("T")
_WORKER = "import sys; sys.path.append(sys.argv[1]); from takeback.signals.decode_worker import main; main()"
_ENVIRONMENT = {"LC_ALL": "C.UTF-8", "OMP_NUM_THREADS": "1"}
_NOT_CLEARED = "the decoder takes only media that the minors' gate cleared (takeback.signals.gate)"
_IN_USE = "a decoder is used by one thread at a time, and not by what it lends pixels to (make one for each)"
_NO_START = (
    "no picture can be opened: the decoder's own process does not start (`takeback doctor` says what is missing)"
)
_OUT_OF_TIME = frozenset({-signal.SIGXCPU, -signal.SIGPROF})
_WAYS_OUT = {
    DecodeReason.EMPTY: "the file has no bytes; export it again if it should have some",
    DecodeReason.NOT_A_PICTURE: "the file is no picture that the decoder knows",
    DecodeReason.FORMAT_NOT_READ: "this format is not read; `takeback doctor` lists those that are",
    DecodeReason.TOO_MANY_BYTES: "the file is larger than the limit; look at it by other means",
    DecodeReason.TOO_MANY_PIXELS: "the picture is larger than the limit; look at it by other means",
    DecodeReason.TOO_THIN: "the picture is a line, and cannot be compared",
    DecodeReason.TRUNCATED: "the file ends early; export it again",
    DecodeReason.DAMAGED: "the file is damaged; export it again",
    DecodeReason.TOO_SLOW: "decoding it took longer than the limit; it may be made to do that",
    DecodeReason.WORKER_KILLED: "its decoder process died; it may be made to do that",
    DecodeReason.OUT_OF_MEMORY: "decoding it takes more memory than the limit; it may be made to do that",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sandbox:
    """What is in force around the decoder on this machine, and which formats it reads."""

    limits: tuple[str, ...]
    no_new_privileges: bool
    syscall_filter: bool
    formats: tuple[str, ...]

    def __str__(self) -> str:
        absent = "" if self.syscall_filter else "; no system-call filter on this platform"
        extra = (("no new privileges",) if self.no_new_privileges else ()) + (
            ("system-call filter",) if self.syscall_filter else ()
        )
        return ", ".join(("own process", *self.limits, *extra)) + absent


class _Died(Exception):
    """The worker ended, or went past its deadline, instead of answering."""

    def __init__(self, reason: DecodeReason) -> None:
        super().__init__(reason.value)
        self.reason = reason


class Decoder:
    """Bytes to pixels, one picture at a time, in a worker process that is replaced when it dies or after 100 pictures.

    It takes `Cleared` media only: what the minors' gate has not cleared is never opened. Of two uses
    at once (two threads, or one from within another) the second is refused: it would get the picture of the first.
    Sent to another process it arrives without a worker, and starts its own there.

    Examples:
        >>> with Decoder() as decoder:
        ...     "PNG" in decoder.sandbox.formats
        True
    """

    def __init__(self, limits: Limits | None = None, *, command: tuple[str, ...] | None = None) -> None:
        self._limits = limits or Limits()
        self._given_command = command
        root = str(Path(__file__).resolve().parents[2])
        self._command = command or (sys.executable, "-I", "-c", _WORKER, root)
        self._worker: subprocess.Popen[bytes] | None = None
        self._end_worker: Callable[[], object] = _nothing
        self._ready: Ready | None = None
        self._room: Room | None = None
        self._status: int | None = None
        self._decoded = 0
        self._peak_bytes = 0
        self._in_use = threading.Lock()

    def __reduce__(self) -> tuple[Callable[[Limits], Decoder], tuple[Limits]]:
        return partial(Decoder, command=self._given_command), (self._limits,)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the worker."""
        self._sample_memory()
        self._worker = self._room = self._status = None
        self._end_worker()

    @property
    def sandbox(self) -> Sandbox:
        """What is in force around the worker; starts one if none runs."""
        self._start()
        assert self._ready is not None
        ready = self._ready
        return Sandbox(
            limits=ready.limits,
            no_new_privileges=ready.no_new_privileges,
            syscall_filter=ready.syscall_filter,
            formats=ready.formats,
        )

    @property
    def worker_id(self) -> int | None:
        """The process number of the running worker, if one runs."""
        return None if self._worker is None else self._worker.pid

    @property
    def peak_bytes(self) -> int:
        """The most resident memory that any worker was seen to use, in bytes; 0 where the platform does not say."""
        self._sample_memory()
        return self._peak_bytes

    def decode(
        self, media: Cleared[Media], content: bytes, *, long_side: int | None = None, as_stored: bool = False
    ) -> Pixels:
        """The pixels of a cleared picture, at most ``long_side`` pixels long if that is given.

        ``as_stored`` leaves its EXIF orientation aside, for hashes of programs that do.

        Raises:
            DecodeRefused: with its `DecodeReason`; the decoder goes on with the next picture.
            HarmRule: ``media`` did not pass the minors' gate.
            MediaChanged: ``content`` is not what was cleared.
            UnusableInput: the worker does not start at all.
        """
        return self._answer(media, content, Request(long_side=long_side, as_stored=as_stored), Shown.pixels)

    def luma(self, media: Cleared[Media], content: bytes, *, cells: int | None = None) -> Luma:
        """The luma plane of a cleared picture; a JPEG at 1/2 or 1/4 where its shorter side keeps ``cells`` cells.

        Raises:
            what `decode` raises.
        """
        return self._answer(media, content, Request(luma=True, cells=cells), Shown.own_luma)

    def with_pixels(self, media: Cleared[Media], content: bytes, use: Callable[[npt.NDArray[np.uint8]], T]) -> T:
        """What ``use`` makes of a picture, without a copy of it.

        It is given (H, W, 3) uint8 RGB, or (H, W, 4) of which the fourth means nothing, read-only. The worker may still
        write there: ``use`` reads each sample once, keeps no view, and does not use this decoder.

        Raises:
            what `decode` raises; RuntimeError where ``use`` does use it, as in any other use while it is in use.
        """
        return self._answer(media, content, Request(), lambda shown: use(shown.rgb()))

    def with_luma(
        self, media: Cleared[Media], content: bytes, use: Callable[[Luma], T], *, cells: int | None = None
    ) -> T:
        """What ``use`` makes of a luma plane, without a copy of it; as `with_pixels` and `luma`."""
        return self._answer(media, content, Request(luma=True, cells=cells), lambda shown: use(shown.luma()))

    def _answer(self, media: Cleared[Media], content: bytes, request: Request, read: Callable[[Shown], T]) -> T:
        """What the worker makes of a request, once everything that must hold before a picture is opened does."""
        if not isinstance(media, Cleared):
            raise HarmRule(_NOT_CLEARED)
        if not content:
            raise _refusal(DecodeReason.EMPTY, media.value)
        if len(content) > self._limits.max_bytes:
            raise _refusal(DecodeReason.TOO_MANY_BYTES, media.value)
        if sha256_of(content) != media.value.sha256:
            message = f"not the bytes of the intake: {media.value.place.path} (restore the file as it was taken in)"
            raise MediaChanged(message)
        if not self._in_use.acquire(blocking=False):
            raise RuntimeError(_IN_USE)
        try:
            if self._decoded >= _LASTS:
                self.close()
            self._start()
            self._decoded += 1
            if self._room is not None and self._room.put(content):
                request, content = msgspec.structs.replace(request, in_room=len(content)), b""
            header, payload = self._exchange(msgspec.json.encode(request), content, self._limits.wall_seconds)
            reply = self._reply(header, media.value)
            place = None if self._room is None else self._room.pixels()
            return read(Shown(reply=reply, payload=payload, room=place, max_pixels=self._limits.max_pixels))
        except (_Died, CannotBe) as error:
            self.close()
            reason = error.reason if isinstance(error, _Died) else DecodeReason.WORKER_KILLED
            raise _refusal(reason, media.value) from None
        finally:
            self._in_use.release()

    def _reply(self, header: bytes, media: Media) -> Reply:
        """What a reply says; a refusal is raised."""
        try:
            reply = msgspec.json.decode(header, type=Reply)
            reason = None if reply.reason is None else DecodeReason(reply.reason)
        except (msgspec.DecodeError, ValueError):
            raise _Died(DecodeReason.WORKER_KILLED) from None
        if reason is not None:
            if reason is DecodeReason.OUT_OF_MEMORY:
                self.close()
            raise _refusal(reason, media, reply.detail)
        return reply

    def _start(self) -> None:
        """Start a worker unless one runs."""
        if self._worker is not None and self._worker.poll() is None:
            return
        self.close()
        room = Room.make() if self._limits.memory_bytes >= _ROOM_SHARE * ROOM_BYTES else None
        file = None if room is None else room.file
        try:
            self._launch(() if file is None else (file,))
            header, _ = self._exchange(msgspec.json.encode(Start(limits=self._limits, room=file)), b"", _START_SECONDS)
            self._ready = msgspec.json.decode(header, type=Ready)
            self._room = room if self._ready.room else None
        except (OSError, _Died, msgspec.DecodeError):
            self.close()
            raise UnusableInput(_NO_START) from None
        finally:
            if room is not None:
                room.close_file()

    def _launch(self, files: tuple[int, ...]) -> None:
        """Start a worker that has these files, and its pipes."""
        self._worker = subprocess.Popen(  # noqa: S603  # our own interpreter and our own module, no shell
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_ENVIRONMENT,
            cwd="/",
            bufsize=0,
            start_new_session=True,
            pass_fds=files,
        )
        self._status = _status_of(self._worker.pid)
        self._end_worker = weakref.finalize(self, _end, self._worker, os.getpid(), self._status)
        self._decoded = 0
        for pipe in (self._worker.stdin, self._worker.stdout):
            assert pipe is not None
            os.set_blocking(pipe.fileno(), False)
            widen(pipe.fileno())

    def _exchange(self, header: bytes, payload: bytes, seconds: float) -> tuple[bytes, memoryview]:
        """Send a frame and receive one, both before the deadline."""
        worker = self._worker
        assert worker is not None
        assert worker.stdin is not None
        assert worker.stdout is not None
        outgoing = [memoryview(FRAME.pack(len(header), len(payload)) + header), memoryview(payload)]
        incoming = Incoming(max_payload=self._limits.max_pixels * CHANNELS)
        deadline = time.monotonic() + seconds
        with contextlib.ExitStack() as unfinished, selectors.DefaultSelector() as pipes:
            unfinished.callback(self.close)  # on an interrupt too: a reply that nobody took would pass for the next one
            pipes.register(worker.stdout, selectors.EVENT_READ)
            pipes.register(worker.stdin, selectors.EVENT_WRITE)
            while not incoming.complete:
                left = deadline - time.monotonic()
                if left <= 0:
                    raise _Died(DecodeReason.TOO_SLOW)
                heard = pipes.select(min(left, _SLICE_SECONDS))
                if not heard:
                    self._sample_memory()
                for key, _ in heard:
                    if key.fileobj is worker.stdout:
                        if not incoming.receive(worker.stdout.fileno()):
                            raise _Died(self._cause_of_death())
                    elif not send(worker.stdin.fileno(), outgoing):
                        pipes.unregister(worker.stdin)
            unfinished.pop_all()
        self._sample_memory()
        return bytes(incoming.header), incoming.payload

    def _cause_of_death(self) -> DecodeReason:
        """Why the worker closed its pipe."""
        assert self._worker is not None
        try:
            code = self._worker.wait(timeout=1)
        except subprocess.TimeoutExpired:
            code = 0
        return DecodeReason.TOO_SLOW if code in _OUT_OF_TIME else DecodeReason.WORKER_KILLED

    def _sample_memory(self) -> None:
        """Keep the highest resident memory of the running worker, where the platform tells."""
        if self._status is None:
            return
        with contextlib.suppress(OSError):
            if found := _PEAK.search(os.pread(self._status, _STATUS_BYTES, 0)):
                self._peak_bytes = max(self._peak_bytes, int(found[1]) << 10)


def _status_of(process: int) -> int | None:
    """The open file in which Linux tells about a process; opened once, since it is read with every picture."""
    if sys.platform != "linux":
        return None
    try:
        return os.open(f"/proc/{process}/status", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None


def _nothing() -> None:
    """No worker runs, none is ended."""


def _end(worker: subprocess.Popen[bytes], owner: int, status: int | None = None) -> None:
    """End a worker, and let go of its files; a process that was forked from its owner lets go of the files alone."""
    ours = owner == os.getpid()
    if status is not None:
        os.close(status)
    if ours:
        worker.kill()
    for pipe in (worker.stdin, worker.stdout):
        if pipe is not None:
            with contextlib.suppress(OSError):
                pipe.close()
    if ours:
        worker.wait()


def _refusal(reason: DecodeReason, media: Media, detail: str = "") -> DecodeRefused:
    """The error for one picture: what, where, and the way out."""
    words = reason.value.replace("_", " ")
    why = f" [{detail}]" if detail else ""
    return DecodeRefused(f"not decoded ({words}): {media.place.path}{why} ({_WAYS_OUT[reason]})", reason=reason.value)
