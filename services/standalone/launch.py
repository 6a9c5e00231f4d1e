"""Become another program that dies with its parent: `python launch.py PARENT SIGNAL IDENTITY program
[argument...]`.

Run as a file, before anything else is imported, so it costs one bare interpreter start. PARENT is the pid
that must be alive, SIGNAL the number the kernel sends this process when that parent dies (PR_SET_PDEATHSIG,
kept across exec), IDENTITY who the program runs as:

- `self`           unchanged;
- `namespace:U:G`  as U:G inside a new user namespace: PostgreSQL, which refuses to run as root, finds itself
                   an ordinary user there, while outside its files stay root's;
- `user:U:G`       really as U:G, for a root who may not create user namespaces.

Exit status 125 says that the launch itself failed; the reason is on standard error.
"""

from __future__ import annotations

import ctypes
import os
import sys
from pathlib import Path

LAUNCH_FAILED = 125
_PR_SET_PDEATHSIG = 1
_CLONE_NEWUSER = 0x10000000


def main(arguments: list[str]) -> int:
    """Take the identity, ask for the death signal, exec; returns only when that failed."""
    parent, signal_number, identity, *command = arguments
    try:
        take_identity(identity)
        # After the identity: the kernel forgets the death signal when the credentials change.
        _checked(_libc().prctl(_PR_SET_PDEATHSIG, int(signal_number), 0, 0, 0), "prctl")
        if os.getppid() != int(parent):
            print("the supervisor is already gone", file=sys.stderr)
            return LAUNCH_FAILED
        os.execvp(command[0], command)
    except OSError as error:
        print(f"cannot launch {command[0]}: {error}", file=sys.stderr)
    return LAUNCH_FAILED


def take_identity(identity: str) -> None:
    """Become `identity` (the three forms above). Raises OSError when the kernel refuses."""
    kind, _, ids = identity.partition(":")
    if kind == "self":
        return
    uid, gid = (int(part) for part in ids.split(":"))
    if kind == "namespace":
        _enter_namespace(uid, gid)
        return
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)


def _enter_namespace(uid: int, gid: int) -> None:
    outside_uid, outside_gid = os.geteuid(), os.getegid()
    _checked(_libc().unshare(_CLONE_NEWUSER), "unshare")
    # The kernel lets a process map its own group only once it has given up setgroups.
    Path("/proc/self/setgroups").write_text("deny", encoding="ascii")
    Path("/proc/self/uid_map").write_text(f"{uid} {outside_uid} 1", encoding="ascii")
    Path("/proc/self/gid_map").write_text(f"{gid} {outside_gid} 1", encoding="ascii")


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _checked(result: int, call: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{call}: {os.strerror(number)}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
