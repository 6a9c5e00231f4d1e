"""Where a test run keeps what it throws away at its end: in memory, where there is enough of it.

A database per test is a thousand new files, topics per test a hundred; in memory they cost a tenth. What is
tested stays the same: a killed server's files survive it there too, and `fsync` stays on.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_MEMORY = Path("/dev/shm")  # noqa: S108  # every Linux has it
_NEEDED_BYTES = 4 << 30  # many times what a run of one folder has at its peak
_OURS = "amends-tests-"


@contextmanager
def scratch(memory: Path = _MEMORY) -> Iterator[None]:
    """Temporary files of this process and its children are in memory while the block lasts.

    Not where TMPDIR says otherwise, where there is too little memory, or where files in it may not be run.
    What a killed run left there is removed.
    """
    if "TMPDIR" in os.environ or not _suits(memory):
        yield
        return
    _sweep(memory)
    before = tempfile.tempdir
    with _held(memory) as folder:
        os.environ["TMPDIR"] = tempfile.tempdir = str(folder)
        try:
            yield
        finally:
            del os.environ["TMPDIR"]
            tempfile.tempdir = before


@contextmanager
def _held(memory: Path) -> Iterator[Path]:
    """A folder that is locked for as long as it is in use, and removed afterwards."""
    new = Path(tempfile.mkdtemp(dir=memory))
    new.chmod(0o755)  # PostgreSQL may run as another user
    lock = os.open(new, os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        folder = new.rename(memory / f"{_OURS}{new.name}")
        try:
            yield folder
        finally:
            # a server that is still ending may write meanwhile: the next run sweeps what that leaves
            shutil.rmtree(folder, ignore_errors=True)
    finally:
        os.close(lock)


def _sweep(memory: Path) -> None:
    """Remove folders that nobody holds any more."""
    for folder in memory.glob(f"{_OURS}*"):
        with suppress(OSError):  # another run's that has just ended, or another user's
            lock = os.open(folder, os.O_RDONLY)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder)
            finally:
                os.close(lock)


def _suits(memory: Path) -> bool:
    if not os.access(memory, os.W_OK):
        return False
    at = os.statvfs(memory)
    free = min(at.f_bavail * at.f_frsize, _available())
    return not at.f_flag & os.ST_NOEXEC and free >= _NEEDED_BYTES


def _available(proc: Path = Path("/proc"), group: Path = Path("/sys/fs/cgroup")) -> int:
    """Bytes of memory that are free to use, by the machine and by the container's limit."""
    lines = (proc / "meminfo").read_text(encoding="ascii").splitlines()
    kib = next(int(line.split()[1]) for line in lines if line.startswith("MemAvailable:"))
    limit = group / "memory.max"
    if not limit.exists() or (most := limit.read_text(encoding="ascii").strip()) == "max":
        return kib << 10
    used = int((group / "memory.current").read_text(encoding="ascii"))
    return min(kib << 10, int(most) - used)
