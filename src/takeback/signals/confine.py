"""Locks the calling process in: resource limits, no new privileges, and a system-call filter where Linux has one.

After `filter_syscalls` the process can compute, use the memory and the pipes that it has, and end. It cannot open a
file or a socket, start a program or a process, look at another process, or make memory executable. What is not on the
list fails with "operation not permitted", so that a library that asks for it goes on without.
"""

from __future__ import annotations

import contextlib
import ctypes
import platform
import resource
import struct
import sys
from dataclasses import dataclass

_PR_SET_NO_NEW_PRIVS = 38
_PR_SET_SECCOMP = 22
_SECCOMP_MODE_FILTER = 2
_ALLOW = 0x7FFF0000
_REFUSE = 0x00050000 | 1  # SECCOMP_RET_ERRNO with EPERM
_ABSENT = 0x00050000 | 38  # SECCOMP_RET_ERRNO with ENOSYS: the C library then tries an older call
_KILL = 0x80000000
_LOAD, _EQUAL, _ANY_BIT, _AT_LEAST, _RETURN = 0x20, 0x15, 0x45, 0x35, 0x06
_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16
_CLONE3 = 435
_CLONE_THREAD = 0x00010000
_PROT_EXEC = 0x4
_X32 = 0x40000000


@dataclass(frozen=True, slots=True, kw_only=True)
class _Machine:
    """The numbers of one architecture's system calls (Linux ``unistd.h``)."""

    audit: int
    allowed: tuple[int, ...]
    mmap: int
    mprotect: int
    clone: int
    prlimit: int


_MACHINES = {
    "x86_64": _Machine(
        audit=0xC000003E,
        # read write close fstat poll lseek munmap brk rt_sigaction rt_sigprocmask rt_sigreturn readv writev sched_yield
        # mremap madvise nanosleep getitimer setitimer getpid exit gettimeofday getrlimit getrusage sysinfo times
        # sigaltstack setrlimit gettid futex sched_getaffinity set_robust_list restart_syscall clock_gettime
        # clock_getres clock_nanosleep exit_group getrandom membarrier rseq
        allowed=(
            0, 1, 3, 5, 7, 8, 11, 12, 13, 14, 15, 19, 20, 24, 25, 28, 35, 36, 38, 39, 60, 96, 97, 98, 99, 100, 131, 160,
            186, 202, 204, 273, 219, 228, 229, 230, 231, 318, 324, 334,
        ),
        mmap=9, mprotect=10, clone=56, prlimit=302,
    ),
    "aarch64": _Machine(
        audit=0xC00000B7,
        # the same calls in the same order; ppoll stands for poll
        allowed=(
            63, 64, 57, 80, 73, 62, 215, 214, 134, 135, 139, 65, 66, 124, 216, 233, 101, 102, 103, 172, 93, 169, 163,
            165, 179, 153, 132, 164, 178, 98, 123, 99, 128, 113, 114, 115, 94, 278, 283, 293,
        ),
        mmap=222, mprotect=226, clone=220, prlimit=261,
    ),
}  # fmt: skip


class _Program(ctypes.Structure):
    """``struct sock_fprog``."""

    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))


def limit_resources(*, memory_bytes: int) -> tuple[str, ...]:
    """Lower this process's own limits for good, and say which hold."""
    wanted = {
        "memory": (resource.RLIMIT_AS, memory_bytes),
        "no core file": (resource.RLIMIT_CORE, 0),
        "no file writes": (resource.RLIMIT_FSIZE, 0),
        "few open files": (resource.RLIMIT_NOFILE, 8),
    }
    hold = []
    for name, (which, value) in wanted.items():
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(which, (value, value))
            hold.append(name)
    return tuple(hold)


def forbid_new_privileges() -> bool:
    """Whether the kernel now refuses this process any new privilege."""
    if sys.platform != "linux":
        return False
    return bool(ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0)


def filter_syscalls() -> bool:
    """Whether the system-call filter is now in force; needs `forbid_new_privileges` first."""
    machine = _MACHINES.get(platform.machine())
    if sys.platform != "linux" or machine is None:
        return False
    code = b"".join(_program(machine))
    kept = ctypes.create_string_buffer(code, len(code))
    program = _Program(len(code) // 8, ctypes.cast(kept, ctypes.c_void_p))
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    return bool(prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.byref(program), 0, 0) == 0)


def _program(machine: _Machine) -> list[bytes]:
    """The filter as classic BPF instructions."""
    code = [
        _step(_LOAD, _ARCHITECTURE),
        _step(_EQUAL, machine.audit, if_true=1),
        _step(_RETURN, _KILL),
        _step(_LOAD, _NUMBER),
        _step(_AT_LEAST, _X32, if_false=1),
        _step(_RETURN, _REFUSE),
    ]
    for number in machine.allowed:
        code += [_step(_EQUAL, number, if_false=1), _step(_RETURN, _ALLOW)]
    code += [_step(_EQUAL, _CLONE3, if_false=1), _step(_RETURN, _ABSENT)]
    for number in (machine.mmap, machine.mprotect):
        code += _when(number, argument=2, bits=_PROT_EXEC, if_set=_REFUSE, if_clear=_ALLOW)
    code += _when(machine.clone, argument=0, bits=_CLONE_THREAD, if_set=_ALLOW, if_clear=_REFUSE)
    code += _when(machine.prlimit, argument=0, bits=0xFFFFFFFF, if_set=_REFUSE, if_clear=_ALLOW)
    return [*code, _step(_RETURN, _REFUSE)]


def _when(number: int, *, argument: int, bits: int, if_set: int, if_clear: int) -> list[bytes]:
    """Decide one call by whether any of these bits of an argument is set."""
    return [
        _step(_EQUAL, number, if_false=4),
        _step(_LOAD, _ARGUMENTS + 8 * argument),
        _step(_ANY_BIT, bits, if_false=1),
        _step(_RETURN, if_set),
        _step(_RETURN, if_clear),
    ]


def _step(code: int, value: int, *, if_true: int = 0, if_false: int = 0) -> bytes:
    """One instruction, ``struct sock_filter``."""
    return struct.pack("=HBBI", code, if_true, if_false, value)
