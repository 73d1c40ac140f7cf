"""What a locked-in process can still do: compute, and end."""

from __future__ import annotations

import json
import platform
import subprocess
import sys
from pathlib import Path

import pytest

ATTEMPTS = """
import ctypes, json, mmap, os, socket, subprocess, sys, threading
sys.path.append(sys.argv[1])
from takeback.signals import confine
lock = [confine.limit_resources(memory_bytes=1 << 30), confine.forbid_new_privileges(), confine.filter_syscalls()]
attempts = {
    "open to read": lambda: os.open("/etc/hostname", os.O_RDONLY),
    "open to write": lambda: os.open("/tmp/written", os.O_WRONLY | os.O_CREAT),
    "remove": lambda: os.unlink("/tmp/nothing"),
    "list": lambda: os.listdir("/"),
    "socket": lambda: socket.socket(),
    "fork": lambda: os.fork(),
    "execute": lambda: os.execv("/bin/true", ["true"]),
    "signal another process": lambda: os.kill(os.getppid(), 0),
    "executable memory": lambda: mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC),
    "trace": lambda: 1 / (1 + ctypes.CDLL(None).ptrace(0, 0, 0, 0)),
}
outcome = {"lock": lock}
for name, attempt in attempts.items():
    try:
        attempt()
        outcome[name] = "done"
    except (OSError, ZeroDivisionError) as error:
        outcome[name] = type(error).__name__
thread = threading.Thread(target=lambda: outcome.update(thread="done"))
thread.start()
thread.join()
outcome["memory"] = len(bytearray(50 << 20))
os.write(1, json.dumps(outcome).encode())
"""


@pytest.mark.skipif(
    sys.platform != "linux" or platform.machine() not in {"x86_64", "aarch64"}, reason="no system-call filter here"
)
def test_a_locked_in_process_computes_and_does_nothing_else(repository: Path) -> None:
    command = [sys.executable, "-I", "-c", ATTEMPTS, str(repository / "src")]
    finished = subprocess.run(command, capture_output=True, check=False, timeout=60)
    assert finished.returncode == 0, finished.stderr
    outcome = json.loads(finished.stdout)
    limits, privileges, filtered = outcome.pop("lock")
    assert set(limits) == {"memory", "no core file", "no file writes", "few open files"}
    assert privileges
    assert filtered
    assert outcome.pop("thread") == "done"
    assert outcome.pop("memory") == 50 << 20
    assert outcome.pop("trace") == "ZeroDivisionError"  # refused: the call gave -1
    assert set(outcome.values()) == {"PermissionError"}, outcome


def test_where_there_is_no_filter_it_is_not_claimed(repository: Path) -> None:
    script = (
        "import sys, platform; sys.path.append(sys.argv[1]); platform.machine = lambda: 'riscv64'\n"
        "from takeback.signals import confine; print(confine.filter_syscalls())"
    )
    command = [sys.executable, "-I", "-c", script, str(repository / "src")]
    assert subprocess.run(command, capture_output=True, check=True, text=True).stdout.strip() == "False"
