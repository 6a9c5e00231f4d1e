"""Processor time and memory of processes, read from /proc: where the time of a load goes."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

_TICK_S = 1 / os.sysconf("SC_CLK_TCK")


def seconds(pid: int, *, family: bool = True) -> float:
    """User and system seconds of a process so far, with those of its children, dead ones included."""
    fields = _stat(pid)
    if fields is None:
        return 0.0
    own = sum(int(fields[place]) for place in ((11, 12, 13, 14) if family else (11, 12))) * _TICK_S
    return own + (sum(seconds(child) for child in children(pid)) if family else 0.0)


def snapshot(pids: Mapping[str, int]) -> dict[str, float]:
    """Seconds so far of several processes by name; this process without its children."""
    return {name: seconds(pid, family=pid != os.getpid()) for name, pid in pids.items()}


def children(pid: int) -> list[int]:
    """The processes it started that still run."""
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found.extend(int(child) for child in task.read_text().split())
        except OSError:  # the thread ended meanwhile
            continue
    return found


def resident_mib(pid: int) -> float:
    """Proportional set size in MiB where the kernel tells it, else resident set size."""
    return memory(pid)["pss"]


def family_mib(pid: int) -> float:
    """The same of a process with its children; one that is gone holds nothing."""
    try:
        own = resident_mib(pid)
    except OSError:
        return 0.0
    return own + sum(family_mib(child) for child in children(pid))


def memory(pid: int) -> dict[str, float]:
    """Resident and proportional set size of one process in MiB."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    told = {line.split(":")[0]: int(line.split()[1]) / 1024 for line in lines if ":" in line and "kB" in line}
    return {"rss": round(told["Rss"], 1), "pss": round(told["Pss"], 1)}


def _stat(pid: int) -> list[str] | None:
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    # after the name, which may hold anything; the first field left is the state
    return text.rpartition(") ")[2].split()
