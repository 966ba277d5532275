"""What a process gives up before it reads a file of a stranger: memory, time, writing, other programs, the network.

Limits of the operating system hold whatever a decoder is made to do. Each of them is taken where there is such a thing;
where there is none, as in macOS for most, the process goes on without it.
"""

from __future__ import annotations

import ctypes
import os
import resource
import sys
from contextlib import suppress

__all__ = ["confine", "limit_cpu"]

_MIB = 1 << 20
_OPEN_FILES = 256

_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000
_PR_SET_NO_NEW_PRIVS = 38
# System calls of Landlock; the numbers are the same on every architecture.
_LANDLOCK_CREATE_RULESET, _LANDLOCK_RESTRICT_SELF = 444, 446
_LANDLOCK_ALL_BUT_READING = 0x1FFF & ~(1 << 2) & ~(1 << 3)
"""The thirteen rights of its first version without reading files and folders: to execute, write, remove and make."""


def confine(memory_mb: int) -> None:
    """Give up what reading a file does not need, for this process and for ever.

    Parameters
    ----------
    memory_mb : int
        The most address space, in MiB.
    """
    # A new network without interfaces needs a process of one thread, so it comes first.
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):
            _leave_network()
    _limit(resource.RLIMIT_AS, memory_mb * _MIB)
    _limit(resource.RLIMIT_FSIZE, 0)
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_NOFILE, _OPEN_FILES)
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):
            _only_read_files()


def limit_cpu(seconds: int) -> None:
    """End this process once it has computed for so many seconds from now on."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = int(used.ru_utime + used.ru_stime) + seconds + 1
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    with suppress(ValueError, OSError):
        resource.setrlimit(
            resource.RLIMIT_CPU, (soft if hard == resource.RLIM_INFINITY else min(soft, hard), hard)
        )


def _limit(what: int, value: int) -> None:
    hard = resource.getrlimit(what)[1]
    value = value if hard == resource.RLIM_INFINITY else min(value, hard)
    # Not every system knows each of them.
    with suppress(ValueError, OSError):
        resource.setrlimit(what, (value, value))


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _leave_network() -> None:
    """Move into a network that has nothing in it; root may do so, others where users may have namespaces."""
    libc = _libc()
    if os.geteuid() != 0 or libc.unshare(_CLONE_NEWNET) != 0:
        libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET)


def _only_read_files() -> None:
    """Forbid to write, make, remove or execute any file (Landlock, Linux 5.13 and later)."""
    libc = _libc()
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        return
    handled = ctypes.c_uint64(_LANDLOCK_ALL_BUT_READING)
    size = ctypes.c_size_t(ctypes.sizeof(handled))
    rules = libc.syscall(_LANDLOCK_CREATE_RULESET, ctypes.byref(handled), size, 0)
    if rules < 0:
        return
    libc.syscall(_LANDLOCK_RESTRICT_SELF, rules, 0)
    os.close(rules)
